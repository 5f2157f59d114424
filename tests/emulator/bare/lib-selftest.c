// SPDX-License-Identifier: GPL-2.0
/*
 * Does the library work at all: CPUs, IPIs, the APIC timer, a guest, and an
 * interrupt that ends the guest. If this fails, believe no other test.
 *
 * run: icount 180 -smp 3
 * run: multi 180 -smp 3
 */
#include "lib.h"

#define VECTOR 0x40

static int started[MAX_CPUS], ipis, ticks, guest_loops;
static struct svm_guest guest;

static void on_ipi(struct irq_frame *f)
{
	(void)f;
	__atomic_add_fetch(&ipis, 1, __ATOMIC_RELAXED);
	apic_eoi();
}

static void on_tick(struct irq_frame *f)
{
	(void)f;
	ticks++;
	apic_eoi();
}

static void ap_main(void)
{
	started[cpu_id()]++;
	while (READ_ONCE(ipis) < cpu_id())
		irq_wait();
}

static void guest_main(void)
{
	for (;;) {
		guest_loops++;
		vmmcall();
		while (!READ_ONCE(ticks))
			pause();
	}
}

void test_main(void)
{
	int n = cpu_count();
	u64 t, code;

	irq_set(VECTOR, on_ipi);
	for (int i = 1; i < n; i++)
		cpu_start(i, ap_main);
	/* CPU i leaves after the ith interrupt; they come one by one. */
	for (int i = 1; i < n; i++) {
		apic_ipi(i, VECTOR);
		cpu_join(i);
	}
	check(n == 3 && started[1] == 1 && started[2] == 1 && ipis == 2, "cpus",
	      "%d CPUs, %d IPIs", n, ipis);

	irq_set(VECTOR + 1, on_tick);
	t = rdtsc();
	apic_timer_oneshot(VECTOR + 1, 1000000);
	irq_wait();
	t = rdtsc() - t;
	check(ticks == 1 && t >= 900000, "timer", "%d ticks after %lu", ticks, t);

	svm_enable();
	svm_guest_init(&guest, guest_main);
	ticks = 0;
	code = svm_run(&guest);
	check(code == SVM_EXIT_VMMCALL && guest_loops == 1, "vmmcall",
	      "exit %lx, %d loops", code, guest_loops);
	svm_skip(&guest, VMMCALL_LEN);
	apic_timer_oneshot(VECTOR + 1, 1000000);
	code = svm_run(&guest);
	check(code == SVM_EXIT_INTR && ticks == 0, "interrupt-exit",
	      "exit %lx, %d ticks", code, ticks);
	irq_window();
	code = svm_run(&guest);
	check(code == SVM_EXIT_VMMCALL && guest_loops == 2 && ticks == 1, "resume",
	      "exit %lx, %d loops, %d ticks", code, guest_loops, ticks);
}
