// SPDX-License-Identifier: GPL-2.0
/*
 * report: the page of a comparison. It decides what is shown and in which order;
 * the figures themselves come from the samples, by the functions that the
 * terminal table uses. Every dot has its line of samples.tsv as its title, every
 * median and ratio names its cell in a data- attribute: test-report looks them
 * all up. A section without data is left out.
 */
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "json.h"
#include "plot.h"
#include "report-page.h"
#include "report-sections.h"
#include "report.h"

extern const char report_style[], report_style_end[];

static int by_host(const void *a, const void *b)
{
	return compare_hosts(*(const char *const *)a, *(const char *const *)b);
}

static void learn_words(struct report *r)
{
	for (size_t i = 0; i < r->cells.n; i++) {
		const struct cell *c = &r->cells.v[i];

		add_word(&r->workloads, c->workload);
		add_word(&r->overcommits, c->overcommit);
		add_word(&r->layouts, c->layout);
		add_word(&r->guests, c->guest);
		add_word(&r->hosts, c->host);
	}
	qsort(r->hosts.v, r->hosts.n, sizeof(r->hosts.v[0]), by_host);
	for (size_t i = 0; i < r->hosts.n; i++)
		r->lines_are_hosts |= strncmp(r->hosts.v[i], "pristine", 8) != 0;
}

/* The page, from top to bottom. */
static const struct section *const sections[] = {
	&headline_section,
	&efficiency_section,
	&throughput_section,
	&size_section,
	&latency_section,
	&share_section,
	&pause_section,
	&boost_section,
	&guest_section,
	&values_section,
	&conditions_section,
	&data_section,
};

#define N_SECTIONS	(sizeof(sections) / sizeof(sections[0]))

static bool is_shown(const struct report *r, const struct section *s)
{
	return !s->has_data || s->has_data(r);
}

struct found {
	const char *path;
	char text[128];
};

static void find_condition(const char *path, const char *text, void *arg)
{
	struct found *f = arg;

	if (!strcmp(path, f->path) && !*f->text)
		snprintf(f->text, sizeof(f->text), "%s", text);
}

static void print_found(struct report *r, const char *path, const char *name,
			int length)
{
	struct found f = { .path = path };

	if (!r->res->conditions)
		return;
	json_walk(r->res->conditions, find_condition, &f);
	if (!*f.text)
		return;
	if (length && (size_t)length < sizeof(f.text))
		f.text[length] = '\0';
	fprintf(r->out, "%s", name);
	print_escaped(r->out, f.text);
	fputs(". ", r->out);
}

static void print_head(struct report *r)
{
	fputs("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>pv-boost: comparison</title>\n<style>\n",
	      r->out);
	fwrite(report_style, 1, report_style_end - report_style, r->out);
	fputs("</style>\n</head>\n<body>\n<h1>pv-boost: host modes compared</h1>\n<p>How guests run when vCPUs outnumber pCPUs, by host mode,\n"
	      "guest and cgroup layout. ", r->out);
	print_found(r, "kernel.version", "Linux ", 0);
	print_found(r, "qemu.version", "", 0);
	print_found(r, "mode", "Mode: ", 0);
	print_found(r, "time_model", "Time model: ", 0);
	print_found(r, "revision", "Revision ", 12);
	fputs("All of it is below under <a href=\"#conditions\">Conditions</a>.</p>\n<nav>",
	      r->out);
	for (size_t i = 0; i < N_SECTIONS; i++)
		if (is_shown(r, sections[i]))
			fprintf(r->out, "<a href=\"#%s\">%s</a>\n",
				sections[i]->id, sections[i]->link);
	fputs("</nav>\n", r->out);
}

bool write_report(const struct results *res, FILE *out)
{
	struct report r = { .res = res, .s = &res->samples, .out = out };

	r.cells = cells_of(r.s);
	learn_words(&r);
	print_head(&r);
	for (size_t i = 0; i < N_SECTIONS; i++) {
		if (!is_shown(&r, sections[i]))
			continue;
		fprintf(out, "<section id=\"%s\">\n<h2>%s</h2>\n",
			sections[i]->id, sections[i]->title);
		sections[i]->draw(&r);
		fputs("</section>\n", out);
	}
	fputs("</body>\n</html>\n", out);
	free(r.cells.v);
	return !r.bad_conditions;
}
