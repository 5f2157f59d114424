// SPDX-License-Identifier: GPL-2.0
/*
 * SVM pause filter and threshold (APM vol. 2, 15.14.4): the exact number of
 * PAUSEs a guest executes until it exits. The PAUSE that exits is counted.
 * The threshold needs exact time, so it is checked with icount only.
 *
 * run: icount 180
 * run: icount 180 -smp 4 -icount shift=1,sleep=off,quantum=2000,pause=20
 * run: multi 180 -append threshold=0
 * run: single 180 -append threshold=0
 */
#include "lib.h"

#define THRESHOLD	10000		/* TSC ticks */
#define SHORT_DELAY	(THRESHOLD / 4)
#define LONG_DELAY	(THRESHOLD * 2)
#define FOREVER		1000000

static struct svm_guest guest;
/* What the guest does, and how far it came. */
static u32 first, burst, delay, bursts, pauses;

/*
 * `bursts` times: `burst` PAUSEs (`first` PAUSEs in the first one), then
 * `delay` ticks without; then VMMCALL.
 */
static void guest_main(void)
{
	for (u32 b = 0; b < bursts; b++) {
		for (u32 i = 0; i < (b ? burst : first); i++) {
			WRITE_ONCE(pauses, pauses + 1);
			pause();
		}
		if (delay)
			delay_ticks(delay);
	}
}

static void setup(u16 count, u16 threshold)
{
	svm_guest_init(&guest, guest_main);
	svm_intercept(&guest.vmcb, SVM_EXIT_PAUSE, true);
	guest.vmcb.pause_filter_count = count;
	guest.vmcb.pause_filter_thresh = threshold;
	pauses = 0;
}

static void plan(u32 bursts_, u32 burst_, u32 delay_)
{
	bursts = bursts_;
	first = burst = burst_;
	delay = delay_;
}

static void expect(const char *name, u64 want_exit, u32 want_pauses)
{
	u64 code = svm_run(&guest);

	check(code == want_exit && pauses == want_pauses, name,
	      "exit %lx after %u PAUSEs, expected %lx after %u",
	      code, pauses, want_exit, want_pauses);
}

/* The next exits of a guest that was let past the PAUSE it exited at. */
static void expect_again(const char *name, u32 want_pauses)
{
	svm_skip(&guest, PAUSE_LEN);
	pauses = 0;
	expect(name, SVM_EXIT_PAUSE, want_pauses);
}

static void test_count(u16 threshold)
{
	static const struct { u16 n; const char *name, *with_threshold; } counts[] = {
		{ 1, "count-1", "count-1-threshold" },
		{ 2, "count-2", "count-2-threshold" },
		{ 10, "count-10", "count-10-threshold" },
		{ 300, "count-300", "count-300-threshold" },
		{ 3000, "count-3000", "count-3000-threshold" },
		{ 65535, "count-65535", "count-65535-threshold" },
	};

	plan(1, FOREVER, 0);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		setup(counts[i].n, threshold);
		expect(threshold ? counts[i].with_threshold : counts[i].name,
		       SVM_EXIT_PAUSE, counts[i].n);
	}
	setup(0, threshold);
	expect(threshold ? "count-0-threshold-each-exits" : "count-0-each-exits",
	       SVM_EXIT_PAUSE, 1);
	expect_again(threshold ? "count-0-threshold-second-exits" : "count-0-second-exits", 1);
}

static void test_reload_on_vmrun(void)
{
	plan(1, FOREVER, 0);
	setup(300, 0);
	expect("first-exit", SVM_EXIT_PAUSE, 300);
	expect_again("pause-exit-reloads", 300);

	/* The VMCB is read at each VMRUN, not once. */
	guest.vmcb.pause_filter_count = 7;
	expect_again("new-count-taken-at-vmrun", 7);

	/* Any #VMEXIT will do: 200 PAUSEs, VMMCALL, and the count starts again. */
	plan(1, 200, 0);
	setup(300, 0);
	expect("no-exit-below-count", SVM_EXIT_VMMCALL, 200);
	svm_guest_restart(&guest, guest_main);
	expect("vmmcall-exit-reloads", SVM_EXIT_VMMCALL, 400);

	/* The host's PAUSEs don't count. */
	for (int i = 0; i < 1000; i++)
		pause();
	svm_guest_restart(&guest, guest_main);
	expect("host-pauses-not-counted", SVM_EXIT_VMMCALL, 600);
}

static void test_no_intercept(void)
{
	plan(1, 1000, 0);
	setup(10, 0);
	svm_intercept(&guest.vmcb, SVM_EXIT_PAUSE, false);
	expect("no-exit-without-intercept", SVM_EXIT_VMMCALL, 1000);
}

static void test_threshold(void)
{
	plan(3, 200, LONG_DELAY);
	setup(300, THRESHOLD);
	expect("long-delay-reloads", SVM_EXIT_VMMCALL, 600);

	plan(2, 400, LONG_DELAY);
	setup(400, THRESHOLD);
	expect("exit-before-delay", SVM_EXIT_PAUSE, 400);

	/* The PAUSE after the delay reloads and isn't counted itself. */
	plan(2, FOREVER, LONG_DELAY);
	first = 100;
	setup(200, THRESHOLD);
	expect("reloading-pause-not-counted", SVM_EXIT_PAUSE, 100 + 1 + 200);
	plan(5, 200, LONG_DELAY);
	first = 199;
	setup(200, THRESHOLD);
	expect("burst-of-count-after-delay", SVM_EXIT_VMMCALL, 199 + 4 * 200);

	plan(FOREVER, 200, SHORT_DELAY);
	setup(300, THRESHOLD);
	expect("short-delay-does-not-reload", SVM_EXIT_PAUSE, 300);

	plan(FOREVER, 200, LONG_DELAY);
	setup(300, 0);
	expect("threshold-0-never-reloads", SVM_EXIT_PAUSE, 300);

	plan(1000, 1, LONG_DELAY);
	setup(1, THRESHOLD);
	expect("first-pause-has-no-predecessor", SVM_EXIT_PAUSE, 1);
	setup(2, THRESHOLD);
	expect("far-apart-never-exits", SVM_EXIT_VMMCALL, 1000);

	/* Neither the time since another guest's PAUSE nor since the host's. */
	plan(1, FOREVER, 0);
	setup(300, THRESHOLD);
	pause();
	delay_ticks(LONG_DELAY);
	expect("time-before-vmrun-not-counted", SVM_EXIT_PAUSE, 300);
	delay_ticks(LONG_DELAY);
	expect_again("time-between-runs-not-counted", 300);
}

/* The four cases of pause_filter_test in kvm-unit-tests. */
static void test_kvm_unit_tests(bool threshold)
{
	plan(1, 10, 0);
	setup(9, 0);
	expect("kvm-unit-tests-10-9", SVM_EXIT_PAUSE, 9);
	plan(1, 20, 0);
	setup(21, 0);
	expect("kvm-unit-tests-20-21", SVM_EXIT_VMMCALL, 20);
	if (!threshold)
		return;
	plan(2, 20, 1000);
	setup(21, 100);
	expect("kvm-unit-tests-20-21-far", SVM_EXIT_VMMCALL, 40);
	plan(2, 20, 100);
	setup(21, 10000);
	expect("kvm-unit-tests-20-21-near", SVM_EXIT_PAUSE, 21);
}

void test_main(void)
{
	bool threshold = option("threshold", 1);
	u32 f = svm_features();

	if (!check(f & SVM_PAUSEFILTER, "cpuid-pause-filter", "CPUID 8000000a EDX is %x", f) ||
	    !check(f & SVM_PFTHRESHOLD, "cpuid-pfthreshold", "CPUID 8000000a EDX is %x", f))
		return;
	svm_enable();
	test_count(0);
	test_reload_on_vmrun();
	test_no_intercept();
	test_kvm_unit_tests(threshold);
	if (threshold) {
		test_count(THRESHOLD);
		test_threshold();
	}
}
