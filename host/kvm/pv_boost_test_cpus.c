// SPDX-License-Identifier: GPL-2.0
/*
 * Part of pv_boost_test: the map of guest CPU numbers. Duplicates, any order of vCPUs
 * and numbers, all 4096 of them. Not here: numbers that are refused.
 */
#include "pv_boost_test.h"

static void test_last_claim_of_a_cpu_number_counts(void)
{
	u64 a, b;

	create(3);
	a = register_vcpu(0, 0, 9);
	EXPECT(shown(0, "owns_cpu"), 1);
	EXPECT(stat_sum("pv_boost_duplicates"), 0);
	b = register_vcpu(1, 1, 9);
	EXPECT(stat_sum("pv_boost_duplicates"), 1);
	EXPECT(shown(0, "owns_cpu"), 0);
	EXPECT(shown(1, "owns_cpu"), 1);
	/* what the earlier one gives up is not its own any more */
	EXPECT(guest_wrmsr(0, 0), 0);
	EXPECT(shown(1, "owns_cpu"), 1);
	EXPECT(guest_wrmsr(0, a), 0);
	EXPECT(shown(0, "owns_cpu"), 1);
	EXPECT(shown(1, "owns_cpu"), 0);
	EXPECT(guest_wrmsr(0, 0), 0);
	EXPECT(shown(1, "owns_cpu"), 0);
	EXPECT(guest_wrmsr(1, b), 0);
	EXPECT(shown(1, "owns_cpu"), 1);
	/* the same vCPU again, and with another number, is no duplicate */
	EXPECT(stat_sum("pv_boost_duplicates"), 2);
	EXPECT(guest_wrmsr(1, b), 0);
	register_vcpu(1, 1, 10);
	EXPECT(shown(1, "owns_cpu"), 1);
	EXPECT(stat_sum("pv_boost_duplicates"), 2);
	/* one page may serve two vCPUs; they have one number then */
	EXPECT(guest_wrmsr(2, b), 0);
	EXPECT(shown(2, "owns_cpu"), 1);
	EXPECT(shown(1, "owns_cpu"), 0);
	kvm_vm_free(vm);
}

static void test_vcpus_may_be_created_and_numbered_in_any_order(void)
{
	static const u32 ids[] = { 5, 1, 7, 0, 3 };
	static const u32 cpus[] = { 4095, 0, 2, 64, 63 };
	const int n = ARRAY_SIZE(ids);
	u64 msr[ARRAY_SIZE(ids)];
	int i;

	vm = vm_create(8);
	vm_enable_cap(vm, KVM_CAP_X86_PV_BOOST, 0);
	add_pages();
	for (i = 0; i < n; i++) {
		vcpus[i] = add_vcpu(ids[i]);
		/* all can run, not only the one KVM takes for the boot CPU */
		vcpu_mp_state_set(vcpus[i], &(struct kvm_mp_state){ KVM_MP_STATE_RUNNABLE });
		vcpu_args_set(vcpus[i], 1, (u64)i);
		run_vcpu(i);
		msr[i] = register_vcpu(i, i, cpus[i]);
	}
	for (i = 0; i < n; i++)
		expect_registered(i, msr[i], cpus[i]);
	kvm_vm_free(vm);
}

static void test_4096_numbers_and_duplicates(void)
{
	int i;

	create(2);
	/* one vCPU tries all numbers: it ends up with the last only */
	for (i = 0; i < KVM_PV_BOOST_MAX_CPUS; i++)
		register_vcpu(0, 0, i);
	expect_registered(0, PAGES_GPA | 1, KVM_PV_BOOST_MAX_CPUS - 1);
	EXPECT(stat_sum("pv_boost_duplicates"), 0);
	/* two vCPUs claim one number again and again */
	make_page(0, 1);
	make_page(1, 1);
	for (i = 0; i < 4096; i++)
		EXPECT(guest_wrmsr(i & 1, (PAGES_GPA + (i & 1) * PAGE_SIZE) | 1), 0);
	EXPECT(stat_sum("pv_boost_duplicates"), 4095);
	EXPECT(shown(0, "owns_cpu"), 0);
	EXPECT(shown(1, "owns_cpu"), 1);
	EXPECT(stat_sum("pv_boost_registered"), 2);
	kvm_vm_free(vm);
}
