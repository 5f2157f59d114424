// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost, host side: what KVM knows of each vCPU, for the policy (boost_graph.c):
 * whether it has a pCPU, where and in which state it was scheduled out, and which
 * IPIs it has not acknowledged yet. Decides nothing.
 *
 * A vCPU's struct kvm_vcpu_boost is written by its own thread, but for owes[], what a
 * spinner writes as the target is picked, and the reset when the mode is off. Others
 * read it without locks, and may find it out of date.
 */
#include <linux/bitmap.h>
#include <linux/kvm_host.h>
#include <linux/moduleparam.h>
#include <linux/timekeeping.h>

#include "boost_graph.h"
#include "kvm_boost.h"
#include "kvm_pv_boost.h"
#include "lapic.h"
#include "x86.h"

static bool __read_mostly boost_ipi = true;
module_param(boost_ipi, bool, 0644);
MODULE_PARM_DESC(boost_ipi, "Know which vCPU waits for another one's answer to an IPI (default: true; false: as where hardware delivers IPIs)");

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
		/* "ready" is set also by a waker that comes late. */
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

u64 boost_host_rip(struct kvm *kvm, u32 index)
{
	struct kvm_vcpu *vcpu = kvm_get_vcpu(kvm, index);

	return vcpu ? READ_ONCE(vcpu->arch.boost.rip) : 0;
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
	    sender->kvm != receiver->kvm || !READ_ONCE(boost_ipi))
		return;
	set_bit(sender->vcpu_idx, b->owes);
	WRITE_ONCE(b->owes_any, true);
}

/**
 * kvm_boost_rip() - a vCPU's RIP as far as it is cached
 * @vcpu: the vCPU; the caller is its thread, with its state loaded
 *
 * Does not ask the hardware: the scheduler may call between the two steps of
 * kvm_rip_write(), and what is read then would be written back in place of the new value.
 *
 * Return: RIP, or 0 if it is not known.
 */
u64 kvm_boost_rip(struct kvm_vcpu *vcpu)
{
	if (vcpu->arch.guest_state_protected ||
	    !kvm_register_is_available(vcpu, VCPU_REG_RIP))
		return 0;
	return boost_rip_field(vcpu);
}

/*
 * Of the vCPU whose state is loaded. VMX may cache RFLAGS for it, which must not remain:
 * the scheduler may call while the vCPU is on its way to or from real mode, and RFLAGS
 * mean something else on either side (enter_rmode()).
 */
static bool boost_irqs_off(struct kvm_vcpu *vcpu)
{
	bool cached = kvm_register_is_available(vcpu, VCPU_REG_RFLAGS);
	bool on = kvm_x86_call(get_if_flag)(vcpu);

	if (!cached)
		kvm_register_mark_for_reload(vcpu, VCPU_REG_RFLAGS);
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
	kvm_boost_latency_load(vcpu);
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
		kvm_boost_latency_put(vcpu);
		srcu_read_unlock(&vcpu->kvm->srcu, idx);
	}
	/*
	 * A vCPU that ran on a boost, so not for long, has not got far, and the spinner
	 * that asked for it goes on without success. Others are to have their turn.
	 */
	if (b->boosted) {
		left |= BOOST_SPINNING;
		KVM_STATS_LOG_HIST_UPDATE(vcpu->stat.boost_run_hist, now - b->loaded_at);
	}
	b->boosted = false;
	/*
	 * Exits to the VMM don't count: a guest can cause them as often as it likes, and
	 * must not earn another grace by them.
	 */
	if (vcpu->scheduled_out) {
		/* If it has not entered the guest: its loan is over. */
		WRITE_ONCE(b->asked_at, 0);
		WRITE_ONCE(b->latency_ns, 0);
		b->had_grace = false;
		b->grace_at = 0;
	}
	WRITE_ONCE(b->left, left);
	WRITE_ONCE(b->left_at, now);
	WRITE_ONCE(b->rip, kvm_boost_rip(vcpu));
	WRITE_ONCE(b->loaded, false);

	/* Nothing pending, and out of the handlers: all has been answered. */
	if (READ_ONCE(b->owes_any) && !boost_irq_pending(vcpu) &&
	    (left & (BOOST_USER | BOOST_IRQS_OFF)) != BOOST_IRQS_OFF) {
		WRITE_ONCE(b->owes_any, false);
		bitmap_zero(b->owes, KVM_MAX_VCPUS);
	}
}
