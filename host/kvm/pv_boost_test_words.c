// SPDX-License-Identifier: GPL-2.0
/*
 * Part of pv_boost_test: what a registered guest says, and how much of it counts. The
 * header's snapshot, the wait word, features that are not used, a vCPU in a nested
 * guest, the hypercall's arguments. Not here: which vCPU a hint or a hypercall makes run.
 */
#include "pv_boost_test.h"

static void test_header_counts_as_it_was_when_registered(void)
{
	struct kvm_pv_boost_page *page;
	u64 msr = create_registered(2);

	page = page_at(PAGES_GPA);
	memset(&page->header, 0xff, sizeof(page->header));
	memset(&page->host, 0xff, sizeof(page->host));
	command(0, OP_NOP, 0);
	expect_registered(0, msr, 2);
	EXPECT(shown(0, "uses"), KVM_PV_BOOST_F_WAIT | KVM_PV_BOOST_F_IPI_MASK);
	EXPECT(shown(0, "serves"), KVM_PV_BOOST_F_WAIT | KVM_PV_BOOST_F_IPI_MASK);
	kvm_vm_free(vm);
}

static void test_wait_word_is_read_and_checked(void)
{
	const u64 lock = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, 3);
	const u64 bad[] = {
		1ULL << 32, 0x200, kvm_pv_boost_wait(4, 0, 3), lock | 1 << 10, lock | 1 << 16,
		lock | 1U << 31, lock | 0x200, kvm_pv_boost_wait(1, 0, 4096), ~0ULL,
	};
	struct kvm_pv_boost_page *page;
	unsigned int i;

	create_registered(2);
	page = page_at(PAGES_GPA);
	WRITE_ONCE(page->guest.wait, lock);
	EXPECT(shown(0, "wait"), lock);
	WRITE_ONCE(page->guest.wait, lock | KVM_PV_BOOST_WAIT_IRQS_OFF);
	EXPECT(shown(0, "wait"), lock | KVM_PV_BOOST_WAIT_IRQS_OFF);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		WRITE_ONCE(page->guest.wait, bad[i]);
		EXPECT(shown(0, "wait"), SHOWN_INVALID);
	}
	WRITE_ONCE(page->guest.wait, 0);
	EXPECT(shown(0, "wait"), 0);
	kvm_vm_free(vm);
}

static void test_what_the_guest_does_not_use_is_not_read(void)
{
	const u64 lock = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, 3);
	const u64 mask = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_IPI, KVM_PV_BOOST_WAIT_MASK_VALID,
					   NOBODY);
	struct kvm_pv_boost_page *page;
	u64 msr;

	create(1);
	msr = make_page(0, 2);
	page = page_at(PAGES_GPA);
	page->header.features = KVM_PV_BOOST_F_HYPERCALL;
	page->guest.wait = lock;
	EXPECT(guest_wrmsr(0, msr), 0);
	EXPECT(shown(0, "wait"), SHOWN_NONE);

	page->header.features = KVM_PV_BOOST_F_WAIT;
	EXPECT(guest_wrmsr(0, msr), 0);
	EXPECT(shown(0, "wait"), lock);
	WRITE_ONCE(page->guest.wait, mask);
	EXPECT(shown(0, "wait"), SHOWN_INVALID);

	page->header.features |= KVM_PV_BOOST_F_IPI_MASK;
	EXPECT(guest_wrmsr(0, msr), 0);
	EXPECT(shown(0, "wait"), mask);
	kvm_vm_free(vm);
}

static void test_hints_of_a_vcpu_in_a_nested_guest_are_ignored(void)
{
	const u64 lock = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, 3);
	gva_t svm_gva;

	TEST_REQUIRE(kvm_cpu_has(X86_FEATURE_SVM));
	create(1);
	vcpu_alloc_svm(vm, &svm_gva);
	write_guest_global(vm, guest_svm, (struct svm_test_data *)svm_gva);

	register_vcpu(0, 0, 2);
	page_at(PAGES_GPA)->guest.wait = lock;
	EXPECT(shown(0, "wait"), lock);
	*(struct command *)addr_gva2hva(vm, (gva_t)&commands[0]) =
		(struct command){ .op = OP_NESTED };
	EXPECT(run_vcpu(0), 1);
	EXPECT(shown(0, "wait"), SHOWN_NONE);
	EXPECT(shown(0, "cpu"), 2);
	EXPECT(run_vcpu(0), 0);
	EXPECT(shown(0, "wait"), lock);
	kvm_vm_free(vm);
}

static void test_hypercall(void)
{
	const u64 boost = HC(KVM_PV_BOOST_OP_BOOST, NOBODY);
	u64 msr;

	create(1);
	EXPECT(command(0, OP_HYPERCALL, boost)->result, -KVM_ENOSYS);
	register_vcpu(0, 0, 0);
	EXPECT(command(0, OP_HYPERCALL, boost)->result, -KVM_ENOSYS);

	msr = make_page(1, 0);
	page_at(PAGES_GPA + PAGE_SIZE)->header.features = KVM_PV_BOOST_F_HYPERCALL;
	EXPECT(guest_wrmsr(0, msr), 0);
	EXPECT(shown(0, "serves"), KVM_PV_BOOST_F_HYPERCALL);
	/* nobody to run, nothing lent */
	EXPECT(command(0, OP_HYPERCALL, boost)->result, 0);
	EXPECT(command(0, OP_HYPERCALL, HC(KVM_PV_BOOST_OP_BOOST, 0))->result, 0);
	EXPECT(command(0, OP_HYPERCALL, HC(KVM_PV_BOOST_OP_BOOST, 4095))->result, 0);
	EXPECT(command(0, OP_HYPERCALL, HC(KVM_PV_BOOST_OP_DONE, NOBODY))->result, 0);
	EXPECT(command(0, OP_HYPERCALL, HC(KVM_PV_BOOST_OP_BOOST, 4096))->result, -KVM_EINVAL);
	EXPECT(command(0, OP_HYPERCALL, HC(KVM_PV_BOOST_OP_BOOST, NOBODY - 1))->result,
	       -KVM_EINVAL);
	EXPECT(command(0, OP_HYPERCALL, HC(KVM_PV_BOOST_OP_DONE, 0))->result, -KVM_EINVAL);
	EXPECT(command(0, OP_HYPERCALL, HC(2, NOBODY))->result, -KVM_EINVAL);
	kvm_vm_free(vm);
}
