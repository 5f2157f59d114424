/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What lent CPU time uses of fair.c and differs between kernel versions: Linux 7.3.
 * Part of fair.c.
 *
 * The tasks of all groups compete on one queue, rq->cfs, each with the weight that is its
 * share of the CPU (h_load). So two tasks meet there, and nothing else is charged. A
 * group's entity has no vruntime; groups have queues of their own for weights and quotas.
 */

#define YIELD_NICE_0_WEIGHT	((s64)NICE_0_LOAD)

/* The task on whose account @rq's current task runs. */
static struct task_struct *yield_account(struct rq *rq)
{
	return rcu_dereference_raw(rq->donor);
}

/* The queue on which @se competes. */
static struct cfs_rq *yield_queue(struct sched_entity *se)
{
	return &rq_of(cfs_rq_of(se))->cfs;
}

/* Its weight there, in full. */
static unsigned long yield_weight(struct sched_entity *se)
{
	return se->h_load.weight;
}

/* The entity that competes one level above. */
static struct sched_entity *yield_parent(struct sched_entity *se)
{
	return NULL;
}

/* Makes both entities those where the paths of two tasks meet. */
static void yield_meet(struct sched_entity **lse, struct sched_entity **tse)
{
}

/* Is anything else in the groups between @se and @top? */
static bool yield_shares_group(struct sched_entity *se, struct sched_entity *top)
{
	return false;
}

/*
 * How far ahead of its fair share a task may get, ns of service. entity_lag() forgives
 * what is beyond the longest slice on the queue and a tick, when it sleeps, but also in
 * reweight_eevdf(). That may be less later: stay within what is never forgiven.
 */
static u64 yield_lag_limit(struct sched_entity *se)
{
	return se->slice + TICK_NSEC;
}

/* Brings all accounts up to date on which the current task runs; @p is on the same CPU. */
static void yield_update_curr(struct rq *rq, struct task_struct *p)
{
	update_curr_fair(rq);
}

/* Is @p, which runs, to be switched out anyway? */
static bool yield_is_resched(struct task_struct *p)
{
	return test_tsk_need_resched(p) || test_tsk_thread_flag(p, TIF_NEED_RESCHED_LAZY);
}

/*
 * Is the current task to be switched out now that its accounts are up to date?
 *
 * update_curr() asks for that whenever the task's time is not protected, which it isn't
 * from the end of its first slice on if it was picked again: set_next_task_fair() is not
 * called then. That is no reason; the end of a slice is.
 */
static bool yield_is_due(struct rq *rq, struct task_struct *from)
{
	bool due = yield_is_resched(current);
	u64 deadline = current->se.deadline;

	yield_update_curr(rq, from);
	return due || current->se.deadline != deadline;
}

/* Would @p be throttled on @cpu? */
static bool yield_throttled_on(struct task_struct *p, int cpu)
{
	return lb_throttled_hierarchy(p, cpu);
}
