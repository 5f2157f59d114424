/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process of the usual class on each CPU that computes, so that no CPU halts.
 */
#ifndef PVB_WORK_BUSY_H
#define PVB_WORK_BUSY_H

#include "pvb-work.h"

/* The least that is computed, and counted: some us. */
void busy_loop(void);

/* Starts the processes. Each calls @also after each loop, unless that is NULL. */
void busy_start(const struct options *opt, void (*also)(unsigned int cpu));
/* How many loops all of them have done. */
uint64_t busy_loops(void);
void busy_stop(void);

#endif
