// SPDX-License-Identifier: GPL-2.0
/*
 * Histograms of a VM, from the binary statistics of its vCPUs (Linux:
 * Documentation/virt/kvm/api.rst, KVM_GET_STATS_FD). A VMM such as QEMU has opened these
 * files; they are borrowed for one look (pidfd_getfd()), because an open one would keep a
 * VM that has ended.
 */

#include <dirent.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vms.h"

/* More than any kernel has: what is longer is not understood. */
#define MAX_DESCS	1024
#define MAX_NAME	256
#define MAX_VCPUS	4096	/* of a VM, by KVM's Kconfig */

static const char *const hist_names[] = { VM_HISTOGRAMS(VM_NAME) };

static bool read_at(int fd, void *buf, size_t size, off_t at)
{
	return pread(fd, buf, size, at) == (ssize_t)size;
}

static bool add_histogram(int fd, off_t at, unsigned int buckets, struct histogram *hist)
{
	uint64_t value[HIST_BUCKETS];
	unsigned int i;

	if (buckets > HIST_BUCKETS || !read_at(fd, value, buckets * sizeof(*value), at))
		return false;
	hist->buckets = buckets;
	for (i = 0; i < buckets; i++)
		hist->bucket[i] += value[i];
	return true;
}

static void add_one(int fd, off_t data, const struct kvm_stats_desc *desc, size_t name_size,
		    struct vm *vm)
{
	int i;

	if ((desc->flags & KVM_STATS_TYPE_MASK) != KVM_STATS_TYPE_LOG_HIST)
		return;
	for (i = 0; i < VM_NR_HISTOGRAMS; i++) {
		if (!strncmp(desc->name, hist_names[i], name_size) &&
		    add_histogram(fd, data + desc->offset, desc->size, &vm->hist[i]))
			vm->has_histograms = true;
	}
}

/* Adds one vCPU's to the VM's. */
static void add_vcpu(int fd, struct vm *vm)
{
	struct kvm_stats_header h;
	size_t step, i;
	char *descs;

	if (!read_at(fd, &h, sizeof(h), 0) || h.num_desc > MAX_DESCS || h.name_size > MAX_NAME)
		return;
	step = sizeof(struct kvm_stats_desc) + h.name_size;
	descs = malloc(h.num_desc * step);
	if (descs && read_at(fd, descs, h.num_desc * step, h.desc_offset)) {
		for (i = 0; i < h.num_desc; i++)
			add_one(fd, h.data_offset, (void *)(descs + i * step), h.name_size, vm);
	}
	free(descs);
}

/* The vCPU that a file of a process is the statistics of, or -1. */
static int vcpu_of(int dir, const char *name)
{
	static const char is_stats[] = "anon_inode:kvm-vcpu-stats:";
	char link[64];
	ssize_t len = readlinkat(dir, name, link, sizeof(link) - 1);

	if (len < (ssize_t)sizeof(is_stats) || memcmp(link, is_stats, sizeof(is_stats) - 1))
		return -1;
	link[len] = 0;
	return atoi(link + sizeof(is_stats) - 1);
}

/* Meanwhile the process may have put another file in its place, whose reads never end. */
static bool is_still(int fd, int vcpu)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return vcpu_of(AT_FDCWD, path) == vcpu;
}

/**
 * histograms_read() - read the histograms of all vCPUs of a VM
 * @vm: its @hist and @has_histograms are set; without a VMM that keeps statistics files
 *      open, or permission to look at them, there are none
 */
void histograms_read(struct vm *vm)
{
	static bool seen[MAX_VCPUS];
	int pidfd = syscall(SYS_pidfd_open, vm->pid, 0), fd, vcpu;
	struct dirent *entry;
	char path[64];
	DIR *d;

	memset(seen, 0, sizeof(seen));
	snprintf(path, sizeof(path), "/proc/%d/fd", vm->pid);
	d = pidfd < 0 ? NULL : opendir(path);
	while (d && (entry = readdir(d))) {
		vcpu = vcpu_of(dirfd(d), entry->d_name);
		if (vcpu < 0 || vcpu >= MAX_VCPUS || seen[vcpu])
			continue;
		seen[vcpu] = true;
		fd = syscall(SYS_pidfd_getfd, pidfd, atoi(entry->d_name), 0);
		if (fd < 0)
			continue;
		if (is_still(fd, vcpu))
			add_vcpu(fd, vm);
		close(fd);
	}
	if (d)
		closedir(d);
	if (pidfd >= 0)
		close(pidfd);
}

/**
 * histogram_percentile() - what so much of a histogram is below
 * @hist: the histogram
 * @percent: 1 to 100
 *
 * Return: the upper end of the bucket, ns; HIST_LONGER if it has none; 0 if nothing was
 * counted.
 */
uint64_t histogram_percentile(const struct histogram *hist, unsigned int percent)
{
	uint64_t sum = 0, below = 0;
	unsigned int i;

	for (i = 0; i < hist->buckets; i++)
		sum += hist->bucket[i];
	if (!sum)
		return 0;
	for (i = 0; i < hist->buckets - 1; i++) {
		below += hist->bucket[i];
		if (below >= sum - sum * (100 - percent) / 100)
			return 1ULL << i;
	}
	return HIST_LONGER;
}
