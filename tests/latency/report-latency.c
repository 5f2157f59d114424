// SPDX-License-Identifier: GPL-2.0
/*
 * The section of latency distributions, from hist.tsv. Buckets are shown as they are:
 * no percentile is computed here.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "report-sections.h"

/* The axis shows nines, because the tail is what matters. */
static const struct tick nines[] = {
	{ 0.30103, "50 %" }, { 1, "90 %" }, { 2, "99 %" }, { 3, "99.9 %" },
	{ 4, "99.99 %" }, { 5, "99.999 %" },
};

static bool same_distribution(const struct bucket *a, const struct bucket *b)
{
	return !compare_cells(&a->cell, &b->cell) &&
	       !strcmp(a->measure, b->measure);
}

/* Adds one distribution as a line; @b are its @n buckets, in order. */
static void add_cdf(struct panel *p, const struct bucket *b, size_t n,
		    const char *name, unsigned int colour)
{
	struct series *s;
	uint64_t total = 0, seen = 0;

	p->series = realloc(p->series, (p->n_series + 1) * sizeof(*p->series));
	if (!p->series)
		abort();
	s = &p->series[p->n_series++];
	*s = (struct series){ .name = name, .colour = colour, .step = true };
	for (size_t i = 0; i < n; i++)
		total += b[i].count;
	for (size_t i = 0; i < n; i++) {
		double below = (double)seen / total;

		seen += b[i].count;
		if (!i)
			add_mark(&s->line, &s->n_line, fmax(b[i].from_ns, 1), 0,
				 NULL);
		add_mark(&s->line, &s->n_line, b[i].to_ns, -log10(1 - below),
			 NULL);
		axis_include(&p->x, b[i].from_ns);
		axis_include(&p->x, b[i].to_ns);
		axis_include(&p->y, -log10(1 - below));
	}
	/* The last bucket ends at 100 %, which has no place on this axis. */
	add_mark(&s->line, &s->n_line, b[n - 1].to_ns, log10(total), NULL);
	axis_include(&p->y, log10(total));
}

/* Draws a panel for each measure and over-commitment, with all lines of a block. */
static void cdf_block(struct report *r, const char *block)
{
	const struct hists *h = &r->res->hists;
	const struct words *lines = lines_of(r);
	bool open = false;

	for (size_t i = 0; i < h->n; i++) {
		const struct bucket *first = &h->v[i];
		struct panel p = { 0 };
		char title[5 * FIELD_SIZE], text[2 * FIELD_SIZE];
		bool seen = false;

		/* Is this the first bucket of its panel, in whatever line? */
		for (size_t k = 0; k < i && !seen; k++)
			seen = !strcmp(h->v[k].measure, first->measure) &&
			       !strcmp(h->v[k].cell.workload, first->cell.workload) &&
			       !strcmp(h->v[k].cell.overcommit, first->cell.overcommit) &&
			       !strcmp(h->v[k].cell.layout, first->cell.layout) &&
			       !strcmp(r->lines_are_hosts ? h->v[k].cell.guest :
				       h->v[k].cell.host, block);
		if (seen || strcmp(r->lines_are_hosts ? first->cell.guest :
				   first->cell.host, block))
			continue;

		axis_start(&p.x, "ns", true);
		axis_start(&p.y, "share of waits that were shorter", false);
		for (size_t l = 0; l < lines->n; l++) {
			struct bucket want = *first;
			size_t from = 0, end;

			snprintf(r->lines_are_hosts ? want.cell.host :
				 want.cell.guest, FIELD_SIZE, "%s", lines->v[l]);
			while (from < h->n && !same_distribution(&h->v[from], &want))
				from++;
			for (end = from; end < h->n &&
			     same_distribution(&h->v[end], &want); end++)
				;
			if (end > from)
				add_cdf(&p, &h->v[from], end - from, lines->v[l],
					colour_of_line(r, lines->v[l]));
		}
		snprintf(title, sizeof(title), "%s, %s %s", first->measure,
			 overcommit_text(first->cell.overcommit, text),
			 strcmp(first->cell.layout, "vcpu") ?
			 first->cell.layout : "");
		p.title = title;
		axis_round(&p.x);
		p.y.low = 0;
		p.y.ticks = nines;
		for (p.y.n_ticks = 1; p.y.n_ticks < 6 &&
		     nines[p.y.n_ticks].at <= p.y.high; p.y.n_ticks++)
			;
		show_panel(r, block, &open, &p);
		free_panel(&p);
	}
	close_panels(r, open);
}

static void draw_latency(struct report *r)
{
	const struct words *blocks = blocks_of(r);

	fputs("<p>Every wait of all seeds, in the buckets of a logarithmic histogram (hist.tsv). Both axes are\n"
	      "logarithmic, the vertical one in nines: the higher a line runs at the left, the better.</p>\n",
	      r->out);
	print_legend(r, lines_of(r));
	for (size_t b = 0; b < blocks->n; b++)
		cdf_block(r, blocks->v[b]);
}

static bool has_latency(const struct report *r)
{
	return r->res->hists.n;
}

const struct section latency_section = {
	.id = "latency",
	.link = "Latency",
	.title = "Latency distributions",
	.has_data = has_latency,
	.draw = draw_latency,
};
