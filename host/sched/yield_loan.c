// SPDX-License-Identifier: GPL-2.0
/*
 * Lent CPU time: what yield_to() does for fair tasks while there is a user of it
 * (yield_loans_get()). Part of fair.c. Here a loan lives and ends; yield_lend.c begins it,
 * yield_move.c says where, yield_users.c whether loans are made at all.
 *
 * A task that yields to another one lends it the CPU:
 *
 *  - transfer (YIELD_CREDIT): where the paths of the two meet in the hierarchy
 *    of groups, the target takes over as much of the lender's standing as it
 *    needs to be eligible, so that the pick honours ->next;
 *  - pull (YIELD_PULL): a target that waits on another CPU goes to an idle one, or
 *    comes here, in exchange for a task of others or as long as the loan lasts; then
 *    it goes back, or to a less crowded CPU;
 *  - return (YIELD_RETURN): when the target blocks, says that it is done, or
 *    time is up, the lender goes on with what is left of its slice. It is charged
 *    with what the target used, and the target stands where it stood.
 *
 * To all other tasks it looks as if the lender had run all the time: no lag changes
 * but that of the two, and the lender's slice ends when it would have.
 *
 * A CPU has one loan at most, protected by the run queue's lock. It ends before
 * one of the two tasks, or of the entities where they meet, leaves the queue.
 */

#include "yield_loan_math.h"

static struct yield_party yield_party(struct sched_entity *se)
{
	return (struct yield_party) {
		.vruntime = se->vruntime,
		.deadline = se->deadline,
		.weight = scale_load_down(se->load.weight),
	};
}

static void yield_set_party(struct cfs_rq *cfs_rq, struct sched_entity *se,
			    const struct yield_party *party)
{
	bool queued = se != cfs_rq->curr;
	bool protected = protect_slice(se);

	if (queued)
		__dequeue_entity(cfs_rq, se);
	se->vruntime = party->vruntime;
	se->deadline = party->deadline;
	if (queued)
		__enqueue_entity(cfs_rq, se);
	else if (protected)
		set_protect_slice(se);
}

static u64 yield_lag_limit(struct sched_entity *se)
{
	return max_t(u64, 2 * se->slice, TICK_NSEC);
}

static bool yield_slice_left(struct sched_entity *se)
{
	return (s64)(se->vruntime - se->deadline) < 0;
}

/*
 * The quotas of the groups between @se and @top, where the paths of both meet, are
 * charged with @used, or, if that is negative, get it back. A group that is, or is
 * being, throttled must not get anything (distribute_cfs_runtime()).
 */
static void yield_charge_quota(struct sched_entity *se, struct sched_entity *top, s64 used)
{
#ifdef CONFIG_CFS_BANDWIDTH
	for (; se != top; se = parent_entity(se)) {
		struct cfs_rq *cfs_rq = cfs_rq_of(se);
		bool throttled = throttled_hierarchy(cfs_rq);

		if (!cfs_rq->runtime_enabled)
			continue;
		if (used >= 0 && !throttled)
			account_cfs_rq_runtime(cfs_rq, used);
		else if (used >= 0 || !throttled)
			cfs_rq->runtime_remaining -= used;
	}
#endif
}

/*
 * Ends the loan and brings all accounts up to date. Returns whether the lender has
 * anything left of its slice.
 */
static bool yield_loan_settle(struct rq *rq, enum yield_loan_end why)
{
	struct yield_loan *loan = &rq->yield_loan;
	struct sched_entity *lse = loan->lender, *tse = loan->target;
	struct cfs_rq *cfs_rq = cfs_rq_of(tse);
	struct yield_party lender, target;
	s64 used, room;
	bool left;

	update_curr(cfs_rq);

	lender = yield_party(lse);
	target = yield_party(tse);
	used = tse->sum_exec_runtime - loan->exec_start;
	room = yield_room(&lender, avg_vruntime(cfs_rq), yield_lag_limit(lse));
	yield_settle(&lender, &target, loan->credit, used, room, loan->slice_left);
	/* As update_deadline() does for a task that runs until its slice is over. */
	left = (s64)(lender.vruntime - lender.deadline) < 0;
	if (!left)
		lender.deadline = lender.vruntime + calc_delta_fair(lse->slice, lse);
	yield_set_party(cfs_rq, tse, &target);
	yield_set_party(cfs_rq, lse, &lender);
	/* Its turn is over; a slice of its own begins when it is picked. */
	if (tse == cfs_rq->curr)
		cancel_protect_slice(tse);
	yield_charge_quota(&loan->to->se, tse, -used);
	yield_charge_quota(&loan->from->se, lse, used);

	loan->lender = NULL;
	loan->stat.ended[why]++;
	loan->stat.used += used;
	trace_sched_yield_loan_end(loan->from, loan->to, used, why);
	return left;
}

/*
 * The same, and the lender is to run next, if that is within its slice and no task
 * that was woken up is to pre-empt whatever runs.
 */
static void yield_loan_return(struct rq *rq, enum yield_loan_end why)
{
	struct yield_loan *loan = &rq->yield_loan;
	struct sched_entity *lse = loan->lender;
	struct sched_entity *se = &loan->from->se;
	bool preempted = test_tsk_need_resched(rcu_dereference_raw(rq->curr));

	if (!yield_loan_settle(rq, why) || preempted || throttled_hierarchy(cfs_rq_of(se)))
		return;
	set_next_buddy(se);
	loan->continues = true;
	loan->returning = lse;
}

/**
 * __yield_dequeue_task() - a task leaves the queue
 * @rq: run queue
 * @p: the task
 * @flags: DEQUEUE_*
 *
 * Context: @rq is locked.
 *
 * Return: the flags to dequeue it with
 */
int __yield_dequeue_task(struct rq *rq, struct task_struct *p, int flags)
{
	struct yield_loan *loan = &rq->yield_loan;

	if (loan->lender && (p == loan->to || p == loan->from)) {
		if (p == loan->to && task_current(rq, p) && flags & DEQUEUE_SLEEP) {
			yield_loan_return(rq, YIELD_END_BLOCK);
		} else {
			yield_loan_settle(rq, YIELD_END_GONE);
			/* A change of its affinity, group or class does not prolong its turn. */
			if (task_current(rq, p))
				resched_curr(rq);
		}
	}
	return yield_leave(rq, p, flags);
}

/**
 * __yield_dequeue_entity() - the entity of a task or a group leaves the queue
 * @cfs_rq: its queue
 * @se: entity; of a group: it is throttled or empty
 *
 * Context: the run queue is locked.
 */
void __yield_dequeue_entity(struct cfs_rq *cfs_rq, struct sched_entity *se)
{
	struct yield_loan *loan = &rq_of(cfs_rq)->yield_loan;

	if (loan->lender && (se == loan->lender || se == loan->target))
		yield_loan_settle(rq_of(cfs_rq), YIELD_END_GONE);
	if (se == loan->returning)
		loan->returning = NULL;
}

/**
 * __yield_put_prev() - an entity stops running
 * @cfs_rq: its queue
 * @prev: entity
 *
 * Context: the run queue is locked.
 */
void __yield_put_prev(struct cfs_rq *cfs_rq, struct sched_entity *prev)
{
	struct yield_loan *loan = &rq_of(cfs_rq)->yield_loan;

	if (loan->lender && prev == &loan->to->se)
		yield_loan_settle(rq_of(cfs_rq), YIELD_END_PREEMPT);
}

/**
 * __yield_set_next() - an entity starts to run
 * @cfs_rq: its queue
 * @se: entity
 *
 * Context: the run queue is locked.
 */
void __yield_set_next(struct cfs_rq *cfs_rq, struct sched_entity *se)
{
	struct yield_loan *loan = &rq_of(cfs_rq)->yield_loan;

	if (loan->lender && se == &loan->from->se)
		yield_loan_settle(rq_of(cfs_rq), YIELD_END_LENDER);
	/* What holds for one pick only. If the same task goes on, __yield_picked() ends it. */
	loan->continues = false;
	loan->returning = NULL;
}

/**
 * __yield_may_pick_next() - may @cfs_rq->next be picked?
 * @cfs_rq: queue
 *
 * As always if it is eligible. If not, all the same if an entity ahead of its share, but
 * not at the end of its slice, would just have gone on: above the level where lender and
 * target meet, and the lender when it returns. But the lender does not return before an
 * entity with a shorter slice, which has been woken up meanwhile and would have
 * pre-empted it.
 *
 * Context: the run queue is locked.
 *
 * Return: true if it may
 */
bool __yield_may_pick_next(struct cfs_rq *cfs_rq)
{
	struct yield_loan *loan = &rq_of(cfs_rq)->yield_loan;
	struct sched_entity *next = cfs_rq->next, *best;
	bool returns = next == loan->returning;

	if (entity_eligible(cfs_rq, next)) {
		if (!returns)
			return true;
	} else if (!loan->continues || sched_core_enabled(rq_of(cfs_rq)) ||
		   next->sched_delayed || (next != cfs_rq->curr && !returns) ||
		   !next->on_rq || !yield_slice_left(next)) {
		return false;
	}
	best = pick_eevdf(cfs_rq);
	return !best || best->slice >= next->slice;
}

/**
 * __yield_picked() - a fair task was picked
 * @rq: run queue
 * @prev: the current task
 * @p: the task that was picked
 *
 * Context: @rq is locked.
 */
void __yield_picked(struct rq *rq, struct task_struct *prev, struct task_struct *p)
{
	struct yield_loan *loan = &rq->yield_loan;

	if (loan->wanted) {
		if (loan->wanted == p)
			loan->stat.next++;
		loan->wanted = NULL;
	}
	loan->continues = false;
	loan->returning = NULL;
	if (prev != p)
		yield_visit_ends(rq, prev);
}

static enum hrtimer_restart yield_loan_timer(struct hrtimer *timer)
{
	struct rq *rq = container_of(timer, struct rq, yield_loan.timer);
	enum hrtimer_restart restart = HRTIMER_NORESTART;
	struct yield_loan *loan = &rq->yield_loan;
	struct rq_flags rf;

	rq_lock(rq, &rf);
	if (!loan->lender || hrtimer_is_queued(timer)) {
		/* It ended before and was not cancelled, or was started again meanwhile. */
	} else if (hrtimer_cb_get_time(timer) < loan->expires) {
		hrtimer_set_expires(timer, loan->expires);
		restart = HRTIMER_RESTART;
	} else {
		update_rq_clock(rq);
		if (task_current(rq, loan->to)) {
			yield_loan_return(rq, YIELD_END_TIMER);
			resched_curr(rq);
		} else {
			yield_loan_settle(rq, YIELD_END_TIMER);
		}
	}
	rq_unlock(rq, &rf);

	return restart;
}

/*
 * A timer that fires sooner than that starts itself again. The queue's lock keeps the
 * timer's function, on whatever CPU, from setting the time of a queued timer.
 */
static void yield_loan_ends_at(struct yield_loan *loan, ktime_t expires)
{
	loan->expires = expires;
	if (!hrtimer_is_queued(&loan->timer) || hrtimer_get_expires(&loan->timer) > expires)
		hrtimer_start(&loan->timer, expires, HRTIMER_MODE_ABS_PINNED_HARD);
}

/**
 * yield_init_rq() - set up a run queue's loans at boot
 * @rq: run queue
 */
void __init yield_init_rq(struct rq *rq)
{
	hrtimer_init(&rq->yield_loan.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	rq->yield_loan.timer.function = yield_loan_timer;
	rq->yield_loan.looked = jiffies;
	rq->yield_loan.nudged = jiffies;
	rq->yield_loan.exchanged = jiffies;
}

/**
 * yield_loan_limit() - make the loan that the current task runs on end sooner
 * @ns: in so many ns from now
 *
 * For a target that knows when it comes to what it was lent time for: the lender can't
 * know how long the switch takes. If there is no loan, or it ends before: nothing.
 *
 * Context: any but NMI.
 *
 * Return: true if there is a loan.
 */
bool yield_loan_limit(u64 ns)
{
	struct yield_loan *loan;
	struct rq_flags rf;
	ktime_t expires;
	struct rq *rq;
	bool lent;

	local_irq_save(rf.flags);
	rq = this_rq();
	rq_lock(rq, &rf);
	loan = &rq->yield_loan;
	lent = loan->lender && loan->to == current;
	if (lent) {
		expires = ktime_add_ns(ktime_get(), ns);
		if (expires < loan->expires)
			yield_loan_ends_at(loan, expires);
	}
	rq_unlock_irqrestore(rq, &rf);
	return lent;
}
EXPORT_SYMBOL_GPL(yield_loan_limit);

/**
 * yield_loan_done() - the task that runs on lent time doesn't need it any more
 *
 * The lender runs next.
 *
 * Context: process context, preemptible.
 *
 * Return: true if there was a loan.
 */
bool yield_loan_done(void)
{
	struct rq_flags rf;
	struct rq *rq;
	bool done;

	rq = this_rq_lock_irq(&rf);
	done = rq->yield_loan.lender && rq->yield_loan.to == current;
	if (done) {
		update_rq_clock(rq);
		yield_loan_return(rq, YIELD_END_DONE);
	}
	rq_unlock_irq(rq, &rf);

	if (done)
		schedule();
	return done;
}
EXPORT_SYMBOL_GPL(yield_loan_done);
