// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost, host side: asks the policy (boost_graph.c) whom a spinning vCPU
 * should give its time, and the scheduler to run him; tells the policy what KVM
 * knows of each vCPU; counts what came of it.
 *
 * A vCPU's struct kvm_vcpu_boost is written by its own thread, but for owes[]
 * and asked_at; others read it without locks, and may find it out of date.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "boost_graph.h"
#include "kvm_boost.h"
#include "kvm_pv_boost.h"
#include "kvm_cache_regs.h"
#include "lapic.h"
#include "trace.h"
#include "x86.h"

#define CREATE_TRACE_POINTS
#include "kvm_boost_trace.h"

static const char *const boost_mode_names[] = {
	[KVM_BOOST_OFF] = "off",
	[KVM_BOOST_AGNOSTIC] = "agnostic",
	[KVM_BOOST_HINTS] = "hints",
};

static enum kvm_boost_mode boost_mode __read_mostly = KVM_BOOST_HINTS;

/* On while boost_mode isn't "off" and there are VMs. */
DEFINE_STATIC_KEY_FALSE(kvm_boost_key);
EXPORT_SYMBOL_GPL(kvm_boost_key);

static DEFINE_MUTEX(boost_lock);	/* the key, and who may change it */
static unsigned int boost_vms;

static void boost_update_key(void)
{
	bool on = boost_vms && boost_mode != KVM_BOOST_OFF;

	lockdep_assert_held(&boost_lock);
	if (on == static_key_enabled(&kvm_boost_key.key))
		return;
	if (on) {
		yield_loans_get();
		static_branch_enable(&kvm_boost_key);
	} else {
		static_branch_disable(&kvm_boost_key);
		yield_loans_put();
	}
}

static int boost_mode_set(const char *val, const struct kernel_param *kp)
{
	int mode = sysfs_match_string(boost_mode_names, val);

	if (mode < 0)
		return mode;
	mutex_lock(&boost_lock);
	WRITE_ONCE(boost_mode, mode);
	boost_update_key();
	mutex_unlock(&boost_lock);
	kvm_pv_boost_mode_changed();
	return 0;
}

static int boost_mode_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", boost_mode_names[READ_ONCE(boost_mode)]);
}

static const struct kernel_param_ops boost_mode_ops = {
	.set = boost_mode_set,
	.get = boost_mode_get,
};
module_param_cb(boost, &boost_mode_ops, NULL, 0644);
MODULE_PARM_DESC(boost, "Directed yields: off (as without pv-boost; not offered to new guests), agnostic (ignore what guests say), hints");

static bool __read_mostly boost_mark = true;
module_param(boost_mark, bool, 0644);
MODULE_PARM_DESC(boost_mark, "Report a vCPU that was switched out in a PAUSE exit as pre-empted to its guest (default: true)");

static bool __read_mostly boost_done = true;
module_param(boost_done, bool, 0644);
MODULE_PARM_DESC(boost_done, "Let enlightened guests that register from now on give back time that they were lent for a lock (default: true)");

static bool __read_mostly boost_hypercall = true;
module_param(boost_hypercall, bool, 0644);
MODULE_PARM_DESC(boost_hypercall, "Boost when an enlightened guest asks for it (default: true)");

static bool __read_mostly boost_halt = true;
module_param(boost_halt, bool, 0644);
MODULE_PARM_DESC(boost_halt, "Boost who holds the lock that a vCPU halts for (default: true)");

static unsigned int __read_mostly boost_loan_us;
module_param(boost_loan_us, uint, 0644);
MODULE_PARM_DESC(boost_loan_us, "How long a boosted vCPU may run in the guest before the vCPU that spun goes on, us (default 0: in terms of what a switch costs)");

/**
 * kvm_boost_mode() - what the administrator wants
 *
 * Return: kvm.boost, which may change at any time.
 */
enum kvm_boost_mode kvm_boost_mode(void)
{
	return READ_ONCE(boost_mode);
}

/**
 * kvm_boost_start() - there is one more VM
 *
 * Context: process context, may sleep.
 */
void kvm_boost_start(void)
{
	mutex_lock(&boost_lock);
	boost_vms++;
	boost_update_key();
	mutex_unlock(&boost_lock);
}

/**
 * kvm_boost_stop() - undo kvm_boost_start()
 *
 * Context: process context, may sleep; the VM's vCPUs run no more.
 */
void kvm_boost_stop(void)
{
	mutex_lock(&boost_lock);
	boost_vms--;
	boost_update_key();
	mutex_unlock(&boost_lock);
}

/**
 * kvm_boost_takes_back() - is F_LOAN served to guests that register now?
 *
 * Return: kvm.boost_done, and DONE is acted on; both may change at any time.
 */
bool kvm_boost_takes_back(void)
{
	return READ_ONCE(boost_done) && READ_ONCE(boost_hypercall);
}

/**
 * kvm_boost_marks() - are vCPUs in a PAUSE exit reported as pre-empted?
 *
 * Return: kvm.boost_mark, which may change at any time.
 */
bool kvm_boost_marks(void)
{
	return READ_ONCE(boost_mark);
}
EXPORT_SYMBOL_GPL(kvm_boost_marks);

/*
 * What the host knows
 */

u32 boost_host_nr(struct kvm *kvm)
{
	return atomic_read(&kvm->online_vcpus);
}

static bool boost_irq_pending(struct kvm_vcpu *vcpu)
{
	if (!lapic_in_kernel(vcpu))
		return false;
	/* With APICv, isr_count is always 1 and says nothing. */
	return kvm_lapic_find_highest_irr(vcpu) != -1 ||
	       (!kvm_vcpu_apicv_active(vcpu) && READ_ONCE(vcpu->arch.apic->isr_count) > 0) ||
	       kvm_arch_dy_has_pending_interrupt(vcpu);
}

u32 boost_host_state(struct kvm *kvm, u32 index)
{
	struct kvm_vcpu *vcpu = kvm_get_vcpu(kvm, index);
	u32 state;

	if (!vcpu)
		return 0;
	state = kvm_vcpu_is_blocking(vcpu) ? BOOST_HALTED : 0;
	if (READ_ONCE(vcpu->arch.boost.loaded))
		/* "ready" is set also by a waker that comes when it is up already. */
		return state ?: BOOST_RUNNING;
	if (READ_ONCE(vcpu->ready))
		state |= BOOST_READY;
	else if (!state)
		state |= BOOST_OUT;
	if (state & (BOOST_READY | BOOST_OUT)) {
		state |= READ_ONCE(vcpu->arch.boost.left);
		if (READ_ONCE(vcpu->spin_loop.in_spin_loop))
			state |= BOOST_SPINNING;
		if (boost_irq_pending(vcpu))
			state |= BOOST_IRQ;
	}
	return state;
}

u64 boost_host_left(struct kvm *kvm, u32 index)
{
	struct kvm_vcpu *vcpu = kvm_get_vcpu(kvm, index);

	return vcpu ? READ_ONCE(vcpu->arch.boost.left_at) : 0;
}

u64 boost_host_since(struct kvm *kvm, u32 index)
{
	struct kvm_vcpu *vcpu = kvm_get_vcpu(kvm, index);

	return vcpu ? READ_ONCE(vcpu->arch.boost.since) : 0;
}

u64 boost_host_place(struct kvm *kvm, u32 index)
{
	struct kvm_vcpu *vcpu = kvm_get_vcpu(kvm, index);

	return vcpu ? READ_ONCE(vcpu->arch.boost.place) : 0;
}

bool boost_host_owes(struct kvm *kvm, u32 debtor, u32 creditor)
{
	struct kvm_vcpu *vcpu = kvm_get_vcpu(kvm, debtor);

	return vcpu && READ_ONCE(vcpu->arch.boost.owes_any) &&
	       test_bit(creditor, vcpu->arch.boost.owes);
}

int boost_host_wait(struct kvm *kvm, u32 index, u64 *word)
{
	struct kvm_vcpu *vcpu = kvm_get_vcpu(kvm, index);
	int r = vcpu ? kvm_pv_boost_read_wait(vcpu, word) : -ENOENT;

	if (r)
		*word = 0;
	/* Not registered, or just now not readable: says nothing. */
	return r == -EINVAL ? r : 0;
}

int boost_host_find(struct kvm *kvm, u32 cpu)
{
	struct kvm_vcpu *vcpu = kvm_pv_boost_find_vcpu(kvm, cpu);

	return vcpu ? vcpu->vcpu_idx : BOOST_NONE;
}

u64 boost_host_ipi_mask(struct kvm *kvm, u32 index, u32 n)
{
	struct kvm_vcpu *vcpu = kvm_get_vcpu(kvm, index);

	return vcpu ? kvm_pv_boost_read_ipi_mask(vcpu, n) : 0;
}

u32 boost_host_cpus(struct kvm *kvm)
{
	return kvm_pv_boost_cpus(kvm);
}

/*
 * IPIs and their answers
 */

/**
 * __kvm_boost_ipi_begin() - the running vCPU is about to send IPIs
 *
 * Return: the vCPU, for kvm_boost_ipi_end(), or NULL.
 */
struct kvm_vcpu *__kvm_boost_ipi_begin(void)
{
	struct kvm_vcpu *sender = kvm_get_running_vcpu();

	if (sender)
		sender->arch.boost.sending = true;
	return sender;
}

/**
 * __kvm_boost_ipi_sent() - an interrupt has been delivered to a vCPU's APIC
 * @receiver: the vCPU
 *
 * Context: any. After the interrupt, so that the receiver, which clears its
 * debts when no interrupt is pending, may miss one, but never keeps one for ever.
 */
void __kvm_boost_ipi_sent(struct kvm_vcpu *receiver)
{
	struct kvm_vcpu *sender = kvm_get_running_vcpu();
	struct kvm_vcpu_boost *b = &receiver->arch.boost;

	if (!sender || !sender->arch.boost.sending || sender == receiver ||
	    sender->kvm != receiver->kvm)
		return;
	set_bit(sender->vcpu_idx, b->owes);
	WRITE_ONCE(b->owes_any, true);
}

/*
 * Of the vCPU whose state is loaded, if known. Doesn't ask the hardware: the scheduler
 * may call between the two steps of kvm_rip_write(), and what is fetched then would be
 * written back in place of the new value.
 */
static u64 boost_place(struct kvm_vcpu *vcpu)
{
	if (vcpu->arch.guest_state_protected ||
	    !kvm_register_is_available(vcpu, VCPU_REGS_RIP))
		return 0;
	return READ_ONCE(vcpu->arch.regs[VCPU_REGS_RIP]);
}

/*
 * Of the vCPU whose state is loaded. VMX may cache RFLAGS for it, which must not remain:
 * the scheduler may call while the vCPU is on its way to or from real mode, and RFLAGS
 * mean something else on either side (enter_rmode()).
 */
static bool boost_irqs_off(struct kvm_vcpu *vcpu)
{
	bool cached = kvm_register_is_available(vcpu, VCPU_EXREG_RFLAGS);
	bool on = kvm_x86_call(get_if_flag)(vcpu);

	if (!cached)
		__clear_bit(VCPU_EXREG_RFLAGS, (unsigned long *)&vcpu->arch.regs_avail);
	return !on;
}

/**
 * __kvm_boost_vcpu_load() - a vCPU gets a pCPU
 * @vcpu: the vCPU; the caller is its thread
 *
 * Context: preemption disabled.
 */
void __kvm_boost_vcpu_load(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_boost *b = &vcpu->arch.boost;

	WRITE_ONCE(b->loaded, true);
	b->loaded_at = ktime_get_mono_fast_ns();
	if (b->left & BOOST_CRITICAL)
		KVM_STATS_LOG_HIST_UPDATE(vcpu->stat.boost_critical_off_hist,
					  b->loaded_at - b->left_at);
}

/**
 * __kvm_boost_vcpu_put() - remember in which state a vCPU was switched out
 * @vcpu: the vCPU; the caller is its thread, with its state loaded
 *
 * Context: preemption disabled.
 */
void __kvm_boost_vcpu_put(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_boost *b = &vcpu->arch.boost;
	u64 now = ktime_get_mono_fast_ns();
	u32 left = 0;

	if (vcpu->preempted && !vcpu->arch.preempted_in_kernel)
		left |= BOOST_USER;
	if (boost_irqs_off(vcpu))
		left |= BOOST_IRQS_OFF;
	if (is_guest_mode(vcpu))
		left |= BOOST_NESTED;
	if (vcpu->arch.pv_boost) {
		int idx = srcu_read_lock(&vcpu->kvm->srcu);

		if (vcpu->preempted && !(left & BOOST_USER) && kvm_pv_boost_critical(vcpu))
			left |= BOOST_CRITICAL;
		if (b->on_loan) {
			kvm_pv_boost_tell_loan(vcpu, false);
			b->on_loan = false;
		}
		srcu_read_unlock(&vcpu->kvm->srcu, idx);
	}
	/*
	 * Who ran for somebody's sake, and not for long, has not got far; and who
	 * asked for that goes on without success. Let others have their turn.
	 */
	if (b->boosted) {
		left |= BOOST_SPINNING;
		KVM_STATS_LOG_HIST_UPDATE(vcpu->stat.boost_run_hist, now - b->loaded_at);
	}
	b->boosted = false;
	/* It has not come as far as to enter the guest: that says nothing of a switch. */
	WRITE_ONCE(b->is_next, false);
	WRITE_ONCE(b->left, left);
	WRITE_ONCE(b->left_at, now);
	WRITE_ONCE(b->place, boost_place(vcpu));
	WRITE_ONCE(b->loaded, false);

	/* Nothing pending, and out of the handlers: all has been answered. */
	if (READ_ONCE(b->owes_any) && !boost_irq_pending(vcpu) &&
	    (left & (BOOST_USER | BOOST_IRQS_OFF)) != BOOST_IRQS_OFF) {
		WRITE_ONCE(b->owes_any, false);
		bitmap_zero(b->owes, KVM_MAX_VCPUS);
	}
}

/*
 * Boosts
 */

/*
 * Loans count from the target's entry to the guest, in terms of what a switch to it has
 * cost before: in much less nothing would be won. Who is to answer an interrupt gets
 * time for that, and goes on with something useful. Who is to take a lock, hold it,
 * and release it should not come as far as to queue for it again: among waiters without
 * a pCPU a queue would never get shorter, and each hand-over cost a switch. Guests that
 * give back stop there by themselves; for others the loan is short.
 */
#define BOOST_SWITCH_MIN_NS		(3 * NSEC_PER_USEC)
#define BOOST_SWITCH_MAX_NS		(100 * NSEC_PER_USEC)
#define BOOST_SWITCH_FIRST_NS		(12 * NSEC_PER_USEC)
#define BOOST_SWITCHES			7
#define BOOST_SWITCH_PARTS		3	/* of which who waits gets one, who is needed two */

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
		/* An owner who was boosted, and is one still, holds his lock for long. */
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
 */
void __kvm_boost_vcpu_enter(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_boost *b = &vcpu->arch.boost;
	u64 delay, asked = READ_ONCE(b->asked_at);
	u32 avg, ns;

	/* The vCPU that asked may have taken it back meanwhile. */
	if (!asked)
		return;
	delay = ktime_get_ns() - asked;
	WRITE_ONCE(b->asked_at, 0);
	KVM_STATS_LOG_HIST_UPDATE(vcpu->stat.yield_delay_hist, delay);
	if (READ_ONCE(b->is_next)) {
		WRITE_ONCE(b->is_next, false);
		b->boosted = true;
		avg = b->switch_ns ?: BOOST_SWITCH_FIRST_NS;
		delay = min_t(u64, delay, NSEC_PER_MSEC);
		WRITE_ONCE(b->switch_ns, (avg * 7 + (u32)delay) / 8);
		ns = READ_ONCE(b->short_loan);
		if (ns && vcpu->arch.pv_boost && kvm_boost_mode() == KVM_BOOST_HINTS)
			b->on_loan = kvm_pv_boost_tell_loan(vcpu, true);
		yield_loan_limit(ns && !b->on_loan ? ns : boost_long_loan(vcpu));
	}
	trace_kvm_boost_run(vcpu->vcpu_id, delay);
}

/* Returns what yield_to_for() does. */
static int boost_yield(struct kvm_vcpu *vcpu, struct kvm_vcpu *target,
		       const struct boost_choice *choice)
{
	struct kvm_vcpu_boost *b = &vcpu->arch.boost;
	struct task_struct *task = NULL;
	struct pid *pid;
	u32 loan;
	int ret;

	rcu_read_lock();
	pid = rcu_dereference(target->pid);
	if (pid)
		task = get_pid_task(pid, PIDTYPE_PID);
	rcu_read_unlock();
	if (!task)
		return 0;

	b->wanted = task;
	b->gave = false;
	WRITE_ONCE(target->arch.boost.is_next, false);
	WRITE_ONCE(target->arch.boost.asked_at, ktime_get_ns());
	b->target = target;
	loan = boost_short_loan(vcpu, target, choice);
	WRITE_ONCE(target->arch.boost.short_loan, loan);
	/* A bound for who doesn't come to enter the guest. */
	ret = yield_to_for(task, true,
			   (u64)max(loan, boost_long_loan(target)) + BOOST_SWITCH_MAX_NS);
	b->wanted = NULL;
	if (ret <= 0)
		WRITE_ONCE(target->arch.boost.asked_at, 0);
	put_task_struct(task);

	switch (ret) {
	case YIELD_LENT:
		vcpu->stat.boost_yields++;
		break;
	case YIELD_NUDGED:
	case YIELD_FORFEITED:
		vcpu->stat.boost_nudged++;
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
	struct kvm_vcpu_boost *b = &vcpu->arch.boost;

	if (!kvm_boost_on() || !b->wanted)
		return;
	if (b->wanted == next) {
		vcpu->stat.boost_next++;
		b->gave = true;
		WRITE_ONCE(b->target->arch.boost.is_next, true);
	}
	b->wanted = NULL;
}

/**
 * kvm_boost_yield_to() - give a vCPU's time to a given other one
 * @vcpu: the vCPU; the caller is its thread
 * @target: who is to run instead
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
	switch (why) {
	case BOOST_WHY_ROOT:
		vcpu->stat.boost_for_root++;
		break;
	case BOOST_WHY_STALE:
		vcpu->stat.boost_for_stale++;
		break;
	case BOOST_WHY_WAITER:
		vcpu->stat.boost_for_waiter++;
		break;
	case BOOST_WHY_CRITICAL:
		vcpu->stat.boost_for_critical++;
		break;
	case BOOST_WHY_IPI:
		vcpu->stat.boost_for_ipi++;
		break;
	case BOOST_WHY_KERNEL:
		vcpu->stat.boost_for_kernel++;
		break;
	case BOOST_WHY_SPINNER:
		vcpu->stat.boost_for_spinner++;
		break;
	case BOOST_WHY_SAME:
		vcpu->stat.boost_for_same++;
		break;
	case BOOST_WHY_NR:
		break;
	}
}

/*
 * Yields to the first choice that the scheduler takes. Returns whether that one has run
 * in place of the vCPU.
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
		vcpu->stat.boost_nobody++;

	kvm_vcpu_set_in_spin_loop(vcpu, true);
	for (i = 0; i < decision->nr && ret <= 0; i++) {
		target = kvm_get_vcpu(kvm, decision->choice[i].vcpu);
		if (!target || target == vcpu)
			continue;
		ret = boost_yield(vcpu, target, &decision->choice[i]);
		trace_kvm_boost(vcpu->vcpu_id, target->vcpu_id, decision->choice[i].why,
				decision->word, decision->hops, ret);
		if (ret > 0)
			boost_count_choice(vcpu, decision->choice[i].why);
	}
	kvm_vcpu_set_in_spin_loop(vcpu, false);
	return ret > 0 && vcpu->arch.boost.gave;
}

/**
 * kvm_boost_spin() - a vCPU spins: run whom it waits for instead
 * @vcpu: the vCPU; the caller is its thread
 * @in_kernel: it spins in kernel mode
 *
 * Context: process context, preemptible, kvm->srcu held.
 *
 * Return: true if another vCPU was given the time; false: best to spin on.
 */
bool kvm_boost_spin(struct kvm_vcpu *vcpu, bool in_kernel)
{
	struct kvm *kvm = vcpu->kvm;
	struct boost_decision decision = {};
	u64 place;

	vcpu->stat.boost_asked++;
	place = boost_place(vcpu);
	if (place != vcpu->arch.boost.place)
		vcpu->arch.boost.tries = 0;
	WRITE_ONCE(vcpu->arch.boost.place, place);
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
EXPORT_SYMBOL_GPL(kvm_boost_spin);

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
	bool act = READ_ONCE(boost_hypercall) && kvm_boost_on();
	int target = BOOST_NONE;
	int r;

	vcpu->stat.hypercalls++;
	trace_kvm_hypercall(KVM_HC_PV_BOOST, op, cpu, a2, a3);

	if (a3 || op > KVM_PV_BOOST_OP_DONE || (a2 && cpu != KVM_PV_BOOST_CPU_NONE) ||
	    (a2 && op != KVM_PV_BOOST_OP_BOOST) ||
	    (op == KVM_PV_BOOST_OP_DONE && cpu != KVM_PV_BOOST_CPU_NONE) ||
	    (cpu != KVM_PV_BOOST_CPU_NONE && cpu >= KVM_PV_BOOST_MAX_CPUS)) {
		vcpu->stat.boost_invalid++;
		kvm_rax_write(vcpu, -KVM_EINVAL);
		return kvm_skip_emulated_instruction(vcpu);
	}
	if (cpu != KVM_PV_BOOST_CPU_NONE)
		target = boost_host_find(vcpu->kvm, cpu);

	kvm_rax_write(vcpu, 0);
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
			kvm_rax_write(vcpu, yield_loan_done());
		}
		return r;
	}

	vcpu->stat.boost_hypercalls++;
	/* In the agnostic mode it doesn't matter whom the guest names. */
	if (cpu == KVM_PV_BOOST_CPU_NONE || kvm_boost_mode() != KVM_BOOST_HINTS) {
		if (!a2)
			WRITE_ONCE(vcpu->arch.boost.since, vcpu->arch.boost.loaded_at);
		kvm_rax_write(vcpu, kvm_boost_spin(vcpu, true));
	} else if (target != BOOST_NONE &&
		   (boost_host_state(vcpu->kvm, target) & (BOOST_READY | BOOST_OUT))) {
		vcpu->stat.boost_asked++;
		decision.choice[0].vcpu = target;
		decision.choice[0].why = BOOST_WHY_ROOT;
		decision.nr = 1;
		kvm_rax_write(vcpu, boost_act(vcpu, &decision));
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
