// SPDX-License-Identifier: GPL-2.0
/*
 * The model that stands in for KVM: it answers the policy's questions from vm[] and
 * counts those that a decision has bounds for. It checks that they are about vCPUs there
 * are, and nothing else.
 */
#include <errno.h>
#include <string.h>

#include "boost-model.h"

struct vcpu vm[MAX];
u32 nr;
unsigned int calls;
u64 word_after_mask;
bool changes_word;
struct boost_decision d;

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
void reset(u32 n)
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

void waits(u32 vcpu, u32 kind, u32 flags, u32 cpu)
{
	vm[vcpu].word = kvm_pv_boost_wait(kind, flags, cpu);
}

void hinted(u32 spinner)
{
	boost_choose_hinted(NULL, spinner, &d);
}

void agnostic(u32 spinner, bool in_kernel, bool irqs_off)
{
	boost_choose_agnostic(NULL, spinner, in_kernel, irqs_off, &d);
}
