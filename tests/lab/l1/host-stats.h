/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the host and KVM count of each guest. Only reads; a difference of two
 * snapshots is what a job did.
 */
#ifndef PVB_L1_HOST_STATS_H
#define PVB_L1_HOST_STATS_H

#include <stdint.h>

#include "vmctl.h"

#define MAX_STATS	96

struct stat_value {
	char name[48];
	uint64_t value;
};

struct vm_snapshot {
	uint64_t vcpu_ns;	/* run time of its vCPU threads */
	uint64_t all_ns;	/* run time of all its threads */
	uint64_t wait_ns;	/* time its vCPU threads were runnable and did not run */
	uint64_t slices;	/* times they were scheduled in */
	unsigned int nr_stats;
	struct stat_value stats[MAX_STATS];
};

/**
 * read_all_schedstats - CPU time of all guests' threads
 * @s: a snapshot for each guest, of which the statistics of KVM stay as they are
 */
void read_all_schedstats(struct vm_snapshot *s);

/**
 * read_all_kvm_stats - KVM's counters of all guests, by name
 * @s: a snapshot for each guest, of which CPU times stay as they are
 */
void read_all_kvm_stats(struct vm_snapshot *s);

#endif
