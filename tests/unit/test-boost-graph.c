// SPDX-License-Identifier: GPL-2.0
/*
 * The policy on hand-made VMs, one case after the other, in a model that stands in for
 * KVM (boost-model.c); and main(), which runs the tests on random VMs of random-boost.c,
 * too. Not here: whether KVM tells the policy the truth, and does what it says.
 */
#include "boost-model.h"

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
	/* but the one that waits for it is next */
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
	reset(100);
	for (i = 0; i < 99; i++)
		waits(i, LOCK, 0, i + 1);
	for (i = 1; i < 100; i++)
		vm[i].state = BOOST_READY;
	/* a queue of as many is gone through */
	vm[BOOST_MAX_LOOKS].word = 0;
	hinted(0);
	assert_int_equal(d.hops, BOOST_MAX_LOOKS);
	assert_choice(0, BOOST_MAX_LOOKS, BOOST_WHY_ROOT);
	waits(BOOST_MAX_LOOKS, LOCK, 0, BOOST_MAX_LOOKS + 1);
	hinted(0);
	assert_int_equal(d.nr, 1);
	assert_int_equal(d.hops, BOOST_MAX_LOOKS);
	assert_choice(0, BOOST_MAX_LOOKS, BOOST_WHY_WAITER);
	/* one that names a vCPU that has queued again is as in a circle */
	for (i = 1; i < 100; i++)
		vm[i].left = 1000;
	vm[20].since = 1001;
	hinted(0);
	assert_true(d.stale);
	assert_choice(0, 19, BOOST_WHY_STALE);
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
	/* also behind many that have answered */
	vm[0].mask[0] = ~1ULL >> 16;
	vm[47].state = BOOST_READY | BOOST_IRQ;
	hinted(0);
	assert_int_equal(d.nr, 1);
	assert_choice(0, 47, BOOST_WHY_ROOT);
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

	/* in user mode it may wait for any of them */
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
