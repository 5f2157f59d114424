// SPDX-License-Identifier: GPL-2.0
/*
 * vmctl: starts guests in L1, lines their jobs up, and measures them from the
 * host's side.
 *
 * The first --vm is the one measured; the others are company (a hog, say) whose
 * jobs repeat until the first is done. No job starts before all guests are up,
 * and none of the measured guest before all company is at work. At the "begin"
 * and "end" line of each job vmctl reads what host and KVM know of every guest
 * (CPU time of its threads, KVM's statistics, PAUSE exits from the kvm_exit
 * tracepoint) and writes the differences to cell.tsv, pauses.tsv and timeline.tsv.
 *
 * It decides nothing about what the figures mean: that is pvb-stat's work,
 * outside. A guest that ends without its nonce, or not in time, is a failure.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cgroups.h"
#include "guests.h"
#include "measure.h"
#include "options.h"
#include "pauses.h"
#include "vmctl.h"

struct vm vms[MAX_VMS];
unsigned int nr_vms;
enum layout layout = LAYOUT_FLAT;
const char *out_dir = "/out";
unsigned int limit_s = 240;

void die(int code, const char *fmt, ...)
{
	va_list ap;

	fputs("vmctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	for (unsigned int i = 0; i < nr_vms; i++)
		if (vms[i].pid > 0)
			kill(vms[i].pid, SIGKILL);
	exit(code);
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

int main(int argc, char **argv)
{
	struct sched_param fifo = { .sched_priority = 1 };

	parse_options(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	/* Snapshots are taken when the guest speaks, not when vmctl has its turn. */
	if (sched_setscheduler(0, SCHED_FIFO, &fifo) && !REAL_HOST)
		die(EX_LAB, "SCHED_FIFO: %s", strerror(errno));

	open_measurements();
	setup_cgroups();
	if (!REAL_HOST)
		setup_trace();
	for (unsigned int i = 0; i < nr_vms; i++) {
		/* What seeds vary begins with the time at which a guest starts. */
		snprintf(vms[i].nonce, sizeof(vms[i].nonce), "%08x%u",
			 (vms[i].seed + 1) * 2654435761u, i);
		usleep(vms[i].start_us);
		start_vm(&vms[i]);
	}
	run_guests();
	stop_guests();
	return vms[0].exit_code;
}
