// SPDX-License-Identifier: GPL-2.0
/*
 * The section of all cells: medians, intervals and spread, a table for each workload.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "report-sections.h"

static void print_spread(struct report *r, const struct cell *c)
{
	char low[24], high[24];
	struct interval in;
	size_t n;
	double *v = values_of(r->s, c, main_metric(c->workload), &n);
	double least = INFINITY, most = -INFINITY;

	for (size_t i = 0; i < n; i++) {
		least = fmin(least, v[i]);
		most = fmax(most, v[i]);
	}
	if (interval_of_centre(v, n, CONFIDENCE, &in))
		fprintf(r->out, "<td>%s to %s</td>", brief(fmax(in.low, 0), low),
			brief(in.high, high));
	else
		fputs("<td>–</td>", r->out);
	if (n)
		fprintf(r->out, "<td>%s to %s</td><td>%zu</td>",
			brief(least, low), brief(most, high), n);
	else
		fputs("<td>–</td><td>0</td>", r->out);
	free(v);
}

static void draw_values(struct report *r)
{
	static const char *const metrics[] = {
		"efficiency", "cpu_share", "cpu_share_hog", "pause_exits",
		"pause_exits_per_op",
	};
	const char *last = "";

	fprintf(r->out, "<p>Medians over seeds; the interval of the centre has %.0f %%. E, shares and PAUSE exits as above.</p>\n",
		100 * CONFIDENCE);
	for (size_t i = 0; i < r->cells.n; i++) {
		const struct cell *c = &r->cells.v[i];

		if (strcmp(last, c->workload)) {
			if (*last)
				fputs("</tbody></table></div></details>\n", r->out);
			fprintf(r->out, "<details><summary>%s</summary>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\">cell</th>\n"
				"<th scope=\"col\">%s</th><th scope=\"col\">interval</th><th scope=\"col\">least to most</th><th scope=\"col\">seeds</th>\n"
				"<th scope=\"col\">E</th><th scope=\"col\">share</th><th scope=\"col\">hog</th><th scope=\"col\">PAUSE</th>\n"
				"<th scope=\"col\">per op</th></tr></thead>\n<tbody>\n",
				c->workload, main_unit(c->workload));
		}
		last = c->workload;
		fprintf(r->out, "<tr><th scope=\"row\">%s %s, %s, %s</th>",
			c->overcommit, c->layout, c->host, c->guest);
		print_median(r, c, main_metric(c->workload));
		print_spread(r, c);
		for (size_t k = 0; k < sizeof(metrics) / sizeof(metrics[0]); k++)
			print_median(r, c, metrics[k]);
		fputs("</tr>\n", r->out);
	}
	if (*last)
		fputs("</tbody></table></div></details>\n", r->out);
}

const struct section values_section = {
	.id = "values",
	.link = "All cells",
	.title = "All cells",
	.draw = draw_values,
};
