/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pv-boost, host side: directed yields that reach the vCPU they are meant for. The
 * hooks of the rest of KVM; each is a patched no-op while kvm.boost=off.
 */
#ifndef __KVM_X86_BOOST_H
#define __KVM_X86_BOOST_H

#include <linux/jump_label.h>
#include <linux/kvm_host.h>

enum kvm_boost_mode { KVM_BOOST_OFF, KVM_BOOST_AGNOSTIC, KVM_BOOST_HINTS };

#ifdef CONFIG_KVM_PV_BOOST
#include "kvm_boost_seam.h"

DECLARE_STATIC_KEY_FALSE(kvm_boost_key);

/* kvm.boost as it is now, also while KVM is not in use */
enum kvm_boost_mode kvm_boost_mode(void);

/* A VM is there, and goes away. */
void kvm_boost_start(void);
void kvm_boost_stop(void);

static inline bool kvm_boost_on(void)
{
	return static_branch_unlikely(&kvm_boost_key);
}

bool kvm_boost_marks(void);
bool kvm_boost_takes_back(void);
bool kvm_boost_serves_calls(void);
u64 kvm_boost_rip(struct kvm_vcpu *vcpu);
bool kvm_boost_spin(struct kvm_vcpu *vcpu, bool in_kernel);
bool kvm_boost_yield_to(struct kvm_vcpu *vcpu, struct kvm_vcpu *target);
void __kvm_boost_vcpu_load(struct kvm_vcpu *vcpu);
void __kvm_boost_vcpu_put(struct kvm_vcpu *vcpu);
void __kvm_boost_vcpu_enter(struct kvm_vcpu *vcpu);
void __kvm_boost_halt(struct kvm_vcpu *vcpu);
void __kvm_boost_grace(struct kvm_vcpu *vcpu);
bool kvm_boost_latency(void);
void kvm_boost_vcpu_create(struct kvm_vcpu *vcpu);
void kvm_boost_vcpu_destroy(struct kvm_vcpu *vcpu);
void kvm_boost_latency_load(struct kvm_vcpu *vcpu);
void kvm_boost_latency_put(struct kvm_vcpu *vcpu);
void __kvm_boost_interrupt(struct kvm_vcpu *vcpu, bool timer);
int kvm_boost_hypercall(struct kvm_vcpu *vcpu, u64 op, u64 cpu, u64 a2, u64 a3);
struct kvm_vcpu *__kvm_boost_ipi_begin(void);
void __kvm_boost_ipi_sent(struct kvm_vcpu *receiver);

/*
 * A PAUSE, skipped already, has been intercepted. Returns true if another vCPU
 * has run instead.
 *
 * With the instruction done the vCPU is between two, so that it may be reported
 * to the guest as preempted while it is switched out, other than at most exits:
 * nothing that KVM has yet to do for it uses what the guest may change then.
 */
static inline bool kvm_boost_pause(struct kvm_vcpu *vcpu, bool in_kernel)
{
	if (kvm_boost_marks())
		vcpu->arch.at_instruction_boundary = true;
	return kvm_boost_spin(vcpu, in_kernel);
}

/* The vCPU gets a pCPU. */
static inline void kvm_boost_vcpu_load(struct kvm_vcpu *vcpu)
{
	if (kvm_boost_on())
		__kvm_boost_vcpu_load(vcpu);
}

/* The vCPU leaves its pCPU; its state is still loaded. */
static inline void kvm_boost_vcpu_put(struct kvm_vcpu *vcpu)
{
	if (kvm_boost_on())
		__kvm_boost_vcpu_put(vcpu);
}

/* The vCPU is about to enter the guest. */
static inline void kvm_boost_vcpu_enter(struct kvm_vcpu *vcpu)
{
	if (kvm_boost_on() && READ_ONCE(vcpu->arch.boost.asked_at))
		__kvm_boost_vcpu_enter(vcpu);
}

/* The vCPU is about to be preempted, if anything waits. */
static inline void kvm_boost_grace(struct kvm_vcpu *vcpu)
{
	if (kvm_boost_on() && boost_is_resched() && vcpu->arch.pv_boost)
		__kvm_boost_grace(vcpu);
}

/* An interrupt has been sent to the vCPU; @timer: by its own timer. */
static inline void kvm_boost_interrupt(struct kvm_vcpu *vcpu, bool timer)
{
	if (kvm_boost_on() && READ_ONCE(vcpu->arch.boost.latency))
		__kvm_boost_interrupt(vcpu, timer);
}

/* The vCPU is about to halt. */
static inline void kvm_boost_halt(struct kvm_vcpu *vcpu)
{
	if (kvm_boost_on() && vcpu->arch.pv_boost)
		__kvm_boost_halt(vcpu);
}

/*
 * Around the delivery of IPIs that the running vCPU sends: a vCPU that gets an
 * interrupt meanwhile owes it an acknowledgment.
 */
static inline struct kvm_vcpu *kvm_boost_ipi_begin(void)
{
	return kvm_boost_on() ? __kvm_boost_ipi_begin() : NULL;
}

static inline void kvm_boost_ipi_end(struct kvm_vcpu *sender)
{
	if (sender)
		sender->arch.boost.sending = false;
}

static inline void kvm_boost_ipi_sent(struct kvm_vcpu *receiver)
{
	if (kvm_boost_on())
		__kvm_boost_ipi_sent(receiver);
}
#else
static inline enum kvm_boost_mode kvm_boost_mode(void)
{
	return KVM_BOOST_OFF;
}

static inline void kvm_boost_start(void) { }
static inline void kvm_boost_stop(void) { }

static inline bool kvm_boost_on(void)
{
	return false;
}

static inline bool kvm_boost_pause(struct kvm_vcpu *vcpu, bool in_kernel)
{
	return false;
}

static inline bool kvm_boost_yield_to(struct kvm_vcpu *vcpu,
				      struct kvm_vcpu *target)
{
	return false;
}

static inline void kvm_boost_vcpu_load(struct kvm_vcpu *vcpu) { }
static inline void kvm_boost_vcpu_put(struct kvm_vcpu *vcpu) { }
static inline void kvm_boost_vcpu_enter(struct kvm_vcpu *vcpu) { }
static inline void kvm_boost_halt(struct kvm_vcpu *vcpu) { }
static inline void kvm_boost_grace(struct kvm_vcpu *vcpu) { }
static inline void kvm_boost_interrupt(struct kvm_vcpu *vcpu, bool timer) { }
static inline void kvm_boost_vcpu_create(struct kvm_vcpu *vcpu) { }
static inline void kvm_boost_vcpu_destroy(struct kvm_vcpu *vcpu) { }

static inline int kvm_boost_hypercall(struct kvm_vcpu *vcpu, u64 op, u64 cpu,
				      u64 a2, u64 a3)
{
	return 1;
}

static inline struct kvm_vcpu *kvm_boost_ipi_begin(void)
{
	return NULL;
}

static inline void kvm_boost_ipi_end(struct kvm_vcpu *sender) { }
static inline void kvm_boost_ipi_sent(struct kvm_vcpu *receiver) { }
#endif

#endif /* __KVM_X86_BOOST_H */
