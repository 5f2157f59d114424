/* SPDX-License-Identifier: GPL-2.0 */
/*
 * samples.tsv in memory: one value a line, and where it was taken. Reading
 * refuses whatever it does not understand, with file and line; nothing is
 * guessed or skipped.
 */
#ifndef PVB_SAMPLES_H
#define PVB_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SAMPLES_HEADER \
	"round\thost\tguest\tovercommit\tlayout\tworkload\tmetric\tvalue\tunit"

/* A command of the user's own, by compare-host --run; the second also with "-less". */
#define COMMAND_TIME	"time"
#define COMMAND_METRIC	"metric"

/* Fields fit in this, with their end. */
#define FIELD_SIZE	48
#define ERROR_SIZE	256
#define MAX_ROUND	1000000000UL

struct cell {
	char host[FIELD_SIZE];
	char guest[FIELD_SIZE];
	char overcommit[FIELD_SIZE];
	char layout[FIELD_SIZE];
	char workload[FIELD_SIZE];
};

struct sample {
	unsigned long round;
	struct cell cell;
	char metric[FIELD_SIZE];
	double value;
	char unit[FIELD_SIZE];
};

struct samples {
	struct sample *v;
	size_t n;
	size_t room;
	size_t sorted;		/* so many at the front are in order */
};

/* One run of a cell, as the driver describes it to "pvb-stat collect". */
struct run {
	unsigned long round;
	struct cell cell;	/* workload unused */
	unsigned int pcpus;
	unsigned int vcpus;	/* of the measured VM */
	unsigned int vms;
	char map[1024];		/* System.map of its guests */
	char dir[1024];
};

/**
 * wrong - says what is wrong
 * @error: for the message
 * @fmt: file, line, and what is wrong there
 *
 * Return: false, for the caller to return.
 */
bool __attribute__((format(printf, 2, 3)))
wrong(char error[ERROR_SIZE], const char *fmt, ...);

/**
 * copy_field - copies a field; one that is too long is cut
 * @to: where to
 * @from: the field
 */
void copy_field(char to[FIELD_SIZE], const char *from);

/*
 * False on the first thing that is wrong, which @error then names with @name
 * and its line.
 */
bool read_samples(struct samples *s, FILE *in, const char *name,
		  char error[ERROR_SIZE]);
void write_samples(const struct samples *s, FILE *out);
void free_samples(struct samples *s);
void append_samples(struct samples *to, const struct samples *from);

/* By cell (1:1 first), metric, round: two equal sets print the same bytes. */
void sort_samples(struct samples *s);
/* Of a sorted set: false, with the first in @error, if a value is there twice. */
bool unique_samples(const struct samples *s, const char *name,
		    char error[ERROR_SIZE]);

void add_sample(struct samples *s, unsigned long round, const struct cell *cell,
		const char *metric, double value, const char *unit);

/* A label or name: something, and nothing that would break a table or a page. */
bool plain_word(const char *text);

/* Labels with numbers in them sort by number: "4" before "4@8" before "16". */
int compare_labels(const char *a, const char *b);
int compare_cells(const struct cell *a, const struct cell *b);
/*
 * What hosts are compared with: "pristine", or "off" where only that was measured, as
 * on a machine that has one kernel.
 */
const char *reference_host(const struct samples *s);
/* From the unmodified host to all of ours, then variants by name. */
int compare_hosts(const char *a, const char *b);
/* As people read: workloads and guests in the order of the documentation. */
int compare_cells_for_print(const struct cell *a, const struct cell *b);

/*
 * The values of one metric of one cell, in the order of rounds if @s is sorted.
 * NULL when there is none. The caller frees it.
 */
double *values_of(const struct samples *s, const struct cell *cell,
		  const char *metric, size_t *n);

/* The same as a part of a sorted set: index of the first, and how many. */
size_t find_values(const struct samples *s, const struct cell *cell,
		   const char *metric, size_t *n);

/*
 * Reads vmctl's cell.tsv ("workload metric value unit") of @run. Where a workload was
 * measured again, that is the next round.
 */
bool read_cell(struct samples *s, const struct run *run, FILE *in,
	       const char *name, char error[ERROR_SIZE]);

#endif
