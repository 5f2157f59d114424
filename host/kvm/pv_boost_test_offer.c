// SPDX-License-Identifier: GPL-2.0
/*
 * Part of pv_boost_test: which guests are offered the channel. Without the capability or the CPUID
 * bit there is no MSR and no hypercall; with kvm.boost=off nothing is served. Not here:
 * what a guest that has the channel does with it.
 */
#include "pv_boost_test.h"

static void test_msr_is_saved(void)
{
	TEST_ASSERT(kvm_msr_is_in_save_restore_list(MSR_KVM_PV_BOOST), "not in the list");
}

static void test_feature_is_not_in_supported_cpuid(void)
{
	TEST_ASSERT(!kvm_cpu_has(X86_FEATURE_KVM_PV_BOOST), "in KVM_GET_SUPPORTED_CPUID");
	EXPECT(kvm_check_cap(KVM_CAP_X86_PV_BOOST), 1);
}

static int enable_cap(u32 flags, u64 arg0)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_X86_PV_BOOST, .flags = flags, .args = { arg0 },
	};

	return __vm_ioctl(vm, KVM_ENABLE_CAP, &cap) ? errno : 0;
}

static void test_capability_has_bounds(void)
{
	vm = vm_create(1);
	EXPECT(enable_cap(1, 0), EINVAL);
	EXPECT(enable_cap(0, 1), EINVAL);
	EXPECT(enable_cap(0, ~0ULL), EINVAL);
	EXPECT(enable_cap(0, 0), 0);
	EXPECT(enable_cap(0, 0), 0);
	vm_vcpu_add(vm, 0, guest_main);
	EXPECT(enable_cap(0, 0), EEXIST);
	kvm_vm_free(vm);

	vm = vm_create(1);
	vm_vcpu_add(vm, 0, guest_main);
	EXPECT(enable_cap(0, 0), EEXIST);
	kvm_vm_free(vm);
}

static void test_capability_is_not_there_when_off(void)
{
	int fd = open(BOOST_PARAM, O_RDWR), offered, r;

	TEST_ASSERT(fd >= 0, BOOST_PARAM ": %s", strerror(errno));
	TEST_ASSERT(write(fd, "nonsense", 8) < 0 && errno == EINVAL, "nonsense was accepted");
	close(fd);
	vm = vm_create(1);
	set_mode("off");
	offered = kvm_check_cap(KVM_CAP_X86_PV_BOOST);
	r = enable_cap(0, 0);
	set_mode("hints");
	EXPECT(offered, 0);
	EXPECT(r, EINVAL);
	kvm_vm_free(vm);
}

/*
 * A VMM that knows nothing of the feature, has not enabled the capability, and
 * passes on what KVM_GET_SUPPORTED_CPUID says.
 */
static void create_unaware(void)
{
	vm = vm_create_with_vcpus(1, guest_main, vcpus);
	add_pages();
	vcpu_args_set(vcpus[0], 1, 0UL);
}

static void expect_no_msr(u64 msr)
{
	EXPECT(guest_wrmsr(0, msr), GP_VECTOR);
	EXPECT(guest_wrmsr(0, 0), GP_VECTOR);
	EXPECT(command(0, OP_RDMSR, 0)->vector, GP_VECTOR);
	EXPECT(command(0, OP_HYPERCALL, HC(KVM_PV_BOOST_OP_BOOST, NOBODY))->result, -KVM_ENOSYS);
	EXPECT(command(0, OP_HYPERCALL, HC(KVM_PV_BOOST_OP_DONE, NOBODY))->result, -KVM_ENOSYS);
	EXPECT(shown(0, "msr"), 0);

	/* Userspace may clear what isn't there, and read 0. */
	EXPECT(_vcpu_set_msr(vcpus[0], MSR_KVM_PV_BOOST, 0), 1);
	EXPECT(_vcpu_set_msr(vcpus[0], MSR_KVM_PV_BOOST, msr), 0);
	EXPECT(vcpu_get_msr(vcpus[0], MSR_KVM_PV_BOOST), 0);
	EXPECT(stat_sum("pv_boost_registered"), 0);
}

static void test_vmm_that_passes_cpuid_on_has_no_feature(void)
{
	struct kvm_x86_state *state;

	create_unaware();
	run_vcpu(0);
	EXPECT(command(0, OP_CPUID, 0)->result, 0);
	expect_no_msr(make_page(0, 0));

	/* it saves and restores what is in the list of MSRs, without an error */
	state = vcpu_save_state(vcpus[0]);
	kvm_vm_release(vm);
	vcpus[0] = vm_recreate_with_one_vcpu(vm);
	vcpu_load_state(vcpus[0], state);
	kvm_x86_state_cleanup(state);
	EXPECT(command(0, OP_CPUID, 0)->result, 0);
	expect_no_msr(make_page(0, 0));
	kvm_vm_free(vm);
}

static void test_cpuid_bit_without_the_capability_is_nothing(void)
{
	create_unaware();
	vcpu_set_cpuid_feature(vcpus[0], X86_FEATURE_KVM_PV_BOOST);
	run_vcpu(0);
	EXPECT(command(0, OP_CPUID, 0)->result, 1);
	expect_no_msr(make_page(0, 0));
	kvm_vm_free(vm);
}

static void test_no_msr_without_the_cpuid_bit(void)
{
	int enforce;

	for (enforce = 0; enforce < 2; enforce++) {
		create_stopped(1);
		vcpu_enable_cap(vcpus[0], KVM_CAP_ENFORCE_PV_FEATURE_CPUID, enforce);
		vcpu_clear_cpuid_feature(vcpus[0], X86_FEATURE_KVM_PV_BOOST);
		run_vcpu(0);
		expect_no_msr(make_page(0, 0));
		kvm_vm_free(vm);
	}
}

static void test_registers_with_the_cpuid_bit(void)
{
	u64 msr;
	int enforce;

	for (enforce = 0; enforce < 2; enforce++) {
		create(1);
		vcpu_enable_cap(vcpus[0], KVM_CAP_ENFORCE_PV_FEATURE_CPUID, enforce);

		EXPECT(guest_rdmsr(0), 0);
		msr = make_page(3, 7);
		memset(&page_at(PAGES_GPA + 3 * PAGE_SIZE)->host, 0xff,
		       sizeof(struct kvm_pv_boost_host));
		EXPECT(guest_wrmsr(0, msr), 0);
		EXPECT(guest_rdmsr(0), msr);
		EXPECT(vcpu_get_msr(vcpus[0], MSR_KVM_PV_BOOST), msr);
		expect_registered(0, msr, 7);
		EXPECT(stat_sum("pv_boost_registered"), 1);
		/* what is used is served, and the line is new */
		EXPECT(page_at(PAGES_GPA + 3 * PAGE_SIZE)->host.features,
		       KVM_PV_BOOST_F_WAIT | KVM_PV_BOOST_F_IPI_MASK);
		EXPECT(page_at(PAGES_GPA + 3 * PAGE_SIZE)->host.status, 0);

		EXPECT(guest_wrmsr(0, 0), 0);
		EXPECT(guest_rdmsr(0), 0);
		expect_unregistered(0);
		EXPECT(stat_sum("pv_boost_registered"), 0);
		EXPECT(stat_sum("pv_boost_rejected"), 0);
		kvm_vm_free(vm);
	}
}

/* kvm.boost at run time: the page says so when the vCPU next enters the guest. */
static void test_service_ends_and_begins_with_the_mode(void)
{
	const u64 uses = KVM_PV_BOOST_F_WAIT | KVM_PV_BOOST_F_HYPERCALL;
	const u64 lock = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, 3);
	const u64 boost = HC(KVM_PV_BOOST_OP_BOOST, NOBODY);
	static const char *const modes[] = { "off", "hints", "off", "agnostic", "hints" };
	struct kvm_pv_boost_page *page;
	unsigned int i;
	u64 msr;

	create(1);
	msr = make_page(0, 0);
	page = page_at(PAGES_GPA);
	page->header.features = uses;
	page->guest.wait = lock;
	EXPECT(guest_wrmsr(0, msr), 0);
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		bool off = !strcmp(modes[i], "off");
		u64 features, result, wait;

		set_mode(modes[i]);
		command(0, OP_NOP, 0);
		features = READ_ONCE(page->host.features);
		result = command(0, OP_HYPERCALL, boost)->result;
		wait = shown(0, "wait");
		set_mode("hints");
		EXPECT(features, off ? 0 : uses);
		EXPECT(result, off ? -KVM_ENOSYS : 0);
		EXPECT(wait, off ? SHOWN_NONE : lock);
		set_mode(modes[i]);
	}
	EXPECT(guest_rdmsr(0), msr);
	kvm_vm_free(vm);
}

/* While no memory is there, it can't be told; later it is. */
static void test_mode_is_told_when_the_page_is_back(void)
{
	struct userspace_mem_region *region;
	u64 features;

	create_registered(2);
	region = memslot2region(vm, PAGES_SLOT);
	vm_set_user_memory_region(vm, PAGES_SLOT, 0, PAGES_GPA, 0, 0);
	set_mode("off");
	command(0, OP_NOP, 0);
	vm_set_user_memory_region(vm, PAGES_SLOT, 0, PAGES_GPA, NR_PAGES * PAGE_SIZE,
				  region->host_mem);
	set_mode("agnostic");
	set_mode("off");
	command(0, OP_NOP, 0);
	features = page_at(PAGES_GPA)->host.features;
	set_mode("hints");
	EXPECT(features, 0);
	kvm_vm_free(vm);
}
