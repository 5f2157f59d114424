/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests' modules use and differs between kernel versions: Linux 6.12.
 */
#ifndef MODULE_SEAM_H
#define MODULE_SEAM_H

#include <linux/cpumask.h>
#include <linux/sched.h>
#include <asm/msr.h>

/* As of Linux 6.16. */
#define rdmsrq_safe(msr, p)	rdmsrl_safe(msr, p)
#define wrmsrq(msr, val)	wrmsrl(msr, val)
#define wrmsrq_safe(msr, val)	wrmsrl_safe(msr, val)

static inline unsigned int seam_next_online_cpu(unsigned int cpu)
{
	return cpumask_next_wrap(cpu, cpu_online_mask, cpu, true);
}

/* Is the current task to be preempted? */
static inline bool seam_is_resched(void)
{
	return need_resched();
}

/* What of @p competes @level levels up in the hierarchy of groups. */
static inline struct sched_entity *seam_account(struct task_struct *p, unsigned int level)
{
	struct sched_entity *se = &p->se;

	while (level-- && se->parent)
		se = se->parent;
	return se;
}

/* Its weight there, as rounded as the scheduler has it; nice 0: 1 << 20. */
static inline unsigned long seam_weight(struct sched_entity *se)
{
	return se->load.weight >> 10 << 10;
}

#endif /* MODULE_SEAM_H */
