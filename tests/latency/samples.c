// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"
#include "workloads.h"

#define LINE_SIZE	1024

bool wrong(char error[ERROR_SIZE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, ERROR_SIZE, fmt, ap);
	va_end(ap);
	return false;
}

static void append(struct samples *s, const struct sample *sample)
{
	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 1024;
		s->v = realloc(s->v, s->room * sizeof(*s->v));
		if (!s->v)
			abort();
	}
	s->v[s->n++] = *sample;
}

void free_samples(struct samples *s)
{
	free(s->v);
	*s = (struct samples){ 0 };
}

void append_samples(struct samples *to, const struct samples *from)
{
	for (size_t i = 0; i < from->n; i++)
		append(to, &from->v[i]);
}

void copy_field(char to[FIELD_SIZE], const char *from)
{
	snprintf(to, FIELD_SIZE, "%s", from);
}

void add_sample(struct samples *s, unsigned long round, const struct cell *cell,
		const char *metric, double value, const char *unit)
{
	struct sample new = { .round = round, .cell = *cell, .value = value };

	copy_field(new.metric, metric);
	copy_field(new.unit, unit);
	append(s, &new);
}

/* ---- order --------------------------------------------------------------- */

int compare_labels(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			char *end_a, *end_b;
			unsigned long x = strtoul(a, &end_a, 10);
			unsigned long y = strtoul(b, &end_b, 10);

			if (x != y)
				return x < y ? -1 : 1;
			a = end_a;
			b = end_b;
			continue;
		}
		if (*a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		a++;
		b++;
	}
	return !!*a - !!*b;
}

/* The 8-pCPU machine follows the 2-pCPU one: compare_labels() alone would mix them. */
static int compare_overcommit(const char *a, const char *b)
{
	const char *at_a = strchr(a, '@'), *at_b = strchr(b, '@');
	int c = compare_labels(at_a ? at_a : "", at_b ? at_b : "");

	return c ? c : compare_labels(a, b);
}

int compare_cells(const struct cell *a, const struct cell *b)
{
	int c = strcmp(a->workload, b->workload);

	if (!c)
		c = compare_overcommit(a->overcommit, b->overcommit);
	if (!c)
		c = strcmp(a->layout, b->layout);
	if (!c)
		c = strcmp(a->host, b->host);
	return c ? c : strcmp(a->guest, b->guest);
}

static int rank(const char *name, const char *const *order, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(name, order[i]))
			return i;
	return n;
}

int compare_hosts(const char *a, const char *b)
{
	static const char *const modes[] = {
		"pristine", "pristine-nople", "off", "agnostic", "hints",
	};
	int c = rank(a, modes, 5) - rank(b, modes, 5);

	/* "hints-nomark" and the like follow, by name. */
	return c ? c : strcmp(a, b);
}

#define WORKLOAD_NAME(id, name, kind)	name,

int compare_cells_for_print(const struct cell *a, const struct cell *b)
{
	static const char *const workloads[] = {
		PVB_WORKLOADS(WORKLOAD_NAME)
	};
	enum { N_NAMED = sizeof(workloads) / sizeof(workloads[0]) };
	static const char *const guests[] = { "native", "tas", "pv" };
	int c = rank(a->workload, workloads, N_NAMED) -
		rank(b->workload, workloads, N_NAMED);

	if (!c)
		c = strcmp(a->workload, b->workload);
	if (!c)
		c = compare_overcommit(a->overcommit, b->overcommit);
	/* "flat" and "vm" after "vcpu", which is what libvirt makes. */
	if (!c)
		c = !strcmp(b->layout, "vcpu") - !strcmp(a->layout, "vcpu");
	if (!c)
		c = strcmp(a->layout, b->layout);
	if (!c)
		c = compare_hosts(a->host, b->host);
	if (!c)
		c = rank(a->guest, guests, 3) - rank(b->guest, guests, 3);
	return c ? c : strcmp(a->guest, b->guest);
}

const char *reference_host(const struct samples *s)
{
	bool off = false;

	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->v[i].cell.host, "pristine"))
			return "pristine";
		off |= !strcmp(s->v[i].cell.host, "off");
	}
	return off ? "off" : "pristine";
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int c = compare_cells(&x->cell, &y->cell);

	if (!c)
		c = strcmp(x->metric, y->metric);
	if (c)
		return c;
	return (x->round > y->round) - (x->round < y->round);
}

void sort_samples(struct samples *s)
{
	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), compare_samples);
	s->sorted = s->n;
}

bool unique_samples(const struct samples *s, const char *name,
		    char error[ERROR_SIZE])
{
	for (size_t i = 1; i < s->n; i++)
		if (!compare_samples(&s->v[i - 1], &s->v[i]))
			return wrong(error, "%s: two values of %s %s in round %lu",
				     name, s->v[i].cell.workload,
				     s->v[i].metric, s->v[i].round);
	return true;
}

/* ---- reading and writing ------------------------------------------------- */

/* Splits at tabs, keeping empty fields, so that these are seen as wrong. */
static size_t split(char *line, char **field, size_t max)
{
	size_t n = 0;

	for (;;) {
		char *tab = strchr(line, '\t');

		if (n < max)
			field[n] = line;
		n++;
		if (!tab)
			return n;
		*tab = '\0';
		line = tab + 1;
	}
}

static bool parse_value(const char *text, double *value)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*value = strtod(text, &end);
	return !*end && !errno && isfinite(*value);
}

static bool parse_round(const char *text, unsigned long *round)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*round = strtoul(text, &end, 10);
	return !*end && !errno && *round <= MAX_ROUND;
}

bool plain_word(const char *text)
{
	const char *p;

	for (p = text; *p; p++)
		if (!isgraph((unsigned char)*p) || strchr("<>&\"'", *p))
			return false;
	return *text;
}

static bool parse_word(const char *text, char to[FIELD_SIZE])
{
	if (strlen(text) >= FIELD_SIZE || !plain_word(text))
		return false;
	copy_field(to, text);
	return true;
}

/* Returns -1 at the end of file, 0 for a line that is too long or not ended. */
static int next_line(FILE *in, char line[LINE_SIZE])
{
	size_t len;

	if (!fgets(line, LINE_SIZE, in))
		return -1;
	len = strlen(line);
	if (!len || line[len - 1] != '\n')
		return 0;
	line[len - 1] = '\0';
	return 1;
}

bool read_samples(struct samples *s, FILE *in, const char *name,
		  char error[ERROR_SIZE])
{
	char line[LINE_SIZE], *field[9];
	unsigned long nr = 0;
	int got;

	while ((got = next_line(in, line)) >= 0) {
		struct sample new;
		size_t n;

		nr++;
		if (!got)
			return wrong(error, "%s:%lu: cut off, or longer than %d bytes",
				     name, nr, LINE_SIZE);
		if (nr == 1) {
			if (strcmp(line, SAMPLES_HEADER))
				return wrong(error, "%s:1: not the header of a samples.tsv",
					     name);
			continue;
		}
		n = split(line, field, 9);
		if (n != 9)
			return wrong(error, "%s:%lu: %zu fields, want 9", name,
				     nr, n);
		if (!parse_round(field[0], &new.round))
			return wrong(error, "%s:%lu: round '%.40s' is no number",
				     name, nr, field[0]);
		if (!parse_word(field[1], new.cell.host) ||
		    !parse_word(field[2], new.cell.guest) ||
		    !parse_word(field[3], new.cell.overcommit) ||
		    !parse_word(field[4], new.cell.layout) ||
		    !parse_word(field[5], new.cell.workload) ||
		    !parse_word(field[6], new.metric) ||
		    !parse_word(field[8], new.unit))
			return wrong(error, "%s:%lu: a field is empty, too long or no plain word",
				     name, nr);
		if (!parse_value(field[7], &new.value))
			return wrong(error, "%s:%lu: value '%.40s' is no number from 0 up",
				     name, nr, field[7]);
		append(s, &new);
	}
	if (!nr)
		return wrong(error, "%s: empty", name);

	sort_samples(s);
	return unique_samples(s, name, error);
}

void write_samples(const struct samples *s, FILE *out)
{
	fprintf(out, "%s\n", SAMPLES_HEADER);
	for (size_t i = 0; i < s->n; i++) {
		const struct sample *v = &s->v[i];

		fprintf(out, "%lu\t%s\t%s\t%s\t%s\t%s\t%s\t%.12g\t%s\n",
			v->round, v->cell.host, v->cell.guest,
			v->cell.overcommit, v->cell.layout, v->cell.workload,
			v->metric, v->value, v->unit);
	}
}

size_t find_values(const struct samples *s, const struct cell *cell,
		   const char *metric, size_t *n)
{
	size_t low = 0, high = s->sorted, end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int cmp = compare_cells(&s->v[mid].cell, cell);

		if (!cmp)
			cmp = strcmp(s->v[mid].metric, metric);
		if (cmp < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (end = low; end < s->sorted && !strcmp(s->v[end].metric, metric) &&
	     !compare_cells(&s->v[end].cell, cell); end++)
		;
	*n = end - low;
	return low;
}

double *values_of(const struct samples *s, const struct cell *cell,
		  const char *metric, size_t *n)
{
	size_t first = find_values(s, cell, metric, n), i, room = *n;
	double *values = NULL;

	if (*n) {
		values = malloc(*n * sizeof(*values));
		if (!values)
			abort();
		for (i = 0; i < *n; i++)
			values[i] = s->v[first + i].value;
	}
	/* What was added since has no order. */
	for (i = s->sorted; i < s->n; i++) {
		if (strcmp(s->v[i].metric, metric) ||
		    compare_cells(&s->v[i].cell, cell))
			continue;
		if (*n == room) {
			room = room ? 2 * room : 16;
			values = realloc(values, room * sizeof(*values));
			if (!values)
				abort();
		}
		values[(*n)++] = s->v[i].value;
	}
	return values;
}

/* The guest's lines carry no units; its metric names do. */
static const char *unit_of(const char *metric, const char *said)
{
	size_t len = strlen(metric);

	if (len > 3 && !strcmp(metric + len - 3, "_us"))
		return "us";
	if (len > 3 && !strcmp(metric + len - 3, "_ns"))
		return "ns";
	return said;
}

/* How often a workload was measured since @first: each time it begins with "ops". */
static unsigned long times_measured(const struct samples *s, size_t first,
				    const char *workload)
{
	unsigned long times = 0;

	for (size_t i = first; i < s->n; i++)
		times += !strcmp(s->v[i].metric, "ops") &&
			 !strcmp(s->v[i].cell.workload, workload);
	return times;
}

bool read_cell(struct samples *s, const struct run *run, FILE *in,
	       const char *name, char error[ERROR_SIZE])
{
	char line[LINE_SIZE], *field[4], metric[FIELD_SIZE], unit[FIELD_SIZE];
	struct cell cell = run->cell;
	size_t first = s->n;
	unsigned long nr = 0, round = run->round;
	double value;
	int got;

	while ((got = next_line(in, line)) >= 0) {
		size_t n;

		nr++;
		if (!got)
			return wrong(error, "%s:%lu: cut off, or longer than %d bytes",
				     name, nr, LINE_SIZE);
		n = split(line, field, 4);
		if (n != 4)
			return wrong(error, "%s:%lu: %zu fields, want 4", name,
				     nr, n);
		if (!parse_word(field[0], cell.workload) ||
		    !parse_word(field[1], metric) || !parse_word(field[3], unit))
			return wrong(error, "%s:%lu: a field is empty, too long or no plain word",
				     name, nr);
		if (!parse_value(field[2], &value))
			return wrong(error, "%s:%lu: value '%.40s' is no number from 0 up",
				     name, nr, field[2]);
		if (!strcmp(metric, "ops"))
			round = run->round + times_measured(s, first, cell.workload);
		add_sample(s, round, &cell, metric, value, unit_of(metric, unit));
	}
	return nr ? true : wrong(error, "%s: empty", name);
}
