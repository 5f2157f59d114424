// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the CPU time of guests' threads and KVM's counters of each guest.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "cgroups.h"
#include "files.h"
#include "host-stats.h"

#define KVM_DEBUGFS	"/sys/kernel/debug/kvm"

static void read_schedstat(struct vm *vm, struct vm_snapshot *s)
{
	char path[PATH_SIZE], text[128];
	struct dirent *de;
	DIR *dir;

	s->vcpu_ns = s->all_ns = s->wait_ns = s->slices = 0;
	format(path, "/proc/%d/task", vm->pid);
	dir = opendir(path);
	if (!dir)
		die(EX_GUEST_LOST, "guest %s: its QEMU is gone", vm->name);
	while ((de = readdir(dir))) {
		unsigned long long run, wait, slices;
		pid_t tid = atoi(de->d_name);

		if (!tid)
			continue;
		format(path, "/proc/%d/task/%d/schedstat", vm->pid, tid);
		if (!read_text(path, text, sizeof(text)) ||
		    sscanf(text, "%llu %llu %llu", &run, &wait, &slices) != 3)
			continue;
		s->all_ns += run;
		if (is_vcpu(vm, tid)) {
			s->vcpu_ns += run;
			s->wait_ns += wait;
			s->slices += slices;
		}
	}
	closedir(dir);
}

/* Only counters are of use: a gauge's difference would mean nothing. */
static bool is_counter(const char *name)
{
	static const char * const known[] = {
		"exits", "irq_exits", "halt_exits", "halt_wakeup", "hypercalls",
		"signal_exits", "irq_injections", "irq_window_exits", "io_exits",
		"host_state_reload", "request_irq_exits", "insn_emulation",
		"tlb_flush", "remote_tlb_flush", "remote_tlb_flush_requests",
		"directed_yield_attempted", "directed_yield_successful",
		"preemption_reported", "preemption_other", "pf_taken",
		"halt_successful_poll", "halt_attempted_poll",
		"halt_poll_success_ns", "halt_poll_fail_ns", "halt_wait_ns",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(name, known[i]))
			return true;
	return !strncmp(name, "boost_", 6);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct stat_value *)a)->name,
		      ((const struct stat_value *)b)->name);
}

static void read_kvm_stats(struct vm *vm, struct vm_snapshot *s)
{
	char dir_path[PATH_SIZE] = "", path[PATH_SIZE], text[64], prefix[32];
	struct dirent *de;
	DIR *dir;

	s->nr_stats = 0;
	snprintf(prefix, sizeof(prefix), "%d-", vm->pid);
	dir = opendir(KVM_DEBUGFS);
	if (!dir)
		return;
	while ((de = readdir(dir)))
		if (!strncmp(de->d_name, prefix, strlen(prefix)))
			format(dir_path, "%s/%.64s", KVM_DEBUGFS, de->d_name);
	closedir(dir);

	dir = dir_path[0] ? opendir(dir_path) : NULL;
	if (!dir)
		return;
	while ((de = readdir(dir)) && s->nr_stats < MAX_STATS) {
		struct stat_value *v = &s->stats[s->nr_stats];

		if (!is_counter(de->d_name))
			continue;
		format(path, "%.128s/%.64s", dir_path, de->d_name);
		if (!read_text(path, text, sizeof(text)))
			continue;
		snprintf(v->name, sizeof(v->name), "%.47s", de->d_name);
		v->value = strtoull(text, NULL, 0);
		s->nr_stats++;
	}
	closedir(dir);
	qsort(s->stats, s->nr_stats, sizeof(s->stats[0]), by_name);
}

void read_all_schedstats(struct vm_snapshot *s)
{
	for (unsigned int i = 0; i < nr_vms; i++)
		read_schedstat(&vms[i], &s[i]);
}

void read_all_kvm_stats(struct vm_snapshot *s)
{
	for (unsigned int i = 0; i < nr_vms; i++)
		read_kvm_stats(&vms[i], &s[i]);
}
