// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost, guest side: says in the latency word what a CPU's latency-critical tasks wait
 * for. One store as such a task is woken up, one as it begins to run, one as it stops to
 * wait. Which tasks these are is known by the callers. The interface:
 * Documentation/virt/kvm/x86/pv-boost.rst.
 */
#include <linux/latency_hint.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/percpu.h>

#include <asm/kvm_pv_boost.h>
#include <asm/msr.h>
#include <asm/pv_boost.h>
#include <asm/tsc.h>

DEFINE_STATIC_KEY_FALSE(latency_hint_key);

/* How long a task that waits for anything is remembered, ms. */
#define LATENCY_HINT_MEMORY_MS	100

/* All but @run are TSC values; 0: there is none. */
struct latency_hint {
	u64 began;		/* when the task that runs began to */
	u64 armed;		/* its timer, which it is about to wait for */
	u64 due;		/* the next timer that any of them waits for */
	u64 waits;		/* since when one waits for anything */
	u64 run;		/* how long they run, cycles, sliding average */
};

static DEFINE_PER_CPU(struct latency_hint, latency_hints);

static void latency_hint_store(int cpu, u32 flags, u64 tsc)
{
	u32 us;

	/* Not calibrated */
	if (!tsc_khz)
		return;
	us = div_u64(per_cpu(latency_hints, cpu).run * 1000, tsc_khz) + 1;
	WRITE_ONCE(per_cpu(pv_boost_page, cpu)->guest.latency,
		   kvm_pv_boost_latency(flags, us, tsc));
}

/**
 * __latency_hint_wake() - a latency-critical task is to run
 * @cpu: where
 *
 * If the task is moved to another CPU before it runs, a task of the kind that runs here
 * was the reason, and will say what holds then.
 *
 * Context: @cpu's run queue is locked.
 */
void __latency_hint_wake(int cpu)
{
	latency_hint_store(cpu, KVM_PV_BOOST_LATENCY_RUNNING, rdtsc());
}

/**
 * __latency_hint_run() - a latency-critical task begins to run
 * @cpu: where
 *
 * Context: @cpu's run queue is locked.
 */
void __latency_hint_run(int cpu)
{
	struct latency_hint *hint = per_cpu_ptr(&latency_hints, cpu);

	hint->began = rdtsc();
	WRITE_ONCE(hint->armed, 0);
	latency_hint_store(cpu, KVM_PV_BOOST_LATENCY_RUNNING, hint->began);
}

/**
 * latency_hint_timer() - a latency-critical task is about to wait for a timer, and for
 * nothing else
 * @cpu: where it runs
 * @remaining: when the timer expires, from now, ns
 *
 * Context: any.
 */
void latency_hint_timer(int cpu, ktime_t remaining)
{
	/* Longer ones would overflow. The host cares for none of over a second. */
	u64 ns = clamp(remaining, 0, 1000 * (s64)NSEC_PER_SEC);

	u64 tsc = rdtsc() + div_u64(ns * tsc_khz, USEC_PER_SEC);

	WRITE_ONCE(per_cpu(latency_hints, cpu).armed, tsc);
}

/**
 * __latency_hint_wait() - a latency-critical task waits
 * @cpu: where it ran
 *
 * Also one that is throttled, or changes its class or CPUs: it counts as waiting.
 *
 * Context: @cpu's run queue is locked.
 */
void __latency_hint_wait(int cpu)
{
	struct latency_hint *hint = per_cpu_ptr(&latency_hints, cpu);
	u64 armed = READ_ONCE(hint->armed), now = rdtsc(), tsc, ran;
	u32 flags = 0;

	if (hint->began) {
		ran = min_t(u64, now - hint->began, tsc_khz);
		hint->run = hint->run ? (hint->run * 7 + ran) / 8 : ran;
		hint->began = 0;
	}
	if (hint->due && (s64)(hint->due - now) <= 0)
		hint->due = 0;
	/* One that has passed was of a sleep that ended before it began. */
	if (!armed || (s64)(armed - now) <= 0)
		hint->waits = now;
	else if (!hint->due || (s64)(armed - hint->due) < 0)
		hint->due = armed;
	WRITE_ONCE(hint->armed, 0);

	tsc = hint->waits;
	if (hint->waits && now - hint->waits < (u64)LATENCY_HINT_MEMORY_MS * tsc_khz)
		flags |= KVM_PV_BOOST_LATENCY_INTERRUPT;
	if (hint->due) {
		flags |= KVM_PV_BOOST_LATENCY_TIMER;
		tsc = hint->due;
	}
	if (flags)
		latency_hint_store(cpu, flags, tsc);
	else
		WRITE_ONCE(per_cpu(pv_boost_page, cpu)->guest.latency, 0);
}
