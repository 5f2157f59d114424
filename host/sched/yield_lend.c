// SPDX-License-Identifier: GPL-2.0
/*
 * How a loan begins: whether the lender can lend, and what it gives. Part of fair.c;
 * what a loan is, and how it ends, is in yield_loan.c. All is called with the run
 * queues that it is given, and those of the tasks, locked.
 */

/* Time that a target gets if the caller of yield_to() has no opinion, ns. */
#define YIELD_LOAN_DEFAULT_NS	(100 * NSEC_PER_USEC)

/*
 * Where the paths of the lender and of @p meet in the hierarchy of groups, as if @p were
 * on @rq.
 */
static void yield_meet(struct rq *rq, struct task_struct *from, struct task_struct *p,
		       struct sched_entity **lse, struct sched_entity **tse)
{
	*lse = &from->se;
	*tse = &p->se;
#ifdef CONFIG_FAIR_GROUP_SCHED
	while ((*lse)->depth > p->se.depth)
		*lse = parent_entity(*lse);
	if (cfs_rq_of(*lse) == task_group(p)->cfs_rq[cpu_of(rq)])
		return;
	*lse = &from->se;
	*tse = task_group(p)->se[cpu_of(rq)];
	find_matching_se(lse, tse);
#endif
}

/*
 * Is there anything else in the groups between @p, as if it were on @rq, and @top? A
 * loan is between the entities where the paths meet: whatever else is in a group below
 * would run on it, or be charged for it.
 */
static bool yield_shares_group(struct rq *rq, struct task_struct *p, struct sched_entity *top)
{
#ifdef CONFIG_FAIR_GROUP_SCHED
	struct cfs_rq *cfs_rq = task_group(p)->cfs_rq[cpu_of(rq)];
	struct sched_entity *se = &p->se;

	while (se != top) {
		bool counts = se->on_rq && cfs_rq_of(se) == cfs_rq;

		if (cfs_rq->nr_running > counts)
			return true;
		se = cfs_rq->tg->se[cpu_of(rq)];
		cfs_rq = cfs_rq_of(se);
	}
#endif
	return false;
}

/* Service that @tse needs to be eligible, also before it is on the lender's queue. */
static s64 yield_needs(struct sched_entity *tse)
{
	struct yield_party target = yield_party(tse);

	if (tse->on_rq)
		return yield_credit_needed(&target, avg_vruntime(cfs_rq_of(tse)));
	/* A group keeps its lag, V - v, until something is queued in it. Let v be 0. */
	target.vruntime = 0;
	return yield_credit_needed(&target, tse->vlag);
}

/* Would @p run next if its CPU picked a task now? Its queue's clock is up to date. */
static bool yield_is_eligible(struct task_struct *p)
{
	struct sched_entity *se = &p->se;

	for_each_sched_entity(se) {
		update_curr(cfs_rq_of(se));
		if (!entity_eligible(cfs_rq_of(se), se))
			return false;
	}
	return true;
}

/*
 * @p can't get anything of this loan. As without loans: ask for it where it is, and
 * if it does not run at once there, forfeit the slice, if another task could use it. A
 * task that has @passed on what it was lent gives way to its lender in any case.
 */
static int yield_ask(struct rq *rq, struct rq *src, struct task_struct *p, bool passed)
{
	struct task_struct *curr = rcu_dereference_raw(src->curr);
	bool next = curr == src->idle;	/* just woken up: it is about to run */

	rq->yield_loan.asked = local_clock();
	/* On this CPU the lender that returns is ->next already. */
	if (!next && !(passed && src == rq))
		set_next_buddy(&p->se);
	/* A slice of others is not ended more often than once a tick. */
	if (!next && src != rq && curr->sched_class == &fair_sched_class &&
	    yield_is_eligible(p) &&
	    (curr->mm == p->mm || time_after(jiffies, src->yield_loan.nudged))) {
		if (curr->mm != p->mm)
			src->yield_loan.nudged = jiffies;
		resched_curr(src);
		next = true;
	}
	if (next)
		rq->yield_loan.stat.nudged++;
	if (passed)
		return YIELD_FORFEITED;
	if (next)
		return YIELD_NUDGED;
	if (rq->nr_running == 1) {
		rq->yield_loan.stat.refused++;
		return 0;
	}
	yield_task_fair(rq);
	rq->yield_loan.stat.forfeited++;
	return YIELD_FORFEITED;
}

/*
 * Has the task @from, whose time it is, as much to give as @tse needs? Brings all their
 * accounts up to date.
 */
static bool yield_can_lend(struct task_struct *from, struct sched_entity *lse,
			   struct sched_entity *tse)
{
	struct cfs_rq *cfs_rq = cfs_rq_of(lse);
	struct yield_party lender;
	struct sched_entity *se = lse;

	if (throttled_hierarchy(cfs_rq_of(&from->se)))
		return false;
	for_each_sched_entity(se)
		update_curr(cfs_rq_of(se));
	if (cfs_rq_of(tse) != cfs_rq)
		update_curr(cfs_rq_of(tse));
	/* At the end of a slice, its own or that of a group it is in, any task may be next. */
	if (test_tsk_need_resched(current))
		return false;
	lender = yield_party(lse);
	return !sched_feat(YIELD_CREDIT) ||
	       yield_needs(tse) <= yield_room(&lender, avg_vruntime(cfs_rq), yield_lag_limit(lse));
}

/* Makes @tse eligible, as far as @lse can, and returns by how much service, ns. */
static s64 yield_give(struct sched_entity *lse, struct sched_entity *tse)
{
	struct yield_party lender = yield_party(lse), target = yield_party(tse);
	struct cfs_rq *cfs_rq = cfs_rq_of(lse);
	u64 avg = avg_vruntime(cfs_rq);
	s64 credit;

	credit = min(yield_credit_needed(&target, avg),
		     yield_room(&lender, avg, yield_lag_limit(lse)));
	if (credit) {
		yield_transfer(&lender, &target, credit);
		yield_set_party(cfs_rq, tse, &target);
		yield_set_party(cfs_rq, lse, &lender);
	}
	return credit;
}

/*
 * The loan of @from to @p, which is on @rq now, for @ns: @p is next. Their paths meet at
 * @lse and @tse. Returns the credit.
 */
static s64 yield_begin(struct rq *rq, struct task_struct *from, struct task_struct *p,
		       struct sched_entity *lse, struct sched_entity *tse, u64 ns)
{
	struct yield_loan *loan = &rq->yield_loan;
	s64 credit = 0;

	loan->slice_left = yield_service(tse->deadline - tse->vruntime,
					 scale_load_down(tse->load.weight));
	/* A target from elsewhere has the lag that it had there, but for rounding. */
	if (sched_feat(YIELD_CREDIT))
		credit = yield_give(lse, tse);
	loan->stat.credit += credit;
	loan->stat.yields++;

	set_next_buddy(&p->se);
	loan->wanted = p;
	loan->continues = true;
	loan->returning = NULL;

	if (sched_feat(YIELD_RETURN)) {
		loan->lender = lse;
		loan->target = tse;
		loan->from = from;
		loan->to = p;
		loan->credit = credit;
		loan->exec_start = tse->sum_exec_runtime;
		yield_loan_ends_at(loan, ktime_add_ns(ktime_get(), ns ?: YIELD_LOAN_DEFAULT_NS));
	}
	return credit;
}

/*
 * A CPU has one loan: the one there is ends, since the current task yields. Returns the
 * task whose time is lent now: that of its lender, if it was a target, else its own.
 */
static struct task_struct *yield_pass_on(struct rq *rq)
{
	struct yield_loan *loan = &rq->yield_loan;
	struct task_struct *lender = loan->from;

	if (loan->lender && loan->to == current) {
		yield_loan_return(rq, YIELD_END_PASSED);
		return lender;
	}
	if (loan->lender)
		yield_loan_settle(rq, YIELD_END_PASSED);
	return current;
}

/**
 * yield_lend() - lend the CPU
 * @rq: this CPU's queue; the lender is its current task
 * @p: the target, which is runnable, does not run, and is a fair task, too
 * @ns: for how long, ns; 0: the default
 *
 * Context: both tasks' queues and p->pi_lock are locked.
 *
 * Return: YIELD_LENT: @p is to be next, or its loan is given back to it, and
 * YIELD_FORFEITED: it is not, and the caller has to schedule(); YIELD_NUDGED: it was
 * asked for where it is; 0: nothing to be had.
 */
int yield_lend(struct rq *rq, struct task_struct *p, u64 ns)
{
	struct yield_loan *loan = &rq->yield_loan;
	struct task_struct *from, *swap = NULL;
	enum yield_how how = YIELD_STAYS;
	struct sched_entity *lse, *tse;
	struct rq *src = task_rq(p);
	bool lends, passed;
	s64 credit;

	if (!p->se.on_rq || p->se.sched_delayed || throttled_hierarchy(cfs_rq_of(&p->se)))
		return 0;

	update_rq_clock(rq);
	/* To its own lender: it gives back. */
	if (loan->lender && loan->to == current && loan->from == p) {
		yield_loan_return(rq, YIELD_END_DONE);
		return YIELD_LENT;
	}
	from = yield_pass_on(rq);
	/* A task that passes on what it was lent gives way in any case. */
	passed = from != current;

	if (src != rq) {
		update_rq_clock(src);
		how = yield_may_pull(rq, src, p, from, &swap);
	}
	yield_meet(rq, from, p, &lse, &tse);
	if (how == YIELD_CANT_COME || yield_shares_group(rq, from, lse) ||
	    yield_shares_group(rq, p, tse))
		return yield_ask(rq, src, p, passed);

	lends = yield_can_lend(from, lse, tse);
	if (lends && src != rq) {
		yield_pull(rq, src, p, how, swap);
		/* Its group may have no time left on this CPU, and be off the queue. */
		lends = !throttled_hierarchy(cfs_rq_of(&p->se));
		if (!lends)
			yield_send_back(rq, src, p);
	}
	if (!lends) {
		loan->stat.refused++;
		return passed ? YIELD_FORFEITED : 0;
	}
	credit = yield_begin(rq, from, p, lse, tse, ns);
	trace_sched_yield_loan(from, p, credit, ns, src != rq);
	/* The caller calls schedule() at once, which needs no newer time. */
	rq_clock_skip_update(rq);
	return YIELD_LENT;
}
