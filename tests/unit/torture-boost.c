// SPDX-License-Identifier: GPL-2.0
/*
 * The policy on a VM that changes under it: threads rewrite wait words and masks,
 * register and unregister pages, create and free vCPUs, while others choose. What the
 * host's functions read is freed after a grace period and not before, as in the
 * kernel; the sanitizers look whether anybody holds on to it, and the choosers
 * whether a decision stays bounded and names vCPUs that can be.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <urcu.h>

#include "boost-bound.h"
#include "boost_graph.h"

#define VCPUS		96
#define CHOOSERS	2
#define CHANGERS	2
#define SECONDS		2

struct vcpu {
	u32 state;
	u64 left, since, rip;
	u64 owes;		/* bits of creditors, modulo 64 */
	u32 cpu;		/* the guest's number, or KVM_PV_BOOST_CPU_NONE */
	struct kvm_pv_boost_page *page;
};

static struct {
	struct vcpu *vcpu[VCPUS];
	u32 nr;
	u32 number[KVM_PV_BOOST_MAX_CPUS];	/* index + 1 */
} vm;

static int stop;
static unsigned long errors, decisions, choices, freed;
static __thread unsigned int calls;
static __thread u32 asking;	/* the chooser's spinner, which runs */

#define get(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define set(x, v)	__atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define count(x)	__atomic_fetch_add(&(x), 1, __ATOMIC_RELAXED)

/* Time for the others between a look at a pointer and its use. */
static void linger(void)
{
	static __thread unsigned int looks;

	if (++looks % 32 == 0)
		sched_yield();
}

static struct vcpu *vcpu_of(u32 i)
{
	struct vcpu *v;

	calls++;
	if (i >= VCPUS) {
		count(errors);
		return NULL;
	}
	v = rcu_dereference(vm.vcpu[i]);
	linger();
	return v;
}

u32 boost_host_nr(struct kvm *kvm)
{
	(void)kvm;
	return get(vm.nr);
}

u32 boost_host_state(struct kvm *kvm, u32 i)
{
	struct vcpu *v = vcpu_of(i);

	(void)kvm;
	if (i == asking)
		return BOOST_RUNNING;
	return v ? get(v->state) : 0;
}

u64 boost_host_left(struct kvm *kvm, u32 i)
{
	struct vcpu *v = vcpu_of(i);

	(void)kvm;
	return v ? get(v->left) : 0;
}

u64 boost_host_since(struct kvm *kvm, u32 i)
{
	struct vcpu *v = vcpu_of(i);

	(void)kvm;
	return v ? get(v->since) : 0;
}

u64 boost_host_rip(struct kvm *kvm, u32 i)
{
	struct vcpu *v = vcpu_of(i);

	(void)kvm;
	return v ? get(v->rip) : 0;
}

bool boost_host_owes(struct kvm *kvm, u32 debtor, u32 creditor)
{
	struct vcpu *v = vcpu_of(debtor);

	(void)kvm;
	return v && get(v->owes) >> creditor % 64 & 1;
}

int boost_host_wait(struct kvm *kvm, u32 i, u64 *word)
{
	struct vcpu *v = vcpu_of(i);
	struct kvm_pv_boost_page *page = v ? rcu_dereference(v->page) : NULL;

	(void)kvm;
	*word = page ? (u64)get(page->guest.wait) : 0;
	if (kvm_pv_boost_wait_valid(*word))
		return 0;
	*word = 0;
	return -EINVAL;
}

int boost_host_find(struct kvm *kvm, u32 cpu)
{
	struct vcpu *v;
	u32 i;

	(void)kvm;
	calls++;
	if (cpu >= KVM_PV_BOOST_MAX_CPUS)
		return BOOST_NONE;
	i = get(vm.number[cpu]);
	v = i ? vcpu_of(i - 1) : NULL;
	return v && get(v->cpu) == cpu ? (int)i - 1 : BOOST_NONE;
}

u64 boost_host_ipi_mask(struct kvm *kvm, u32 i, u32 n)
{
	struct vcpu *v = vcpu_of(i);
	struct kvm_pv_boost_page *page = v ? rcu_dereference(v->page) : NULL;

	(void)kvm;
	if (n >= KVM_PV_BOOST_MAX_CPUS / 64)
		count(errors);
	return page ? (u64)get(page->ipi_mask[n % (KVM_PV_BOOST_MAX_CPUS / 64)]) : 0;
}

u32 boost_host_cpus(struct kvm *kvm)
{
	(void)kvm;
	return VCPUS;
}

static u64 rnd(u64 *state, u64 below)
{
	u64 z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (z ^ (z >> 31)) % below;
}

/* Words, masks and states of vCPUs that stay where they are. */
static void *rewrite(void *seed)
{
	u64 state = (uintptr_t)seed;
	struct kvm_pv_boost_page *page;
	struct vcpu *v;
	u32 self;
	u64 word;
	int i;

	rcu_register_thread();
	while (!get(stop)) {
		rcu_read_lock();
		self = rnd(&state, VCPUS);
		v = rcu_dereference(vm.vcpu[self]);
		page = v ? rcu_dereference(v->page) : NULL;
		if (page) {
			word = kvm_pv_boost_wait(rnd(&state, 5), rnd(&state, 4) << 8,
						 rnd(&state, VCPUS));
			if (rnd(&state, 8))	/* long ways */
				word = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0,
							 (self + 1) % VCPUS);
			else if (!rnd(&state, 4))
				word = rnd(&state, ~0ull);
			set(page->guest.wait, word);
			for (i = 0; !rnd(&state, 4) && i < KVM_PV_BOOST_MAX_CPUS / 64; i++)
				set(page->ipi_mask[i], rnd(&state, ~0ull));
		}
		if (v) {
			set(v->state, rnd(&state, 8) ? BOOST_READY : (u32)rnd(&state, 1024));
			set(v->left, rnd(&state, 1000));
			set(v->since, rnd(&state, 1000));
			set(v->rip, rnd(&state, 4096));
			set(v->owes, rnd(&state, ~0ull));
		}
		rcu_read_unlock();
	}
	rcu_unregister_thread();
	return NULL;
}

/* Its own share of the vCPUs: created, registered, unregistered, freed. */
static void *come_and_go(void *arg)
{
	u32 self = (uintptr_t)arg;
	u64 state = self + 100;
	struct kvm_pv_boost_page *page;
	struct vcpu *v;
	u32 i, cpu;

	rcu_register_thread();
	while (!get(stop)) {
		i = rnd(&state, VCPUS / CHANGERS) * CHANGERS + self;
		v = vm.vcpu[i];
		page = v ? v->page : NULL;
		if (!v) {
			v = calloc(1, sizeof(*v));
			v->cpu = KVM_PV_BOOST_CPU_NONE;
			rcu_assign_pointer(vm.vcpu[i], v);
			continue;
		}
		switch (rnd(&state, 16)) {
		case 0:		/* the vCPU goes, as with its VM */
			rcu_assign_pointer(vm.vcpu[i], NULL);
			synchronize_rcu();
			free(page);
			free(v);
			count(freed);
			break;
		case 1:		/* unregisters */
			set(v->cpu, KVM_PV_BOOST_CPU_NONE);
			rcu_assign_pointer(v->page, NULL);
			synchronize_rcu();
			free(page);
			break;
		default:	/* registers, also with somebody else's number */
			cpu = rnd(&state, 8) ? i : rnd(&state, VCPUS);
			rcu_assign_pointer(v->page, calloc(1, sizeof(*page)));
			set(v->cpu, cpu);
			set(vm.number[cpu], i + 1);
			synchronize_rcu();
			free(page);
		}
	}
	rcu_unregister_thread();
	return NULL;
}

static void *choose(void *seed)
{
	u64 state = (uintptr_t)seed + 200;
	struct boost_decision d;
	u32 spinner, i;

	rcu_register_thread();
	while (!get(stop)) {
		bool hinted = rnd(&state, 8);

		spinner = rnd(&state, VCPUS);
		asking = spinner;
		calls = 0;
		rcu_read_lock();
		if (hinted)
			boost_choose_hinted(NULL, spinner, &d);
		else
			boost_choose_agnostic(NULL, spinner, rnd(&state, 2), false, &d);
		rcu_read_unlock();

		if (hinted && (calls > 2 * MAX_CALLS || d.hops > BOOST_MAX_LOOKS))
			count(errors);
		if (!hinted && calls > 6 * VCPUS)
			count(errors);
		if (d.nr > BOOST_MAX_CHOICES)
			count(errors);
		for (i = 0; i < d.nr && i < BOOST_MAX_CHOICES; i++)
			if (d.choice[i].vcpu < 0 || d.choice[i].vcpu >= VCPUS ||
			    (u32)d.choice[i].vcpu == spinner || d.choice[i].why >= BOOST_WHY_NR)
				count(errors);
		count(decisions);
		if (d.nr)
			count(choices);
	}
	rcu_unregister_thread();
	return NULL;
}

static void choices_are_sound_while_vcpus_come_and_go(void **unused)
{
	pthread_t thread[1 + CHANGERS + CHOOSERS];
	unsigned int n = 0;
	uintptr_t i;
	u32 v;

	(void)unused;
	rcu_register_thread();
	vm.nr = VCPUS;
	pthread_create(&thread[n++], NULL, rewrite, (void *)1);
	for (i = 0; i < CHANGERS; i++)
		pthread_create(&thread[n++], NULL, come_and_go, (void *)i);
	for (i = 0; i < CHOOSERS; i++)
		pthread_create(&thread[n++], NULL, choose, (void *)i);
	sleep(SECONDS);
	/* a busy machine may have given some of them no time yet */
	for (i = 0; i < 60 && (get(choices) < 1000 || get(freed) < 10); i++)
		sleep(1);
	set(stop, 1);
	while (n)
		pthread_join(thread[--n], NULL);
	rcu_unregister_thread();

	for (v = 0; v < VCPUS; v++) {
		if (vm.vcpu[v])
			free(vm.vcpu[v]->page);
		free(vm.vcpu[v]);
	}
	print_message("%lu decisions, %lu with a choice, %lu vCPUs freed\n",
		      decisions, choices, freed);
	assert_int_equal(errors, 0);
	assert_true(choices >= 1000 && freed >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choices_are_sound_while_vcpus_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
