// SPDX-License-Identifier: GPL-2.0
/*
 * membarrier: every thread issues private expedited membarriers: an IPI to all
 * CPUs that run a thread of the process, and a wait for all of them, under one
 * mutex of the kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pvb-work.h"

static void barrier(int cmd)
{
	if (syscall(SYS_membarrier, cmd, 0, 0))
		die("membarrier command %d failed: %s (CONFIG_MEMBARRIER?)",
		    cmd, strerror(errno));
}

static void membarrier_setup(const struct options *opt)
{
	(void)opt;
	barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

static void membarrier_op(struct worker *w)
{
	(void)w;
	barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

const struct workload work_membarrier = {
	.name = "membarrier",
	.setup = membarrier_setup,
	.op = membarrier_op,
};
