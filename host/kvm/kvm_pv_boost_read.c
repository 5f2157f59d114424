// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost, host side: reads what guests say in their pages, and tells a vCPU that it runs
 * on lent time. Never sleeps: the scheduler may be the caller. Which pages there are is
 * kvm_pv_boost.c's business. What is read is the guest's, hostile and maybe out of date.
 */
#include <linux/debugfs.h>
#include <linux/nospec.h>
#include <linux/seq_file.h>

#include "kvm_pv_boost_page.h"

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

u64 kvm_pv_boost_read_latency(struct kvm_vcpu *vcpu)
{
	u64 word;

	if (boost_read(vcpu, KVM_PV_BOOST_F_LATENCY,
		       offsetof(struct kvm_pv_boost_page, guest.latency), &word))
		return 0;
	if (kvm_pv_boost_latency_valid(word))
		return word;
	vcpu->stat.boost_invalid++;
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
