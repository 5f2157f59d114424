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

struct size {
	unsigned int groups;
	char arg[12];
};

static uint64_t run_once(void *arg)
{
	struct size *size = arg;
	char fds[12], loops[12];
	char *argv[] = { "hackbench", "-p", "-g", size->arg, "-f", fds, "-l",
			 loops, NULL };
	unsigned int times = 0;

	snprintf(fds, sizeof(fds), "%d", FDS);
	snprintf(loops, sizeof(loops), "%d", LOOPS);
	run_program(argv, check_line, &times);
	if (times != 1)
		die("hackbench printed no time");
	return (uint64_t)size->groups * FDS * FDS * LOOPS;
}

static void hackbench_run(const struct options *opt)
{
	struct size size = {
		.groups = (opt->cpus + CPUS_PER_GROUP - 1) / CPUS_PER_GROUP,
	};

	snprintf(size.arg, sizeof(size.arg), "%u", size.groups);
	repeat_program("hackbench", opt, run_once, &size);
}

const struct workload work_hackbench = {
	.name = "hackbench",
	.run = hackbench_run,
};
