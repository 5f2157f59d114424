// SPDX-License-Identifier: GPL-2.0
/*
 * When loans are made at all: while there are users. And what they came to, in debugfs.
 * Part of fair.c.
 */
#include <linux/debugfs.h>

/* While there are no users of loans, yield_to() is what it was without. */
DEFINE_STATIC_KEY_FALSE(yield_loans);
static DEFINE_MUTEX(yield_loans_mutex);
static int yield_loans_users;	/* Protected by yield_loans_mutex. */

static bool yield_loans_on;	/* A loan may begin; the hooks are there for longer. */

/**
 * __yield_loan_wanted() - does a yield of this task lend?
 * @curr: the task that yields; with proxy execution the one on whose account it runs
 *
 * Context: interrupts are off, which yield_loans_put() waits for.
 *
 * Return: false if it is to forfeit its slice, as yield_to() always did.
 */
bool __yield_loan_wanted(struct task_struct *curr)
{
	return READ_ONCE(yield_loans_on) && curr == current &&
	       curr->sched_class == &fair_sched_class &&
	       (sched_feat(YIELD_LEND) || sched_feat(YIELD_ADVANCE));
}

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
	WRITE_ONCE(yield_loans_on, true);
}
EXPORT_SYMBOL_GPL(yield_loans_get);

/**
 * yield_loans_put() - undo one yield_loans_get()
 *
 * With the last user all loans end.
 *
 * Context: may sleep.
 */
void yield_loans_put(void)
{
	struct rq_flags rf;
	int cpu;

	guard(mutex)(&yield_loans_mutex);
	if (--yield_loans_users)
		return;

	/*
	 * The hooks end a loan before one of its tasks exits, so they stay until the last
	 * loan has ended. No new one begins after this: yield_to_for() has interrupts off.
	 */
	WRITE_ONCE(yield_loans_on, false);
	synchronize_rcu();
	for_each_possible_cpu(cpu) {
		struct rq *rq = cpu_rq(cpu);

		rq_lock_irqsave(rq, &rf);
		if (rq->yield_loan.to) {
			update_rq_clock(rq);
			yield_end(rq, YIELD_END_GONE, false);
		}
		rq->yield_loan.next = NULL;
		rq_unlock_irqrestore(rq, &rf);
	}
	static_branch_disable(&yield_loans);
}
EXPORT_SYMBOL_GPL(yield_loans_put);

static int yield_loans_show(struct seq_file *m, void *unused)
{
#define YIELD_END(end, name) "ended_" name,
	static const char *const end_names[] = { YIELD_LOAN_ENDS(YIELD_END, YIELD_END) };
#undef YIELD_END
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
	YIELD_SHOW(advances);
	YIELD_SHOW(next);
	YIELD_SHOW(busy);
	YIELD_SHOW(refused);
	YIELD_SHOW(moved);
	YIELD_SHOW(forfeited);
	YIELD_SHOW(used);
#undef YIELD_SHOW

	for_each_possible_cpu(cpu)
		for (i = 0; i < YIELD_END_NR; i++)
			end[i] += cpu_rq(cpu)->yield_loan.stat.ended[i];
	for (i = 0; i < YIELD_END_NR; i++)
		seq_printf(m, "%s %llu\n", end_names[i], end[i]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(yield_loans);

/**
 * yield_create_debugfs() - statistics, sums over all CPUs
 * @dir: the scheduler's directory
 */
void __init yield_create_debugfs(struct dentry *dir)
{
	debugfs_create_file("yield_loans", 0444, dir, NULL, &yield_loans_fops);
}
