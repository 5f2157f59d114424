// SPDX-License-Identifier: GPL-2.0
/*
 * lock: threads of one process open and close one and the same file. They
 * contend for the spinlock of the file table (files_struct.file_lock) and for
 * the lockref of the one dentry.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pvb-work.h"

static const char path[] = "/tmp/pvb-work.lock";

static void lock_setup(const struct options *opt)
{
	int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)opt;
	if (fd < 0)
		die("cannot create %s: %s", path, strerror(errno));
	close(fd);
}

static void lock_op(struct worker *w)
{
	int fd = open(path, O_RDONLY);

	(void)w;
	if (fd < 0)
		die("cannot open %s: %s", path, strerror(errno));
	close(fd);
}

const struct workload work_lock = {
	.name = "lock",
	.setup = lock_setup,
	.op = lock_op,
};
