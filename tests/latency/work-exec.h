/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PVB_WORK_EXEC_H
#define PVB_WORK_EXEC_H

#include "pvb-work.h"

/*
 * Runs a program of PATH to its end and gives each line of its output to @line.
 * Dies when the program is missing or fails.
 */
void run_program(char *const argv[], void (*line)(char *text, void *arg),
		 void *arg);

/*
 * For programs that know fixed amounts of work: repeats @once, which returns its
 * operations, for the warm-up and then until the time is over, and reports.
 */
void repeat_program(const char *name, const struct options *opt,
		    uint64_t (*once)(void *arg), void *arg);

/*
 * For programs that run for whole seconds and know no warm-up: their seconds, and
 * run_program() once, from the "begin" line on. Returns how long it took, ns.
 */
unsigned int whole_seconds(const struct options *opt);
uint64_t time_program(const char *name, const struct options *opt,
		      char *const argv[], void (*line)(char *text, void *arg),
		      void *arg);

/* Waits for the start offset that the seed gives this guest. */
void wait_start_offset(const struct options *opt);

#endif
