// SPDX-License-Identifier: GPL-2.0
/* For the workloads that are programs of their own. */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "work-exec.h"

/* As for the other workloads: one scheduler slice of the host. */
#define OFFSET_SPREAD_NS	3000000

/* "nobody": servers refuse to be root; initramfs.sh gives it their files. */
#define SERVER_UID	65534
/* Over-committed guests are slow; a server that hangs must end all the same. */
#define SERVER_LIMIT_NS	(60 * NSEC_PER_SEC)
#define SERVER_POLL_NS	(5 * NSEC_PER_MSEC)

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

void need_program(const char *program, const char *package)
{
	const char *path = getenv("PATH");
	char *dirs = strdup(path ? path : ""), *rest = dirs, *dir, file[4096];

	if (!dirs)
		die("out of memory");
	while ((dir = strsep(&rest, ":"))) {
		snprintf(file, sizeof(file), "%s/%s", dir, program);
		if (!access(file, X_OK)) {
			free(dirs);
			return;
		}
	}
	die("no program %s: tests/lab/setup.sh --programs installs Debian's package %s for guests",
	    program, package);
}

/* Words of a small vocabulary compress about as text does. */
void write_text(const char *path, size_t size, uint64_t seed)
{
	FILE *out = fopen(path, "w");
	size_t done = 0;

	while (out && done < size) {
		uint64_t r = next_random(&seed);
		int n = fprintf(out, "%llx ", (unsigned long long)(r % 4096) *
				0x9e3779b1ULL % (1ULL << (8 + r % 24)));

		done += n > 0 ? n : 0;
	}
	if (!out || fclose(out))
		die("cannot write %s: %s", path, strerror(errno));
}

uint64_t sum_file(const char *path)
{
	uint64_t block[512], sum = 0;
	FILE *in = fopen(path, "r");
	size_t n;

	if (!in)
		die("cannot read %s: %s", path, strerror(errno));
	do {
		memset(block, 0, sizeof(block));
		n = fread(block, 1, sizeof(block), in);
		for (size_t i = 0; i < n; i += sizeof(*block))
			sum = (sum ^ block[i / sizeof(*block)]) * 0x9e3779b97f4a7c15ULL + n;
	} while (n == sizeof(block));
	if (ferror(in) || fclose(in))
		die("cannot read %s: %s", path, strerror(errno));
	return sum;
}

void no_output(char *text, void *arg)
{
	(void)arg;
	die("a program says: %s", text);
}

static void run_server(char *const argv[], pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(2);
	if (!getuid() && (setgroups(0, NULL) || setgid(SERVER_UID) || setuid(SERVER_UID)))
		die("cannot run %s as another user: %s", argv[0], strerror(errno));
	/* setuid() has cleared it */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(argv[0], argv);
	die("cannot run %s: %s", argv[0], strerror(errno));
}

pid_t start_server(char *const argv[], bool (*ready)(void))
{
	uint64_t limit = now_ns() + SERVER_LIMIT_NS;
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!pid)
		run_server(argv, parent);
	while (!ready()) {
		if (waitpid(pid, NULL, WNOHANG))
			die("%s ended before it answered", argv[0]);
		if (now_ns() > limit)
			die("%s does not answer", argv[0]);
		sleep_until(now_ns() + SERVER_POLL_NS);
	}
	return pid;
}

void stop_server(pid_t pid, const char *name)
{
	int status;

	kill(pid, SIGINT);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("cannot wait for %s: %s", name, strerror(errno));
	if (status)
		die("%s failed: status %#x", name, status);
}
