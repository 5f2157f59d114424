// SPDX-License-Identifier: GPL-2.0
/*
 * What was asked for: the variables, their defaults and their limits. Which words
 * there are is in plan-words.c; what is made of them in plan.c.
 */
#include <stdlib.h>
#include <string.h>

#include "plan.h"

/* An empty variable is none. */
static const char *variable(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

static bool read_switch(const char *name, bool *on, FILE *err)
{
	const char *value = variable(name, "0");

	*on = !strcmp(value, "1");
	if (*on || !strcmp(value, "0"))
		return true;
	fprintf(err, "%s=%s: want 0 or 1\n", name, value);
	return false;
}

static bool read_number(const char *name, const char *otherwise,
			unsigned long least, unsigned long *number, FILE *err)
{
	const char *value = variable(name, otherwise);
	size_t digits = strspn(value, "0123456789");

	*number = strtoul(value, NULL, 10);
	if (!value[digits] && digits >= 1 && digits <= 9 && *number >= least)
		return true;
	fprintf(err, "%s=%s: want a number from %lu up\n", name, value, least);
	return false;
}

static bool check_words(const char *name, enum plan_list list,
			const struct words *words, FILE *err)
{
	for (size_t i = 0; i < words->n; i++) {
		if (!check_word(list, words->v[i], err))
			return false;
		for (size_t k = 0; k < i; k++) {
			if (!strcmp(words->v[i], words->v[k]))
				fprintf(err, "%s has %s twice: leave one out\n", name,
					words->v[i]);
			else if (list == HOSTS && same_host(words->v[i], words->v[k]))
				fprintf(err, "%s: %s and %s are the same: leave one out\n",
					name, words->v[k], words->v[i]);
			else
				continue;
			return false;
		}
	}
	return true;
}

static bool read_axis(const char *name, enum plan_list list,
		      struct settings *s, FILE *err)
{
	const char *text = variable(name, "");
	struct words words = split_words(text);
	bool good = check_words(name, list, &words, err);

	s->given[list] = words.n ? text : NULL;
	free_words(&words);
	return good;
}

static bool read_workloads(struct settings *s, FILE *err)
{
	char *text = NULL;
	size_t size;
	FILE *all;

	s->workloads = split_words(variable("WORKLOADS", ""));
	if (!s->workloads.n) {
		free_words(&s->workloads);
		all = open_memstream(&text, &size);
		if (!all)
			abort();
		if (s->full)
			print_words(all, WORKLOADS, " ");
		else
			print_workloads(all, USUAL);
		if (fclose(all))
			abort();
		s->workloads = split_words(text);
		free(text);
	}
	if (!check_words("WORKLOADS", WORKLOADS, &s->workloads, err))
		return false;
	for (size_t i = 0; i < s->workloads.n; i++) {
		enum workload_kind kind = workload_kind(s->workloads.v[i]);

		s->module |= kind == MODULE;
		s->stressors |= kind == STRESSORS;
		s->programs |= kind == PROGRAMS;
	}
	return true;
}

bool read_settings(struct settings *s, FILE *err)
{
	*s = (struct settings){ 0 };
	if (!read_switch("QUICK", &s->quick, err) ||
	    !read_switch("FULL", &s->full, err) ||
	    !read_switch("MTTCG", &s->mttcg, err) ||
	    !read_switch("REUSE", &s->reuse, err))
		return false;
	if (s->quick && s->full) {
		fputs("QUICK=1 and FULL=1 exclude each other\n", err);
		return false;
	}
	if (!read_axis("HOSTS", HOSTS, s, err) ||
	    !read_axis("GUESTS", GUESTS, s, err) ||
	    !read_axis("OVERCOMMIT", OVERCOMMIT, s, err) ||
	    !read_axis("LAYOUTS", LAYOUTS, s, err) ||
	    !read_workloads(s, err) ||
	    !read_number("JOBS", "1", 1, &s->jobs, err) ||
	    !read_number("SEED", "1", 0, &s->first_seed, err) ||
	    !read_number("ROUNDS", s->quick || s->full ? "8" : "12", 1, &s->rounds, err) ||
	    !read_number("PER_BOOT", "4", 1, &s->per_boot, err) ||
	    !read_number("MS", "100", 1, &s->ms, err) ||
	    !read_number("WARM", "60", 0, &s->warm, err))
		return false;
	if (s->per_boot > MAX_PER_BOOT) {
		fprintf(err, "PER_BOOT=%lu: want a number from 1 to %d\n", s->per_boot,
			MAX_PER_BOOT);
		return false;
	}
	/* There time is real: one run at a time. */
	if (s->mttcg)
		s->jobs = 1;
	return true;
}

void free_settings(struct settings *s)
{
	free_words(&s->workloads);
}
