// SPDX-License-Identifier: GPL-2.0
/*
 * perf bench: a priority-inheriting futex that a thread per CPU wants (perf-futex),
 * and a byte that two processes send each other through pipes (perf-pipe).
 */
#include <stdio.h>
#include <string.h>

#include "work-exec.h"

/* "Averaged 1234 operations/sec (+- 1.23%), total secs = 1" */
static void find_futex_rate(char *text, void *arg)
{
	double rate;

	if (sscanf(text, " Averaged %lf operations/sec", &rate) == 1)
		*(double *)arg = rate;
}

static void perf_futex_run(const struct options *opt)
{
	char seconds[12], threads[12];
	char *argv[] = { "perf", "bench", "futex", "lock-pi", "-r", seconds,
			 "-t", threads, NULL };
	double rate = 0;
	uint64_t ns;

	snprintf(seconds, sizeof(seconds), "%u", whole_seconds(opt));
	snprintf(threads, sizeof(threads), "%u", opt->cpus);
	ns = time_program("perf-futex", opt, argv, find_futex_rate, &rate);
	/* the rate is that of one thread */
	rate *= opt->cpus * whole_seconds(opt);
	if (rate < 1)
		die("perf bench futex printed no rate");
	report("end perf-futex ops %llu ns %llu\n", (unsigned long long)rate,
	       (unsigned long long)ns);
}

#define PIPE_LOOPS	500

struct pipes {
	char *argv[16];
	bool done;
};

/* "          12345 ops/sec": the work is done; how long it took, our own clock says */
static void find_ops(char *text, void *arg)
{
	if (strstr(text, "ops/sec"))
		*(bool *)arg = true;
}

static uint64_t perf_pipe_once(void *arg)
{
	struct pipes *p = arg;

	p->done = false;
	run_program(p->argv, find_ops, &p->done);
	if (!p->done)
		die("perf bench sched pipe printed no rate");
	return PIPE_LOOPS;
}

static void perf_pipe_run(const struct options *opt)
{
	char loops[12];
	struct pipes p = {
		.argv = { "perf", "bench", "sched", "pipe", "-l", loops, NULL },
	};

	snprintf(loops, sizeof(loops), "%u", PIPE_LOOPS);
	repeat_program("perf-pipe", opt, perf_pipe_once, &p);
}

const struct workload work_perf_futex = {
	.name = "perf-futex",
	.run = perf_futex_run,
};

const struct workload work_perf_pipe = {
	.name = "perf-pipe",
	.run = perf_pipe_run,
};
