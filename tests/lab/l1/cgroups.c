// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the cgroups of a layout, and puts the threads of guests where they belong:
 * into these, on pCPUs, into a class.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroups.h"
#include "files.h"

#if REAL_HOST
#define CGROUP		"/sys/fs/cgroup/pvb-compare"
#else
#define CGROUP		"/cg"
#endif

void vm_cgroup(const struct vm *vm, char path[PATH_SIZE])
{
	if (layout == LAYOUT_FLAT)
		format(path, "%s/all", CGROUP);
	else
		format(path, "%s/%s", CGROUP, vm->name);
}

void setup_cgroups(void)
{
	char path[PATH_SIZE], file[PATH_SIZE];

	if (REAL_HOST && access(CGROUP, F_OK))
		return;
	must_write(CGROUP "/cgroup.subtree_control", "+cpu");
	for (unsigned int i = 0; i < nr_vms; i++) {
		vm_cgroup(&vms[i], path);
		make_dir(path);
		if (layout != LAYOUT_VCPU)
			continue;
		/* As libvirt does: one group for each vCPU, one for the rest. */
		for (unsigned int v = 0; v <= vms[i].vcpus; v++) {
			if (v < vms[i].vcpus)
				format(file, "%s/vcpu%u", path, v);
			else
				format(file, "%s/emulator", path);
			make_dir(file);
			strcat(file, "/cgroup.type");
			must_write(file, "threaded");
		}
		format(file, "%s/cgroup.subtree_control", path);
		must_write(file, "+cpu");
	}
}

/* Finds the guest's vCPU threads; returns false while QEMU has not made them all. */
static bool find_vcpu_threads(struct vm *vm)
{
	char path[PATH_SIZE], comm[64];
	unsigned int found = 0, cpu;
	struct dirent *de;
	DIR *dir;

	format(path, "/proc/%d/task", vm->pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while ((de = readdir(dir))) {
		pid_t tid = atoi(de->d_name);

		if (!tid)
			continue;
		format(path, "/proc/%d/task/%d/comm", vm->pid, tid);
		if (read_text(path, comm, sizeof(comm)) &&
		    sscanf(comm, "CPU %u/KVM", &cpu) == 1 && cpu < vm->vcpus) {
			vm->vcpu_tid[cpu] = tid;
			found++;
		}
	}
	closedir(dir);
	return found == vm->vcpus;
}

bool is_vcpu(const struct vm *vm, pid_t tid)
{
	for (unsigned int v = 0; v < vm->vcpus; v++)
		if (vm->vcpu_tid[v] == tid)
			return true;
	return false;
}

/* C libraries before glibc 2.41 have no call for it, and no slice. */
static void set_class(const struct vm *vm)
{
	bool fifo = !strcmp(vm->policy, "fifo");
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr = {
		.size = sizeof(attr),
		.policy = fifo ? SCHED_FIFO : SCHED_OTHER,
		.priority = fifo,
		.runtime = vm->slice_us * 1000ULL,
	};

	for (unsigned int v = 0; v < vm->vcpus; v++)
		if (syscall(SYS_sched_setattr, vm->vcpu_tid[v], &attr, 0))
			die(EX_LAB, "guest %s: cannot set class and slice of vCPU %u: %s",
			    vm->name, v, strerror(errno));
}

static void pin_vcpus(const struct vm *vm)
{
	cpu_set_t all, one;
	int cpu = -1;

	if (sched_getaffinity(vm->pid, sizeof(all), &all))
		die(EX_LAB, "guest %s: its pCPUs: %s", vm->name, strerror(errno));
	for (unsigned int v = 0; v < vm->vcpus; v++) {
		do
			cpu = (cpu + 1) % CPU_SETSIZE;
		while (!CPU_ISSET(cpu, &all));
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(vm->vcpu_tid[v], sizeof(one), &one))
			die(EX_LAB, "guest %s: cannot pin vCPU %u: %s", vm->name,
			    v, strerror(errno));
	}
}

/* Threads that it starts later get the cookie, too. */
static void give_core_cookie(const struct vm *vm)
{
	if (prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, vm->pid,
		  PR_SCHED_CORE_SCOPE_THREAD_GROUP, 0))
		die(EX_LAB, "guest %s: no core scheduling: %s (pCPUs without threads?)",
		    vm->name, strerror(errno));
}

/* A period of 10 ms: in one of 100 ms a short run would be throttled once or never. */
static void limit_time(const struct vm *vm)
{
	char path[PATH_SIZE], text[32];

	vm_cgroup(vm, path);
	strcat(path, "/cpu.max");
	snprintf(text, sizeof(text), "%u 10000", vm->max * 100);
	must_write(path, text);
}

void place_threads(struct vm *vm)
{
	char group[PATH_SIZE], path[PATH_SIZE], tid_text[16];
	struct dirent *de;
	DIR *dir;

	if (vm->placed || !find_vcpu_threads(vm))
		return;
	vm->placed = true;
	if (vm->slice_us || strcmp(vm->policy, "other"))
		set_class(vm);
	if (vm->pin)
		pin_vcpus(vm);
	if (vm->core)
		give_core_cookie(vm);
	if (vm->max)
		limit_time(vm);
	if (layout != LAYOUT_VCPU)
		return;

	vm_cgroup(vm, group);
	for (unsigned int v = 0; v < vm->vcpus; v++) {
		format(path, "%s/vcpu%u/cgroup.threads", group, v);
		snprintf(tid_text, sizeof(tid_text), "%d", vm->vcpu_tid[v]);
		must_write(path, tid_text);
	}
	format(path, "/proc/%d/task", vm->pid);
	dir = opendir(path);
	while (dir && (de = readdir(dir))) {
		pid_t tid = atoi(de->d_name);

		if (!tid || is_vcpu(vm, tid))
			continue;
		format(path, "%s/emulator/cgroup.threads", group);
		/* A worker thread may have ended meanwhile, which does no harm. */
		try_write(path, de->d_name);
	}
	if (dir)
		closedir(dir);
}
