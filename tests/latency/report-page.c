// SPDX-License-Identifier: GPL-2.0
/* Words, figures, colours and text that sections of the page share. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "report-page.h"

void add_word(struct words *w, const char *word)
{
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->v[i], word))
			return;
	if (w->n < MAX_WORDS)
		w->v[w->n++] = word;
}

bool has_word(const struct words *w, const char *word)
{
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->v[i], word))
			return true;
	return false;
}

struct cell cell_named(const char *host, const char *guest,
		       const char *overcommit, const char *layout,
		       const char *workload)
{
	struct cell c;

	snprintf(c.host, FIELD_SIZE, "%s", host);
	snprintf(c.guest, FIELD_SIZE, "%s", guest);
	snprintf(c.overcommit, FIELD_SIZE, "%s", overcommit);
	snprintf(c.layout, FIELD_SIZE, "%s", layout);
	snprintf(c.workload, FIELD_SIZE, "%s", workload);
	return c;
}

const struct words *lines_of(const struct report *r)
{
	return r->lines_are_hosts ? &r->hosts : &r->guests;
}

const struct words *blocks_of(const struct report *r)
{
	return r->lines_are_hosts ? &r->guests : &r->hosts;
}

const char *most_overcommitted(const struct report *r)
{
	const char *most = "";

	for (size_t i = 0; i < r->overcommits.n; i++)
		if (!strpbrk(r->overcommits.v[i], "@+") &&
		    compare_labels(r->overcommits.v[i], most) > 0)
			most = r->overcommits.v[i];
	return most;
}

const char *overcommit_text(const char *label, char to[2 * FIELD_SIZE])
{
	size_t digits = strspn(label, "0123456789");
	const char *at = strchr(label, '@'), *plus = strchr(label, '+');
	char machine[FIELD_SIZE] = "";

	if (at)
		snprintf(machine, sizeof(machine), " on %.*s pCPUs",
			 (int)strspn(at + 1, "0123456789"), at + 1);
	snprintf(to, 2 * FIELD_SIZE, "%.*s:1%s%s%.40s", (int)digits, label,
		 machine, plus ? ", " : "", plus ? plus + 1 : "");
	return to;
}

bool place_has_cell(const struct report *r, const struct place *at)
{
	for (size_t i = 0; i < r->cells.n; i++)
		if (!strcmp(r->cells.v[i].overcommit, at->overcommit) &&
		    !strcmp(r->cells.v[i].layout, at->layout))
			return true;
	return false;
}

bool has_metric(const struct report *r, const char *metric)
{
	for (size_t i = 0; i < r->s->n; i++)
		if (!strcmp(r->s->v[i].metric, metric))
			return true;
	return false;
}

double median_of(const struct report *r, const struct cell *cell,
		 const char *metric)
{
	size_t n;
	double *v = values_of(r->s, cell, metric, &n), m = NAN;

	if (n)
		m = median(v, n);
	free(v);
	return m;
}

double total_of(const struct report *r, const struct cell *c,
		const char *metric)
{
	size_t n;
	double *v = values_of(r->s, c, metric, &n), sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	free(v);
	return sum;
}

/* A host has the same colour on every page, whatever else was measured. */
static unsigned int colour_of_host(const struct report *r, const char *host)
{
	static const char *const known[] = {
		"pristine", "pristine-nople", "off", "agnostic", "hints",
	};
	unsigned int next = 5;

	for (unsigned int i = 0; i < 5; i++)
		if (!strcmp(host, known[i]))
			return i;
	for (size_t i = 0; i < r->hosts.n && strcmp(r->hosts.v[i], host); i++) {
		unsigned int k;

		for (k = 0; k < 5 && strcmp(r->hosts.v[i], known[k]); k++)
			;
		next += k == 5;
	}
	return next;
}

unsigned int colour_of_line(const struct report *r, const char *name)
{
	static const unsigned int of_guest[] = { 4, 3, 6, 5 };

	if (r->lines_are_hosts)
		return colour_of_host(r, name);
	for (unsigned int i = 0; i < r->guests.n; i++)
		if (!strcmp(r->guests.v[i], name))
			return of_guest[i % 4];
	return 0;
}

void print_legend(struct report *r, const struct words *lines)
{
	fputs("<ul class=\"legend\">", r->out);
	for (size_t i = 0; i < lines->n; i++) {
		fprintf(r->out, "<li><i class=\"c%u\"></i>",
			colour_of_line(r, lines->v[i]) % COLOURS);
		print_escaped(r->out, lines->v[i]);
		fputs("</li>", r->out);
	}
	fputs("</ul>\n", r->out);
}

void show_panel(struct report *r, const char *block, bool *open,
		const struct panel *p)
{
	if (!*open) {
		fprintf(r->out, "<h3>%s ", r->lines_are_hosts ? "guest" : "host");
		print_escaped(r->out, block);
		fputs("</h3>\n<div class=\"panels\">\n", r->out);
	}
	*open = true;
	plot_panel(r->out, p);
}

void close_panels(struct report *r, bool open)
{
	if (open)
		fputs("</div>\n", r->out);
}

void print_cell_name(FILE *out, const struct cell *c)
{
	fprintf(out, "%s %s %s %s %s", c->host, c->guest, c->overcommit,
		c->layout, c->workload);
}

void print_median(struct report *r, const struct cell *c, const char *metric)
{
	char text[24];
	double m = median_of(r, c, metric);

	if (isnan(m)) {
		fputs("<td>–</td>", r->out);
		return;
	}
	fprintf(r->out, "<td data-median=\"%s ", metric);
	print_cell_name(r->out, c);
	fprintf(r->out, "\">%s</td>", brief(m, text));
}
