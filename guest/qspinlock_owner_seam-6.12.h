/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a CPU has the byte with which it locks: in Linux 6.12 in pcpu_hot, ready.
 */
#ifndef _ASM_X86_QSPINLOCK_OWNER_SEAM_H
#define _ASM_X86_QSPINLOCK_OWNER_SEAM_H

#ifdef _Q_OWNER_BIAS
#include <asm/current.h>

#define queued_spin_locked_val queued_spin_locked_val
static __always_inline u32 queued_spin_locked_val(void)
{
	return this_cpu_read(pcpu_hot.lock_owner);
}

/* Until it is called for @cpu, that CPU locks as _Q_LOCKED_VAL. */
static inline void queued_spin_set_owner(int cpu)
{
	if (cpu <= _Q_OWNER_MAX_CPU)
		per_cpu(pcpu_hot.lock_owner, cpu) = _Q_OWNER_BIAS + cpu;
}
#else
static inline void queued_spin_set_owner(int cpu) { }
#endif

#endif /* _ASM_X86_QSPINLOCK_OWNER_SEAM_H */
