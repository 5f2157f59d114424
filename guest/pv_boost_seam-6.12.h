/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pv_boost.c uses and differs between kernel versions: Linux 6.12.
 */
#ifndef _ASM_X86_PV_BOOST_SEAM_H
#define _ASM_X86_PV_BOOST_SEAM_H

#include <linux/preempt.h>
#include <asm/current.h>
#include <asm/msr.h>

/* preempt_count, and its bits that say that the CPU should go on. */
#define pv_boost_critical_word()	this_cpu_ptr(&pcpu_hot.preempt_count)
#define PV_BOOST_CRITICAL_MASK	(PREEMPT_MASK | SOFTIRQ_MASK | HARDIRQ_MASK | NMI_MASK)

/* As of Linux 6.16. */
#define wrmsrq(msr, val)	wrmsrl(msr, val)
#define wrmsrq_safe(msr, val)	wrmsrl_safe(msr, val)

#endif /* _ASM_X86_PV_BOOST_SEAM_H */
