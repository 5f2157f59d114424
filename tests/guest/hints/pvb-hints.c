// SPDX-License-Identifier: GPL-2.0
/*
 * pvb-hints: makes a guest's CPUs wait for each other in known ways, so that the
 * host can look whether their wait words say so. Ground truth of test-hints.
 *
 * Each CPU but 0 has a worker, bound to it, that does one command after the
 * other; a command that waits, waits for real (a lock, an acknowledgment), until
 * another CPU's command ends it. A worker that holds something spins for its next
 * command, as something that is locked must not sleep. "CPU COMMAND [ARG]" is
 * written to <debugfs>/pvb-hints; reading shows the lock words.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/pvclock_gtod.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/tracepoint.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <trace/events/sched.h>

#include <asm/kvm_pv_boost.h>
#include <asm/msr.h>

#include "module_seam.h"

/* BPF's spinlocks, where the kernel has any. */
#if defined(CONFIG_BPF_SYSCALL) && __has_include("asm/rqspinlock.h")
#include <asm/rqspinlock.h>
#else
typedef struct { atomic_t val; } rqspinlock_t;
#define raw_res_spin_lock(lock)		((void)(lock), -EOPNOTSUPP)
#define raw_res_spin_unlock(lock)	((void)(lock))
#endif
static rqspinlock_t lock_res;
static int res_result;			/* of "tryres", 1: not yet */

static DEFINE_RAW_SPINLOCK(lock_a);
static DEFINE_RAW_SPINLOCK(lock_b);
static DEFINE_RWLOCK(rwlock);
static DEFINE_MUTEX(mutex);
static DECLARE_RWSEM(rwsem);

/* One for each queue node that a CPU has, and one more. */
#define NESTED	5
static raw_spinlock_t nest[NESTED];
static struct lock_class_key nest_keys[NESTED];

struct worker {
	struct task_struct *task;
	char command[32];	/* written while @posted is false */
	bool posted;
	int held;		/* things held: don't sleep */
	unsigned long flags;	/* of "irqoff" */
	call_single_data_t csd;
	call_single_data_t nest_csd[NESTED];
};

static struct worker workers[NR_CPUS];
static bool clock_stops;		/* end of "clock" */
static struct task_struct *stuck;	/* is held in its context switch */
static int slow_update_ms;
static struct dentry *file;
static struct tracepoint *sched_switch;

static void do_nothing(void *unused)
{
}

/* Behind the kernel's back: it goes on as if the page were registered. */
static void unregister_page(void *unused)
{
	wrmsrq(MSR_KVM_PV_BOOST, 0);
}

/* In an interrupt on the CPU called: a wait inside whatever it interrupted. */
static void nested_lock(void *unused)
{
	raw_spin_lock(&lock_b);
	raw_spin_unlock(&lock_b);
}

static void nested_read(void *unused)
{
	read_lock(&rwlock);
	read_unlock(&rwlock);
}

/* Interruptible by the next one. */
static void nested_wait(void *lock)
{
	local_irq_enable();
	raw_spin_lock(lock);
	raw_spin_unlock(lock);
	local_irq_disable();
}

/* A lock of nest[] that looks as if it had a pending waiter makes others queue. */
static void nest_lock(raw_spinlock_t *lock)
{
	raw_spin_lock(lock);
	WRITE_ONCE(lock->raw_lock.pending, 1);
}

static void nest_unlock(raw_spinlock_t *lock)
{
	WRITE_ONCE(lock->raw_lock.pending, 0);
	raw_spin_unlock(lock);
}

/* Makes lock_a's queue end with a node of @cpu, as if it were about to be linked. */
static void set_tail(int cpu)
{
	u32 tail = (cpu + 1) << _Q_TAIL_CPU_OFFSET;

	WRITE_ONCE(lock_a.raw_lock.tail, tail >> _Q_TAIL_OFFSET);
}

/* The end of the mutex's queue of spinners, from one CPU to another if it is the one. */
static void move_osq_tail(int from, int to)
{
	atomic_cmpxchg(&mutex.osq.tail, from + 1, to + 1);
}

/* Called while the time is updated: lets it take long, once. */
static int at_update(struct notifier_block *nb, unsigned long was_set, void *tk)
{
	int ms = xchg(&slow_update_ms, 0);

	mdelay(ms);	/* by TSC: asks no clock */
	return 0;
}

static struct notifier_block update_notifier = { .notifier_call = at_update };

/* In __schedule(): @prev, going to sleep, is off the run queue but not off its CPU. */
static void at_switch(void *unused, bool preempt, struct task_struct *prev,
		      struct task_struct *next, unsigned int prev_state)
{
	while (prev_state && prev == READ_ONCE(stuck))
		cpu_relax();
}

/* What a CPU does on a command, and how it changes what it holds. */
static int execute(struct worker *w, const char *command, int arg)
{
	struct cpumask *mask;
	int i;

	if (!strcmp(command, "lock")) {
		raw_spin_lock(&lock_a);
		return 1;
	} else if (!strcmp(command, "unlock")) {
		raw_spin_unlock(&lock_a);
		return -1;
	} else if (!strcmp(command, "lockb")) {
		raw_spin_lock(&lock_b);
		return 1;
	} else if (!strcmp(command, "unlockb")) {
		raw_spin_unlock(&lock_b);
		return -1;
	} else if (!strcmp(command, "lockirq")) {
		raw_spin_lock_irqsave(&lock_a, w->flags);
		return 1;
	} else if (!strcmp(command, "unlockirq")) {
		raw_spin_unlock_irqrestore(&lock_a, w->flags);
		return -1;
	} else if (!strcmp(command, "res")) {	/* it gives up from time to time */
		while (raw_res_spin_lock(&lock_res) == -ETIMEDOUT)
			;
		return 1;
	} else if (!strcmp(command, "unres")) {
		raw_res_spin_unlock(&lock_res);
		return -1;
	} else if (!strcmp(command, "tryres")) {
		WRITE_ONCE(res_result, 1);
		i = raw_res_spin_lock(&lock_res);
		if (!i)
			raw_res_spin_unlock(&lock_res);
		WRITE_ONCE(res_result, i);
	} else if (!strcmp(command, "read")) {
		read_lock(&rwlock);
		return 1;
	} else if (!strcmp(command, "unread")) {
		read_unlock(&rwlock);
		return -1;
	} else if (!strcmp(command, "write")) {
		write_lock(&rwlock);
		return 1;
	} else if (!strcmp(command, "unwrite")) {
		write_unlock(&rwlock);
		return -1;
	} else if (!strcmp(command, "irqoff")) {
		local_irq_save(w->flags);
		return 1;
	} else if (!strcmp(command, "irqon")) {
		local_irq_restore(w->flags);
		return -1;
	} else if (!strcmp(command, "call")) {
		smp_call_function_single(arg, do_nothing, NULL, 1);
	} else if (!strcmp(command, "async")) {
		smp_call_function_single(arg, do_nothing, NULL, 0);
	} else if (!strcmp(command, "calllock")) {
		INIT_CSD(&w->csd, nested_lock, NULL);
		smp_call_function_single_async(arg, &w->csd);
	} else if (!strcmp(command, "callread")) {
		INIT_CSD(&w->csd, nested_read, NULL);
		smp_call_function_single_async(arg, &w->csd);
	} else if (!strcmp(command, "callmany") || !strcmp(command, "asyncmany")) {
		mask = kzalloc(cpumask_size(), GFP_KERNEL);
		if (!mask)
			return 0;
		cpumask_bits(mask)[0] = arg;
		preempt_disable();
		smp_call_function_many(mask, do_nothing, NULL, command[0] == 'c');
		preempt_enable();
		kfree(mask);
	} else if (!strcmp(command, "nest")) {		/* arg: how many of them */
		for (i = 0; i < arg; i++)
			nest_lock(&nest[i]);
		return 1;
	} else if (!strcmp(command, "nestlast")) {
		nest_lock(&nest[NESTED - 1]);
		return 1;
	} else if (!strcmp(command, "unnest")) {	/* the innermost wait first */
		for (i = arg - 1; i >= 0; i--)
			nest_unlock(&nest[i]);
		return -1;
	} else if (!strcmp(command, "unnestlast")) {
		nest_unlock(&nest[NESTED - 1]);
		return -1;
	} else if (!strcmp(command, "waitnest")) {
		raw_spin_lock(&nest[0]);
		raw_spin_unlock(&nest[0]);
	} else if (!strcmp(command, "callnest")) {	/* arg: 16 * lock + CPU */
		i = arg >> 4;
		INIT_CSD(&w->nest_csd[i], nested_wait, &nest[i]);
		smp_call_function_single_async(arg & 15, &w->nest_csd[i]);
	} else if (!strcmp(command, "tail")) {
		set_tail(arg);
	} else if (!strcmp(command, "pending")) {	/* arg: the byte */
		WRITE_ONCE(lock_a.raw_lock.pending, arg);
	} else if (!strcmp(command, "corruptb")) {	/* arg: the locked byte */
		WRITE_ONCE(lock_b.raw_lock.locked, arg);
	} else if (!strcmp(command, "osqtail")) {	/* arg: 16 * from + to */
		move_osq_tail(arg >> 4, arg & 15);
	} else if (!strcmp(command, "mutex")) {
		mutex_lock(&mutex);
		return 1;
	} else if (!strcmp(command, "unmutex")) {
		mutex_unlock(&mutex);
		return -1;
	} else if (!strcmp(command, "rwsem")) {
		down_write(&rwsem);
		return 1;
	} else if (!strcmp(command, "unrwsem")) {
		up_write(&rwsem);
		return -1;
	} else if (!strcmp(command, "clockstops")) {
		WRITE_ONCE(clock_stops, arg);
	} else if (!strcmp(command, "clock")) {
		while (!READ_ONCE(clock_stops)) {
			ktime_get();
			cond_resched();
		}
	} else if (!strcmp(command, "slowupdate")) {	/* arg: ms */
		WRITE_ONCE(slow_update_ms, arg);
	} else if (!strcmp(command, "sleep")) {
		WRITE_ONCE(stuck, current);
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule();
	} else if (!strcmp(command, "wake")) {
		wake_up_process(workers[arg].task);
	} else if (!strcmp(command, "unstick")) {
		WRITE_ONCE(stuck, NULL);
	} else if (!strcmp(command, "unregister")) {
		on_each_cpu(unregister_page, NULL, 1);
	} else {
		pr_err("bad command %s\n", command);
	}
	return 0;
}

static int work(void *data)
{
	struct worker *w = data;
	char command[sizeof(w->command)];
	int arg;

	while (!kthread_should_stop()) {
		/* Pairs with smp_store_release() in hints_write(). */
		if (!smp_load_acquire(&w->posted)) {
			if (w->held)
				cpu_relax();
			else
				usleep_range(500, 1000);
			continue;
		}
		arg = 0;
		if (sscanf(w->command, "%31s %i", command, &arg) < 1)
			command[0] = 0;
		/* Pairs with smp_load_acquire() in hints_write(). */
		smp_store_release(&w->posted, false);
		w->held += execute(w, command, arg);
	}
	return 0;
}

static ssize_t hints_write(struct file *filp, const char __user *buf, size_t size, loff_t *pos)
{
	char line[48] = "", *command;
	struct worker *w;
	unsigned int cpu;

	if (size >= sizeof(line) || copy_from_user(line, buf, size))
		return -EINVAL;

	command = strchr(strim(line), ' ');
	if (!command)
		return -EINVAL;
	*command++ = 0;
	if (kstrtouint(line, 0, &cpu) || cpu >= nr_cpu_ids)
		return -EINVAL;

	if (!cpu) {	/* the writer itself, on any CPU: what doesn't wait */
		char word[32];
		int arg = 0;

		if (sscanf(command, "%31s %i", word, &arg) >= 1)
			execute(&workers[0], word, arg);
		return size;
	}

	w = &workers[cpu];
	/* Pairs with smp_store_release() in work(). */
	if (!w->task || smp_load_acquire(&w->posted))
		return -EBUSY;
	strscpy(w->command, command, sizeof(w->command));
	/* Pairs with smp_load_acquire() in work(). */
	smp_store_release(&w->posted, true);
	return size;
}

static int hints_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "lock_a %#x\n", atomic_read(&lock_a.raw_lock.val));
	seq_printf(m, "lock_b %#x\n", atomic_read(&lock_b.raw_lock.val));
	seq_printf(m, "rwlock %#x\n", atomic_read(&rwlock.raw_lock.cnts));
	if (IS_ENABLED(CONFIG_BPF_SYSCALL))
		seq_printf(m, "lock_res %#x\nresult %d\n", atomic_read(&lock_res.val),
			   READ_ONCE(res_result));
	return 0;
}

static int hints_open(struct inode *inode, struct file *filp)
{
	return single_open(filp, hints_show, NULL);
}

static const struct file_operations hints_fops = {
	.owner = THIS_MODULE,
	.open = hints_open,
	.read = seq_read,
	.write = hints_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static void find_sched_switch(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "sched_switch"))
		sched_switch = tp;
}

static void stop_workers(void)
{
	int cpu;

	for (cpu = 1; cpu < nr_cpu_ids; cpu++)
		if (workers[cpu].task)
			kthread_stop(workers[cpu].task);
}

static int __init hints_init(void)
{
	struct task_struct *task;
	int cpu, i, r;

	for (i = 0; i < NESTED; i++) {
		raw_spin_lock_init(&nest[i]);
		lockdep_set_class(&nest[i], &nest_keys[i]);
	}
	for_each_kernel_tracepoint(find_sched_switch, NULL);
	if (!sched_switch)
		return -ENOENT;

	for_each_online_cpu(cpu) {
		if (!cpu)
			continue;
		task = kthread_create_on_cpu(work, &workers[cpu], cpu, "pvb-hints/%u");
		if (IS_ERR(task)) {
			stop_workers();
			return PTR_ERR(task);
		}
		workers[cpu].task = task;
		wake_up_process(task);
	}

	r = tracepoint_probe_register(sched_switch, at_switch, NULL);
	if (r) {
		stop_workers();
		return r;
	}
	pvclock_gtod_register_notifier(&update_notifier);
	file = debugfs_create_file("pvb-hints", 0600, NULL, NULL, &hints_fops);
	return 0;
}

static void __exit hints_exit(void)
{
	debugfs_remove(file);
	pvclock_gtod_unregister_notifier(&update_notifier);
	tracepoint_probe_unregister(sched_switch, at_switch, NULL);
	tracepoint_synchronize_unregister();
	stop_workers();
}

module_init(hints_init);
module_exit(hints_exit);
MODULE_DESCRIPTION("pv-boost: CPUs that wait for each other in known ways");
MODULE_LICENSE("GPL");
