// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost, guest side: what a CPU that spins asks of the host.
 *
 * Decides whether the guest says which CPU it spins for, when a CPU that spins asks
 * the host to run that one, and when one that was lent time gives it back. The
 * words are written in <asm/spin_hint.h>; which CPU waits for which is known by the
 * callers, the slow paths of locks and IPIs. The interface:
 * Documentation/virt/kvm/x86/pv-boost.rst.
 */
#define pr_fmt(fmt) "kvm-guest: spin hints: " fmt

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kvm_para.h>
#include <linux/latency_hint.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/spin_hint.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <asm/kvm_pv_boost.h>
#include <asm/msr.h>
#include <asm/pv_boost.h>
#include <asm/tsc.h>

/* spin_hint_begin() makes the one of the other by adding. */
static_assert(KVM_PV_BOOST_WAIT_LOCK + SPIN_HINT_LOCK == KVM_PV_BOOST_WAIT_LOCK);
static_assert(KVM_PV_BOOST_WAIT_LOCK + SPIN_HINT_IPI == KVM_PV_BOOST_WAIT_IPI);
static_assert(KVM_PV_BOOST_WAIT_LOCK + SPIN_HINT_TASK == KVM_PV_BOOST_WAIT_TASK);
static_assert((u32)SPIN_HINT_NO_CPU == KVM_PV_BOOST_CPU_NONE);
/* ipi_mask is copied word by word */
static_assert(sizeof(unsigned long) == sizeof(u64));

DEFINE_STATIC_KEY_FALSE(spin_hint_key);
DEFINE_STATIC_KEY_FALSE(spin_hint_loan_key);

/* Rounds of a wait's loop, each with a PAUSE, before asking is considered. */
#define MIN_SPINS_DEFAULT	64
#define MAX_SPINS		16384U
/* The same after another vCPU was run for this wait. */
#define AGAIN_SPINS		16
u32 spin_hint_min_spins __ro_after_init = MIN_SPINS_DEFAULT;

/* So many times as long a wait is long. */
static u32 spin_hint_long __ro_after_init = 32;

/* Shortest time between two BOOST hypercalls of a CPU if the first was of no use. */
#define ASK_GAP_DEFAULT_US	50
static u32 ask_gap_us __ro_after_init = ASK_GAP_DEFAULT_US;
static u64 ask_gap __ro_after_init;

static u64 features __ro_after_init = KVM_PV_BOOST_F_WAIT | KVM_PV_BOOST_F_IPI_MASK |
				      KVM_PV_BOOST_F_HYPERCALL | KVM_PV_BOOST_F_LOAN |
				      KVM_PV_BOOST_F_LATENCY;

struct ask_stats {
	u64 last;		/* TSC of the last BOOST */
	unsigned long asked;	/* BOOST hypercalls */
	unsigned long ran;	/* of them: the host ran another vCPU */
	bool useful;		/* the last one did */
	bool unserved;		/* a hypercall failed: no more of them */
	unsigned long done;	/* DONE hypercalls */
};

static DEFINE_PER_CPU(struct ask_stats, ask_stats);

static int __init parse_option(const char *option)
{
	if (!strcmp(option, "off"))
		features = 0;
	else if (!strcmp(option, "nohc"))
		features &= ~(KVM_PV_BOOST_F_HYPERCALL | KVM_PV_BOOST_F_LOAN);
	else if (!strcmp(option, "noloan"))
		features &= ~KVM_PV_BOOST_F_LOAN;
	else if (!strcmp(option, "nolatency"))
		features &= ~KVM_PV_BOOST_F_LATENCY;
	else if (!strncmp(option, "spins=", 6))
		return kstrtou32(option + 6, 0, &spin_hint_min_spins);
	else if (!strncmp(option, "long=", 5))
		return kstrtou32(option + 5, 0, &spin_hint_long);
	else if (!strncmp(option, "gap=", 4))
		return kstrtou32(option + 4, 0, &ask_gap_us);
	else
		return -EINVAL;
	return 0;
}

static int __init parse_spin_hint(char *arg)
{
	char *option;

	while ((option = strsep(&arg, ",")))
		if (parse_option(option))
			pr_warn("no such option: %s\n", option);
	return 0;
}
early_param("spin_hint", parse_spin_hint);

u64 spin_hint_features(void)
{
	return features;
}

/*
 * Hints are switched on when the boot CPU registers, before there are others. A
 * host to which the guest migrates may serve less: hypercalls look, and wait
 * words that are not read do no harm. If it serves more, that is not used.
 */
void spin_hint_registered(u64 serves)
{
	__this_cpu_write(ask_stats.unserved, false);

	if (system_state != SYSTEM_BOOTING || num_online_cpus() > 1)
		return;

	ask_gap = (u64)ask_gap_us * tsc_khz / 1000;
	if (serves & KVM_PV_BOOST_F_WAIT)
		static_branch_enable(&spin_hint_key);
	if (serves & KVM_PV_BOOST_F_LOAN)
		static_branch_enable(&spin_hint_loan_key);
	if (serves & KVM_PV_BOOST_F_LATENCY)
		static_branch_enable(&latency_hint_key);
}

static bool host_serves(u64 feature)
{
	return !this_cpu_read(ask_stats.unserved) &&
	       (READ_ONCE(this_cpu_read(pv_boost_page)->host.features) & feature);
}

/*
 * A host that knows nothing of the page, where a snapshot was restored, say,
 * leaves in it what another one served. It can't be told but by calling.
 */
static long call_host(unsigned long op, u32 asked)
{
	long ret = kvm_hypercall4(KVM_HC_PV_BOOST, op, KVM_PV_BOOST_CPU_NONE, asked, 0);

	if (ret == -KVM_ENOSYS)
		this_cpu_write(ask_stats.unserved, true);
	return ret;
}

/* Is one of the CPUs that @hint names off its physical CPU? */
static bool target_preempted(const struct spin_hint *hint)
{
	u32 cpu = kvm_pv_boost_wait_cpu(hint->word);

	if (cpu < nr_cpu_ids && vcpu_is_preempted(cpu))
		return true;

	if (hint->word & KVM_PV_BOOST_WAIT_MASK_VALID) {
		const unsigned long *mask = (const unsigned long *)hint->page->ipi_mask;

		for_each_set_bit(cpu, mask, nr_cpu_ids)
			if (vcpu_is_preempted(cpu))
				return true;
	}
	return false;
}

/**
 * spin_hint_ask - consider asking the host to run the CPU that this one spins for
 * @hint: of the wait; the time to call this again is set in it
 *
 * The host is asked if one that is waited for is seen not to run, or if the wait
 * is so long that something must be amiss: not all that is off its CPU is seen to
 * be, and looking from time to time which one is waited for keeps the processor from
 * noticing by itself that this CPU spins. If it was of use, but this CPU still has to
 * wait, the next in the way can be asked for at once; if not, the next time in the
 * same wait is further off, and any wait is a while off, lest CPUs that wait for
 * each other's progress throw each other out all the time. A host that says it knows
 * no such call isn't asked again until this CPU has registered again.
 */
void spin_hint_ask(struct spin_hint *hint)
{
	struct ask_stats *stats = this_cpu_ptr(&ask_stats);
	u64 now;

	hint->ask_at = hint->spins + spin_hint_min_spins;
	if (!host_serves(KVM_PV_BOOST_F_HYPERCALL) || in_nmi() ||
	    (hint->spins < spin_hint_long * spin_hint_min_spins &&
	     !target_preempted(hint)))
		return;

	now = rdtsc();
	if (!stats->useful && now - stats->last < ask_gap)
		return;
	stats->last = now;

	stats->asked++;
	stats->useful = call_host(KVM_PV_BOOST_OP_BOOST, hint->asked++) == 1;
	if (stats->useful) {
		stats->ran++;
		hint->ask_at = hint->spins + AGAIN_SPINS;
	} else {
		hint->ask_at = hint->spins + clamp(hint->spins, spin_hint_min_spins,
						   MAX_SPINS);
	}
}

/**
 * spin_hint_set_mask - an IPI wait is for all CPUs in a mask
 * @hint: of the wait
 * @mask: the CPUs; in later calls of the same wait, no more than before
 */
void spin_hint_set_mask(struct spin_hint *hint, const struct cpumask *mask)
{
	const unsigned long *bits = cpumask_bits(mask);
	unsigned int i;

	/* There is one mask only, and an interrupted wait may be using it. */
	if ((hint->outer & KVM_PV_BOOST_WAIT_MASK_VALID) ||
	    nr_cpu_ids > KVM_PV_BOOST_MAX_CPUS)
		return;

	for (i = 0; i < BITS_TO_LONGS(nr_cpu_ids); i++)
		WRITE_ONCE(hint->page->ipi_mask[i], bits[i]);

	if (!(hint->word & KVM_PV_BOOST_WAIT_MASK_VALID)) {
		hint->word |= KVM_PV_BOOST_WAIT_MASK_VALID;
		/* The CPU keeps stores in order; the compiler must as well. */
		barrier();
		__spin_hint_store(hint, hint->word);
	}
}

/**
 * __spin_hint_give_back - this CPU was lent time, and is about to wait for a lock
 *
 * It has got as far as it can, and should not be in a queue while the host runs
 * others: a CPU that is not in it holds up no other.
 */
void __spin_hint_give_back(void)
{
	if (!host_serves(KVM_PV_BOOST_F_LOAN) || in_nmi())
		return;

	this_cpu_inc(ask_stats.done);
	call_host(KVM_PV_BOOST_OP_DONE, 0);
}

/* virt_spin_lock()'s wait, with a hint; provides no order. */
void __virt_spin_hint_wait(struct qspinlock *lock)
{
	u32 val;

	spin_hint_while(SPIN_HINT_LOCK, (val = atomic_read(&lock->val)),
			queued_spin_owner(val));
}

static int spin_hint_show(struct seq_file *m, void *unused)
{
	int cpu;

	seq_puts(m, "cpu asked ran done unserved\n");
	for_each_possible_cpu(cpu) {
		const struct ask_stats *stats = &per_cpu(ask_stats, cpu);

		seq_printf(m, "%d %lu %lu %lu %d\n", cpu, stats->asked, stats->ran,
			   stats->done, stats->unserved);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(spin_hint);

static int __init spin_hint_create_debugfs(void)
{
	if (static_branch_unlikely(&spin_hint_key))
		debugfs_create_file("spin_hint", 0400, NULL, NULL, &spin_hint_fops);
	return 0;
}
late_initcall(spin_hint_create_debugfs);
