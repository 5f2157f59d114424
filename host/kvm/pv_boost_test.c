// SPDX-License-Identifier: GPL-2.0
/*
 * KVM selftest of the pv-boost channel: the capability, CPUID, the MSR and every
 * bad value, the header's snapshot, the map of guest CPU numbers, mapping and memory slots,
 * INIT, save and restore. Runs as a program on the host under test, against its
 * /dev/kvm and with debugfs mounted.
 *
 * The guest is a loop that executes the commands the host gives it; the pages'
 * contents are written by the host, which can do so sooner than any hostile
 * guest. What KVM made of it is read from the vCPU's debugfs file. Each test is
 * named after what it checks and runs in a process of its own.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <asm/kvm_pv_boost.h>

#include "test_util.h"
#include "kvm_util.h"
#include "processor.h"
#include "apic.h"
#include "svm_util.h"

#define X86_FEATURE_KVM_PV_BOOST \
	KVM_X86_CPU_FEATURE(0x40000001, 0, EAX, KVM_FEATURE_PV_BOOST)

#define BOOST_PARAM	"/sys/module/kvm/parameters/boost"
#define MAX_TEST_VCPUS	8

/*
 * Where a page of memory is that the host's kernel does not know: a device's, or
 * RAM behind what mem= on its command line leaves.
 */
static unsigned long long device_memory;

/* A memory slot for the pages. */
#define PAGES_GPA	0x10000000ULL
#define PAGES_SLOT	10
#define NR_PAGES	16
/* No memory, ever. */
#define HOLE_GPA	0xd0000000ULL

enum op {
	OP_NOP, OP_CPUID, OP_WRMSR, OP_RDMSR, OP_HYPERCALL, OP_SEND_INIT, OP_REGISTER_LOOP,
	OP_COUNT, OP_NESTED,
};

struct command {
	u64 op;
	u64 arg;
	u64 result;
	u64 vector;
};

static struct command commands[MAX_TEST_VCPUS];
static struct svm_test_data *guest_svm;

static void l2_guest(void)
{
	GUEST_SYNC(1);
	vmmcall();
}

static void run_nested(void)
{
	static unsigned long l2_stack[64];

	generic_svm_setup(guest_svm, l2_guest, &l2_stack[64]);
	run_guest(guest_svm->vmcb, guest_svm->vmcb_gpa);
	GUEST_ASSERT_EQ(guest_svm->vmcb->control.exit_code, SVM_EXIT_VMMCALL);
}

static void guest_main(u64 index)
{
	struct command *c = &commands[index];
	u64 i;

	for (;;) {
		GUEST_SYNC(0);
		switch (READ_ONCE(c->op)) {
		case OP_WRMSR:
			c->vector = wrmsr_safe(MSR_KVM_PV_BOOST, c->arg);
			break;
		case OP_RDMSR:
			c->vector = rdmsr_safe(MSR_KVM_PV_BOOST, &c->result);
			break;
		case OP_CPUID:
			c->result = this_cpu_has(X86_FEATURE_KVM_PV_BOOST);
			break;
		case OP_COUNT:
			for (i = 0; i < c->arg; i++)
				barrier();
			break;
		case OP_HYPERCALL:
			c->result = kvm_hypercall(KVM_HC_PV_BOOST, c->arg & 0xff,
						  (u32)~(c->arg >> 32), 0, 0);
			break;
		case OP_SEND_INIT:
			x2apic_enable();
			x2apic_write_reg(APIC_ICR, APIC_DEST_PHYSICAL | APIC_DM_INIT |
					 APIC_INT_ASSERT | c->arg << 32);
			break;
		case OP_REGISTER_LOOP:
			c->result = 0;
			for (i = 0; i < c->arg; i++)
				c->result += !wrmsr_safe(MSR_KVM_PV_BOOST,
							 (PAGES_GPA + (i & 1) * PAGE_SIZE) | 1);
			break;
		case OP_NESTED:
			run_nested();
			break;
		}
	}
}

/*
 * Host
 */
/* The argument of OP_HYPERCALL */
#define HC(op, cpu)	((op) | (u64)(u32)~(cpu) << 32)
#define NOBODY		KVM_PV_BOOST_CPU_NONE

static struct kvm_vm *vm;
static struct kvm_vcpu *vcpus[MAX_TEST_VCPUS];

/* Until the guest asks for a command; returns what it said. */
static u64 run_vcpu(int i)
{
	struct ucall uc;

	vcpu_run(vcpus[i]);
	switch (get_ucall(vcpus[i], &uc)) {
	case UCALL_SYNC:
		return uc.args[1];
	case UCALL_ABORT:
		REPORT_GUEST_ASSERT(uc);
		break;
	default:
		TEST_FAIL("vCPU %d: unexpected exit %u (%s)", i, vcpus[i]->run->exit_reason,
			  exit_reason_str(vcpus[i]->run->exit_reason));
	}
	return 0;
}

static struct command *command(int i, enum op op, u64 arg)
{
	struct command *c = addr_gva2hva(vm, (vm_vaddr_t)&commands[i]);

	*c = (struct command){ .op = op, .arg = arg };
	run_vcpu(i);
	c = addr_gva2hva(vm, (vm_vaddr_t)&commands[i]);
	c->op = OP_NOP;
	return c;
}

static u8 guest_wrmsr(int i, u64 value)
{
	return command(i, OP_WRMSR, value)->vector;
}

static u64 guest_rdmsr(int i)
{
	struct command *c = command(i, OP_RDMSR, 0);

	TEST_ASSERT(!c->vector, "RDMSR raised vector %lu", c->vector);
	return c->result;
}

static struct kvm_pv_boost_page *page_at(u64 gpa)
{
	return addr_gpa2hva(vm, gpa);
}

/* A good page for CPU @cpu at page @n of the slot; returns the MSR's value. */
static u64 make_page(int n, u32 cpu)
{
	u64 gpa = PAGES_GPA + n * PAGE_SIZE;
	struct kvm_pv_boost_page *page = page_at(gpa);

	memset(page, 0, sizeof(*page));
	page->header.version = KVM_PV_BOOST_VERSION;
	page->header.size = KVM_PV_BOOST_PAGE_SIZE;
	page->header.cpu = cpu;
	page->header.features = KVM_PV_BOOST_F_WAIT | KVM_PV_BOOST_F_IPI_MASK;
	return gpa | KVM_PV_BOOST_MSR_ENABLE;
}

static void add_pages(void)
{
	vm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, PAGES_GPA, PAGES_SLOT,
				    NR_PAGES, 0);
}

/* A vCPU @id of a VM with the capability, with the feature in its CPUID */
static struct kvm_vcpu *add_vcpu(u32 id)
{
	struct kvm_vcpu *vcpu = vm_vcpu_add(vm, id, guest_main);

	vcpu_set_cpuid_feature(vcpu, X86_FEATURE_KVM_PV_BOOST);
	return vcpu;
}

/* A VM of @n vCPUs that have not run yet, with the capability. */
static void create_stopped(int n)
{
	int i;

	vm = vm_create(n);
	vm_enable_cap(vm, KVM_CAP_X86_PV_BOOST, 0);
	add_pages();
	for (i = 0; i < n; i++) {
		vcpus[i] = add_vcpu(i);
		vcpu_args_set(vcpus[i], 1, (u64)i);
	}
}

/* The same, ready for commands, not registered. */
static void create(int n)
{
	int i;

	create_stopped(n);
	for (i = 0; i < n; i++)
		run_vcpu(i);
}

/* The vCPU registers itself as CPU @cpu with page @n; returns the MSR's value. */
static u64 register_vcpu(int i, int n, u32 cpu)
{
	u64 msr = make_page(n, cpu);
	u8 vector = guest_wrmsr(i, msr);

	TEST_ASSERT(!vector, "vCPU %d as CPU %u: WRMSR raised %u", i, cpu, vector);
	return msr;
}

/* A VM of one vCPU, registered as CPU @cpu with page 0. */
static u64 create_registered(u32 cpu)
{
	create(1);
	return register_vcpu(0, 0, cpu);
}

/* The value of @key in the vCPU's debugfs file, or -1. */
static long long shown(int i, const char *key)
{
	char path[128], line[128], name[32], value[64];
	long long result = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%d-%d/vcpu%u/pv_boost",
		 getpid(), vm->fd, vcpus[i]->id);
	f = fopen(path, "r");
	TEST_ASSERT(f, "%s: %s (is debugfs mounted?)", path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%31s %63s", name, value) != 2 || strcmp(name, key))
			continue;
		if (!strcmp(value, "unmapped"))
			result = -2;
		else if (!strcmp(value, "invalid"))
			result = -3;
		else if (strcmp(value, "none"))
			result = strtoull(value, NULL, 0);
	}
	fclose(f);
	return result;
}

#define SHOWN_NONE	-1LL
#define SHOWN_UNMAPPED	-2LL
#define SHOWN_INVALID	-3LL

/* A KVM statistic, summed over the VM's vCPUs. */
static unsigned long long stat_sum(const char *name)
{
	unsigned long long value;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%d-%d/%s", getpid(), vm->fd, name);
	f = fopen(path, "r");
	TEST_ASSERT(f && fscanf(f, "%llu", &value) == 1, "cannot read %s", path);
	fclose(f);
	return value;
}

#define EXPECT(what, want)							\
do {										\
	long long got_ = (long long)(what), want_ = (long long)(want);		\
	TEST_ASSERT(got_ == want_, "%s is %#llx, not %#llx", #what, got_, want_);	\
} while (0)

static void expect_registered(int i, u64 msr, u32 cpu)
{
	EXPECT(shown(i, "msr"), msr);
	EXPECT(shown(i, "cpu"), cpu);
	EXPECT(shown(i, "owns_cpu"), 1);
	EXPECT(shown(i, "wait"), 0);
}

static void expect_unregistered(int i)
{
	EXPECT(shown(i, "cpu"), SHOWN_NONE);
}

/* A WRMSR that must be refused and change nothing. */
static void expect_refused(int i, u64 value, const char *why)
{
	unsigned long long rejected = stat_sum("pv_boost_rejected");
	u64 msr = guest_rdmsr(i);
	long long cpu = shown(i, "cpu");
	u8 vector = guest_wrmsr(i, value);

	TEST_ASSERT(vector == GP_VECTOR, "%s: WRMSR %#lx raised %u, not #GP", why, value, vector);
	TEST_ASSERT(guest_rdmsr(i) == msr, "%s: the MSR changed", why);
	TEST_ASSERT(shown(i, "cpu") == cpu, "%s: the registration changed", why);
	TEST_ASSERT(stat_sum("pv_boost_rejected") == rejected + 1, "%s: not counted", why);
}

/*
 * Tests
 */
static void test_msr_is_saved(void)
{
	TEST_ASSERT(kvm_msr_is_in_save_restore_list(MSR_KVM_PV_BOOST), "not in the list");
}

static void set_mode(const char *mode)
{
	int fd = open(BOOST_PARAM, O_RDWR);

	TEST_ASSERT(fd >= 0, BOOST_PARAM ": %s", strerror(errno));
	TEST_ASSERT(write(fd, mode, strlen(mode)) == strlen(mode), "%s was refused", mode);
	close(fd);
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

/* A page of it, in this process. */
static void *map_device_memory(void)
{
	int fd = open("/dev/mem", O_RDWR);
	void *page;

	TEST_ASSERT(fd >= 0, "/dev/mem: %s", strerror(errno));
	page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, device_memory);
	TEST_ASSERT(page != MAP_FAILED, "mapping %#llx: %s", device_memory, strerror(errno));
	close(fd);
	return page;
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

/* What @name counts of a vCPU beside a hog, with its critical-state word at @gpa */
static u64 counted_beside_hog(const char *name, u64 gpa, u64 wait)
{
	u64 before, msr = make_page(0, 0);
	pthread_t thread;

	page_at(PAGES_GPA)->header.features |= KVM_PV_BOOST_F_CRITICAL;
	page_at(PAGES_GPA)->header.critical_mask = 1;
	page_at(PAGES_GPA)->header.critical_gpa = gpa;
	page_at(PAGES_GPA)->guest.wait = wait;
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

	kvm_pin_this_task_to_pcpu(0);
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

	kvm_pin_this_task_to_pcpu(0);
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

static void test_hints_of_a_vcpu_in_a_nested_guest_are_ignored(void)
{
	const u64 lock = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, 3);
	vm_vaddr_t svm_gva;

	TEST_REQUIRE(kvm_cpu_has(X86_FEATURE_SVM));
	create(1);
	vcpu_alloc_svm(vm, &svm_gva);
	write_guest_global(vm, guest_svm, (struct svm_test_data *)svm_gva);

	register_vcpu(0, 0, 2);
	page_at(PAGES_GPA)->guest.wait = lock;
	EXPECT(shown(0, "wait"), lock);
	*(struct command *)addr_gva2hva(vm, (vm_vaddr_t)&commands[0]) =
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

#define TEST(name) { #name, test_##name }
static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	TEST(msr_is_saved),
	TEST(feature_is_not_in_supported_cpuid),
	TEST(capability_has_bounds),
	TEST(capability_is_not_there_when_off),
	TEST(vmm_that_passes_cpuid_on_has_no_feature),
	TEST(cpuid_bit_without_the_capability_is_nothing),
	TEST(no_msr_without_the_cpuid_bit),
	TEST(registers_with_the_cpuid_bit),
	TEST(bad_msr_values_are_refused),
	TEST(page_the_guest_cannot_write_is_refused),
	TEST(device_memory_is_refused),
	TEST(critical_word_in_device_memory_is_not_read),
	TEST(critical_section_has_grace),
	TEST(bad_headers_are_refused),
	TEST(header_counts_as_it_was_when_registered),
	TEST(wait_word_is_read_and_checked),
	TEST(what_the_guest_does_not_use_is_not_read),
	TEST(service_ends_and_begins_with_the_mode),
	TEST(mode_is_told_when_the_page_is_back),
	TEST(last_claim_of_a_cpu_number_counts),
	TEST(vcpus_may_be_created_and_numbered_in_any_order),
	TEST(4096_numbers_and_duplicates),
	TEST(mapping_follows_memory_slots),
	TEST(registration_races_with_slot_deletion),
	TEST(init_unregisters),
	TEST(userspace_sets_before_the_vcpu_runs),
	TEST(bad_page_does_not_fail_restore),
	TEST(save_and_restore),
	TEST(hints_of_a_vcpu_in_a_nested_guest_are_ignored),
	TEST(hypercall),
};

int main(int argc, char *argv[])
{
	int passed = 0, failed = 0, skipped = 0, status;
	const char *only = NULL;
	unsigned int i;
	pid_t pid;
	int opt;

	while ((opt = getopt(argc, argv, "d:")) != -1) {
		if (opt != 'd') {
			fprintf(stderr, "usage: %s [-d ADDRESS] [PART-OF-NAME]\n"
				"  -d  physical address of device memory, for the test that needs it\n",
				argv[0]);
			return 2;
		}
		device_memory = strtoull(optarg, NULL, 0);
	}
	if (optind < argc)
		only = argv[optind];

	TEST_REQUIRE(!access(BOOST_PARAM, F_OK));
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		if (only && !strstr(tests[i].name, only))
			continue;
		pid = fork();
		if (!pid) {
			tests[i].run();
			exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid) {
			perror(tests[i].name);
			return 1;
		}
		if (status == 0) {
			printf("PASS %s\n", tests[i].name);
			passed++;
		} else if (WIFEXITED(status) && WEXITSTATUS(status) == KSFT_SKIP) {
			printf("SKIP %s\n", tests[i].name);
			skipped++;
		} else {
			printf("FAIL %s (status %#x)\n", tests[i].name, status);
			failed++;
		}
	}
	printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
	return failed || !passed;
}
