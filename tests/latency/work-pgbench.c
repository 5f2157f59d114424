// SPDX-License-Identifier: GPL-2.0
/*
 * pgbench -S: a client per CPU that reads single rows from PostgreSQL, whose processes
 * share memory under spinlocks of user space, over a socket of the Unix domain. The
 * database was made with the archive (initramfs.sh) and is in the guest's memory.
 * pgbench knows whole seconds only. An operation is a transaction.
 */
#include <stdio.h>
#include <string.h>

#include "work-exec.h"

#define DATA		"/share/pgdata"
/* max_connections of initramfs.sh, but for some that PostgreSQL keeps to itself */
#define MAX_CLIENTS	200

struct result {
	unsigned long ops, failed;
	double rate;
};

/* What pg_ctl looks at, too: the last line of this file. */
static bool says_ready(void)
{
	FILE *in = fopen(DATA "/postmaster.pid", "r");
	char line[256];
	bool ready = false;

	if (!in)
		return false;
	while (fgets(line, sizeof(line), in))
		ready = !strncmp(line, "ready", 5);
	fclose(in);
	return ready;
}

static void find_result(char *text, void *arg)
{
	struct result *r = arg;
	unsigned long n;
	double rate;

	if (sscanf(text, "number of transactions actually processed: %lu", &n) == 1)
		r->ops = n;
	else if (sscanf(text, "number of failed transactions: %lu", &n) == 1)
		r->failed = n;
	else if (sscanf(text, "tps = %lf (without", &rate) == 1)
		r->rate = rate;
}

/* All rows are there: otherwise the script divides by zero, and pgbench fails. */
static void check_rows(void)
{
	char *argv[] = { "pgbench", "-h", "/tmp", "-U", "postgres", "-n", "-t", "1",
			 "-f", "/share/pgbench-check.sql", "template1", NULL };
	struct result r = { };

	run_program(argv, find_result, &r);
	if (r.ops != 1)
		die("pgbench could not count the rows of its table");
}

static void pgbench_run(const struct options *opt)
{
	char *server_argv[] = { "postgres", "-D", DATA, NULL };
	char seconds[12], clients[12];
	char *argv[] = { "pgbench", "-h", "/tmp", "-U", "postgres", "-n", "-S", "-T", seconds,
			 "-c", clients, "-j", clients, "template1", NULL };
	struct result r = { };
	pid_t server;

	need_program("postgres", "postgresql");
	need_program("pgbench", "postgresql");
	if (opt->cpus > MAX_CLIENTS)
		die("pgbench has no more than %d clients here", MAX_CLIENTS);
	snprintf(seconds, sizeof(seconds), "%u", whole_seconds(opt));
	snprintf(clients, sizeof(clients), "%u", opt->cpus);
	server = start_server(server_argv, says_ready);
	check_rows();
	time_program("pgbench", opt, argv, find_result, &r);
	if (!r.ops || r.failed || r.rate <= 0)
		die("pgbench: %lu transactions, %lu failed", r.ops, r.failed);
	/* its own time, which begins when all clients are connected */
	report("end pgbench ops %lu ns %.0f\n", r.ops, r.ops / r.rate * NSEC_PER_SEC);
	stop_server(server, "postgres");
}

const struct workload work_pgbench = {
	.name = "pgbench",
	.run = pgbench_run,
};
