// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the VMs of this host and reads their counters, which debugfs has for root.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vms.h"

const char *const vm_counter_names[] = { VM_COUNTERS(VM_NAME) };

/* Reads at most @size - 1 bytes of a file and ends them with 0; their number, or -1. */
static ssize_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -1;
	got = read(fd, buf, size - 1);
	close(fd);
	buf[got < 0 ? 0 : got] = 0;
	return got;
}

static int read_number(const char *path, uint64_t *value)
{
	char buf[32];

	errno = 0;
	if (read_file(path, buf, sizeof(buf)) < 0)
		return -errno;
	return sscanf(buf, "%" SCNu64, value) == 1 ? 0 : -EINVAL;
}

/* A VM may have been made by a thread; its own number if it is gone. */
static pid_t process_of(pid_t task)
{
	char path[64], status[4096], *tgid;
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/status", task);
	if (read_file(path, status, sizeof(status)) < 0)
		return task;
	tgid = strstr(status, "\nTgid:");
	return tgid && sscanf(tgid, "\nTgid: %d", &pid) == 1 ? pid : task;
}

/* What a user gave a VM for a name must not reach a terminal as it is. */
static void set_name(struct vm *vm, const char *from, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < sizeof(vm->name) - 1; i++)
		vm->name[i] = isgraph((unsigned char)from[i]) ? from[i] : '?';
	vm->name[i] = 0;
}

/* QEMU's "-name NAME", "-name guest=NAME,..."; the name of another VMM's process. */
static void read_name(struct vm *vm)
{
	char path[64], args[16384], *arg, *end;
	ssize_t got;

	set_name(vm, "?", 1);
	snprintf(path, sizeof(path), "/proc/%d/comm", vm->pid);
	got = read_file(path, args, sizeof(args));
	if (got > 1)
		set_name(vm, args, got - 1);

	snprintf(path, sizeof(path), "/proc/%d/cmdline", vm->pid);
	got = read_file(path, args, sizeof(args));
	end = args + (got < 0 ? 0 : got);
	for (arg = args; arg < end; arg += strlen(arg) + 1) {
		if (strcmp(arg, "-name") && strcmp(arg, "--name"))
			continue;
		arg += strlen(arg) + 1;
		if (arg >= end)
			break;
		if (!strncmp(arg, "guest=", 6))
			arg += 6;
		if (*arg && *arg != ',')
			set_name(vm, arg, strcspn(arg, ","));
	}
}

static unsigned int count_vcpus(const char *dir)
{
	unsigned int n = 0;
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d)))
		n += !strncmp(entry->d_name, "vcpu", 4);
	if (d)
		closedir(d);
	return n;
}

/* -ENOENT: the VM is gone; -ENODATA: the kernel does not have a counter. */
static int read_vm(struct vm *vm)
{
	char dir[80], path[160];
	int i, err;

	snprintf(dir, sizeof(dir), KVM_DIR "/%s", vm->dir);
	vm->vcpus = count_vcpus(dir);
	for (i = 0; i < VM_NR_COUNTERS; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, vm_counter_names[i]);
		err = read_number(path, &vm->count[i]);
		if (err == -ENOENT && !access(dir, F_OK))
			return -ENODATA;
		if (err)
			return err == -EIO ? -ENOENT : err;	/* removed after the open */
	}
	read_name(vm);
	histograms_read(vm);
	return 0;
}

/* Statistics files are a process's: of which of its VMs they are is not known. */
static void forget_shared_histograms(struct vms *vms)
{
	size_t i, j;

	for (i = 0; i < vms->nr; i++) {
		for (j = 0; j < i; j++) {
			if (vms->vm[i].pid != vms->vm[j].pid)
				continue;
			vms->vm[i].has_histograms = false;
			vms->vm[j].has_histograms = false;
		}
	}
}

/**
 * vms_read() - read the counters of all VMs
 * @vms: filled; to be freed by vms_free()
 * @only: the VMM's process, or 0 for all
 *
 * Return: 0, or a negative error number: -EACCES (not root), -ENOENT (no debugfs, no KVM),
 * -EPERM (debugfs is locked down), -ENODATA (a counter is missing), -ENOMEM.
 */
int vms_read(struct vms *vms, pid_t only)
{
	struct dirent *entry;
	DIR *d = opendir(KVM_DIR);
	int err = 0;

	*vms = (struct vms){ };
	if (!d)
		return -errno;
	while ((entry = readdir(d))) {
		struct vm vm = { }, *more;
		int task, fd, len = 0;

		if (sscanf(entry->d_name, "%d-%d%n", &task, &fd, &len) != 2 ||
		    entry->d_name[len] || (size_t)len >= sizeof(vm.dir))
			continue;
		vm.pid = process_of(task);
		if (only && vm.pid != only)
			continue;
		memcpy(vm.dir, entry->d_name, len);
		err = read_vm(&vm);
		if (err == -ENOENT) {
			err = 0;
			continue;
		}
		more = err ? NULL : realloc(vms->vm, (vms->nr + 1) * sizeof(vm));
		if (!more) {
			err = err ?: -ENOMEM;
			break;
		}
		vms->vm = more;
		vms->vm[vms->nr++] = vm;
	}
	closedir(d);
	forget_shared_histograms(vms);
	return err;
}

/**
 * vms_free() - free what vms_read() made
 * @vms: empty afterwards
 */
void vms_free(struct vms *vms)
{
	free(vms->vm);
	*vms = (struct vms){ };
}

/**
 * vms_find() - find a VM
 * @vms: where
 * @dir: its name below KVM_DIR
 *
 * Return: the VM, or NULL.
 */
struct vm *vms_find(const struct vms *vms, const char *dir)
{
	size_t i;

	for (i = 0; i < vms->nr; i++) {
		if (!strcmp(vms->vm[i].dir, dir))
			return &vms->vm[i];
	}
	return NULL;
}
