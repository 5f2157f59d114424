// SPDX-License-Identifier: GPL-2.0
/*
 * pbzip2: a parallel compressor. Each of its threads allocates and frees its buffers
 * for every block, so that they meet in the address space. An operation is a block of
 * 100 kB: ten a second are 1 MB/s.
 */
#include <stdio.h>
#include <unistd.h>

#include "work-exec.h"

#define BLOCK		100000
#define BLOCKS_PER_CPU	2

#define TEXT		"/tmp/pvb-pbzip2"
static char packed[] = TEXT ".bz2";

struct pbzip2 {
	char threads[16];
	uint64_t blocks;
	uint64_t sum;		/* of what the first run packed */
};

static void pack(struct pbzip2 *p)
{
	char *argv[] = { "pbzip2", "-q", "-1", "-b1", p->threads, "-k", "-f", TEXT, NULL };

	run_program(argv, no_output, NULL);
}

/* What is packed is the same in every run, whichever thread has which block. */
static uint64_t pack_once(void *arg)
{
	struct pbzip2 *p = arg;

	pack(p);
	if (sum_file(packed) != p->sum)
		die("pbzip2 packed other bytes than the first time");
	return p->blocks;
}

/* Packs once, and compares what is unpacked with the text. */
static void check_first(struct pbzip2 *p)
{
	char *argv[] = { "pbzip2", "-q", "-d", p->threads, "-k", "-f", packed, NULL };
	uint64_t sum = sum_file(TEXT);

	pack(p);
	p->sum = sum_file(packed);
	if (truncate(TEXT, 0))
		die("cannot write " TEXT);
	run_program(argv, no_output, NULL);
	if (sum_file(TEXT) != sum)
		die("pbzip2 unpacked something else than it had packed");
}

static void pbzip2_run(const struct options *opt)
{
	struct pbzip2 p = { .blocks = (uint64_t)opt->cpus * BLOCKS_PER_CPU };

	need_program("pbzip2", "pbzip2");
	snprintf(p.threads, sizeof(p.threads), "-p%u", opt->cpus);
	write_text(TEXT, p.blocks * BLOCK, opt->seed);
	check_first(&p);
	repeat_program("pbzip2", opt, pack_once, &p);
}

const struct workload work_pbzip2 = {
	.name = "pbzip2",
	.run = pbzip2_run,
};
