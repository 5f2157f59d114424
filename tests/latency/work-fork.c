// SPDX-License-Identifier: GPL-2.0
/*
 * fork: one process per CPU forks a child that executes a program which exits
 * at once, and waits for it: tasklist_lock, wake-ups on other CPUs, page tables
 * torn down. Nobody is pinned: placing and moving tasks is part of the work.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pvb-work.h"

extern const char exit_image[], exit_image_end[];

static const char path[] = "/tmp/pvb-work.exit";

static void fork_setup(const struct options *opt)
{
	size_t size = exit_image_end - exit_image;
	int fd;

	(void)opt;
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	if (fd < 0)
		die("cannot create %s: %s", path, strerror(errno));
	if (write(fd, exit_image, size) != (ssize_t)size)
		die("cannot write %s: %s", path, strerror(errno));
	close(fd);
}

static void fork_op(struct worker *w)
{
	static char *const argv[] = { (char *)path, NULL };
	static char *const envp[] = { NULL };
	pid_t pid = fork();
	int status;

	(void)w;
	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!pid) {
		execve(path, argv, envp);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("cannot wait: %s", strerror(errno));
	if (status)
		die("%s did not run: status %#x", path, status);
}

const struct workload work_fork = {
	.name = "fork",
	.setup = fork_setup,
	.op = fork_op,
	.processes = true,
	.unpinned = true,
};
