// SPDX-License-Identifier: GPL-2.0
/*
 * forkmt: one thread per CPU, all of one process, each forks a child that exits
 * at once, and waits for it. Unlike fork's, these parents share their address
 * space: each fork write-protects it and flushes the TLBs of all CPUs that run
 * one of them, and so does each page that is copied afterwards. A server that
 * starts helpers from its threads does that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pvb-work.h"

static void forkmt_op(struct worker *w)
{
	/* Not fork(): its handlers take locks of the C library, in user mode. */
	pid_t pid = _Fork();
	int status;

	(void)w;
	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!pid)
		_exit(0);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("cannot wait: %s", strerror(errno));
	if (status)
		die("a child ended with status %#x", status);
}

const struct workload work_forkmt = {
	.name = "forkmt",
	.op = forkmt_op,
};
