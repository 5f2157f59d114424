/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PAUSE exits of guests, from the kvm_exit tracepoint. The trace has a buffer of its
 * own (an instance), so that nothing else disturbs it.
 */
#ifndef PVB_L1_PAUSES_H
#define PVB_L1_PAUSES_H

#include <stdbool.h>
#include <stdint.h>

#include "vmctl.h"

/**
 * open_pause_files - opens pauses.tsv and timeline.tsv
 */
void open_pause_files(void);

/**
 * setup_trace - prepares the trace; it is off afterwards
 */
void setup_trace(void);

/**
 * empty_trace - throws away what was traced
 */
void empty_trace(void);

/**
 * trace_on - switches the trace on or off
 * @on: what it shall be
 */
void trace_on(bool on);

/**
 * count_pauses - writes the PAUSE exits of a job to both files
 * @vm: the guest whose exits count
 * @job: its job's name
 * @begin_ns: when the job began, by now_ns()
 *
 * Return: how many there were.
 */
uint64_t count_pauses(const struct vm *vm, const char *job, uint64_t begin_ns);

/**
 * trace_overruns - counts events that found the buffer full
 *
 * These would make the counts a lie.
 */
uint64_t trace_overruns(void);

#endif
