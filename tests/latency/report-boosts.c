// SPDX-License-Identifier: GPL-2.0
/*
 * The section of boosts: the targets that KVM chose and why, what became of each, and
 * all counters of the boost. A counter is shown as KVM counted it.
 */
#include <math.h>
#include <string.h>

#include "report-sections.h"

/* Counters of KVM that begin with this are the boost's. */
#define BOOST_PREFIX	"boost_"
#define MAX_PARTS	8

/* A part of a bar shows a counter, less another that it contains. */
struct part {
	const char *counter, *less, *label;
};

static const struct part reasons[] = {
	{ "boost_for_root", NULL, "the one waited for" },
	{ "boost_for_waiter", NULL, "a waiter on the path" },
	{ "boost_for_stale", NULL, "whose own wait is over" },
	{ "boost_for_critical", NULL, "preempted in a critical section" },
	{ "boost_for_ipi", NULL, "has an IPI to acknowledge" },
	{ "boost_for_kernel", NULL, "preempted in the kernel" },
	{ "boost_for_spinner", NULL, "a spinner" },
	{ "boost_for_same", NULL, "a spinner in the same loop" },
};

static const struct part outcomes[] = {
	{ "boost_next", NULL, "hit: ran next" },
	{ "boost_yields", "boost_next", "lent, another ran first" },
	{ "boost_moved", NULL, "moved to an idle CPU" },
	{ "boost_advanced", NULL, "runs where it waits" },
	{ "boost_refused", NULL, "refused by the scheduler" },
	{ "boost_none", NULL, "no vCPU to boost" },
};

/* The first colours are those of hosts. */
static size_t part_colour(size_t part)
{
	return (3 + part) % 10;
}

static void part_row(struct report *r, const struct cell *c,
		     const struct part *parts, size_t n)
{
	double sum[MAX_PARTS], all = 0;
	char text[24];

	for (size_t i = 0; i < n; i++) {
		sum[i] = total_of(r, c, parts[i].counter);
		if (parts[i].less)
			sum[i] = fmax(sum[i] - total_of(r, c, parts[i].less), 0);
		all += sum[i];
	}
	if (!(all > 0))
		return;
	fprintf(r->out, "<div class=\"row\"><span class=\"name\">%s: %s, %s</span><span class=\"value\">%s</span><span class=\"bar\">",
		c->workload, c->host, c->guest, brief(all, text));
	for (size_t i = 0; i < n; i++)
		if (sum[i] > 0)
			fprintf(r->out, "<i class=\"c%zu\" style=\"width:%.2f%%\" title=\"%s: %.0f, %.1f %%\"></i>",
				part_colour(i), 100 * sum[i] / all, parts[i].label,
				sum[i], 100 * sum[i] / all);
	fputs("</span></div>\n", r->out);
}

static void draw_parts(struct report *r, const char *title,
		       const struct part *parts, size_t n)
{
	const char *most = most_overcommitted(r);

	fprintf(r->out, "<h3>%s</h3>\n<ul class=\"legend\">", title);
	for (size_t i = 0; i < n; i++)
		fprintf(r->out, "<li><i class=\"c%zu\"></i>%s</li>",
			part_colour(i), parts[i].label);
	fputs("</ul>\n", r->out);
	for (size_t i = 0; i < r->cells.n; i++)
		if (!strcmp(r->cells.v[i].overcommit, most) &&
		    !strcmp(r->cells.v[i].layout, "vcpu"))
			part_row(r, &r->cells.v[i], parts, n);
}

static void draw_boosts(struct report *r)
{
	struct words counters = { .n = 0 };
	char text[2 * FIELD_SIZE];

	for (size_t i = 0; i < r->s->n; i++) {
		const struct sample *v = &r->s->v[i];

		if (!strncmp(v->metric, BOOST_PREFIX, strlen(BOOST_PREFIX)) &&
		    v->value > 0)
			add_word(&counters, v->metric);
	}
	fprintf(r->out, "<p>At %s, layout vcpu, all seeds together; a part of a bar is a part of all times that KVM was asked or chose.</p>\n",
		overcommit_text(most_overcommitted(r), text));
	draw_parts(r, "Why KVM chose its targets", reasons,
		   sizeof(reasons) / sizeof(reasons[0]));
	draw_parts(r, "What became of it", outcomes,
		   sizeof(outcomes) / sizeof(outcomes[0]));
	fputs("<details><summary>All counters of the boost (medians over seeds)</summary>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\">cell</th>",
	      r->out);
	for (size_t k = 0; k < counters.n; k++)
		fprintf(r->out, "<th scope=\"col\">%s</th>",
			counters.v[k] + strlen(BOOST_PREFIX));
	fputs("</tr></thead>\n<tbody>\n", r->out);
	for (size_t i = 0; i < r->cells.n; i++) {
		const struct cell *c = &r->cells.v[i];
		double sum = 0;

		for (size_t k = 0; k < counters.n; k++) {
			double m = median_of(r, c, counters.v[k]);

			sum += isnan(m) ? 0 : m;
		}
		if (!(sum > 0))
			continue;
		fprintf(r->out, "<tr><th scope=\"row\">%s %s, %s, %s %s</th>",
			c->workload, c->host, c->guest, c->overcommit, c->layout);
		for (size_t k = 0; k < counters.n; k++)
			print_median(r, c, counters.v[k]);
		fputs("</tr>\n", r->out);
	}
	fputs("</tbody></table></div></details>\n", r->out);
}

static bool has_boosts(const struct report *r)
{
	for (size_t i = 0; i < r->s->n; i++)
		if (!strncmp(r->s->v[i].metric, BOOST_PREFIX,
			     strlen(BOOST_PREFIX)) && r->s->v[i].value > 0)
			return true;
	return false;
}

const struct section boost_section = {
	.id = "boosts",
	.link = "Boosts",
	.title = "Where boosts went",
	.has_data = has_boosts,
	.draw = draw_boosts,
};
