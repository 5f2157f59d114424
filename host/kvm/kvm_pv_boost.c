// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost, host side: registration of the pages shared with the guest.
 *
 * Decides which pages, headers and CPU numbers are accepted, keeps them mapped,
 * and finds a vCPU by the number its guest gave it. Never decides which vCPU runs.
 * Everything in a page is the guest's and hostile: the header is copied once,
 * checked, and used from the copy; nothing the host wrote is ever read back.
 *
 * A vCPU's registration is changed by its own thread only (vcpu->mutex). Other
 * vCPUs' threads read it at any time: see "Readers" at each field.
 */
#include <linux/debugfs.h>
#include <linux/kvm_host.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "cpuid.h"
#include "kvm_boost.h"
#include "kvm_pv_boost.h"

#include "kvm_boost_trace.h"

/* Features of registered pages that this host acts on. */
#define PV_BOOST_SERVED		(KVM_PV_BOOST_F_WAIT | KVM_PV_BOOST_F_IPI_MASK | \
				 KVM_PV_BOOST_F_CRITICAL | KVM_PV_BOOST_F_HYPERCALL | \
				 KVM_PV_BOOST_F_LOAN)

/* All features of version 1; reserved bytes can belong to others only. */
#define PV_BOOST_KNOWN		(KVM_PV_BOOST_F_WAIT | KVM_PV_BOOST_F_IPI_MASK | \
				 KVM_PV_BOOST_F_CRITICAL | KVM_PV_BOOST_F_HYPERCALL | \
				 KVM_PV_BOOST_F_LOAN)

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

	vm = kvzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
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
	return kvm_boost_mode() == KVM_BOOST_OFF ? 0 : serves;
}

/*
 * KVM can map device memory too, but must not touch it on a guest's word; not every
 * page frame with a struct page has memory behind it.
 */
static bool boost_is_memory(struct gfn_to_pfn_cache *gpc)
{
	struct page *page = kvm_pfn_to_refcounted_page(gpc->pfn);

	return page && !is_pci_p2pdma_page(page);
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

	b = kzalloc(sizeof(*b), GFP_KERNEL_ACCOUNT);
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

/* The same for other threads than the vCPU's own. */
static struct kvm_pv_boost_vcpu *boost_vcpu_of_other(struct kvm_vcpu *vcpu)
{
	/* Pairs with smp_store_release() in boost_vcpu(). */
	return smp_load_acquire(&vcpu->arch.pv_boost);
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

struct kvm_vcpu *kvm_pv_boost_find_vcpu(struct kvm *kvm, u32 cpu)
{
	struct kvm_pv_boost_vcpu *b;
	struct kvm_pv_boost_vm *vm;
	struct kvm_vcpu *vcpu;
	u16 number;

	vm = kvm->arch.pv_boost;
	if (!vm || cpu >= KVM_PV_BOOST_MAX_CPUS)
		return NULL;

	number = READ_ONCE(vm->vcpu[array_index_nospec(cpu, KVM_PV_BOOST_MAX_CPUS)]);
	if (!number)
		return NULL;

	vcpu = kvm_get_vcpu(kvm, number - 1);
	if (!vcpu)
		return NULL;

	/* It may have unregistered, or changed its number, since. */
	b = boost_vcpu_of_other(vcpu);
	return b && READ_ONCE(b->cpu) == cpu ? vcpu : NULL;
}

u32 kvm_pv_boost_cpus(struct kvm *kvm)
{
	struct kvm_pv_boost_vm *vm = kvm->arch.pv_boost;

	return vm ? READ_ONCE(vm->cpus) : 0;
}

/*
 * Reads (@write: writes) a word of a mapping of @len bytes, 32 bits if that is all of it.
 * Never waits, for the scheduler may be the caller: what is about to move the page has
 * the right of way. Device memory can be mapped, too, but is not touched on a guest's
 * word. Caller holds kvm->srcu.
 */
static bool boost_access(struct gfn_to_pfn_cache *gpc, unsigned long len, unsigned int offset,
			 u64 *word, bool write)
{
	unsigned long flags;
	bool mapped;
	void *at;

	local_irq_save(flags);
	if (!read_trylock(&gpc->lock)) {
		local_irq_restore(flags);
		return false;
	}

	mapped = kvm_gpc_check(gpc, len) && boost_is_memory(gpc);
	at = gpc->khva + offset;
	if (mapped && write) {
		WRITE_ONCE(*(u64 *)at, *word);
		kvm_gpc_mark_dirty_in_slot(gpc);
	} else if (mapped && len == sizeof(u32)) {
		*word = READ_ONCE(*(u32 *)at);
	} else if (mapped) {
		*word = READ_ONCE(*(u64 *)at);
	}
	read_unlock_irqrestore(&gpc->lock, flags);
	return mapped;
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

/*
 * The 64-bit word at @offset of the page, if the guest uses @feature and it is served.
 * Caller holds kvm->srcu.
 */
static int boost_read(struct kvm_vcpu *vcpu, u64 feature, unsigned int offset, u64 *word)
{
	struct kvm_pv_boost_vcpu *b = boost_vcpu_of_other(vcpu);
	unsigned long unmapped;

	/* In a nested guest, what the vCPU said before it went there is stale. */
	if (!b || READ_ONCE(b->cpu) == KVM_PV_BOOST_CPU_NONE || is_guest_mode(vcpu) ||
	    !(READ_ONCE(b->serves) & feature))
		return -ENOENT;

	if (boost_access(&b->page[READ_ONCE(b->current_page)], PAGE_SIZE, offset, word, false))
		return 0;
	/* What can't be mapped is not tried again by each reader. */
	unmapped = READ_ONCE(b->unmapped);
	if (!unmapped || time_after(jiffies, unmapped))
		kvm_make_request(KVM_REQ_PV_BOOST, vcpu);
	return -EAGAIN;
}

int kvm_pv_boost_read_wait(struct kvm_vcpu *vcpu, u64 *word)
{
	int r = boost_read(vcpu, KVM_PV_BOOST_F_WAIT,
			   offsetof(struct kvm_pv_boost_page, guest.wait), word);

	if (r)
		return r;
	if (!kvm_pv_boost_wait_valid(*word))
		return -EINVAL;
	/* A mask that the guest has not said it would write */
	if ((kvm_pv_boost_wait_flags(*word) & KVM_PV_BOOST_WAIT_MASK_VALID) &&
	    !(READ_ONCE(boost_vcpu_of_other(vcpu)->serves) & KVM_PV_BOOST_F_IPI_MASK))
		return -EINVAL;
	return 0;
}

u64 kvm_pv_boost_read_ipi_mask(struct kvm_vcpu *vcpu, u32 n)
{
	u64 word;

	if (n >= KVM_PV_BOOST_MAX_CPUS / 64)
		return 0;
	n = array_index_nospec(n, KVM_PV_BOOST_MAX_CPUS / 64);
	return boost_read(vcpu, KVM_PV_BOOST_F_IPI_MASK,
			  offsetof(struct kvm_pv_boost_page, ipi_mask) + n * sizeof(u64),
			  &word) ? 0 : word;
}

bool kvm_pv_boost_critical(struct kvm_vcpu *vcpu)
{
	struct kvm_pv_boost_vcpu *b = vcpu->arch.pv_boost;
	u64 word;

	if (!kvm_pv_boost_serves(vcpu, KVM_PV_BOOST_F_CRITICAL) || is_guest_mode(vcpu))
		return false;
	if (boost_access(&b->critical, sizeof(u32), 0, &word, false))
		return word & b->header.critical_mask;
	kvm_make_request(KVM_REQ_PV_BOOST, vcpu);
	return false;
}

bool kvm_pv_boost_serves(struct kvm_vcpu *vcpu, u64 feature)
{
	struct kvm_pv_boost_vcpu *b = vcpu->arch.pv_boost;

	return b && b->cpu != KVM_PV_BOOST_CPU_NONE && (b->serves & feature);
}

bool kvm_pv_boost_tell_loan(struct kvm_vcpu *vcpu, bool on_loan)
{
	struct kvm_pv_boost_vcpu *b = vcpu->arch.pv_boost;
	/* with the reserved word behind it, which is 0 */
	u64 status = on_loan ? KVM_PV_BOOST_STATUS_ON_LOAN : 0;

	return kvm_pv_boost_serves(vcpu, KVM_PV_BOOST_F_LOAN) &&
	       boost_access(&b->page[b->current_page], PAGE_SIZE,
			    offsetof(struct kvm_pv_boost_page, host.status), &status, true);
}

static int pv_boost_show(struct seq_file *m, void *unused)
{
	struct kvm_vcpu *vcpu = m->private;
	struct kvm_pv_boost_vcpu *b = boost_vcpu_of_other(vcpu);
	u64 word = 0;
	int idx, r;
	u32 cpu;

	if (!b) {
		seq_puts(m, "msr 0x0\n");
		return 0;
	}

	/* The vCPU runs meanwhile: a line may be newer than the one before. */
	cpu = READ_ONCE(b->cpu);
	seq_printf(m, "msr 0x%llx\n", READ_ONCE(b->msr));
	if (cpu == KVM_PV_BOOST_CPU_NONE)
		return 0;
	seq_printf(m, "cpu %u\n", cpu);
	seq_printf(m, "owns_cpu %d\n", kvm_pv_boost_find_vcpu(vcpu->kvm, cpu) == vcpu);
	seq_printf(m, "uses 0x%llx\n", READ_ONCE(b->header.features));
	seq_printf(m, "serves 0x%llx\n", READ_ONCE(b->serves));

	idx = srcu_read_lock(&vcpu->kvm->srcu);
	r = kvm_pv_boost_read_wait(vcpu, &word);
	srcu_read_unlock(&vcpu->kvm->srcu, idx);
	switch (r) {
	case 0:
		seq_printf(m, "wait 0x%llx\n", word);
		break;
	case -EAGAIN:
		seq_puts(m, "wait unmapped\n");
		break;
	case -EINVAL:
		seq_puts(m, "wait invalid\n");
		break;
	default:
		seq_puts(m, "wait none\n");
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pv_boost);

void kvm_pv_boost_create_debugfs(struct kvm_vcpu *vcpu, struct dentry *dentry)
{
	debugfs_create_file("pv_boost", 0400, dentry, vcpu, &pv_boost_fops);
}
