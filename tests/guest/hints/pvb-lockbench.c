// SPDX-License-Identifier: GPL-2.0
/*
 * pvb-lockbench: what an uncontended lock and a quickly acknowledged IPI cost, in
 * picoseconds. Prints one line a measurement when loaded, and then fails to load,
 * so that it can be loaded again.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#define LOCKS		100000
#define CALLS		2000

static DEFINE_RAW_SPINLOCK(lock);
static DEFINE_RWLOCK(rwlock);
static DEFINE_MUTEX(mutex);

static void report(const char *what, u64 ns, int ops)
{
	pr_info("%s %llu ps\n", what, div_u64(ns * 1000, ops));
}

static void do_nothing(void *unused)
{
}

#define measure(what, ops, op)						\
do {									\
	u64 t;								\
	int i;								\
									\
	preempt_disable();						\
	for (i = 0; i < 100; i++) {					\
		op;							\
	}								\
	t = ktime_get_ns();						\
	for (i = 0; i < (ops); i++) {					\
		op;							\
	}								\
	t = ktime_get_ns() - t;						\
	preempt_enable();						\
	report(what, t, ops);						\
} while (0)

/* A CPU that takes interrupts at once: it runs, with interrupts on. */
static int spin_fn(void *unused)
{
	while (!kthread_should_stop())
		cpu_relax();
	return 0;
}

static int __init lockbench_init(void)
{
	struct task_struct *task[2] = {};
	unsigned long flags;
	int cpu;

	local_irq_save(flags);
	measure("spin", LOCKS, raw_spin_lock(&lock); raw_spin_unlock(&lock));
	measure("spin-trylock", LOCKS,
		raw_spin_trylock(&lock) ? raw_spin_unlock(&lock) : (void)0);
	measure("write", LOCKS, write_lock(&rwlock); write_unlock(&rwlock));
	measure("read", LOCKS, read_lock(&rwlock); read_unlock(&rwlock));
	local_irq_restore(flags);
	measure("mutex", LOCKS, mutex_lock(&mutex); mutex_unlock(&mutex));

	for (cpu = 1; cpu <= 2 && cpu < num_online_cpus(); cpu++) {
		task[cpu - 1] = kthread_create_on_cpu(spin_fn, NULL, cpu, "pvb-spin/%u");
		if (IS_ERR(task[cpu - 1]))
			return PTR_ERR(task[cpu - 1]);
		wake_up_process(task[cpu - 1]);
	}
	msleep(20);
	measure("ipi", CALLS, smp_call_function_single(1, do_nothing, NULL, 1));
	measure("ipi-many", CALLS, smp_call_function(do_nothing, NULL, 1));
	for (cpu = 1; cpu <= 2 && cpu < num_online_cpus(); cpu++)
		kthread_stop(task[cpu - 1]);
	return -EAGAIN;
}

module_init(lockbench_init);
MODULE_DESCRIPTION("pv-boost: cost of uncontended locks and quick IPIs");
MODULE_LICENSE("GPL");
