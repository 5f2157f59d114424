// SPDX-License-Identifier: GPL-2.0
/*
 * Part of pv_boost_test: what a registration is refused for. Bad values of the MSR,
 * pages the guest cannot write, device memory, bad headers; each is counted and changes
 * nothing. Not here: what becomes of a good page that goes bad later.
 */
#include "pv_boost_test.h"

static void test_bad_msr_values_are_refused(void)
{
	u64 good, high;
	int bit, round;

	create(1);
	/* once while unregistered, once while registered */
	for (round = 0; round < 2; round++) {
		good = make_page(0, 1);
		for (bit = 1; bit < 12; bit++)
			expect_refused(0, good | 1ULL << bit, "reserved bit");
		expect_refused(0, good & ~1ULL, "address without enable bit");
		expect_refused(0, 2, "not enabled, not 0");
		high = 1ULL << vcpus[0]->vm->pa_bits;
		if (vcpus[0]->vm->pa_bits < 52)
			expect_refused(0, good | high, "beyond the physical address space");
		expect_refused(0, good | 1ULL << 63, "bit 63");
		expect_refused(0, ~0ULL, "all ones");
		expect_refused(0, ~0xfffULL | 1, "last page of all");
		expect_refused(0, HOLE_GPA | 1, "no memory");
		expect_refused(0, 0xfee00000 | 1, "the local APIC");
		expect_refused(0, (PAGES_GPA + NR_PAGES * PAGE_SIZE) | 1, "behind the slot");
		expect_refused(0, (PAGES_GPA - PAGE_SIZE) | 1, "before the slot");
		EXPECT(guest_wrmsr(0, good), 0);
		expect_registered(0, good, 1);
	}
	/* the very last page of a slot is as good as any */
	good = register_vcpu(0, NR_PAGES - 1, 1);
	expect_registered(0, good, 1);
	kvm_vm_free(vm);
}

static void test_page_the_guest_cannot_write_is_refused(void)
{
	const u64 ro_gpa = PAGES_GPA + 0x10000000;
	struct kvm_pv_boost_page *page;
	u64 msr;

	create(1);
	vm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, ro_gpa, PAGES_SLOT + 1, 1,
				    KVM_MEM_READONLY);
	make_page(0, 0);
	memcpy(page_at(ro_gpa), page_at(PAGES_GPA), PAGE_SIZE);
	expect_refused(0, ro_gpa | 1, "read-only slot");

	/* memory that userspace has mapped read-only, then not at all */
	msr = make_page(1, 0);
	page = page_at(PAGES_GPA + PAGE_SIZE);
	TEST_ASSERT(!mprotect(page, PAGE_SIZE, PROT_READ), "mprotect");
	expect_refused(0, msr, "write-protected by userspace");
	TEST_ASSERT(!mprotect(page, PAGE_SIZE, PROT_NONE), "mprotect");
	expect_refused(0, msr, "made inaccessible by userspace");
	TEST_ASSERT(!mprotect(page, PAGE_SIZE, PROT_READ | PROT_WRITE), "mprotect");
	EXPECT(guest_wrmsr(0, msr), 0);
	kvm_vm_free(vm);
}

/* KVM can map it, but has no business there on a guest's word. */
static void test_device_memory_is_refused(void)
{
	const u64 gpa = PAGES_GPA + 0x10000000;
	struct kvm_pv_boost_page *page;

	TEST_REQUIRE(device_memory);
	page = map_device_memory();

	create(1);
	vm_set_user_memory_region(vm, PAGES_SLOT + 1, 0, gpa, PAGE_SIZE, page);
	/* nothing but its place is wrong with it */
	make_page(0, 0);
	memcpy(page, page_at(PAGES_GPA), PAGE_SIZE);
	page->host.features = ~0ULL;
	expect_refused(0, gpa | 1, "device memory");
	EXPECT(page->host.features, ~0ULL);
	kvm_vm_free(vm);
}

static void test_bad_headers_are_refused(void)
{
	struct kvm_pv_boost_header *h;
	u64 msr;
	u8 *byte;
	unsigned int i;

	create(1);
#define REFUSE(set)				\
do {						\
	msr = make_page(0, 5);			\
	h = &page_at(PAGES_GPA)->header;	\
	set;					\
	expect_refused(0, msr, #set);		\
} while (0)
	REFUSE(h->version = 0);
	REFUSE(h->version = KVM_PV_BOOST_VERSION + 1);
	REFUSE(h->version = 0xffffffff);
	REFUSE(h->size = 0);
	REFUSE(h->size = 64);
	REFUSE(h->size = 8192);
	REFUSE(h->cpu = KVM_PV_BOOST_MAX_CPUS);
	REFUSE(h->cpu = 0x7fffffff);
	REFUSE(h->cpu = KVM_PV_BOOST_CPU_NONE);
	REFUSE(h->critical_mask = 1);
	REFUSE(h->critical_gpa = PAGES_GPA);
	REFUSE(h->features |= KVM_PV_BOOST_F_CRITICAL);
#undef REFUSE
	msr = make_page(0, 5);
	h = &page_at(PAGES_GPA)->header;
	h->features = KVM_PV_BOOST_F_CRITICAL;
	h->critical_mask = 1;
	h->critical_gpa = PAGES_GPA + 2;
	expect_refused(0, msr, "misaligned critical-state word");

	for (i = 0; i < sizeof(h->reserved); i++) {
		msr = make_page(0, 5);
		byte = (u8 *)page_at(PAGES_GPA)->header.reserved + i;
		*byte = 1;
		expect_refused(0, msr, "reserved byte");
	}
	/* reserved bytes may belong to a feature that only the guest knows */
	page_at(PAGES_GPA)->header.features = 1ULL << 63;
	EXPECT(guest_wrmsr(0, msr), 0);
	EXPECT(shown(0, "uses"), 1ULL << 63);
	EXPECT(shown(0, "serves"), 0);

	/* the critical-state word is not looked at on registration */
	msr = make_page(0, 4095);
	h = &page_at(PAGES_GPA)->header;
	h->features = KVM_PV_BOOST_F_CRITICAL | KVM_PV_BOOST_F_WAIT;
	h->critical_mask = 0xffffff;
	h->critical_gpa = HOLE_GPA + 4;
	EXPECT(guest_wrmsr(0, msr), 0);
	expect_registered(0, msr, 4095);
	kvm_vm_free(vm);
}
