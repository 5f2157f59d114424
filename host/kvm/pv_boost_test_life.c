// SPDX-License-Identifier: GPL-2.0
/*
 * Part of pv_boost_test: what a registration lives through. Memory slots that come and
 * go, also while it is made; INIT; userspace that sets, saves and restores the MSR. Not
 * here: reset and migration of a whole VM, which take a VMM.
 */
#include "pv_boost_test.h"

static void test_mapping_follows_memory_slots(void)
{
	struct userspace_mem_region *region;
	const u64 lock = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, 3);
	struct kvm_pv_boost_page *page;
	u64 msr = create_registered(2);

	page = page_at(PAGES_GPA);
	region = memslot2region(vm, PAGES_SLOT);

	/* slot deleted: registered, but reads as empty, also after the vCPU ran */
	vm_set_user_memory_region(vm, PAGES_SLOT, 0, PAGES_GPA, 0, 0);
	EXPECT(shown(0, "wait"), SHOWN_UNMAPPED);
	command(0, OP_NOP, 0);
	EXPECT(shown(0, "wait"), SHOWN_UNMAPPED);
	EXPECT(shown(0, "cpu"), 2);
	EXPECT(guest_rdmsr(0), msr);

	/*
	 * Slot is back: mapped again once it was missed and the vCPU ran. A page that could
	 * not be mapped is tried again in the next jiffy at the earliest.
	 */
	usleep(50 * 1000);
	vm_set_user_memory_region(vm, PAGES_SLOT, 0, PAGES_GPA, NR_PAGES * PAGE_SIZE,
				  region->host_mem);
	WRITE_ONCE(page->guest.wait, lock);
	EXPECT(shown(0, "wait"), SHOWN_UNMAPPED);
	command(0, OP_NOP, 0);
	EXPECT(shown(0, "wait"), lock);

	/* another page at the same place in userspace: never the old contents */
	TEST_ASSERT(!madvise(page, PAGE_SIZE, MADV_DONTNEED), "madvise");
	EXPECT(page->guest.wait, 0);
	EXPECT(shown(0, "wait"), SHOWN_UNMAPPED);
	WRITE_ONCE(page->guest.wait, lock);
	command(0, OP_NOP, 0);
	EXPECT(shown(0, "wait"), lock);
	kvm_vm_free(vm);
}

static bool stop_flipping;

static void *flip_slot(void *unused)
{
	struct userspace_mem_region *region = memslot2region(vm, PAGES_SLOT);

	while (!READ_ONCE(stop_flipping)) {
		vm_set_user_memory_region(vm, PAGES_SLOT, 0, PAGES_GPA, 0, 0);
		vm_set_user_memory_region(vm, PAGES_SLOT, 0, PAGES_GPA,
					  NR_PAGES * PAGE_SIZE, region->host_mem);
	}
	return NULL;
}

static void *read_debugfs(void *unused)
{
	while (!READ_ONCE(stop_flipping))
		shown(0, "wait");
	return NULL;
}

static void test_registration_races_with_slot_deletion(void)
{
	pthread_t flipper, reader;
	struct command *c;
	u64 done = 0;
	int i;

	create(1);
	make_page(0, 0);
	make_page(1, 1);
	pthread_create(&flipper, NULL, flip_slot, NULL);
	pthread_create(&reader, NULL, read_debugfs, NULL);
	for (i = 0; i < 50; i++) {
		c = command(0, OP_REGISTER_LOOP, 40);
		TEST_ASSERT(c->result <= 40, "%lu of 40", c->result);
		done += c->result;
	}
	WRITE_ONCE(stop_flipping, true);
	pthread_join(flipper, NULL);
	pthread_join(reader, NULL);
	pr_info("  %lu of 2000 registrations met memory\n", done);
	EXPECT(guest_wrmsr(0, PAGES_GPA | 1), 0);
	expect_registered(0, PAGES_GPA | 1, 0);
	kvm_vm_free(vm);
}

static void test_init_unregisters(void)
{
	struct kvm_mp_state state;
	u64 msr;

	create(2);
	register_vcpu(0, 0, 0);
	msr = register_vcpu(1, 1, 1);
	expect_registered(1, msr, 1);
	command(0, OP_SEND_INIT, vcpus[1]->id);
	/* this makes KVM process a pending INIT */
	vcpu_mp_state_get(vcpus[1], &state);
	EXPECT(state.mp_state, KVM_MP_STATE_INIT_RECEIVED);
	EXPECT(vcpu_get_msr(vcpus[1], MSR_KVM_PV_BOOST), 0);
	expect_unregistered(1);
	expect_registered(0, PAGES_GPA | 1, 0);
	kvm_vm_free(vm);
}

static void test_userspace_sets_before_the_vcpu_runs(void)
{
	u64 msr;

	create(1);
	msr = make_page(0, 6);
	vcpu_set_msr(vcpus[0], MSR_KVM_PV_BOOST, msr);
	EXPECT(vcpu_get_msr(vcpus[0], MSR_KVM_PV_BOOST), msr);
	expect_unregistered(0);
	command(0, OP_NOP, 0);
	expect_registered(0, msr, 6);

	/* set again, to the same value: the header is looked at again */
	make_page(0, 8);
	vcpu_set_msr(vcpus[0], MSR_KVM_PV_BOOST, msr);
	expect_unregistered(0);
	command(0, OP_NOP, 0);
	expect_registered(0, msr, 8);

	vcpu_set_msr(vcpus[0], MSR_KVM_PV_BOOST, 0);
	expect_unregistered(0);
	EXPECT(guest_rdmsr(0), 0);

	/* reserved bits are refused here, too */
	EXPECT(_vcpu_set_msr(vcpus[0], MSR_KVM_PV_BOOST, msr | 2), 0);
	EXPECT(_vcpu_set_msr(vcpus[0], MSR_KVM_PV_BOOST, 4096), 0);
	kvm_vm_free(vm);
}

static void test_bad_page_does_not_fail_restore(void)
{
	u64 msr;

	create(1);
	msr = make_page(0, 6);
	page_at(PAGES_GPA)->header.version = 99;
	vcpu_set_msr(vcpus[0], MSR_KVM_PV_BOOST, msr);
	EXPECT(guest_rdmsr(0), msr);
	expect_unregistered(0);
	EXPECT(stat_sum("pv_boost_rejected"), 1);

	vcpu_set_msr(vcpus[0], MSR_KVM_PV_BOOST, HOLE_GPA | 1);
	EXPECT(guest_rdmsr(0), HOLE_GPA | 1);
	expect_unregistered(0);
	EXPECT(stat_sum("pv_boost_rejected"), 2);

	/* the guest can still make it good */
	register_vcpu(0, 0, 6);
	expect_registered(0, msr, 6);
	kvm_vm_free(vm);
}

static void test_save_and_restore(void)
{
	const u64 lock = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, 3);
	struct kvm_x86_state *state;
	u64 msr;

	create(1);
	msr = register_vcpu(0, 2, 11);
	state = vcpu_save_state(vcpus[0]);
	kvm_vm_release(vm);

	kvm_vm_restart(vm);
	vm_enable_cap(vm, KVM_CAP_X86_PV_BOOST, 0);
	vcpus[0] = vm_vcpu_recreate(vm, 0);
	vcpu_set_cpuid_feature(vcpus[0], X86_FEATURE_KVM_PV_BOOST);
	vcpu_load_state(vcpus[0], state);
	kvm_x86_state_cleanup(state);
	EXPECT(shown(0, "msr"), msr);
	EXPECT(guest_rdmsr(0), msr);
	expect_registered(0, msr, 11);
	page_at(PAGES_GPA + 2 * PAGE_SIZE)->guest.wait = lock;
	EXPECT(shown(0, "wait"), lock);
	kvm_vm_free(vm);
}
