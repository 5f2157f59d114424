/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pv-boost uses of KVM and differs between kernel versions: Linux 7.3.
 */
#ifndef __KVM_X86_BOOST_SEAM_H
#define __KVM_X86_BOOST_SEAM_H

#include <linux/kvm_host.h>
#include <linux/kvm_types.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched/task.h>

#include "regs.h"

/* The thread of @vcpu, to be put, or NULL, also if it is about to change. */
static inline struct task_struct *boost_get_task(struct kvm_vcpu *vcpu)
{
	struct task_struct *task;

	if (!read_trylock(&vcpu->pid_lock))
		return NULL;
	task = get_pid_task(vcpu->pid, PIDTYPE_PID);
	read_unlock(&vcpu->pid_lock);
	return task;
}

/* Is the current task to be preempted, now or when it returns to its guest? */
static inline bool boost_is_resched(void)
{
	return need_resched() || test_thread_flag(TIF_NEED_RESCHED_LAZY);
}

/* Where RIP is, if it is available. */
static inline unsigned long boost_rip_field(struct kvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->arch.rip);
}

/* The page at @pfn if there is memory behind it, maybe of a device, or NULL. */
static inline struct page *boost_pfn_page(kvm_pfn_t pfn)
{
	struct page *page;

	if (!pfn_valid(pfn))
		return NULL;
	page = pfn_to_page(pfn);
	/* The zero page is reserved, too, and pages of memory that is a device. */
	if (PageReserved(page) && !is_zero_pfn(pfn) && !is_zone_device_page(page))
		return NULL;
	return page;
}

#endif /* __KVM_X86_BOOST_SEAM_H */
