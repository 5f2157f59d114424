// SPDX-License-Identifier: GPL-2.0
/*
 * pvb-hostile: a guest that lies. On each CPU a thread that never sleeps writes
 * random and adversarial wait words, masks, headers and statuses into the pages of
 * all CPUs, registers and unregisters pages of its own, and calls the hypercall
 * with good and bad arguments. Nothing of it may hurt the host or another guest.
 *
 * attack=NAME: no nonsense, one thing only.
 *   greedy   asks for one CPU after the other to be run all the time, never gives back
 *   flood    the same without a pause between the calls
 *   refuse   asks until it is refused, runs 0.9 ms (of a tick of 1 ms), sleeps
 *   nudge    CPU 0 asks for CPU 1 all the time, the others compute
 *   evict    even CPUs ask for the next one, which sleeps half the time
 *   mutate   half of the CPUs rewrite all words and masks, the others ask by them
 *   same     all register pages as CPU 0, and ask for that
 *   wide     all have been CPU 4095 once, wait for 64 CPUs up there that nobody is, and ask
 *   urgent   all compute, and say that a latency-critical task runs, or is to, all the time
 *   count    the victim: computes, and counts its loops; needs no page
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/kvm_para.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <asm/kvm_pv_boost.h>
#include <asm/msr.h>
#include <asm/tsc.h>

#include "module_seam.h"

static char *attack = "lie";
module_param(attack, charp, 0444);
MODULE_PARM_DESC(attack, "What is done, see above");

static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Of what is done");

enum { WORDS, MASKS, HEADERS, STATUSES, CALLS, BAD_CALLS, PAUSES, LOOPS, REFUSED, NR_COUNTS };

static const char *const count_name[NR_COUNTS] = {
	"words", "masks", "headers", "statuses", "calls", "bad_calls", "pauses",
	"loops", "refused",
};

struct liar {
	struct task_struct *task;
	struct kvm_pv_boost_page *page[2];	/* the kernel's, and one of ours */
	u64 state;
	u64 count[NR_COUNTS];
};

static struct liar liars[NR_CPUS];
static struct dentry *file;

static u64 rnd(struct liar *l)
{
	u64 z = (l->state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Mostly a CPU that there is. */
static u32 some_cpu(struct liar *l)
{
	switch (rnd(l) % 8) {
	case 0:
		return rnd(l);
	case 1:
		return KVM_PV_BOOST_CPU_NONE;
	case 2:
		return rnd(l) % (2 * KVM_PV_BOOST_MAX_CPUS);
	default:
		return rnd(l) % nr_cpu_ids;
	}
}

static struct kvm_pv_boost_page *some_page(struct liar *l)
{
	struct liar *of = rnd(l) % 2 ? l : &liars[rnd(l) % nr_cpu_ids];

	return of->page[rnd(l) % 2];
}

static void write_word(struct liar *l, struct kvm_pv_boost_page *page)
{
	u32 self = l - liars;
	u64 word;

	switch (rnd(l) % 6) {
	case 0:
		word = rnd(l);
		break;
	case 1:		/* for itself */
		word = kvm_pv_boost_wait(1 + rnd(l) % 3, 0, self);
		break;
	case 2:		/* in a circle */
		word = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, (self + 1) % nr_cpu_ids);
		break;
	case 3:
		word = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_IPI, KVM_PV_BOOST_WAIT_MASK_VALID,
					 some_cpu(l));
		break;
	default:
		word = kvm_pv_boost_wait(rnd(l) % 5, (rnd(l) % 4) << 8, some_cpu(l));
	}
	WRITE_ONCE(page->guest.wait, word);
	word = rnd(l) % 2 ? rnd(l) : kvm_pv_boost_latency(rnd(l) % 16, rnd(l),
							  rdtsc() + rnd(l) % BIT(24));
	WRITE_ONCE(page->guest.latency, word);
	l->count[WORDS]++;
}

static void write_mask(struct liar *l, struct kvm_pv_boost_page *page)
{
	u64 fill = rnd(l) % 3 ? ~0ULL : rnd(l);
	int i;

	for (i = 0; i < ARRAY_SIZE(page->ipi_mask); i++)
		WRITE_ONCE(page->ipi_mask[i], fill);
	l->count[MASKS]++;
}

/* A page of our own, with a header that is nearly right. */
static void register_page(struct liar *l)
{
	struct kvm_pv_boost_page *page = l->page[1];
	u64 gpa = virt_to_phys(page);

	page->header = (struct kvm_pv_boost_header){
		.version = KVM_PV_BOOST_VERSION,
		.size = KVM_PV_BOOST_PAGE_SIZE,
		.cpu = some_cpu(l),
		.features = rnd(l) % 3 ? 0x3f : rnd(l) % 128,
	};
	if (page->header.features & KVM_PV_BOOST_F_CRITICAL) {
		page->header.critical_mask = ~0U;
		/* RAM, or the APIC, or nothing at all */
		page->header.critical_gpa = rnd(l) % 2 ? gpa : rnd(l) % 2 ? 0xfee00000 :
					    rnd(l) & ~3ULL & GENMASK_ULL(51, 0);
	}
	switch (rnd(l) % 8) {
	case 0:
		page->header.version = rnd(l);
		break;
	case 1:
		page->header.reserved[rnd(l) % 4] = rnd(l);
		break;
	case 2:
		gpa = rnd(l) & GENMASK_ULL(rnd(l) % 63, 0) & PAGE_MASK;
		break;
	case 3:
		gpa |= rnd(l) & ~PAGE_MASK;
		break;
	case 4:
		gpa = 0xfee00000;
		break;
	}
	wrmsrq_safe(MSR_KVM_PV_BOOST, gpa | KVM_PV_BOOST_MSR_ENABLE);
	l->count[HEADERS]++;
}

static void bad_call(struct liar *l)
{
	kvm_hypercall4(KVM_HC_PV_BOOST, rnd(l) % 4, rnd(l) >> rnd(l) % 64,
		       rnd(l) % 2, rnd(l) % 2 ? rnd(l) : 0);
	l->count[BAD_CALLS]++;
}

static void pauses(struct liar *l, int nr)
{
	while (nr--)
		cpu_relax();
	l->count[PAUSES]++;
}

static void lie(struct liar *l)
{
	struct kvm_pv_boost_page *page = some_page(l);

	switch (rnd(l) % 16) {
	case 0:
		register_page(l);
		break;
	case 1:		/* what the kernel registered */
		wrmsrq_safe(MSR_KVM_PV_BOOST, virt_to_phys(l->page[0]) | KVM_PV_BOOST_MSR_ENABLE);
		break;
	case 2:
		if (rnd(l) % 8 == 0)
			wrmsrq_safe(MSR_KVM_PV_BOOST, 0);
		break;
	case 3:
		WRITE_ONCE(page->host.status, rnd(l));
		WRITE_ONCE(page->host.features, rnd(l));
		l->count[STATUSES]++;
		break;
	case 4:
	case 5:
		write_mask(l, page);
		break;
	case 6:
		pauses(l, 3000);
		break;
	case 7:		/* most likely without a loan */
		kvm_hypercall4(KVM_HC_PV_BOOST, KVM_PV_BOOST_OP_DONE, KVM_PV_BOOST_CPU_NONE, 0, 0);
		l->count[CALLS]++;
		break;
	case 8:
		kvm_hypercall4(KVM_HC_PV_BOOST, KVM_PV_BOOST_OP_BOOST, l - liars, 0, 0);
		l->count[CALLS]++;
		break;
	case 9:
		bad_call(l);
		break;
	case 10:
	case 11:
		write_word(l, page);
		kvm_hypercall4(KVM_HC_PV_BOOST, KVM_PV_BOOST_OP_BOOST, KVM_PV_BOOST_CPU_NONE, 0, 0);
		l->count[CALLS]++;
		break;
	case 12:
		kvm_hypercall4(KVM_HC_PV_BOOST, KVM_PV_BOOST_OP_BOOST, some_cpu(l), 0, 0);
		l->count[CALLS]++;
		break;
	default:
		write_word(l, page);
	}
}

static u32 other_cpu(struct liar *l)
{
	return (l - liars + 1 + rnd(l) % (nr_cpu_ids - 1)) % nr_cpu_ids;
}

static u32 next_cpu(struct liar *l)
{
	return (l - liars + 1) % nr_cpu_ids;
}

static bool ask_for(struct liar *l, u32 cpu)
{
	l->count[CALLS]++;
	return kvm_hypercall4(KVM_HC_PV_BOOST, KVM_PV_BOOST_OP_BOOST, cpu, 0, 0) == 1;
}

static void be_greedy(struct liar *l)
{
	u32 other = other_cpu(l);

	WRITE_ONCE(l->page[0]->guest.wait, kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, other));
	ask_for(l, other);
	pauses(l, 200);
}

static void flood(struct liar *l)
{
	ask_for(l, other_cpu(l));
}

/* The only measure of a victim's time that no account of the host can bend. */
static void count(struct liar *l)
{
	int i;

	for (i = 0; i < 1000; i++)
		barrier();
	l->count[LOOPS]++;
}

/* By the TSC: also what was not ours goes by. */
static void run_us(struct liar *l, unsigned int us)
{
	u64 end = rdtsc() + (u64)us * tsc_khz / 1000;

	while (rdtsc() < end)
		count(l);
}

static void refuse(struct liar *l)
{
	int i;

	for (i = 0; i < 16 && ask_for(l, next_cpu(l)); i++)
		;
	if (i < 16)
		l->count[REFUSED]++;
	run_us(l, 900);
}

static void nudge(struct liar *l)
{
	if (l == liars)
		ask_for(l, 1);
	else
		count(l);
}

static void evict(struct liar *l)
{
	if ((l - liars) % 2)
		run_us(l, 1000);
	else
		ask_for(l, next_cpu(l));
}

static void mutate(struct liar *l)
{
	int i;

	if ((l - liars) % 2) {
		ask_for(l, KVM_PV_BOOST_CPU_NONE);
		return;
	}
	for (i = 0; i < nr_cpu_ids; i++) {
		write_mask(l, liars[i].page[0]);
		WRITE_ONCE(liars[i].page[0]->guest.wait,
			   kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_IPI, KVM_PV_BOOST_WAIT_MASK_VALID,
					     some_cpu(l)));
		l->count[WORDS]++;
	}
}

static void register_as(struct liar *l, u32 cpu)
{
	struct kvm_pv_boost_page *page = l->page[1];

	page->header = (struct kvm_pv_boost_header){
		.version = KVM_PV_BOOST_VERSION,
		.size = KVM_PV_BOOST_PAGE_SIZE,
		.cpu = cpu,
		.features = KVM_PV_BOOST_F_WAIT | KVM_PV_BOOST_F_IPI_MASK |
			    KVM_PV_BOOST_F_HYPERCALL,
	};
	wrmsrq_safe(MSR_KVM_PV_BOOST, virt_to_phys(page) | KVM_PV_BOOST_MSR_ENABLE);
	l->count[HEADERS]++;
}

static void same(struct liar *l)
{
	register_as(l, 0);
	ask_for(l, 0);
}

static void wide(struct liar *l)
{
	struct kvm_pv_boost_page *page = l->page[1];

	if (!l->count[HEADERS]) {
		register_as(l, KVM_PV_BOOST_MAX_CPUS - 1);
		register_as(l, l - liars);
		WRITE_ONCE(page->ipi_mask[ARRAY_SIZE(page->ipi_mask) - 1], ~0ULL);
	}
	WRITE_ONCE(page->guest.wait, kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_IPI,
						       KVM_PV_BOOST_WAIT_MASK_VALID,
						       next_cpu(l)));
	ask_for(l, KVM_PV_BOOST_CPU_NONE);
}

static void hold(struct liar *l)
{
	run_us(l, 900);
}

static void urgent(struct liar *l)
{
	WRITE_ONCE(l->page[0]->guest.latency,
		   kvm_pv_boost_latency(KVM_PV_BOOST_LATENCY_KNOWN_FLAGS,
					KVM_PV_BOOST_LATENCY_RUN_MAX, rdtsc()));
	l->count[WORDS]++;
	run_us(l, 100);
}

static const struct attack {
	const char *name;
	void (*once)(struct liar *l);
	unsigned int sleep_us;		/* between two of them ... */
	bool odd_only;			/* ... on odd CPUs only */
} attacks[] = {
	{ "lie", lie }, { "greedy", be_greedy }, { "flood", flood },
	{ "refuse", refuse, 100 }, { "nudge", nudge }, { "evict", evict, 1000, true },
	{ "mutate", mutate }, { "same", same }, { "wide", wide }, { "hold", hold },
	{ "urgent", urgent }, { "count", count },
};

static const struct attack *chosen;

static int liar(void *data)
{
	struct liar *l = data;
	bool sleeps = chosen->sleep_us && (!chosen->odd_only || (l - liars) % 2);

	/* The kernel must have nothing to say on its way: it would clear our words. */
	while (!kthread_should_stop()) {
		preempt_disable();
		chosen->once(l);
		preempt_enable();
		if (sleeps)
			usleep_range(chosen->sleep_us, chosen->sleep_us + 1);
		else
			cond_resched();
	}
	return 0;
}

static int hostile_show(struct seq_file *m, void *unused)
{
	u64 sum;
	int i, cpu;

	for (i = 0; i < NR_COUNTS; i++) {
		sum = 0;
		for_each_online_cpu(cpu)
			sum += READ_ONCE(liars[cpu].count[i]);
		seq_printf(m, "%s %llu ", count_name[i], sum);
	}
	seq_putc(m, '\n');
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(hostile);

static void get_page_of_kernel(void *unused)
{
	u64 gpa = 0;

	rdmsrq_safe(MSR_KVM_PV_BOOST, &gpa);
	if (gpa & KVM_PV_BOOST_MSR_ENABLE)
		liars[smp_processor_id()].page[0] = phys_to_virt(gpa & KVM_PV_BOOST_MSR_GPA_MASK);
}

static int __init hostile_init(void)
{
	int cpu, i;

	for (i = 0; i < ARRAY_SIZE(attacks); i++)
		if (!strcmp(attack, attacks[i].name))
			chosen = &attacks[i];
	if (!chosen)
		return -EINVAL;
	on_each_cpu(get_page_of_kernel, NULL, 1);
	for_each_online_cpu(cpu) {
		struct liar *l = &liars[cpu];

		l->state = seed * 1000 + cpu;
		l->page[1] = (void *)get_zeroed_page(GFP_KERNEL);
		if (chosen->once != count && (!l->page[0] || !l->page[1])) {
			pr_err("CPU %d has no page\n", cpu);
			return -ENODEV;
		}
	}
	file = debugfs_create_file("pvb-hostile", 0400, NULL, NULL, &hostile_fops);
	for_each_online_cpu(cpu) {
		liars[cpu].task = kthread_create_on_cpu(liar, &liars[cpu], cpu, "liar/%u");
		if (!IS_ERR(liars[cpu].task))
			wake_up_process(liars[cpu].task);
	}
	return 0;
}

/* No exit: the guest is killed. */
module_init(hostile_init);
MODULE_DESCRIPTION("pv-boost: a guest that lies");
MODULE_LICENSE("GPL");
