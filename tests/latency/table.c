// SPDX-License-Identifier: GPL-2.0
/*
 * The table for a terminal of 100 columns: a line for each cell, then ratios.
 */
#include <stdlib.h>
#include <string.h>

#include "table.h"

/* As brief_range(), in at most ten places for narrow columns: ".173-12.9". */
static const char *narrow_range(double low, double high, char to[64])
{
	char a[24], b[24];

	brief(low, a);
	brief(high, b);
	snprintf(to, 64, "%s-%s", a + (a[0] == '0' && a[1] == '.'),
		 b + (b[0] == '0' && b[1] == '.'));
	return to;
}

static const char *median_text(const struct samples *s, const struct cell *cell,
			       const char *metric, char to[24])
{
	size_t n;
	double *values = values_of(s, cell, metric, &n);

	if (n)
		brief(median(values, n), to);
	else
		snprintf(to, 24, "-");
	free(values);
	return to;
}

static void print_cell(const struct samples *s, const struct cell *cell)
{
	char mid[24], inside[64] = "-", spread[64], e[24], share[24], hog[24];
	char pauses[24], per_op[24];
	struct interval in;
	double *v, low, high;
	size_t n;

	v = values_of(s, cell, main_metric(cell->workload), &n);
	if (!n)
		return;
	low = high = v[0];
	for (size_t i = 1; i < n; i++) {
		low = v[i] < low ? v[i] : low;
		high = v[i] > high ? v[i] : high;
	}
	if (interval_of_centre(v, n, CONFIDENCE, &in))
		brief_range(in.low > 0 ? in.low : 0, in.high, inside);
	printf("%-6s %-4s %-14s %-8s %5s %12s %12s %5s %5s %5s %5s %5s\n",
	       cell->overcommit, cell->layout, cell->host, cell->guest,
	       brief(median(v, n), mid), inside, brief_range(low, high, spread),
	       median_text(s, cell, "efficiency", e),
	       median_text(s, cell, "cpu_share", share),
	       median_text(s, cell, "cpu_share_hog", hog),
	       median_text(s, cell, "pause_exits", pauses),
	       median_text(s, cell, "pause_exits_per_op", per_op));
	free(v);
}

static size_t rounds_of(const struct samples *s, const struct cell_list *cells)
{
	size_t most = 0, n;

	for (size_t i = 0; i < cells->n; i++) {
		free(values_of(s, &cells->v[i],
			       main_metric(cells->v[i].workload), &n));
		most = n > most ? n : most;
	}
	return most;
}

static void print_cells(const struct samples *s, const struct cell_list *cells)
{
	const char *last = "";

	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *c = &cells->v[i];

		if (strcmp(last, c->workload)) {
			printf("\n%s (%s)\n", c->workload,
			       main_heading(c->workload));
			printf("%-6s %-4s %-14s %-8s %5s %12s %12s %5s %5s %5s %5s %5s\n",
			       "over", "lay.", "host", "guest",
			       main_unit(c->workload), "95 %", "min..max", "E",
			       "share", "hog", "PAUSE", "/op");
			last = c->workload;
		}
		print_cell(s, c);
	}
}

/* So many workloads fit in 100 columns. */
#define RATIO_COLUMNS	7
#define NAME_WIDTH	23
#define NAME_SIZE	(5 * FIELD_SIZE)

/* "pristine-nople" is "nople" where there is little room. */
static const char *short_host(const char *host)
{
	return strncmp(host, "pristine-", 9) ? host : host + 9;
}

/* Names what differs, and what both sides share unless it is the usual. */
static void name_comparison(const struct cell *a, const struct cell *b,
			    enum comparison kind, char to[NAME_SIZE])
{
	bool usual_layout = !strcmp(a->layout, "vcpu") || kind == BY_LAYOUT;
	bool usual_host = !strcmp(a->host, "pristine") || kind == BY_HOST ||
			  kind == BY_HINTS || kind == BY_PART;
	char what[2 * FIELD_SIZE];

	if (kind == BY_HOST || kind == BY_PART)
		snprintf(what, sizeof(what), "%s %.40s", a->guest,
			 short_host(a->host));
	else if (kind == BY_HINTS)
		snprintf(what, sizeof(what), "%s", a->guest);
	else if (kind == BY_LAYOUT)
		snprintf(what, sizeof(what), "%s %s", a->guest, a->layout);
	else
		snprintf(what, sizeof(what), "%s/%s", a->guest, b->guest);
	snprintf(to, NAME_SIZE, "%s %s%s%.8s%s%.40s", a->overcommit, what,
		 usual_layout ? "" : " ", usual_layout ? "" : a->layout,
		 usual_host ? "" : " ", usual_host ? "" : short_host(a->host));
}

/* "1.25"; where no difference is shown "=1.4", what would have been. */
static const char *ratio_text(const struct ratio *r, char to[64])
{
	bool differs = ratio_differs(r);
	char mid[24];

	if (!r->known)
		return "-";
	snprintf(to, 64, "%s%s", differs ? "" : "=",
		 brief(differs ? r->centre : r->visible, mid));
	return to;
}

static void print_ratio_row(const struct samples *s,
			    const struct cell_list *cells, struct cell a,
			    enum comparison kind,
			    char (*workloads)[FIELD_SIZE], size_t n_workloads)
{
	char name[NAME_SIZE], text[64];
	struct ratio r[RATIO_COLUMNS] = { 0 };
	bool differs = false;
	struct cell b;

	for (size_t w = 0; w < n_workloads; w++) {
		strcpy(a.workload, workloads[w]);
		if (!reference_of(cells, &a, kind, &b) || !has_cell(cells, &b))
			continue;
		r[w] = compare(s, &a, s, &b);
		differs |= ratio_differs(&r[w]);
	}
	reference_of(cells, &a, kind, &b);
	name_comparison(&a, &b, kind, name);
	printf("%-*s", NAME_WIDTH, name);
	/* One that doesn't fit has a line of its own. */
	if (strlen(name) > NAME_WIDTH)
		printf("\n%*s", NAME_WIDTH, "");
	for (size_t w = 0; w < n_workloads; w++)
		printf(" %10s", ratio_text(&r[w], text));
	putchar('\n');
	if (!differs)
		return;
	/* The intervals stand below, without blanks behind the last of them. */
	for (size_t w = 0, width = NAME_WIDTH; w < n_workloads; w++) {
		width += 11;
		if (!ratio_differs(&r[w]))
			continue;
		printf("%*s", (int)width,
		       narrow_range(r[w].in.low, r[w].in.high, text));
		width = 0;
	}
	putchar('\n');
}

static void print_ratio_group(const struct samples *s,
			      const struct cell_list *cells,
			      char (*workloads)[FIELD_SIZE], size_t n_workloads)
{
	printf("\n%-*s", NAME_WIDTH, "");
	for (size_t w = 0; w < n_workloads; w++)
		printf(" %10.10s", workloads[w]);
	putchar('\n');
	for (enum comparison kind = 0; kind < COMPARISONS; kind++) {
		bool titled = false;

		/* The rows are the first workload's cells; see compare. */
		for (size_t i = 0; i < cells->n; i++) {
			struct cell b;

			if (strcmp(cells->v[i].workload, workloads[0]) ||
			    !reference_of(cells, &cells->v[i], kind, &b) ||
			    !has_cell(cells, &b))
				continue;
			if (!titled)
				printf("%s%s\n", comparison_title[kind],
				       kind == BY_HOST ? cells->reference : "");
			titled = true;
			print_ratio_row(s, cells, cells->v[i], kind, workloads,
					n_workloads);
		}
	}
}

static void print_ratios(const struct samples *s, const struct cell_list *cells)
{
	char workloads[RATIO_COLUMNS][FIELD_SIZE];
	struct visibility seen = visibility_of(s, cells);
	const char *last = "";
	size_t n = 0;

	printf("\nRatios of op/s (latency, time: of those, less is better), with 99 %% intervals. =1.4: no difference\n"
	       "is shown; one of 1.4, or of 1 / 1.4, would have been, four times of five");
	for (size_t i = 0; i < cells->n; i++) {
		if (!strcmp(last, cells->v[i].workload))
			continue;
		last = cells->v[i].workload;
		if (n == RATIO_COLUMNS) {
			print_ratio_group(s, cells, workloads, n);
			n = 0;
		}
		strcpy(workloads[n++], last);
	}
	print_ratio_group(s, cells, workloads, n);
	if (seen.ratios)
		printf("\nOf %zu ratios to %s a factor of two would have been shown in %zu (%zu %%), and of the %zu\n"
		       "whose reference spreads by less than 10 %% (1 sigma), a difference of 10 %% in %zu (%zu %%).\n",
		       seen.ratios, cells->reference, seen.twice, 100 * seen.twice / seen.ratios,
		       seen.calm, seen.tenth, seen.calm ? 100 * seen.tenth / seen.calm : 0);
}

void print_table(const struct samples *s, const struct cell_list *cells)
{
	printf("Medians over %zu seeds. 95 %%: interval of the centre. E: operations per CPU-second against 1:1\n"
	       "alone. share, hog: CPU time against the fair share. PAUSE: exits in the run, and per operation.\n",
	       rounds_of(s, cells));
	print_cells(s, cells);
	print_ratios(s, cells);
}
