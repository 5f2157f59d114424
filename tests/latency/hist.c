// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"

static void append(struct hists *h, const struct bucket *b)
{
	h->v = realloc(h->v, (h->n + 1) * sizeof(*h->v));
	if (!h->v)
		abort();
	h->v[h->n++] = *b;
}

void free_hists(struct hists *h)
{
	free(h->v);
	*h = (struct hists){ 0 };
}

static bool sane(const struct bucket *b)
{
	return plain_word(b->cell.workload) && plain_word(b->measure) &&
	       b->from_ns >= 0 && b->to_ns > b->from_ns && b->count;
}

bool read_guest_hists(struct hists *h, const struct cell *cell, FILE *in,
		      const char *name, char error[ERROR_SIZE])
{
	unsigned long nr = 0;
	char line[512];

	while (fgets(line, sizeof(line), in)) {
		struct bucket b = { .cell = *cell };

		nr++;
		if (strncmp(line, "hist ", 5))
			continue;
		if (sscanf(line + 5, "%47s %47s %lf %lf %" SCNu64, b.cell.workload,
			   b.measure, &b.from_ns, &b.to_ns, &b.count) != 5 ||
		    !sane(&b)) {
			snprintf(error, ERROR_SIZE, "%s:%lu: not a bucket of a histogram",
				 name, nr);
			return false;
		}
		append(h, &b);
	}
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;
	int c = compare_cells_for_print(&x->cell, &y->cell);

	if (!c)
		c = strcmp(x->measure, y->measure);
	return c ? c : (x->from_ns > y->from_ns) - (x->from_ns < y->from_ns);
}

void write_hists(struct hists *h, FILE *out)
{
	if (h->n)
		qsort(h->v, h->n, sizeof(*h->v), by_place);
	fprintf(out, "%s\n", HIST_HEADER);
	for (size_t i = 0; i < h->n; i++) {
		struct bucket b = h->v[i];

		while (i + 1 < h->n && !by_place(&h->v[i + 1], &b))
			b.count += h->v[++i].count;
		fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%.0f\t%.0f\t%" PRIu64 "\n",
			b.cell.host, b.cell.guest, b.cell.overcommit,
			b.cell.layout, b.cell.workload, b.measure, b.from_ns,
			b.to_ns, b.count);
	}
}

bool read_hists(struct hists *h, FILE *in, const char *name,
		char error[ERROR_SIZE])
{
	unsigned long nr = 1;
	char line[512];

	if (!fgets(line, sizeof(line), in) ||
	    strncmp(line, HIST_HEADER, strlen(HIST_HEADER))) {
		snprintf(error, ERROR_SIZE, "%s: not a hist.tsv", name);
		return false;
	}
	while (fgets(line, sizeof(line), in)) {
		struct bucket b = { 0 };

		nr++;
		if (sscanf(line, "%47s %47s %47s %47s %47s %47s %lf %lf %" SCNu64,
			   b.cell.host, b.cell.guest, b.cell.overcommit,
			   b.cell.layout, b.cell.workload, b.measure,
			   &b.from_ns, &b.to_ns, &b.count) != 9 || !sane(&b)) {
			snprintf(error, ERROR_SIZE, "%s:%lu: not a line of a hist.tsv",
				 name, nr);
			return false;
		}
		append(h, &b);
	}
	return true;
}
