/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU tells the hypervisor what its latency-critical tasks, those of the real-time and
 * the deadline class, wait for. So it can have a physical CPU in time. Called for such
 * tasks only; nothing is done while no hypervisor cares.
 */
#ifndef _LINUX_LATENCY_HINT_H
#define _LINUX_LATENCY_HINT_H

#include <linux/jump_label.h>
#include <linux/ktime.h>

#ifdef CONFIG_ARCH_HAS_LATENCY_HINT
DECLARE_STATIC_KEY_FALSE(latency_hint_key);

void __latency_hint_wake(int cpu);
void __latency_hint_run(int cpu);
void __latency_hint_wait(int cpu);
void latency_hint_timer(int cpu, ktime_t remaining);

static __always_inline bool latency_hint_enabled(void)
{
	return static_branch_unlikely(&latency_hint_key);
}

/* A task is to run on @cpu. Here and below, @cpu's run queue is locked. */
static inline void latency_hint_wake(int cpu)
{
	if (latency_hint_enabled())
		__latency_hint_wake(cpu);
}

/* It begins to run. */
static inline void latency_hint_run(int cpu)
{
	if (latency_hint_enabled())
		__latency_hint_run(cpu);
}

/* It waits, for its timer or for anything. */
static inline void latency_hint_wait(int cpu)
{
	if (latency_hint_enabled())
		__latency_hint_wait(cpu);
}
#else
static inline bool latency_hint_enabled(void)
{
	return false;
}

static inline void latency_hint_wake(int cpu) { }
static inline void latency_hint_run(int cpu) { }
static inline void latency_hint_wait(int cpu) { }
static inline void latency_hint_timer(int cpu, ktime_t remaining) { }
#endif

#endif /* _LINUX_LATENCY_HINT_H */
