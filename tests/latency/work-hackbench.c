// SPDX-License-Identifier: GPL-2.0
/*
 * hackbench: groups of processes that pass messages over pipes. hackbench only
 * knows fixed amounts of work, so short runs are repeated until the time is
 * over; an operation is one message. The length of a run is a compromise: its
 * start-up should not count much, and over-committed runs can be many times
 * slower.
 */
#include <stdio.h>
#include <string.h>

#include "work-exec.h"

#define FDS		4	/* senders, and receivers, of a group */
#define LOOPS		100	/* messages from each sender to each receiver */
#define CPUS_PER_GROUP	2

static void check_line(char *text, void *arg)
{
	unsigned int *times = arg;

	if (!strncmp(text, "Time: ", 6))
		++*times;
}

static void run_once(char *groups)
{
	char fds[12], loops[12];
	char *argv[] = { "hackbench", "-p", "-g", groups, "-f", fds, "-l",
			 loops, NULL };
	unsigned int times = 0;

	snprintf(fds, sizeof(fds), "%d", FDS);
	snprintf(loops, sizeof(loops), "%d", LOOPS);
	run_program(argv, check_line, &times);
	if (times != 1)
		die("hackbench printed no time");
}

static void hackbench_run(const struct options *opt)
{
	unsigned int groups = (opt->cpus + CPUS_PER_GROUP - 1) / CPUS_PER_GROUP;
	uint64_t begin, end, ops = 0;
	char arg[12];

	snprintf(arg, sizeof(arg), "%u", groups);
	wait_start_offset(opt);
	begin = now_ns();
	while (now_ns() < begin + opt->warm_ms * 1000000ULL)
		run_once(arg);

	report("begin hackbench\n");
	begin = now_ns();
	do {
		run_once(arg);
		ops += (uint64_t)groups * FDS * FDS * LOOPS;
		end = now_ns();
	} while (end < begin + opt->ms * 1000000ULL);
	report("end hackbench ops %llu ns %llu\n", (unsigned long long)ops,
	       (unsigned long long)(end - begin));
}

const struct workload work_hackbench = {
	.name = "hackbench",
	.run = hackbench_run,
};
