// SPDX-License-Identifier: GPL-2.0
/*
 * Starts guests, talks with them, and decides when each may go on. A guest that ends
 * without its nonce, or says nothing for too long, ends vmctl.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroups.h"
#include "files.h"
#include "guests.h"
#include "measure.h"

#define MAX_APIC_CPUS	255	/* beyond, QEMU wants another machine */

static uint64_t last_word_ns;	/* when the measured guest last said something */

static const char *kernel_params(const struct vm *vm, char buf[1024])
{
	snprintf(buf, 1024,
		 "console=ttyS0 loglevel=5 panic=-1 8250.nr_uarts=2 cryptomgr.notests no_timer_check%s pvb.jobs=%s pvb.ms=%u pvb.warm=%u pvb.seed=%u pvb.repeat=%u pvb.nonce=%s%s %s",
		 strcmp(vm->locks, "native") ? "" : " nopvspin",
		 vm->jobs, vm->ms, vm->warm_ms, vm->seed, vm->repeat, vm->nonce,
		 vm == vms ? "" : " pvb.loop=1", vm->append);
	return buf;
}

static const char *cpu_flags(const struct vm *vm, char buf[512])
{
	snprintf(buf, 512, "host%s%s%s%s",
		 strcmp(vm->locks, "tas") ? "" : ",kvm-pv-unhalt=off",
		 strcmp(vm->tlb, "off") ? "" : ",kvm-pv-tlb-flush=off",
		 vm->cpu[0] ? "," : "", vm->cpu);
	/* '+' joins flags on our command line, ',' on QEMU's. */
	for (char *p = buf; *p; p++)
		if (*p == '+')
			*p = ',';
	return buf;
}

void start_vm(struct vm *vm)
{
	char group[PATH_SIZE], console[PATH_SIZE], log[PATH_SIZE], name[64], smp[16], mem[16];
	char params[1024], flags[512];
	const char *machine = vm->vcpus <= MAX_APIC_CPUS ?
		"pc,vmport=off,smm=off,hpet=off" :
		"q35,vmport=off,smm=off,hpet=off,kernel-irqchip=split";
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die(EX_LAB, "pipe: %s", strerror(errno));
	vm_cgroup(vm, group);
	strcat(group, "/cgroup.procs");
	format(console, "file:%s/%s.console", out_dir, vm->name);
	format(log, "%s/%s.qemu", out_dir, vm->name);
	snprintf(name, sizeof(name), "%s,debug-threads=on", vm->name);
	snprintf(smp, sizeof(smp), "%u", vm->vcpus);
	snprintf(mem, sizeof(mem), "%u", vm->mem_mib);
	vm->lines = open_out(vm->name, ".out");

	vm->pid = fork();
	if (vm->pid < 0)
		die(EX_LAB, "fork: %s", strerror(errno));
	if (!vm->pid) {
		int log_fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		struct sched_param normal = { 0 };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sched_setscheduler(0, SCHED_OTHER, &normal);
		if ((!REAL_HOST || !access(group, F_OK)) && !try_write(group, "0"))
			_exit(EX_LAB);
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(log_fd, 2);
		execlp("qemu-system-x86_64", "qemu-system-x86_64",
		       "-accel", "kvm", "-cpu", cpu_flags(vm, flags),
		       "-M", machine,
		       "-smp", smp, "-m", mem, "-name", name,
		       "-nodefaults", "-no-user-config", "-display", "none",
		       "-no-reboot", "-L", "/share/qemu",
		       "-chardev", "stdio,id=results,signal=off",
		       "-serial", console, "-serial", "chardev:results",
		       "-kernel", vm->kernel, "-initrd", vm->initrd,
		       "-append", kernel_params(vm, params), (char *)NULL);
		_exit(EX_LAB);
	}
	close(in[0]);
	close(out[1]);
	vm->to_guest = in[1];
	vm->from_guest = out[0];
	fcntl(vm->from_guest, F_SETFL, O_NONBLOCK);
}

static void let_go(struct vm *vm)
{
	vm->state = VM_BUSY;
	if (write(vm->to_guest, "go\n", 3) != 3)
		die(EX_GUEST_LOST, "guest %s takes no input", vm->name);
}

/*
 * Company starts when all guests are up, the measured guest when all company is
 * at work. Company's later jobs need not wait.
 */
static void release_ready(void)
{
	bool company_at_work = true;

	for (unsigned int i = 0; i < nr_vms; i++)
		if (vms[i].state == VM_BOOTING)
			return;
	for (unsigned int i = 1; i < nr_vms; i++) {
		if (vms[i].state == VM_READY)
			let_go(&vms[i]);
		company_at_work &= vms[i].at_work;
	}
	if (vms[0].state == VM_READY && company_at_work)
		let_go(&vms[0]);
}

static void handle_line(struct vm *vm, char *line)
{
	char nonce[32];
	int code;

	fprintf(vm->lines, "%s\n", line);
	if (vm == vms)
		last_word_ns = now_ns();
	if (!strncmp(line, "ready ", 6)) {
		place_threads(vm);
		if (!vm->placed)
			die(EX_LAB, "guest %s: vCPU threads not found", vm->name);
		vm->state = VM_READY;
		vm->asked++;
	} else if (!strncmp(line, "begin ", 6)) {
		vm->at_work = true;
		if (vm == vms)
			job_begins();
	} else if (!strncmp(line, "end ", 4)) {
		if (vm == vms)
			job_ends(vm, line);
	} else if (sscanf(line, "exit %d %31s", &code, nonce) == 2 &&
		   !strcmp(nonce, vm->nonce)) {
		vm->exit_code = code;
		vm->state = VM_DONE;
	}
	release_ready();
}

/* Returns false at end of file: the guest's QEMU is gone. */
static bool read_guest(struct vm *vm)
{
	char buf[512];
	ssize_t n = read(vm->from_guest, buf, sizeof(buf));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] == '\r')
			continue;
		if (buf[i] != '\n') {
			if (vm->line_len < sizeof(vm->line) - 1)
				vm->line[vm->line_len++] = buf[i];
			continue;
		}
		vm->line[vm->line_len] = '\0';
		vm->line_len = 0;
		handle_line(vm, vm->line);
	}
	return n > 0;
}

void run_guests(void)
{
	struct pollfd fds[MAX_VMS];

	last_word_ns = now_ns();
	while (vms[0].state != VM_DONE) {
		bool waiting_for_threads = false;

		for (unsigned int i = 0; i < nr_vms; i++) {
			fds[i] = (struct pollfd){ vms[i].from_guest, POLLIN, 0 };
			place_threads(&vms[i]);
			waiting_for_threads |= !vms[i].placed;
		}
		if (poll(fds, nr_vms, waiting_for_threads ? 5 : 1000) < 0 &&
		    errno != EINTR)
			die(EX_LAB, "poll: %s", strerror(errno));
		for (unsigned int i = 0; i < nr_vms; i++)
			if (fds[i].revents && !read_guest(&vms[i]) &&
			    vms[i].state != VM_DONE)
				die(EX_GUEST_LOST, "guest %s ended without its result: see %s/%s.console",
				    vms[i].name, out_dir, vms[i].name);
		if (now_ns() - last_word_ns > limit_s * 1000000000ull)
			die(EX_GUEST_LATE, "no word from guest %s for %u s, its state is %d",
			    vms[0].name, limit_s, vms[0].state);
	}
}

void stop_guests(void)
{
	for (unsigned int i = 1; i < nr_vms; i++)
		kill(vms[i].pid, SIGTERM);
	for (unsigned int i = 0; i < nr_vms; i++)
		if (waitpid(vms[i].pid, NULL, 0) < 0)
			die(EX_LAB, "waitpid: %s", strerror(errno));
}
