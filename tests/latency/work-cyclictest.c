// SPDX-License-Identifier: GPL-2.0
/*
 * cyclictest: how late does a real-time thread on each CPU wake up? An operation
 * is one wake-up; the latencies come from cyclictest's own histogram.
 *
 * cyclictest-busy: the same for whole seconds, with a process on each CPU that computes.
 * How far these came: "busy_ops". A real-time thread that wakes up too late for its next
 * period skips it: "missed".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work-busy.h"
#include "work-exec.h"
#include "work-waits.h"

#define INTERVAL_US	1000

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
	struct waits *waits = arg;
	unsigned long v[1025];
	size_t n, i;

	if (!strncmp(text, "# Histogram Overflows:", 22)) {
		n = parse_columns(text + 22, v, 1024);
		for (i = 0; i < n; i++)
			waits_add(waits, WAITS_US, v[i]);
	} else if (!strncmp(text, "# Max Latencies:", 16)) {
		n = parse_columns(text + 16, v, 1024);
		for (i = 0; i < n; i++)
			if (v[i] > waits->max)
				waits->max = v[i];
	} else if (text[0] >= '0' && text[0] <= '9') {
		n = parse_columns(text, v, 1025);
		if (n < 2 || v[0] >= WAITS_US)
			die("cannot read cyclictest's histogram: %s", text);
		for (i = 1; i < n; i++)
			waits_add(waits, v[0], v[i]);
	}
}

static void run_cyclictest(const struct options *opt, const char *name, bool busy)
{
	static struct waits waits;
	char threads[12], interval[12], length[24], histogram[12];
	char *argv[] = { "cyclictest", "-q", "-a", "-t", threads, "-p", "80",
			 "-i", interval, "-d", "0", busy ? "-D" : "-l", length,
			 "-h", histogram, "--default-system", NULL };
	uint64_t begin, end, periods, ops;

	snprintf(threads, sizeof(threads), "%u", opt->cpus);
	snprintf(interval, sizeof(interval), "%d", INTERVAL_US);
	snprintf(histogram, sizeof(histogram), "%d", WAITS_US);
	periods = (busy ? whole_seconds(opt) * 1000 : opt->ms) * 1000ULL / INTERVAL_US;
	if (busy)
		snprintf(length, sizeof(length), "%u", whole_seconds(opt));
	else
		snprintf(length, sizeof(length), "%llu",
			 periods ? (unsigned long long)periods : 1);
	periods *= opt->cpus;

	wait_start_offset(opt);
	report("begin %s\n", name);
	ops = busy_loops();
	begin = now_ns();
	run_program(argv, parse_line, &waits);
	end = now_ns();
	ops = busy_loops() - ops;

	if (!waits.total)
		die("cyclictest printed no usable histogram");
	report("end %s ops %llu ns %llu", name, (unsigned long long)waits.total,
	       (unsigned long long)(end - begin));
	waits_report(&waits);
	if (busy)
		report(" missed %llu busy_ops %llu",
		       (unsigned long long)(periods > waits.total ? periods - waits.total : 0),
		       (unsigned long long)ops);
	report("\n");
	waits_report_hist(&waits, name, "wake_up");
}

static void cyclictest_run(const struct options *opt)
{
	run_cyclictest(opt, "cyclictest", false);
}

static void busy_run(const struct options *opt)
{
	busy_start(opt, NULL);
	run_cyclictest(opt, "cyclictest-busy", true);
	busy_stop();
}

const struct workload work_cyclictest = {
	.name = "cyclictest",
	.run = cyclictest_run,
};

const struct workload work_cyclictest_busy = {
	.name = "cyclictest-busy",
	.run = busy_run,
};
