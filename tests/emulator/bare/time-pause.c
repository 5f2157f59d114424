// SPDX-License-Identifier: GPL-2.0
/*
 * -icount pause=NS, vmexit=NS: PAUSE and a VM exit take that much of their
 * CPU's own time, and the SVM pause filter compares its threshold with the
 * CPU's own time: KVM's defaults (128 cycles, 3000 PAUSEs) count each PAUSE of
 * a spin loop, although the clock jumps by the other CPUs' slots in between.
 *
 * run: icount 60 -smp 1 -icount quantum=2003
 * run: icount 60 -smp 4 -icount quantum=2003
 * run: icount 60 -smp 4 -icount quantum=521,pause=0 -append pause=2
 * run: icount 60 -smp 2 -icount quantum=2003,pause=44,vmexit=1000 -append pause=44,vmexit=1000
 * run: icount 60 -smp 2 -icount quantum=600,pause=3000,vmexit=20000 -append pause=3000,vmexit=20000
 */
#include "lib.h"

#define PAUSES		100000
#define EXITS		1000
#define FILTER_COUNT	3000
#define FILTER_THRESH	128

static struct svm_guest guest;
static bool stop;
static u64 pauses, gap;

static void spin(void)
{
	while (!READ_ONCE(stop))
		pause();
}

static void pausing_guest(void)
{
	for (;;) {
		pauses++;
		pause();
		for (u64 n = gap; n; n--)
			barrier();
	}
}

static void exiting_guest(void)
{
	for (;;)
		vmmcall();
}

/* Time from one exit to the next. */
static u64 exits_take(int n)
{
	u64 t;

	svm_guest_restart(&guest, exiting_guest);
	t = rdtsc();
	for (int i = 0; i < n; i++) {
		svm_run(&guest);
		svm_skip(&guest, VMMCALL_LEN);
		svm_guest_restart(&guest, exiting_guest);
	}
	return (rdtsc() - t) / n;
}

void test_main(void)
{
	int n = cpu_count();
	u64 cost = option("pause", 20), exit_cost = option("vmexit", 0);
	u64 t, want, count = PAUSES;

	for (int c = 1; c < n; c++)
		cpu_start(c, spin);

	t = rdtsc();
	__asm__ volatile("1: pause; dec %0; jnz 1b" : "+r"(count));
	t = rdtsc() - t;
	want = PAUSES * (cost + 2 * 2);
	/* a round at each end */
	check(t + 8000 >= want && t <= want + 8000, "pause-takes-its-time",
	      "%lu ns for %u, expected %lu", t, PAUSES, want);

	svm_enable();
	svm_guest_init(&guest, exiting_guest);
	t = exits_take(EXITS);
	/* VMRUN to VMRUN, lib.c's and the loop's instructions take 50 to 300 ns */
	check(t >= exit_cost + 50 && t <= exit_cost + 300, "vm-exit-takes-its-time",
	      "%lu ns with the instructions of the loop, %lu without", t, exit_cost);

	if (cost <= FILTER_THRESH / 2) {
		svm_guest_init(&guest, pausing_guest);
		svm_intercept(&guest.vmcb, SVM_EXIT_PAUSE, true);
		guest.vmcb.pause_filter_count = FILTER_COUNT;
		guest.vmcb.pause_filter_thresh = FILTER_THRESH;
		for (int i = 0; i < 20; i++) {
			u64 code;

			pauses = 0;
			code = svm_run(&guest);
			if (!check(code == SVM_EXIT_PAUSE && pauses == FILTER_COUNT,
				   "filter-counts-own-time", "exit %lx after %lu PAUSEs",
				   code, pauses))
				break;
			svm_skip(&guest, PAUSE_LEN);
		}
	}

	stop = true;
	for (int c = 1; c < n; c++)
		cpu_join(c);
}
