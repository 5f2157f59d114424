/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One panel of a figure as an SVG element: axes, a line through the centres of
 * each series, a dot for each raw value. Colours are classes (c0, c1, ...) that
 * the page's style sheet defines for light and dark. Knows nothing of samples.
 */
#ifndef PVB_PLOT_H
#define PVB_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define COLOURS		10

struct tick {
	double at;
	char label[24];
};

struct axis {
	const char *title;
	double low, high;
	bool log;		/* what is 0 or less then lies on the axis */
	const struct tick *ticks;	/* none: made from low and high */
	size_t n_ticks;
};

struct mark {
	double x, y;
	bool hollow;
	char *title;		/* what a reader sees on pointing at it; owned */
};

struct series {
	const char *name;
	unsigned int colour;
	bool dashed;
	bool step;		/* a staircase instead of straight lines */
	struct mark *line;	/* title unused; y NAN ends a part of the line */
	size_t n_line;
	struct mark *marks;
	size_t n_marks;
};

struct panel {
	const char *title;
	struct axis x, y;
	bool has_rule;		/* a line across at y = rule */
	double rule;
	struct series *series;
	size_t n_series;
};

void plot_panel(FILE *out, const struct panel *p);

/* For the panel's axes: grows low..high so that @v lies in it. */
void axis_include(struct axis *a, double v);
/* Low and high for "nothing yet", and to round numbers in the end. */
void axis_start(struct axis *a, const char *title, bool log);
void axis_round(struct axis *a);

void add_mark(struct mark **v, size_t *n, double x, double y, char *title);
void free_series(struct series *s);
void free_panel(struct panel *p);

/* Text as XML wants it. */
void print_escaped(FILE *out, const char *text);

/* 1200 -> "1.2k", 0.01 -> "0.01". */
const char *tick_label(double v, char to[24]);

#endif
