/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long something was waited for, as workloads that measure latencies count and
 * report it.
 */
#ifndef PVB_WORK_WAITS_H
#define PVB_WORK_WAITS_H

#include <stdint.h>

/* Of longer waits only the number and the longest are known. */
#define WAITS_US	20000

struct waits {
	uint64_t count[WAITS_US];	/* by us */
	uint64_t total;			/* with longer ones */
	double sum;			/* longer ones count as WAITS_US */
	unsigned long min, max;
};

/* @n waits of @us each. */
void waits_add(struct waits *w, unsigned long us, uint64_t n);
void waits_merge(struct waits *w, const struct waits *from);

/* Pairs for the "end" line: least, mean, percentiles, most. Dies if there are none. */
void waits_report(const struct waits *w);
/* "hist NAME MEASURE FROM_NS TO_NS COUNT", a line for each bucket that is not empty. */
void waits_report_hist(const struct waits *w, const char *name, const char *measure);

#endif
