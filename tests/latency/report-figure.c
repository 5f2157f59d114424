// SPDX-License-Identifier: GPL-2.0
/*
 * Fills and draws the panels of a figure. A dot is a line of samples.tsv, which is
 * its title; a line goes through the medians of a host (or guest).
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "report-figure.h"

static const char *metric_of(const struct figure *f, const char *workload)
{
	return f->metric ? f->metric : main_metric(workload);
}

static struct cell cell_at(const struct report *r, const struct figure *f,
			   size_t place, const char *block, const char *line,
			   const char *workload)
{
	const char *host = r->lines_are_hosts ? line : block;
	const char *guest = r->lines_are_hosts ? block : line;

	return cell_named(host, guest, f->places[place].overcommit,
			  f->places[place].layout, workload);
}

/* Returns the line of samples.tsv, with blanks for tabs. */
static char *sample_title(const struct sample *v)
{
	char *text;

	if (asprintf(&text, "%lu %s %s %s %s %s %s %.12g %s", v->round,
		     v->cell.host, v->cell.guest, v->cell.overcommit,
		     v->cell.layout, v->cell.workload, v->metric, v->value,
		     v->unit) < 0)
		abort();
	return text;
}

static void add_dots(const struct report *r, struct series *to,
		     const struct cell *cell, const char *metric, double x,
		     bool hollow, struct axis *y)
{
	size_t n, first = find_values(r->s, cell, metric, &n);

	for (size_t i = first; i < first + n; i++) {
		const struct sample *v = &r->s->v[i];

		add_mark(&to->marks, &to->n_marks, x, v->value, sample_title(v));
		to->marks[to->n_marks - 1].hollow = hollow;
		axis_include(y, v->value);
	}
}

/* Returns the number of values in the panel, 0 when it is empty. */
static size_t fill_panel(struct report *r, const struct figure *f,
			 const char *block, const char *workload,
			 const struct words *lines, struct panel *p)
{
	const char *metric = metric_of(f, workload);
	size_t values = 0;

	p->series = calloc(lines->n, sizeof(*p->series));
	if (!p->series)
		abort();
	for (size_t l = 0; l < lines->n; l++) {
		struct series *s = &p->series[p->n_series];

		s->name = lines->v[l];
		s->colour = colour_of_line(r, lines->v[l]);
		for (size_t x = 0; x < f->n_places; x++) {
			struct cell c = cell_at(r, f, x, block, lines->v[l],
						workload);
			double centre = median_of(r, &c, metric);

			add_mark(&s->line, &s->n_line, x, centre, NULL);
			if (f->apart)
				add_mark(&s->line, &s->n_line, x, NAN, NULL);
			if (isnan(centre))
				continue;
			add_dots(r, s, &c, metric, x, false, &p->y);
			if (f->company)
				add_dots(r, s, &c, f->company, x, true, &p->y);
		}
		if (!s->n_marks) {
			free_series(s);
			*s = (struct series){ 0 };
			continue;
		}
		values += s->n_marks;
		p->n_series++;
	}
	return values;
}

static void label_places(const struct figure *f, struct tick *to)
{
	bool layouts = false, machines = false;

	for (size_t i = 1; i < f->n_places; i++) {
		layouts |= !!strcmp(f->places[i].layout, f->places[0].layout);
		machines |= !!strchr(f->places[i].overcommit, '@');
	}
	for (size_t i = 0; i < f->n_places; i++) {
		const char *label = f->places[i].overcommit;

		to[i].at = i;
		if (f->over_size) {
			snprintf(to[i].label, sizeof(to[i].label), "%lu",
				 size_of_vm(label));
			continue;
		}
		snprintf(to[i].label, sizeof(to[i].label), "%.*s:1%.8s%s%.8s",
			 (int)strspn(label, "0123456789"), label,
			 machines ? label + strspn(label, "0123456789") : "",
			 layouts ? " " : "", layouts ? f->places[i].layout : "");
	}
}

static void draw_block(struct report *r, const struct figure *f,
		       const char *block, const struct words *lines)
{
	bool open = false;
	struct tick ticks[MAX_PLACES];
	struct panel *panels = calloc(r->workloads.n, sizeof(*panels));
	size_t n = 0;
	struct axis common;

	if (!panels)
		abort();
	label_places(f, ticks);
	axis_start(&common, f->y_title, f->log);
	if (f->rule)
		axis_include(&common, f->rule);
	for (size_t w = 0; w < r->workloads.n; w++) {
		struct panel *p = &panels[n];

		memset(p, 0, sizeof(*p));
		p->title = r->workloads.v[w];
		axis_start(&p->y, f->y_title ? f->y_title :
			   main_title(p->title), f->log);
		p->x = (struct axis){ .title = f->x_title, .low = -0.5,
				      .high = f->n_places - 0.5, .ticks = ticks,
				      .n_ticks = f->n_places };
		if (f->rule)
			axis_include(&p->y, f->rule);
		if (!fill_panel(r, f, block, p->title, lines, p)) {
			free(p->series);
			continue;
		}
		p->has_rule = f->rule != 0;
		p->rule = f->rule;
		axis_include(&common, p->y.low);
		axis_include(&common, p->y.high);
		n++;
	}
	axis_round(&common);
	for (size_t i = 0; i < n; i++) {
		struct panel *p = &panels[i];

		if (f->common_axis) {
			common.title = p->y.title;
			p->y = common;
		} else {
			axis_round(&p->y);
		}
		show_panel(r, block, &open, p);
		free_panel(p);
	}
	close_panels(r, open);
	free(panels);
}

void add_place(const struct report *r, struct figure *f, const char *overcommit,
	       const char *layout)
{
	struct place at = { overcommit, layout };

	if (f->n_places < MAX_PLACES && place_has_cell(r, &at))
		f->places[f->n_places++] = at;
}

void draw_figure(struct report *r, const struct figure *f)
{
	const struct words *blocks = blocks_of(r);
	const struct words *lines = lines_of(r);

	if (!f->n_places)
		return;
	fputs("<div class=\"figure\">\n", r->out);
	print_legend(r, lines);
	for (size_t b = 0; b < blocks->n; b++)
		draw_block(r, f, blocks->v[b], lines);
	fputs("</div>\n", r->out);
}

/* "4" and "4@8" are plain; "4+solo" and "1+hog" ask other questions. */
static bool plain_label(const char *overcommit)
{
	return !strchr(overcommit, '+') && !size_of_vm(overcommit);
}

static const char *usual_layout(const struct report *r)
{
	return has_word(&r->layouts, "vcpu") ? "vcpu" : r->layouts.v[0];
}

void draw_over_commitment(struct report *r, struct figure f)
{
	f.x_title = "vCPUs per pCPU";
	for (int large = 0; large < 2; large++) {
		f.n_places = 0;
		for (size_t i = 0; i < r->overcommits.n; i++) {
			const char *o = r->overcommits.v[i];

			if (plain_label(o) && !!strchr(o, '@') == large)
				add_place(r, &f, o, usual_layout(r));
		}
		if (large && f.n_places)
			fputs("<h3>More pCPUs</h3>\n", r->out);
		draw_figure(r, &f);
	}
}

unsigned long size_of_vm(const char *overcommit)
{
	unsigned long pcpus;

	if (sscanf(overcommit, "8@%lu", &pcpus) != 1)
		return 0;
	return pcpus * 8 / 2;
}

void draw_over_size(struct report *r, struct figure f)
{
	f.x_title = "vCPUs of the VM";
	f.over_size = true;
	for (size_t i = 0; i < r->overcommits.n; i++)
		if (size_of_vm(r->overcommits.v[i]))
			add_place(r, &f, r->overcommits.v[i], usual_layout(r));
	draw_figure(r, &f);
}
