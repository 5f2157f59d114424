// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost, host side: registration of the pages shared with the guest.
 *
 * Decides which pages, headers and CPU numbers are accepted, and keeps the pages
 * mapped; kvm_pv_boost_read.c reads them. Never decides which vCPU runs.
 * Everything in a page is the guest's and hostile: the header is copied once,
 * checked, and used from the copy; nothing the host wrote is ever read back.
 *
 * A vCPU's registration is changed by its own thread only (vcpu->mutex). Other
 * vCPUs' threads read it at any time: see "Readers" at each field.
 */
#include <linux/kvm_host.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cpuid.h"
#include "kvm_boost.h"
#include "kvm_pv_boost_page.h"

#include "kvm_boost_trace.h"

/* Features of registered pages that this host acts on. */
#define PV_BOOST_SERVED		(KVM_PV_BOOST_F_WAIT | KVM_PV_BOOST_F_IPI_MASK | \
				 KVM_PV_BOOST_F_CRITICAL | KVM_PV_BOOST_F_HYPERCALL | \
				 KVM_PV_BOOST_F_LOAN | KVM_PV_BOOST_F_LATENCY)

/* All features of version 1; reserved bytes can belong to others only. */
#define PV_BOOST_KNOWN		(KVM_PV_BOOST_F_WAIT | KVM_PV_BOOST_F_IPI_MASK | \
				 KVM_PV_BOOST_F_CRITICAL | KVM_PV_BOOST_F_HYPERCALL | \
				 KVM_PV_BOOST_F_LOAN | KVM_PV_BOOST_F_LATENCY)

/* vcpu_idx + 1 fits */
static_assert(KVM_MAX_VCPUS <= U16_MAX);
static_assert(KVM_MAX_VCPUS <= KVM_PV_BOOST_MAX_CPUS);
static_assert(sizeof(struct kvm_pv_boost_page) == PAGE_SIZE);

bool kvm_pv_boost_offered(void)
{
	return kvm_boost_mode() != KVM_BOOST_OFF;
}

/**
 * kvm_pv_boost_enable() - KVM_CAP_X86_PV_BOOST: a VMM takes part
 * @kvm: VM
 * @flags: args[0], 0
 *
 * Context: process context, may sleep, takes kvm->lock.
 *
 * Return: 0, -EINVAL: not offered, or bad @flags; -EEXIST: there are vCPUs already;
 * -ENOMEM.
 */
int kvm_pv_boost_enable(struct kvm *kvm, u64 flags)
{
	struct kvm_pv_boost_vm *vm;
	int r = 0;

	if (flags || !kvm_pv_boost_offered())
		return -EINVAL;

	vm = kvzalloc_obj(*vm, GFP_KERNEL_ACCOUNT);
	if (!vm)
		return -ENOMEM;
	spin_lock_init(&vm->lock);

	mutex_lock(&kvm->lock);
	if (kvm->created_vcpus) {
		r = -EEXIST;
	} else if (!kvm->arch.pv_boost) {
		kvm->arch.pv_boost = vm;
		vm = NULL;
	}
	mutex_unlock(&kvm->lock);
	kvfree(vm);
	return r;
}

/*
 * Other than the older PV MSRs, which are there for every guest unless userspace
 * enforces CPUID: a guest can register only if its VMM has enabled the capability,
 * and so knows that there is an MSR to reset and to save, and offers the feature.
 */
static bool boost_allowed(struct kvm_vcpu *vcpu)
{
	return vcpu->kvm->arch.pv_boost &&
	       (vcpu->arch.pv_cpuid.features & BIT(KVM_FEATURE_PV_BOOST));
}

static bool boost_msr_valid(u64 data)
{
	if (!(data & KVM_PV_BOOST_MSR_ENABLE))
		return !data;
	return !(data & ~(KVM_PV_BOOST_MSR_GPA_MASK | KVM_PV_BOOST_MSR_ENABLE));
}

static bool boost_header_valid(const struct kvm_pv_boost_header *header)
{
	bool critical = header->features & KVM_PV_BOOST_F_CRITICAL;

	if (header->version != KVM_PV_BOOST_VERSION ||
	    header->size != KVM_PV_BOOST_PAGE_SIZE ||
	    header->cpu >= KVM_PV_BOOST_MAX_CPUS)
		return false;

	if (critical != !!header->critical_mask ||
	    (!critical && header->critical_gpa) ||
	    !IS_ALIGNED(header->critical_gpa, sizeof(u32)))
		return false;

	return (header->features & ~PV_BOOST_KNOWN) ||
	       !memchr_inv(header->reserved, 0, sizeof(header->reserved));
}

/*
 * Also while kvm.boost=agnostic, which may change at any time; what guests say is
 * looked at, or not, when it is needed.
 */
static u64 boost_features_served(u64 uses)
{
	u64 serves = uses & PV_BOOST_SERVED;

	/* What can't be given back is not said. */
	if (!kvm_boost_takes_back() || !(serves & KVM_PV_BOOST_F_HYPERCALL))
		serves &= ~KVM_PV_BOOST_F_LOAN;
	if (!kvm_boost_latency())
		serves &= ~KVM_PV_BOOST_F_LATENCY;
	return kvm_boost_mode() == KVM_BOOST_OFF ? 0 : serves;
}

struct boost_exchange {
	struct kvm_pv_boost_header header;
	u64 serves;
};

/* Writes the host line of a mapped page. */
static int boost_write_host(struct gfn_to_pfn_cache *gpc, void *data)
{
	struct kvm_pv_boost_page *page = gpc->khva;
	u64 serves = *(u64 *)data;

	WRITE_ONCE(page->host.features, serves);
	if (!(serves & KVM_PV_BOOST_F_LOAN))
		WRITE_ONCE(page->host.status, 0);
	kvm_gpc_mark_dirty_in_slot(gpc);
	return 0;
}

/* One access to a mapped page: copies the header, writes the host line. */
static int boost_exchange(struct gfn_to_pfn_cache *gpc, void *data)
{
	struct kvm_pv_boost_page *page = gpc->khva;
	struct boost_exchange *x = data;

	memcpy(&x->header, &page->header, sizeof(x->header));
	/* The guest may write meanwhile; what is checked has to be the copy. */
	barrier();
	if (!boost_header_valid(&x->header))
		return -EINVAL;

	x->serves = boost_features_served(x->header.features);
	memset(&page->host, 0, sizeof(page->host));
	return boost_write_host(gpc, &x->serves);
}

/* Times that a page may be moved while it is about to be accessed. */
#define BOOST_MAP_TRIES		64

/*
 * Calls @act with the page mapped. Memory slots may change, and the page be moved, between
 * mapping it and taking the lock. A deleted slot ends it with an error; a VMM that moves
 * the page all the time does, too. May sleep, @act must not.
 */
static int boost_on_mapped(struct gfn_to_pfn_cache *gpc,
			   int (*act)(struct gfn_to_pfn_cache *gpc, void *data), void *data)
{
	int r, tries = BOOST_MAP_TRIES;
	unsigned long flags;

	read_lock_irqsave(&gpc->lock, flags);
	while (!kvm_gpc_check(gpc, PAGE_SIZE)) {
		read_unlock_irqrestore(&gpc->lock, flags);
		if (!tries-- || fatal_signal_pending(current))
			return -EAGAIN;
		r = kvm_gpc_refresh(gpc, PAGE_SIZE);
		if (r)
			return r;
		read_lock_irqsave(&gpc->lock, flags);
	}
	r = boost_is_memory(gpc) ? act(gpc, data) : -EFAULT;
	read_unlock_irqrestore(&gpc->lock, flags);

	return r;
}

/* The vCPU's state; allocated when it is first given a page. */
static struct kvm_pv_boost_vcpu *boost_vcpu(struct kvm_vcpu *vcpu)
{
	struct kvm_pv_boost_vcpu *b = vcpu->arch.pv_boost;

	if (b)
		return b;

	b = kzalloc_obj(*b, GFP_KERNEL_ACCOUNT);
	if (!b)
		return NULL;
	b->cpu = KVM_PV_BOOST_CPU_NONE;
	kvm_gpc_init(&b->page[0], vcpu->kvm);
	kvm_gpc_init(&b->page[1], vcpu->kvm);
	kvm_gpc_init(&b->critical, vcpu->kvm);

	/* Pairs with smp_load_acquire() in boost_vcpu_of_other(). */
	smp_store_release(&vcpu->arch.pv_boost, b);
	return b;
}

/* Gives up the old number, if it is still this vCPU's, and takes the new one. */
static void boost_set_cpu(struct kvm_vcpu *vcpu, u32 cpu)
{
	struct kvm_pv_boost_vcpu *b = vcpu->arch.pv_boost;
	struct kvm_pv_boost_vm *vm = vcpu->kvm->arch.pv_boost;
	u16 self = vcpu->vcpu_idx + 1;

	spin_lock(&vm->lock);
	if (b->cpu != KVM_PV_BOOST_CPU_NONE && vm->vcpu[b->cpu] == self)
		WRITE_ONCE(vm->vcpu[b->cpu], 0);
	if (cpu != KVM_PV_BOOST_CPU_NONE) {
		if (vm->vcpu[cpu])
			vcpu->stat.pv_boost_duplicates++;
		WRITE_ONCE(vm->vcpu[cpu], self);
		if (cpu >= vm->cpus)
			WRITE_ONCE(vm->cpus, cpu + 1);
	}
	WRITE_ONCE(b->cpu, cpu);
	spin_unlock(&vm->lock);

	vcpu->stat.pv_boost_registered = cpu != KVM_PV_BOOST_CPU_NONE;
}

static void boost_unregister(struct kvm_vcpu *vcpu)
{
	struct kvm_pv_boost_vcpu *b = vcpu->arch.pv_boost;

	b->pending = false;
	if (b->cpu == KVM_PV_BOOST_CPU_NONE)
		return;

	boost_set_cpu(vcpu, KVM_PV_BOOST_CPU_NONE);
	kvm_gpc_deactivate(&b->page[b->current_page]);
	kvm_gpc_deactivate(&b->critical);
	trace_kvm_pv_boost_register(vcpu->vcpu_id, 0, 0, 0, 0, 0);
}

/* Replaces the registration, or fails and leaves it as it was. */
static int boost_register(struct kvm_vcpu *vcpu, u64 data)
{
	gpa_t gpa = data & KVM_PV_BOOST_MSR_GPA_MASK;
	struct kvm_pv_boost_vcpu *b = vcpu->arch.pv_boost;
	struct gfn_to_pfn_cache *old = &b->page[b->current_page];
	struct gfn_to_pfn_cache *new = &b->page[!b->current_page];
	struct boost_exchange x = {};
	int r = -EINVAL;

	if (kvm_vcpu_is_legal_gpa(vcpu, gpa))
		r = kvm_gpc_activate(new, gpa, PAGE_SIZE) ?:
		    boost_on_mapped(new, boost_exchange, &x);
	trace_kvm_pv_boost_register(vcpu->vcpu_id, data, x.header.cpu,
				    x.header.features, x.serves, r);
	if (r) {
		kvm_gpc_deactivate(new);
		vcpu->stat.pv_boost_rejected++;
		return r;
	}

	b->header = x.header;
	WRITE_ONCE(b->serves, x.serves);
	WRITE_ONCE(b->unmapped, 0);
	/* If there is no such memory now, the word counts as 0 until there is. */
	kvm_gpc_deactivate(&b->critical);
	if (x.header.features & KVM_PV_BOOST_F_CRITICAL)
		kvm_gpc_activate(&b->critical, x.header.critical_gpa, sizeof(u32));
	WRITE_ONCE(b->current_page, !b->current_page);
	boost_set_cpu(vcpu, x.header.cpu);
	kvm_gpc_deactivate(old);
	vcpu->stat.pv_boost_registrations++;
	return 0;
}

int kvm_pv_boost_set_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	u64 data = msr_info->data;
	struct kvm_pv_boost_vcpu *b;

	if (!boost_allowed(vcpu))
		return KVM_MSR_RET_UNSUPPORTED;

	if (!boost_msr_valid(data)) {
		vcpu->stat.pv_boost_rejected++;
		return 1;
	}

	if (!data) {
		kvm_pv_boost_reset(vcpu);
		return 0;
	}

	b = boost_vcpu(vcpu);
	if (!b)
		return 1;

	/*
	 * Userspace may restore MSRs before memory, and what the guest has
	 * written there must not make migration fail: look at it later.
	 */
	if (msr_info->host_initiated) {
		boost_unregister(vcpu);
		b->pending = true;
		kvm_make_request(KVM_REQ_PV_BOOST, vcpu);
	} else if (boost_register(vcpu, data)) {
		return 1;
	}
	b->msr = data;
	return 0;
}

int kvm_pv_boost_get_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	if (!boost_allowed(vcpu))
		return KVM_MSR_RET_UNSUPPORTED;

	msr_info->data = vcpu->arch.pv_boost ? vcpu->arch.pv_boost->msr : 0;
	return 0;
}

void kvm_pv_boost_reset(struct kvm_vcpu *vcpu)
{
	if (!vcpu->arch.pv_boost)
		return;

	boost_unregister(vcpu);
	vcpu->arch.pv_boost->msr = 0;
}

void kvm_pv_boost_destroy_vcpu(struct kvm_vcpu *vcpu)
{
	kvm_pv_boost_reset(vcpu);
	kfree(vcpu->arch.pv_boost);
	vcpu->arch.pv_boost = NULL;
}

void kvm_pv_boost_destroy_vm(struct kvm *kvm)
{
	kvfree(kvm->arch.pv_boost);
	kvm->arch.pv_boost = NULL;
}

/*
 * Writes the host line anew: what is served may have changed, or the memory. If there is
 * no memory now, the next reader asks again.
 */
static void boost_serve_anew(struct kvm_vcpu *vcpu)
{
	struct kvm_pv_boost_vcpu *b = vcpu->arch.pv_boost;
	u64 serves = boost_features_served(b->header.features);

	WRITE_ONCE(b->serves, serves);
	if (boost_on_mapped(&b->page[b->current_page], boost_write_host, &serves))
		WRITE_ONCE(b->unmapped, jiffies | 1);
	else
		WRITE_ONCE(b->unmapped, 0);
}

void kvm_pv_boost_update(struct kvm_vcpu *vcpu)
{
	struct kvm_pv_boost_vcpu *b = vcpu->arch.pv_boost;

	if (!b)
		return;

	if (b->pending) {
		b->pending = false;
		if (boost_allowed(vcpu))
			boost_register(vcpu, b->msr);
	} else if (b->cpu != KVM_PV_BOOST_CPU_NONE) {
		if (b->header.features & KVM_PV_BOOST_F_CRITICAL)
			kvm_gpc_refresh(&b->critical, sizeof(u32));
		boost_serve_anew(vcpu);
	}
}
