// SPDX-License-Identifier: GPL-2.0
/* For the workloads that are programs of their own. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "work-exec.h"

/* As for the other workloads: one scheduler slice of the host. */
#define OFFSET_SPREAD_NS	3000000

void run_program(char *const argv[], void (*line)(char *text, void *arg),
		 void *arg)
{
	char text[1024];
	int fds[2], status;
	FILE *out;
	pid_t pid;

	if (pipe(fds))
		die("cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execvp(argv[0], argv);
		die("cannot run %s: %s (tests/lab/packages)", argv[0],
		    strerror(errno));
	}
	close(fds[1]);

	out = fdopen(fds[0], "r");
	if (!out)
		die("out of memory");
	while (fgets(text, sizeof(text), out))
		line(text, arg);
	fclose(out);

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("cannot wait for %s: %s", argv[0], strerror(errno));
	if (status)
		die("%s failed: status %#x", argv[0], status);
}

void wait_start_offset(const struct options *opt)
{
	uint64_t random = opt->seed;
	uint64_t start = now_ns() + next_random(&random) % OFFSET_SPREAD_NS;

	while (now_ns() < start)
		;
}

unsigned int whole_seconds(const struct options *opt)
{
	return (opt->ms + 999) / 1000;
}

uint64_t time_program(const char *name, const struct options *opt,
		      char *const argv[], void (*line)(char *text, void *arg),
		      void *arg)
{
	uint64_t begin;

	wait_start_offset(opt);
	report("begin %s\n", name);
	begin = now_ns();
	run_program(argv, line, arg);
	return now_ns() - begin;
}

void repeat_program(const char *name, const struct options *opt,
		    uint64_t (*once)(void *arg), void *arg)
{
	uint64_t begin, end, ops = 0;

	wait_start_offset(opt);
	begin = now_ns();
	while (now_ns() < begin + opt->warm_ms * NSEC_PER_MSEC)
		once(arg);

	report("begin %s\n", name);
	begin = now_ns();
	do {
		ops += once(arg);
		end = now_ns();
	} while (end < begin + opt->ms * NSEC_PER_MSEC);
	report("end %s ops %llu ns %llu\n", name, (unsigned long long)ops,
	       (unsigned long long)(end - begin));
}
