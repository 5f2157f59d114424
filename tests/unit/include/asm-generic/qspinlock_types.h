/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PVB_UNIT_QSPINLOCK_TYPES_H
#define PVB_UNIT_QSPINLOCK_TYPES_H

#include <linux/types.h>

/* The kernel's layout of a lock word, for up to 16384 CPUs. */
struct qspinlock {
	u8 locked, pending;
	u16 tail;
};

#define _Q_LOCKED_MASK		0xffU
#define _Q_LOCKED_VAL		1U
#define _Q_PENDING_OFFSET	8
#define _Q_PENDING_MASK		0xff00U
#define _Q_PENDING_VAL		0x100U

#endif
