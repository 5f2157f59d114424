/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lent CPU time: its data, and what the scheduler calls. Without CONFIG_SCHED_YIELD_LOAN
 * none of it is there, without users (yield_loans_get()) the calls are patched no-ops.
 */
#ifndef _KERNEL_SCHED_YIELD_LOAN_H
#define _KERNEL_SCHED_YIELD_LOAN_H

#include <linux/hrtimer.h>
#include <linux/jump_label.h>
#include <linux/sched.h>
#include <linux/sched/yield_to.h>

struct cfs_rq;
struct dentry;
struct rq;

#ifdef CONFIG_SCHED_YIELD_LOAN
/* A loan or an advance in progress, see yield_loan.c. Protected by rq->lock. */
struct yield_loan {
	struct task_struct	*to;		/* the target; NULL: there is none */
	struct task_struct	*from;		/* the lender; NULL: an advance */
	/*
	 * Where their paths meet in the hierarchy. Of an advance only the target, where it
	 * meets the task in whose place it runs.
	 */
	struct sched_entity	*lender, *target;
	s64			slice_left;	/* service left of the target's slice */
	u64			exec_start;	/* the target's sum_exec_runtime */
	u64			ns;		/* how long it may run */
	ktime_t			expires;
	struct hrtimer		timer;

	struct task_struct	*next;		/* is to be picked next, once */
	u64			asked;		/* when this CPU last asked in vain, ns */

	struct {
		u64		yields;		/* that lent */
		u64		advances;	/* the target runs where it was */
		u64		next;		/* of both: it was picked next */
		u64		refused;	/* lender or target had no room */
		u64		busy;		/* another target is first there */
		u64		moved;		/* the target went to an idle CPU */
		u64		forfeited;	/* as without loans */
		u64		used;		/* sum, ns */
		u64		ended[YIELD_END_NR];
	} stat;
};

DECLARE_STATIC_KEY_FALSE(yield_loans);

/* yield_users.c */
bool __yield_loan_wanted(struct task_struct *curr);
void yield_create_debugfs(struct dentry *dir);

/* yield_lend.c */
int yield_lend(struct rq *rq, struct task_struct *p, u64 ns);
bool yield_is_vain(struct rq *rq, struct rq *src, struct task_struct *p);
bool yield_to_idle(struct task_struct *p);

/* yield_loan.c */
struct task_struct *__yield_pick(struct rq *rq, struct task_struct *p);
void __yield_dequeue_entity(struct cfs_rq *cfs_rq, struct sched_entity *se, int flags);
void __yield_put_prev(struct cfs_rq *cfs_rq, struct sched_entity *prev);
void yield_init_rq(struct rq *rq);

/* Does a yield of @curr lend? */
static inline bool yield_loan_wanted(struct task_struct *curr)
{
	return static_branch_unlikely(&yield_loans) && __yield_loan_wanted(curr);
}

/* @p is EEVDF's pick. Returns the task to run. */
static inline struct task_struct *yield_pick(struct rq *rq, struct task_struct *p)
{
	return static_branch_unlikely(&yield_loans) ? __yield_pick(rq, p) : p;
}

/* @se, of a task or a group, leaves the queue; group: throttled or empty. */
static inline void yield_dequeue_entity(struct cfs_rq *cfs_rq, struct sched_entity *se,
					int flags)
{
	if (static_branch_unlikely(&yield_loans))
		__yield_dequeue_entity(cfs_rq, se, flags);
}

/* @prev stops running. */
static inline void yield_put_prev(struct cfs_rq *cfs_rq, struct sched_entity *prev)
{
	if (static_branch_unlikely(&yield_loans))
		__yield_put_prev(cfs_rq, prev);
}
#else
static inline bool yield_loan_wanted(struct task_struct *curr)
{
	return false;
}

static inline struct task_struct *yield_pick(struct rq *rq, struct task_struct *p)
{
	return p;
}

static inline int yield_lend(struct rq *rq, struct task_struct *p, u64 ns)
{
	return 0;
}

static inline bool yield_to_idle(struct task_struct *p)
{
	return false;
}

static inline bool yield_is_vain(struct rq *rq, struct rq *src, struct task_struct *p)
{
	return false;
}

static inline void yield_dequeue_entity(struct cfs_rq *cfs_rq, struct sched_entity *se,
					int flags) {}
static inline void yield_put_prev(struct cfs_rq *cfs_rq, struct sched_entity *prev) {}
static inline void yield_init_rq(struct rq *rq) {}
static inline void yield_create_debugfs(struct dentry *dir) {}
#endif /* CONFIG_SCHED_YIELD_LOAN */

#endif /* _KERNEL_SCHED_YIELD_LOAN_H */
