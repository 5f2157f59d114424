/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pv-boost, host side: the pages that vCPUs share with the host to say which CPU
 * they wait for. The only header of it that the rest of KVM includes. Numbers
 * and layout are in <asm/kvm_pv_boost.h>, the specification in
 * Documentation/virt/kvm/x86/pv-boost.rst.
 */
#ifndef __KVM_X86_PV_BOOST_H
#define __KVM_X86_PV_BOOST_H

#include <linux/kvm_host.h>
#include <asm/kvm_pv_boost.h>

#include "x86.h"

struct dentry;

#ifdef CONFIG_KVM_PV_BOOST
/* KVM_CAP_X86_PV_BOOST: is it there (kvm.boost isn't "off")? A VMM asks for it. */
bool kvm_pv_boost_offered(void);
int kvm_pv_boost_enable(struct kvm *kvm, u64 flags);

/* MSR_KVM_PV_BOOST; results as of kvm_{set,get}_msr_common() */
int kvm_pv_boost_set_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info);
int kvm_pv_boost_get_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info);

/* KVM_REQ_PV_BOOST: register what userspace has set, map a page that moved */
void kvm_pv_boost_update(struct kvm_vcpu *vcpu);

void kvm_pv_boost_reset(struct kvm_vcpu *vcpu);
void kvm_pv_boost_destroy_vcpu(struct kvm_vcpu *vcpu);
void kvm_pv_boost_destroy_vm(struct kvm *kvm);
void kvm_pv_boost_create_debugfs(struct kvm_vcpu *vcpu, struct dentry *dentry);

/*
 * The vCPU that is registered as the guest's @cpu, or NULL. @cpu may be any
 * number. Any context; the answer may be out of date when it arrives.
 */
struct kvm_vcpu *kvm_pv_boost_find_vcpu(struct kvm *kvm, u32 cpu);

/*
 * The wait word of @vcpu, running or not. Caller holds kvm->srcu.
 *
 * Returns 0 and a valid *word (which may be 0), -ENOENT if nothing is
 * registered or the vCPU runs a nested guest, -EAGAIN if the page has to be
 * mapped anew first (it will be before the vCPU runs), -EINVAL if the guest
 * wrote nonsense. Never sleeps.
 */
int kvm_pv_boost_read_wait(struct kvm_vcpu *vcpu, u64 *word);

/*
 * Word @n of @vcpu's IPI mask, 0 if it can't be read. The same context; @n may be
 * any number.
 */
u64 kvm_pv_boost_read_ipi_mask(struct kvm_vcpu *vcpu, u32 n);

/* The latency word of @vcpu, 0 if it has none that is valid. The same context. */
u64 kvm_pv_boost_read_latency(struct kvm_vcpu *vcpu);

/* All CPU numbers of the guest that mean something are below this. */
u32 kvm_pv_boost_cpus(struct kvm *kvm);

/*
 * For the vCPU's own thread:
 *
 * Is the vCPU in what its guest calls a critical section? Caller holds kvm->srcu;
 * any context. Never reads device memory, whatever the guest says.
 */
bool kvm_pv_boost_critical(struct kvm_vcpu *vcpu);

/* Does the guest use @feature, and the host serve it? */
bool kvm_pv_boost_serves(struct kvm_vcpu *vcpu, u64 feature);

/*
 * Tell the guest that the vCPU runs on lent time, or no more. Caller holds
 * kvm->srcu; any context. Returns false if it can't be told, or wouldn't care.
 */
bool kvm_pv_boost_tell_loan(struct kvm_vcpu *vcpu, bool on_loan);
#else
static inline bool kvm_pv_boost_serves(struct kvm_vcpu *vcpu, u64 feature)
{
	return false;
}

static inline bool kvm_pv_boost_offered(void)
{
	return false;
}

static inline int kvm_pv_boost_enable(struct kvm *kvm, u64 flags)
{
	return -EINVAL;
}

static inline int kvm_pv_boost_set_msr(struct kvm_vcpu *vcpu,
				       struct msr_data *msr_info)
{
	return KVM_MSR_RET_UNSUPPORTED;
}

static inline int kvm_pv_boost_get_msr(struct kvm_vcpu *vcpu,
				       struct msr_data *msr_info)
{
	return KVM_MSR_RET_UNSUPPORTED;
}

static inline void kvm_pv_boost_update(struct kvm_vcpu *vcpu) { }
static inline void kvm_pv_boost_reset(struct kvm_vcpu *vcpu) { }
static inline void kvm_pv_boost_destroy_vcpu(struct kvm_vcpu *vcpu) { }
static inline void kvm_pv_boost_destroy_vm(struct kvm *kvm) { }
static inline void kvm_pv_boost_create_debugfs(struct kvm_vcpu *vcpu,
					       struct dentry *dentry) { }
#endif

#endif /* __KVM_X86_PV_BOOST_H */
