/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a CPU has the byte with which it locks: in Linux 7.3 it is computed from the CPU's
 * number, for one addition. Until it has a number, a CPU locks as CPU 0.
 */
#ifndef _ASM_X86_QSPINLOCK_OWNER_SEAM_H
#define _ASM_X86_QSPINLOCK_OWNER_SEAM_H

#ifdef _Q_OWNER_BIAS
#include <linux/percpu-defs.h>
#include <asm/current.h>

/* As in <asm/smp.h>, which needs spinlocks. */
DECLARE_PER_CPU_CACHE_HOT(int, cpu_number);

#define queued_spin_locked_val queued_spin_locked_val
static __always_inline u32 queued_spin_locked_val(void)
{
	u32 val = this_cpu_read(cpu_number) + _Q_OWNER_BIAS;

	return CONFIG_NR_CPUS - 1 <= _Q_OWNER_MAX_CPU || val <= _Q_LOCKED_MASK ?
	       val : _Q_LOCKED_VAL;
}
#endif

#endif /* _ASM_X86_QSPINLOCK_OWNER_SEAM_H */
