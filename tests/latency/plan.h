/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A comparison before it begins: what was asked for, the cells and runs that
 * follow, and what each may take. Decides nothing about how runs are made, and
 * looks at no file.
 */
#ifndef PVB_PLAN_H
#define PVB_PLAN_H

#include "plan-words.h"

/* More would run for weeks: a slip of the keyboard. */
#define MAX_RUNS	100000
/* More would not end within a wall-clock limit; vmctl has the same. */
#define MAX_PER_BOOT	1000
/* Rows of default cells. */
#define MAX_PARTS	16

/* What was asked for, in the environment. */
struct settings {
	bool quick, full, mttcg, reuse;
	const char *given[N_AXES];	/* checked; NULL where there is no word */
	struct words workloads;
	bool stressors, programs, module;	/* what workloads need */
	unsigned long jobs, first_seed, rounds;
	unsigned long per_boot;		/* seeds measured in one boot */
	unsigned long ms, warm;		/* of each workload, virtual */
};

/* The words of a cell, by axis. */
struct plan_cell {
	const char *word[N_AXES];
};

struct plan {
	struct words words[MAX_PARTS][N_AXES];	/* what cells point into */
	size_t n_parts;
	struct plan_cell *cells;
	size_t n_cells;
};

/**
 * read_settings - takes and checks the variables of a comparison
 * @s: to be freed with free_settings(), whatever comes back
 * @err: where to say, in one line, what is wrong
 *
 * Return: false where anything is wrong.
 */
bool read_settings(struct settings *s, FILE *err);
void free_settings(struct settings *s);

/**
 * make_plan - lists the cells
 * @p: to be freed with free_plan(), whatever comes back
 * @s: what was asked for
 * @err: where to say, in one line, what is wrong
 *
 * Return: false where they are too many.
 */
bool make_plan(struct plan *p, const struct settings *s, FILE *err);
void free_plan(struct plan *p);

/* A starved guest may take long, a hung one must end: in virtual seconds. */
unsigned long virtual_limit(const struct settings *s);
/* And in seconds on the wall. */
unsigned long wall_limit(const struct settings *s);
/* What a run of so many seeds should take, in seconds, until real figures are there. */
unsigned long expected_cost(const struct settings *s, const struct shape *shape,
			    unsigned long rounds);

/* Seeds are measured several to a boot, the last of which has what is left. */
unsigned long boots_of(const struct settings *s);
unsigned long first_seed_of(const struct settings *s, unsigned long boot);
unsigned long rounds_in_boot(const struct settings *s, unsigned long boot);

/* The line that says how much it is, without its end. */
void print_summary(FILE *out, const struct settings *s, const struct plan *p);

/* The words of a cell with @between between them. */
void print_cell(FILE *out, const struct plan_cell *cell, char between);

/**
 * print_script - prints what L1 runs in one run
 * @out: where to
 * @s: what was asked for
 * @cell: the run's cell
 * @boot: from 0; the first of its seeds shifts the start of the guests against each
 *	other by up to 5 ms, and each the start of workers in the guest
 *
 * The key of a finished run is a digest over this: one byte more, and no run that
 * was kept is used again.
 */
void print_script(FILE *out, const struct settings *s,
		  const struct plan_cell *cell, unsigned long boot);

/**
 * print_conditions - prints conditions.json
 * @out: where to
 * @s: what was asked for
 * @p: its plan
 * @facts: what only the caller knows, as NAME=VALUE; sorted out by name
 * @n: their number
 * @err: where to say, in one line, what is wrong
 *
 * Return: false where a fact is missing or there is one too many.
 */
bool print_conditions(FILE *out, const struct settings *s, const struct plan *p,
		      char **facts, size_t n, FILE *err);

#endif
