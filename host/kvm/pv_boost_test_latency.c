// SPDX-License-Identifier: GPL-2.0
/*
 * Part of pv_boost_test: the latency word. When a vCPU is run out of turn for it, seen in
 * the vCPU's statistics beside a hog. Not here: interrupts, and how soon it runs.
 */
#include "pv_boost_test.h"

/* What @name counts of a vCPU beside a hog, with this latency word */
static u64 counted_with_latency(const char *name, u64 features, u64 word)
{
	u64 msr = make_page(0, 0);

	page_at(PAGES_GPA)->header.features |= features;
	page_at(PAGES_GPA)->guest.latency = word;
	return counted_once_registered(name, msr);
}

static u64 advances(u64 word)
{
	return counted_with_latency("boost_latency_advances", KVM_PV_BOOST_F_LATENCY, word);
}

/* A word whose time is in @ms from now */
static u64 latency_word(u32 flags, s64 ms)
{
	u64 khz = __vcpu_ioctl(vcpus[0], KVM_GET_TSC_KHZ, NULL);

	return kvm_pv_boost_latency(flags, 5, vcpu_get_msr(vcpus[0], MSR_IA32_TSC) + ms * khz);
}

static void test_latency_word_is_read_and_checked(void)
{
	const u32 timer = KVM_PV_BOOST_LATENCY_TIMER, running = KVM_PV_BOOST_LATENCY_RUNNING;

	u64 n;

	pin_self_to_cpu(0);
	create(1);
	EXPECT(advances(0), 0);
	/* when it is due; not when it is gone, or far away */
	TEST_ASSERT(advances(latency_word(timer, 10)), "not run when due");
	EXPECT(advances(latency_word(timer, -200)), 0);
	EXPECT(advances(latency_word(timer, 5000)), 0);
	n = advances(latency_word(running, 0));
	TEST_ASSERT(n > 2, "%lu times", n);
	/* no flag, reserved ones; a feature that it does not use; a host that does not care */
	EXPECT(advances(latency_word(0, 10)), 0);
	EXPECT(advances(latency_word(timer | running | 0x80, 10)), 0);
	TEST_ASSERT(counted_with_latency("boost_invalid", KVM_PV_BOOST_F_LATENCY,
					 latency_word(timer | 0x8, 10)), "not counted");
	EXPECT(counted_with_latency("boost_latency_advances", 0, latency_word(running, 0)), 0);
	set_mode("agnostic");
	EXPECT(advances(latency_word(running, 0)), 0);
	set_mode("hints");
	kvm_vm_free(vm);
}
