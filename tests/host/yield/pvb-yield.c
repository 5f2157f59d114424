// SPDX-License-Identifier: GPL-2.0
/*
 * pvb-yield: lets threads yield to each other, and looks what the scheduler makes
 * of it. Used by yield-test.c in L1.
 *
 * Each open /dev/pvb-yield has a slot for the yield in progress of the thread that
 * opened it. Probes of the scheduler's tracepoints fill it in: with the run queue
 * locked, at the moment at which a loan begins, at which it ends, and at the
 * switches from the lender and from the target. Loads on kernels without loans,
 * too, where it is yield_to() and no loan is ever seen. "loans=0": doesn't ask for
 * loans.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>
#if __has_include("linux/sched/yield_to.h")
#include <linux/sched/grace.h>
#include <linux/sched/yield_to.h>
#else
static bool sched_grace(u64 ns)
{
	return false;
}
#endif

#include "module_seam.h"
#include "pvb-yield.h"

static bool loans = true;
module_param(loans, bool, 0444);
MODULE_PARM_DESC(loans, "Ask for loans: yield_loans_get()");

static bool proxies = IS_ENABLED(CONFIG_SCHED_PROXY_EXEC);
module_param(proxies, bool, 0444);
MODULE_PARM_DESC(proxies, "Waiters for a mutex run its owner, unless the kernel is told not to");

static unsigned long proxied;
module_param(proxied, ulong, 0444);
MODULE_PARM_DESC(proxied, "How often a waiter for a mutex kept its place in the queue");

static DEFINE_MUTEX(contended);

#define SLOTS	64

static struct slot {
	unsigned long used;		/* bit 0: taken */
	struct task_struct *from;	/* NULL: no yield in progress */
	struct task_struct *to;
	bool leaving;			/* the lender is about to be switched out */
	bool ended;			/* the target is */
	struct pvb_yield y;
} slots[SLOTS];

/* Without the queue's lock; the checks leave out what has run meanwhile. */
static __no_kcsan void account(struct task_struct *p, unsigned int level, struct pvb_account *a)
{
	struct sched_entity *se = seam_account(p, level);

	a->vruntime = se->vruntime;
	a->deadline = se->deadline;
	a->exec = se->sum_exec_runtime;
	a->weight = seam_weight(se);
}

static struct slot *slot_of(struct task_struct *from, struct task_struct *to)
{
	struct slot *s;

	for (s = slots; s < slots + SLOTS; s++)
		if (READ_ONCE(s->from) == from && s->to == to)
			return s;
	return NULL;
}

static void at_loan(void *unused, struct task_struct *from, struct task_struct *to,
		    u64 ns, bool advance)
{
	struct slot *s = advance ? NULL : slot_of(from, to);

	if (!s || s->y.lent)
		return;
	s->y.lent = 1;
	account(from, s->y.level, &s->y.lender_lent);
	account(to, s->y.level, &s->y.target_lent);
}

static void at_end(void *unused, struct task_struct *from, struct task_struct *to,
		   s64 used, int why)
{
	/* In place of no task: an advance. */
	struct slot *s = from ? slot_of(from, to) : NULL;

	if (!s || !s->y.lent || s->y.why != PVB_NOT_ENDED)
		return;
	s->y.why = why;
	s->y.used = used;
	account(from, s->y.level, &s->y.lender_ended);
	account(to, s->y.level, &s->y.target_ended);
	s->ended = true;
}

static void at_switch(void *unused, bool preempt, struct task_struct *prev,
		      struct task_struct *next, unsigned int prev_state)
{
	struct slot *s;

#ifdef CONFIG_SCHED_PROXY_EXEC
	if (prev->is_blocked && prev->on_rq)
		data_race(proxied++); /* some may be lost */
#endif
	for (s = slots; s < slots + SLOTS; s++) {
		struct task_struct *from = READ_ONCE(s->from);

		if (!from)
			continue;
		if (prev == from && s->leaving) {
			s->leaving = false;
			s->y.next = next->pid;
		}
		if (prev == s->to && s->ended) {
			s->ended = false;
			s->y.after = next->pid;
		}
	}
}

static long do_yield(struct slot *s, struct pvb_yield __user *user)
{
	struct task_struct *to = NULL;
	struct pvb_yield in;

	if (copy_from_user(&in, user, sizeof(in)))
		return -EFAULT;
	rcu_read_lock();
	to = pid_task(find_vpid(in.to), PIDTYPE_PID);
	if (to)
		get_task_struct(to);
	rcu_read_unlock();
	if (!to)
		return -ESRCH;

	s->y = (struct pvb_yield){
		.to = in.to, .level = in.level, .ns = in.ns, .why = PVB_NOT_ENDED,
	};
	s->to = to;
	s->ended = false;
	s->leaving = true;
	account(to, in.level, &s->y.target_asked);
	/* The rest of the slot first, for the probes. */
	smp_store_release(&s->from, current);
#ifdef YIELD_LENT
	s->y.ret = yield_to_for(to, true, in.ns);
#else
	s->y.ret = yield_to(to, true);
#endif
	in = s->y;
	/* Probes compare pointers, and follow only those that they are given. */
	WRITE_ONCE(s->from, NULL);
	put_task_struct(to);

	return copy_to_user(user, &in, sizeof(in)) ? -EFAULT : 0;
}

static long do_grace(struct pvb_grace __user *user)
{
	u64 now, end, since = 0, had;
	struct pvb_grace g;

	if (copy_from_user(&g, user, sizeof(g)))
		return -EFAULT;
	g.granted = 0;
	g.refused = 0;
	g.longest = 0;
	end = ktime_get_ns() + g.run_ns;
	/* As KVM: a preemptible kernel is not to give way before it is asked. */
	preempt_disable();
	while ((now = ktime_get_ns()) < end && !signal_pending(current)) {
		cpu_relax();
		if (!seam_is_resched())
			continue;
		had = since ? now - since : 0;
		if (had < g.most && sched_grace(min(g.ns, g.most - had))) {
			g.granted++;
			since = since ?: now;
			continue;
		}
		g.refused += had < g.most;
		g.longest = max(g.longest, had);
		since = 0;
		preempt_enable();
		if (seam_is_resched())
			schedule();
		preempt_disable();
	}
	preempt_enable();
	return copy_to_user(user, &g, sizeof(g)) ? -EFAULT : 0;
}

static long do_mutex(u64 ns)
{
	u64 end;

	if (mutex_lock_killable(&contended))
		return -EINTR;
	end = ktime_get_ns() + ns;
	while (ktime_get_ns() < end && !signal_pending(current)) {
		cpu_relax();
		cond_resched();
	}
	mutex_unlock(&contended);
	return 0;
}

static long yield_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case PVB_YIELD:
		return do_yield(file->private_data, (void __user *)arg);
	case PVB_DONE:
#ifdef YIELD_LENT
		return yield_loan_done();
#else
		return 0;
#endif
	case PVB_LIMIT:
#ifdef YIELD_LENT
		return yield_loan_limit(arg);
#else
		return 0;
#endif
	case PVB_GRACE:
		return do_grace((void __user *)arg);
	case PVB_MUTEX:
		return do_mutex(arg);
	default:
		return -ENOTTY;
	}
}

static int yield_open(struct inode *inode, struct file *file)
{
	struct slot *s;

	for (s = slots; s < slots + SLOTS; s++) {
		if (test_and_set_bit(0, &s->used))
			continue;
		file->private_data = s;
		return 0;
	}
	return -EBUSY;
}

static int yield_release(struct inode *inode, struct file *file)
{
	struct slot *s = file->private_data;

	clear_bit_unlock(0, &s->used);
	return 0;
}

static const struct file_operations yield_fops = {
	.owner = THIS_MODULE,
	.open = yield_open,
	.release = yield_release,
	.unlocked_ioctl = yield_ioctl,
};

static struct miscdevice yield_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pvb-yield",
	.fops = &yield_fops,
};

static struct probe {
	const char *name;
	void *function;
	struct tracepoint *tp;
} probes[] = {
	{ "sched_switch", at_switch },
	{ "sched_yield_loan", at_loan },
	{ "sched_yield_loan_end", at_end },
};

static void find_tracepoint(struct tracepoint *tp, void *unused)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(tp->name, probes[i].name))
			probes[i].tp = tp;
}

static void yield_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (probes[i].tp)
			tracepoint_probe_unregister(probes[i].tp, probes[i].function, NULL);
	tracepoint_synchronize_unregister();
#ifdef YIELD_LENT
	if (loans)
		yield_loans_put();
#endif
}

static int __init pvb_yield_init(void)
{
	int i, r;

	for_each_kernel_tracepoint(find_tracepoint, NULL);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!probes[i].tp)
			continue;
		if (tracepoint_probe_register(probes[i].tp, probes[i].function, NULL))
			probes[i].tp = NULL;
	}
#ifdef YIELD_LENT
	if (loans)
		yield_loans_get();
#endif
	r = misc_register(&yield_device);
	if (r)
		yield_exit();
	return r;
}

static void __exit pvb_yield_exit(void)
{
	misc_deregister(&yield_device);
	yield_exit();
}

module_init(pvb_yield_init);
module_exit(pvb_yield_exit);
MODULE_DESCRIPTION("pv-boost: yields between threads, looked at closely");
MODULE_LICENSE("GPL");
