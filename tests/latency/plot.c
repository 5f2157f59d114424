// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"

/* A panel in its own units; the page scales it to the column. */
#define WIDTH		320
#define HEIGHT		220
#define LEFT		46
#define RIGHT		10
#define TOP		26
#define BOTTOM		36

/* Neighbouring series must not hide each other's dots. */
#define DODGE		5.0
#define MAX_TICKS	12

void print_escaped(FILE *out, const char *text)
{
	static const char special[] = "<>&\"";
	static const char *const entity[] = { "&lt;", "&gt;", "&amp;", "&quot;" };

	for (; *text; text++) {
		const char *p = strchr(special, *text);

		if (p)
			fputs(entity[p - special], out);
		else if ((unsigned char)*text >= ' ' || *text == '\n' ||
			 *text == '\t')
			putc(*text, out);
		/* XML 1.0 has no way to write the other controls. */
	}
}

void add_mark(struct mark **v, size_t *n, double x, double y, char *title)
{
	*v = realloc(*v, (*n + 1) * sizeof(**v));
	if (!*v)
		abort();
	(*v)[(*n)++] = (struct mark){ .x = x, .y = y, .title = title };
}

void free_series(struct series *s)
{
	for (size_t i = 0; i < s->n_marks; i++)
		free(s->marks[i].title);
	free(s->marks);
	free(s->line);
}

void free_panel(struct panel *p)
{
	for (size_t i = 0; i < p->n_series; i++)
		free_series(&p->series[i]);
	free(p->series);
}

/* ---- axes ---------------------------------------------------------------- */

void axis_start(struct axis *a, const char *title, bool log)
{
	*a = (struct axis){ .title = title, .low = INFINITY, .high = -INFINITY,
			    .log = log };
}

void axis_include(struct axis *a, double v)
{
	if (!isfinite(v) || (a->log && v <= 0))
		return;
	a->low = fmin(a->low, v);
	a->high = fmax(a->high, v);
}

/* The next of 1, 2, 5, 10, ... from @v up (or down). */
static double nice(double v, bool up)
{
	static const double step[] = { 1, 2, 5, 10 };
	double decade = pow(10, floor(log10(v))), best = decade;

	for (size_t i = 0; i < 4; i++) {
		double at = step[i] * decade;

		if (up && at >= v * (1 - 1e-9))
			return at;
		if (at <= v * (1 + 1e-9))
			best = at;
	}
	return up ? 10 * decade : best;
}

void axis_round(struct axis *a)
{
	if (a->low > a->high) {		/* no value, or only zeros on a log axis */
		a->low = a->log ? 0.1 : 0;
		a->high = 1;
	}
	if (a->log) {
		a->low = nice(a->low / 1.05, false);
		a->high = nice(a->high * 1.05, true);
	} else {
		a->low = fmin(a->low, 0);
		a->high = a->high > 0 ? a->high * 1.05 : 1;
	}
}

const char *tick_label(double v, char to[24])
{
	static const char unit[] = { 'k', 'M', 'G' };
	int u = -1;

	while (v >= 1000 && u < 2) {
		v /= 1000;
		u++;
	}
	snprintf(to, 24, "%.3g%.*s", v, u < 0 ? 0 : 1, &unit[u < 0 ? 0 : u]);
	return to;
}

static size_t make_log_ticks(const struct axis *a, struct tick *to)
{
	double decades = log10(a->high / a->low);
	size_t n = 0;

	for (int e = (int)floor(log10(a->low)); e <= log10(a->high) + 1e-9; e++) {
		static const double step[] = { 1, 2, 5 };

		/* Of many decades only some, of few also what lies between. */
		if (decades > 7 && e % 2)
			continue;
		for (size_t i = 0; i < (decades < 2.5 ? 3 : 1); i++) {
			double at = step[i] * pow(10, e);

			if (at < a->low * 0.999 || at > a->high * 1.001 ||
			    n == MAX_TICKS)
				continue;
			to[n].at = at;
			tick_label(at, to[n++].label);
		}
	}
	return n;
}

static size_t make_ticks(const struct axis *a, struct tick *to)
{
	double step;
	size_t n = 0;

	if (a->log)
		return make_log_ticks(a, to);
	step = nice((a->high - a->low) / 5, true);
	for (double at = ceil(a->low / step) * step;
	     at <= a->high + step / 1000 && n < MAX_TICKS; at += step) {
		to[n].at = at;
		tick_label(fabs(at) < step / 1000 ? 0 : at, to[n++].label);
	}
	return n;
}

static double part_of(const struct axis *a, double v)
{
	double part;

	if (a->log)
		part = v <= 0 ? 0 : log(v / a->low) / log(a->high / a->low);
	else
		part = (v - a->low) / (a->high - a->low);
	return fmin(fmax(part, 0), 1);
}

static double x_of(const struct panel *p, double x)
{
	return LEFT + part_of(&p->x, x) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct panel *p, double y)
{
	return HEIGHT - BOTTOM - part_of(&p->y, y) * (HEIGHT - TOP - BOTTOM);
}

/* The axis's own ticks, or in @made what suits its range; *@n of them. */
static const struct tick *ticks_of(const struct axis *axis,
				   struct tick made[MAX_TICKS], size_t *n)
{
	if (axis->ticks) {
		*n = axis->n_ticks;
		return axis->ticks;
	}
	*n = make_ticks(axis, made);
	return made;
}

static void print_axes(FILE *out, const struct panel *p)
{
	struct tick made[MAX_TICKS];
	const struct tick *tick;
	size_t n;

	tick = ticks_of(&p->y, made, &n);
	for (size_t i = 0; i < n; i++) {
		double y = y_of(p, tick[i].at);

		fprintf(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
			LEFT, y, WIDTH - RIGHT, LEFT - 4, y + 3.5);
		print_escaped(out, tick[i].label);
		fputs("</text>\n", out);
	}

	tick = ticks_of(&p->x, made, &n);
	for (size_t i = 0; i < n; i++) {
		double x = x_of(p, tick[i].at);

		fprintf(out, "<path class=\"axis\" d=\"M%.1f %dv3\"/><text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
			x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 14);
		print_escaped(out, tick[i].label);
		fputs("</text>\n", out);
	}
	fprintf(out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n", LEFT, TOP,
		HEIGHT - BOTTOM, WIDTH - RIGHT);
	fprintf(out, "<text class=\"what\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">",
		(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6);
	print_escaped(out, p->x.title);
	fputs("</text>\n", out);
}

/* ---- series -------------------------------------------------------------- */

static void print_line(FILE *out, const struct panel *p, const struct series *s,
		       double shift)
{
	bool pen_down = false;

	if (!s->n_line)
		return;
	fprintf(out, "<path class=\"line c%u%s\" d=\"", s->colour % COLOURS,
		s->dashed ? " dash" : "");
	for (size_t i = 0; i < s->n_line; i++) {
		const struct mark *m = &s->line[i];
		bool alone;

		if (isnan(m->y)) {
			pen_down = false;
			continue;
		}
		if (s->step && pen_down)
			fprintf(out, "H%.1f", x_of(p, m->x) + shift);
		fprintf(out, "%c%.1f %.1f", pen_down ? 'L' : 'M',
			x_of(p, m->x) + shift, y_of(p, m->y));
		/* A line of one point would not be seen. */
		alone = !pen_down &&
			(i + 1 == s->n_line || isnan(s->line[i + 1].y));
		if (alone)
			fputs("m-5 0h10", out);
		pen_down = true;
	}
	fputs("\"/>\n", out);
}

static void print_marks(FILE *out, const struct panel *p, const struct series *s,
			double shift)
{
	for (size_t i = 0; i < s->n_marks; i++) {
		const struct mark *m = &s->marks[i];

		fprintf(out, "<circle class=\"%s c%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"><title>",
			m->hollow ? "ring" : "dot", s->colour % COLOURS,
			x_of(p, m->x) + shift, y_of(p, m->y));
		print_escaped(out, m->title);
		fputs("</title></circle>\n", out);
	}
}

void plot_panel(FILE *out, const struct panel *p)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
		WIDTH, HEIGHT);
	print_escaped(out, p->title);
	fputs(": ", out);
	print_escaped(out, p->y.title);
	fputs("\">\n", out);
	fprintf(out, "<text class=\"head\" x=\"2\" y=\"13\">");
	print_escaped(out, p->title);
	fputs("<tspan class=\"what\" dx=\"6\">", out);
	print_escaped(out, p->y.title);
	fputs("</tspan></text>\n", out);
	print_axes(out, p);
	if (p->has_rule)
		fprintf(out, "<path class=\"rule\" d=\"M%d %.1fH%d\"/>\n", LEFT,
			y_of(p, p->rule), WIDTH - RIGHT);
	for (size_t i = 0; i < p->n_series; i++) {
		const struct series *s = &p->series[i];
		/* Only where there are dots: an axis of numbers must not shift. */
		double shift = !s->n_marks ? 0 :
			       DODGE * (i - (p->n_series - 1) / 2.0);

		print_line(out, p, s, shift);
		print_marks(out, p, s, shift);
	}
	fputs("</svg>\n", out);
}
