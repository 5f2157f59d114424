/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests' modules use and differs between kernel versions: Linux 7.3.
 */
#ifndef MODULE_SEAM_H
#define MODULE_SEAM_H

#include <linux/cpumask.h>
#include <linux/sched.h>

static inline unsigned int seam_next_online_cpu(unsigned int cpu)
{
	return cpumask_next_wrap(cpu, cpu_online_mask);
}

/* Is the current task to be preempted, now or when it returns to user space? */
static inline bool seam_is_resched(void)
{
	return need_resched() || test_thread_flag(TIF_NEED_RESCHED_LAZY);
}

/* The tasks of all groups are on one queue. */
static inline struct sched_entity *seam_account(struct task_struct *p, unsigned int level)
{
	return &p->se;
}

/* Nice 0: 1 << 20. */
static inline unsigned long seam_weight(struct sched_entity *se)
{
	return se->h_load.weight;
}

#endif /* MODULE_SEAM_H */
