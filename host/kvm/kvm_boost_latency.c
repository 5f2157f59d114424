// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost, host side: a vCPU runs in time for a latency-critical task of its guest. In
 * its latency word the guest says what such tasks wait for. When that comes, and the vCPU
 * has no pCPU, its thread is advanced: it runs at once, and waits for as much longer
 * afterwards. The word is read as the vCPU is scheduled out. Other vCPUs change it after
 * that only as they wake up a task, and send an interrupt then.
 */
#include <linux/hrtimer.h>
#include <linux/kvm_host.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/sched/task.h>
#include <linux/sched/yield_to.h>

#include "kvm_boost.h"
#include "kvm_boost_seam.h"
#include "kvm_pv_boost.h"
#include "x86.h"

static unsigned int __read_mostly boost_latency_us = 1000;
module_param(boost_latency_us, uint, 0644);
MODULE_PARM_DESC(boost_latency_us, "How long a vCPU may run out of turn for a latency-critical task of its guest, us (default: 1000, 0: not at all)");

/* From the vCPU's entry until its task runs, ns. */
#define BOOST_LATENCY_ENTRY_NS	(20 * NSEC_PER_USEC)
/* What is due within that is due: about what a switch takes, ns. */
#define BOOST_LATENCY_NEAR_NS	((s64)(20 * NSEC_PER_USEC))
/* How soon to ask again where another loan or advance is first: ten times each, ns. */
#define BOOST_LATENCY_BUSY_NS	((s64)(20 * NSEC_PER_USEC))
#define BOOST_LATENCY_BUSIER_NS	((s64)(100 * NSEC_PER_USEC))
/* And then, or where it can't be had for another reason: twice that each time. */
#define BOOST_LATENCY_LATER_NS	((s64)(500 * NSEC_PER_USEC))
#define BOOST_LATENCY_LATER	20
#define BOOST_LATENCY_TRIES	26
/* How soon a vCPU runs again whose task was not done, and between two interrupts, ns. */
#define BOOST_LATENCY_AGAIN_NS	(50 * NSEC_PER_USEC)
/* A timer that is due later is set anew when the vCPU has run again until then. */
#define BOOST_LATENCY_FAR_NS	((s64)NSEC_PER_SEC)
/* A time that has passed for so long is of no task that still waits. */
#define BOOST_LATENCY_STALE_NS	((s64)(100 * NSEC_PER_MSEC))

/**
 * kvm_boost_latency() - is F_LATENCY served?
 *
 * Return: whether kvm.boost_latency_us is not 0; it may change at any time.
 */
bool kvm_boost_latency(void)
{
	return READ_ONCE(boost_latency_us);
}

/* In how many ns from now is the word's time? Negative: it has passed. */
static s64 boost_latency_in(struct kvm_vcpu *vcpu, u64 word)
{
	s64 cycles = kvm_pv_boost_latency_ahead(word, kvm_read_l1_tsc(vcpu, rdtsc()));
	s64 khz = READ_ONCE(vcpu->arch.virtual_tsc_khz);

	if (!khz)
		return S64_MIN;
	/* Of two seconds or more it only matters that it is more than one. */
	return div64_s64(clamp(cycles, -2000 * khz, 2000 * khz) * USEC_PER_SEC, khz);
}

/*
 * How long a vCPU that leaves its pCPU with this word may run when it has to: as long as
 * its task does, and a bit.
 */
static u32 boost_latency_grant(struct kvm_vcpu *vcpu, u64 word)
{
	u32 most = min(READ_ONCE(boost_latency_us), USEC_PER_MSEC) * NSEC_PER_USEC;
	s64 run = kvm_pv_boost_latency_run(word) * NSEC_PER_USEC, left = run;

	/* It may have done some of that. */
	if (word & KVM_PV_BOOST_LATENCY_RUNNING)
		left = clamp(run + boost_latency_in(vcpu, word), run / 8, run);
	left += max(run / 8, (s64)(20 * NSEC_PER_USEC)) + BOOST_LATENCY_ENTRY_NS;
	return min_t(s64, left, most);
}

static void boost_latency_count(u64 *count)
{
	/* Two CPUs may count for one vCPU at once; a lost count does no harm. */
	data_race((*count)++);
}

/* Not sooner than that: the vCPU may still be about to be switched out. */
static void boost_latency_arm(struct kvm_vcpu_boost *b, s64 in)
{
	if (in <= BOOST_LATENCY_FAR_NS)
		hrtimer_start(&b->latency_timer,
			      ktime_add_ns(ktime_get(), max(in, BOOST_LATENCY_BUSY_NS)),
			      HRTIMER_MODE_ABS_PINNED_HARD);
}

/* How soon to ask again after the answer @ret to try number @tries, which may grow. */
static s64 boost_latency_again(int ret, u32 *tries)
{
	/* At first it may be about to be switched out, or to be queued. */
	if (ret != -EBUSY && (ret || *tries))
		*tries = max(*tries, BOOST_LATENCY_LATER);
	if (*tries >= BOOST_LATENCY_LATER)
		return BOOST_LATENCY_LATER_NS << (*tries - BOOST_LATENCY_LATER);
	return *tries < BOOST_LATENCY_LATER / 2 ? BOOST_LATENCY_BUSY_NS : BOOST_LATENCY_BUSIER_NS;
}

/* Asks for it, and again later, unless it runs before. */
static void boost_latency_advance(struct kvm_vcpu *vcpu, u64 word)
{
	struct task_struct *task = boost_get_task(vcpu);
	struct kvm_vcpu_boost *b = &vcpu->arch.boost;
	u32 tries = READ_ONCE(b->latency_tries);
	u32 ns = READ_ONCE(b->latency_grant);
	s64 again = S64_MAX, in;
	u64 now = ktime_get_ns();
	int ret;

	if (!task)
		return;
	/* The limit is set anew as it enters the guest; this one is for what comes before. */
	ret = yield_advance_task(task, ns + BOOST_LATENCY_ENTRY_NS);
	put_task_struct(task);
	switch (ret) {
	case YIELD_ADVANCED:
		WRITE_ONCE(b->latency_ns, ns);
		WRITE_ONCE(b->asked_at, now);
		boost_latency_count(&vcpu->stat.boost_latency_advances);
		break;
	case -EBUSY:
		boost_latency_count(&vcpu->stat.boost_latency_busy);
		break;
	case -EAGAIN:
		boost_latency_count(&vcpu->stat.boost_latency_refused);
		break;
	default:
		/* It may run in the VMM, and be preempted there, which nobody tells KVM. */
		break;
	}
	if (tries < BOOST_LATENCY_TRIES) {
		again = boost_latency_again(ret, &tries);
		WRITE_ONCE(b->latency_tries, tries + 1);
	}
	if (word & KVM_PV_BOOST_LATENCY_TIMER) {
		in = boost_latency_in(vcpu, word);
		if (in > 0)
			again = min(again, in);
	}
	boost_latency_arm(b, again);
}

/* Is anything to be done about @word now? */
static bool boost_latency_serves(struct kvm_vcpu *vcpu, u64 word)
{
	return word && !READ_ONCE(vcpu->arch.boost.loaded) && kvm_boost_latency() &&
	       kvm_boost_mode() == KVM_BOOST_HINTS;
}

static enum hrtimer_restart boost_latency_timer(struct hrtimer *timer)
{
	struct kvm_vcpu *vcpu = container_of(timer, struct kvm_vcpu, arch.boost.latency_timer);
	u64 word = READ_ONCE(vcpu->arch.boost.latency);

	/* Not forwarded: the vCPU's thread may run meanwhile, and set it. */
	if (boost_latency_serves(vcpu, word))
		boost_latency_advance(vcpu, word);
	return HRTIMER_NORESTART;
}

/**
 * __kvm_boost_interrupt() - an interrupt was sent to a vCPU with a latency word
 * @vcpu: the vCPU
 * @timer: it is that of its own timer
 *
 * Context: any but NMI, with no run queue locked.
 */
void __kvm_boost_interrupt(struct kvm_vcpu *vcpu, bool timer)
{
	struct kvm_vcpu_boost *b = &vcpu->arch.boost;
	u64 word = READ_ONCE(b->latency);
	u64 now;
	s64 in;

	if (!boost_latency_serves(vcpu, word))
		return;
	in = boost_latency_in(vcpu, word);
	if (in < -BOOST_LATENCY_STALE_NS)
		return;
	/* A task that is to run may have halted the vCPU, to wait for a lock. */
	if (timer ? !(word & KVM_PV_BOOST_LATENCY_TIMER) || in > BOOST_LATENCY_NEAR_NS :
		    !(word & (KVM_PV_BOOST_LATENCY_INTERRUPT | KVM_PV_BOOST_LATENCY_RUNNING))) {
		/* It may still wait for its pCPU when the word's time comes. */
		if (word & KVM_PV_BOOST_LATENCY_TIMER && !hrtimer_is_queued(&b->latency_timer))
			boost_latency_arm(b, in);
		return;
	}
	/* Interrupts may come as often as a guest likes, and asking takes a run queue's lock. */
	now = ktime_get_mono_fast_ns();
	if (now - READ_ONCE(b->latency_asked) < BOOST_LATENCY_AGAIN_NS) {
		boost_latency_arm(b, BOOST_LATENCY_AGAIN_NS);
		return;
	}
	WRITE_ONCE(b->latency_asked, now);
	boost_latency_advance(vcpu, word);
}

/**
 * kvm_boost_latency_put() - a vCPU leaves its pCPU
 * @vcpu: the vCPU; the caller is its thread
 *
 * Context: preemption disabled, kvm->srcu held; a run queue may be locked.
 */
void kvm_boost_latency_put(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_boost *b = &vcpu->arch.boost;
	u64 word = 0;
	s64 in;

	/* Not as the VM is destroyed: the page's memory may be freed. */
	if (vcpu->wants_to_run && kvm_boost_latency() && kvm_boost_mode() == KVM_BOOST_HINTS)
		word = kvm_pv_boost_read_latency(vcpu);
	WRITE_ONCE(b->latency_grant, word ? boost_latency_grant(vcpu, word) : 0);
	WRITE_ONCE(b->latency_tries, 0);
	WRITE_ONCE(b->latency, word);
	/* One that halts has set its own timer, and is woken up. */
	if (!word || (kvm_vcpu_is_blocking(vcpu) && !vcpu->preempted))
		return;
	in = boost_latency_in(vcpu, word);
	if (in < -BOOST_LATENCY_STALE_NS)
		return;
	/* Where the time has come already the vCPU ran, but not as far as to run the task. */
	if (word & KVM_PV_BOOST_LATENCY_RUNNING)
		boost_latency_arm(b, BOOST_LATENCY_AGAIN_NS);
	else if (word & KVM_PV_BOOST_LATENCY_TIMER)
		boost_latency_arm(b, in);
}

/**
 * kvm_boost_latency_load() - a vCPU gets a pCPU
 * @vcpu: the vCPU; the caller is its thread
 *
 * Context: preemption disabled.
 */
void kvm_boost_latency_load(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_boost *b = &vcpu->arch.boost;

	if (!b->latency)
		return;
	WRITE_ONCE(b->latency, 0);
	/* If its function runs now it finds the vCPU on a pCPU, or no word. */
	hrtimer_try_to_cancel(&b->latency_timer);
}

/**
 * kvm_boost_vcpu_create() - set up a vCPU
 * @vcpu: the vCPU
 */
void kvm_boost_vcpu_create(struct kvm_vcpu *vcpu)
{
	hrtimer_setup(&vcpu->arch.boost.latency_timer, boost_latency_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
}

/**
 * kvm_boost_vcpu_destroy() - a vCPU is about to be freed
 * @vcpu: the vCPU
 *
 * Context: process context.
 */
void kvm_boost_vcpu_destroy(struct kvm_vcpu *vcpu)
{
	hrtimer_cancel(&vcpu->arch.boost.latency_timer);
}
