// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "cells.h"

const char *const comparison_title[COMPARISONS] = {
	[BY_LOCKS] = "locks / native locks",
	[BY_TLB_FLUSH] = "without PV TLB flush / with",
	[BY_HOST] = "host / ",		/* and the reference's name */
	[BY_HINTS] = "hints / agnostic",
	[BY_PART] = "mode with other settings / mode",
	[BY_LAYOUT] = "layout / vcpu",
};

#define P99	"99th percentile"

/* The others are judged by operations per second. */
static const struct {
	const char *workload, *metric, *unit, *title, *heading;
	bool less;		/* is better */
} named[] = {
	{ "cyclictest", "lat_p99_us", "us", P99 ", us", P99 " of latency", true },
	{ "cyclictest-busy", "lat_p99_us", "us", P99 ", us", P99 " of latency", true },
	{ "audio", "lat_p99_us", "us", P99 ", us", P99 " of latency", true },
	{ "request", "lat_p99_us", "us", P99 ", us", P99 " of latency", true },
	{ "lat-lock", "p99_ns", "ns", P99 ", ns", P99 " of latency", true },
	{ "lat-ipi", "p99_ns", "ns", P99 ", ns", P99 " of latency", true },
	{ COMMAND_TIME, "time_s", "s", "time, s", "wall time of the command", true },
	{ COMMAND_METRIC, "metric", "value", "value", "what --metric found", false },
	{ COMMAND_METRIC "-less", "metric", "value", "value",
	  "what --metric found, less is better", true },
};

#define N_NAMED	(sizeof(named) / sizeof(named[0]))

static size_t find_named(const char *workload)
{
	size_t i;

	for (i = 0; i < N_NAMED; i++)
		if (!strcmp(workload, named[i].workload))
			break;
	return i;
}

const char *main_metric(const char *workload)
{
	size_t i = find_named(workload);

	return i < N_NAMED ? named[i].metric : "ops_per_s";
}

const char *main_unit(const char *workload)
{
	size_t i = find_named(workload);

	return i < N_NAMED ? named[i].unit : "op/s";
}

const char *main_title(const char *workload)
{
	size_t i = find_named(workload);

	return i < N_NAMED ? named[i].title : "op/s";
}

const char *main_heading(const char *workload)
{
	size_t i = find_named(workload);

	return i < N_NAMED ? named[i].heading : "operations per second";
}

bool less_is_better(const char *workload)
{
	size_t i = find_named(workload);

	return i < N_NAMED && named[i].less;
}

static int for_print(const void *a, const void *b)
{
	return compare_cells_for_print(a, b);
}

struct cell_list cells_of(const struct samples *s)
{
	struct cell_list list = { .reference = reference_host(s) };

	for (size_t i = 0; i < s->n; i++) {
		if (i && !compare_cells(&s->v[i - 1].cell, &s->v[i].cell))
			continue;
		list.v = realloc(list.v, (list.n + 1) * sizeof(*list.v));
		if (!list.v)
			abort();
		list.v[list.n++] = s->v[i].cell;
	}
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), for_print);
	return list;
}

bool has_cell(const struct cell_list *cells, const struct cell *c)
{
	for (size_t i = 0; i < cells->n; i++)
		if (!compare_cells(&cells->v[i], c))
			return true;
	return false;
}

bool reference_of(const struct cell_list *cells, const struct cell *a,
		  enum comparison kind, struct cell *b)
{
	*b = *a;
	switch (kind) {
	case BY_LOCKS:
		if (!strcmp(a->guest, "native") || strchr(a->guest, '-'))
			return false;
		strcpy(b->guest, "native");
		return true;
	case BY_TLB_FLUSH:
		if (!strchr(a->guest, '-'))
			return false;
		*strchr(b->guest, '-') = '\0';
		return true;
	case BY_HOST:
		if (!strcmp(a->host, cells->reference))
			return false;
		strcpy(b->host, cells->reference);
		return true;
	case BY_HINTS:
		if (strcmp(a->host, "hints"))
			return false;
		strcpy(b->host, "agnostic");
		return true;
	case BY_PART:
		/* "pristine-nople" is another host, see BY_HOST */
		if (!strchr(a->host, '-') || !strncmp(a->host, "pristine-", 9))
			return false;
		*strchr(b->host, '-') = '\0';
		return true;
	default:
		if (!strcmp(a->layout, "vcpu"))
			return false;
		strcpy(b->layout, "vcpu");
		return true;
	}
}

struct ratio compare(const struct samples *s_a, const struct cell *a,
		     const struct samples *s_b, const struct cell *b)
{
	const char *metric = main_metric(a->workload);
	size_t n_a, n_b;
	double *v_a = values_of(s_a, a, metric, &n_a);
	double *v_b = values_of(s_b, b, metric, &n_b);
	struct ratio r = ratio_of(v_a, n_a, v_b, n_b, CONFIDENCE_RATIO);

	free(v_a);
	free(v_b);
	return r;
}

struct visibility visibility_of(const struct samples *s, const struct cell_list *cells)
{
	struct visibility seen = { 0 };

	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *a = &cells->v[i];
		struct cell b;
		struct ratio r;
		double *values;
		size_t n;

		if (!reference_of(cells, a, BY_HOST, &b) || !has_cell(cells, &b))
			continue;
		r = compare(s, a, s, &b);
		if (!r.known)
			continue;
		seen.ratios++;
		seen.twice += r.visible <= 2;
		values = values_of(s, &b, main_metric(b.workload), &n);
		if (spread_of_logs(values, n) < CALM) {
			seen.calm++;
			seen.tenth += r.visible <= 1.1;
		}
		free(values);
	}
	return seen;
}

const char *brief(double v, char to[24])
{
	static const char unit[] = { ' ', 'k', 'M', 'G', 'T' };
	size_t u = 0;

	while (v >= 999.5 && u < sizeof(unit) - 1) {
		v /= 1000;
		u++;
	}
	if (v >= 999.5)
		snprintf(to, 24, ">999T");
	else if (v && v < 0.0005)
		snprintf(to, 24, "~0");
	else if (v < 0.9995)
		snprintf(to, 24, "%.3g", (int)(v * 1000 + 0.5) / 1000.0);
	else
		snprintf(to, 24, "%.*f%.*s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0,
			 v, u ? 1 : 0, &unit[u]);
	return to;
}

const char *brief_range(double low, double high, char to[64])
{
	char a[24], b[24];

	snprintf(to, 64, "%s..%s", brief(low, a), brief(high, b));
	return to;
}
