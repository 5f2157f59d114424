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

/* Top functions of the most over-committed usual cells, from write_pauses(). */
bool print_pauses(FILE *in, const char *name, FILE *out, char error[ERROR_SIZE]);

#endif
