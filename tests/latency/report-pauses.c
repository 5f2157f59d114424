// SPDX-License-Identifier: GPL-2.0
/*
 * The section of PAUSE exits: how many per operation, in which guest function, in
 * rows of which length, and when. From samples.tsv, pauses.tsv and timeline.tsv.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "report-figure.h"
#include "report-sections.h"

/* So many guest functions have bars of their own; the rest is one bar. */
#define TOP_FUNCTIONS	5
#define LEAST_PART	20	/* a function has at least 1/20 of the first one's exits */

static double exits_of(const struct results *res, const struct cell *c)
{
	double sum = 0;

	for (size_t i = 0; i < res->spins.n; i++)
		if (!compare_cells(&res->spins.v[i].cell, c))
			sum += res->spins.v[i].exits;
	return sum;
}

/* A function has one colour on the page; 0 is for the rest. */
static unsigned int colour_of_function(const struct report *r, const char *name)
{
	static const unsigned int order[] = { 3, 4, 6, 5, 1, 2, 7, 8, 9 };

	for (unsigned int i = 0; i < r->functions.n; i++)
		if (!strcmp(r->functions.v[i], name))
			return order[i % 9];
	return 0;
}

/* Draws one bar: the cell's PAUSE exits per operation, by guest function. */
static void spin_row(struct report *r, const struct cell *c,
		     const struct words *top, double longest)
{
	double ops = total_of(r, c, "ops"), all = exits_of(r->res, c), other = all;
	char text[24];

	fprintf(r->out, "<div class=\"row\"><span class=\"name\">%s, %s</span><span class=\"value\">%s per op</span><span class=\"bar\">",
		c->host, c->guest, brief(all / ops, text));
	for (size_t i = 0; i < r->res->spins.n; i++) {
		const struct spin *s = &r->res->spins.v[i];

		if (compare_cells(&s->cell, c) || !has_word(top, s->name))
			continue;
		other -= s->exits;
		fprintf(r->out, "<i class=\"c%u\" style=\"width:%.2f%%\" title=\"%s: %" PRIu64 " exits\"></i>",
			colour_of_function(r, s->name),
			100 * s->exits / ops / longest, s->name, s->exits);
	}
	if (other > 0)
		fprintf(r->out, "<i class=\"c0\" style=\"width:%.2f%%\" title=\"other: %.0f exits\"></i>",
			100 * other / ops / longest, other);
	fputs("</span></div>\n", r->out);
}

/* Finds the functions with most exits per operation in any of a workload's cells. */
static void top_functions(const struct report *r, const char *workload,
			  const char *overcommit, struct words *top)
{
	double first = 0;

	while (top->n < TOP_FUNCTIONS) {
		const struct spin *best = NULL;
		double most = first / LEAST_PART;

		for (size_t i = 0; i < r->res->spins.n; i++) {
			const struct spin *s = &r->res->spins.v[i];
			double part;

			if (strcmp(s->cell.workload, workload) ||
			    strcmp(s->cell.overcommit, overcommit) ||
			    has_word(top, s->name))
				continue;
			part = s->exits / fmax(total_of(r, &s->cell, "ops"), 1);
			if (part > most) {
				most = part;
				best = s;
			}
		}
		if (!best)
			return;
		top->v[top->n++] = best->name;
		first = first > 0 ? first : most;
	}
}

static void spin_bars(struct report *r, const char *workload,
		      const char *overcommit)
{
	struct words top = { .n = 0 };
	double longest = 0;

	top_functions(r, workload, overcommit, &top);
	for (size_t i = 0; i < top.n; i++)
		add_word(&r->functions, top.v[i]);
	for (size_t i = 0; i < r->cells.n; i++) {
		const struct cell *c = &r->cells.v[i];

		if (!strcmp(c->workload, workload) && total_of(r, c, "ops") > 0 &&
		    !strcmp(c->overcommit, overcommit) &&
		    !strcmp(c->layout, "vcpu"))
			longest = fmax(longest, exits_of(r->res, c) / total_of(r, c, "ops"));
	}
	if (!(longest > 0))
		return;
	fprintf(r->out, "<h3>%s</h3>\n<ul class=\"legend\">", workload);
	for (size_t i = 0; i < top.n; i++)
		fprintf(r->out, "<li><i class=\"c%u\"></i>%s</li>",
			colour_of_function(r, top.v[i]), top.v[i]);
	fputs("<li><i class=\"c0\"></i>other</li></ul>\n", r->out);
	for (size_t i = 0; i < r->cells.n; i++) {
		const struct cell *c = &r->cells.v[i];

		if (!strcmp(c->workload, workload) && total_of(r, c, "ops") > 0 &&
		    !strcmp(c->overcommit, overcommit) &&
		    !strcmp(c->layout, "vcpu"))
			spin_row(r, c, &top, longest);
	}
}

static void print_count(FILE *out, uint64_t count)
{
	fprintf(out, "<td>%" PRIu64 "</td>", count);
}

/* Lists lengths of runs, for functions with at least 1/100 of a cell's exits. */
static void run_table(struct report *r, const char *overcommit)
{
	const struct spins *list = &r->res->spins;

	fputs("<details><summary>Lengths of rows of PAUSE exits at one instruction</summary>\n"
	      "<p class=\"note\">A row is a number of consecutive PAUSE exits of one vCPU at the same instruction: the longer, the longer\n"
	      "it spun without being helped.</p>\n"
	      "<div class=\"wide\"><table><thead><tr><th scope=\"col\">guest function</th><th scope=\"col\">exits</th>\n"
	      "<th scope=\"col\">rows</th><th scope=\"col\">p50</th><th scope=\"col\">p99</th><th scope=\"col\">max</th></tr></thead>\n<tbody>\n",
	      r->out);
	for (size_t i = 0; i < list->n; i++) {
		const struct spin *s = &list->v[i];
		char name[5 * FIELD_SIZE];

		if (strcmp(s->cell.overcommit, overcommit) ||
		    s->exits * 100 < exits_of(r->res, &s->cell))
			continue;
		snprintf(name, sizeof(name), "%s: %s, guest %s, layout %s",
			 s->cell.workload, s->cell.host, s->cell.guest,
			 s->cell.layout);
		if (!i || compare_cells(&s->cell, &list->v[i - 1].cell))
			fprintf(r->out, "<tr><th class=\"group\" colspan=\"6\">%s</th></tr>\n",
				name);
		fprintf(r->out, "<tr data-spin=\"%s %s\"><th scope=\"row\">%s</th>",
			s->cell.host, s->cell.guest, s->name);
		print_count(r->out, s->exits);
		print_count(r->out, s->runs);
		print_count(r->out, s->p50);
		print_count(r->out, s->p99);
		print_count(r->out, s->max);
		fputs("</tr>\n", r->out);
	}
	fputs("</tbody></table></div></details>\n", r->out);
}

/* Adds one run of a cell as a staircase; returns false if it had no PAUSE exit. */
static bool add_timeline(struct report *r, struct panel *p,
			 const struct cell *c, unsigned long round,
			 const char *name)
{
	const struct bursts *list = &r->res->bursts;
	struct series *s = &p->series[p->n_series];
	unsigned int next = 0;

	*s = (struct series){ .name = name, .step = true,
			      .colour = colour_of_line(r, name) };
	for (size_t i = 0; i < list->n; i++) {
		const struct burst *b = &list->v[i];

		if (b->round != round || compare_cells(&b->cell, c))
			continue;
		/* Times without an exit are not in the file. */
		if (b->ms > next)
			add_mark(&s->line, &s->n_line, next, 0, NULL);
		add_mark(&s->line, &s->n_line, b->ms, b->exits, NULL);
		next = b->ms + TIMELINE_MS;
		axis_include(&p->y, b->exits);
		axis_include(&p->x, next);
	}
	if (!s->n_line)
		return false;
	add_mark(&s->line, &s->n_line, next, 0, NULL);
	p->n_series++;
	return true;
}

static void draw_timelines(struct report *r, const char *block,
			   const char *overcommit, unsigned long round)
{
	const struct words *lines = lines_of(r);
	bool open = false;

	for (size_t w = 0; w < r->workloads.n; w++) {
		struct panel p = { .title = r->workloads.v[w] };

		axis_start(&p.x, "ms since the begin", false);
		axis_start(&p.y, "PAUSE exits in 10 ms", false);
		p.series = calloc(lines->n, sizeof(*p.series));
		if (!p.series)
			abort();
		for (size_t l = 0; l < lines->n; l++) {
			struct cell c = cell_named(r->lines_are_hosts ? lines->v[l] : block,
						   r->lines_are_hosts ? block : lines->v[l],
						   overcommit, "vcpu", p.title);

			add_timeline(r, &p, &c, round, lines->v[l]);
		}
		if (p.n_series) {
			axis_round(&p.x);
			axis_round(&p.y);
			show_panel(r, block, &open, &p);
		}
		free_panel(&p);
	}
	close_panels(r, open);
}

static void timelines(struct report *r, const char *overcommit)
{
	const struct words *blocks = blocks_of(r);
	unsigned long round = r->res->bursts.v[0].round;

	for (size_t i = 0; i < r->res->bursts.n; i++)
		if (r->res->bursts.v[i].round < round)
			round = r->res->bursts.v[i].round;
	fprintf(r->out, "<details><summary>PAUSE exits over time, seed %lu</summary>\n",
		round);
	print_legend(r, lines_of(r));
	for (size_t b = 0; b < blocks->n; b++)
		draw_timelines(r, blocks->v[b], overcommit, round);
	fputs("</details>\n", r->out);
}

static void draw_pauses(struct report *r)
{
	struct figure f = { .metric = "pause_exits_per_op",
			    .y_title = "PAUSE exits per operation", .log = true };
	const char *most = most_overcommitted(r);
	char text[2 * FIELD_SIZE];

	fputs("<p>How often a vCPU spun so long that the processor handed control to KVM. What lies on the axis is 0.</p>\n",
	      r->out);
	draw_over_commitment(r, f);
	if (r->res->spins.n) {
		fprintf(r->out, "<h3>Where guests spin at %s, layout vcpu</h3>\n",
			overcommit_text(most, text));
		for (size_t w = 0; w < r->workloads.n; w++)
			spin_bars(r, r->workloads.v[w], most);
		run_table(r, most);
	}
	if (r->res->bursts.n)
		timelines(r, most);
}

static bool has_pauses(const struct report *r)
{
	return has_metric(r, "pause_exits_per_op");
}

const struct section pause_section = {
	.id = "pauses",
	.link = "PAUSE exits",
	.title = "PAUSE exits",
	.has_data = has_pauses,
	.draw = draw_pauses,
};
