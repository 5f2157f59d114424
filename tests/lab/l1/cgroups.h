/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cgroup layouts: one group for all guests (flat), one for each guest (vm), and in
 * each of these one for each vCPU and one for the rest (vcpu), as libvirt does it.
 */
#ifndef PVB_L1_CGROUPS_H
#define PVB_L1_CGROUPS_H

#include <stdbool.h>
#include <sys/types.h>

#include "files.h"
#include "vmctl.h"

/**
 * setup_cgroups - makes the cgroups that all guests of this layout need
 */
void setup_cgroups(void);

/**
 * vm_cgroup - the cgroup in which a guest's process starts
 * @vm: the guest
 * @path: for its path
 */
void vm_cgroup(const struct vm *vm, char path[PATH_SIZE]);

/**
 * place_threads - puts a guest's threads where they belong, once it has all vCPUs
 * @vm: the guest; @vm->placed says afterwards whether that has been done
 */
void place_threads(struct vm *vm);

/**
 * is_vcpu - is this thread one of the guest's vCPUs?
 * @vm: the guest, whose threads have been found
 * @tid: the thread
 */
bool is_vcpu(const struct vm *vm, pid_t tid);

#endif
