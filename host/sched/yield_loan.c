// SPDX-License-Identifier: GPL-2.0
/*
 * Lent CPU time: what yield_to() does for fair tasks while there is a user of it
 * (yield_loans_get()). Part of fair.c; yield_users.c says whether there are any.
 *
 *  - Loan: a target that waits on the yielder's CPU is picked next, whatever EEVDF says.
 *    When it blocks, says that it is done, or time is up, the yielder, the lender, goes on
 *    with what is left of its slice. It is charged with what the target used, and the
 *    target stands where it stood. To all other tasks it looks as if the lender had run.
 *  - Advance: a target that waits on another CPU is picked there at once. It runs on its
 *    own account, so that it waits for as much longer afterwards, and pays for the
 *    switches. The yielder spins on meanwhile.
 *  - If any CPU nearby is idle the target runs there.
 *
 * A loan or an advance begins only if the task that pays for it is not further ahead of
 * its fair share than entity_lag() remembers (yield_lag_limit()): more would be forgiven
 * when it sleeps.
 *
 * A CPU has one loan or advance at most, protected by the run queue's lock. It ends before
 * its target leaves the queue, and a loan before its lender does, or one of the groups
 * where they meet.
 */

#include "yield_loan_seam.h"
#include "yield_loan_math.h"

/*
 * What an advance costs the task in whose place the target runs: two switches, and what
 * its caches lose. The target pays it, ns of service.
 */
#define YIELD_ADVANCE_COST	(20 * NSEC_PER_USEC)

static struct yield_party yield_party(struct sched_entity *se)
{
	return (struct yield_party) {
		.vruntime = se->vruntime,
		.deadline = se->deadline,
		.weight = yield_weight(se),
	};
}

static void yield_set_party(struct sched_entity *se, const struct yield_party *party)
{
	struct cfs_rq *cfs_rq = yield_queue(se);
	bool queued = se != cfs_rq->curr;

	if (queued)
		__dequeue_entity(cfs_rq, se);
	se->vruntime = party->vruntime;
	se->deadline = party->deadline;
	if (queued)
		__enqueue_entity(cfs_rq, se);
}

/* Service that @se can take before it is too far ahead, ns. Its account is up to date. */
static s64 yield_room_of(struct sched_entity *se)
{
	struct yield_party party = yield_party(se);

	return yield_room(&party, avg_vruntime(yield_queue(se)), yield_lag_limit(se));
}

/* A group that is out of quota is throttled when it is next picked or put. */
static bool yield_has_quota(struct sched_entity *se)
{
#ifdef CONFIG_CFS_BANDWIDTH
	for_each_sched_entity(se) {
		struct cfs_rq *cfs_rq = cfs_rq_of(se);

		if (cfs_rq->runtime_enabled && cfs_rq->runtime_remaining <= 0)
			return false;
	}
#endif
	return true;
}

static bool yield_can_run(struct task_struct *p)
{
	return p->se.on_rq && !p->se.sched_delayed &&
	       !throttled_hierarchy(cfs_rq_of(&p->se)) && yield_has_quota(&p->se);
}

#ifdef CONFIG_CFS_BANDWIDTH
/*
 * A group's quota is charged with @used, or, if that is negative, gets it back. A group
 * that is, or is being, throttled must not get anything (distribute_cfs_runtime()).
 */
static void yield_charge_quota(struct cfs_rq *cfs_rq, s64 used)
{
	bool throttled = throttled_hierarchy(cfs_rq);

	if (!cfs_rq->runtime_enabled)
		return;
	if (used >= 0 && !throttled)
		account_cfs_rq_runtime(cfs_rq, used);
	else if (used >= 0 || !throttled)
		cfs_rq->runtime_remaining -= used;
}

/* The groups that only one of both is in: the lender's pay, the target's get it back. */
static void yield_charge_quotas(struct sched_entity *lse, struct sched_entity *tse, s64 used)
{
	while (!is_same_group(lse, tse)) {
		if (lse->depth >= tse->depth) {
			yield_charge_quota(cfs_rq_of(lse), used);
			lse = parent_entity(lse);
		} else {
			yield_charge_quota(cfs_rq_of(tse), -used);
			tse = parent_entity(tse);
		}
	}
}
#else
static void yield_charge_quotas(struct sched_entity *lse, struct sched_entity *tse, s64 used)
{
}
#endif

/* Charges the lender. Returns whether it has anything left of its slice. */
static bool yield_charge(struct yield_loan *loan, s64 used)
{
	struct sched_entity *lse = loan->lender, *tse = loan->target;
	struct yield_party lender = yield_party(lse), target = yield_party(tse);
	bool left;

	yield_settle(&lender, &target, used, yield_room_of(lse), loan->slice_left);
	/* As update_deadline() does for a task that runs until its slice is over. */
	left = (s64)(lender.vruntime - lender.deadline) < 0;
	if (!left)
		lender.deadline = lender.vruntime + calc_delta_fair(lse->slice, lse);
	yield_set_party(tse, &target);
	yield_set_party(lse, &lender);
	yield_charge_quotas(&loan->from->se, &loan->to->se, used);
	return left;
}

/* Charges the advanced task for the switches, on top of what it used. */
static void yield_charge_advance(struct sched_entity *se)
{
	struct yield_party target = yield_party(se);
	s64 cost = yield_virtual(YIELD_ADVANCE_COST, target.weight);

	target.vruntime += cost;
	target.deadline += cost;
	yield_set_party(se, &target);
}

/*
 * Ends the loan or advance, and brings all accounts up to date. @goes_on: a lender is to
 * run next, if that is within its slice and no task that was woken up is to preempt
 * whatever runs. Returns whether there is a lender, with anything left of its slice.
 */
static bool yield_end(struct rq *rq, enum yield_loan_end why, bool goes_on)
{
	struct yield_loan *loan = &rq->yield_loan;
	struct sched_entity *se;
	bool left = false;
	s64 used;

	if (!sched_feat(YIELD_RETURN) || yield_is_resched(rcu_dereference_raw(rq->curr)))
		goes_on = false;
	yield_update_curr(rq, loan->to);
	used = loan->to->se.sum_exec_runtime - loan->exec_start;
	if (loan->lender)
		left = yield_charge(loan, used);
	else if (loan->target)
		yield_charge_advance(loan->target);
	loan->next = left && goes_on ? loan->from : NULL;
	/* Its turn is over; a slice of its own begins when it is picked. */
	for (se = &loan->to->se; loan->target; se = yield_parent(se)) {
		if (se == yield_queue(se)->curr)
			cancel_protect_slice(se);
		if (se == loan->target)
			break;
	}
	loan->stat.ended[why]++;
	loan->stat.used += used;
	trace_sched_yield_loan_end(loan->from, loan->to, used, why);

	loan->to = NULL;
	loan->from = NULL;
	loan->lender = NULL;
	loan->target = NULL;
	return left;
}

/**
 * __yield_dequeue_entity() - the entity of a task or a group leaves the queue
 * @cfs_rq: its queue
 * @se: entity; of a group: it is throttled or empty
 * @flags: DEQUEUE_*
 *
 * Context: the run queue is locked.
 */
void __yield_dequeue_entity(struct cfs_rq *cfs_rq, struct sched_entity *se, int flags)
{
	struct rq *rq = rq_of(cfs_rq);
	struct yield_loan *loan = &rq->yield_loan;
	bool runs, sleeps = false;

	if (loan->next && se == &loan->next->se)
		loan->next = NULL;
	if (!loan->to)
		return;
	runs = loan->to == yield_account(rq);
	if (se == &loan->to->se)
		sleeps = runs && flags & DEQUEUE_SLEEP;
	else if (se != loan->lender && se != loan->target &&
		 !(loan->from && se == &loan->from->se))
		return;

	yield_end(rq, sleeps ? YIELD_END_BLOCK : YIELD_END_GONE, sleeps);
	/* No change of affinity, group or class prolongs the target's turn. */
	if (runs && !sleeps)
		resched_curr(rq);
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

	if (loan->to && prev == &loan->to->se)
		yield_end(rq_of(cfs_rq), YIELD_END_PREEMPT, false);
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
 * __yield_pick() - a fair task was picked
 * @rq: run queue
 * @p: the task, which is EEVDF's choice
 *
 * A task that is woken up preempts one with a longer slice, also one that runs on a loan.
 *
 * Context: @rq is locked.
 *
 * Return: the task to run: @p, a target, or a lender that goes on
 */
struct task_struct *__yield_pick(struct rq *rq, struct task_struct *p)
{
	struct yield_loan *loan = &rq->yield_loan;
	struct task_struct *next = loan->next;
	struct sched_entity *nse, *pse;

	if (!next)
		return p;
	loan->next = NULL;
	nse = &next->se;
	pse = &p->se;
	yield_meet(&nse, &pse);
	if (next != p && (!yield_can_run(next) || sched_core_enabled(rq) ||
			  (pse->slice < nse->slice && p != loan->from))) {
		if (loan->to == next)
			yield_end(rq, YIELD_END_PREEMPT, false);
		return p;
	}
	if (loan->to != next)
		return next;

	/* Until now it can have run on another's account only. */
	loan->exec_start = next->se.sum_exec_runtime;
	loan->stat.next++;
	/* If it is its turn anyway, that is no switch more. */
	if (!loan->lender && next != p)
		loan->target = nse;
	yield_loan_ends_at(loan, ktime_add_ns(ktime_get(), loan->ns));
	return next;
}

static enum hrtimer_restart yield_loan_timer(struct hrtimer *timer)
{
	struct rq *rq = container_of(timer, struct rq, yield_loan.timer);
	enum hrtimer_restart restart = HRTIMER_NORESTART;
	struct yield_loan *loan = &rq->yield_loan;
	struct rq_flags rf;

	rq_lock(rq, &rf);
	if (loan->to != yield_account(rq) || hrtimer_is_queued(timer)) {
		/* It ended before and was not cancelled, or was started again meanwhile. */
	} else if (hrtimer_cb_get_time(timer) < loan->expires) {
		hrtimer_set_expires(timer, loan->expires);
		restart = HRTIMER_RESTART;
	} else {
		update_rq_clock(rq);
		yield_end(rq, YIELD_END_TIMER, true);
		resched_curr(rq);
	}
	rq_unlock(rq, &rf);

	return restart;
}

/**
 * yield_init_rq() - set up a run queue's loans at boot
 * @rq: run queue
 */
void __init yield_init_rq(struct rq *rq)
{
	hrtimer_setup(&rq->yield_loan.timer, yield_loan_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
}

/**
 * yield_loan_limit() - make the loan or advance that the current task runs on end sooner
 * @ns: in so many ns from now
 *
 * For a target that knows when it comes to what it was lent time for: the lender can't
 * know how long the switch takes. If there is none, or it ends before: nothing.
 *
 * Context: any but NMI, with no run queue locked.
 *
 * Return: true if there is one.
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
	lent = loan->to == current;
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
 * A lender runs next.
 *
 * Context: process context, preemptible.
 *
 * Return: true if there was a loan or an advance.
 */
bool yield_loan_done(void)
{
	struct rq_flags rf;
	struct rq *rq;
	bool done;

	rq = this_rq_lock_irq(&rf);
	done = rq->yield_loan.to == current;
	if (done) {
		update_rq_clock(rq);
		yield_end(rq, YIELD_END_DONE, true);
	}
	rq_unlock_irq(rq, &rf);

	if (done)
		schedule();
	return done;
}
EXPORT_SYMBOL_GPL(yield_loan_done);
