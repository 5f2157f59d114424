/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of pv_boost_test share: VMs with pages, commands to their guest, what
 * KVM made of it as the vCPU's debugfs file says, and expectations. No tests: those are
 * in pv_boost_test_*.c. Included by one program only, hence not inline.
 */
#ifndef SELFTEST_KVM_PV_BOOST_TEST_H
#define SELFTEST_KVM_PV_BOOST_TEST_H

#include <pthread.h>
#include <sys/mman.h>

#include "pv_boost_test_guest.h"

#define BOOST_PARAM	"/sys/module/kvm/parameters/boost"

/*
 * Where a page of memory is that the host's kernel does not know: a device's, or
 * RAM behind what mem= on its command line leaves.
 */
static unsigned long long device_memory;

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
	struct command *c = addr_gva2hva(vm, (gva_t)&commands[i]);

	*c = (struct command){ .op = op, .arg = arg };
	run_vcpu(i);
	c = addr_gva2hva(vm, (gva_t)&commands[i]);
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

static void set_mode(const char *mode)
{
	int fd = open(BOOST_PARAM, O_RDWR);

	TEST_ASSERT(fd >= 0, BOOST_PARAM ": %s", strerror(errno));
	TEST_ASSERT(write(fd, mode, strlen(mode)) == strlen(mode), "%s was refused", mode);
	close(fd);
}

/* A page of device memory, in this process. */
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

#endif
