/* SPDX-License-Identifier: GPL-2.0 */
/* What /dev/pvb-yield does and tells, see pvb-yield.c. */
#ifndef PVB_YIELD_H
#define PVB_YIELD_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* A task's account with the scheduler, some levels up in the hierarchy of groups. */
struct pvb_account {
	__u64 vruntime;
	__u64 deadline;
	__u64 exec;		/* ns */
	__u64 weight;		/* nice 0: PVB_NICE_0 */
};

#define PVB_NICE_0	(1 << 20)

#define PVB_NOT_ENDED	(-1)

struct pvb_yield {
	/* in */
	__s32 to;		/* thread to yield to */
	__u32 level;		/* where its path and the caller's meet; 0: same group */
	__u64 ns;		/* as of yield_to_for() */
	/* out */
	__s32 ret;		/* as of yield_to_for() */
	__s32 next;		/* thread that ran next on the caller's CPU */
	__s32 lent;		/* a loan began */
	__s32 why;		/* enum yield_loan_end, or PVB_NOT_ENDED when the call returned */
	__s32 after;		/* thread that ran when the target no longer did, 0: not seen */
	__s32 pad;
	__s64 used;
	struct pvb_account target_asked, target_lent, target_ended;
	struct pvb_account lender_lent, lender_ended;
};

/* Runs in the kernel, and asks for grace each time that it is to be preempted. */
struct pvb_grace {
	/* in */
	__u64 run_ns;		/* in all */
	__u64 ns;		/* as of sched_grace() */
	__u64 most;		/* in a row, ns */
	/* out */
	__u64 granted;
	__u64 refused;
	__u64 longest;		/* from the first grace in a row until it gave way, ns */
};

#define PVB_YIELD	_IOWR('Y', 0, struct pvb_yield)
#define PVB_DONE	_IO('Y', 1)	/* yield_loan_done(), its result */
#define PVB_LIMIT	_IO('Y', 2)	/* yield_loan_limit(), of as many ns */
#define PVB_GRACE	_IOWR('Y', 3, struct pvb_grace)
#define PVB_MUTEX	_IO('Y', 4)	/* holds a mutex of all for as many ns, running */

#endif
