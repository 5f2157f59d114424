/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a workload is, and what the frame in pvb-work.c offers it. A workload is
 * one file work-NAME.c that defines one struct workload; workloads.h lists them.
 * See docs/workloads.md.
 */
#ifndef PVB_WORK_H
#define PVB_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "workloads.h"

#define CACHE_LINE	64

#define NSEC_PER_USEC	1000ULL
#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_SEC	1000000000ULL

struct options {
	unsigned int cpus;
	unsigned int warm_ms;
	unsigned int ms;
	uint64_t seed;
};

/* One per CPU. Only @ops is written while the clock runs. */
struct worker {
	uint64_t ops;			/* written by the worker, read by main */
	unsigned int cpu;
	uint64_t start_ns;		/* CLOCK_MONOTONIC; differs by seed */
	void *priv;			/* the workload's own */
} __attribute__((aligned(CACHE_LINE)));

struct workload {
	const char *name;

	/* Once, before the workers exist. */
	void (*setup)(const struct options *opt);
	/* In each worker, before the start. */
	void (*prepare)(struct worker *w);
	/* One operation. */
	void (*op)(struct worker *w);
	/* As the measured interval begins; and as it has ended, for the rest of the "end" line. */
	void (*begin)(void);
	void (*end)(void);

	bool processes;			/* workers are processes, not threads */
	bool unpinned;			/* the scheduler may move the workers */
	bool endless;			/* no measured interval: until killed */

	/* Instead of all the above: measures and reports by itself. */
	void (*run)(const struct options *opt);
};

#define WORKLOAD_SYMBOL(id, name, kind)	work_##id,
extern const struct workload PVB_WORKLOADS(WORKLOAD_SYMBOL) work_hog;
#undef WORKLOAD_SYMBOL

uint64_t now_ns(void);
uint64_t next_random(uint64_t *state);
void sleep_until(uint64_t ns);
void pin_to(unsigned int cpu);

/* One line to stdout in one write: stdout is a slow serial port. */
void report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Says on stderr what is wrong and ends the program. */
void die(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));

#endif
