/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page while it is written, and what several of its sections need: its words,
 * figures of a cell, colours, small pieces of text. Decides nothing about which
 * sections there are (report.c), and draws none of them.
 */
#ifndef PVB_REPORT_PAGE_H
#define PVB_REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cells.h"
#include "plot.h"
#include "report.h"

#define MAX_WORDS	64

/* Different words in the order in which people read them. */
struct words {
	const char *v[MAX_WORDS];
	size_t n;
};

struct report {
	const struct results *res;
	const struct samples *s;
	struct cell_list cells;
	struct words hosts, guests, overcommits, layouts, workloads;
	struct words functions;		/* of the guest, that have a colour */
	bool lines_are_hosts;	/* else guests */
	bool bad_conditions;
	FILE *out;
};

/* Where a cell stands on the x axis of a figure, or in which column of a table. */
struct place {
	const char *overcommit, *layout;
};

/**
 * add_word - adds a word to a list, unless the list has it or is full
 * @w: the list
 * @word: not copied
 */
void add_word(struct words *w, const char *word);

/**
 * has_word - is this word in the list?
 * @w: the list
 * @word: what to look for
 */
bool has_word(const struct words *w, const char *word);

/**
 * cell_named - puts a cell's name together
 * @host: host mode
 * @guest: kind of locks, and what else the guest has or lacks
 * @overcommit: a label such as "4", "4@8", "1+hog"
 * @layout: of cgroups
 * @workload: its name
 *
 * Return: the cell; it need not have been measured, see has_cell().
 */
struct cell cell_named(const char *host, const char *guest,
		       const char *overcommit, const char *layout,
		       const char *workload);

/**
 * lines_of - what a figure draws as lines of different colours
 * @r: the page
 *
 * Return: the hosts, or the guests where only unmodified hosts were measured.
 */
const struct words *lines_of(const struct report *r);

/**
 * blocks_of - what a figure draws as blocks one below the other
 * @r: the page
 *
 * Return: the guests, or the hosts where lines_of() are guests.
 */
const struct words *blocks_of(const struct report *r);

/**
 * most_overcommitted - the highest over-commitment of the usual machine
 * @r: the page
 *
 * Return: a label of digits alone: "4", not "4@8" or "4+solo"; "" without any.
 */
const char *most_overcommitted(const struct report *r);

/**
 * overcommit_text - a label of over-commitment as people write it
 * @label: "4" is 4:1, "4@8" the same with 8 pCPUs
 * @to: for the text
 *
 * Return: @to.
 */
const char *overcommit_text(const char *label, char to[2 * FIELD_SIZE]);

/**
 * place_has_cell - was anything measured at this place?
 * @r: the page
 * @at: over-commitment and layout
 */
bool place_has_cell(const struct report *r, const struct place *at);

/**
 * has_metric - is there any value of this metric?
 * @r: the page
 * @metric: its name in samples.tsv
 */
bool has_metric(const struct report *r, const char *metric);

/**
 * median_of - the median over the rounds of a cell
 * @r: the page
 * @cell: the cell
 * @metric: its name in samples.tsv
 *
 * Return: NAN without a value.
 */
double median_of(const struct report *r, const struct cell *cell,
		 const char *metric);

/**
 * total_of - the sum over the rounds of a cell
 * @r: the page
 * @c: the cell
 * @metric: its name in samples.tsv
 *
 * Return: 0 without a value.
 */
double total_of(const struct report *r, const struct cell *c,
		const char *metric);

/**
 * colour_of_line - the number of a line's colour class
 * @r: the page
 * @name: one of lines_of()
 *
 * A host has the same colour on every page, whatever else was measured.
 *
 * Return: class c0, c1, ... of the style sheet; modulo COLOURS.
 */
unsigned int colour_of_line(const struct report *r, const char *name);

/**
 * print_legend - the colours of lines
 * @r: the page
 * @lines: their names
 */
void print_legend(struct report *r, const struct words *lines);

/**
 * show_panel - draws a panel of a block, the first one below the block's heading
 * @r: the page
 * @block: one of blocks_of()
 * @open: false before the block's first panel; true afterwards
 * @p: the panel
 */
void show_panel(struct report *r, const char *block, bool *open,
		const struct panel *p);

/**
 * close_panels - ends a block's row of panels
 * @r: the page
 * @open: as show_panel() left it
 */
void close_panels(struct report *r, bool open);

/**
 * print_cell_name - the five words of a cell, for a data- attribute
 * @out: where to
 * @c: the cell
 */
void print_cell_name(FILE *out, const struct cell *c);

/**
 * print_median - median_of() as a field of a table
 * @r: the page
 * @c: the cell
 * @metric: its name in samples.tsv
 */
void print_median(struct report *r, const struct cell *c, const char *metric);

#endif
