/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PVB_UNIT_ASM_CURRENT_H
#define PVB_UNIT_ASM_CURRENT_H

#include <linux/types.h>

/* The per-CPU variables that the owner bytes are made of. */
struct pcpu_hot_of {
	int cpu_number;
	u32 lock_owner;
};

struct pcpu_hot_of *pcpu_hot_at(int cpu);
extern int this_cpu, cpu_meant, cpu_number;

#define pcpu_hot		(*pcpu_hot_at(cpu_meant))
#define this_cpu_read(var)	(cpu_meant = this_cpu, (var))
#define per_cpu(var, cpu)	(*(cpu_meant = (cpu), &(var)))

#endif
