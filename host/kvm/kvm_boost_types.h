/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pv-boost, host side: what each vCPU has of it, and its counters. Included by
 * <asm/kvm_host.h> after KVM_MAX_VCPUS. No functions.
 */
#ifndef _ASM_X86_KVM_BOOST_TYPES_H
#define _ASM_X86_KVM_BOOST_TYPES_H

#include <linux/bitops.h>
#include <linux/hrtimer_types.h>
#include <linux/types.h>
#include <asm/kvm_boost_reasons.h>

/* Other counters of a vCPU; what they count is said at the places that do. */
#define KVM_BOOST_STATS(X)							\
	X(pv_boost_registrations) X(pv_boost_rejected) X(pv_boost_duplicates)	\
	X(boost_asked) X(boost_yields) X(boost_next) X(boost_none)		\
	X(boost_refused) X(boost_advanced) X(boost_moved) X(boost_hinted)		\
	X(boost_stale) X(boost_invalid) X(boost_running) X(boost_hops)		\
	X(boost_halts) X(boost_hypercalls) X(boost_done) X(boost_graces)		\
	X(boost_grace_over) X(boost_grace_cut) X(boost_grace_ns)	\
	X(boost_latency_advances) X(boost_latency_busy) X(boost_latency_refused)

#ifdef CONFIG_KVM_PV_BOOST
struct kvm_vcpu;
struct task_struct;

struct kvm_vcpu_boost {
	/* Host indices of vCPUs whose IPIs this one has not acknowledged yet */
	DECLARE_BITMAP(owes, KVM_MAX_VCPUS);
	bool owes_any;
	bool sending;			/* IPIs, right now */

	/* As of when it was scheduled out last: */
	u32 left;			/* BOOST_* of boost_graph.h */
	u64 left_at;			/* when that was, ns */
	u64 rip;			/* its RIP, or where it spins */
	u32 tries;			/* guesses in a row while it spun there */
	bool loaded;			/* its thread runs, and in KVM */
	u64 loaded_at;			/* when it last got a pCPU, ns */
	u64 since;			/* the same of the run in which its wait began */

	/* As a spinner: */
	struct task_struct *wanted;	/* the task that it is about to yield to */
	struct kvm_vcpu *target;	/* the vCPU of that */
	u64 asking_at;			/* when it asked, ns */
	u32 loan;			/* see short_loan */
	bool gave;			/* that one ran next */

	/* As a target that was picked in place of a spinner, or advanced: */
	u64 asked_at;			/* when that asked, ns; 0: it has entered since */
	u32 switch_ns;			/* from that to its entry, sliding average */
	u32 short_loan;			/* from its entry on, ns; 0: a long one */
	u32 cut_off;			/* times in a row that a lock's owner got too little */
	bool boosted;			/* a loan or an advance is why it runs */
	bool on_loan;			/* its guest has been told so */

	/* In a critical section when its time was up: */
	u64 grace_at;			/* since when it has been let go on, ns; 0: it has not */
	bool had_grace;			/* no more until it has been off its pCPU */

	/* Of its guest's latency-critical tasks, while it has no pCPU: */
	u64 latency;			/* its latency word; 0: it has none */
	struct hrtimer latency_timer;	/* when it has to run */
	u64 latency_asked;		/* when an interrupt last asked for it, ns */
	u32 latency_tries;		/* how often that was asked for in vain, about */
	u32 latency_grant;		/* how long it may run when it has to, ns */
	u32 latency_ns;			/* how long it may run from its entry on, if for them */
};
#endif

#endif /* _ASM_X86_KVM_BOOST_TYPES_H */
