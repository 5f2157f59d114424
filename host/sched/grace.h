/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_SCHED_GRACE_H
#define _LINUX_SCHED_GRACE_H

#include <linux/types.h>

bool sched_grace(u64 ns);

#endif /* _LINUX_SCHED_GRACE_H */
