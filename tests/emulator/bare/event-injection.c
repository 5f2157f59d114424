// SPDX-License-Identifier: GPL-2.0
/*
 * An event injected by VMRUN is delivered exactly once, also when the emulator
 * leaves its inner loop just then. With icount it does when a timer expires: a
 * sweep lets that happen at each instruction around VMRUN. With MTTCG the other
 * CPU's IPIs, which stay pending here, make it do so at any time.
 *
 * run: icount 180 -smp 1
 * run: icount 180 -smp 1 -icount shift=1,sleep=off,quantum=521
 * run: multi 180 -smp 2
 */
#include "lib.h"

#define VECTOR_INJECT	0x50
#define VECTOR_TIMER	0x51
#define VECTOR_IPI	0x52
#define VECTOR_SOFT	0x53
#define VECTOR_NMI	2
#define VECTOR_UD	6
#define VECTOR_GP	13
#define ERROR_CODE	0x1234
#define SWEEP		3000	/* ns; VMRUN is 1,000 or so after the start */
#define STRESS_ROUNDS	20000

static struct svm_guest guest;
static u32 delivered[256], errors_wrong, stop;

static void on_event(struct irq_frame *f)
{
	delivered[f->vector]++;
	if (f->vector == VECTOR_GP && f->error != ERROR_CODE)
		errors_wrong++;
}

static void on_timer(struct irq_frame *f)
{
	(void)f;
	apic_eoi();
}

static void guest_main(void)
{
	for (;;)
		vmmcall();
}

/* One VMRUN with the event; how often did the handler run until VMMCALL? */
static u32 inject(u32 type, u8 vector)
{
	u32 before = delivered[vector];
	u64 code;

	guest.vmcb.event_inj = EVENT_VALID | type | vector;
	guest.vmcb.event_inj_err = 0;
	if (vector == VECTOR_GP) {
		guest.vmcb.event_inj |= 1U << 11;
		guest.vmcb.event_inj_err = ERROR_CODE;
	}
	/* Where a software interrupt returns to, with nrip-save. */
	guest.vmcb.next_rip = guest.vmcb.rip;
	while ((code = svm_run(&guest)) == SVM_EXIT_INTR) {
		if (guest.vmcb.exit_int_info & EVENT_VALID) {
			guest.vmcb.event_inj = guest.vmcb.exit_int_info;
			guest.vmcb.event_inj_err = guest.vmcb.exit_int_info_err;
			guest.vmcb.next_rip = guest.vmcb.rip;
		}
		irq_window();
	}
	if (code != SVM_EXIT_VMMCALL)
		panic("exit %lx, info %lx %lx, at %lx", code, guest.vmcb.exit_info_1,
		      guest.vmcb.exit_info_2, guest.vmcb.rip);
	svm_skip(&guest, VMMCALL_LEN);
	return delivered[vector] - before;
}

static void send_ipis(void)
{
	while (!READ_ONCE(stop))
		apic_ipi(0, VECTOR_IPI);
}

static void test_event(const char *name, u32 type, u8 vector, bool alone)
{
	u32 rounds = alone ? SWEEP : STRESS_ROUNDS, lost = 0, twice = 0, first = 0;

	errors_wrong = 0;
	for (u32 i = 0; i < rounds; i++) {
		u32 n;

		if (alone)
			apic_timer_oneshot(VECTOR_TIMER, i + 1);
		n = inject(type, vector);
		lost += n == 0;
		twice += n > 1;
		if (n != 1 && !first)
			first = i + 1;
		if (alone) {
			apic_timer_stop();
			irq_window();
		}
	}
	check(!lost && !twice && !errors_wrong, name,
	      "%u injections: %u lost, %u delivered more than once, %u wrong error codes; first in round %u",
	      rounds, lost, twice, errors_wrong, first);
}

void test_main(void)
{
	bool alone = cpu_count() == 1;

	irq_set(VECTOR_INJECT, on_event);
	irq_set(VECTOR_SOFT, on_event);
	irq_set(VECTOR_NMI, on_event);
	irq_set(VECTOR_UD, on_event);
	irq_set(VECTOR_GP, on_event);
	irq_set(VECTOR_TIMER, on_timer);
	irq_set(VECTOR_IPI, on_timer);
	svm_enable();
	svm_guest_init(&guest, guest_main);
	/* Kicks only, no exits: the exit would hide what the kick does. */
	guest.host_irqs_off = !alone;
	if (!alone)
		cpu_start(1, send_ipis);
	test_event("interrupt", EVENT_INTR, VECTOR_INJECT, alone);
	test_event("software-interrupt", EVENT_SOFT, VECTOR_SOFT, alone);
	test_event("nmi", EVENT_NMI, VECTOR_NMI, alone);
	test_event("exception", EVENT_EXCEPTION, VECTOR_UD, alone);
	test_event("exception-with-error-code", EVENT_EXCEPTION, VECTOR_GP, alone);
	WRITE_ONCE(stop, 1);
	if (!alone)
		cpu_join(1);
}
