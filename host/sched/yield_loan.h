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

int entity_eligible(struct cfs_rq *cfs_rq, struct sched_entity *se);

#ifdef CONFIG_SCHED_YIELD_LOAN
/* A loan of CPU time in progress, see yield_loan.c. Protected by rq->lock. */
struct yield_loan {
	/* Where the paths of both meet in the hierarchy; NULL: no loan. */
	struct sched_entity	*lender, *target;
	struct task_struct	*from, *to;
	s64			credit;		/* service that the target was given */
	s64			slice_left;	/* service left of the target's slice */
	u64			exec_start;	/* the target's sum_exec_runtime */
	ktime_t			expires;
	struct hrtimer		timer;

	/* For the next pick only. */
	struct task_struct	*wanted;	/* target of the last yield */
	struct sched_entity	*returning;	/* a lender that gets the CPU back */
	bool			continues;	/* one within its slice may go on */
	struct task_struct	*leaving;	/* may go home */

	/* When it was last done; jiffies, but for the last one, ns. */
	unsigned long		looked;		/* for a less crowded CPU */
	unsigned long		exchanged;	/* with a foreign task */
	unsigned long		nudged;		/* a foreign task's slice was ended here */
	u64			asked;		/* for a target that has to stay elsewhere */

	struct {
		u64		yields;		/* that lent */
		u64		next;		/* of these: it was picked next */
		u64		refused;	/* most: the lender had not enough to give */
		u64		pulled;		/* the target came from another CPU */
		u64		exchanged;	/* and another one went there */
		u64		returned;	/* and went back */
		u64		rehomed;	/* and got a less crowded CPU as its own */
		u64		moved;		/* the target went to an idle CPU */
		u64		nudged;		/* the target has to stay where it is */
		u64		forfeited;	/* and does not run at once */
		u64		credit;		/* sum, ns of service */
		u64		used;		/* sum, ns */
		u64		ended[YIELD_END_NR];
	} stat;
};

DECLARE_STATIC_KEY_FALSE(yield_loans);

/* yield_users.c */
bool __yield_loan_wanted(struct task_struct *curr);
void yield_create_debugfs(struct dentry *dir);

/* yield_loan.c */
bool __yield_may_pick_next(struct cfs_rq *cfs_rq);
int __yield_dequeue_task(struct rq *rq, struct task_struct *p, int flags);
void __yield_dequeue_entity(struct cfs_rq *cfs_rq, struct sched_entity *se);
void __yield_put_prev(struct cfs_rq *cfs_rq, struct sched_entity *prev);
void __yield_set_next(struct cfs_rq *cfs_rq, struct sched_entity *se);
void __yield_picked(struct rq *rq, struct task_struct *prev, struct task_struct *p);
void yield_init_rq(struct rq *rq);

/* yield_lend.c */
int yield_lend(struct rq *rq, struct task_struct *p, u64 ns);

/* yield_move.c */
bool yield_to_idle(struct task_struct *p);
bool yield_is_vain(struct rq *rq, struct rq *src, struct task_struct *p);

/* Does a yield of @curr lend? */
static inline bool yield_loan_wanted(struct task_struct *curr)
{
	return static_branch_unlikely(&yield_loans) && __yield_loan_wanted(curr);
}

/* May @next, which is @cfs_rq->next, be picked? */
static inline bool yield_may_pick_next(struct cfs_rq *cfs_rq, struct sched_entity *next)
{
	return static_branch_unlikely(&yield_loans) ? __yield_may_pick_next(cfs_rq) :
						      entity_eligible(cfs_rq, next);
}

/* @p leaves the queue. Returns the flags to dequeue it with. */
static inline int yield_dequeue_task(struct rq *rq, struct task_struct *p, int flags)
{
	return static_branch_unlikely(&yield_loans) ? __yield_dequeue_task(rq, p, flags) :
						      flags;
}

/* @se, of a task or a group, leaves the queue; group: throttled or empty. */
static inline void yield_dequeue_entity(struct cfs_rq *cfs_rq, struct sched_entity *se)
{
	if (static_branch_unlikely(&yield_loans))
		__yield_dequeue_entity(cfs_rq, se);
}

/* @prev stops running. */
static inline void yield_put_prev(struct cfs_rq *cfs_rq, struct sched_entity *prev)
{
	if (static_branch_unlikely(&yield_loans))
		__yield_put_prev(cfs_rq, prev);
}

/* @se starts to run. */
static inline void yield_set_next(struct cfs_rq *cfs_rq, struct sched_entity *se)
{
	if (static_branch_unlikely(&yield_loans))
		__yield_set_next(cfs_rq, se);
}

/* @p was picked, @prev is the current task. */
static inline void yield_picked(struct rq *rq, struct task_struct *prev, struct task_struct *p)
{
	if (static_branch_unlikely(&yield_loans))
		__yield_picked(rq, prev, p);
}

/*
 * Shall @p, woken up, stay where it ran? Yes if it is one of those that pull each
 * other: their loads come and go with them, and wake-ups that weigh the CPUs'
 * loads against each other would gather the vCPUs of a VM.
 */
static inline bool yield_stays(struct task_struct *p)
{
	return static_branch_unlikely(&yield_loans) && p->yield_home;
}

static inline void yield_init_task(struct task_struct *p)
{
	p->yield_home = 0;
}
#else
static inline bool yield_loan_wanted(struct task_struct *curr)
{
	return false;
}

static inline bool yield_may_pick_next(struct cfs_rq *cfs_rq, struct sched_entity *next)
{
	return entity_eligible(cfs_rq, next);
}

static inline int yield_dequeue_task(struct rq *rq, struct task_struct *p, int flags)
{
	return flags;
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

static inline bool yield_stays(struct task_struct *p)
{
	return false;
}

static inline void yield_dequeue_entity(struct cfs_rq *cfs_rq, struct sched_entity *se) {}
static inline void yield_put_prev(struct cfs_rq *cfs_rq, struct sched_entity *prev) {}
static inline void yield_set_next(struct cfs_rq *cfs_rq, struct sched_entity *se) {}
static inline void yield_picked(struct rq *rq, struct task_struct *prev,
				struct task_struct *p) {}
static inline void yield_init_task(struct task_struct *p) {}
static inline void yield_init_rq(struct rq *rq) {}
static inline void yield_create_debugfs(struct dentry *dir) {}
#endif /* CONFIG_SCHED_YIELD_LOAN */

#endif /* _KERNEL_SCHED_YIELD_LOAN_H */
