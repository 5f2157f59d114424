/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pv-boost, host side: what is known of each vCPU's page, and of the numbers that a guest
 * gives its CPUs. kvm_pv_boost.c writes it, kvm_pv_boost_read.c and nothing else reads it.
 */
#ifndef __KVM_X86_PV_BOOST_PAGE_H
#define __KVM_X86_PV_BOOST_PAGE_H

#include <linux/kvm_host.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "kvm_boost_seam.h"
#include "kvm_pv_boost.h"

struct kvm_pv_boost_vcpu {
	/* What RDMSR returns. */
	u64 msr;
	/* Userspace has set the MSR: register before the next VM entry. */
	bool pending;
	/* Features served. Readers: READ_ONCE(). */
	u64 serves;
	/* When the page was last seen not to be mapped, jiffies; 0: it was. As above. */
	unsigned long unmapped;
	/* Copy made at registration. */
	struct kvm_pv_boost_header header;

	/* The guest's number, CPU_NONE: not registered. Readers: READ_ONCE(). */
	u32 cpu;
	/*
	 * The page is page[current_page]; the other one is for the next registration,
	 * so that a refused one leaves this one alone. Readers: READ_ONCE(); while
	 * the vCPU registers they may get the other one, not active or a page of the
	 * same guest.
	 */
	u32 current_page;
	struct gfn_to_pfn_cache page[2];
	/* The critical-state word; active or not as long as the page is registered. */
	struct gfn_to_pfn_cache critical;
};

struct kvm_pv_boost_vm {
	spinlock_t lock;	/* for writing all of it */
	/* Above all numbers ever registered. Readers: READ_ONCE(). */
	u32 cpus;
	/*
	 * vcpu_idx + 1 of the vCPU that registered as this guest CPU last, or 0.
	 * Readers: READ_ONCE(), then check the vCPU's own
	 * number, since it may be about to unregister.
	 */
	u16 vcpu[KVM_PV_BOOST_MAX_CPUS];
};

/*
 * KVM can map device memory too, but must not touch it on a guest's word; not every
 * page frame with a struct page has memory behind it.
 */
static inline bool boost_is_memory(struct gfn_to_pfn_cache *gpc)
{
	struct page *page = boost_pfn_page(gpc->pfn);

	return page && !is_pci_p2pdma_page(page);
}

/* The vCPU's state, or NULL, for other threads than its own. */
static inline struct kvm_pv_boost_vcpu *boost_vcpu_of_other(struct kvm_vcpu *vcpu)
{
	/* Pairs with smp_store_release() in boost_vcpu(). */
	return smp_load_acquire(&vcpu->arch.pv_boost);
}

#endif /* __KVM_X86_PV_BOOST_PAGE_H */
