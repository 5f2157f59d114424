/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PVB_WORK_EXEC_H
#define PVB_WORK_EXEC_H

#include <sys/types.h>

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

/*
 * Ends this program, naming the Debian package, where PATH has no @program: those of
 * programs.cpio are only in guests that were given it.
 */
void need_program(const char *program, const char *package);

/* Writes @size bytes, or a few more, that compress about as text does. */
void write_text(const char *path, size_t size, uint64_t seed);

/* A sum of a whole file: two files with equal sums are taken for equal. */
uint64_t sum_file(const char *path);

/*
 * Starts a server that ends with this process, as a user without rights, and waits
 * until @ready says that it answers. Its output goes where ours does not: stderr.
 */
pid_t start_server(char *const argv[], bool (*ready)(void));
void stop_server(pid_t pid, const char *name);

/* A line of output from a program that should have none. */
void no_output(char *text, void *arg);

/* Waits for the start offset that the seed gives this guest. */
void wait_start_offset(const struct options *opt);

#endif
