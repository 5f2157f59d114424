// SPDX-License-Identifier: GPL-2.0
/*
 * nRIP (APM vol. 2, 15.7.1): #VMEXIT saves the address of the next instruction
 * for an intercepted instruction and zero for other exits; a software interrupt
 * or INT3 that VMRUN injects returns there.
 *
 * run: icount 30 -cpu EPYC,+svm,+npt,+nrip-save
 * run: single 30 -cpu EPYC,+svm,+npt,+nrip-save
 */
#include "lib.h"

#define SVM_NRIPS	(1U << 3)
#define SVM_EXIT_RDTSC	0x6e
#define SVM_EXIT_CPUID	0x72
#define SVM_EXIT_WBINVD	0x89
#define NEXT_RIP	0xc8		/* offset in the VMCB */
#define VECTOR_SOFT	0x60
#define VECTOR_INT3	3
#define VECTOR_TIMER	0x50

static struct svm_guest guest;
static u64 returned_to;

static u64 *next_rip(void)
{
	return (u64 *)((u8 *)&guest.vmcb + NEXT_RIP);
}

static void guest_main(void)
{
	__asm__ volatile("rdtsc\n\tcpuid\n\tpause\n\thlt\n\twbinvd\n\tvmmcall"
			 : : "a"(0), "c"(0) : "rbx", "rdx", "memory");
}

static void guest_spins(void)
{
	for (;;)
		barrier();
}

static void on_event(struct irq_frame *frame)
{
	returned_to = frame->rip;
}

static void on_timer(struct irq_frame *frame)
{
	(void)frame;
	apic_eoi();
}

static void test_instructions(void)
{
	static const struct { const char *name; u64 code; u8 len; } exits[] = {
		{ "rdtsc", SVM_EXIT_RDTSC, 2 }, { "cpuid", SVM_EXIT_CPUID, 2 },
		{ "pause", SVM_EXIT_PAUSE, 2 }, { "hlt", SVM_EXIT_HLT, 1 },
		{ "wbinvd", SVM_EXIT_WBINVD, 2 }, { "vmmcall", SVM_EXIT_VMMCALL, 3 },
	};

	svm_guest_init(&guest, guest_main);
	for (size_t i = 0; i < ARRAY_SIZE(exits); i++)
		svm_intercept(&guest.vmcb, exits[i].code, true);
	for (size_t i = 0; i < ARRAY_SIZE(exits); i++) {
		u64 code = svm_run(&guest), rip = guest.vmcb.rip;

		check(code == exits[i].code && *next_rip() == rip + exits[i].len,
		      exits[i].name, "exit %lx, nRIP %lx, RIP %lx", code, *next_rip(), rip);
		svm_skip(&guest, exits[i].len);
	}
}

static void test_interrupt(void)
{
	u64 code;

	irq_set(VECTOR_TIMER, on_timer);
	svm_guest_init(&guest, guest_spins);
	*next_rip() = 0x1234;
	apic_timer_oneshot(VECTOR_TIMER, 200000);
	code = svm_run(&guest);
	irq_window();
	check(code == SVM_EXIT_INTR && *next_rip() == 0, "interrupt-saves-zero",
	      "exit %lx, nRIP %lx", code, *next_rip());
}

static void test_injection(const char *name, u8 vector, u32 type)
{
	irq_set(vector, on_event);
	svm_guest_init(&guest, guest_main);
	returned_to = 0;
	/* RIP is of no instruction: the event must not return there */
	guest.vmcb.event_inj = EVENT_VALID | type | vector;
	*next_rip() = guest.vmcb.rip;
	guest.vmcb.rip -= 2;
	svm_run(&guest);
	check(returned_to == (u64)guest_main, name,
	      "returned to %lx, nRIP %lx", returned_to, (u64)guest_main);
}

void test_main(void)
{
	if (!svm_supported() || !(svm_features() & SVM_NRIPS)) {
		fail("nrips-offered", "CPUID has no NRIPS");
		return;
	}
	pass("nrips-offered");
	svm_enable();
	test_instructions();
	test_interrupt();
	test_injection("soft-interrupt-returns-to-nrip", VECTOR_SOFT, EVENT_SOFT);
	test_injection("int3-returns-to-nrip", VECTOR_INT3, EVENT_EXCEPTION);
}
