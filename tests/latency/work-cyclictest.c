// SPDX-License-Identifier: GPL-2.0
/*
 * cyclictest: how late does a real-time thread on each CPU wake up? An operation
 * is one wake-up; the latencies come from cyclictest's own histogram.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work-exec.h"

#define INTERVAL_US	1000
/* Several slices (3 ms) of the host: the longest wait of interest here. */
#define HISTOGRAM_US	20000

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

/* Nearest rank; beyond the histogram only the maximum is known. */
static unsigned long percentile(const struct latencies *lat, unsigned int pc)
{
	uint64_t rank = (lat->total * pc + 99) / 100, seen = 0;
	unsigned long us;

	for (us = 0; us < HISTOGRAM_US; us++) {
		seen += lat->count[us];
		if (seen >= rank)
			return us;
	}
	return lat->max;
}

/* Eight buckets per octave, as the other latency tests have; 1 us at least. */
static void report_buckets(const struct latencies *lat)
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
			report("hist cyclictest wake_up %lu %lu %llu\n", from * 1000,
			       to * 1000 - 1, (unsigned long long)count);
	}
}

static void cyclictest_run(const struct options *opt)
{
	static struct latencies lat = { .min = (unsigned long)-1 };
	char threads[12], interval[12], loops[12], histogram[12];
	char *argv[] = { "cyclictest", "-q", "-a", "-t", threads, "-p", "80",
			 "-i", interval, "-d", "0", "-l", loops, "-h", histogram,
			 "--default-system", NULL };
	uint64_t begin, end, wanted, inside = 0;
	unsigned long us;

	snprintf(threads, sizeof(threads), "%u", opt->cpus);
	snprintf(interval, sizeof(interval), "%d", INTERVAL_US);
	snprintf(histogram, sizeof(histogram), "%d", HISTOGRAM_US);
	wanted = opt->ms * 1000ULL / INTERVAL_US;
	snprintf(loops, sizeof(loops), "%" PRIu64, wanted ? wanted : 1);

	wait_start_offset(opt);
	report("begin cyclictest\n");
	begin = now_ns();
	run_program(argv, parse_line, &lat);
	end = now_ns();

	for (us = 0; us < HISTOGRAM_US; us++)
		inside += lat.count[us];
	if (!lat.total || inside > lat.total)
		die("cyclictest printed no usable histogram");

	/* What is off the scale enters the average with the least it can be. */
	lat.sum += (double)HISTOGRAM_US * (lat.total - inside);
	report("end cyclictest ops %llu ns %llu lat_min_us %lu lat_avg_us %.1f lat_p99_us %lu lat_max_us %lu\n",
	       (unsigned long long)lat.total, (unsigned long long)(end - begin),
	       lat.min, lat.sum / lat.total, percentile(&lat, 99), lat.max);
	report_buckets(&lat);
}

const struct workload work_cyclictest = {
	.name = "cyclictest",
	.run = cyclictest_run,
};
