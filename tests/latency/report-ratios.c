// SPDX-License-Identifier: GPL-2.0
/*
 * Sections that compare cells two by two: hosts with the unmodified one (headline),
 * and guests, layouts and settings with each other. Which two are compared is said
 * here and in reference_of(); how a ratio comes out is the work of compare().
 */
#include <string.h>

#include "cells.h"
#include "plot.h"
#include "report-sections.h"

enum verdict { UNKNOWN, SAME, BETTER, WORSE };

static enum verdict judge(const struct ratio *ratio, const char *workload)
{
	if (!ratio->known)
		return UNKNOWN;
	if (!ratio_differs(ratio))
		return SAME;
	return (ratio->centre > 1) == less_is_better(workload) ? WORSE : BETTER;
}

static const char *const verdict_class[] = {
	[UNKNOWN] = "same", [SAME] = "same", [BETTER] = "better", [WORSE] = "worse",
};

static const char *const verdict_text[] = {
	[UNKNOWN] = "no interval", [SAME] = "no difference", [BETTER] = "better",
	[WORSE] = "worse",
};

static void print_ratio(struct report *r, const struct cell *a,
			const struct cell *b)
{
	struct ratio ratio = compare(r->s, a, r->s, b);
	enum verdict v = judge(&ratio, a->workload);
	char mid[24], low[24], high[24];

	fprintf(r->out, "<td class=\"%s\" data-ratio=\"%s ", verdict_class[v],
		main_metric(a->workload));
	print_cell_name(r->out, a);
	fputs(" / ", r->out);
	print_cell_name(r->out, b);
	fputs("\">", r->out);
	if (ratio.known)
		fprintf(r->out, "<span>%s</span>× <small>%s to %s</small>",
			brief(ratio.centre, mid), brief(ratio.in.low, low),
			brief(ratio.in.high, high));
	fprintf(r->out, "<small>%s", verdict_text[v]);
	if (v == SAME)
		fprintf(r->out, "; %s× would show", brief(ratio.visible, mid));
	fputs("</small></td>", r->out);
}

/* Was any other host than @reference measured at this cell? */
static bool has_rivals(const struct report *r, struct cell c,
		       const char *reference)
{
	for (size_t h = 0; h < r->hosts.n; h++) {
		snprintf(c.host, FIELD_SIZE, "%s", r->hosts.v[h]);
		if (strcmp(c.host, reference) && has_cell(&r->cells, &c))
			return true;
	}
	return false;
}

static void host_row(struct report *r, struct cell c, const char *reference)
{
	struct cell b = c;

	snprintf(b.host, FIELD_SIZE, "%s", reference);
	fputs("<tr><th scope=\"row\">", r->out);
	print_escaped(r->out, c.workload);
	fprintf(r->out, " <small class=\"note\">%s</small></th>",
		main_unit(c.workload));
	print_median(r, &b, main_metric(b.workload));
	for (size_t h = 0; h < r->hosts.n; h++) {
		if (!strcmp(r->hosts.v[h], reference))
			continue;
		snprintf(c.host, FIELD_SIZE, "%s", r->hosts.v[h]);
		if (has_cell(&r->cells, &c))
			print_ratio(r, &c, &b);
		else
			fputs("<td>–</td>", r->out);
	}
	fputs("</tr>\n", r->out);
}

static void host_table_head(struct report *r, const char *reference)
{
	fputs("<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">workload</th><th scope=\"col\">",
	      r->out);
	print_escaped(r->out, reference);
	fputs("</th>", r->out);
	for (size_t h = 0; h < r->hosts.n; h++) {
		if (!strcmp(r->hosts.v[h], reference))
			continue;
		fputs("<th scope=\"col\">", r->out);
		print_escaped(r->out, r->hosts.v[h]);
		fputs("</th>", r->out);
	}
	fputs("</tr></thead>\n", r->out);
}

/* Prints the rows of one over-commitment, layout and guest. */
static void host_rows(struct report *r, const char *reference,
		      const char *overcommit, const char *layout,
		      const char *guest)
{
	bool open = false;

	for (size_t w = 0; w < r->workloads.n; w++) {
		struct cell c = cell_named(reference, guest, overcommit, layout,
					   r->workloads.v[w]);

		if (!has_cell(&r->cells, &c) || !has_rivals(r, c, reference))
			continue;
		if (!open)
			fprintf(r->out, "<tbody><tr><th class=\"group\" colspan=\"%zu\">guest %s, layout %s</th></tr>\n",
				r->hosts.n + 1, c.guest, c.layout);
		open = true;
		host_row(r, c, reference);
	}
	if (open)
		fputs("</tbody>\n", r->out);
}

static bool has_pair(const struct report *r, const char *reference,
		     const char *overcommit)
{
	for (size_t i = 0; i < r->cells.n; i++)
		if (!strcmp(r->cells.v[i].host, reference) &&
		    (!overcommit ||
		     !strcmp(r->cells.v[i].overcommit, overcommit)) &&
		    has_rivals(r, r->cells.v[i], reference))
			return true;
	return false;
}

/* Prints a table for each over-commitment; only the highest is unfolded. */
static void host_tables(struct report *r, const char *reference)
{
	const char *most = most_overcommitted(r);
	char text[2 * FIELD_SIZE];

	for (size_t o = r->overcommits.n; o-- > 0;) {
		const char *overcommit = r->overcommits.v[o];

		if (!has_pair(r, reference, overcommit))
			continue;
		fprintf(r->out, "<details%s><summary>%s</summary>\n",
			strcmp(overcommit, most) ? "" : " open=\"open\"",
			overcommit_text(overcommit, text));
		host_table_head(r, reference);
		for (size_t l = 0; l < r->layouts.n; l++)
			for (size_t g = 0; g < r->guests.n; g++)
				host_rows(r, reference, overcommit,
					  r->layouts.v[l], r->guests.v[g]);
		fputs("</table></div></details>\n", r->out);
	}
}

/* Counts how many workloads do better, worse, or neither; false if there are none. */
static bool count_verdicts(struct report *r, const char *host,
			   const char *guest, const char *overcommit,
			   const char *layout, size_t count[4])
{
	memset(count, 0, 4 * sizeof(*count));
	for (size_t w = 0; w < r->workloads.n; w++) {
		struct cell a = cell_named(host, guest, overcommit, layout,
					   r->workloads.v[w]);
		struct cell b = a;
		struct ratio ratio;

		strcpy(b.host, r->cells.reference);
		if (!has_cell(&r->cells, &a) || !has_cell(&r->cells, &b))
			continue;
		ratio = compare(r->s, &a, r->s, &b);
		count[judge(&ratio, a.workload)]++;
	}
	return count[UNKNOWN] + count[SAME] + count[BETTER] + count[WORSE];
}

static void glance_row(struct report *r, const char *host, const char *guest)
{
	bool any = false;
	size_t n[4];

	for (size_t i = 0; i < r->cells.n && !any; i++)
		any = !strcmp(r->cells.v[i].host, host) &&
		      !strcmp(r->cells.v[i].guest, guest);
	if (!any)
		return;
	fprintf(r->out, "<tr><th scope=\"row\">%s, %s</th>", host, guest);
	for (size_t o = r->overcommits.n; o-- > 0;)
		for (size_t l = 0; l < r->layouts.n; l++) {
			struct place at = { r->overcommits.v[o], r->layouts.v[l] };

			if (!place_has_cell(r, &at))
				continue;
			if (count_verdicts(r, host, guest, at.overcommit,
					   at.layout, n))
				fprintf(r->out, "<td class=\"%s\">%zu better<small>%zu worse, %zu same</small></td>",
					n[BETTER] && !n[WORSE] ? "better" :
					n[WORSE] && !n[BETTER] ? "worse" : "same",
					n[BETTER], n[WORSE], n[SAME] + n[UNKNOWN]);
			else
				fputs("<td>–</td>", r->out);
		}
	fputs("</tr>\n", r->out);
}

/* Prints a line for each host and guest: how many workloads gained or lost. */
static void glance(struct report *r)
{
	fputs("<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">host, guest</th>",
	      r->out);
	for (size_t o = r->overcommits.n; o-- > 0;)
		for (size_t l = 0; l < r->layouts.n; l++) {
			struct place at = { r->overcommits.v[o], r->layouts.v[l] };
			char text[2 * FIELD_SIZE];

			if (place_has_cell(r, &at))
				fprintf(r->out, "<th scope=\"col\">%s<small class=\"note\"> %s</small></th>",
					overcommit_text(at.overcommit, text),
					at.layout);
		}
	fputs("</tr></thead>\n<tbody>\n", r->out);
	for (size_t h = 0; h < r->hosts.n; h++)
		for (size_t g = 0; g < r->guests.n; g++)
			if (strcmp(r->hosts.v[h], r->cells.reference))
				glance_row(r, r->hosts.v[h], r->guests.v[g]);
	fputs("</tbody></table></div>\n", r->out);
}

static void more_host_tables(struct report *r, const char *reference,
			     const char *name, const char *note)
{
	if (!has_pair(r, reference, NULL))
		return;
	fprintf(r->out, "<details><summary>The same against %s</summary>\n"
		"<p class=\"note\">%s</p>\n", name, note);
	host_tables(r, reference);
	fputs("</details>\n", r->out);
}

static void draw_headline(struct report *r)
{
	struct visibility seen;

	if (!has_pair(r, r->cells.reference, NULL)) {
		fputs("<p>No other host was measured in a cell of the unmodified one, so there is nothing to compare here.</p>\n",
		      r->out);
		return;
	}
	fprintf(r->out, "<p>Ratios of what each workload is judged by, with %.0f %% intervals over seeds. Where the interval contains 1 the\n"
		"verdict is <em>no difference</em>, however large the ratio looks; beside it stands how large one, or its inverse, would be\n"
		"shown four times of five. “Better” is more operations, or less latency or time.</p>\n",
		100 * CONFIDENCE_RATIO);
	seen = visibility_of(r->s, &r->cells);
	if (seen.ratios)
		fprintf(r->out, "<p>Of %zu ratios a factor of two would have been shown in %zu; of the %zu whose reference spreads by less than\n"
			"10 %% (1 sigma), a difference of 10 %% in %zu.</p>\n",
			seen.ratios, seen.twice, seen.calm, seen.tenth);
	if (strcmp(r->cells.reference, "pristine"))
		fprintf(r->out, "<p>Here the unmodified host is the mode <em>%s</em> of the same kernel.</p>\n",
			r->cells.reference);
	glance(r);
	host_tables(r, r->cells.reference);
	more_host_tables(r, "pristine-nople", "the unmodified host without PAUSE exits",
			 "Some workloads run best there today, so a gain should show against both.");
	more_host_tables(r, "agnostic", "the VM-agnostic mode",
			 "What the guest's hints add to what the host can find out by itself.");
}

const struct section headline_section = {
	.id = "headline",
	.link = "Headline",
	.title = "Host modes against the unmodified host",
	.draw = draw_headline,
};

/* Compares locks, TLB flush and layouts on the same host, and a mode with its variants. */
static void draw_guests(struct report *r)
{
	static const enum comparison kinds[] = { BY_LOCKS, BY_TLB_FLUSH, BY_LAYOUT, BY_PART };
	static const char *const title[] = {
		"PV and test-and-set locks against native queued locks",
		"Without PV TLB flush against with it",
		"Other cgroup layouts against one group per vCPU",
		"Modes with parts switched off, or other PLE parameters, against the whole mode",
	};

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		const char *last = "";
		bool open = false;

		for (size_t i = 0; i < r->cells.n; i++) {
			struct cell a = r->cells.v[i], b;

			if (!reference_of(&r->cells, &a, kinds[k], &b) || !has_cell(&r->cells, &b))
				continue;
			if (!open)
				fprintf(r->out, "<details><summary>%s</summary>\n<div class=\"wide\"><table>\n<thead><tr>\n"
					"<th scope=\"col\">cell</th><th scope=\"col\">ratio</th></tr></thead>\n<tbody>\n",
					title[k]);
			open = true;
			if (strcmp(last, a.workload))
				fprintf(r->out, "<tr><th class=\"group\" colspan=\"2\">%s</th></tr>\n",
					a.workload);
			last = r->cells.v[i].workload;
			fprintf(r->out, "<tr><th scope=\"row\">%s %s, %s, %s</th>",
				a.overcommit, a.layout, a.host, a.guest);
			print_ratio(r, &a, &b);
			fputs("</tr>\n", r->out);
		}
		if (open)
			fputs("</tbody></table></div></details>\n", r->out);
	}
}

static bool has_guests(const struct report *r)
{
	for (size_t i = 0; i < r->cells.n; i++)
		for (enum comparison kind = 0; kind < COMPARISONS; kind++) {
			struct cell b;

			if (kind != BY_HOST &&
			    reference_of(&r->cells, &r->cells.v[i], kind, &b) &&
			    has_cell(&r->cells, &b))
				return true;
		}
	return false;
}

const struct section guest_section = {
	.id = "guests",
	.link = "Guests, layouts",
	.title = "Guests, layouts and settings of a mode",
	.has_data = has_guests,
	.draw = draw_guests,
};
