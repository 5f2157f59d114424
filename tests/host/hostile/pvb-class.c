// SPDX-License-Identifier: GPL-2.0
/*
 * pvb-class TID...: changes the scheduling policy of threads every 500 us, as long as
 * there are any, among those that need no privilege: a real-time thread has its time by
 * right. For L1, as root; real-time itself, or it would be late.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const int turn[] = { SCHED_OTHER, SCHED_BATCH, SCHED_OTHER, SCHED_IDLE };

static bool set(int tid, int policy, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	return !sched_setscheduler(tid, policy, &param);
}

int main(int argc, char **argv)
{
	const struct timespec gap = { .tv_nsec = 500000 };
	unsigned long changes = 0;
	unsigned int n;
	bool any = argc > 1;
	int i;

	if (!any || !set(0, SCHED_FIFO, 50)) {
		fprintf(stderr, "pvb-class: %s\n",
			any ? strerror(errno) : "which threads? pvb-class TID...");
		return 1;
	}
	for (n = 0; any; n++) {
		any = false;
		for (i = 1; i < argc; i++)
			any |= set(atoi(argv[i]), turn[n % 4], 0);
		changes += any;
		nanosleep(&gap, NULL);
	}
	printf("%lu changes\n", changes);
	return 0;
}
