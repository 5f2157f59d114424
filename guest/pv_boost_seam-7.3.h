/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pv_boost.c uses and differs between kernel versions: Linux 7.3.
 */
#ifndef _ASM_X86_PV_BOOST_SEAM_H
#define _ASM_X86_PV_BOOST_SEAM_H

#include <linux/preempt.h>

/*
 * preempt_count, and its bits that say that the CPU should go on. Of the 64 bits they are
 * in the low half, which comes first.
 */
#define pv_boost_critical_word()	this_cpu_ptr(&__preempt_count)
#define PV_BOOST_CRITICAL_MASK	(PREEMPT_MASK | SOFTIRQ_MASK | HARDIRQ_DISABLE_MASK | \
				 HARDIRQ_MASK | NMI_MASK)

#endif /* _ASM_X86_PV_BOOST_SEAM_H */
