// SPDX-License-Identifier: GPL-2.0
/*
 * dbench: a file server's system calls (names, inodes, page cache) on tmpfs, one
 * process per CPU. dbench knows whole seconds only: it runs for at least one. An
 * operation is a call of its load file, of which guests have the beginning.
 */
#include <stdio.h>
#include <string.h>

#include "work-exec.h"

static void add_operations(char *text, void *arg)
{
	unsigned long *ops = arg, count;
	double average, most;
	char name[32];

	/* " NTCreateX       2724     0.240   112.261" */
	if (sscanf(text, " %31[A-Za-z] %lu %lf %lf", name, &count, &average,
		   &most) == 4)
		*ops += count;
}

static void dbench_run(const struct options *opt)
{
	char seconds[12], clients[12];
	char *argv[] = { "dbench", "-c", "/share/dbench.txt", "-D", "/tmp",
			 "-t", seconds, clients, NULL };
	unsigned long ops = 0;
	uint64_t ns;

	snprintf(seconds, sizeof(seconds), "%u", whole_seconds(opt));
	snprintf(clients, sizeof(clients), "%u", opt->cpus);
	ns = time_program("dbench", opt, argv, add_operations, &ops);
	if (!ops)
		die("dbench printed no operations");
	report("end dbench ops %lu ns %llu\n", ops, (unsigned long long)ns);
}

const struct workload work_dbench = {
	.name = "dbench",
	.run = dbench_run,
};
