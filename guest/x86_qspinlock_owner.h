/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The locked byte of a queued spinlock, and the writer's byte of a queued rwlock,
 * name the owner, so that a CPU that waits for it can tell the hypervisor:
 *
 *   0			not locked
 *   _Q_LOCKED_VAL	locked before its CPU had a number, or by one whose number
 *			doesn't fit
 *   _Q_SLOW_VAL	locked, and the waiter at the head of the queue sleeps (PV)
 *   _Q_OWNER_BIAS + n	locked by CPU n
 *
 * A lock's holder doesn't change CPU, so that this costs one load where there was
 * an immediate operand, from the cache line of preempt_count.
 */
#ifndef _ASM_X86_QSPINLOCK_OWNER_H
#define _ASM_X86_QSPINLOCK_OWNER_H

#if defined(CONFIG_KVM_GUEST_PV_BOOST) && defined(CONFIG_X86_64) /* not the 32-bit vDSO */
#include <asm-generic/qspinlock_types.h>

#define _Q_OWNER_BIAS		4
#define _Q_OWNER_MAX_CPU	(0xff - _Q_OWNER_BIAS)

static __always_inline int queued_spin_owner(u32 val)
{
	val &= _Q_LOCKED_MASK;

	return val < _Q_OWNER_BIAS ? -1 : (int)(val - _Q_OWNER_BIAS);
}

static __always_inline bool queued_spin_owner_varies(u8 locked, unsigned int nr_cpus)
{
	return locked == _Q_LOCKED_VAL ||
	       (locked >= _Q_OWNER_BIAS && locked < _Q_OWNER_BIAS + nr_cpus);
}
#endif

/* queued_spin_locked_val() */
#include <asm/qspinlock_owner_seam.h>

#include <asm-generic/qspinlock_owner.h>

#endif /* _ASM_X86_QSPINLOCK_OWNER_H */
