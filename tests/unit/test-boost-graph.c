// SPDX-License-Identifier: GPL-2.0
/*
 * The policy on hand-made and on random VMs: a model stands in for KVM, and a
 * plain recursion over the whole graph for the answer.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "boost_graph.h"

#define MAX	256

static struct {
	u32 state;
	u64 word;		/* as the guest wrote it */
	bool owes[MAX];
	u64 mask[KVM_PV_BOOST_MAX_CPUS / 64];
	int cpu;		/* the guest's number, or -1 */
	u64 left;
	u64 rip;
	u64 since;
} vm[MAX];
static u32 nr;
static unsigned int calls;	/* of everything below */
/* What a vCPU that runs does while its mask is read: its word is this one then. */
static u64 word_after_mask;
static bool changes_word;

u32 boost_host_nr(struct kvm *kvm)
{
	(void)kvm;
	return nr;
}

u32 boost_host_state(struct kvm *kvm, u32 vcpu)
{
	(void)kvm;
	assert_true(vcpu < nr);
	calls++;
	return vm[vcpu].state;
}

u64 boost_host_left(struct kvm *kvm, u32 vcpu)
{
	(void)kvm;
	assert_true(vcpu < nr);
	return vm[vcpu].left;
}

u64 boost_host_since(struct kvm *kvm, u32 vcpu)
{
	(void)kvm;
	assert_true(vcpu < nr);
	return vm[vcpu].since;
}

u64 boost_host_rip(struct kvm *kvm, u32 vcpu)
{
	(void)kvm;
	assert_true(vcpu < nr);
	return vm[vcpu].rip;
}

bool boost_host_owes(struct kvm *kvm, u32 debtor, u32 creditor)
{
	(void)kvm;
	assert_true(debtor < nr && creditor < nr);
	return vm[debtor].owes[creditor];
}

int boost_host_wait(struct kvm *kvm, u32 vcpu, u64 *word)
{
	(void)kvm;
	assert_true(vcpu < nr);
	calls++;
	*word = 0;
	if (vm[vcpu].state & BOOST_NESTED)
		return 0;
	if (!kvm_pv_boost_wait_valid(vm[vcpu].word))
		return -EINVAL;
	*word = vm[vcpu].word;
	return 0;
}

int boost_host_find(struct kvm *kvm, u32 cpu)
{
	u32 i;

	(void)kvm;
	calls++;
	for (i = 0; i < nr; i++)
		if (vm[i].cpu >= 0 && (u32)vm[i].cpu == cpu)
			return i;
	return BOOST_NONE;
}

u64 boost_host_ipi_mask(struct kvm *kvm, u32 vcpu, u32 n)
{
	(void)kvm;
	assert_true(vcpu < nr && n < KVM_PV_BOOST_MAX_CPUS / 64);
	calls++;
	if (changes_word)
		vm[vcpu].word = word_after_mask;
	return vm[vcpu].mask[n];
}

u32 boost_host_cpus(struct kvm *kvm)
{
	(void)kvm;
	return nr;
}

/* A VM of @n vCPUs, all running and waiting for nobody; numbers are the host's. */
static void reset(u32 n)
{
	u32 i;

	memset(vm, 0, sizeof(vm));
	nr = n;
	calls = 0;
	changes_word = false;
	for (i = 0; i < n; i++) {
		vm[i].state = BOOST_RUNNING;
		vm[i].cpu = i;
	}
}

static void waits(u32 vcpu, u32 kind, u32 flags, u32 cpu)
{
	vm[vcpu].word = kvm_pv_boost_wait(kind, flags, cpu);
}

#define LOCK	KVM_PV_BOOST_WAIT_LOCK
#define IPI	KVM_PV_BOOST_WAIT_IPI
#define TASK	KVM_PV_BOOST_WAIT_TASK
#define OFF	KVM_PV_BOOST_WAIT_IRQS_OFF
#define MASK	KVM_PV_BOOST_WAIT_MASK_VALID
#define NOCPU	KVM_PV_BOOST_CPU_NONE

static struct boost_decision d;

static void hinted(u32 spinner)
{
	boost_choose_hinted(NULL, spinner, &d);
}

static void agnostic(u32 spinner, bool in_kernel, bool irqs_off)
{
	boost_choose_agnostic(NULL, spinner, in_kernel, irqs_off, &d);
}

static void assert_choice(unsigned int i, int vcpu, enum boost_why why)
{
	assert_true(i < d.nr);
	assert_int_equal(d.choice[i].vcpu, vcpu);
	assert_int_equal(d.choice[i].why, why);
}

static void a_preempted_holder_is_run(void **unused)
{
	(void)unused;
	reset(4);
	vm[2].state = BOOST_READY;
	waits(0, LOCK, 0, 2);
	hinted(0);
	assert_true(d.hinted);
	assert_int_equal(d.nr, 1);
	assert_choice(0, 2, BOOST_WHY_ROOT);
	assert_int_equal(d.hops, 1);
}

static void nobody_is_run_while_the_holder_runs(void **unused)
{
	(void)unused;
	reset(4);
	waits(0, LOCK, 0, 2);
	vm[1].state = BOOST_READY;	/* somebody else's business */
	hinted(0);
	assert_true(d.hinted && d.running);
	assert_int_equal(d.nr, 0);
}

static void no_word_is_no_hint(void **unused)
{
	(void)unused;
	reset(2);
	vm[1].state = BOOST_READY;
	hinted(0);
	assert_false(d.hinted);
	waits(0, LOCK, 0, NOCPU);	/* unknown owner */
	hinted(0);
	assert_false(d.hinted);
	vm[0].word = ~0ULL;
	hinted(0);
	assert_false(d.hinted);
	assert_true(d.invalid);
}

static void the_way_goes_from_lock_to_acknowledgment(void **unused)
{
	(void)unused;
	/* 0 waits for 1's lock, 1 for 2's answer, 2 is pre-empted in user mode */
	reset(4);
	vm[1].state = BOOST_READY;
	vm[2].state = BOOST_READY | BOOST_USER | BOOST_IRQ;
	waits(0, LOCK, 0, 1);
	waits(1, IPI, 0, 2);
	hinted(0);
	assert_choice(0, 2, BOOST_WHY_ROOT);
	assert_int_equal(d.hops, 2);

	/* it has answered: 1 can go on, and does not know it yet */
	vm[2].state = BOOST_READY | BOOST_USER;
	hinted(0);
	assert_true(d.stale);
	assert_choice(0, 1, BOOST_WHY_STALE);

	/* EOI sent, work not done */
	vm[2].state = BOOST_READY | BOOST_IRQS_OFF;
	hinted(0);
	assert_choice(0, 2, BOOST_WHY_ROOT);
}

static void a_deaf_receiver_needs_its_own_lock_first(void **unused)
{
	(void)unused;
	reset(4);
	waits(0, IPI, 0, 1);
	vm[1].state = BOOST_READY | BOOST_IRQ | BOOST_IRQS_OFF;
	waits(1, LOCK, OFF, 2);
	vm[2].state = BOOST_READY;
	hinted(0);
	assert_choice(0, 2, BOOST_WHY_ROOT);

	/* with interrupts on it answers while it waits */
	vm[1].state = BOOST_READY | BOOST_IRQ;
	waits(1, LOCK, 0, 2);
	hinted(0);
	assert_choice(0, 1, BOOST_WHY_ROOT);

	/* running, deaf: the lock's holder; running, not deaf: nobody */
	vm[1].state = BOOST_RUNNING;
	waits(1, LOCK, OFF, 2);
	hinted(0);
	assert_choice(0, 2, BOOST_WHY_ROOT);
	waits(1, LOCK, 0, 2);
	hinted(0);
	assert_int_equal(d.nr, 0);
}

static void when_the_holder_runs_the_nearest_waiter_is_next(void **unused)
{
	(void)unused;
	reset(5);
	waits(0, LOCK, 0, 1);
	waits(1, LOCK, 0, 2);
	waits(2, LOCK, 0, 3);
	vm[1].state = BOOST_READY;
	vm[2].state = BOOST_READY;
	hinted(0);
	assert_choice(0, 2, BOOST_WHY_WAITER);
	assert_true(d.running);
}

static void a_halted_waiter_leads_on_a_halted_holder_does_not(void **unused)
{
	(void)unused;
	reset(4);
	waits(0, LOCK, 0, 1);
	vm[1].state = BOOST_HALTED;
	waits(1, LOCK, 0, 2);
	vm[2].state = BOOST_READY;
	hinted(0);
	assert_choice(0, 2, BOOST_WHY_ROOT);
	vm[1].word = 0;
	hinted(0);
	assert_int_equal(d.nr, 0);
	assert_true(d.stale);
}

static void user_mode_holds_no_lock(void **unused)
{
	(void)unused;
	reset(4);
	waits(0, LOCK, 0, 1);
	vm[1].state = BOOST_READY | BOOST_USER;
	hinted(0);
	assert_int_equal(d.nr, 0);
	assert_true(d.stale);
	/* but who waits for it is next */
	waits(0, LOCK, 0, 2);
	vm[2].state = BOOST_READY;
	waits(2, LOCK, 0, 1);
	hinted(0);
	assert_choice(0, 2, BOOST_WHY_STALE);
}

static void circles_and_nonsense_end(void **unused)
{
	(void)unused;
	reset(4);
	waits(0, LOCK, 0, 1);
	waits(1, LOCK, 0, 2);
	waits(2, LOCK, 0, 1);
	vm[1].state = vm[2].state = BOOST_READY;
	vm[1].left = 8;
	vm[2].left = 7;
	hinted(0);
	assert_true(d.stale);
	assert_choice(0, 2, BOOST_WHY_STALE);
	vm[2].left = 9;
	hinted(0);
	assert_choice(0, 1, BOOST_WHY_STALE);
	/* through the spinner, whose word is new: the head of a queue, not its tail */
	waits(2, LOCK, 0, 0);
	hinted(0);
	assert_choice(0, 1, BOOST_WHY_STALE);
	/* 2 asked for the first time in its wait, in a run that began after 1 left */
	vm[2].since = 8;
	vm[2].left = 7;
	vm[1].left = 8;
	hinted(0);
	assert_choice(0, 1, BOOST_WHY_STALE);
	/* so did the spinner, after 2 left */
	vm[0].since = 9;
	hinted(0);
	assert_choice(0, 2, BOOST_WHY_STALE);
}

static void a_number_of_nobody_is_not_known(void **unused)
{
	static const u32 nobody[] = { 3000, NOCPU };
	unsigned int i;

	(void)unused;
	for (i = 0; i < 2; i++) {
		reset(4);
		waits(0, LOCK, 0, nobody[i]);
		hinted(0);
		assert_false(d.hinted || d.invalid);
		assert_int_equal(d.nr, 0);
		/* of one on the way: it can go on by itself, for all that is known */
		vm[1].state = BOOST_READY;
		waits(0, LOCK, 0, 1);
		waits(1, LOCK, 0, nobody[i]);
		hinted(0);
		assert_true(d.hinted && !d.invalid);
		assert_choice(0, 1, BOOST_WHY_WAITER);
	}
	/* the waiter's own */
	reset(4);
	waits(0, LOCK, 0, 0);
	hinted(0);
	assert_false(d.hinted || d.invalid);
	assert_int_equal(d.nr, 0);
	vm[1].state = BOOST_READY;
	waits(0, LOCK, 0, 1);
	waits(1, LOCK, 0, 1);
	hinted(0);
	assert_choice(0, 1, BOOST_WHY_WAITER);
}

static void a_mask_whose_word_changed_is_dropped(void **unused)
{
	(void)unused;
	reset(100);
	waits(0, IPI, MASK, NOCPU);
	vm[0].mask[0] = 1ULL << 3 | 1ULL << 5;
	vm[3].state = vm[5].state = BOOST_READY | BOOST_IRQ;
	hinted(0);
	assert_int_equal(d.nr, 2);
	changes_word = true;
	word_after_mask = 0;
	hinted(0);
	assert_false(d.hinted);
	assert_int_equal(d.nr, 0);
	/* of another on the way: that one is as far as it goes */
	waits(0, IPI, MASK, NOCPU);
	vm[1].state = BOOST_READY;
	vm[1].mask[0] = vm[0].mask[0];
	waits(0, LOCK, 0, 1);
	waits(1, IPI, MASK, NOCPU);
	word_after_mask = kvm_pv_boost_wait(LOCK, 0, 3);
	hinted(0);
	assert_int_equal(d.nr, 1);
	assert_choice(0, 1, BOOST_WHY_WAITER);
}

static void a_holder_in_the_vmm_is_tried_but_not_guessed(void **unused)
{
	(void)unused;
	reset(4);
	vm[2].state = BOOST_OUT;
	waits(0, LOCK, 0, 2);
	hinted(0);
	assert_false(d.running || d.stale);
	assert_choice(0, 2, BOOST_WHY_ROOT);
	agnostic(0, true, false);
	assert_int_equal(d.nr, 0);
	/* it waits for another: that one */
	vm[3].state = BOOST_READY;
	waits(2, LOCK, 0, 3);
	hinted(0);
	assert_choice(0, 3, BOOST_WHY_ROOT);
	/* an interrupt that it has not taken yet, and one that it has */
	waits(0, IPI, 0, 2);
	vm[2].word = 0;
	vm[2].state = BOOST_OUT | BOOST_IRQ;
	hinted(0);
	assert_choice(0, 2, BOOST_WHY_ROOT);
	vm[2].state = BOOST_OUT;
	hinted(0);
	assert_true(d.stale);
	assert_int_equal(d.nr, 0);
}

static void a_way_of_any_length_is_cut(void **unused)
{
	u32 i;

	(void)unused;
	reset(40);
	for (i = 0; i < 39; i++)
		waits(i, LOCK, 0, i + 1);
	for (i = 1; i < 40; i++)
		vm[i].state = BOOST_READY;
	hinted(0);
	assert_int_equal(d.nr, 1);
	assert_true(d.hops <= BOOST_MAX_HOPS + 1);
	assert_int_equal(d.choice[0].why, BOOST_WHY_WAITER);
}

static void all_missing_answers_are_choices(void **unused)
{
	(void)unused;
	reset(100);
	waits(0, IPI, MASK, NOCPU);
	vm[0].mask[0] = 1ULL << 3 | 1ULL << 5 | 1ULL << 7;
	vm[0].mask[1] = 1ULL << 6;
	vm[5].state = BOOST_READY | BOOST_USER | BOOST_IRQ;
	vm[7].state = BOOST_READY | BOOST_USER;		/* has answered */
	vm[70].state = BOOST_READY | BOOST_IRQS_OFF;
	hinted(0);
	assert_int_equal(d.nr, 2);
	assert_choice(0, 5, BOOST_WHY_ROOT);
	assert_choice(1, 70, BOOST_WHY_ROOT);
	vm[5].state = vm[70].state = BOOST_RUNNING;
	hinted(0);
	assert_int_equal(d.nr, 0);
}

static void nested_guests_say_nothing(void **unused)
{
	(void)unused;
	reset(3);
	waits(0, LOCK, 0, 1);
	vm[1].state = BOOST_READY | BOOST_NESTED;
	waits(1, LOCK, 0, 2);
	vm[2].state = BOOST_READY;
	hinted(0);
	assert_choice(0, 1, BOOST_WHY_ROOT);
}

static void receivers_first_and_in_user_mode_too(void **unused)
{
	(void)unused;
	reset(5);
	vm[1].state = BOOST_READY;
	vm[2].state = BOOST_READY | BOOST_USER | BOOST_IRQ;
	vm[2].owes[0] = true;
	vm[3].state = BOOST_READY | BOOST_USER | BOOST_IRQ;	/* not the spinner's */
	vm[4].state = BOOST_READY | BOOST_SPINNING;
	agnostic(0, true, false);
	assert_int_equal(d.nr, 3);
	assert_choice(0, 2, BOOST_WHY_IPI);
	assert_choice(1, 1, BOOST_WHY_KERNEL);
	assert_choice(2, 4, BOOST_WHY_SPINNER);

	/* with interrupts off nobody waits for an answer */
	agnostic(0, true, true);
	assert_choice(0, 1, BOOST_WHY_KERNEL);
	assert_choice(1, 4, BOOST_WHY_SPINNER);
	assert_choice(2, 2, BOOST_WHY_IPI);

	/* in user mode anybody may be who it waits for */
	agnostic(0, false, false);
	assert_choice(1, 1, BOOST_WHY_KERNEL);
	assert_choice(2, 3, BOOST_WHY_KERNEL);
}

static void halted_only_if_the_spinner_woke_it(void **unused)
{
	(void)unused;
	reset(3);
	vm[1].state = BOOST_READY | BOOST_HALTED | BOOST_IRQ;
	agnostic(0, true, false);
	assert_int_equal(d.nr, 0);
	vm[1].owes[0] = true;
	agnostic(0, true, false);
	assert_choice(0, 1, BOOST_WHY_IPI);
}

static void an_answered_debt_is_none(void **unused)
{
	(void)unused;
	reset(2);
	vm[1].state = BOOST_READY | BOOST_USER;
	vm[1].owes[0] = true;
	agnostic(0, true, false);
	assert_int_equal(d.nr, 0);
}

static void a_vcpu_in_the_spinners_loop_is_last(void **unused)
{
	(void)unused;
	reset(5);
	vm[0].rip = 0xffffffff81000100ULL;
	vm[1].state = BOOST_READY;
	vm[1].rip = vm[0].rip + 9;
	vm[2].state = BOOST_READY | BOOST_SPINNING;
	vm[2].rip = vm[0].rip + 200;
	vm[3].state = BOOST_READY;
	vm[3].rip = vm[0].rip - 0x10000;
	vm[4].state = BOOST_READY | BOOST_SPINNING;
	vm[4].rip = vm[0].rip - 5;
	vm[4].left = 1;
	agnostic(0, true, true);
	assert_int_equal(d.nr, 4);
	assert_choice(0, 3, BOOST_WHY_KERNEL);
	assert_choice(1, 2, BOOST_WHY_SPINNER);
	assert_choice(2, 1, BOOST_WHY_SAME);
	assert_choice(3, 4, BOOST_WHY_SAME);
}

static void candidates_take_turns(void **unused)
{
	int seen[8] = { 0 };
	u64 now = -35ULL;	/* clocks wrap */
	u32 i;

	(void)unused;
	reset(8);
	for (i = 1; i < 8; i++) {
		vm[i].state = BOOST_READY | BOOST_SPINNING;
		vm[i].left = now - i;
	}
	for (i = 0; i < 70; i++) {
		agnostic(0, true, false);
		assert_int_equal(d.nr, 2);
		assert_true((s64)(vm[d.choice[0].vcpu].left - vm[d.choice[1].vcpu].left) < 0);
		vm[d.choice[0].vcpu].left = ++now;
		seen[d.choice[0].vcpu]++;
	}
	for (i = 1; i < 8; i++)
		assert_int_equal(seen[i], 10);
}

/*
 * Random VMs
 */

static uint64_t state;

static uint32_t rnd(uint32_t below)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) % below;
}

static void random_state(u32 i)
{
	static const u32 some[] = {
		BOOST_RUNNING, BOOST_RUNNING, BOOST_READY, BOOST_READY,
		BOOST_READY | BOOST_USER, BOOST_READY | BOOST_IRQS_OFF,
		BOOST_READY | BOOST_IRQ, BOOST_READY | BOOST_USER | BOOST_IRQ,
		BOOST_READY | BOOST_SPINNING, BOOST_READY | BOOST_SPINNING | BOOST_IRQ,
		BOOST_HALTED,
		BOOST_READY | BOOST_HALTED | BOOST_IRQ,
		BOOST_OUT, BOOST_OUT | BOOST_IRQ, BOOST_OUT | BOOST_IRQS_OFF,
	};

	vm[i].state = some[rnd(sizeof(some) / sizeof(some[0]))];
}

static bool is_deaf(u32 i)
{
	u32 kind = kvm_pv_boost_wait_kind(vm[i].word);

	if (kind != LOCK && kind != TASK)
		return false;
	return vm[i].state & (BOOST_READY | BOOST_OUT) ? !!(vm[i].state & BOOST_IRQS_OFF) :
		!!(kvm_pv_boost_wait_flags(vm[i].word) & OFF);
}

/*
 * The answer by definition, for words without masks: who is to run so that @v's
 * wait of @kind for @t can end; -1: nobody. @depth ends circles.
 */
static int needed(int t, u32 kind, int depth)
{
	u32 s;
	u64 w;
	int further;

	if (t < 0 || depth > MAX)
		return -1;
	s = vm[t].state;
	w = vm[t].word;
	if (s & BOOST_RUNNING) {
		if (!w || (kind == IPI && !is_deaf(t)))
			return -1;
		return needed(boost_host_find(NULL, kvm_pv_boost_wait_cpu(w)),
			      kvm_pv_boost_wait_kind(w), depth + 1);
	}
	if (!(s & (BOOST_READY | BOOST_OUT))) {
		if (kvm_pv_boost_wait_kind(w) != LOCK)
			return -1;
		return needed(boost_host_find(NULL, kvm_pv_boost_wait_cpu(w)), LOCK, depth + 1);
	}
	if (kind == IPI && !(s & (BOOST_IRQ | BOOST_IRQS_OFF)))
		return -1;
	if (kind == LOCK && (s & BOOST_USER))
		return -1;
	if (!w || (s & BOOST_USER) || (kind == IPI && !is_deaf(t)))
		return t;
	further = needed(boost_host_find(NULL, kvm_pv_boost_wait_cpu(w)),
			 kvm_pv_boost_wait_kind(w), depth + 1);
	/* nobody behind it has to run, but it will */
	return further < 0 ? t : further;
}

static void trees_agree_with_the_definition(void **unused)
{
	int n, found = 0;
	u32 i;

	(void)unused;
	state = 1;
	for (n = 0; n < 100000; n++) {
		int expect;

		/* edges go up, so there are no circles, and 8 hops are enough */
		reset(2 + rnd(8));
		for (i = 0; i < nr; i++) {
			random_state(i);
			if (i + 1 < nr && (i == 0 || rnd(3)))
				waits(i, LOCK + rnd(3), rnd(2) ? OFF : 0, i + 1 + rnd(nr - i - 1));
		}
		vm[0].state = BOOST_RUNNING;
		expect = needed(kvm_pv_boost_wait_cpu(vm[0].word),
				kvm_pv_boost_wait_kind(vm[0].word), 0);
		hinted(0);
		assert_true(d.hinted);
		if (expect < 0) {
			assert_int_equal(d.nr, 0);
			continue;
		}
		found++;
		assert_int_equal(d.nr, 1);
		assert_int_equal(d.choice[0].vcpu, expect);
	}
	assert_true(found > 20000);
}

/* Whatever the words say: only vCPUs that can be run, no end without an end. */
static void nonsense_is_bounded_and_harmless(void **unused)
{
	const unsigned int per_hop = KVM_PV_BOOST_MAX_CPUS / 64 + 3 * BOOST_MAX_HOPS + 4;
	unsigned int c;
	int n;
	u32 i, j;

	(void)unused;
	state = 2;
	for (n = 0; n < 20000; n++) {
		reset(1 + rnd(MAX));
		for (i = 0; i < nr; i++) {
			random_state(i);
			vm[i].cpu = rnd(4) ? (int)rnd(nr) : (int)rnd(4096);
			if (rnd(8))
				waits(i, rnd(5), rnd(4) << 8,
				      rnd(10) ? rnd(nr) : rnd(1u << 31) * 2);
			else
				vm[i].word = (u64)rnd(1u << 31) << 32 | rnd(1u << 31);
			for (j = 0; j < 64 && rnd(2); j++)
				vm[i].mask[j] = (u64)rnd(1u << 31) << 33 | rnd(1u << 31);
		}
		calls = 0;
		hinted(rnd(nr));
		assert_true(calls <= 3 + (BOOST_MAX_HOPS + 1) * per_hop);
		assert_true(d.nr <= BOOST_MAX_CHOICES);
		for (c = 0; c < d.nr; c++) {
			assert_true(d.choice[c].vcpu >= 0 && (u32)d.choice[c].vcpu < nr);
			assert_true(vm[d.choice[c].vcpu].state & (BOOST_READY | BOOST_OUT));
		}
	}
}

/* Strict Boost against its rules, said once more. */
static void random_agnostic_choices_obey_the_rules(void **unused)
{
	unsigned int c;
	int n, some = 0;
	u32 i;

	(void)unused;
	state = 3;
	for (n = 0; n < 100000; n++) {
		bool in_kernel = rnd(4), irqs_off = in_kernel && rnd(2);
		bool ipi = false, kernel = false;
		u32 spinner;

		reset(1 + rnd(12));
		spinner = rnd(nr);
		for (i = 0; i < nr; i++) {
			random_state(i);
			vm[i].owes[spinner] = rnd(2);
		}
		for (i = 0; i < nr; i++) {
			u32 s = vm[i].state;

			if (i == spinner || !(s & BOOST_READY))
				continue;
			if (vm[i].owes[spinner] && s & (BOOST_IRQ | BOOST_IRQS_OFF))
				ipi = true;
			else if (!(s & BOOST_HALTED) && !(in_kernel && s & BOOST_USER))
				kernel = true;
		}
		agnostic(spinner, in_kernel, irqs_off);
		assert_int_equal(d.nr > 0, ipi || kernel);
		some += d.nr > 0;
		for (c = 0; c < d.nr; c++) {
			u32 t = d.choice[c].vcpu, s = vm[t].state;
			bool owes = vm[t].owes[spinner] && s & (BOOST_IRQ | BOOST_IRQS_OFF);

			assert_true(t != spinner && t < nr && s & BOOST_READY);
			assert_int_equal(d.choice[c].why == BOOST_WHY_IPI, owes);
			assert_int_equal(d.choice[c].ipi, owes && !(s & BOOST_SPINNING));
			if (!owes)
				assert_false(s & BOOST_HALTED || (in_kernel && s & BOOST_USER));
		}
		if (d.nr)
			assert_int_equal(d.choice[0].why == BOOST_WHY_IPI,
					 irqs_off ? ipi && !kernel : ipi);
	}
	assert_true(some > 50000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_preempted_holder_is_run),
		cmocka_unit_test(nobody_is_run_while_the_holder_runs),
		cmocka_unit_test(no_word_is_no_hint),
		cmocka_unit_test(the_way_goes_from_lock_to_acknowledgment),
		cmocka_unit_test(a_deaf_receiver_needs_its_own_lock_first),
		cmocka_unit_test(when_the_holder_runs_the_nearest_waiter_is_next),
		cmocka_unit_test(a_halted_waiter_leads_on_a_halted_holder_does_not),
		cmocka_unit_test(user_mode_holds_no_lock),
		cmocka_unit_test(circles_and_nonsense_end),
		cmocka_unit_test(a_number_of_nobody_is_not_known),
		cmocka_unit_test(a_mask_whose_word_changed_is_dropped),
		cmocka_unit_test(a_holder_in_the_vmm_is_tried_but_not_guessed),
		cmocka_unit_test(a_way_of_any_length_is_cut),
		cmocka_unit_test(all_missing_answers_are_choices),
		cmocka_unit_test(nested_guests_say_nothing),
		cmocka_unit_test(receivers_first_and_in_user_mode_too),
		cmocka_unit_test(halted_only_if_the_spinner_woke_it),
		cmocka_unit_test(an_answered_debt_is_none),
		cmocka_unit_test(a_vcpu_in_the_spinners_loop_is_last),
		cmocka_unit_test(candidates_take_turns),
		cmocka_unit_test(trees_agree_with_the_definition),
		cmocka_unit_test(nonsense_is_bounded_and_harmless),
		cmocka_unit_test(random_agnostic_choices_obey_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
