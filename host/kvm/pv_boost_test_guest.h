/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest of pv_boost_test: a loop that executes the commands the host gives it, and
 * where the pages are. It checks nothing of pv-boost itself: what an instruction did
 * goes into the command, for the host to judge.
 */
#ifndef SELFTEST_KVM_PV_BOOST_TEST_GUEST_H
#define SELFTEST_KVM_PV_BOOST_TEST_GUEST_H

#include <asm/kvm_pv_boost.h>

#include "test_util.h"
#include "kvm_util.h"
#include "processor.h"
#include "apic.h"
#include "svm_util.h"
#include "pv_boost_test_seam.h"

#define X86_FEATURE_KVM_PV_BOOST \
	KVM_X86_CPU_FEATURE(0x40000001, 0, EAX, KVM_FEATURE_PV_BOOST)

#define MAX_TEST_VCPUS	8

/* A memory slot for the pages. */
#define PAGES_GPA	0x10000000ULL
#define PAGES_SLOT	10
#define NR_PAGES	16
/* No memory, ever. */
#define HOLE_GPA	0xd0000000ULL

enum op {
	OP_NOP, OP_CPUID, OP_WRMSR, OP_RDMSR, OP_HYPERCALL, OP_SEND_INIT, OP_REGISTER_LOOP,
	OP_COUNT, OP_NESTED,
};

struct command {
	u64 op;
	u64 arg;
	u64 result;
	u64 vector;
};

static struct command commands[MAX_TEST_VCPUS];
static struct svm_test_data *guest_svm;

static void l2_guest(void)
{
	GUEST_SYNC(1);
	vmmcall();
}

static void run_nested(void)
{
	generic_svm_setup(guest_svm, l2_guest);
	run_guest(guest_svm->vmcb, guest_svm->vmcb_gpa);
	GUEST_ASSERT_EQ(guest_svm->vmcb->control.exit_code, SVM_EXIT_VMMCALL);
}

static void guest_main(u64 index)
{
	struct command *c = &commands[index];
	u64 i;

	for (;;) {
		GUEST_SYNC(0);
		switch (READ_ONCE(c->op)) {
		case OP_WRMSR:
			c->vector = wrmsr_safe(MSR_KVM_PV_BOOST, c->arg);
			break;
		case OP_RDMSR:
			c->vector = rdmsr_safe(MSR_KVM_PV_BOOST, &c->result);
			break;
		case OP_CPUID:
			c->result = this_cpu_has(X86_FEATURE_KVM_PV_BOOST);
			break;
		case OP_COUNT:
			for (i = 0; i < c->arg; i++)
				barrier();
			break;
		case OP_HYPERCALL:
			c->result = kvm_hypercall(KVM_HC_PV_BOOST, c->arg & 0xff,
						  (u32)~(c->arg >> 32), 0, 0);
			break;
		case OP_SEND_INIT:
			x2apic_enable();
			x2apic_write_reg(APIC_ICR, APIC_DEST_PHYSICAL | APIC_DM_INIT |
					 APIC_INT_ASSERT | c->arg << 32);
			break;
		case OP_REGISTER_LOOP:
			c->result = 0;
			for (i = 0; i < c->arg; i++)
				c->result += !wrmsr_safe(MSR_KVM_PV_BOOST,
							 (PAGES_GPA + (i & 1) * PAGE_SIZE) | 1);
			break;
		case OP_NESTED:
			run_nested();
			break;
		}
	}
}

#endif
