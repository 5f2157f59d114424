// SPDX-License-Identifier: GPL-2.0
/*
 * Grace: a task that is to be preempted at a bad moment goes on for a short while. It
 * pays by its vruntime as for all time that it runs; other tasks wait that much longer.
 */
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/mmu_context.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched/grace.h>

#include "sched.h"

/* Protected by the run queue's lock. */
struct sched_grace {
	struct hrtimer timer;
	struct task_struct *to;
};

static DEFINE_PER_CPU(struct sched_grace, sched_graces);

/* Does the current task run on the account of another one, which waits for it? */
static bool sched_grace_is_proxy(struct rq *rq)
{
#ifdef CONFIG_SCHED_PROXY_EXEC
	return rcu_access_pointer(rq->donor) != current;
#else
	return false;
#endif
}

/*
 * Does one that the current task gives way to wait: with a shorter slice, or any beside one
 * of the idle class? It may have been woken up just now.
 */
static bool sched_grace_gives_way(void)
{
	struct sched_entity *se = &current->se;
	struct rb_node *root;

	if (task_has_idle_policy(current))
		return true;
	while (se) {
		root = cfs_rq_of(se)->tasks_timeline.rb_root.rb_node;
		if (root && rb_entry(root, struct sched_entity, run_node)->min_slice <
			    current->se.slice)
			return true;
#ifdef CONFIG_FAIR_GROUP_SCHED
		if (cfs_rq_of(se)->idle)
			return true;
		se = se->parent;
#else
		se = NULL;
#endif
	}
	return false;
}

/* The grace is over. */
static enum hrtimer_restart sched_grace_timer(struct hrtimer *timer)
{
	struct sched_grace *grace = container_of(timer, struct sched_grace, timer);
	struct rq *rq = this_rq();
	struct rq_flags rf;

	rq_lock(rq, &rf);
	if (grace->to == rcu_access_pointer(rq->curr))
		resched_curr(rq);
	grace->to = NULL;
	rq_unlock(rq, &rf);
	return HRTIMER_NORESTART;
}

/**
 * sched_grace() - let the current task go on although it is to be preempted
 * @ns: for so long, ns
 *
 * Only a fair task is let go on, none of the idle class or in an idle group, and only in
 * place of other fair tasks with slices no shorter than its own; also if its loan or its
 * group's quota is over, which it then owes.
 * If anything asks for the CPU anew meanwhile, the caller is to be preempted again. It is
 * the caller's part not to ask again and again. Without high-resolution timers there is none.
 *
 * Context: process context, interrupts enabled.
 *
 * Return: true if the task is not to be preempted now.
 */
bool sched_grace(u64 ns)
{
	struct sched_grace *grace;
	struct rq_flags rf;
	struct rq *rq;
	bool granted;

	rq = this_rq_lock_irq(&rf);
	grace = this_cpu_ptr(&sched_graces);
	granted = current->sched_class == &fair_sched_class && !sched_core_enabled(rq) &&
		  hrtimer_resolution < TICK_NSEC &&
		  !sched_grace_is_proxy(rq) && rq->nr_running == rq->cfs.h_nr_queued &&
		  !sched_grace_gives_way();
	if (granted) {
		grace->to = current;
		clear_tsk_need_resched(current);
		clear_preempt_need_resched();
		hrtimer_start(&grace->timer, ns_to_ktime(ns), HRTIMER_MODE_REL_PINNED_HARD);
	}
	rq_unlock_irq(rq, &rf);
	return granted;
}
EXPORT_SYMBOL_GPL(sched_grace);

static int __init sched_grace_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		hrtimer_setup(&per_cpu(sched_graces, cpu).timer, sched_grace_timer,
			      CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	return 0;
}
core_initcall(sched_grace_init);
