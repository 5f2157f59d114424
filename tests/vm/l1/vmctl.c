// SPDX-License-Identifier: GPL-2.0
/*
 * vmctl: starts guests in L1, lines their jobs up, and measures them from the
 * host's side.
 *
 * The first --vm is the one measured; the others are company (a hog, say) whose
 * jobs repeat until the first is done. No job starts before all guests are up,
 * and none of the measured guest before all company is at work. At the "begin"
 * and "end" line of each job vmctl reads what host and KVM know of every guest
 * (CPU time of its threads, KVM's statistics, PAUSE exits from the kvm_exit
 * tracepoint) and writes the differences to cell.tsv, pauses.tsv and timeline.tsv.
 *
 * It decides nothing about what the figures mean: that is pvb-stat's work,
 * outside. A guest that ends without its nonce, or not in time, is a failure.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroups.h"
#include "files.h"
#include "measure.h"
#include "pauses.h"
#include "vmctl.h"

#define MAX_APIC_CPUS	255	/* beyond, QEMU wants another machine */

struct vm vms[MAX_VMS];
unsigned int nr_vms;
enum layout layout = LAYOUT_FLAT;
const char *out_dir = "/out";
unsigned int limit_s = 240;
static uint64_t last_word_ns;	/* when the measured guest said something */

void die(int code, const char *fmt, ...)
{
	va_list ap;

	fputs("vmctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	for (unsigned int i = 0; i < nr_vms; i++)
		if (vms[i].pid > 0)
			kill(vms[i].pid, SIGKILL);
	exit(code);
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* ---- guests ------------------------------------------------------------- */

static const char *kernel_params(const struct vm *vm, char buf[1024])
{
	snprintf(buf, 1024,
		 "console=ttyS0 loglevel=5 panic=-1 8250.nr_uarts=2 cryptomgr.notests no_timer_check%s pvb.jobs=%s pvb.ms=%u pvb.warm=%u pvb.seed=%u pvb.nonce=%s%s %s",
		 strcmp(vm->locks, "native") ? "" : " nopvspin",
		 vm->jobs, vm->ms, vm->warm_ms, vm->seed, vm->nonce,
		 vm == vms ? "" : " pvb.loop=1", vm->append);
	return buf;
}

static const char *cpu_flags(const struct vm *vm, char buf[512])
{
	snprintf(buf, 512, "host%s%s%s%s",
		 strcmp(vm->locks, "tas") ? "" : ",kvm-pv-unhalt=off",
		 strcmp(vm->tlb, "off") ? "" : ",kvm-pv-tlb-flush=off",
		 vm->cpu[0] ? "," : "", vm->cpu);
	/* '+' joins flags on our command line, ',' on QEMU's */
	for (char *p = buf; *p; p++)
		if (*p == '+')
			*p = ',';
	return buf;
}

static void start_vm(struct vm *vm)
{
	char group[256], console[256], log[256], name[64], smp[16], mem[16];
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
		if (!try_write(group, "0"))
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

/* false at end of file: the guest's QEMU is gone */
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

static void run_guests(void)
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

/* The measured guest powers itself off; company is ended. */
static void stop_guests(void)
{
	for (unsigned int i = 1; i < nr_vms; i++)
		kill(vms[i].pid, SIGTERM);
	for (unsigned int i = 0; i < nr_vms; i++)
		if (waitpid(vms[i].pid, NULL, 0) < 0)
			die(EX_LAB, "waitpid: %s", strerror(errno));
}

/* ---- options ------------------------------------------------------------ */

static unsigned int parse_number(const char *key, const char *text,
				 unsigned int min, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || n < min || n > max)
		die(EX_BAD_USE, "%s=%s: want a number from %u to %u", key, text, min, max);
	return (unsigned int)n;
}

static void parse_choice(const char *key, const char *text, const char *allowed)
{
	char with_bars[64];

	snprintf(with_bars, sizeof(with_bars), "|%s|", text);
	if (!strstr(allowed, with_bars))
		die(EX_BAD_USE, "%s=%s: want one of %s", key, text, allowed);
}

static void parse_vm_option(struct vm *vm, const char *key, const char *value)
{
	if (!strcmp(key, "vcpus"))
		vm->vcpus = parse_number(key, value, 1, MAX_VCPUS);
	else if (!strcmp(key, "mem"))
		vm->mem_mib = parse_number(key, value, 64, 65536);
	else if (!strcmp(key, "ms"))
		vm->ms = parse_number(key, value, 1, 3600000);
	else if (!strcmp(key, "warm"))
		vm->warm_ms = parse_number(key, value, 0, 3600000);
	else if (!strcmp(key, "seed"))
		vm->seed = parse_number(key, value, 0, UINT32_MAX);
	else if (!strcmp(key, "start_us"))
		vm->start_us = parse_number(key, value, 0, 10000000);
	else if (!strcmp(key, "locks"))
		parse_choice(key, vm->locks = value, "|native|tas|pv|");
	else if (!strcmp(key, "tlb"))
		parse_choice(key, vm->tlb = value, "|on|off|");
	else if (!strcmp(key, "cpu"))
		vm->cpu = value;
	else if (!strcmp(key, "jobs"))
		vm->jobs = value;
	else if (!strcmp(key, "initrd"))
		vm->initrd = value;
	else if (!strcmp(key, "kernel"))
		vm->kernel = value;
	else
		die(EX_BAD_USE, "--vm knows no '%s'; see vmctl --help", key);
}

/* "NAME:key=value,key=value,append=all the rest" */
static void parse_vm(char *text)
{
	struct vm *vm = &vms[nr_vms];
	char *save, *item, *append;

	if (nr_vms == MAX_VMS)
		die(EX_BAD_USE, "more than %d guests", MAX_VMS);
	*vm = (struct vm){
		.vcpus = 1, .mem_mib = 192, .ms = 1000, .warm_ms = 200, .seed = 1,
		.locks = "pv", .tlb = "on", .cpu = "", .jobs = "", .append = "",
		.initrd = "/l2/l2.cpio", .kernel = "/l2/bzImage",
	};
	append = strstr(text, ",append=");
	if (append) {
		*append = '\0';
		vm->append = append + strlen(",append=");
	}
	vm->name = strtok_r(text, ":", &save);
	if (!vm->name)
		die(EX_BAD_USE, "--vm: want NAME:key=value,...");
	while ((item = strtok_r(NULL, ",", &save))) {
		char *eq = strchr(item, '=');

		if (!eq)
			die(EX_BAD_USE, "--vm: '%s' has no value", item);
		*eq = '\0';
		parse_vm_option(vm, item, eq + 1);
	}
	if (!vm->jobs[0])
		die(EX_BAD_USE, "--vm %s: jobs= is missing", vm->name);
	nr_vms++;
}

static const char usage[] =
	"usage: vmctl [--layout flat|vm|vcpu] [--out DIR] [--limit SECONDS] --vm NAME:OPTIONS...\n"
	"SECONDS: how long the first guest may be silent (default 240)\n"
	"OPTIONS, comma-separated: vcpus=N mem=MIB locks=native|tas|pv tlb=on|off\n"
	"  jobs=A+B (workloads of pvb-work, or 'script': /job/run of initrd=) ms=N warm=N\n"
	"  seed=N start_us=N cpu=FLAG+FLAG kernel=PATH initrd=PATH append=KERNEL PARAMETERS (last)\n"
	"The first guest is measured; the others are company and repeat their jobs.\n"
	"Exit code: that of the first guest's jobs; 91 guest lost, 92 late, 93 lab failure.\n";

static void parse_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "layout", required_argument, NULL, 'l' },
		{ "out", required_argument, NULL, 'o' },
		{ "limit", required_argument, NULL, 't' },
		{ "vm", required_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (opt) {
		case 'l':
			parse_choice("--layout", optarg, "|flat|vm|vcpu|");
			layout = !strcmp(optarg, "flat") ? LAYOUT_FLAT :
				 !strcmp(optarg, "vm") ? LAYOUT_VM : LAYOUT_VCPU;
			break;
		case 'o':
			out_dir = optarg;
			break;
		case 't':
			limit_s = parse_number("--limit", optarg, 1, 1000000);
			break;
		case 'v':
			parse_vm(optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(EX_BAD_USE);
		}
	}
	if (!nr_vms || optind != argc) {
		fputs(usage, stderr);
		exit(EX_BAD_USE);
	}
}

int main(int argc, char **argv)
{
	struct sched_param fifo = { .sched_priority = 1 };

	parse_options(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	/* snapshots are taken when the guest speaks, not when it is our turn */
	if (sched_setscheduler(0, SCHED_FIFO, &fifo))
		die(EX_LAB, "SCHED_FIFO: %s", strerror(errno));

	open_measurements();
	setup_cgroups();
	setup_trace();
	for (unsigned int i = 0; i < nr_vms; i++) {
		/* the chaos sampled by seeds begins with when a guest starts */
		snprintf(vms[i].nonce, sizeof(vms[i].nonce), "%08x%u",
			 (vms[i].seed + 1) * 2654435761u, i);
		usleep(vms[i].start_us);
		start_vm(&vms[i]);
	}
	run_guests();
	stop_guests();
	return vms[0].exit_code;
}
