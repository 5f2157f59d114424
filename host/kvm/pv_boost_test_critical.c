// SPDX-License-Identifier: GPL-2.0
/*
 * Part of pv_boost_test: the critical-state word. Where it is read, and that a critical
 * section has grace, with an end; seen in the vCPU's statistics beside a hog. Not here:
 * how long the grace is.
 */
#include "pv_boost_test.h"

/* The sum over all buckets of one of a vCPU's statistics */
static u64 counted(int i, const char *name)
{
	int fd = vcpu_get_stats_fd(vcpus[i]), n;
	struct kvm_stats_header header;
	struct kvm_stats_desc *all, *desc;
	u64 data[64], sum = 0;

	read_stats_header(fd, &header);
	all = read_stats_descriptors(fd, &header);
	for (n = 0; n < header.num_desc; n++) {
		desc = get_stats_descriptor(all, n, &header);
		if (strcmp(desc->name, name))
			continue;
		TEST_ASSERT(desc->size <= ARRAY_SIZE(data), "%u buckets", desc->size);
		read_stat_data(fd, &header, desc, data, desc->size);
		while (desc->size--)
			sum += data[desc->size];
		break;
	}
	TEST_ASSERT(n < header.num_desc, "no %s", name);
	free(all);
	close(fd);
	return sum;
}

static bool stop_hog;

static void *hog(void *unused)
{
	while (!READ_ONCE(stop_hog))
		barrier();
	return NULL;
}

/* What @name counts of a vCPU that registers by @msr and computes beside a hog */
static u64 counted_once_registered(const char *name, u64 msr)
{
	pthread_t thread;
	u64 before;

	EXPECT(guest_wrmsr(0, msr), 0);
	before = counted(0, name);
	WRITE_ONCE(stop_hog, false);
	/* it inherits the affinity */
	pthread_create(&thread, NULL, hog, NULL);
	command(0, OP_COUNT, 20 * 1000 * 1000);
	WRITE_ONCE(stop_hog, true);
	pthread_join(thread, NULL);
	return counted(0, name) - before;
}

/* The same with its critical-state word at @gpa */
static u64 counted_beside_hog(const char *name, u64 gpa, u64 wait)
{
	u64 msr = make_page(0, 0);

	page_at(PAGES_GPA)->header.features |= KVM_PV_BOOST_F_CRITICAL;
	page_at(PAGES_GPA)->header.critical_mask = 1;
	page_at(PAGES_GPA)->header.critical_gpa = gpa;
	page_at(PAGES_GPA)->guest.wait = wait;
	return counted_once_registered(name, msr);
}

static u64 critical_beside_hog(u64 gpa)
{
	return counted_beside_hog("boost_critical_off_hist", gpa, 0);
}

static void test_critical_word_in_device_memory_is_not_read(void)
{
	const u64 gpa = PAGES_GPA + 0x10000000, word_gpa = PAGES_GPA + 5 * PAGE_SIZE + 8;
	u32 *word;

	TEST_REQUIRE(device_memory);
	word = map_device_memory();
	*word = 1;

	pin_self_to_cpu(0);
	create(1);
	vm_set_user_memory_region(vm, PAGES_SLOT + 1, 0, gpa, PAGE_SIZE, word);
	/* ordinary memory, where it is seen; then the device's; then none */
	*(u32 *)addr_gpa2hva(vm, word_gpa) = 1;
	TEST_ASSERT(critical_beside_hog(word_gpa), "never critical in ordinary memory");
	EXPECT(critical_beside_hog(gpa), 0);
	EXPECT(critical_beside_hog(HOLE_GPA), 0);
	kvm_vm_free(vm);
}

/* A critical section is let go on, but not for ever, and not if it is one that waits. */
static void test_critical_section_has_grace(void)
{
	const u64 lock = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, 3);
	const u64 gpa = PAGES_GPA + 5 * PAGE_SIZE + 8;

	pin_self_to_cpu(0);
	create(1);
	EXPECT(counted_beside_hog("boost_graces", gpa, 0), 0);
	*(u32 *)addr_gpa2hva(vm, gpa) = 1;
	TEST_ASSERT(counted_beside_hog("boost_graces", gpa, 0), "no grace");
	TEST_ASSERT(counted_beside_hog("boost_grace_cut", gpa, 0), "no end of it");
	EXPECT(counted_beside_hog("boost_grace_over", gpa, 0), 0);
	EXPECT(counted_beside_hog("boost_graces", gpa, lock), 0);
	EXPECT(counted_beside_hog("boost_graces", HOLE_GPA, 0), 0);
	set_mode("agnostic");
	EXPECT(counted_beside_hog("boost_graces", gpa, 0), 0);
	set_mode("hints");
	kvm_vm_free(vm);
}
