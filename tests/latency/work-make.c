// SPDX-License-Identifier: GPL-2.0
/*
 * make -jN: builds a small program with tcc, a job per CPU: processes that live for
 * milliseconds, and a pipe for which they all compete. What was built is run, and must
 * compute what this program does. An operation is a C file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "work-exec.h"

#define TREE		"/tmp/pvb-make"
#define FILES_PER_CPU	4
#define FUNCTIONS	100	/* in each file */
#define ROUNDS		3

struct build {
	char jobs[12];
	unsigned int files;
	uint32_t result;	/* what the program must print */
	bool good;
};

static FILE *open_file(const char *name)
{
	FILE *out = fopen(name, "w");

	if (!out)
		die("cannot write %s: %s", name, strerror(errno));
	return out;
}

static void close_file(FILE *out, const char *name)
{
	if (fclose(out))
		die("cannot write %s: %s", name, strerror(errno));
}

/* The same in C, for tcc and here. */
static const char function[] =
	"static unsigned int f%d(unsigned int x)\n"
	"{\n"
	"	unsigned int i;\n"
	"\n"
	"	for (i = 0; i < %d; i++) {\n"
	"		if (x & 1)\n"
	"			x = x * 1664525u + %uu;\n"
	"		else\n"
	"			x = (x >> 1) ^ %uu;\n"
	"	}\n"
	"	return x;\n"
	"}\n";

static uint32_t compute(uint32_t x, uint32_t a, uint32_t b)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (x & 1)
			x = x * 1664525u + a;
		else
			x = (x >> 1) ^ b;
	}
	return x;
}

static void write_source(struct build *b, unsigned int nr, uint64_t *random)
{
	char name[64];
	FILE *out;

	snprintf(name, sizeof(name), TREE "/file%u.c", nr);
	out = open_file(name);
	for (int i = 0; i < FUNCTIONS; i++) {
		uint32_t add = next_random(random), mix = next_random(random);

		fprintf(out, function, i, ROUNDS, add, mix);
		b->result = compute(b->result, add, mix);
	}
	fprintf(out, "unsigned int file%u(unsigned int x)\n{\n", nr);
	for (int i = 0; i < FUNCTIONS; i++)
		fprintf(out, "	x = f%d(x);\n", i);
	fprintf(out, "	return x;\n}\n");
	close_file(out, name);
}

/* Needs neither headers nor a C library. */
static void write_main(const struct build *b)
{
	FILE *out = open_file(TREE "/main.c");

	for (unsigned int i = 0; i < b->files; i++)
		fprintf(out, "unsigned int file%u(unsigned int x);\n", i);
	fputs("static long call(long nr, long a, const char *b, long c)\n"
	      "{\n"
	      "	long r;\n"
	      "\n"
	      "	__asm__ volatile(\"syscall\" : \"=a\"(r) : \"a\"(nr), \"D\"(a), \"S\"(b), \"d\"(c)\n"
	      "			 : \"rcx\", \"r11\", \"memory\");\n"
	      "	return r;\n"
	      "}\n"
	      "void _start(void)\n"
	      "{\n"
	      "	unsigned int x = 1;\n"
	      "	char text[9];\n"
	      "	int i;\n", out);
	for (unsigned int i = 0; i < b->files; i++)
		fprintf(out, "	x = file%u(x);\n", i);
	fputs("	for (i = 0; i < 8; i++)\n"
	      "		text[i] = \"0123456789abcdef\"[(x >> (28 - 4 * i)) & 15];\n"
	      "	text[8] = '\\n';\n"
	      "	call(1, 1, text, 9);\n"
	      "	call(60, 0, 0, 0);\n"
	      "}\n", out);
	close_file(out, TREE "/main.c");
}

static void write_makefile(const struct build *b)
{
	FILE *out = open_file(TREE "/Makefile");

	fputs("objects := main.o", out);
	for (unsigned int i = 0; i < b->files; i++)
		fprintf(out, " file%u.o", i);
	fputs("\nprogram: $(objects)\n\ttcc -nostdlib -static -o $@ $(objects)\n"
	      "%.o: %.c\n\ttcc -c -o $@ $<\n", out);
	close_file(out, TREE "/Makefile");
}

static void check_result(char *text, void *arg)
{
	struct build *b = arg;

	b->good = strtoul(text, NULL, 16) == b->result;
}

static uint64_t build_once(void *arg)
{
	struct build *b = arg;
	char *argv[] = { "make", "-s", "-C", TREE, "-B", "-j", b->jobs, NULL };
	char *program[] = { TREE "/program", NULL };

	if (unlink(program[0]) && errno != ENOENT)
		die("cannot remove %s: %s", program[0], strerror(errno));
	run_program(argv, no_output, NULL);
	b->good = false;
	run_program(program, check_result, b);
	if (!b->good)
		die("the program that make built computes something wrong");
	return b->files + 1;
}

static void make_run(const struct options *opt)
{
	struct build b = { .files = opt->cpus * FILES_PER_CPU - 1, .result = 1 };
	uint64_t random = opt->seed;

	need_program("make", "make");
	need_program("tcc", "tcc");
	snprintf(b.jobs, sizeof(b.jobs), "%u", opt->cpus);
	if (mkdir(TREE, 0755) && errno != EEXIST)
		die("cannot make %s: %s", TREE, strerror(errno));
	for (unsigned int i = 0; i < b.files; i++)
		write_source(&b, i, &random);
	write_main(&b);
	write_makefile(&b);
	repeat_program("make", opt, build_once, &b);
}

const struct workload work_make = {
	.name = "make",
	.run = make_run,
};
