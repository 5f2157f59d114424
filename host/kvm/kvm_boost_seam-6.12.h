/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pv-boost uses of KVM and differs between kernel versions: Linux 6.12.
 */
#ifndef __KVM_X86_BOOST_SEAM_H
#define __KVM_X86_BOOST_SEAM_H

#include <linux/kvm_host.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "kvm_cache_regs.h"

/* The thread of @vcpu, to be put, or NULL. */
static inline struct task_struct *boost_get_task(struct kvm_vcpu *vcpu)
{
	struct task_struct *task = NULL;
	struct pid *pid;

	rcu_read_lock();
	pid = rcu_dereference(vcpu->pid);
	if (pid)
		task = get_pid_task(pid, PIDTYPE_PID);
	rcu_read_unlock();
	return task;
}

/* Is the current task to be preempted? */
static inline bool boost_is_resched(void)
{
	return need_resched();
}

/* Where RIP is, if it is available. */
static inline unsigned long boost_rip_field(struct kvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->arch.regs[VCPU_REGS_RIP]);
}

/* The page at @pfn if there is memory behind it, maybe of a device, or NULL. */
static inline struct page *boost_pfn_page(kvm_pfn_t pfn)
{
	return kvm_pfn_to_refcounted_page(pfn);
}

/* As of Linux 7.3. */
#define EXPORT_SYMBOL_FOR_KVM_INTERNAL(symbol)	EXPORT_SYMBOL_GPL(symbol)

/* Of 6.12's point releases later ones have them. */
#ifndef kzalloc_obj
#define kzalloc_obj(obj, gfp)	kzalloc(sizeof(obj), gfp)
#define kvzalloc_obj(obj, gfp)	kvzalloc(sizeof(obj), gfp)
#endif

#define VCPU_REG_RIP	VCPU_REGS_RIP
#define VCPU_REG_RFLAGS	VCPU_EXREG_RFLAGS

static inline void kvm_rax_write_raw(struct kvm_vcpu *vcpu, unsigned long val)
{
	kvm_rax_write(vcpu, val);
}

/* Of one that is not dirty. */
static inline void kvm_register_mark_for_reload(struct kvm_vcpu *vcpu, enum kvm_reg reg)
{
	__clear_bit(reg, (unsigned long *)&vcpu->arch.regs_avail);
}

#endif /* __KVM_X86_BOOST_SEAM_H */
