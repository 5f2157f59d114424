// SPDX-License-Identifier: GPL-2.0
/*
 * vips: enlarges an image with bilinear interpolation, a thread per CPU, and writes it
 * to /dev/null. Its threads take tiles from a common list and allocate for each. It is
 * linked with a hundred libraries, which costs 0.2 s of a guest's time: what is counted
 * are per cents of long runs, as vips prints them. An operation is 1000 pixels: then
 * 1000 a second are 1 megapixel/s.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "work-exec.h"

#define IMAGE		"/tmp/pvb-vips.pgm"
#define SIDE		1024
/* ".raw" makes vips write nothing but pixels */
#define NOWHERE		"/tmp/pvb-vips-null.raw"
/* What a vCPU of the lab does in 1 ms; a faster one has several runs. */
#define PIXELS_PER_MS	1600
/* A run is longer than all that is measured; but a per cent should not take long. */
#define MARGIN		4

#define SMALL		"/tmp/pvb-vips-small.pgm"
#define SMALL_SIDE	64
#define SMALL_RESULT	"/tmp/pvb-vips-small.raw"

struct run {
	char **argv;
	pid_t pid;
	FILE *progress;
	unsigned int percent;	/* of this run */
	uint64_t before;	/* per cents of the runs before */
};

static void write_image(const char *path, unsigned int side, uint64_t seed)
{
	FILE *out = fopen(path, "w");

	if (out)
		fprintf(out, "P5\n%u %u\n255\n", side, side);
	for (unsigned int y = 0; out && y < side; y++)
		for (unsigned int x = 0; x < side; x++)
			putc(seed ? next_random(&seed) : 2 * (x + y), out);
	if (!out || fclose(out))
		die("cannot write %s: %s", path, strerror(errno));
}

/*
 * A slope twice as large rises by 1 from pixel to pixel, but at the last ones of a row
 * and of a column, for which there is nothing to interpolate with.
 */
static void check_small(const char *concurrency)
{
	char *argv[] = { "vips", "affine", SMALL, SMALL_RESULT, "2 0 0 2",
			 (char *)concurrency, NULL };
	const int side = 2 * SMALL_SIDE;
	FILE *in;

	write_image(SMALL, SMALL_SIDE, 0);
	run_program(argv, no_output, NULL);
	in = fopen(SMALL_RESULT, "r");
	if (!in)
		die("vips wrote no image");
	for (int i = 0; i < side * side; i++) {
		int x = i % side, y = i / side, value = getc(in);

		if (x < side - 1 && y < side - 1 && value != x + y)
			die("vips made pixel %d, %d a %d, not a %d", x, y, value, x + y);
	}
	fclose(in);
}

static void start_run(struct run *r)
{
	int fds[2];

	if (pipe(fds))
		die("cannot make a pipe: %s", strerror(errno));
	r->pid = fork();
	if (r->pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!r->pid) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execvp(r->argv[0], r->argv);
		die("cannot run vips: %s", strerror(errno));
	}
	close(fds[1]);
	r->progress = fdopen(fds[0], "r");
	if (!r->progress)
		die("out of memory");
	r->percent = 0;
}

static int end_run(struct run *r)
{
	int status;

	fclose(r->progress);
	while (waitpid(r->pid, &status, 0) < 0)
		if (errno != EINTR)
			die("cannot wait for vips: %s", strerror(errno));
	return status;
}

/*
 * Waits for the next per cent, "vips temp-1: 47% complete\r", and returns all per cents
 * of all runs until then.
 */
static uint64_t next_percent(struct run *r)
{
	char *text = NULL, *at;
	size_t size = 0;
	unsigned int percent;
	int status;

	while (getdelim(&text, &size, '\r', r->progress) > 0) {
		at = strrchr(text, ':');
		if (at && sscanf(at, ": %u%% complete", &percent) == 1 &&
		    percent > r->percent) {
			r->percent = percent;
			free(text);
			return r->before + percent;
		}
	}
	free(text);
	status = end_run(r);
	if (status)
		die("vips failed: status %#x", status);
	if (!r->percent)
		die("vips printed no progress");
	r->before += 100;
	start_run(r);
	return r->before;
}

static void measure_runs(const struct options *opt, struct run *r, uint64_t pixels)
{
	uint64_t begin, end, first, last;

	wait_start_offset(opt);
	start_run(r);
	begin = now_ns();
	do {
		first = next_percent(r);
	} while (now_ns() < begin + opt->warm_ms * NSEC_PER_MSEC);

	report("begin vips\n");
	begin = now_ns();
	do {
		last = next_percent(r);
		end = now_ns();
	} while (end < begin + opt->ms * NSEC_PER_MSEC);
	report("end vips ops %llu ns %llu\n",
	       (unsigned long long)((last - first) * pixels / 100 / 1000),
	       (unsigned long long)(end - begin));
	kill(r->pid, SIGKILL);
	end_run(r);
}

static void vips_run(const struct options *opt)
{
	double factor = sqrt(MARGIN * PIXELS_PER_MS * opt->cpus * (opt->warm_ms + opt->ms)) / SIDE;
	char concurrency[40], matrix[40];
	char *argv[] = { "vips", "affine", IMAGE, NOWHERE, matrix, concurrency, "--vips-progress",
			 NULL };
	struct run r = { .argv = argv };

	need_program("vips", "libvips-tools");
	snprintf(concurrency, sizeof(concurrency), "--vips-concurrency=%u", opt->cpus);
	/* a whole factor: no pixels are lost to rounding */
	factor = ceil(factor);
	snprintf(matrix, sizeof(matrix), "%.0f 0 0 %.0f", factor, factor);
	check_small(concurrency);
	write_image(IMAGE, SIDE, opt->seed + 1);
	unlink(NOWHERE);
	if (symlink("/dev/null", NOWHERE))
		die("cannot make " NOWHERE ": %s", strerror(errno));
	measure_runs(opt, &r, (uint64_t)(factor * factor * SIDE * SIDE));
}

const struct workload work_vips = {
	.name = "vips",
	.run = vips_run,
};
