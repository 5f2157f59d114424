// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that compute until they are killed.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "work-busy.h"

struct busy {
	pid_t pid;
	uint64_t loops;			/* written by the process */
} __attribute__((aligned(CACHE_LINE)));

static struct busy *busy;
static unsigned int n_busy;

void busy_loop(void)
{
	for (volatile unsigned int i = 0; i < 1000; i++)
		;
}

static void compute(unsigned int cpu, void (*also)(unsigned int cpu))
{
	uint64_t *loops = &busy[cpu].loops;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin_to(cpu);
	for (;;) {
		busy_loop();
		__atomic_store_n(loops, *loops + 1, __ATOMIC_RELAXED);
		if (also)
			also(cpu);
	}
}

void busy_start(const struct options *opt, void (*also)(unsigned int cpu))
{
	busy = mmap(NULL, opt->cpus * sizeof(*busy), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (busy == MAP_FAILED)
		die("no memory for %u counters", opt->cpus);
	for (n_busy = 0; n_busy < opt->cpus; n_busy++) {
		pid_t pid = fork();

		if (pid < 0)
			die("cannot fork");
		if (!pid)
			compute(n_busy, also);
		busy[n_busy].pid = pid;
	}
}

uint64_t busy_loops(void)
{
	uint64_t loops = 0;

	for (unsigned int i = 0; i < n_busy; i++)
		loops += __atomic_load_n(&busy[i].loops, __ATOMIC_RELAXED);
	return loops;
}

void busy_stop(void)
{
	for (unsigned int i = 0; i < n_busy; i++) {
		kill(busy[i].pid, SIGKILL);
		waitpid(busy[i].pid, NULL, 0);
	}
}
