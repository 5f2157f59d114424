// SPDX-License-Identifier: GPL-2.0
/*
 * audio, request: real-time threads with something to do, each on a CPU on which a
 * process of the usual class computes. How far these came: "busy_ops".
 *
 * audio: a thread on each CPU fills a block of samples in each period, as for a sound
 * card that plays 256 at 48 kHz. The latency is from the period's beginning until the
 * block is full; one that is not by the period's end is "missed".
 *
 * request: a server on each CPU answers requests of the next CPU's process, which come
 * by a socket at random times, one a millisecond on average. The latency is from a
 * request's sending until its answer is ready.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "work-busy.h"
#include "work-waits.h"

#define PERIOD_NS	(256 * NSEC_PER_MSEC / 48)
/* Half a millisecond in the lab: a tenth of the period. */
#define BLOCK_LOOPS	40
#define ANSWER_LOOPS	3

struct answerer {
	struct waits waits;
	uint64_t due;			/* audio: the period's beginning */
	uint64_t missed;
	int fd[2];			/* request: from the client, to the server */
	uint64_t random, next;		/* the client's own */
} __attribute__((aligned(CACHE_LINE)));

static struct answerer *answerers;
static unsigned int n_answerers;
static bool measured;
static uint64_t loops_at_begin, ns_at_begin;

static void allocate(const struct options *opt)
{
	n_answerers = opt->cpus;
	answerers = aligned_alloc(CACHE_LINE, n_answerers * sizeof(*answerers));
	if (!answerers)
		die("no memory for %u threads", n_answerers);
	memset(answerers, 0, n_answerers * sizeof(*answerers));
}

static void be_real_time(struct worker *w)
{
	struct sched_param param = { .sched_priority = 80 };

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		die("cannot be a real-time thread: %s", strerror(errno));
	w->priv = &answerers[w->cpu];
}

static void count(struct answerer *a, uint64_t ns, uint64_t missed)
{
	if (!__atomic_load_n(&measured, __ATOMIC_RELAXED))
		return;
	waits_add(&a->waits, ns / NSEC_PER_USEC, 1);
	a->missed += missed;
}

static void begin(void)
{
	loops_at_begin = busy_loops();
	ns_at_begin = now_ns();
	__atomic_store_n(&measured, true, __ATOMIC_RELAXED);
}

/* The rest of the "end" line. */
static void end(const char *name, const char *measure, bool misses)
{
	static struct waits waits;
	double minutes = (now_ns() - ns_at_begin) / 60e9;
	uint64_t missed = 0;

	__atomic_store_n(&measured, false, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < n_answerers; i++) {
		waits_merge(&waits, &answerers[i].waits);
		missed += answerers[i].missed;
	}
	waits_report(&waits);
	if (misses)
		report(" missed %llu missed_per_minute %.0f", (unsigned long long)missed,
		       missed / minutes / n_answerers);
	report(" busy_ops %llu\n", (unsigned long long)(busy_loops() - loops_at_begin));
	waits_report_hist(&waits, name, measure);
	busy_stop();
}

static void audio_setup(const struct options *opt)
{
	allocate(opt);
	busy_start(opt, NULL);
}

static void audio_op(struct worker *w)
{
	struct answerer *a = w->priv;
	uint64_t took, missed;

	if (!a->due)
		a->due = now_ns();
	sleep_until(a->due);
	for (int i = 0; i < BLOCK_LOOPS; i++)
		busy_loop();
	took = now_ns() - a->due;
	missed = took / PERIOD_NS;
	count(a, took, missed);
	/* Blocks whose time is over are not filled any more. */
	a->due += (missed ?: 1) * PERIOD_NS;
}

static void audio_end(void)
{
	end("audio", "block", true);
}

static void send_request(unsigned int cpu)
{
	struct answerer *a = &answerers[cpu];
	uint64_t now = now_ns();

	if (now < a->next)
		return;
	a->next = now + NSEC_PER_MSEC / 2 + next_random(&a->random) % NSEC_PER_MSEC;
	if (send(a->fd[0], &now, sizeof(now), MSG_DONTWAIT) < 0 && errno != EAGAIN)
		die("cannot send a request: %s", strerror(errno));
}

static void request_setup(const struct options *opt)
{
	uint64_t random = opt->seed;

	allocate(opt);
	for (unsigned int i = 0; i < n_answerers; i++) {
		int fd[2];

		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fd))
			die("no sockets: %s", strerror(errno));
		answerers[i].fd[0] = fd[0];
		answerers[(i + 1) % n_answerers].fd[1] = fd[1];
		answerers[i].random = next_random(&random);
	}
	busy_start(opt, send_request);
}

static void request_op(struct worker *w)
{
	struct answerer *a = w->priv;
	uint64_t sent;

	if (recv(a->fd[1], &sent, sizeof(sent), 0) != sizeof(sent))
		die("cannot receive a request: %s", strerror(errno));
	for (int i = 0; i < ANSWER_LOOPS; i++)
		busy_loop();
	count(a, now_ns() - sent, 0);
}

static void request_end(void)
{
	end("request", "answer", false);
}

const struct workload work_audio = {
	.name = "audio",
	.setup = audio_setup,
	.prepare = be_real_time,
	.op = audio_op,
	.begin = begin,
	.end = audio_end,
};

const struct workload work_request = {
	.name = "request",
	.setup = request_setup,
	.prepare = be_real_time,
	.op = request_op,
	.begin = begin,
	.end = request_end,
};
