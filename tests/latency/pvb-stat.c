// SPDX-License-Identifier: GPL-2.0
/*
 * pvb-stat: from what runs left behind to samples, and from samples to tables.
 * It only reads files and prints; tests/latency/compare decides what is run, stats.c
 * what the figures mean, table.c and report.c what tables and the page look like.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "derive.h"
#include "hist.h"
#include "pauses.h"
#include "report.h"
#include "samples.h"
#include "table.h"

/* The A/A test passes when at most one cell in this many differs. */
#define AA_CELLS	20

static void __attribute__((format(printf, 1, 2), noreturn))
die(const char *fmt, ...)
{
	va_list ap;

	fputs("pvb-stat: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

static FILE *open_input(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f)
		die("cannot read %s: %s", path, strerror(errno));
	return f;
}

static void finish_output(void)
{
	if (fflush(stdout) || ferror(stdout))
		die("cannot write: %s", strerror(errno));
}

/* ---- collect and pauses -------------------------------------------------- */

struct run_list {
	struct run *v;
	size_t n;
};

/* Reads the driver's list, which has one run a line, with the directory last. */
static struct run_list read_index(const char *path)
{
	struct run_list list = { NULL, 0 };
	FILE *in = open_input(path);
	char line[4096];

	while (fgets(line, sizeof(line), in)) {
		struct run run = { 0 };

		if (sscanf(line, "%lu\t%47[^\t]\t%47[^\t]\t%47[^\t]\t%47[^\t]\t%u\t%u\t%u\t%1023[^\t]\t%1023[^\n]",
			   &run.round, run.cell.host, run.cell.guest,
			   run.cell.overcommit, run.cell.layout, &run.pcpus,
			   &run.vcpus, &run.vms, run.map, run.dir) != 10)
			die("%s:%zu: not a line of the driver's list", path,
			    list.n + 1);
		list.v = realloc(list.v, (list.n + 1) * sizeof(*list.v));
		if (!list.v)
			abort();
		list.v[list.n++] = run;
	}
	fclose(in);
	if (!list.n)
		die("%s: no runs in it", path);
	return list;
}

static FILE *open_in_run(const struct run *run, const char *file, char name[1200])
{
	snprintf(name, 1200, "%s/%s", run->dir, file);
	return open_input(name);
}

static int collect(const char *index)
{
	struct run_list runs = read_index(index);
	struct samples all = { 0 };
	char error[ERROR_SIZE], name[1200];
	size_t missing;

	for (size_t i = 0; i < runs.n; i++) {
		struct samples one = { 0 };
		FILE *in = open_in_run(&runs.v[i], "cell.tsv", name);

		if (!read_cell(&one, &runs.v[i], in, name, error) ||
		    !derive_run(&one, &runs.v[i], error))
			die("%s", error);
		fclose(in);
		append_samples(&all, &one);
		free_samples(&one);
	}
	sort_samples(&all);
	missing = derive_efficiency(&all);
	if (missing)
		fprintf(stderr, "pvb-stat: %zu cells have no 1:1 cell of the same guest on host '%s': no efficiency for them\n",
			missing, reference_host(&all));
	sort_samples(&all);
	if (!unique_samples(&all, index, error))
		die("%s", error);
	write_samples(&all, stdout);
	finish_output();
	free_samples(&all);
	free(runs.v);
	return 0;
}

static int collect_pauses(const char *index)
{
	struct run_list runs = read_index(index);
	struct symbols symbols = { 0 };
	struct pauses all = { 0 };
	char error[ERROR_SIZE], name[1200];
	const char *map = NULL;

	for (size_t i = 0; i < runs.n; i++) {
		FILE *in;

		if (!map || strcmp(map, runs.v[i].map)) {
			map = runs.v[i].map;
			free_symbols(&symbols);
			in = open_input(map);
			if (!read_symbols(&symbols, in, map, error))
				die("%s", error);
			fclose(in);
		}
		in = open_in_run(&runs.v[i], "pauses.tsv", name);
		if (!read_pauses(&all, &symbols, &runs.v[i].cell, in, name,
				 error))
			die("%s", error);
		fclose(in);
	}
	write_pauses(&all, stdout);
	finish_output();
	free_pauses(&all);
	free_symbols(&symbols);
	free(runs.v);
	return 0;
}

static int collect_hists(const char *index)
{
	struct run_list runs = read_index(index);
	char error[ERROR_SIZE], name[1200];
	struct hists all = { 0 };

	for (size_t i = 0; i < runs.n; i++) {
		FILE *in;

		/* A latency test's histograms are in what the measured guest said. */
		snprintf(name, sizeof(name), "%s/w.out", runs.v[i].dir);
		in = fopen(name, "r");
		if (!in && errno == ENOENT)
			continue;
		if (!in)
			die("cannot read %s: %s", name, strerror(errno));
		if (!read_guest_hists(&all, &runs.v[i].cell, in, name, error))
			die("%s", error);
		fclose(in);
	}
	write_hists(&all, stdout);
	finish_output();
	free_hists(&all);
	free(runs.v);
	return 0;
}

static int collect_timeline(const char *index)
{
	struct run_list runs = read_index(index);
	char error[ERROR_SIZE], name[1200];

	write_bursts_header(stdout);
	for (size_t i = 0; i < runs.n; i++) {
		FILE *in = open_in_run(&runs.v[i], "timeline.tsv", name);

		if (!copy_bursts(stdout, runs.v[i].round, &runs.v[i].cell, in,
				 name, error))
			die("%s", error);
		fclose(in);
	}
	finish_output();
	free(runs.v);
	return 0;
}

static struct samples read_file(const char *path)
{
	struct samples s = { 0 };
	FILE *in = open_input(path);
	char error[ERROR_SIZE];

	if (!read_samples(&s, in, path, error))
		die("%s", error);
	fclose(in);
	return s;
}

/* ---- the table ----------------------------------------------------------- */

static int table(const char *path, const char *pauses_path)
{
	struct samples s = read_file(path);
	struct cell_list cells = cells_of(&s);

	if (!cells.n)
		die("%s: no samples in it", path);
	print_table(&s, &cells);
	if (pauses_path) {
		FILE *in = open_input(pauses_path);
		char error[ERROR_SIZE];

		if (!print_pauses(in, pauses_path, stdout, error))
			die("%s", error);
		fclose(in);
	}
	finish_output();
	free(cells.v);
	free_samples(&s);
	return 0;
}

/* ---- the page ------------------------------------------------------------ */

/* Returns NULL where there is no such file: the page does without. */
static FILE *open_in_results(const char *dir, const char *file, char name[1200])
{
	FILE *in;

	snprintf(name, 1200, "%s/%s", dir, file);
	in = fopen(name, "r");
	if (!in && errno != ENOENT)
		die("cannot read %s: %s", name, strerror(errno));
	return in;
}

static char *read_whole(FILE *in)
{
	size_t room = 65536, n = 0;
	char *text = malloc(room);

	while (text) {
		n += fread(text + n, 1, room - n - 1, in);
		if (n < room - 1)
			break;
		room *= 2;
		text = realloc(text, room);
	}
	if (!text)
		abort();
	text[n] = '\0';
	return text;
}

static int report(const char *dir, const char *samples)
{
	struct results res = { .dir = dir };
	char name[1200], error[ERROR_SIZE];
	FILE *in;

	snprintf(name, sizeof(name), "%s/samples.tsv", dir);
	res.samples = read_file(samples ? samples : name);
	if (!res.samples.n)
		die("%s: no samples in it", samples ? samples : name);
	in = open_in_results(dir, "pauses.tsv", name);
	if (in && !read_spins(&res.spins, in, name, error))
		die("%s", error);
	if (in)
		fclose(in);
	in = open_in_results(dir, "hist.tsv", name);
	if (in && !read_hists(&res.hists, in, name, error))
		die("%s", error);
	if (in)
		fclose(in);
	in = open_in_results(dir, "timeline.tsv", name);
	if (in && !read_bursts(&res.bursts, in, name, error))
		die("%s", error);
	if (in)
		fclose(in);
	in = open_in_results(dir, "conditions.json", name);
	if (in) {
		res.conditions = read_whole(in);
		fclose(in);
	}
	if (!write_report(&res, stdout))
		die("%s: not JSON", name);
	finish_output();
	free(res.conditions);
	free_bursts(&res.bursts);
	free_hists(&res.hists);
	free_spins(&res.spins);
	free_samples(&res.samples);
	return 0;
}

/* ---- A/A ----------------------------------------------------------------- */

static void print_cell_columns(const struct cell *c)
{
	printf("%-11s %-6s %-4s %-14s %-9s ", c->workload, c->overcommit, c->layout,
	       c->host, c->guest);
}

static int aa(const char *path_a, const char *path_b)
{
	struct samples a = read_file(path_a), b = read_file(path_b);
	struct cell_list cells = cells_of(&a);
	size_t same = 0, differs = 0, unknown = 0, allowed;
	char text[64], mid[24];

	for (size_t i = 0; i < a.n && b.n; i++)
		for (size_t j = 0; j < b.n; j++)
			if (a.v[i].round == b.v[j].round)
				die("%s and %s share round %lu: an A/A test wants disjoint seeds",
				    path_a, path_b, a.v[i].round);
	for (size_t i = 0; i < cells.n; i++) {
		const struct cell *c = &cells.v[i];
		struct ratio r = compare(&b, c, &a, c);

		if (!r.known) {
			unknown++;
			print_cell_columns(c);
			puts("not comparable");
			continue;
		}
		if (!ratio_differs(&r))
			same++;
		else
			differs++;
		print_cell_columns(c);
		printf("%5s %12s %s\n", brief(r.centre, mid),
		       brief_range(r.in.low, r.in.high, text),
		       ratio_differs(&r) ? "DIFFERENT" : "=");
	}
	allowed = cells.n / AA_CELLS;
	printf("A/A: no difference in %zu of %zu cells, %zu different (%zu allowed), %zu not comparable\n",
	       same, cells.n, differs, allowed, unknown);
	finish_output();
	free(cells.v);
	free_samples(&a);
	free_samples(&b);
	return cells.n && !unknown && differs <= allowed ? 0 : 1;
}

/* ---- seeds of one boot --------------------------------------------------- */

/*
 * Are seeds that were measured in one boot more alike than seeds of several, and does
 * it matter which was the first? Then they would be no seeds of their own.
 */
static int boots(const char *path, const char *per_boot)
{
	struct samples s = read_file(path);
	struct cell_list cells = cells_of(&s);
	size_t like = 0, first = 0, all = 0, size;
	double part = 0;
	char *end;

	size = strtoul(per_boot, &end, 10);
	if (*end || size < 2)
		die("%s: want the number of seeds per boot, from 2 up", per_boot);
	if (!cells.n)
		die("%s: no samples in it", path);
	for (size_t i = 0; i < cells.n; i++) {
		const struct cell *c = &cells.v[i];
		struct grouping boot, turn;
		size_t n;
		double *v = values_of(&s, c, main_metric(c->workload), &n);

		if (n % size || n < 2 * size)
			die("%s: %s %s %s %s has %zu seeds: want whole boots of %zu, two at least",
			    path, c->host, c->guest, c->overcommit, c->workload, n, size);
		for (size_t k = 0; k < n; k++)
			if (!(v[k] > 0))
				die("%s: a %s of 0 has no logarithm", path,
				    main_metric(c->workload));
		boot = grouping_of(v, n, size, false);
		turn = grouping_of(v, n, size, true);
		free(v);
		all++;
		like += boot.p < 0.01;
		first += turn.p < 0.01;
		part += boot.part;
		print_cell_columns(c);
		printf("boots %5.3f (%5.2f of the variance) turns %5.3f\n", boot.p,
		       boot.part, turn.p);
	}
	printf("Of %zu cells 1 %% would have a p below 0.01 by chance. Boots differ in %zu, turns in %zu;\n"
	       "by the mean %.3f of the variance lies between boots.\n", all, like, first,
	       part / all);
	finish_output();
	free(cells.v);
	free_samples(&s);
	return 0;
}

static void usage(FILE *to)
{
	fputs("usage: pvb-stat collect RUNS          runs -> samples.tsv, to stdout\n"
	      "       pvb-stat pauses RUNS           runs -> pauses.tsv, to stdout\n"
	      "       pvb-stat hists RUNS            runs -> hist.tsv, to stdout\n"
	      "       pvb-stat timeline RUNS         runs -> timeline.tsv, to stdout\n"
	      "       pvb-stat table SAMPLES [PAUSES]\n"
	      "       pvb-stat report DIR [SAMPLES]  the page of the results in DIR, to stdout\n"
	      "       pvb-stat aa SAMPLES_A SAMPLES_B\n"
	      "       pvb-stat boots SAMPLES PER_BOOT  are seeds of one boot alike?\n"
	      "RUNS is the list that tests/latency/compare keeps. aa: the same cells with other\n"
	      "seeds must show no difference in 19 of 20; exit code 1 if they do.\n", to);
}

int main(int argc, char **argv)
{
	const char *cmd = argc > 1 ? argv[1] : "";

	if (!strcmp(cmd, "collect") && argc == 3)
		return collect(argv[2]);
	if (!strcmp(cmd, "pauses") && argc == 3)
		return collect_pauses(argv[2]);
	if (!strcmp(cmd, "hists") && argc == 3)
		return collect_hists(argv[2]);
	if (!strcmp(cmd, "timeline") && argc == 3)
		return collect_timeline(argv[2]);
	if (!strcmp(cmd, "report") && (argc == 3 || argc == 4))
		return report(argv[2], argc == 4 ? argv[3] : NULL);
	if (!strcmp(cmd, "table") && (argc == 3 || argc == 4))
		return table(argv[2], argc == 4 ? argv[3] : NULL);
	if (!strcmp(cmd, "aa") && argc == 4)
		return aa(argv[2], argv[3]);
	if (!strcmp(cmd, "boots") && argc == 4)
		return boots(argv[2], argv[3]);
	if (!strcmp(cmd, "--help") || !strcmp(cmd, "-h")) {
		usage(stdout);
		return 0;
	}
	usage(stderr);
	return 2;
}
