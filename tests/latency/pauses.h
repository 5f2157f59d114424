/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where guests spin: runs of consecutive PAUSE exits of one vCPU at one RIP, by
 * the guest function that RIP lies in, summed over the rounds of a cell.
 */
#ifndef PVB_PAUSES_H
#define PVB_PAUSES_H

#include <stdint.h>

#include "samples.h"

#define SYMBOL_SIZE	64

struct symbol {
	uint64_t address;
	char name[SYMBOL_SIZE];
};

struct symbols {
	struct symbol *v;
	size_t n;
};

/* Runs of one length in one function. */
struct pause {
	struct cell cell;
	char function[SYMBOL_SIZE];
	uint64_t length;
	uint64_t count;
};

struct pauses {
	struct pause *v;
	size_t n;
};

/* One guest function of one cell: PAUSE exits, and lengths of runs of them. */
struct spin {
	struct cell cell;
	char name[SYMBOL_SIZE];
	uint64_t exits, runs, p50, p99, max;
};

struct spins {
	struct spin *v;
	size_t n;
};

/* PAUSE exits of one run in the TIMELINE_MS from @ms on, from a job's begin. */
struct burst {
	unsigned long round;
	struct cell cell;
	unsigned int ms;
	uint64_t exits;
};

#define TIMELINE_MS	10	/* vmctl's */

struct bursts {
	struct burst *v;
	size_t n;
};

/* Functions of a System.map. */
bool read_symbols(struct symbols *s, FILE *in, const char *name,
		  char error[ERROR_SIZE]);
void free_symbols(struct symbols *s);
/* "user" below the kernel's half, "unknown" before the first function. */
const char *name_address(const struct symbols *s, uint64_t address);

/* Adds vmctl's pauses.tsv of one run: "workload rip run_length count". */
bool read_pauses(struct pauses *p, const struct symbols *s,
		 const struct cell *cell, FILE *in, const char *name,
		 char error[ERROR_SIZE]);
void write_pauses(struct pauses *p, FILE *out);
void free_pauses(struct pauses *p);

/* What write_pauses() wrote. */
bool read_spins(struct spins *list, FILE *in, const char *name,
		char error[ERROR_SIZE]);
void free_spins(struct spins *list);

/* Copies vmctl's timeline.tsv ("workload ms exits") of one run, made whole. */
void write_bursts_header(FILE *out);
bool copy_bursts(FILE *out, unsigned long round, const struct cell *cell,
		 FILE *in, const char *name, char error[ERROR_SIZE]);
bool read_bursts(struct bursts *list, FILE *in, const char *name,
		 char error[ERROR_SIZE]);
void free_bursts(struct bursts *list);

/* Top functions of the most over-committed usual cells, from write_pauses(). */
bool print_pauses(FILE *in, const char *name, FILE *out, char error[ERROR_SIZE]);

#endif
