// SPDX-License-Identifier: GPL-2.0
/*
 * pvb_lat: how long the kernel of a guest waits for a contended spinlock and for
 * the answer to an IPI, and how long a lock's holder is off its CPU.
 *
 * One thread per CPU does nothing else. Each duration goes into a histogram of
 * the CPU with HIST_STEPS buckets per octave, so no sample is lost or shared.
 * Works in any guest kernel: the only way it knows of being off the CPU is that
 * time has passed between two looks at the clock.
 *
 * debugfs: pvb_lat/control takes "start lock SEED", "start ipi SEED", "reset" and
 * "stop"; pvb_lat/hist shows "NAME FROM_NS TO_NS COUNT" lines, the longest wait
 * as "max NAME NS", and "ops N".
 */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "module_seam.h"

#define HIST_SHIFT	3
#define HIST_STEPS	BIT(HIST_SHIFT)
/* Up to 2^40 ns, 18 minutes; the last bucket takes what is longer. */
#define HIST_BUCKETS	((40 - HIST_SHIFT + 1) * HIST_STEPS)

/*
 * A critical section has HOLD_LOOKS looks at the clock with HOLD_LOOPS loops before
 * each, about 2 us in the lab; up to THINK_LOOPS loops lie between two sections. So
 * two CPUs that run contend, and a holder is pre-empted now and then, not always.
 */
#define HOLD_LOOPS	100
#define HOLD_LOOKS	4
#define THINK_LOOPS	600
/* Between two IPIs. */
#define PAUSE_LOOPS	8000
/* One in so many goes to all other CPUs. */
#define IPI_ALL_EVERY	4

enum measure {
	LOCK_WAIT,	/* from asking for the lock to having it */
	LOCK_GAP,	/* longest time between two looks while holding it */
	IPI_ONE,	/* smp_call_function_single() to its return */
	IPI_ALL,	/* the same to all other CPUs */
	MEASURES,
};

static const char *const measure_name[MEASURES] = {
	[LOCK_WAIT] = "lock_wait",
	[LOCK_GAP] = "lock_gap",
	[IPI_ONE] = "ipi_one",
	[IPI_ALL] = "ipi_all",
};

struct hist {
	u64 count[MEASURES][HIST_BUCKETS];
	u64 max[MEASURES];
	u64 ops;
};

static DEFINE_PER_CPU(struct hist *, lat_hist);
static DEFINE_PER_CPU(struct task_struct *, lat_thread);
static DEFINE_SPINLOCK(contended);
static DEFINE_MUTEX(control_mutex);
static struct dentry *lat_dir;
static u64 lat_seed;
static bool lat_running;

static unsigned int bucket_of(u64 ns)
{
	unsigned int octave, bucket;

	if (ns < HIST_STEPS)
		return ns;
	octave = ilog2(ns) - HIST_SHIFT;
	bucket = (octave << HIST_SHIFT) + (ns >> octave);
	return min_t(unsigned int, bucket, HIST_BUCKETS - 1);
}

/* The least value of a bucket; of one behind the last, where that ends. */
static u64 bucket_start(unsigned int bucket)
{
	unsigned int octave = bucket >> HIST_SHIFT;

	if (bucket < 2 * HIST_STEPS)
		return bucket;
	return (u64)(HIST_STEPS + (bucket & (HIST_STEPS - 1))) << (octave - 1);
}

static void record(struct hist *h, enum measure m, u64 ns)
{
	h->count[m][bucket_of(ns)]++;
	if (ns > h->max[m])
		h->max[m] = ns;
}

static void burn(unsigned int loops)
{
	while (loops--)
		barrier();
}

/* xorshift64: its state must not be 0 */
static u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void one_lock(struct hist *h)
{
	u64 asked, then, now, gap = 0;
	unsigned int i;

	asked = ktime_get_mono_fast_ns();
	spin_lock(&contended);
	then = ktime_get_mono_fast_ns();
	record(h, LOCK_WAIT, then - asked);
	for (i = 0; i < HOLD_LOOKS; i++) {
		burn(HOLD_LOOPS);
		now = ktime_get_mono_fast_ns();
		gap = max(gap, now - then);
		then = now;
	}
	spin_unlock(&contended);
	record(h, LOCK_GAP, gap);
}

static void answer(void *unused)
{
}

static void one_ipi(struct hist *h, u64 random)
{
	bool all = random % IPI_ALL_EVERY == 0;
	unsigned int cpu;
	u64 begin;

	/* Nobody to ask on a machine of one CPU. */
	if (num_online_cpus() < 2)
		return;
	preempt_disable();
	cpu = cpumask_nth((random >> 8) % num_online_cpus(), cpu_online_mask);
	if (cpu == smp_processor_id())
		cpu = seam_next_online_cpu(cpu);
	begin = ktime_get_mono_fast_ns();
	if (all)
		smp_call_function(answer, NULL, 1);
	else if (cpu < nr_cpu_ids)
		smp_call_function_single(cpu, answer, NULL, 1);
	record(h, all ? IPI_ALL : IPI_ONE, ktime_get_mono_fast_ns() - begin);
	preempt_enable();
}

static int lat_main(void *ipi)
{
	struct hist *h = this_cpu_read(lat_hist);
	u64 random = lat_seed * 0x9e3779b97f4a7c15ULL + raw_smp_processor_id() + 1;

	while (!kthread_should_stop()) {
		u64 r = next_random(&random);

		if (ipi) {
			one_ipi(h, r);
			burn((r >> 32) % PAUSE_LOOPS);
		} else {
			one_lock(h);
			burn((r >> 32) % THINK_LOOPS);
		}
		h->ops++;
		cond_resched();
	}
	return 0;
}

static void stop_threads(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (per_cpu(lat_thread, cpu))
			kthread_stop(per_cpu(lat_thread, cpu));
		per_cpu(lat_thread, cpu) = NULL;
	}
	lat_running = false;
}

static int start_threads(bool ipi, u64 seed)
{
	int cpu;

	if (lat_running)
		return -EBUSY;
	lat_running = true;
	lat_seed = seed;
	for_each_online_cpu(cpu) {
		struct task_struct *t;

		memset(per_cpu(lat_hist, cpu), 0, sizeof(struct hist));
		t = kthread_create_on_cpu(lat_main, (void *)(unsigned long)ipi,
					  cpu, "pvb_lat/%u");
		if (IS_ERR(t)) {
			stop_threads();
			return PTR_ERR(t);
		}
		per_cpu(lat_thread, cpu) = t;
	}
	for_each_online_cpu(cpu)
		if (per_cpu(lat_thread, cpu))
			wake_up_process(per_cpu(lat_thread, cpu));
	return 0;
}

static void reset_hists(void)
{
	int cpu;

	/* A thread under way may add a stray one: no harm. */
	for_each_possible_cpu(cpu)
		memset(per_cpu(lat_hist, cpu), 0, sizeof(struct hist));
}

static ssize_t control_write(struct file *file, const char __user *user,
			     size_t size, loff_t *pos)
{
	char text[64];
	int err = 0;
	u64 seed;

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, size))
		return -EFAULT;
	text[size] = '\0';
	mutex_lock(&control_mutex);
	if (sscanf(text, "start lock %llu", &seed) == 1)
		err = start_threads(false, seed);
	else if (sscanf(text, "start ipi %llu", &seed) == 1)
		err = start_threads(true, seed);
	else if (sysfs_streq(text, "reset"))
		reset_hists();
	else if (sysfs_streq(text, "stop"))
		stop_threads();
	else
		err = -EINVAL;
	mutex_unlock(&control_mutex);
	return err ?: size;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.write = control_write,
};

static int hist_show(struct seq_file *m, void *unused)
{
	enum measure k;
	u64 ops = 0;
	int cpu;

	for (k = 0; k < MEASURES; k++) {
		unsigned int i;
		u64 max = 0;

		for (i = 0; i < HIST_BUCKETS; i++) {
			u64 count = 0;

			for_each_possible_cpu(cpu)
				count += per_cpu(lat_hist, cpu)->count[k][i];
			if (count)
				seq_printf(m, "%s %llu %llu %llu\n",
					   measure_name[k], bucket_start(i),
					   bucket_start(i + 1), count);
		}
		for_each_possible_cpu(cpu)
			max = max(max, per_cpu(lat_hist, cpu)->max[k]);
		if (max)
			seq_printf(m, "max %s %llu\n", measure_name[k], max);
	}
	for_each_possible_cpu(cpu)
		ops += per_cpu(lat_hist, cpu)->ops;
	seq_printf(m, "ops %llu\n", ops);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(hist);

static void free_hists(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kvfree(per_cpu(lat_hist, cpu));
}

static int __init pvb_lat_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct hist *h = kvzalloc(sizeof(*h), GFP_KERNEL);

		if (!h) {
			free_hists();
			return -ENOMEM;
		}
		per_cpu(lat_hist, cpu) = h;
	}
	lat_dir = debugfs_create_dir("pvb_lat", NULL);
	debugfs_create_file("control", 0200, lat_dir, NULL, &control_fops);
	debugfs_create_file("hist", 0400, lat_dir, NULL, &hist_fops);
	return 0;
}
module_init(pvb_lat_init);

static void __exit pvb_lat_exit(void)
{
	debugfs_remove_recursive(lat_dir);
	stop_threads();
	free_hists();
}
module_exit(pvb_lat_exit);

MODULE_DESCRIPTION("Histograms of spinlock waits, holders off CPU, IPI round trips");
MODULE_LICENSE("GPL");
