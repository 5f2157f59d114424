// SPDX-License-Identifier: GPL-2.0
/*
 * ripgrep: a search through a tree of files in tmpfs with a thread per CPU, which
 * maps and unmaps each file. An operation is a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "work-exec.h"

#define TREE		"/tmp/pvb-ripgrep"
#define FILES_PER_CPU	32	/* in a directory of their own */
#define FILE_SIZE	(32 * 1024)
#define WORD		"spinner"
/* A line in so many has the word. */
#define LINES_PER_MATCH	50

struct search {
	char threads[12];
	uint64_t files, matches;
	uint64_t found_files, found;
};

static void make_directory(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		die("cannot make %s: %s", path, strerror(errno));
}

/* Returns the lines that have the word. */
static uint64_t write_lines(const char *path, uint64_t *random)
{
	FILE *out = fopen(path, "w");
	uint64_t matches = 0;
	size_t size = 0;

	while (out && size < FILE_SIZE) {
		uint64_t r = next_random(random);
		bool match = !(r % LINES_PER_MATCH);
		int n = fprintf(out, "%llx waits for %s %llx\n", (unsigned long long)(r >> 40),
				match ? WORD : "spinning", (unsigned long long)(r >> 20));

		matches += match;
		size += n > 0 ? n : 0;
	}
	if (!out || fclose(out))
		die("cannot write %s: %s", path, strerror(errno));
	return matches;
}

static void write_tree(struct search *s, const struct options *opt)
{
	uint64_t random = opt->seed;
	char path[64];

	make_directory(TREE);
	for (unsigned int cpu = 0; cpu < opt->cpus; cpu++) {
		snprintf(path, sizeof(path), TREE "/%u", cpu);
		make_directory(path);
		for (int i = 0; i < FILES_PER_CPU; i++) {
			snprintf(path, sizeof(path), TREE "/%u/%d", cpu, i);
			s->matches += write_lines(path, &random);
			s->files++;
		}
	}
}

/* "/tmp/pvb-ripgrep/3/17:26": a file and its matches */
static void add_matches(char *text, void *arg)
{
	struct search *s = arg;
	char *at = strrchr(text, ':');

	if (!at)
		die("ripgrep says: %s", text);
	s->found_files++;
	s->found += strtoul(at + 1, NULL, 10);
}

static uint64_t search_once(void *arg)
{
	struct search *s = arg;
	char *argv[] = { "rg", "--no-config", "--mmap", "-j", s->threads, "--include-zero",
			 "-c", WORD "|advanced", TREE, NULL };

	s->found = 0;
	s->found_files = 0;
	run_program(argv, add_matches, s);
	if (s->found != s->matches || s->found_files != s->files)
		die("ripgrep found %llu matches in %llu files, there are %llu in %llu",
		    (unsigned long long)s->found, (unsigned long long)s->found_files,
		    (unsigned long long)s->matches, (unsigned long long)s->files);
	return s->files;
}

static void ripgrep_run(const struct options *opt)
{
	struct search s = { };

	need_program("rg", "ripgrep");
	snprintf(s.threads, sizeof(s.threads), "%u", opt->cpus);
	write_tree(&s, opt);
	repeat_program("ripgrep", opt, search_once, &s);
}

const struct workload work_ripgrep = {
	.name = "ripgrep",
	.run = ripgrep_run,
};
