/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a set of samples says about its cells: which there are, what each is
 * judged by, what it is compared with and how that comes out. Shared by the
 * terminal table and the page, so that both say the same.
 */
#ifndef PVB_CELLS_H
#define PVB_CELLS_H

#include "samples.h"
#include "stats.h"

/* For one figure. */
#define CONFIDENCE	0.95
/*
 * For calling two modes different: a table makes some hundred such statements,
 * of which 5 % would be wrong, were the modes all the same.
 */
#define CONFIDENCE_RATIO	0.99

struct cell_list {
	struct cell *v;
	size_t n;
	const char *reference;	/* the host that others are compared with */
};

/* Each cell once, as people read. The caller frees @v. */
struct cell_list cells_of(const struct samples *s);
bool has_cell(const struct cell_list *cells, const struct cell *c);

/* What a workload is judged by; less of it is better where it is a time. */
const char *main_metric(const char *workload);
bool less_is_better(const char *workload);
/* Its unit, what an axis calls it, and what a table does. */
const char *main_unit(const char *workload);
const char *main_title(const char *workload);
const char *main_heading(const char *workload);

/*
 * What each cell is compared with: its guest's locks with native ones, TLB flush
 * with what it is on top of, its host with the unmodified one, hints with the
 * agnostic mode, a mode with other settings with the mode, its layout with libvirt's.
 */
enum comparison {
	BY_LOCKS, BY_TLB_FLUSH, BY_HOST, BY_HINTS, BY_PART, BY_LAYOUT, COMPARISONS,
};

extern const char *const comparison_title[COMPARISONS];

/* False for the cell that others are compared with. */
bool reference_of(const struct cell_list *cells, const struct cell *a,
		  enum comparison kind, struct cell *b);
/* The ratio of the main metrics of two cells. */
struct ratio compare(const struct samples *s_a, const struct cell *a,
		     const struct samples *s_b, const struct cell *b);

/* How many ratios to the reference would show what. */
struct visibility {
	size_t ratios, twice;	/* all, and those that would show a factor of two */
	size_t calm, tenth;	/* those of a calm reference, and that would show 10 % */
};

/* Where the values of a reference spread less than this (of their logarithms), it is calm. */
#define CALM	0.1

struct visibility visibility_of(const struct samples *s, const struct cell_list *cells);

/* Three digits in at most five places. */
const char *brief(double v, char to[24]);
/* Two of them: "1.25..12.9". */
const char *brief_range(double low, double high, char to[64]);

#endif
