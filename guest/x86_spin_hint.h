/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spin hints as wait words of pv-boost, see <linux/spin_hint.h> for what each
 * function says and <asm/kvm_pv_boost.h> for the word. Beginning and ending a
 * wait is one store each; nothing here takes a decision but when to look whether
 * to ask the host, which spin_hint_ask() does.
 */
#ifndef _ASM_X86_SPIN_HINT_H
#define _ASM_X86_SPIN_HINT_H

#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/jump_label.h>
#include <asm/kvm_pv_boost.h>
#include <asm/pv_boost.h>
#include <asm/vdso/processor.h>

struct cpumask;

struct spin_hint {
	struct kvm_pv_boost_page *page;	/* this CPU's: a wait doesn't change CPU */
	u64 outer;		/* the word of the wait that this one interrupts */
	u64 word;		/* this wait's */
	u32 spins;
	u32 ask_at;		/* value of @spins at which to consider a hypercall */
	u32 asked;		/* hypercalls in this wait */
};

/* On while the host serves KVM_PV_BOOST_F_WAIT; decided when booting. */
DECLARE_STATIC_KEY_FALSE(spin_hint_key);
/* On while the host serves KVM_PV_BOOST_F_LOAN. */
DECLARE_STATIC_KEY_FALSE(spin_hint_loan_key);

extern u32 spin_hint_min_spins;

void spin_hint_ask(struct spin_hint *hint);
void spin_hint_set_mask(struct spin_hint *hint, const struct cpumask *mask);
void __spin_hint_give_back(void);

static __always_inline bool spin_hint_enabled(void)
{
	return static_branch_unlikely(&spin_hint_key);
}

static __always_inline u32 __spin_hint_cpu(int cpu)
{
	if (cpu >= KVM_PV_BOOST_MAX_CPUS && CONFIG_NR_CPUS > KVM_PV_BOOST_MAX_CPUS)
		return KVM_PV_BOOST_CPU_NONE;
	return cpu;
}

static __always_inline void __spin_hint_store(struct spin_hint *hint, u64 word)
{
	WRITE_ONCE(hint->page->guest.wait, word);
}

static __always_inline void spin_hint_begin(struct spin_hint *hint,
					    enum spin_hint_kind kind, int cpu)
{
	if (!spin_hint_enabled())
		return;

	hint->page = this_cpu_read(pv_boost_page);
	hint->outer = READ_ONCE(hint->page->guest.wait);
	hint->word = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK + kind,
				       irqs_disabled() ? KVM_PV_BOOST_WAIT_IRQS_OFF : 0,
				       __spin_hint_cpu(cpu));
	hint->spins = 0;
	hint->ask_at = spin_hint_min_spins;
	hint->asked = 0;
	__spin_hint_store(hint, hint->word);
}

static __always_inline void __spin_hint_move(struct spin_hint *hint, int cpu)
{
	if (kvm_pv_boost_wait_cpu(hint->word) == __spin_hint_cpu(cpu))
		return;

	hint->word = kvm_pv_boost_wait((u32)hint->word, 0,
				       __spin_hint_cpu(cpu));
	__spin_hint_store(hint, hint->word);
}

static __always_inline void spin_hint_move(struct spin_hint *hint, int cpu)
{
	if (spin_hint_enabled())
		__spin_hint_move(hint, cpu);
}

static __always_inline void spin_hint_relax(struct spin_hint *hint, int cpu)
{
	if (spin_hint_enabled()) {
		__spin_hint_move(hint, cpu);
		if (unlikely(++hint->spins >= hint->ask_at))
			spin_hint_ask(hint);
	}
	cpu_relax();
}

static __always_inline void spin_hint_end(struct spin_hint *hint)
{
	if (spin_hint_enabled())
		__spin_hint_store(hint, hint->outer);
}

static __always_inline void spin_hint_give_back(void)
{
	if (static_branch_unlikely(&spin_hint_loan_key) &&
	    unlikely(READ_ONCE(this_cpu_read(pv_boost_page)->host.status) &
		     KVM_PV_BOOST_STATUS_ON_LOAN))
		__spin_hint_give_back();
}

#endif /* _ASM_X86_SPIN_HINT_H */
