// SPDX-License-Identifier: GPL-2.0
/*
 * cyclictest: how late does a real-time thread on each CPU wake up? An operation
 * is one wake-up; the latencies come from cyclictest's own histogram.
 *
 * cyclictest-busy: the same for whole seconds, with a thread of the usual class on each
 * CPU that computes, so that no CPU halts. How far these came: "busy_ops". A real-time
 * thread that wakes up too late for its next period skips it: "missed".
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "work-exec.h"

#define INTERVAL_US	1000
/* Several slices (3 ms) of the host: the longest wait of interest here. */
#define HISTOGRAM_US	20000
/* A cache line for each counter. */
#define BUSY_STRIDE	8

struct latencies {
	uint64_t count[HISTOGRAM_US];
	uint64_t total;			/* wake-ups, with those off the scale */
	double sum;
	unsigned long min, max;
};

/* Columns of one of the "# Name: a b ..." lines, one column per thread. */
static size_t parse_columns(char *text, unsigned long *value, size_t max)
{
	size_t n = 0;
	char *end;

	while (n < max) {
		value[n] = strtoul(text, &end, 10);
		if (end == text)
			break;
		text = end;
		n++;
	}
	return n;
}

static void parse_line(char *text, void *arg)
{
	struct latencies *lat = arg;
	unsigned long v[1025];
	size_t n, i;

	if (!strncmp(text, "# Total:", 8)) {
		n = parse_columns(text + 8, v, 1024);
		for (i = 0; i < n; i++)
			lat->total += v[i];
	} else if (!strncmp(text, "# Histogram Overflows:", 22)) {
		/* "# Total" leaves these out. */
		n = parse_columns(text + 22, v, 1024);
		for (i = 0; i < n; i++)
			lat->total += v[i];
	} else if (!strncmp(text, "# Min Latencies:", 16)) {
		n = parse_columns(text + 16, v, 1024);
		for (i = 0; i < n; i++)
			if (v[i] < lat->min)
				lat->min = v[i];
	} else if (!strncmp(text, "# Max Latencies:", 16)) {
		n = parse_columns(text + 16, v, 1024);
		for (i = 0; i < n; i++)
			if (v[i] > lat->max)
				lat->max = v[i];
	} else if (text[0] >= '0' && text[0] <= '9') {
		n = parse_columns(text, v, 1025);
		if (n < 2 || v[0] >= HISTOGRAM_US)
			die("cannot read cyclictest's histogram: %s", text);
		for (i = 1; i < n; i++) {
			lat->count[v[0]] += v[i];
			lat->sum += (double)v[0] * v[i];
		}
	}
}

/* Nearest rank, in thousandths; beyond the histogram only the maximum is known. */
static unsigned long percentile(const struct latencies *lat, unsigned int pm)
{
	uint64_t rank = (lat->total * pm + 999) / 1000, seen = 0;
	unsigned long us;

	for (us = 0; us < HISTOGRAM_US; us++) {
		seen += lat->count[us];
		if (seen >= rank)
			return us;
	}
	return lat->max;
}

/* Eight buckets per octave, as the other latency tests have; 1 us at least. */
static void report_buckets(const char *name, const struct latencies *lat)
{
	unsigned long from = 0, to, width = 1, us;
	uint64_t count;

	for (; from < HISTOGRAM_US; from = to) {
		while (from >= 16 * width)
			width *= 2;
		to = from + width;
		count = 0;
		for (us = from; us < to && us < HISTOGRAM_US; us++)
			count += lat->count[us];
		if (count)
			report("hist %s wake_up %lu %lu %llu\n", name, from * 1000,
			       to * 1000 - 1, (unsigned long long)count);
	}
}

static void run_cyclictest(const struct options *opt, const char *name,
			   const uint64_t *busy)
{
	static struct latencies lat = { .min = (unsigned long)-1 };
	char threads[12], interval[12], length[12], histogram[12];
	char *argv[] = { "cyclictest", "-q", "-a", "-t", threads, "-p", "80",
			 "-i", interval, "-d", "0", busy ? "-D" : "-l", length,
			 "-h", histogram, "--default-system", NULL };
	uint64_t begin, end, periods, inside = 0, ops = 0;
	unsigned long us;
	unsigned int i;

	snprintf(threads, sizeof(threads), "%u", opt->cpus);
	snprintf(interval, sizeof(interval), "%d", INTERVAL_US);
	snprintf(histogram, sizeof(histogram), "%d", HISTOGRAM_US);
	periods = (busy ? whole_seconds(opt) * 1000 : opt->ms) * 1000ULL / INTERVAL_US;
	if (busy)
		snprintf(length, sizeof(length), "%u", whole_seconds(opt));
	else
		snprintf(length, sizeof(length), "%" PRIu64, periods ? periods : 1);
	periods *= opt->cpus;

	wait_start_offset(opt);
	report("begin %s\n", name);
	for (i = 0; busy && i < opt->cpus; i++)
		ops -= __atomic_load_n(&busy[i * BUSY_STRIDE], __ATOMIC_RELAXED);
	begin = now_ns();
	run_program(argv, parse_line, &lat);
	end = now_ns();
	for (i = 0; busy && i < opt->cpus; i++)
		ops += __atomic_load_n(&busy[i * BUSY_STRIDE], __ATOMIC_RELAXED);

	for (us = 0; us < HISTOGRAM_US; us++)
		inside += lat.count[us];
	if (!lat.total || inside > lat.total)
		die("cyclictest printed no usable histogram");

	/* What is off the scale enters the average with the least it can be. */
	lat.sum += (double)HISTOGRAM_US * (lat.total - inside);
	report("end %s ops %llu ns %llu lat_min_us %lu lat_avg_us %.1f lat_p99_us %lu lat_p999_us %lu lat_max_us %lu",
	       name, (unsigned long long)lat.total, (unsigned long long)(end - begin), lat.min,
	       lat.sum / lat.total, percentile(&lat, 990), percentile(&lat, 999), lat.max);
	if (busy)
		report(" missed %llu busy_ops %llu",
		       (unsigned long long)(periods > lat.total ? periods - lat.total : 0),
		       (unsigned long long)ops);
	report("\n");
	report_buckets(name, &lat);
}

static void cyclictest_run(const struct options *opt)
{
	run_cyclictest(opt, "cyclictest", NULL);
}

static void compute(uint64_t *count)
{
	for (;;) {
		for (volatile unsigned int i = 0; i < 1000; i++)
			;
		__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
	}
}

static void busy_run(const struct options *opt)
{
	uint64_t *count;
	pid_t *pids;
	cpu_set_t set;

	count = mmap(NULL, opt->cpus * BUSY_STRIDE * sizeof(*count), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pids = calloc(opt->cpus, sizeof(*pids));
	if (count == MAP_FAILED || !pids)
		die("no memory for %u counters", opt->cpus);
	for (unsigned int i = 0; i < opt->cpus; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("cannot fork");
		if (pids[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CPU_ZERO(&set);
		CPU_SET(i, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			die("cannot run on CPU %u", i);
		compute(&count[i * BUSY_STRIDE]);
	}
	run_cyclictest(opt, "cyclictest-busy", count);
	for (unsigned int i = 0; i < opt->cpus; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

const struct workload work_cyclictest = {
	.name = "cyclictest",
	.run = cyclictest_run,
};

const struct workload work_cyclictest_busy = {
	.name = "cyclictest-busy",
	.run = busy_run,
};
