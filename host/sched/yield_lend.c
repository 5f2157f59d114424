// SPDX-License-Identifier: GPL-2.0
/*
 * How a loan or an advance begins: what a yield_to() gives its target. Part of fair.c;
 * what loans and advances are, and how they end, is in yield_loan.c.
 */

/* Time that a target gets if the caller of yield_to() has no opinion, ns. */
#define YIELD_LOAN_DEFAULT_NS	(100 * NSEC_PER_USEC)

/* How soon a task that is alone on its CPU may look again at one that had nothing for it, ns. */
#define YIELD_ASK_GAP		(50 * NSEC_PER_USEC)

/* @p is to be picked next on @rq. */
static void yield_begin(struct rq *rq, struct task_struct *p, u64 ns)
{
	struct yield_loan *loan = &rq->yield_loan;

	loan->to = p;
	loan->next = p;
	loan->exec_start = p->se.sum_exec_runtime;
	loan->ns = ns ?: YIELD_LOAN_DEFAULT_NS;
}

/*
 * As without loans, but the target's CPU is not made to pick anew. Where @from lent the
 * current task its time, that has nothing of its own to forfeit: @from goes on.
 */
static int yield_forfeit(struct rq *rq, struct task_struct *from, struct task_struct *p)
{
	if (from != current)
		return 0;
	yield_to_task_fair(rq, p);
	rq->yield_loan.stat.forfeited++;
	return YIELD_FORFEITED;
}

/* The loan of @from to @p, which waits on the same CPU. */
static int yield_lend_here(struct rq *rq, struct task_struct *from, struct task_struct *p,
			   u64 ns)
{
	struct sched_entity *lse = &from->se, *tse = &p->se;
	struct yield_loan *loan = &rq->yield_loan;

	yield_meet(&lse, &tse);
	/*
	 * A loan is between the entities where the paths meet: whatever else is in a group
	 * below would be charged for it.
	 */
	if (!sched_feat(YIELD_LEND) || yield_shares_group(&from->se, lse) ||
	    yield_shares_group(&p->se, tse))
		return yield_forfeit(rq, from, p);

	/* At the end of a slice, its own or that of a group it is in, any task may be next. */
	if (yield_is_due(rq, from) || throttled_hierarchy(cfs_rq_of(&from->se)) ||
	    !yield_has_quota(&from->se) || !yield_room_of(lse)) {
		loan->stat.refused++;
		return 0;
	}
	yield_begin(rq, p, ns);
	loan->from = from;
	loan->lender = lse;
	loan->target = tse;
	loan->slice_left = yield_service(tse->deadline - tse->vruntime, yield_weight(tse));
	loan->stat.yields++;
	trace_sched_yield_loan(from, p, ns, false);
	/* The caller calls schedule() at once, which needs no newer time. */
	rq_clock_skip_update(rq);
	return YIELD_LENT;
}

/*
 * Has @p, which waits on another CPU, room to run at once, at all levels? As when it is
 * woken up, not in place of @curr if that has a shorter slice, nor if it is of the idle class.
 */
static bool yield_can_advance(struct task_struct *p, struct task_struct *curr)
{
	struct sched_entity *se = &p->se, *cse = &curr->se;

	yield_meet(&se, &cse);
	if (cse->slice < se->slice)
		return false;
	yield_update_curr(task_rq(p), p);
	for (se = &p->se; se; se = yield_parent(se))
		if (se_is_idle(se) || !yield_room_of(se))
			return false;
	return true;
}

/* @p, which waits on @src, is to run there at once. Returns as yield_advance_task(). */
static int __yield_advance(struct rq *src, struct task_struct *from, struct task_struct *p,
			   u64 ns)
{
	struct yield_loan *there = &src->yield_loan;
	struct task_struct *curr = yield_account(src);

	/* It has just been woken up there, and is about to run. */
	if (curr == src->idle)
		return YIELD_ADVANCED;
	update_rq_clock(src);
	if (there->to || there->next)
		return -EBUSY;
	if (!sched_feat(YIELD_ADVANCE) || curr->sched_class != &fair_sched_class ||
	    !yield_can_advance(p, curr))
		return -EAGAIN;
	yield_begin(src, p, ns);
	resched_curr(src);
	there->stat.advances++;
	trace_sched_yield_loan(from, p, ns, true);
	return YIELD_ADVANCED;
}

/* The current task asks for it. */
static int yield_advance(struct rq *rq, struct rq *src, struct task_struct *from,
			 struct task_struct *p, u64 ns)
{
	int ret = __yield_advance(src, current, p, ns);

	switch (ret) {
	case -EBUSY:
		rq->yield_loan.stat.busy++;
		return 0;
	case -EAGAIN:
		rq->yield_loan.stat.refused++;
		return rq->nr_running > 1 ? yield_forfeit(rq, from, p) : 0;
	}
	rq->yield_loan.asked = 0;
	return ret;
}

/**
 * yield_advance_task() - let a task run at once, where it waits and on its own account
 * @p: the task
 * @ns: for how long, ns; 0: the default
 *
 * For a task that nobody yields to, but that is known to be needed now.
 *
 * Context: any but NMI, with no run queue locked.
 *
 * Return: YIELD_ADVANCED; 0: it runs already, or can't run; -EBUSY: another one is first
 * there; -EAGAIN: it has no room, or a task of another class runs there.
 */
int yield_advance_task(struct task_struct *p, u64 ns)
{
	struct rq_flags rf;
	struct rq *rq;
	int ret = 0;

	if (READ_ONCE(p->on_cpu))
		return 0;
	rq = task_rq_lock(p, &rf);
	if (READ_ONCE(yield_loans_on) && p->sched_class == &fair_sched_class &&
	    task_on_rq_queued(p) && !task_on_cpu(rq, p) && p != yield_account(rq) &&
	    task_is_running(p) && yield_can_run(p) && !sched_core_enabled(rq))
		ret = __yield_advance(rq, NULL, p, ns);
	task_rq_unlock(rq, p, &rf);
	return ret;
}
EXPORT_SYMBOL_GPL(yield_advance_task);

/**
 * yield_lend() - lend the CPU
 * @rq: this CPU's queue; the lender is its current task
 * @p: the target, which is runnable, does not run, and is a fair task, too
 * @ns: for how long, ns; 0: the default
 *
 * Context: both tasks' queues and p->pi_lock are locked.
 *
 * Return: YIELD_LENT: @p is to be next, or its loan is given back to it; YIELD_FORFEITED:
 * any task may be next. With both the caller has to schedule(). YIELD_ADVANCED: @p runs
 * where it is; 0: nothing to be had.
 */
int yield_lend(struct rq *rq, struct task_struct *p, u64 ns)
{
	struct yield_loan *loan = &rq->yield_loan;
	bool on_loan = loan->to == current;
	struct task_struct *from = current;
	struct rq *src = task_rq(p);
	int ret;

	if (!yield_can_run(p))
		return 0;
	if (sched_core_enabled(rq))
		return yield_forfeit(rq, from, p);
	/* Another task is about to run here. */
	if (!on_loan && (loan->to || loan->next)) {
		loan->stat.busy++;
		return 0;
	}
	update_rq_clock(rq);
	if (on_loan) {
		bool back = loan->from == p, left;

		/* It passes on what it was lent. */
		if (loan->lender)
			from = loan->from;
		left = yield_end(rq, back ? YIELD_END_DONE : YIELD_END_PASSED, true);
		if (back)
			return YIELD_LENT;
		/* The lender's slice is over: any task may be next. */
		if (from != current && !left) {
			resched_curr(rq);
			return 0;
		}
	}
	if (src == rq)
		ret = yield_lend_here(rq, from, p, ns);
	else
		ret = yield_advance(rq, src, from, p, ns);
	/* The time that it was lent is over. With a forfeit the caller calls schedule(). */
	if (on_loan && ret != YIELD_LENT && ret != YIELD_FORFEITED)
		resched_curr(rq);
	return ret;
}

/**
 * yield_to_idle() - move the target of a yield to an idle CPU
 * @p: the target
 *
 * Better than to share a CPU with its lender.
 *
 * Context: the caller holds p->pi_lock and nothing else.
 *
 * Return: true if it was moved, and the lender needs not yield.
 */
bool yield_to_idle(struct task_struct *p)
{
	struct rq *src = task_rq(p), *dst;
	int cpu = cpu_of(src), idle;
	struct rq_flags rf;

	/* With capacities that differ the search updates the load of a task that sleeps. */
	if (!sched_feat(YIELD_ADVANCE) || sched_asym_cpucap_active() ||
	    p->sched_class != &fair_sched_class || READ_ONCE(p->on_cpu) ||
	    is_migration_disabled(p) || rcu_access_pointer(src->curr) == src->idle)
		return false;
	scoped_guard(rcu)
		idle = select_idle_sibling(p, cpu, cpu);
	if (idle == cpu || !available_idle_cpu(idle))
		return false;

	rq_lock(src, &rf);
	/* It may have run since, and have disabled its migration. */
	if (task_rq(p) != src || task_on_cpu(src, p) || p == yield_account(src) ||
	    !task_on_rq_queued(p) || !task_is_running(p) || !yield_can_run(p) ||
	    is_migration_disabled(p) ||
	    !cpu_active(idle) || !cpumask_test_cpu(idle, p->cpus_ptr) ||
	    yield_throttled_on(p, idle)) {
		rq_unlock(src, &rf);
		return false;
	}
	update_rq_clock(src);
	dst = move_queued_task(src, &rf, p, idle);
	this_rq()->yield_loan.asked = 0;
	this_rq()->yield_loan.stat.moved++;
	rq_unlock(dst, &rf);
	return true;
}

/**
 * yield_is_vain() - is there nothing to be had, as far as can be seen without locks?
 * @rq: this CPU's queue
 * @src: the target's queue
 * @p: the target
 *
 * A task that is alone on its CPU can ask as often as it likes. It must not search the
 * CPUs, nor take the queue's lock from the tasks that run there, each time. So it counts
 * as in vain until it turns out not to be.
 *
 * Context: the caller holds p->pi_lock, interrupts are off.
 *
 * Return: true if nothing is to be had.
 */
bool yield_is_vain(struct rq *rq, struct rq *src, struct task_struct *p)
{
	u64 now;

	if (READ_ONCE(p->on_cpu))
		return true;
	if (rq == src || READ_ONCE(rq->nr_running) > 1)
		return false;
	now = local_clock();
	if (now - rq->yield_loan.asked < YIELD_ASK_GAP)
		return true;
	rq->yield_loan.asked = now;
	return false;
}
