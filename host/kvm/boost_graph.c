// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost: which vCPU to run instead of one that spins. See boost_graph.h.
 */
#include <linux/compiler.h>
#include <linux/string.h>

#include "boost_graph.h"

static void boost_add(struct boost_decision *d, int vcpu, enum boost_why why,
		      bool ipi)
{
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		if (d->choice[i].vcpu == vcpu)
			return;
	if (d->nr < BOOST_MAX_CHOICES)
		d->choice[d->nr++] = (struct boost_choice){ vcpu, why, ipi };
}

/*
 * Strict Boost
 */

/* A loop around PAUSE is no longer than this, bytes. */
#define SAME_LOOP	32

static bool same_loop(u64 rip_a, u64 rip_b)
{
	return rip_a && rip_b && rip_a - rip_b + SAME_LOOP <= 2 * SAME_LOOP;
}

/* The role that an agnostic host gives to a waiting vCPU, or BOOST_NONE. */
static int agnostic_role(struct kvm *kvm, u32 vcpu, u32 state, u32 spinner,
			 bool in_kernel, u64 rip)
{
	if (!(state & BOOST_READY))
		return BOOST_NONE;

	/*
	 * EOI is not yet the answer: Linux sends it first and does the work then,
	 * with interrupts off.
	 */
	if ((state & (BOOST_IRQ | BOOST_IRQS_OFF)) &&
	    boost_host_owes(kvm, vcpu, spinner))
		return BOOST_WHY_IPI;
	if (state & BOOST_HALTED)
		return BOOST_NONE;
	/* Code in user mode holds no lock of the kernel. */
	if (in_kernel && (state & BOOST_USER))
		return BOOST_NONE;
	if (state & BOOST_CRITICAL)
		return BOOST_WHY_CRITICAL;
	if (same_loop(rip, boost_host_rip(kvm, vcpu)))
		return BOOST_WHY_SAME;
	return state & BOOST_SPINNING ? BOOST_WHY_SPINNER : BOOST_WHY_KERNEL;
}

void boost_choose_agnostic(struct kvm *kvm, u32 spinner, bool in_kernel,
			   bool irqs_off, struct boost_decision *decision)
{
	/* A spinner that waits for an acknowledgment must be able to give one, too. */
	static const enum boost_why ipi_first[] = {
		BOOST_WHY_IPI, BOOST_WHY_CRITICAL, BOOST_WHY_KERNEL, BOOST_WHY_SPINNER,
		BOOST_WHY_SAME,
	};
	static const enum boost_why lock_first[] = {
		BOOST_WHY_CRITICAL, BOOST_WHY_KERNEL, BOOST_WHY_SPINNER,
		BOOST_WHY_SAME, BOOST_WHY_IPI,
	};
	const enum boost_why *order = irqs_off ? lock_first : ipi_first;
	struct {
		int vcpu;
		u32 state;
		u64 left;
	} found[BOOST_WHY_NR][2], c;
	u64 rip = boost_host_rip(kvm, spinner);
	u32 nr = boost_host_nr(kvm), vcpu;
	int role, i;

	memset(decision, 0, sizeof(*decision));
	memset(found, 0xff, sizeof(found));	/* BOOST_NONE */

	for (vcpu = 0; vcpu < nr; vcpu++) {
		if (vcpu == spinner)
			continue;
		c.vcpu = vcpu;
		c.state = boost_host_state(kvm, vcpu);
		role = agnostic_role(kvm, vcpu, c.state, spinner, in_kernel, rip);
		if (role == BOOST_NONE)
			continue;
		c.left = boost_host_left(kvm, vcpu);
		for (i = 0; i < 2; i++) {
			if (found[role][i].vcpu != BOOST_NONE &&
			    (s64)(c.left - found[role][i].left) >= 0)
				continue;
			if (!i)
				found[role][1] = found[role][0];
			found[role][i] = c;
			break;
		}
	}

	for (i = 0; i < 10; i++) {
		c = found[order[i / 2]][i % 2];
		/* One that spins answers at once, and then spins on. */
		if (c.vcpu != BOOST_NONE)
			boost_add(decision, c.vcpu, order[i / 2],
				  order[i / 2] == BOOST_WHY_IPI &&
				  !(c.state & BOOST_SPINNING));
	}
}

/*
 * Hints
 */

/* The wait path, from the spinner to the root, on which all others wait. */
struct boost_path {
	struct kvm *kvm;
	struct boost_decision *decision;
	u32 vcpu[BOOST_MAX_LOOKS];	/* passed so far, the spinner first */
	unsigned int nr;
	unsigned int looks;		/* that are left */
	int waiter;			/* the last of them that could be run */
	bool unknown;			/* the last word names no vCPU */
};

/* Without a pCPU, and would do something with one? */
static bool could_run(u32 state)
{
	return state & (BOOST_READY | BOOST_OUT);
}

static bool path_has(const struct boost_path *path, u32 vcpu)
{
	unsigned int i;

	for (i = 0; i < path->nr; i++)
		if (path->vcpu[i] == vcpu)
			return true;
	return false;
}

/*
 * The path leads to @vcpu. If it was there before, a word is stale, as no vCPU waits for
 * itself: that of a vCPU that does not run, if the one that it names has released the lock
 * since and queued again. If that is known of none, @otherwise, or without it the oldest.
 */
static int stale_of_path(const struct boost_path *path, u32 vcpu, int otherwise)
{
	int oldest = BOOST_NONE;
	u64 left, since, oldest_left = 0;
	u32 next = vcpu;
	unsigned int i;

	for (i = path->nr; i--; next = path->vcpu[i]) {
		if (could_run(boost_host_state(path->kvm, path->vcpu[i]))) {
			left = boost_host_left(path->kvm, path->vcpu[i]);
			since = boost_host_since(path->kvm, next);
			if (since && (s64)(since - left) >= 0)
				return path->vcpu[i];
			if (oldest == BOOST_NONE || (s64)(left - oldest_left) < 0) {
				oldest = path->vcpu[i];
				oldest_left = left;
			}
		}
		if (path->vcpu[i] == vcpu)
			break;
	}
	return otherwise == BOOST_NONE ? oldest : otherwise;
}

static u64 path_word(struct boost_path *path, u32 vcpu)
{
	u64 word;

	if (boost_host_wait(path->kvm, vcpu, &word))
		path->decision->invalid = true;
	return word;
}

/* Can @vcpu in this state, not running, hold what others wait for? */
static bool state_holds(u32 kind, u32 state)
{
	switch (kind) {
	case KVM_PV_BOOST_WAIT_IPI:
		/* EOI may come before the work, which is done with interrupts off. */
		return state & (BOOST_IRQ | BOOST_IRQS_OFF);
	case KVM_PV_BOOST_WAIT_LOCK:
		return !(state & BOOST_USER);
	default:
		return true;
	}
}

/* Will a vCPU, waiting by @word, not even answer an interrupt before that is over? */
static bool deaf(u32 state, u64 word)
{
	u32 kind = kvm_pv_boost_wait_kind(word);

	if (kind != KVM_PV_BOOST_WAIT_LOCK && kind != KVM_PV_BOOST_WAIT_TASK)
		return false;
	if (could_run(state))
		return state & BOOST_IRQS_OFF;
	return kvm_pv_boost_wait_flags(word) & KVM_PV_BOOST_WAIT_IRQS_OFF;
}

/*
 * Of the CPUs in @vcpu's IPI mask, the one to go on with: the first that waits
 * for a pCPU; the others of that kind are choices, too, for they are all needed.
 * If they all run, one that can't answer because it waits itself.
 */
static int next_of_mask(struct boost_path *path, u32 vcpu)
{
	u32 words = (boost_host_cpus(path->kvm) + 63) / 64, i, n;
	int running = BOOST_NONE, first = BOOST_NONE, cpu;
	u64 mask;

	if (words > KVM_PV_BOOST_MAX_CPUS / 64)
		words = KVM_PV_BOOST_MAX_CPUS / 64;
	path->looks -= path->looks < BOOST_MASK_LOOKS ? path->looks : BOOST_MASK_LOOKS;
	for (i = 0; i < words && path->looks; i++) {
		/* Begin elsewhere for each, so that those of large VMs don't all boost the same. */
		n = (i + vcpu / 64) % words;
		mask = boost_host_ipi_mask(path->kvm, vcpu, n);
		for (; mask && path->looks && path->decision->nr < BOOST_MAX_CHOICES;
		     mask &= mask - 1) {
			u32 state;

			cpu = boost_host_find(path->kvm, n * 64 + __builtin_ctzll(mask));
			path->looks--;
			if (cpu == BOOST_NONE || path_has(path, cpu))
				continue;
			state = boost_host_state(path->kvm, cpu);
			if (state & BOOST_RUNNING) {
				if (running == BOOST_NONE &&
				    deaf(state, path_word(path, cpu)))
					running = cpu;
			} else if (!could_run(state) ||
				   !state_holds(KVM_PV_BOOST_WAIT_IPI, state)) {
				path->decision->stale = true;
			} else if (first == BOOST_NONE) {
				first = cpu;
			} else if (!deaf(state, path_word(path, cpu))) {
				boost_add(path->decision, cpu, BOOST_WHY_ROOT, true);
			}
		}
	}
	return first != BOOST_NONE ? first : running;
}

/*
 * The vCPU that @word of @vcpu leads to, or BOOST_NONE. A number that no vCPU is
 * registered for, or the waiter's own, is as good as none.
 */
static int path_next(struct boost_path *path, u32 vcpu, u64 word)
{
	u32 cpu = kvm_pv_boost_wait_cpu(word);
	unsigned int nr = path->decision->nr;
	int next;

	if (kvm_pv_boost_wait_flags(word) & KVM_PV_BOOST_WAIT_MASK_VALID) {
		next = next_of_mask(path, vcpu);
		/* The mask is another wait's unless the word still says the same. */
		if (path_word(path, vcpu) == word)
			return next;
		path->decision->nr = nr;
		next = BOOST_NONE;
	} else {
		next = cpu == KVM_PV_BOOST_CPU_NONE ? BOOST_NONE :
						      boost_host_find(path->kvm, cpu);
	}
	path->unknown = next == BOOST_NONE || (u32)next == vcpu;
	return path->unknown ? BOOST_NONE : next;
}

/* Puts @vcpu before the choices that were found on the way. */
static void boost_add_first(struct boost_decision *d, int vcpu, enum boost_why why,
			    bool ipi)
{
	struct boost_decision old = *d;
	unsigned int i;

	d->nr = 0;
	boost_add(d, vcpu, why, ipi);
	for (i = 0; i < old.nr; i++)
		boost_add(d, old.choice[i].vcpu, old.choice[i].why, old.choice[i].ipi);
}

void boost_choose_hinted(struct kvm *kvm, u32 spinner,
			 struct boost_decision *decision)
{
	struct boost_path path = {
		.kvm = kvm, .decision = decision, .waiter = BOOST_NONE,
		.looks = BOOST_MAX_LOOKS,
	};
	u32 vcpu = spinner, state, kind;
	u64 word;
	int next;

	memset(decision, 0, sizeof(*decision));
	word = path_word(&path, spinner);
	decision->word = word;
	decision->hinted = word;

	while (word) {
		if (!path.looks) {
			/* So long a path may be a circle, too, that a stale word closes. */
			next = stale_of_path(&path, vcpu, path.waiter);
			decision->stale |= next != path.waiter;
			path.waiter = next;
			break;
		}
		path.looks--;
		path.vcpu[path.nr++] = vcpu;
		kind = kvm_pv_boost_wait_kind(word);
		next = path_next(&path, vcpu, word);
		if (next == BOOST_NONE) {
			/* The spinner itself has said nothing, then. */
			decision->hinted = path.nr > 1 || !path.unknown;
			break;
		}
		if (path_has(&path, next)) {
			decision->stale = true;
			path.waiter = stale_of_path(&path, next, BOOST_NONE);
			break;
		}
		decision->hops++;
		vcpu = next;
		state = boost_host_state(kvm, vcpu);
		word = path_word(&path, vcpu);

		if (state & BOOST_RUNNING) {
			/* It works on it, unless it waits for another one. */
			if (!word || (kind == KVM_PV_BOOST_WAIT_IPI && !deaf(state, word))) {
				decision->running = true;
				break;
			}
			continue;
		}
		if (!could_run(state)) {
			/* Halted: it sleeps until it gets its lock, or it holds none. */
			if (kvm_pv_boost_wait_kind(word) == KVM_PV_BOOST_WAIT_LOCK)
				continue;
			decision->stale = true;
			break;
		}
		if (!state_holds(kind, state)) {
			/* The waiter need not wait for it any more. */
			decision->stale = true;
			break;
		}
		path.waiter = vcpu;
		if (!word || (state & BOOST_USER) ||
		    (kind == KVM_PV_BOOST_WAIT_IPI && !deaf(state, word))) {
			boost_add_first(decision, vcpu, BOOST_WHY_ROOT,
					kind == KVM_PV_BOOST_WAIT_IPI);
			return;
		}
	}

	/* The vCPU nearest to the end of the path can go on first. */
	if (path.waiter != BOOST_NONE)
		boost_add_first(decision, path.waiter,
				decision->stale ? BOOST_WHY_STALE : BOOST_WHY_WAITER,
				false);
}
