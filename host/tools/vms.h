/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMs of this host, and what KVM counts of each: counters as debugfs shows them,
 * summed over vCPUs, and histograms, which only the statistics files have that a VMM
 * keeps open.
 */
#ifndef PVB_TOP_VMS_H
#define PVB_TOP_VMS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KVM_DIR		"/sys/kernel/debug/kvm"

/* KVM's names; all of them are known to each kernel with pv-boost. */
#define VM_COUNTERS(C)			\
	C(boost_asked)			\
	C(boost_halts)			\
	C(boost_hinted)			\
	C(boost_yields)			\
	C(boost_next)			\
	C(boost_advanced)		\
	C(boost_moved)			\
	C(boost_refused)		\
	C(boost_running)		\
	C(boost_none)			\
	C(boost_stale)			\
	C(boost_invalid)		\
	C(boost_graces)			\
	C(boost_grace_cut)		\
	C(boost_latency_advances)	\
	C(boost_latency_refused)	\
	C(pv_boost_registered)

#define VM_HISTOGRAMS(H)		\
	H(yield_delay_hist)		\
	H(boost_critical_off_hist)

#define VM_INDEX(name)	VM_##name,
#define VM_NAME(name)	#name,
enum vm_counter { VM_COUNTERS(VM_INDEX) VM_NR_COUNTERS };
enum vm_histogram { VM_HISTOGRAMS(VM_INDEX) VM_NR_HISTOGRAMS };

extern const char *const vm_counter_names[VM_NR_COUNTERS];

#define HIST_BUCKETS	64	/* KVM has 32 at most */

/*
 * Bucket 0 counts zeros, bucket n what is from 2^(n-1) ns to below 2^n ns, the last one
 * all that is longer.
 */
struct histogram {
	unsigned int buckets;
	uint64_t bucket[HIST_BUCKETS];
};

#define HIST_LONGER	UINT64_MAX

struct vm {
	char dir[48];		/* "TASK-FD", below KVM_DIR: the task that made the VM */
	pid_t pid;		/* that task's process */
	char name[33];		/* printable; of the command line, or the VMM's */
	unsigned int vcpus;
	uint64_t count[VM_NR_COUNTERS];
	bool has_histograms;
	struct histogram hist[VM_NR_HISTOGRAMS];
};

struct vms {
	struct vm *vm;
	size_t nr;
};

int vms_read(struct vms *vms, pid_t only);
void vms_free(struct vms *vms);
struct vm *vms_find(const struct vms *vms, const char *dir);

void histograms_read(struct vm *vm);
uint64_t histogram_percentile(const struct histogram *hist, unsigned int percent);

#endif
