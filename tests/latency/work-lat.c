// SPDX-License-Identifier: GPL-2.0
/*
 * lat-lock, lat-ipi: how long the guest's kernel waits for a contended spinlock,
 * how long a holder is off its CPU, how long an IPI takes there and back. The
 * work is done by the module pvb_lat; this loads it, times it, and reports
 * percentiles and the whole histograms ("hist WORKLOAD MEASURE FROM TO COUNT").
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "work-exec.h"

#define MODULE		"/lib/pvb_lat.ko"
#define CONTROL		"/sys/kernel/debug/pvb_lat/control"
#define HIST		"/sys/kernel/debug/pvb_lat/hist"
#define MAX_BUCKETS	2048

struct bucket {
	char measure[16];
	unsigned long long from, to, count;
};

static struct bucket buckets[MAX_BUCKETS];
static size_t n_buckets;

static void load_module(void)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("%s: %s (run-l1 puts the module of the guest's kernel there)",
		    MODULE, strerror(errno));
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		die("cannot load %s: %s", MODULE, strerror(errno));
	close(fd);
}

static void control(const char *word)
{
	int fd = open(CONTROL, O_WRONLY | O_CLOEXEC);
	ssize_t len = strlen(word);

	if (fd < 0 || write(fd, word, len) != len)
		die("%s: '%s': %s", CONTROL, word, strerror(errno));
	close(fd);
}

/* Returns the operations counted. */
static unsigned long long read_hist(const char *measure, unsigned long long *max)
{
	unsigned long long ops = 0, value;
	FILE *in = fopen(HIST, "r");
	char line[128], name[16];

	if (!in)
		die("%s: %s", HIST, strerror(errno));
	n_buckets = 0;
	*max = 0;
	while (fgets(line, sizeof(line), in)) {
		struct bucket *b = &buckets[n_buckets];

		if (sscanf(line, "ops %llu", &value) == 1)
			ops = value;
		else if (sscanf(line, "max %15s %llu", name, &value) == 2)
			*max = strcmp(name, measure) ? *max : value;
		else if (n_buckets < MAX_BUCKETS - 1 &&
			 sscanf(line, "%15s %llu %llu %llu", b->measure,
				&b->from, &b->to, &b->count) == 4)
			n_buckets++;
		else
			die("%s: cannot read '%s'", HIST, line);
	}
	fclose(in);
	return ops;
}

/* Nearest rank, in per mille; the longest that the bucket can hold. */
static unsigned long long percentile(const char *measure, unsigned int pm,
				     unsigned long long max)
{
	unsigned long long total = 0, seen = 0;
	size_t i;

	for (i = 0; i < n_buckets; i++)
		if (!strcmp(buckets[i].measure, measure))
			total += buckets[i].count;
	for (i = 0; i < n_buckets; i++) {
		if (strcmp(buckets[i].measure, measure))
			continue;
		seen += buckets[i].count;
		if (seen * 1000 >= total * pm)
			return buckets[i].to - 1 < max ? buckets[i].to - 1 : max;
	}
	return 0;
}

static void lat_run(const struct options *opt, const char *name,
		    const char *start, const char *measure, const char *second)
{
	struct sched_param param = { .sched_priority = 1 };
	unsigned long long ops, max, max2;
	uint64_t begin, end;
	char word[64];

	load_module();
	wait_start_offset(opt);
	/* It must end the measurement when the time is over. */
	sched_setscheduler(0, SCHED_FIFO, &param);
	snprintf(word, sizeof(word), "start %s %llu", start,
		 (unsigned long long)opt->seed);
	control(word);
	sleep_until(now_ns() + opt->warm_ms * NSEC_PER_MSEC);
	report("begin %s\n", name);
	control("reset");
	begin = now_ns();
	sleep_until(begin + opt->ms * NSEC_PER_MSEC);
	end = now_ns();
	control("stop");

	read_hist(second, &max2);
	ops = read_hist(measure, &max);
	report("end %s ops %llu ns %llu p50_ns %llu p99_ns %llu p999_ns %llu max_ns %llu %s_p50_ns %llu %s_p99_ns %llu %s_max_ns %llu\n",
	       name, ops, (unsigned long long)(end - begin),
	       percentile(measure, 500, max), percentile(measure, 990, max),
	       percentile(measure, 999, max), max, second,
	       percentile(second, 500, max2), second,
	       percentile(second, 990, max2), second, max2);
	for (size_t i = 0; i < n_buckets; i++)
		report("hist %s %s %llu %llu %llu\n", name, buckets[i].measure,
		       buckets[i].from, buckets[i].to, buckets[i].count);
}

static void lat_lock_run(const struct options *opt)
{
	lat_run(opt, "lat-lock", "lock", "lock_wait", "lock_gap");
}

static void lat_ipi_run(const struct options *opt)
{
	lat_run(opt, "lat-ipi", "ipi", "ipi_one", "ipi_all");
}

const struct workload work_lat_lock = {
	.name = "lat-lock",
	.run = lat_lock_run,
};

const struct workload work_lat_ipi = {
	.name = "lat-ipi",
	.run = lat_ipi_run,
};
