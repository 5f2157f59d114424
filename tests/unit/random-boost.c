// SPDX-License-Identifier: GPL-2.0
/*
 * Part of test-boost-graph: the policy on random VMs. Hints against a plain recursion
 * over the whole graph, strict Boost against its rules, and nonsense against the bounds.
 * Not here: single cases (test-boost-graph.c), and VMs that change meanwhile
 * (torture-boost.c).
 */
#include "boost-bound.h"
#include "boost-model.h"

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
 * The answer by definition, for words without masks: which one is to run so that @v's
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

void trees_agree_with_the_definition(void **unused)
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
void nonsense_is_bounded_and_harmless(void **unused)
{
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
		assert_true(calls <= MAX_CALLS);
		assert_true(d.nr <= BOOST_MAX_CHOICES);
		for (c = 0; c < d.nr; c++) {
			assert_true(d.choice[c].vcpu >= 0 && (u32)d.choice[c].vcpu < nr);
			assert_true(vm[d.choice[c].vcpu].state & (BOOST_READY | BOOST_OUT));
		}
	}
}

/* Strict Boost against its rules, said once more. */
void random_agnostic_choices_obey_the_rules(void **unused)
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
