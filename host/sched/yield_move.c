// SPDX-License-Identifier: GPL-2.0
/*
 * Where the tasks of a loan run: an idle CPU for a target, its way to the lender's CPU
 * and home again, a less crowded home. Part of fair.c; loans are in yield_loan.c. The
 * queues that tasks leave and come to are locked; those that are only compared, by load
 * or by what waits there, are not.
 */

/*
 * task_struct::yield_home. 0: never pulled, or stays where it was pulled to; above: here
 * for a loan, its home is this CPU + 1; and for a task that was pulled before, and is at
 * home now:
 */
#define YIELD_AT_HOME	-1

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

/* @p leaves the queue. Returns the flags to dequeue it with. */
static int yield_leave(struct rq *rq, struct task_struct *p, int flags)
{
	if (p->yield_home <= 0)
		return flags;
	/* If it sleeps it wakes up at home; it must not be left here, delayed. */
	p->wake_cpu = cpu_of(yield_roomiest(rq, cpu_rq(p->yield_home - 1), p));
	p->yield_home = YIELD_AT_HOME;
	return flags | DEQUEUE_SPECIAL;
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

enum yield_how { YIELD_STAYS, YIELD_TEMPORARY, YIELD_CANT_COME };

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
static enum yield_how yield_how(struct rq *rq, struct rq *src, struct task_struct *p,
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
		return *swap ? YIELD_STAYS : YIELD_CANT_COME;
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

/* What to do about @p, which waits on @src: YIELD_CANT_COME if it can't come to @rq. */
static enum yield_how yield_may_pull(struct rq *rq, struct rq *src, struct task_struct *p,
				     struct task_struct *from, struct task_struct **swap)
{
	if (!yield_pulls(rq, src) || !yield_may_move(src, rq, p))
		return YIELD_CANT_COME;
	return yield_how(rq, src, p, from, swap);
}

/*
 * Brings @p from @src to @rq, for good, or for the time of the loan: then it runs here
 * in place of the lender, and goes home when the loan ends, where other tasks have its
 * turn meanwhile. Both queues are locked.
 */
static void yield_pull(struct rq *rq, struct rq *src, struct task_struct *p,
		       enum yield_how how, struct task_struct *swap)
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
 * Better than to share a CPU with its lender.
 *
 * Context: the caller holds p->pi_lock and nothing else.
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
 * queue's lock from the tasks that run there each time.
 *
 * Context: the caller holds p->pi_lock.
 *
 * Return: true if nothing is to be had.
 */
bool yield_is_vain(struct rq *rq, struct rq *src, struct task_struct *p)
{
	if (READ_ONCE(p->on_cpu))
		return true;
	return rq != src && READ_ONCE(rq->nr_running) == 1 &&
	       (!yield_pulls(rq, src) || !cpumask_test_cpu(cpu_of(rq), p->cpus_ptr)) &&
	       local_clock() - rq->yield_loan.asked < YIELD_ASK_GAP;
}
