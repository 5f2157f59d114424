// SPDX-License-Identifier: GPL-2.0
/*
 * pigz: a parallel compressor, one thread per CPU: hardly anything but user mode,
 * with threads that wait for each other's blocks. It must not suffer from what
 * helps the others. An operation is a block of 32 KiB.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "work-exec.h"

#define BLOCK_KIB	"32"
#define BLOCK		(32 * 1024)
#define BLOCKS		16

static const char path[] = "/tmp/pvb-work.text";

/* Words of a small vocabulary compress about as text does. */
static void write_text(uint64_t seed)
{
	FILE *out = fopen(path, "w");
	size_t size = 0;

	while (out && size < BLOCKS * BLOCK) {
		uint64_t r = next_random(&seed);
		int n = fprintf(out, "%llx ", (unsigned long long)(r % 4096) *
				0x9e3779b1ULL % (1ULL << (8 + r % 24)));

		size += n > 0 ? n : 0;
	}
	if (!out || fclose(out))
		die("cannot write %s: %s", path, strerror(errno));
}

static void no_output(char *text, void *arg)
{
	(void)arg;
	die("pigz says: %s", text);
}

static uint64_t compress(void *arg)
{
	char *argv[] = { "pigz", "-b", BLOCK_KIB, "-p", arg, "-k", "-f",
			 (char *)path, NULL };

	run_program(argv, no_output, NULL);
	return BLOCKS;
}

static void pigz_run(const struct options *opt)
{
	char threads[12];

	write_text(opt->seed);
	snprintf(threads, sizeof(threads), "%u", opt->cpus);
	repeat_program("pigz", opt, compress, threads);
}

const struct workload work_pigz = {
	.name = "pigz",
	.run = pigz_run,
};
