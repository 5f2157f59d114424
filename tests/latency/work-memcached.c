// SPDX-License-Identifier: GPL-2.0
/*
 * memcached: a server in memory with a thread per CPU, and as many threads of memcslap
 * that set values, each waiting for every answer, over a socket of the Unix domain (the
 * lab's kernels have no TCP). An operation is a request.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "work-exec.h"

#define SOCKET		"/tmp/pvb-memcached"
#define MIB		"16"	/* of values; older ones go */
#define REQUESTS	100	/* of each thread in one run of memcslap */

struct clients {
	char threads[12];
	unsigned int n;
	unsigned long answered;
};

static bool answers(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool good;

	if (fd < 0)
		die("cannot make a socket: %s", strerror(errno));
	good = !connect(fd, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return good;
}

/* "Time to set            2000 keys by    2 threads:     0.035 seconds." */
static void find_answered(char *text, void *arg)
{
	struct clients *c = arg;
	unsigned long n;

	if (sscanf(text, "Time to set %lu keys", &n) == 1)
		c->answered = n;
}

static uint64_t set_once(void *arg)
{
	struct clients *c = arg;
	char requests[12];
	char *argv[] = { "memcslap", "--servers=" SOCKET, "--test=set", "--concurrency",
			 c->threads, "--execute-number", requests, NULL };

	snprintf(requests, sizeof(requests), "%d", REQUESTS);
	c->answered = 0;
	run_program(argv, find_answered, c);
	if (c->answered != (unsigned long)c->n * REQUESTS)
		die("memcslap set %lu values, not %u", c->answered, c->n * REQUESTS);
	return c->answered;
}

static void memcached_run(const struct options *opt)
{
	struct clients c = { .n = opt->cpus };
	char *argv[] = { "memcached", "-s", SOCKET, "-t", c.threads, "-m", MIB, NULL };
	pid_t server;

	need_program("memcached", "memcached");
	need_program("memcslap", "libmemcached-tools");
	snprintf(c.threads, sizeof(c.threads), "%u", opt->cpus);
	unlink(SOCKET);
	server = start_server(argv, answers);
	repeat_program("memcached", opt, set_once, &c);
	stop_server(server, "memcached");
}

const struct workload work_memcached = {
	.name = "memcached",
	.run = memcached_run,
};
