/* SPDX-License-Identifier: GPL-2.0 */
/*
 * yield_to() as a loan: for callers that ask for it. What it means is told in
 * kernel/sched/yield_loan.c.
 */
#ifndef _LINUX_SCHED_YIELD_TO_H
#define _LINUX_SCHED_YIELD_TO_H

#include <linux/types.h>

struct task_struct;

/* What yield_to_for() returns while it lends. Of yield_to() it only counts whether > 0. */
#define YIELD_LENT	1	/* it runs in the caller's place */
#define YIELD_FORFEITED	2	/* the caller gave up its slice, as without loans */
#define YIELD_ADVANCED	3	/* it runs where it is, the caller went on */
#define YIELD_MOVED	4	/* it was sent to an idle CPU, the caller went on */

/* How a loan or an advance ended: enum, tracepoint and debugfs' counters follow this list. */
#define YIELD_LOAN_ENDS(E, LAST)					\
	E(TIMER, "timer")	/* time was up */			\
	E(DONE, "done")		/* the target said that it needs no more */ \
	E(BLOCK, "block")	/* the target has nothing to do */	\
	E(PREEMPT, "preempt")	/* another task had a better right to run */ \
	E(PASSED, "passed")	/* the target yielded to another one */	\
	LAST(GONE, "gone")	/* lender or target left the queue */

#define YIELD_END(end, name)	YIELD_END_##end,
enum yield_loan_end { YIELD_LOAN_ENDS(YIELD_END, YIELD_END) YIELD_END_NR };
#undef YIELD_END

int yield_to_for(struct task_struct *p, bool preempt, u64 ns);
int yield_advance_task(struct task_struct *p, u64 ns);
bool yield_loan_limit(u64 ns);
bool yield_loan_done(void);
void yield_loans_get(void);
void yield_loans_put(void);

#endif /* _LINUX_SCHED_YIELD_TO_H */
