/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spin hints: a CPU that spins in the kernel says which CPU it spins for, so
 * that a hypervisor can run that one. What is said, and to which
 * one, is the architecture's: <asm/spin_hint.h>. Without CONFIG_ARCH_HAS_SPIN_HINT,
 * all of this compiles to nothing; where no host listens, to patched no-ops.
 *
 * Only for CPUs that spin with preemption disabled, and only on slow paths. Waits
 * nest as interrupts do: an interrupt that has to spin hides the wait that it
 * interrupted and brings it back.
 *
 *	struct spin_hint hint;
 *
 *	spin_hint_begin(&hint, SPIN_HINT_LOCK, owner);
 *	while (!trylock())
 *		spin_hint_relax(&hint, current_owner());
 *	spin_hint_end(&hint);
 */
#ifndef _LINUX_SPIN_HINT_H
#define _LINUX_SPIN_HINT_H

#include <linux/types.h>

/* What the CPU that is waited for has to do. */
enum spin_hint_kind {
	SPIN_HINT_LOCK,		/* go on: it owns a lock or is before us in its queue */
	SPIN_HINT_IPI,		/* take an interrupt */
	SPIN_HINT_TASK,		/* switch out a task completely */
};

/* For "there is one, but its number is not known". */
#define SPIN_HINT_NO_CPU	(-1)

#ifdef CONFIG_ARCH_HAS_SPIN_HINT
#include <asm/spin_hint.h>
#else
#include <linux/processor.h>

struct cpumask;
struct spin_hint { };

/* Does a host listen? */
static __always_inline bool spin_hint_enabled(void)
{
	return false;
}

/* This CPU spins from here on for @cpu. */
static __always_inline void spin_hint_begin(struct spin_hint *hint,
					    enum spin_hint_kind kind, int cpu) { }

/* It now spins for @cpu. */
static __always_inline void spin_hint_move(struct spin_hint *hint, int cpu) { }

/* cpu_relax() between two looks; it still spins, now for @cpu. */
static __always_inline void spin_hint_relax(struct spin_hint *hint, int cpu)
{
	cpu_relax();
}

/*
 * SPIN_HINT_IPI: it spins for all CPUs in @mask. The first call of a wait names
 * them, later ones may only take some away.
 */
static inline void spin_hint_set_mask(struct spin_hint *hint,
				      const struct cpumask *mask) { }

/* It spins no more. */
static __always_inline void spin_hint_end(struct spin_hint *hint) { }

/* This CPU is about to wait: it has no use for time that it was lent. */
static __always_inline void spin_hint_give_back(void) { }
#endif

/**
 * spin_hint_while - spin with a hint, if a host listens, as long as @cond holds
 * @kind: what is waited for
 * @cond: expression without side effects on others, evaluated each time round
 * @cpu: the CPU waited for, evaluated after @cond
 *
 * For use in front of a loop that does the same without a hint, and is the one
 * that provides memory order.
 */
#define spin_hint_while(kind, cond, cpu)				\
do {									\
	struct spin_hint __hint;					\
	bool __begun = false;						\
									\
	while (spin_hint_enabled() && (cond)) {				\
		__spin_hint_round(&__hint, __begun, kind, cpu);		\
		__begun = true;						\
	}								\
	if (__begun)							\
		spin_hint_end(&__hint);					\
} while (0)

static __always_inline void __spin_hint_round(struct spin_hint *hint, bool begun,
					      enum spin_hint_kind kind, int cpu)
{
	if (!begun)
		spin_hint_begin(hint, kind, cpu);
	spin_hint_relax(hint, cpu);
}

/* The CPU that holds a raw spinlock, if one does; needs <linux/spinlock.h>. */
#ifdef CONFIG_QUEUED_SPINLOCKS
#define raw_spin_hint_owner(lock)					\
	queued_spin_owner(atomic_read(&(lock)->raw_lock.val))
#else
#define raw_spin_hint_owner(lock)	((void)(lock), SPIN_HINT_NO_CPU)
#endif

#endif /* _LINUX_SPIN_HINT_H */
