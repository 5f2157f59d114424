/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What lent CPU time uses of fair.c and differs between kernel versions: Linux 6.12.
 * Part of fair.c.
 *
 * Each group has a queue of its own on each CPU, on which its tasks and groups compete.
 * Two tasks meet where their paths do in the hierarchy.
 */

#define YIELD_NICE_0_WEIGHT	((s64)scale_load_down(NICE_0_LOAD))

/* The task on whose account @rq's current task runs. */
static struct task_struct *yield_account(struct rq *rq)
{
	return rcu_dereference_raw(rq->curr);
}

/* The queue on which @se competes. */
static struct cfs_rq *yield_queue(struct sched_entity *se)
{
	return cfs_rq_of(se);
}

/* Its weight there as calc_delta_fair() and avg_vruntime() have it, rounded. */
static unsigned long yield_weight(struct sched_entity *se)
{
	return scale_load_down(se->load.weight);
}

/* The entity that competes one level above. */
static struct sched_entity *yield_parent(struct sched_entity *se)
{
	return parent_entity(se);
}

/* Makes both entities those where the paths of two tasks meet. */
static void yield_meet(struct sched_entity **lse, struct sched_entity **tse)
{
	find_matching_se(lse, tse);
}

/* Is anything else in the groups between @se and @top? */
static bool yield_shares_group(struct sched_entity *se, struct sched_entity *top)
{
	for (; se != top; se = parent_entity(se))
		if (cfs_rq_of(se)->nr_running > 1)
			return true;
	return false;
}

/*
 * How far ahead of its fair share an entity may get, ns of service: as far as entity_lag()
 * remembers, which forgives what is beyond.
 */
static u64 yield_lag_limit(struct sched_entity *se)
{
	return max_t(u64, 2 * se->slice, TICK_NSEC);
}

/* Brings all accounts on @p's path up to date. */
static void yield_update_curr(struct rq *rq, struct task_struct *p)
{
	struct sched_entity *se = &p->se;

	for_each_sched_entity(se)
		update_curr(cfs_rq_of(se));
}

/* Is @p, which runs, to be switched out anyway? */
static bool yield_is_resched(struct task_struct *p)
{
	return test_tsk_need_resched(p);
}

/*
 * Is the current task to be switched out now that its accounts, and those on the path of
 * the lender @from, are up to date?
 */
static bool yield_is_due(struct rq *rq, struct task_struct *from)
{
	yield_update_curr(rq, from);
	return yield_is_resched(current);
}

/* Would @p be throttled on @cpu? */
static bool yield_throttled_on(struct task_struct *p, int cpu)
{
	return throttled_lb_pair(task_group(p), cpu, cpu);
}
