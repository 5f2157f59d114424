/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Measures jobs of the first guest. What figures mean is decided elsewhere: here are
 * only differences.
 */
#ifndef PVB_L1_MEASURE_H
#define PVB_L1_MEASURE_H

#include "vmctl.h"

/**
 * open_measurements - opens the files that figures go to
 */
void open_measurements(void);

/**
 * job_begins - takes what is counted at the begin of a job
 *
 * Called at once when the guest says so.
 */
void job_begins(void);

/**
 * job_ends - takes what is counted at the end of a job, and writes the differences
 * @vm: the measured guest
 * @said: its line, "end NAME ops N ns T [key value]...": its own account of the
 *	job; written over
 *
 * A full trace buffer ends vmctl.
 */
void job_ends(struct vm *vm, char *said);

#endif
