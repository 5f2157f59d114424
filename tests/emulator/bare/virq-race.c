// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual interrupts raised by VMRUN and IPIs sent by another CPU at the same
 * time share one word in the emulator; neither may get lost.
 *
 * First CPU 1 sends IPIs as fast as it can while CPU 0 doesn't take them, and each
 * VMRUN with V_IRQ has to exit with VINTR before the guest's first instruction.
 * Then CPU 1 sends IPIs one by one and waits for each; one is lost if CPU 0 has
 * been through many round trips, each with interrupts on, without taking it.
 *
 * run: multi 300 -smp 2
 */
#include "lib.h"

#define VECTOR		0x60
#define ROUNDS		300000
#define IPIS		10000
#define PATIENCE	2000	/* round trips */

static struct svm_guest guest;
static u32 rounds, handled, done, lost_ipis, ipis, storm_ipis;

static void on_ipi(struct irq_frame *f)
{
	(void)f;
	apic_eoi();
	WRITE_ONCE(handled, handled + 1);
}

static void send_storm(void)
{
	while (!READ_ONCE(done)) {
		apic_ipi(0, VECTOR);
		storm_ipis++;
	}
}

static void send_one_by_one(void)
{
	for (u32 i = 0; i < ipis; i++) {
		u32 before = READ_ONCE(handled), start, now;

		apic_ipi(0, VECTOR);
		start = READ_ONCE(rounds);
		/* In this order: this CPU may stand still between the two. */
		while (now = READ_ONCE(rounds), READ_ONCE(handled) == before)
			if (now - start > PATIENCE) {
				lost_ipis++;
				break;
			}
	}
	WRITE_ONCE(done, 1);
}

static void guest_main(void)
{
	for (;;)
		vmmcall();
}

static u64 run_with_virq(void)
{
	guest.vmcb.int_ctl = V_INTR_MASKING | V_IRQ | V_IGN_TPR | V_INTR_PRIO(15);
	svm_guest_restart(&guest, guest_main);
	return svm_run(&guest);
}

static void __noreturn unexpected_exit(void)
{
	panic("exit %lx, info %lx %lx, at %lx", guest.vmcb.exit_code, guest.vmcb.exit_info_1,
	      guest.vmcb.exit_info_2, guest.vmcb.rip);
}

void test_main(void)
{
	u32 total = option("rounds", ROUNDS), lost = 0;

	ipis = option("ipis", IPIS);
	irq_set(VECTOR, on_ipi);
	svm_enable();
	svm_guest_init(&guest, guest_main);

	guest.host_irqs_off = true;
	guest.vmcb.rflags |= FLAGS_IF;
	svm_intercept(&guest.vmcb, SVM_EXIT_VINTR, true);
	cpu_start(1, send_storm);
	for (u32 i = 0; i < total; i++) {
		u64 code = run_with_virq();

		if (code == SVM_EXIT_VMMCALL)
			lost++;
		else if (code != SVM_EXIT_VINTR)
			unexpected_exit();
	}
	WRITE_ONCE(done, 1);
	cpu_join(1);
	irq_window();
	printf("%u IPIs\n", storm_ipis);
	check(!lost, "no-virtual-interrupt-lost", "%u of %u", lost, total);

	/* Interrupts off in the guest: V_IRQ stays pending. */
	guest.host_irqs_off = false;
	guest.vmcb.rflags &= ~FLAGS_IF;
	done = 0;
	cpu_start(1, send_one_by_one);
	while (!READ_ONCE(done)) {
		u64 code = run_with_virq();

		irq_window();
		if (code != SVM_EXIT_VMMCALL && code != SVM_EXIT_INTR)
			unexpected_exit();
		WRITE_ONCE(rounds, rounds + 1);
	}
	printf("%u round trips\n", rounds);
	check(!lost_ipis, "no-ipi-lost", "%u of %u", lost_ipis, ipis);
}
