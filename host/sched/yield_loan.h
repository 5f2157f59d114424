/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lent CPU time: what yield_to() does for fair tasks while there is a user of it
 * (yield_loans_get()). Part of fair.c.
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

/* Time that a target gets if the caller of yield_to() has no opinion, ns. */
#define YIELD_LOAN_DEFAULT_NS	(100 * NSEC_PER_USEC)

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
	loan->target = NULL;
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

#ifdef CONFIG_SMP
/* task_struct::yield_home of a task that was pulled before, and is at home now. */
#define YIELD_AT_HOME	-1

static struct rq *yield_roomiest(struct rq *rq, struct rq *home, struct task_struct *p);

/*
 * Shall @p, woken up, stay where it ran? Yes if it is one of those that pull each
 * other: their loads come and go with them, and wake-ups that weigh the CPUs'
 * loads against each other would gather the vCPUs of a VM.
 */
static bool yield_stays(struct task_struct *p)
{
	return p->yield_home;
}
#endif

/* @p leaves the queue. Returns the flags to dequeue it with. */
static int yield_loan_dequeue_task(struct rq *rq, struct task_struct *p, int flags)
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
#ifdef CONFIG_SMP
	/* If it sleeps it wakes up at home; it must not remain here meanwhile. */
	if (p->yield_home > 0) {
		p->wake_cpu = cpu_of(yield_roomiest(rq, cpu_rq(p->yield_home - 1), p));
		p->yield_home = YIELD_AT_HOME;
		flags |= DEQUEUE_SPECIAL;
	}
#endif
	return flags;
}

/* @se, of a task or a group, leaves the queue; group: throttled or empty. */
static void yield_loan_dequeue_entity(struct cfs_rq *cfs_rq, struct sched_entity *se)
{
	struct yield_loan *loan = &rq_of(cfs_rq)->yield_loan;

	if (loan->lender && (se == loan->lender || se == loan->target))
		yield_loan_settle(rq_of(cfs_rq), YIELD_END_GONE);
	if (se == loan->returning)
		loan->returning = NULL;
}

/* @prev stops running. */
static void yield_loan_put_prev(struct cfs_rq *cfs_rq, struct sched_entity *prev)
{
	struct yield_loan *loan = &rq_of(cfs_rq)->yield_loan;

	if (loan->lender && prev == &loan->to->se)
		yield_loan_settle(rq_of(cfs_rq), YIELD_END_PREEMPT);
}

/* @se starts to run. */
static void yield_loan_set_next(struct cfs_rq *cfs_rq, struct sched_entity *se)
{
	struct yield_loan *loan = &rq_of(cfs_rq)->yield_loan;

	if (loan->lender && se == &loan->from->se)
		yield_loan_settle(rq_of(cfs_rq), YIELD_END_LENDER);
	/* The pick is over, by whatever class it was made, unless it was that of the same task. */
	loan->continues = false;
	loan->returning = NULL;
}

/*
 * May cfs_rq->next be picked? As always if it is eligible. If not, all the same if an
 * entity ahead of its share, but not at the end of its slice, would just have gone on:
 * above the level where lender and target meet, and the lender when it returns. But
 * the lender does not return before an entity with a shorter slice, which has been
 * woken up meanwhile and would have pre-empted it.
 */
static bool yield_may_pick_next(struct cfs_rq *cfs_rq)
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

#ifdef CONFIG_SMP
static void yield_move(struct rq *from, struct rq *to, struct task_struct *p)
{
	deactivate_task(from, p, DEQUEUE_NOCLOCK);
	set_task_cpu(p, cpu_of(to));
	activate_task(to, p, ENQUEUE_NOCLOCK);
}

/* May @p, queued on @from, be moved to @to? */
static bool yield_may_move(struct rq *from, struct rq *to, struct task_struct *p)
{
	return cpumask_test_cpu(cpu_of(to), p->cpus_ptr) && cpu_active(cpu_of(to)) &&
	       !is_migration_disabled(p) && task_on_rq_queued(p) &&
	       !throttled_lb_pair(task_group(p), cpu_of(from), cpu_of(to));
}

/* Those that are runnable on @rq apart from @p. */
static unsigned int yield_others(struct rq *rq, struct task_struct *p)
{
	unsigned int nr = READ_ONCE(rq->cfs.h_nr_runnable);

	/* A throttled task does not count, and may be the only one. */
	return nr && task_rq(p) == rq && !p->se.sched_delayed ? nr - 1 : nr;
}

/* Is it worth while to look for a less crowded @home? Not more than once a tick. */
static bool yield_may_be_crowded(struct rq *rq, struct rq *home, struct task_struct *p)
{
	return yield_others(home, p) > 1 && time_is_before_jiffies(rq->yield_loan.looked) &&
	       !sched_core_enabled(rq);
}

/*
 * Where is @p, on @rq, to be from now on? On @home, or where fewer tasks are runnable
 * and there is less load even with half of its own. That is the load balancer's job, but
 * at busy CPUs it looks every hundred milliseconds only; meanwhile the tasks that are
 * pulled have filled some CPUs and left others to foreign tasks.
 */
static struct rq *yield_roomiest(struct rq *rq, struct rq *home, struct task_struct *p)
{
	unsigned long load = task_h_load(p), limit;
	unsigned int least = yield_others(home, p);
	struct sched_domain *sd;
	struct rq *best = home;
	int cpu;

	if (!yield_may_be_crowded(rq, home, p))
		return home;
	rq->yield_loan.looked = jiffies;

	guard(rcu)();
	sd = rcu_dereference(per_cpu(sd_llc, cpu_of(rq)));
	if (!sd)
		return home;
	/* Other CPUs' loads change meanwhile: a guess, as for wake-ups. Both with @p. */
	limit = data_race(cpu_load(home)) + (home == rq ? 0 : load);
	for_each_cpu_and(cpu, sched_domain_span(sd), p->cpus_ptr) {
		struct rq *other = cpu_rq(cpu);
		unsigned int nr = yield_others(other, p);
		unsigned long with;

		/* As above. */
		with = data_race(cpu_load(other)) + (other == rq ? 0 : load);
		if (nr >= least || !cpu_active(cpu) || with + load / 2 > limit)
			continue;
		least = nr;
		best = other;
	}
	if (best != home)
		rq->yield_loan.stat.rehomed++;
	return best;
}

/* At the end of __schedule(): the task that was switched out goes home. */
static void yield_go_home(struct rq *rq)
{
	struct task_struct *p = rq->yield_loan.leaving;
	struct rq *home;

	/* Another callback may have dropped the lock meanwhile. */
	if (task_rq(p) != rq || !p->yield_home || p->sched_class != &fair_sched_class)
		return;
	home = yield_roomiest(rq, p->yield_home > 0 ? cpu_rq(p->yield_home - 1) : rq, p);
	if (home == rq) {
		p->yield_home = YIELD_AT_HOME;
		return;
	}
	p->yield_home = cpu_of(home) + 1;
	double_lock_balance(rq, home);
	/* So may this have. */
	if (task_rq(p) == rq && p->yield_home == cpu_of(home) + 1 && !task_on_cpu(rq, p) &&
	    p->sched_class == &fair_sched_class) {
		p->yield_home = YIELD_AT_HOME;
		if (!p->se.sched_delayed && yield_may_move(rq, home, p)) {
			update_rq_clock(rq);
			update_rq_clock(home);
			yield_move(rq, home, p);
			wakeup_preempt(home, p, 0);
			rq->yield_loan.stat.returned++;
		}
	}
	double_unlock_balance(rq, home);
}

static DEFINE_PER_CPU(struct balance_callback, yield_home_head);

/*
 * @p is switched out for another task. If it is one of those that pull each other it
 * need not stay here; but a lender does until its loan has ended.
 */
static void yield_visit_ends(struct rq *rq, struct task_struct *p)
{
	if (!p->yield_home || p->sched_class != &fair_sched_class || !task_on_rq_queued(p) ||
	    (rq->yield_loan.lender && rq->yield_loan.from == p) ||
	    (p->yield_home < 0 && !yield_may_be_crowded(rq, rq, p)))
		return;
	rq->yield_loan.leaving = p;
	queue_balance_callback(rq, &per_cpu(yield_home_head, cpu_of(rq)), yield_go_home);
}
#else
static void yield_visit_ends(struct rq *rq, struct task_struct *p)
{
}
#endif

/* @p was picked, @prev is the current task. */
static void yield_picked(struct rq *rq, struct task_struct *prev, struct task_struct *p)
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
 * init_yield_loan() - set up a run queue's loans at boot
 * @rq: run queue
 */
void __init init_yield_loan(struct rq *rq)
{
	hrtimer_init(&rq->yield_loan.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	rq->yield_loan.timer.function = yield_loan_timer;
	rq->yield_loan.looked = jiffies;
	rq->yield_loan.nudged = jiffies;
	rq->yield_loan.exchanged = jiffies;
}

#ifdef CONFIG_SMP
/* CPUs to look at in search of an idle one; interrupts are off meanwhile. */
#define YIELD_SCAN	16

/* An idle CPU that shares @p's cache and where @p may run, or -1. */
static int yield_idle_cpu(struct task_struct *p)
{
	int cpu, src = task_cpu(p), scan = YIELD_SCAN;
	struct sched_domain *sd;

	if (!sched_feat(YIELD_PULL) || is_migration_disabled(p))
		return -1;
	/* It has just been woken up there, and is about to run. */
	if (rcu_access_pointer(cpu_rq(src)->curr) == cpu_rq(src)->idle)
		return -1;

	guard(rcu)();
	sd = rcu_dereference(per_cpu(sd_llc, src));
	if (!sd)
		return -1;
	for_each_cpu_wrap(cpu, sched_domain_span(sd), src) {
		if (!scan--)
			break;
		if (available_idle_cpu(cpu) && cpu_active(cpu) &&
		    cpumask_test_cpu(cpu, p->cpus_ptr) &&
		    sched_cpu_cookie_match(cpu_rq(cpu), p) &&
		    !throttled_lb_pair(task_group(p), src, cpu))
			return cpu;
	}
	return -1;
}

/* Tasks to look at in search of foreign ones. */
#define YIELD_LOOK	16

/* The shortest time between two exchanges with tasks of others on a CPU, jiffies. */
#define YIELD_EXCHANGE_GAP	(HZ / 10)

/* More tasks than that, on average, which wait for each other can have a CPU of their own. */
#define YIELD_GATHER	3

/* Is @q, on rq->cfs_tasks, one that could run? */
static bool yield_competes(struct task_struct *q)
{
	return !q->se.sched_delayed && !throttled_hierarchy(cfs_rq_of(&q->se));
}

static bool yield_has_foreign(struct rq *rq, struct task_struct *p)
{
	struct task_struct *q;
	int look = YIELD_LOOK;

	list_for_each_entry(q, &rq->cfs_tasks, se.group_node)
		if (!look-- || (q->mm != p->mm && yield_competes(q)))
			return true;
	return false;
}

enum yield_where { YIELD_STAYS, YIELD_TEMPORARY, YIELD_IS_LEFT };

/*
 * How should @p, of @src, come to @rq? Tasks that wait for each other get on best on one
 * CPU, but they have to share it with foreign ones: a CPU of their own would be idle when
 * they sleep, pull more work, and leave them less than their share. So two foreign tasks
 * have to be waiting here; the last one may go if the others are too many to sleep all at
 * once, and do not wait in a longer queue than @src's. Where there are no foreign tasks at
 * all, none can have more, and a target that can't stay is run where it is: that costs no
 * other task anything. If this CPU has no less to do than @src, *@swap is a task that goes
 * there, but not @from, whose time it will be; the one that ran least recently is hurt
 * least.
 */
static enum yield_where yield_where(struct rq *rq, struct rq *src, struct task_struct *p,
				    struct task_struct *from, struct task_struct **swap)
{
	bool exchange = rq->cfs.h_nr_queued >= src->cfs.h_nr_queued;
	bool of_others = time_after_eq(jiffies, rq->yield_loan.exchanged + YIELD_EXCHANGE_GAP) &&
			 time_after_eq(jiffies, src->yield_loan.exchanged + YIELD_EXCHANGE_GAP);
	struct task_struct *q, *fits[2] = {};	/* a foreign task, one of ours */
	unsigned long runnable = p->se.avg.runnable_avg;
	unsigned long load = task_h_load(p);
	int look = YIELD_LOOK, foreign = 0;
	bool alone = true;

	list_for_each_entry_reverse(q, &rq->cfs_tasks, se.group_node) {
		bool ours = q->mm == p->mm;

		if (!look--) {
			alone = false;
			break;
		}
		if (!yield_competes(q))
			continue;
		if (ours)
			runnable += q->se.avg.runnable_avg;
		else
			alone = false;
		if (task_on_cpu(rq, q))
			continue;
		foreign += !ours;
		if (exchange && !fits[ours] && (ours || of_others) && q != from &&
		    yield_may_move(rq, src, q) &&
		    2 * task_h_load(q) >= load && task_h_load(q) <= 2 * load)
			fits[ours] = q;
	}
	*swap = fits[!foreign];
	if (!foreign) {
		if (!exchange || !alone || yield_has_foreign(src, p))
			return YIELD_TEMPORARY;
		return *swap ? YIELD_STAYS : YIELD_IS_LEFT;
	}
	if (foreign == 1 && (rq->cfs.h_nr_queued > src->cfs.h_nr_queued ||
			     runnable < YIELD_GATHER * SCHED_CAPACITY_SCALE))
		return YIELD_TEMPORARY;
	return *swap || !exchange ? YIELD_STAYS : YIELD_TEMPORARY;
}

/* Can a task come from @src to @rq at all? No locks are needed. */
static bool yield_pulls(struct rq *rq, struct rq *src)
{
	return sched_feat(YIELD_PULL) && !sched_core_enabled(rq) &&
	       cpus_share_cache(cpu_of(rq), cpu_of(src));
}

/* What to do about @p, which waits on @src: YIELD_IS_LEFT if it can't come to @rq. */
static enum yield_where yield_may_pull(struct rq *rq, struct rq *src, struct task_struct *p,
				       struct task_struct *from, struct task_struct **swap)
{
	if (!yield_pulls(rq, src) || !yield_may_move(src, rq, p))
		return YIELD_IS_LEFT;
	return yield_where(rq, src, p, from, swap);
}

/*
 * Brings @p from @src to @rq, for good, or for the time of the loan: then it runs here
 * in place of the lender, and goes home when the loan ends, where other tasks have its
 * turn meanwhile. Both queues are locked.
 */
static void yield_pull(struct rq *rq, struct rq *src, struct task_struct *p,
		       enum yield_where how, struct task_struct *swap)
{
	/* It may be there for a loan only. */
	int home = p->yield_home > 0 ? p->yield_home : cpu_of(src) + 1;

	yield_move(src, rq, p);
	if (how == YIELD_STAYS && swap) {
		if (swap->mm != p->mm) {
			rq->yield_loan.exchanged = jiffies;
			src->yield_loan.exchanged = jiffies;
		}
		yield_move(rq, src, swap);
		wakeup_preempt(src, swap, 0);
		rq->yield_loan.stat.exchanged++;
	}
	p->yield_home = how == YIELD_STAYS ? 0 : home == cpu_of(rq) + 1 ? YIELD_AT_HOME : home;
	rq->yield_loan.stat.pulled++;
}

/* There is no loan after all: @p goes back. Both queues are still locked. */
static void yield_send_back(struct rq *rq, struct rq *src, struct task_struct *p)
{
	int home = p->yield_home;

	if (home <= 0)
		return;
	yield_move(rq, src, p);
	p->yield_home = home == cpu_of(src) + 1 ? YIELD_AT_HOME : home;
	wakeup_preempt(src, p, 0);
}

/**
 * yield_to_idle() - move the target of a yield to an idle CPU
 * @p: the target
 *
 * Better than to share a CPU with its lender. Context: the caller holds
 * p->pi_lock and nothing else.
 *
 * Return: true if it was moved, and the lender needs not yield.
 */
bool yield_to_idle(struct task_struct *p)
{
	struct rq *src = task_rq(p), *dst;
	struct rq_flags rf;
	int cpu;

	if (p->sched_class != &fair_sched_class || READ_ONCE(p->on_cpu))
		return false;
	cpu = yield_idle_cpu(p);
	if (cpu < 0)
		return false;

	rq_lock(src, &rf);
	/* It may have run since, and have disabled its migration. */
	if (task_rq(p) != src || task_on_cpu(src, p) || !task_is_running(p) ||
	    p->se.sched_delayed || !yield_may_move(src, cpu_rq(cpu), p)) {
		rq_unlock(src, &rf);
		return false;
	}
	update_rq_clock(src);
	dst = move_queued_task(src, &rf, p, cpu);
	this_rq()->yield_loan.stat.moved++;
	rq_unlock(dst, &rf);
	return true;
}

/* The shortest time between two looks for a target that has to stay where it is, ns. */
#define YIELD_ASK_GAP	(50 * NSEC_PER_USEC)

/**
 * yield_is_vain() - is there nothing to be had, as far as can be seen without locks?
 * @rq: this CPU's queue
 * @src: the target's queue
 * @p: the target
 *
 * A task that is alone on its CPU can ask as often as it likes. It must not take the
 * queue's lock from the tasks that run there each time. Context: the caller holds
 * p->pi_lock.
 */
bool yield_is_vain(struct rq *rq, struct rq *src, struct task_struct *p)
{
	if (READ_ONCE(p->on_cpu))
		return true;
	return rq != src && READ_ONCE(rq->nr_running) == 1 &&
	       (!yield_pulls(rq, src) || !cpumask_test_cpu(cpu_of(rq), p->cpus_ptr)) &&
	       local_clock() - rq->yield_loan.asked < YIELD_ASK_GAP;
}
#else
enum yield_where { YIELD_STAYS, YIELD_TEMPORARY, YIELD_IS_LEFT };

static enum yield_where yield_may_pull(struct rq *rq, struct rq *src, struct task_struct *p,
				       struct task_struct *from, struct task_struct **swap)
{
	return YIELD_IS_LEFT;
}

static void yield_pull(struct rq *rq, struct rq *src, struct task_struct *p,
		       enum yield_where how, struct task_struct *swap)
{
}

static void yield_send_back(struct rq *rq, struct rq *src, struct task_struct *p)
{
}
#endif

static bool yield_loans_open;

/**
 * yield_loan_wanted() - does a yield of this task lend?
 * @curr: the task that yields
 *
 * Return: false if it is to forfeit its slice, as yield_to() always did.
 */
bool yield_loan_wanted(struct task_struct *curr)
{
	return READ_ONCE(yield_loans_open) && curr->sched_class == &fair_sched_class &&
	       (sched_feat(YIELD_CREDIT) || sched_feat(YIELD_PULL) ||
		sched_feat(YIELD_RETURN));
}

/*
 * Where the paths of the lender and of @p meet in the hierarchy of groups, if @p is,
 * or were, on @rq.
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
 * Is there anything else in the groups between @p, which is or were on @rq, and @top?
 * It would run in place of @p, or pay for it: the loan is between the two where their
 * paths meet.
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
	/* A group keeps its lag until something is queued in it. */
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
	/* Here the lender is to be next. */
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
	if (next) {
		rq->yield_loan.stat.nudged++;
		return passed ? YIELD_FORFEITED : YIELD_NUDGED;
	}
	if (passed)
		return YIELD_FORFEITED;
	if (rq->nr_running == 1) {
		rq->yield_loan.stat.refused++;
		return 0;
	}
	yield_task_fair(rq);
	rq->yield_loan.stat.forfeited++;
	return YIELD_FORFEITED;
}

/**
 * yield_lend() - lend the CPU
 * @rq: this CPU's queue; the lender is its current task
 * @p: the target, which is runnable, does not run, and is a fair task, too
 * @ns: for how long, ns; 0: the default
 *
 * Context: both tasks' queues and p->pi_lock are locked.
 *
 * Return: YIELD_LENT: @p is next, and YIELD_FORFEITED: it is not, and the caller has
 * to schedule(); YIELD_NUDGED: it was asked for where it is; 0: nothing to be had. A
 * caller that itself ran on lent time, and lends nothing, gives way to its lender.
 */
int yield_lend(struct rq *rq, struct task_struct *p, u64 ns)
{
	struct yield_loan *loan = &rq->yield_loan;
	struct task_struct *from = current, *swap = NULL;
	enum yield_where how = YIELD_STAYS;
	struct sched_entity *lse, *tse, *se;
	struct yield_party lender, target;
	struct cfs_rq *cfs_rq;
	s64 credit = 0, room;
	bool passed = false;
	struct rq *src;

	if (!p->se.on_rq || p->se.sched_delayed || throttled_hierarchy(cfs_rq_of(&p->se)))
		return 0;

	update_rq_clock(rq);

	/* A target of a loan passes it on; to the lender: gives it back. */
	if (loan->lender) {
		bool passes = loan->to == from;

		if (passes && loan->from == p) {
			yield_loan_return(rq, YIELD_END_DONE);
			return YIELD_LENT;
		}
		if (passes) {
			from = loan->from;
			yield_loan_return(rq, YIELD_END_PASSED);
			/* The caller gives way, to @p or to its lender. */
			passed = true;
		} else {
			yield_loan_settle(rq, YIELD_END_PASSED);
		}
	}

	src = task_rq(p);
	if (src != rq) {
		update_rq_clock(src);
		how = yield_may_pull(rq, src, p, from, &swap);
	}
	yield_meet(rq, from, p, &lse, &tse);
	if (how == YIELD_IS_LEFT || yield_shares_group(rq, from, lse) ||
	    yield_shares_group(rq, p, tse))
		return yield_ask(rq, src, p, passed);

	if (throttled_hierarchy(cfs_rq_of(&from->se)))
		goto refuse;
	cfs_rq = cfs_rq_of(lse);
	se = lse;
	for_each_sched_entity(se)
		update_curr(cfs_rq_of(se));
	if (cfs_rq_of(tse) != cfs_rq)
		update_curr(cfs_rq_of(tse));
	/* At the end of a slice, its own or that of a group it is in, any task may be next. */
	if (test_tsk_need_resched(current))
		goto refuse;
	lender = yield_party(lse);
	room = yield_room(&lender, avg_vruntime(cfs_rq), yield_lag_limit(lse));
	if (sched_feat(YIELD_CREDIT) && yield_needs(tse) > room)
		goto refuse;

	if (src != rq) {
		yield_pull(rq, src, p, how, swap);
		/* Its group may have no time left on this CPU, and be off the queue. */
		if (throttled_hierarchy(cfs_rq_of(&p->se))) {
			yield_send_back(rq, src, p);
			goto refuse;
		}
		yield_meet(rq, from, p, &lse, &tse);
		lender = yield_party(lse);
		room = yield_room(&lender, avg_vruntime(cfs_rq), yield_lag_limit(lse));
	}
	target = yield_party(tse);
	loan->slice_left = yield_service(tse->deadline - tse->vruntime, target.weight);
	if (sched_feat(YIELD_CREDIT)) {
		/* It comes with the lag that it had, but for rounding. */
		credit = min(yield_credit_needed(&target, avg_vruntime(cfs_rq)), room);
		if (credit) {
			yield_transfer(&lender, &target, credit);
			yield_set_party(cfs_rq, tse, &target);
			yield_set_party(cfs_rq, lse, &lender);
			loan->stat.credit += credit;
		}
	}

	set_next_buddy(&p->se);
	loan->wanted = p;
	loan->continues = true;
	loan->returning = NULL;
	loan->stat.yields++;

	if (sched_feat(YIELD_RETURN)) {
		loan->lender = lse;
		loan->target = tse;
		loan->from = from;
		loan->to = p;
		loan->credit = credit;
		loan->exec_start = tse->sum_exec_runtime;
		yield_loan_ends_at(loan, ktime_add_ns(ktime_get(), ns ?: YIELD_LOAN_DEFAULT_NS));
	}
	trace_sched_yield_loan(from, p, credit, ns, src != rq);
	/* The caller calls schedule() at once, which needs no newer time. */
	rq_clock_skip_update(rq);
	return YIELD_LENT;

refuse:
	loan->stat.refused++;
	return passed ? YIELD_FORFEITED : 0;
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
 * The lender runs next. Context: process context, preemptible.
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

#ifdef CONFIG_SCHED_DEBUG
/**
 * yield_loan_show() - statistics, sums over all CPUs
 * @m: where to
 */
void yield_loan_show(struct seq_file *m)
{
	static const char *const end_names[YIELD_END_NR] = {
		"ended_timer", "ended_done", "ended_block", "ended_preempt",
		"ended_passed", "ended_lender", "ended_gone",
	};
	u64 end[YIELD_END_NR] = {};
	int cpu, i;

#define YIELD_SHOW(name) do {						\
		u64 sum = 0;						\
									\
		for_each_possible_cpu(cpu)				\
			sum += cpu_rq(cpu)->yield_loan.stat.name;	\
		seq_printf(m, #name " %llu\n", sum);			\
	} while (0)

	YIELD_SHOW(yields);
	YIELD_SHOW(next);
	YIELD_SHOW(refused);
	YIELD_SHOW(pulled);
	YIELD_SHOW(exchanged);
	YIELD_SHOW(returned);
	YIELD_SHOW(rehomed);
	YIELD_SHOW(moved);
	YIELD_SHOW(nudged);
	YIELD_SHOW(forfeited);
	YIELD_SHOW(credit);
	YIELD_SHOW(used);
#undef YIELD_SHOW

	for_each_possible_cpu(cpu)
		for (i = 0; i < YIELD_END_NR; i++)
			end[i] += cpu_rq(cpu)->yield_loan.stat.ended[i];
	for (i = 0; i < YIELD_END_NR; i++)
		seq_printf(m, "%s %llu\n", end_names[i], end[i]);
}
#endif

/* While there are no users of loans, yield_to() is what it was without. */
DEFINE_STATIC_KEY_FALSE(yield_loans);
static DEFINE_MUTEX(yield_loans_mutex);
static int yield_loans_users;	/* Protected by yield_loans_mutex. */

/**
 * yield_loans_get() - from now on, let yield_to() lend
 *
 * Context: may sleep.
 */
void yield_loans_get(void)
{
	guard(mutex)(&yield_loans_mutex);
	if (!yield_loans_users++)
		static_branch_enable(&yield_loans);
	WRITE_ONCE(yield_loans_open, true);
}
EXPORT_SYMBOL_GPL(yield_loans_get);

/**
 * yield_loans_put() - undo one yield_loans_get()
 *
 * With the last user all loans end. Context: may sleep.
 */
void yield_loans_put(void)
{
	struct rq_flags rf;
	int cpu;

	guard(mutex)(&yield_loans_mutex);
	if (--yield_loans_users)
		return;

	/* The hooks know of tasks that exit: they go when no loan is left. */
	WRITE_ONCE(yield_loans_open, false);
	synchronize_rcu();
	for_each_possible_cpu(cpu) {
		struct rq *rq = cpu_rq(cpu);

		rq_lock_irqsave(rq, &rf);
		if (rq->yield_loan.lender) {
			update_rq_clock(rq);
			yield_loan_settle(rq, YIELD_END_GONE);
		}
		rq->yield_loan.wanted = NULL;
		rq->yield_loan.returning = NULL;
		rq->yield_loan.continues = false;
		rq_unlock_irqrestore(rq, &rf);
	}
	static_branch_disable(&yield_loans);
}
EXPORT_SYMBOL_GPL(yield_loans_put);
