// SPDX-License-Identifier: GPL-2.0
/*
 * stress-ng: its TLB-shootdown and its mmap stressor, a process per CPU. It knows
 * whole seconds only; an operation is a "bogo op" of its own.
 */
#include <stdio.h>
#include <string.h>

#include "work-exec.h"

struct stressor {
	const char *name;
	unsigned long ops;
};

/* "stress-ng: info:  [97] mmap   1234   1.00   0.31   0.69   1230.1   1234.0" */
static void find_bogo_ops(char *text, void *arg)
{
	struct stressor *s = arg;
	unsigned long ops;
	char name[32];
	double real;
	char *at = strchr(text, ']');

	if (at && sscanf(at + 1, " %31s %lu %lf", name, &ops, &real) == 3 &&
	    !strcmp(name, s->name))
		s->ops = ops;
}

static void stress(const struct options *opt, const char *job, char *const argv[],
		   const char *name)
{
	struct stressor s = { .name = name };
	uint64_t ns = time_program(job, opt, argv, find_bogo_ops, &s);

	if (!s.ops)
		die("stress-ng printed no operations of %s", name);
	report("end %s ops %lu ns %llu\n", job, s.ops,
	       (unsigned long long)ns);
}

static void stress_tlb_run(const struct options *opt)
{
	char seconds[12], processes[12];
	char *argv[] = { "stress-ng", "--stdout", "--temp-path", "/tmp",
			 "--metrics-brief", "-t", seconds, "--tlb-shootdown",
			 processes, NULL };

	snprintf(seconds, sizeof(seconds), "%u", whole_seconds(opt));
	snprintf(processes, sizeof(processes), "%u", opt->cpus);
	stress(opt, "stress-tlb", argv, "tlb-shootdown");
}

static void stress_mmap_run(const struct options *opt)
{
	char seconds[12], processes[12];
	char *argv[] = { "stress-ng", "--stdout", "--temp-path", "/tmp",
			 "--metrics-brief", "-t", seconds, "--mmap", processes,
			 "--mmap-bytes", "1m", NULL };

	snprintf(seconds, sizeof(seconds), "%u", whole_seconds(opt));
	snprintf(processes, sizeof(processes), "%u", opt->cpus);
	stress(opt, "stress-mmap", argv, "mmap");
}

const struct workload work_stress_tlb = {
	.name = "stress-tlb",
	.run = stress_tlb_run,
};

const struct workload work_stress_mmap = {
	.name = "stress-mmap",
	.run = stress_mmap_run,
};
