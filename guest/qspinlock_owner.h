/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The owner of a queued spinlock, where the architecture names it in the locked
 * byte. Here is what holds where it doesn't: the byte is _Q_LOCKED_VAL and tells
 * nothing. <asm/qspinlock_owner.h> can replace all these functions.
 */
#ifndef __ASM_GENERIC_QSPINLOCK_OWNER_H
#define __ASM_GENERIC_QSPINLOCK_OWNER_H

#include <linux/compiler.h>
#include <asm-generic/qspinlock_types.h>

#ifndef queued_spin_locked_val
/**
 * queued_spin_locked_val - what this CPU writes into the locked byte
 *
 * Called with preemption disabled.
 *
 * Return: any value of a byte but 0 and the slow value of PV locks
 */
static __always_inline u32 queued_spin_locked_val(void)
{
	return _Q_LOCKED_VAL;
}

/**
 * queued_spin_owner - which CPU owns a lock?
 * @val: value of the lock word, or of its locked byte
 *
 * Return: the CPU that the locked byte names, or -1 if it names none
 */
static __always_inline int queued_spin_owner(u32 val)
{
	return -1;
}

/**
 * queued_spin_owner_varies - can another CPU have locked with this value?
 * @locked: value of the locked byte
 * @nr_cpus: CPUs are numbered below this
 *
 * Return: true if some CPU's queued_spin_locked_val() can be @locked, and not
 * all CPUs' is
 */
static __always_inline bool queued_spin_owner_varies(u8 locked, unsigned int nr_cpus)
{
	return false;
}
#endif

#endif /* __ASM_GENERIC_QSPINLOCK_OWNER_H */
