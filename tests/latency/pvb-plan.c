// SPDX-License-Identifier: GPL-2.0
/*
 * pvb-plan: what a comparison is made of. It takes compare's variables from the
 * environment, refuses what cannot be, and writes down the cells, the runs and
 * what each run needs, for tests/latency/compare to run them. It starts nothing,
 * and looks at no results: that is pvb-stat's work.
 *
 * "write DIR" leaves, with blanks or tabs between fields:
 *	summary		one line for the user
 *	cells		host guest over-commitment layout, one cell a line
 *	settings	one line: write_settings() says what
 *	runs		one run a line: write_run() says what
 *	jobs/N		the script of run N, counted from 0
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plan.h"

static void fail(const char *what, const char *path)
{
	fprintf(stderr, "compare: cannot %s %s: %s\n", what, path, strerror(errno));
	exit(2);
}

static FILE *open_output(const char *dir, const char *name, char path[4096])
{
	FILE *out;

	if (snprintf(path, 4096, "%s/%s", dir, name) >= 4096) {
		errno = ENAMETOOLONG;
		fail("write", dir);
	}
	out = fopen(path, "w");
	if (!out)
		fail("write", path);
	return out;
}

static void close_output(FILE *out, const char *path)
{
	if (ferror(out) || fclose(out))
		fail("write", path);
}

/* The driver reads the settings into variables. */
static void write_settings(const char *dir, const struct settings *s,
			   const struct plan *p)
{
	bool boost = false;
	char path[4096];
	FILE *out;

	for (size_t i = 0; i < p->n_cells; i++)
		boost |= !strcmp(host_of(p->cells[i].word[HOSTS]).kernel, "boost");
	out = open_output(dir, "settings", path);
	fprintf(out, "%lu %d %d %d %d %d %lu %d\n", s->jobs, s->mttcg, s->reuse,
		s->stressors, s->module, boost, wall_limit(s), s->programs);
	close_output(out, path);
	out = open_output(dir, "summary", path);
	print_summary(out, s, p);
	fputc('\n', out);
	close_output(out, path);
	out = open_output(dir, "cells", path);
	for (size_t i = 0; i < p->n_cells; i++) {
		print_cell(out, &p->cells[i], ' ');
		fputc('\n', out);
	}
	close_output(out, path);
}

/* A field that may be empty is the last: bash takes several tabs for one. */
static void write_run(FILE *runs, const struct settings *s,
		      const struct plan_cell *cell, unsigned long boot)
{
	const struct shape *shape = shape_of(cell->word[OVERCOMMIT]);
	struct host host = host_of(cell->word[HOSTS]);

	fprintf(runs, "%lu\t", first_seed_of(s, boot));
	print_cell(runs, cell, '\t');
	fprintf(runs, "\t%s\t%s\t%u\t%u\t%u\t%u\t%u\t%lu\t%lu\t", host.kernel,
		host.guest_kernel, shape->pcpus, shape->threads ? shape->threads : 1,
		shape->sockets ? shape->sockets : 1, shape->vcpus, shape->vms,
		expected_cost(s, shape, rounds_in_boot(s, boot)),
		rounds_in_boot(s, boot) * s->workloads.n);
	print_parameters(runs, &host);
	fputc('\n', runs);
}

static void write_runs(const char *dir, const struct settings *s,
		       const struct plan *p)
{
	char path[4096], job_path[4096], name[32];
	FILE *runs = open_output(dir, "runs", path), *job;

	snprintf(job_path, sizeof(job_path), "%s/jobs", dir);
	if (mkdir(job_path, 0777) && errno != EEXIST)
		fail("make", job_path);
	for (size_t i = 0; i < p->n_cells * boots_of(s); i++) {
		const struct plan_cell *cell = &p->cells[i % p->n_cells];
		unsigned long boot = i / p->n_cells;

		write_run(runs, s, cell, boot);
		snprintf(name, sizeof(name), "jobs/%zu", i);
		job = open_output(dir, name, job_path);
		print_script(job, s, cell, boot);
		close_output(job, job_path);
	}
	close_output(runs, path);
}

static void print_usage_of_compare(void)
{
	fputs("usage: [VARIABLE=value...] compare [--plan | --report DIR]\n"
	      "  --plan        only print what would be run, and how long it should take\n"
	      "  --report DIR  only make the page anew from the results in DIR\n"
	      "  QUICK=1       few cells, 8 seeds       FULL=1   everything, and 8 pCPUs; 8 seeds\n"
	      "  HOSTS=       ", stdout);
	print_words(stdout, HOSTS, " ");
	fputs("\n                also with -FLAG-FLAG:", stdout);
	print_words(stdout, FLAGS, " ");
	fputs("\n  GUESTS=      ", stdout);
	print_words(stdout, GUESTS, " ");
	fputs("\n  WORKLOADS=   ", stdout);
	print_words(stdout, WORKLOADS, " ");
	fputs("\n  OVERCOMMIT=  ", stdout);
	print_words(stdout, OVERCOMMIT, " ");
	fputs("\n  LAYOUTS=     ", stdout);
	print_words(stdout, LAYOUTS, " ");
	fputs("\n"
	      "  ROUNDS=n      seeds per cell (12)      SEED=n   the first seed (default 1)\n"
	      "  PER_BOOT=n    seeds measured in one boot of host and guests (default 4)\n"
	      "  MS=n WARM=n   measured and warm-up time of each workload, virtual ms (100 and 60)\n"
	      "  JOBS=n        runs at a time           REUSE=1  take runs of finished comparisons\n"
	      "  SSHLOGIN=:,host,2/user@host  on other machines too, by ssh (':' is this one)\n"
	      "  MTTCG=1       multi-threaded real time: a second opinion, one run at a time\n"
	      "Lists are separated by blanks or commas; a list given crosses with all others.\n",
	      stdout);
}

static void usage(FILE *to)
{
	fputs("usage: pvb-plan usage                   what compare's --help says\n"
	      "       pvb-plan write DIR               the plan, from the environment, into DIR\n"
	      "       pvb-plan conditions NAME=VALUE...  conditions.json, to stdout\n", to);
}

static bool run_command(int argc, char **argv, const struct settings *s,
			const struct plan *p, FILE *err)
{
	if (!strcmp(argv[1], "conditions"))
		return print_conditions(stdout, s, p, argv + 2, argc - 2, err);
	write_settings(argv[2], s, p);
	write_runs(argv[2], s, p);
	return true;
}

/* As the driver would say it: it is all that its user sees. */
static int plan(int argc, char **argv)
{
	struct plan p = { 0 };
	struct settings s;
	char *error = NULL;
	size_t size;
	FILE *err = open_memstream(&error, &size);
	bool good;

	if (!err)
		abort();
	good = read_settings(&s, err) && make_plan(&p, &s, err) &&
	       run_command(argc, argv, &s, &p, err);
	if (fclose(err))
		abort();
	if (!good)
		fprintf(stderr, "compare: %s", error);
	free(error);
	free_plan(&p);
	free_settings(&s);
	return good ? 0 : 2;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	int rc = 0;

	if (!strcmp(command, "write") && argc == 3) {
		rc = plan(argc, argv);
	} else if (!strcmp(command, "conditions")) {
		rc = plan(argc, argv);
	} else if (!strcmp(command, "usage") && argc == 2) {
		print_usage_of_compare();
	} else if (!strcmp(command, "--help") || !strcmp(command, "-h")) {
		usage(stdout);
	} else {
		usage(stderr);
		return 2;
	}
	if (fflush(stdout) || ferror(stdout))
		fail("write", "to stdout");
	return rc;
}
