// SPDX-License-Identifier: GPL-2.0
/*
 * pvb-work: loads a guest with one kind of kernel work and counts it.
 *
 * One worker per CPU, started together (apart from small offsets drawn from the
 * seed), a warm-up, then a measured interval. Main sleeps meanwhile and reads
 * the workers' counters at both ends, so the hot loop has neither a clock nor
 * shared data. It decides nothing about VMs: vmctl in the host watches for the
 * "begin" and "end" lines and takes its own statistics then.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pvb-work.h"

#define MAX_CPUS	1024

/* Workers have this long to be created before the first of them starts. */
#define START_DELAY_NS	(20 * NSEC_PER_MSEC)
/* Start offsets spread over one scheduler slice of the host (3 ms). */
#define START_SPREAD_NS	(3 * NSEC_PER_MSEC)

#define WORKLOAD_POINTER(id, name, kind)	&work_##id,
static const struct workload *const workloads[] = {
	PVB_WORKLOADS(WORKLOAD_POINTER)
	WORKLOAD_POINTER(hog, "hog", EXTRA)
};

#define N_WORKLOADS	(sizeof(workloads) / sizeof(workloads[0]))

/* Shared with the workers, also when they are processes. */
struct shared {
	bool stop __attribute__((aligned(CACHE_LINE)));
	unsigned int ready __attribute__((aligned(CACHE_LINE)));
	unsigned int running;
	bool go;
	uint64_t go_ns;
	struct worker workers[];
};

static struct shared *shared;
static const struct workload *work;
static pid_t main_pid;

void die(const char *fmt, ...)
{
	va_list ap;

	fputs("pvb-work: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	/* A lost worker process must not look like a slow one. */
	if (main_pid && getpid() != main_pid)
		kill(main_pid, SIGTERM);
	_exit(2);
}

void report(const char *fmt, ...)
{
	char line[512];
	ssize_t done = 0;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len < 0 || len >= (int)sizeof(line))
		die("a report line does not fit in %zu bytes", sizeof(line));

	while (done < len) {
		ssize_t n = write(STDOUT_FILENO, line + done, len - done);

		if (n < 0 && errno != EINTR)
			die("cannot write to stdout: %s", strerror(errno));
		if (n > 0)
			done += n;
	}
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* splitmix64: any seed, also 0, gives a good sequence. */
uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

void sleep_until(uint64_t ns)
{
	struct timespec ts = {
		.tv_sec = ns / NSEC_PER_SEC,
		.tv_nsec = ns % NSEC_PER_SEC,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) ==
	       EINTR)
		;
}

void pin_to(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("cannot run on CPU %u: %s (fewer CPUs than --cpus?)",
		    cpu, strerror(errno));
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	uint64_t ops = 0;

	if (!work->unpinned)
		pin_to(w->cpu);
	if (work->prepare)
		work->prepare(w);

	__atomic_fetch_add(&shared->ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&shared->go, __ATOMIC_ACQUIRE))
		sleep_until(now_ns() + NSEC_PER_MSEC);
	sleep_until(shared->go_ns);
	/* Sleeping would round the offset up to the guest's timer slack. */
	while (now_ns() < shared->go_ns + w->start_ns)
		;
	__atomic_fetch_add(&shared->running, 1, __ATOMIC_RELEASE);

	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		work->op(w);
		__atomic_store_n(&w->ops, ++ops, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void start_workers(const struct options *opt)
{
	uint64_t random = opt->seed;
	unsigned int i;

	for (i = 0; i < opt->cpus; i++) {
		struct worker *w = &shared->workers[i];
		pthread_t thread;
		int err;

		w->cpu = i;
		w->start_ns = next_random(&random) % START_SPREAD_NS;
		if (work->processes) {
			pid_t pid = fork();

			if (pid < 0)
				die("cannot fork: %s", strerror(errno));
			if (!pid) {
				/* Main may be killed: leave no storm behind. */
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				worker_main(w);
				_exit(0);
			}
			continue;
		}
		err = pthread_create(&thread, NULL, worker_main, w);
		if (err)
			die("cannot create a thread: %s", strerror(err));
	}

	while (__atomic_load_n(&shared->ready, __ATOMIC_ACQUIRE) < opt->cpus)
		sleep_until(now_ns() + NSEC_PER_MSEC);
	shared->go_ns = now_ns() + START_DELAY_NS;
	__atomic_store_n(&shared->go, true, __ATOMIC_RELEASE);
}

static void read_counters(const struct options *opt, uint64_t *ops)
{
	unsigned int i;

	for (i = 0; i < opt->cpus; i++)
		ops[i] = __atomic_load_n(&shared->workers[i].ops,
					 __ATOMIC_RELAXED);
}

static void measure(const struct options *opt)
{
	uint64_t *before = calloc(opt->cpus, sizeof(*before));
	uint64_t *after = calloc(opt->cpus, sizeof(*after));
	uint64_t total = 0, least = UINT64_MAX, most = 0, begin, end;
	unsigned int i;

	if (!before || !after)
		die("out of memory");

	sleep_until(shared->go_ns + START_SPREAD_NS +
		    opt->warm_ms * NSEC_PER_MSEC);
	report("begin %s\n", work->name);
	if (work->begin)
		work->begin();
	begin = now_ns();
	read_counters(opt, before);
	sleep_until(begin + opt->ms * NSEC_PER_MSEC);
	read_counters(opt, after);
	end = now_ns();

	for (i = 0; i < opt->cpus; i++) {
		uint64_t ops = after[i] - before[i];

		total += ops;
		if (ops < least)
			least = ops;
		if (ops > most)
			most = ops;
	}
	report("end %s ops %llu ns %llu ops_min_worker %llu ops_max_worker %llu",
	       work->name, (unsigned long long)total,
	       (unsigned long long)(end - begin), (unsigned long long)least,
	       (unsigned long long)most);
	if (work->end)
		work->end();
	else
		report("\n");

	free(before);
	free(after);
}

static void run_workers(const struct options *opt)
{
	struct sched_param param = { .sched_priority = 99 };

	shared = mmap(NULL, sizeof(*shared) +
		      opt->cpus * sizeof(struct worker), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("out of memory: %s", strerror(errno));

	if (work->setup)
		work->setup(opt);
	start_workers(opt);

	if (work->endless) {
		while (__atomic_load_n(&shared->running, __ATOMIC_ACQUIRE) <
		       opt->cpus)
			sleep_until(now_ns() + NSEC_PER_MSEC);
		report("begin %s\n", work->name);
		for (;;)
			pause();
	}

	/*
	 * Main shares a CPU with a busy worker. It must read the counters when
	 * the time is over, not a guest time slice later; without the right to
	 * do so the interval only gets longer, and says so in "ns".
	 */
	sched_setscheduler(0, SCHED_FIFO, &param);
	measure(opt);
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);

	/*
	 * Threads end with the process and need no joining, but worker
	 * processes have children of their own.
	 */
	param.sched_priority = 0;
	sched_setscheduler(0, SCHED_OTHER, &param);
	if (work->processes)
		while (wait(NULL) > 0 || errno == EINTR)
			;
}

static const struct workload *find_workload(const char *name)
{
	size_t i;

	for (i = 0; i < N_WORKLOADS; i++)
		if (!strcmp(workloads[i]->name, name))
			return workloads[i];
	return NULL;
}

static void usage(FILE *to)
{
	size_t i;

	fputs("usage: pvb-work WORKLOAD [--cpus N] [--warm-ms W] [--ms M] [--seed S]\n"
	      "  --cpus N     workers, one per CPU (default: all CPUs)\n"
	      "  --warm-ms W  run this long before measuring (default: 200)\n"
	      "  --ms M       length of the measured interval (default: 1000)\n"
	      "  --seed S     chooses the workers' start offsets (default: 1)\n"
	      "workloads:", to);
	for (i = 0; i < N_WORKLOADS; i++)
		fprintf(to, " %s", workloads[i]->name);
	fputc('\n', to);
}

static unsigned long parse_number(const char *opt, const char *arg,
				  unsigned long min, unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || value < min ||
	    value > max)
		die("--%s wants a number from %lu to %lu, not '%s'", opt, min,
		    max, arg);
	return value;
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "cpus", required_argument, NULL, 'c' },
		{ "warm-ms", required_argument, NULL, 'w' },
		{ "ms", required_argument, NULL, 'm' },
		{ "seed", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	struct options opt = {
		.cpus = sysconf(_SC_NPROCESSORS_ONLN),
		.warm_ms = 200,
		.ms = 1000,
		.seed = 1,
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", longopts, NULL)) != -1) {
		switch (c) {
		case 'c':
			opt.cpus = parse_number("cpus", optarg, 1, MAX_CPUS);
			break;
		case 'w':
			opt.warm_ms = parse_number("warm-ms", optarg, 0,
						   3600000);
			break;
		case 'm':
			opt.ms = parse_number("ms", optarg, 1, 3600000);
			break;
		case 's':
			opt.seed = parse_number("seed", optarg, 0,
						UINT32_MAX);
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (argc - optind != 1) {
		usage(stderr);
		return 2;
	}
	work = find_workload(argv[optind]);
	if (!work) {
		fprintf(stderr, "pvb-work: no workload '%s'\n", argv[optind]);
		usage(stderr);
		return 2;
	}

	main_pid = getpid();
	if (work->run)
		work->run(&opt);
	else
		run_workers(&opt);
	return 0;
}
