// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost, host side: asks the policy (boost_graph.c) which vCPU should get the
 * time of one that spins, and the scheduler to run it; says for how long, and counts
 * the results. Called where a vCPU spins, halts, enters the guest or asks for it.
 */
#include <linux/kvm_host.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/grace.h>
#include <linux/sched/task.h>
#include <linux/sched/yield_to.h>

#include "boost_graph.h"
#include "kvm_boost.h"
#include "kvm_pv_boost.h"
#include "trace.h"
#include "x86.h"

#define CREATE_TRACE_POINTS
#include "kvm_boost_trace.h"

static bool __read_mostly boost_halt = true;
module_param(boost_halt, bool, 0644);
MODULE_PARM_DESC(boost_halt, "Boost the holder of the lock that a vCPU halts for (default: true)");

static unsigned int __read_mostly boost_grace_us = 50;
module_param(boost_grace_us, uint, 0644);
MODULE_PARM_DESC(boost_grace_us, "How long a vCPU that is to be preempted in a critical section may go on, once until it next gets a pCPU, us (default: 50, 0: not at all)");

static unsigned int __read_mostly boost_loan_us;
module_param(boost_loan_us, uint, 0644);
MODULE_PARM_DESC(boost_loan_us, "How long a boosted vCPU may run in the guest, us (default 0: in terms of what a switch costs)");

/*
 * Loans count from the target's entry to the guest, in terms of what a switch to it has
 * cost before: in much less nothing would be won. A target that is to answer an
 * interrupt gets time for that, and then does other work. A target that is to take a
 * lock, hold and release it should not come as far as to queue for it again: among
 * waiters without a pCPU a queue would never get shorter, and each hand-over would cost
 * a switch. Guests that give back stop there by themselves; for others the loan is short.
 */
#define BOOST_SWITCH_MIN_NS		(3 * NSEC_PER_USEC)
#define BOOST_SWITCH_MAX_NS		(100 * NSEC_PER_USEC)
#define BOOST_SWITCH_FIRST_NS		(12 * NSEC_PER_USEC)
#define BOOST_SWITCHES			7
#define BOOST_SWITCH_PARTS		3	/* a waiter gets one, a needed vCPU two */

/* Loans that were of no use before the next one is twice as long, and how often so. */
#define BOOST_TRIES			4
#define BOOST_MAX_DOUBLED		4

/* Each vCPU has an average of its own, so that a guest can bend that of no other. */
static u32 boost_switch(struct kvm_vcpu *target)
{
	return clamp_t(u32, READ_ONCE(target->arch.boost.switch_ns) ?: BOOST_SWITCH_FIRST_NS,
		       BOOST_SWITCH_MIN_NS, BOOST_SWITCH_MAX_NS);
}

static u32 boost_long_loan(struct kvm_vcpu *target)
{
	unsigned int us = READ_ONCE(boost_loan_us);

	return us ? min_t(u64, us * NSEC_PER_USEC, NSEC_PER_SEC) :
		    BOOST_SWITCHES * boost_switch(target);
}

/* 0: @target gets a long one. */
static u32 boost_short_loan(struct kvm_vcpu *vcpu, struct kvm_vcpu *target,
			    const struct boost_choice *choice)
{
	struct kvm_vcpu_boost *t = &target->arch.boost;
	u32 ns = boost_switch(target) / BOOST_SWITCH_PARTS;
	u32 tries = vcpu->arch.boost.tries;

	if (choice->ipi || READ_ONCE(boost_loan_us))
		return 0;
	switch (choice->why) {
	case BOOST_WHY_ROOT:
		/* An owner that was boosted, and is one still, holds its lock for long. */
		tries = READ_ONCE(t->left) & BOOST_SPINNING ? READ_ONCE(t->cut_off) + 1 : 0;
		WRITE_ONCE(t->cut_off, tries);
		fallthrough;
	case BOOST_WHY_IPI:
		ns *= 2;
		break;
	default:
		break;
	}
	return ns << min_t(u32, tries / BOOST_TRIES, BOOST_MAX_DOUBLED);
}

/**
 * __kvm_boost_vcpu_enter() - a boosted vCPU enters the guest
 * @vcpu: the vCPU; the caller is its thread
 *
 * Context: process context, preemptible, kvm->srcu held.
 */
void __kvm_boost_vcpu_enter(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_boost *b = &vcpu->arch.boost;
	u64 asked_at = READ_ONCE(b->asked_at);
	u64 delay = ktime_get_ns() - asked_at;
	u32 avg, limit, ns = READ_ONCE(b->short_loan), urgent = READ_ONCE(b->latency_ns);
	bool tells;

	/* The mode may have been switched off just now. */
	if (!asked_at)
		return;
	WRITE_ONCE(b->asked_at, 0);
	WRITE_ONCE(b->latency_ns, 0);
	tells = ns && !urgent && kvm_boost_mode() == KVM_BOOST_HINTS &&
		kvm_pv_boost_serves(vcpu, KVM_PV_BOOST_F_LOAN);
	/* It may have ended meanwhile, or the scheduler have picked this one without. */
	limit = urgent ?: ns && !tells ? ns : boost_long_loan(vcpu);
	if (!yield_loan_limit(limit))
		return;
	KVM_STATS_LOG_HIST_UPDATE(vcpu->stat.yield_delay_hist, delay);
	trace_kvm_boost_run(vcpu->vcpu_id, delay);
	b->boosted = !urgent;
	avg = b->switch_ns ?: BOOST_SWITCH_FIRST_NS;
	delay = min_t(u64, delay, NSEC_PER_MSEC);
	WRITE_ONCE(b->switch_ns, (avg * 7 + (u32)delay) / 8);
	if (tells) {
		b->on_loan = kvm_pv_boost_tell_loan(vcpu, true);
		if (!b->on_loan)
			yield_loan_limit(ns);
	}
}

/* Returns what yield_to_for() does. */
static int boost_yield(struct kvm_vcpu *vcpu, struct kvm_vcpu *target,
		       const struct boost_choice *choice)
{
	struct kvm_vcpu_boost *b = &vcpu->arch.boost, *t;
	struct task_struct *task = boost_get_task(target);
	u32 loan;
	int ret;

	if (!task)
		return 0;

	loan = boost_short_loan(vcpu, target, choice);
	b->target = target;
	b->asking_at = ktime_get_ns();
	b->loan = loan;
	b->gave = false;
	/* From here on kvm_arch_vcpu_sched_out() looks at the others. */
	barrier();
	WRITE_ONCE(b->wanted, task);
	/* A bound for a target that never comes to enter the guest. */
	ret = yield_to_for(task, true,
			   (u64)max(loan, boost_long_loan(target)) + BOOST_SWITCH_MAX_NS);
	WRITE_ONCE(b->wanted, NULL);
	put_task_struct(task);

	switch (ret) {
	case YIELD_LENT:
		vcpu->stat.boost_yields++;
		break;
	case YIELD_ADVANCED:
		/*
		 * It enters the guest about now. If it did already, its time is limited when
		 * it next does, or by the bound above.
		 */
		t = &target->arch.boost;
		WRITE_ONCE(t->short_loan, loan);
		WRITE_ONCE(t->latency_ns, 0);
		WRITE_ONCE(t->asked_at, b->asking_at);
		vcpu->stat.boost_advanced++;
		break;
	case YIELD_MOVED:
		vcpu->stat.boost_moved++;
		break;
	default:
		vcpu->stat.boost_refused++;
	}
	return ret;
}

/**
 * kvm_arch_vcpu_sched_out() - a vCPU is switched out
 * @vcpu: the vCPU
 * @next: the task that is switched in
 *
 * Context: called by the scheduler, interrupts off.
 */
void kvm_arch_vcpu_sched_out(struct kvm_vcpu *vcpu, struct task_struct *next)
{
	struct kvm_vcpu_boost *b = &vcpu->arch.boost, *t;

	if (!kvm_boost_on() || !b->wanted)
		return;
	if (b->wanted == next) {
		/* Of all that ask for a loan to the same target only this one writes there. */
		t = &b->target->arch.boost;
		WRITE_ONCE(t->short_loan, b->loan);
		WRITE_ONCE(t->latency_ns, 0);
		WRITE_ONCE(t->asked_at, b->asking_at);
		vcpu->stat.boost_next++;
		b->gave = true;
		b->wanted = NULL;
	}
}

/**
 * kvm_boost_yield_to() - give a vCPU's time to a given other one
 * @vcpu: the vCPU; the caller is its thread
 * @target: the vCPU to run instead
 *
 * Context: process context, preemptible.
 *
 * Return: true if @target got something from it.
 */
bool kvm_boost_yield_to(struct kvm_vcpu *vcpu, struct kvm_vcpu *target)
{
	const struct boost_choice choice = { .why = BOOST_WHY_ROOT, .ipi = true };

	vcpu->stat.boost_asked++;
	return boost_yield(vcpu, target, &choice) > 0;
}

static void boost_count_choice(struct kvm_vcpu *vcpu, enum boost_why why)
{
#define BOOST_COUNT(NAME, name)				\
	case BOOST_WHY_##NAME:				\
		vcpu->stat.boost_for_##name++;		\
		break;

	switch (why) {
	BOOST_REASONS(BOOST_COUNT)
	case BOOST_WHY_NR:
		break;
	}
#undef BOOST_COUNT
}

/*
 * Yields to the first choice that the scheduler takes, or to all whose answers are
 * missing, as far as they run elsewhere. Returns whether a choice has run in place of the
 * vCPU.
 */
static bool boost_act(struct kvm_vcpu *vcpu, const struct boost_decision *decision)
{
	struct kvm *kvm = vcpu->kvm;
	struct kvm_vcpu *target;
	unsigned int i;
	int ret = 0;

	if (decision->hinted)
		vcpu->stat.boost_hinted++;
	if (decision->stale)
		vcpu->stat.boost_stale++;
	if (decision->invalid)
		vcpu->stat.boost_invalid++;
	if (decision->running)
		vcpu->stat.boost_running++;
	vcpu->stat.boost_hops += decision->hops;
	if (!decision->nr)
		vcpu->stat.boost_none++;

	kvm_vcpu_set_in_spin_loop(vcpu, true);
	for (i = 0; i < decision->nr; i++) {
		target = kvm_get_vcpu(kvm, decision->choice[i].vcpu);
		if (!target || target == vcpu)
			continue;
		ret = boost_yield(vcpu, target, &decision->choice[i]);
		trace_kvm_boost(vcpu->vcpu_id, target->vcpu_id, decision->choice[i].why,
				decision->word, decision->hops, ret);
		if (ret <= 0)
			continue;
		boost_count_choice(vcpu, decision->choice[i].why);
		/* All whose answers are missing are needed, and this one goes on meanwhile. */
		if (ret == YIELD_LENT || ret == YIELD_FORFEITED ||
		    (decision->choice[i].why != BOOST_WHY_IPI && !decision->choice[i].ipi))
			break;
	}
	kvm_vcpu_set_in_spin_loop(vcpu, false);
	return ret > 0 && vcpu->arch.boost.gave;
}

/**
 * kvm_boost_spin() - a vCPU spins: run the one that it waits for instead
 * @vcpu: the vCPU; the caller is its thread
 * @in_kernel: it spins in kernel mode
 *
 * Context: process context, preemptible, kvm->srcu held.
 *
 * Return: true if the vCPU that was chosen ran next; false: best to spin on.
 */
bool kvm_boost_spin(struct kvm_vcpu *vcpu, bool in_kernel)
{
	struct kvm *kvm = vcpu->kvm;
	struct boost_decision decision = {};
	u64 rip;

	vcpu->stat.boost_asked++;
	rip = kvm_boost_rip(vcpu);
	if (rip != vcpu->arch.boost.rip)
		vcpu->arch.boost.tries = 0;
	WRITE_ONCE(vcpu->arch.boost.rip, rip);
	if (in_kernel && kvm_boost_mode() == KVM_BOOST_HINTS && vcpu->arch.pv_boost)
		boost_choose_hinted(kvm, vcpu->vcpu_idx, &decision);
	if (!decision.hinted) {
		bool invalid = decision.invalid;

		boost_choose_agnostic(kvm, vcpu->vcpu_idx, in_kernel,
				      !kvm_x86_call(get_if_flag)(vcpu), &decision);
		decision.invalid = invalid;
		vcpu->arch.boost.tries++;
	} else {
		vcpu->arch.boost.tries = 0;
	}
	return boost_act(vcpu, &decision);
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_boost_spin);

/**
 * __kvm_boost_halt() - a vCPU is about to halt, maybe for a lock
 * @vcpu: the vCPU; the caller is its thread
 *
 * Gives the lock's holder what is left of the vCPU's time.
 *
 * Context: process context, preemptible, kvm->srcu held.
 */
void __kvm_boost_halt(struct kvm_vcpu *vcpu)
{
	struct boost_decision decision;
	u64 word;

	if (!READ_ONCE(boost_halt) || kvm_boost_mode() != KVM_BOOST_HINTS ||
	    kvm_pv_boost_read_wait(vcpu, &word) ||
	    kvm_pv_boost_wait_kind(word) != KVM_PV_BOOST_WAIT_LOCK)
		return;

	vcpu->stat.boost_halts++;
	boost_choose_hinted(vcpu->kvm, vcpu->vcpu_idx, &decision);
	boost_act(vcpu, &decision);
}

/*
 * How soon to look again, ns, whether the critical section is over: one long grace would end
 * in the next section.
 */
#define BOOST_GRACE_NS			(8 * NSEC_PER_USEC)

/* Is the vCPU in a critical section, and not because it waits for another one? */
static bool boost_wants_grace(struct kvm_vcpu *vcpu)
{
	u64 word;

	return !kvm_pv_boost_read_wait(vcpu, &word) && !word && kvm_pv_boost_critical(vcpu);
}

/**
 * __kvm_boost_grace() - a vCPU is about to be preempted, maybe in a critical section
 * @vcpu: the vCPU; the caller is its thread
 *
 * Lets it go on for a moment then.
 *
 * Context: process context, kvm->srcu held. Preemption may be off: nothing sleeps.
 */
void __kvm_boost_grace(struct kvm_vcpu *vcpu)
{
	u64 now, had, most = min(READ_ONCE(boost_grace_us), USEC_PER_MSEC) * NSEC_PER_USEC;
	struct kvm_vcpu_boost *b = &vcpu->arch.boost;
	bool wants;

	if (!most || b->had_grace || kvm_boost_mode() != KVM_BOOST_HINTS)
		return;
	now = ktime_get_ns();
	had = b->grace_at ? now - b->grace_at : 0;
	wants = boost_wants_grace(vcpu);
	if (wants && had < most && sched_grace(min(most - had, BOOST_GRACE_NS))) {
		if (!had)
			b->grace_at = now;
		vcpu->stat.boost_graces++;
		return;
	}
	if (!had)
		return;
	b->had_grace = true;
	vcpu->stat.boost_grace_ns += min(had, most);
	if (wants)
		vcpu->stat.boost_grace_cut++;
	else
		vcpu->stat.boost_grace_over++;
}

/**
 * kvm_boost_hypercall() - KVM_HC_PV_BOOST
 * @vcpu: the vCPU; the caller is its thread
 * @op: KVM_PV_BOOST_OP_*
 * @cpu: guest CPU number or KVM_PV_BOOST_CPU_NONE
 * @a2: how often the guest has asked in this wait, see the specification
 * @a3: 0
 *
 * Skips the instruction first: while other vCPUs run, this one is between two, and
 * is reported to its guest as pre-empted.
 *
 * Context: process context, preemptible, kvm->srcu held; CPL is 0, and the guest
 * has been told that the call exists.
 *
 * Return: as kvm_skip_emulated_instruction()
 */
int kvm_boost_hypercall(struct kvm_vcpu *vcpu, u64 op, u64 cpu, u64 a2, u64 a3)
{
	struct boost_decision decision = {};
	bool act = kvm_boost_serves_calls() && kvm_boost_on();
	int target = BOOST_NONE;
	int r;

	vcpu->stat.hypercalls++;
	trace_kvm_hypercall(KVM_HC_PV_BOOST, op, cpu, a2, a3);

	if (a3 || op > KVM_PV_BOOST_OP_DONE || (a2 && cpu != KVM_PV_BOOST_CPU_NONE) ||
	    (a2 && op != KVM_PV_BOOST_OP_BOOST) ||
	    (op == KVM_PV_BOOST_OP_DONE && cpu != KVM_PV_BOOST_CPU_NONE) ||
	    (cpu != KVM_PV_BOOST_CPU_NONE && cpu >= KVM_PV_BOOST_MAX_CPUS)) {
		vcpu->stat.boost_invalid++;
		kvm_rax_write_raw(vcpu, -KVM_EINVAL);
		return kvm_skip_emulated_instruction(vcpu);
	}
	if (cpu != KVM_PV_BOOST_CPU_NONE)
		target = boost_host_find(vcpu->kvm, cpu);

	kvm_rax_write_raw(vcpu, 0);
	r = kvm_skip_emulated_instruction(vcpu);
	if (!act)
		return r;

	if (kvm_boost_marks())
		vcpu->arch.at_instruction_boundary = true;
	if (op == KVM_PV_BOOST_OP_DONE) {
		vcpu->stat.boost_done++;
		kvm_pv_boost_tell_loan(vcpu, false);
		if (vcpu->arch.boost.on_loan) {
			vcpu->arch.boost.on_loan = false;
			kvm_rax_write_raw(vcpu, yield_loan_done());
		}
		return r;
	}

	vcpu->stat.boost_hypercalls++;
	/* In the agnostic mode the number that the guest names does not count. */
	if (cpu == KVM_PV_BOOST_CPU_NONE || kvm_boost_mode() != KVM_BOOST_HINTS) {
		if (!a2)
			WRITE_ONCE(vcpu->arch.boost.since, vcpu->arch.boost.loaded_at);
		kvm_rax_write_raw(vcpu, kvm_boost_spin(vcpu, true));
	} else if (target != BOOST_NONE &&
		   (boost_host_state(vcpu->kvm, target) & (BOOST_READY | BOOST_OUT))) {
		vcpu->stat.boost_asked++;
		decision.choice[0].vcpu = target;
		decision.choice[0].why = BOOST_WHY_ROOT;
		decision.nr = 1;
		kvm_rax_write_raw(vcpu, boost_act(vcpu, &decision));
	}
	return r;
}

/**
 * kvm_arch_vcpu_on_spin() - kvm_vcpu_on_spin() while boosts are on
 * @vcpu: the vCPU that spins
 * @in_kernel: it spins in kernel mode
 *
 * Return: false if the caller has to find a vCPU by itself.
 */
bool kvm_arch_vcpu_on_spin(struct kvm_vcpu *vcpu, bool in_kernel)
{
	if (!kvm_boost_on())
		return false;
	kvm_boost_spin(vcpu, in_kernel);
	return true;
}
