// SPDX-License-Identifier: GPL-2.0
/*
 * pigz: a parallel compressor, one thread per CPU: hardly anything but user mode,
 * with threads that wait for each other's blocks. It must not suffer from what
 * helps the others. An operation is a block of 32 KiB.
 */
#include <stdio.h>

#include "work-exec.h"

#define BLOCK_KIB	"32"
#define BLOCK		(32 * 1024)
#define BLOCKS		16

static const char path[] = "/tmp/pvb-work.text";

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

	write_text(path, BLOCKS * BLOCK, opt->seed);
	snprintf(threads, sizeof(threads), "%u", opt->cpus);
	repeat_program("pigz", opt, compress, threads);
}

const struct workload work_pigz = {
	.name = "pigz",
	.run = pigz_run,
};
