/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of a VM for tests of the policy: what KVM would say of each vCPU, and ways to
 * set it up and to ask the policy. No tests: those are in test-boost-graph.c and
 * random-boost.c.
 */
#ifndef BOOST_MODEL_H
#define BOOST_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "boost_graph.h"

#define MAX	256

#define LOCK	KVM_PV_BOOST_WAIT_LOCK
#define IPI	KVM_PV_BOOST_WAIT_IPI
#define TASK	KVM_PV_BOOST_WAIT_TASK
#define OFF	KVM_PV_BOOST_WAIT_IRQS_OFF
#define MASK	KVM_PV_BOOST_WAIT_MASK_VALID
#define NOCPU	KVM_PV_BOOST_CPU_NONE

struct vcpu {
	u32 state;
	u64 word;		/* as the guest wrote it */
	bool owes[MAX];
	u64 mask[KVM_PV_BOOST_MAX_CPUS / 64];
	int cpu;		/* the guest's number, or -1 */
	u64 left;
	u64 rip;
	u64 since;
};

extern struct vcpu vm[MAX];
extern u32 nr;
extern unsigned int calls;	/* for states, words, numbers and masks */
/* What a vCPU that runs does while its mask is read: its word is this one then. */
extern u64 word_after_mask;
extern bool changes_word;
extern struct boost_decision d;	/* the last one */

void reset(u32 n);
void waits(u32 vcpu, u32 kind, u32 flags, u32 cpu);
void hinted(u32 spinner);
void agnostic(u32 spinner, bool in_kernel, bool irqs_off);

/* random-boost.c */
void trees_agree_with_the_definition(void **unused);
void nonsense_is_bounded_and_harmless(void **unused);
void random_agnostic_choices_obey_the_rules(void **unused);

#endif
