// SPDX-License-Identifier: GPL-2.0
/*
 * pvb-top: what pv-boost does on this host, VM by VM, again and again. All is read from
 * what the kernel counts anyway: nothing is traced, and no VM notices.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "vms.h"

#define MODE_FILE	"/sys/module/kvm/parameters/boost"
#define LOANS_FILE	"/sys/kernel/debug/sched/yield_loans"

#define COLUMNS		118	/* of a VM's line */

enum form { FORM_LIVE, FORM_BATCH, FORM_TSV };

static struct {
	double delay;
	unsigned long rounds;	/* 0: without end */
	enum form form;
	bool totals;
	pid_t pid;
} opt = { .delay = 2 };

/* The scheduler's counters, of all VMs together. */
#define LOAN_COUNTERS(L)	\
	L(yields)		\
	L(advances)		\
	L(next)			\
	L(refused)		\
	L(busy)			\
	L(moved)		\
	L(forfeited)		\
	L(ended_timer)

#define LOAN_INDEX(name)	LOAN_##name,
enum loan_counter { LOAN_COUNTERS(LOAN_INDEX) LOAN_NR };
static const char *const loan_names[] = { LOAN_COUNTERS(VM_NAME) };

struct look {
	struct timespec at;
	char mode[32];
	struct vms vms;
	bool has_loans;
	uint64_t loans[LOAN_NR];
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	fputs("pvb-top: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static void read_mode(char *mode, size_t size)
{
	FILE *f = fopen(MODE_FILE, "r");

	if (!f || !fgets(mode, size, f))
		die("this kernel has no kvm.boost: load the module kvm, or boot a kernel with pv-boost");
	mode[strcspn(mode, "\n")] = 0;
	fclose(f);
}

static void read_loans(struct look *look)
{
	FILE *f = fopen(LOANS_FILE, "r");
	char name[32];
	uint64_t value;
	int i;

	look->has_loans = f;
	while (f && fscanf(f, "%31s %" SCNu64, name, &value) == 2) {
		for (i = 0; i < LOAN_NR; i++) {
			if (!strcmp(name, loan_names[i]))
				look->loans[i] = value;
		}
	}
	if (f)
		fclose(f);
}

static void take_look(struct look *look)
{
	int err;

	memset(look, 0, sizeof(*look));
	read_mode(look->mode, sizeof(look->mode));
	clock_gettime(CLOCK_MONOTONIC, &look->at);
	err = vms_read(&look->vms, opt.pid);
	if (err == -EACCES)
		die(KVM_DIR " is for root only: run this as root");
	if (err == -ENOENT)
		die("there is no " KVM_DIR ": mount debugfs (mount -t debugfs none /sys/kernel/debug)");
	if (err == -EPERM)
		die("debugfs is locked down: boot without lockdown=, or with Secure Boot off");
	if (err == -ENODATA)
		die("this kernel lacks a counter: use the pvb-top that was made with it");
	if (err)
		die(KVM_DIR ": %s", strerror(-err));
	read_loans(look);
}

static double seconds_between(const struct look *a, const struct look *b)
{
	return b->at.tv_sec - a->at.tv_sec + (b->at.tv_nsec - a->at.tv_nsec) / 1e9;
}

static void histogram_since(struct histogram *now, const struct histogram *before)
{
	unsigned int i;

	for (i = 0; i < HIST_BUCKETS; i++) {
		/* A vCPU was missed this time: nothing is known. */
		if (now->bucket[i] < before->bucket[i]) {
			memset(now->bucket, 0, sizeof(now->bucket));
			return;
		}
		now->bucket[i] -= before->bucket[i];
	}
}

/* A VM that was not there before, or another one of the same name, began at 0. */
static struct vm since(const struct vm *now, const struct vm *before)
{
	struct vm diff = *now;
	int i;

	if (!before)
		return diff;
	for (i = 0; i < VM_NR_COUNTERS; i++) {
		if (i != VM_pv_boost_registered && now->count[i] < before->count[i])
			return diff;
	}
	for (i = 0; i < VM_NR_COUNTERS; i++) {
		if (i != VM_pv_boost_registered)
			diff.count[i] -= before->count[i];
	}
	diff.has_histograms = now->has_histograms && before->has_histograms;
	for (i = 0; i < VM_NR_HISTOGRAMS; i++)
		histogram_since(&diff.hist[i], &before->hist[i]);
	return diff;
}

static uint64_t decisions(const struct vm *vm)
{
	return vm->count[VM_boost_asked] + vm->count[VM_boost_halts];
}

static uint64_t helped(const struct vm *vm)
{
	return vm->count[VM_boost_yields] + vm->count[VM_boost_advanced] +
	       vm->count[VM_boost_moved];
}

static int by_decisions(const void *a, const void *b)
{
	const struct vm *x = a, *y = b;
	uint64_t m = decisions(x), n = decisions(y);

	if (m != n)
		return m < n ? 1 : -1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* "-" where there is nothing to take a part of. */
static const char *percent(char *buf, uint64_t part, uint64_t whole)
{
	if (!whole)
		return "-";
	sprintf(buf, "%.0f", fmin(100.0 * part / whole, 999));
	return buf;
}

static const char *upper_end(char *buf, const struct vm *vm, enum vm_histogram hist)
{
	uint64_t ns = histogram_percentile(&vm->hist[hist], 99);

	if (!vm->has_histograms || !ns)
		return "-";
	if (ns == HIST_LONGER)
		return "longer";
	if (ns < 1000000)
		sprintf(buf, "%.3gus", ns / 1e3);
	else if (ns < 1000000000)
		sprintf(buf, "%.3gms", ns / 1e6);
	else
		sprintf(buf, "%.3gs", ns / 1e9);
	return buf;
}

/* Of a count, what is shown: per second, or as it is. */
static const char *rate(char *buf, uint64_t count, double secs)
{
	double r = opt.totals ? count : count / secs;

	if (r >= 999.5e6)
		sprintf(buf, "%.3gG", r / 1e9);
	else if (r >= 999.5e3)
		sprintf(buf, "%.3gM", r / 1e6);
	else if (r >= 99999.5)
		sprintf(buf, "%.3gk", r / 1e3);
	else
		sprintf(buf, "%.0f", r);
	return buf;
}

static void print_vm(const struct vm *vm, double secs)
{
	static const enum vm_counter shown[] = {
		VM_boost_yields, VM_boost_advanced, VM_boost_moved, VM_boost_refused,
		VM_boost_running, VM_boost_none, VM_boost_graces, VM_boost_latency_advances,
	};
	char buf[32], pages[32];
	size_t i;

	snprintf(pages, sizeof(pages), "%" PRIu64 "/%u", vm->count[VM_pv_boost_registered],
		 vm->vcpus);
	printf("%8d %-16.16s %7s", vm->pid, vm->name, pages);
	printf(" %7s", rate(buf, decisions(vm), secs));
	printf(" %4s", percent(buf, helped(vm), decisions(vm)));
	for (i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		printf(" %6s", rate(buf, vm->count[shown[i]], secs));
	printf(" %7s", upper_end(buf, vm, VM_yield_delay_hist));
	printf(" %7s\n", upper_end(buf, vm, VM_boost_critical_off_hist));
}

static void print_head(const struct look *before, const struct look *now, double secs)
{
	uint64_t loans[LOAN_NR];
	char clock[32], buf[32];
	time_t t = time(NULL);
	int i;

	for (i = 0; i < LOAN_NR; i++)
		loans[i] = now->loans[i] - before->loans[i];
	strftime(clock, sizeof(clock), "%F %T", localtime(&t));
	if (opt.totals)
		printf("kvm.boost=%s  VMs: %zu  since each began  %s\n", now->mode, now->vms.nr,
		       clock);
	else
		printf("kvm.boost=%s  VMs: %zu  per second, over %.1f s  %s\n", now->mode,
		       now->vms.nr, secs, clock);
	if (now->has_loans) {
		uint64_t all = loans[LOAN_yields] + loans[LOAN_advances];

		printf("scheduler%s: %s loans", opt.totals ? ", since boot" : "",
		       rate(buf, loans[LOAN_yields], secs));
		printf(", %s advances", rate(buf, loans[LOAN_advances], secs));
		printf(" (%s %% of targets next", percent(buf, loans[LOAN_next], all));
		printf(", %s %% ended by the timer)", percent(buf, loans[LOAN_ended_timer], all));
		printf(", %s moved", rate(buf, loans[LOAN_moved], secs));
		printf(", %s refused", rate(buf, loans[LOAN_refused], secs));
		printf(", %s busy", rate(buf, loans[LOAN_busy], secs));
		printf(", %s forfeited\n", rate(buf, loans[LOAN_forfeited], secs));
	}
	printf("%8s %-16s %7s %7s %4s %6s %6s %6s %6s %6s %6s %6s %6s %7s %7s\n", "PID", "VM",
	       "pages", "asked", "hit%", "loan", "adv", "moved", "refus", "runs", "none", "grace",
	       "lat", "delay99", "off99");
}

/* For scripts: what was counted, under KVM's names. */
static void print_tsv_head(void)
{
	int i;

	printf("time\tseconds\tmode\tpid\tname\tvcpus");
	for (i = 0; i < VM_NR_COUNTERS; i++)
		printf("\t%s", vm_counter_names[i]);
	printf("\tyield_delay_p99_ns\tboost_critical_off_p99_ns\n");
}

static void print_tsv(const struct vm *vm, double secs, const char *mode)
{
	int i;

	printf("%jd\t", (intmax_t)time(NULL));
	if (opt.totals)
		printf("-");
	else
		printf("%.3f", secs);
	printf("\t%s\t%d\t%s\t%u", mode, vm->pid, vm->name, vm->vcpus);
	for (i = 0; i < VM_NR_COUNTERS; i++)
		printf("\t%" PRIu64, vm->count[i]);
	for (i = 0; i < VM_NR_HISTOGRAMS; i++) {
		uint64_t ns = histogram_percentile(&vm->hist[i], 99);

		if (!vm->has_histograms)
			printf("\t-");
		else if (ns == HIST_LONGER)
			printf("\tlonger");
		else
			printf("\t%" PRIu64, ns);
	}
	putchar('\n');
}

/* As many VMs as the terminal has lines for, below the head; a narrow one breaks them. */
static size_t lines_left(void)
{
	struct winsize w;
	size_t broken;

	if (opt.form != FORM_LIVE || ioctl(1, TIOCGWINSZ, &w) || !w.ws_row || !w.ws_col)
		return SIZE_MAX;
	broken = (COLUMNS + w.ws_col - 1) / w.ws_col;
	return w.ws_row > 5 * broken ? w.ws_row / broken - 5 : 1;
}

static void print_look(const struct look *before, const struct look *now)
{
	double secs = seconds_between(before, now);
	struct vm *vms = calloc(now->vms.nr + 1, sizeof(*vms));
	size_t i, left = lines_left();

	if (!vms)
		die("no memory");
	for (i = 0; i < now->vms.nr; i++)
		vms[i] = since(&now->vms.vm[i], vms_find(&before->vms, now->vms.vm[i].dir));
	qsort(vms, now->vms.nr, sizeof(*vms), by_decisions);

	if (opt.form == FORM_LIVE)
		printf("\033[H\033[J");
	if (opt.form != FORM_TSV)
		print_head(before, now, secs);
	for (i = 0; i < now->vms.nr && i < left; i++) {
		if (opt.form == FORM_TSV)
			print_tsv(&vms[i], secs, now->mode);
		else
			print_vm(&vms[i], secs);
	}
	if (i < now->vms.nr)
		printf("%8s %zu more\n", "...", now->vms.nr - i);
	if (opt.form == FORM_BATCH && !opt.totals)
		putchar('\n');
	free(vms);
	if (fflush(stdout))
		die("cannot write: %s", strerror(errno));
}

static double number(char what, const char *arg, double least, double most)
{
	char *end;
	double value = strtod(arg, &end);

	if (end == arg || *end || !(value >= least && value <= most))
		die("-%c %s: give a number from %g to %.7g", what, arg, least, most);
	if (least >= 1 && value != floor(value))
		die("-%c %s: give a whole number", what, arg);
	return value;
}

static void usage(void)
{
	puts("usage: pvb-top [-bta] [-d SECONDS] [-n ROUNDS] [-p PID]\n"
	     "What pv-boost does for each VM of this host; needs root.\n"
	     "  -b          one table after the other, without control of the screen\n"
	     "  -t          for scripts: tab-separated counts under KVM's names\n"
	     "  -a          once, since each VM began\n"
	     "  -d SECONDS  between two looks, 0.1 to 3600 (2)\n"
	     "  -n ROUNDS   ends after so many tables\n"
	     "  -p PID      only the VM of this process\n"
	     "pvb-top(8) and docs/operating.md say what each column means.");
	exit(0);
}

static void read_options(int argc, char **argv)
{
	int c;

	opt.form = isatty(1) ? FORM_LIVE : FORM_BATCH;
	opterr = 0;
	while ((c = getopt(argc, argv, ":btad:n:p:h")) != -1) {
		switch (c) {
		case 'b':
			opt.form = FORM_BATCH;
			break;
		case 't':
			opt.form = FORM_TSV;
			break;
		case 'a':
			opt.totals = true;
			break;
		case 'd':
			opt.delay = number(c, optarg, 0.1, 3600);
			break;
		case 'n':
			opt.rounds = number(c, optarg, 1, 1e9);
			break;
		case 'p':
			opt.pid = number(c, optarg, 1, 1 << 22);
			break;
		case 'h':
			usage();
			break;
		case ':':
			die("-%c wants a value; see pvb-top -h", optopt);
		default:
			die("unknown option -%c; see pvb-top -h", optopt);
		}
	}
	if (optind < argc)
		die("'%s' is not an option; see pvb-top -h", argv[optind]);
	if (opt.totals && opt.form == FORM_LIVE)
		opt.form = FORM_BATCH;
}

static void pause_for(double secs)
{
	struct timespec t = { .tv_sec = secs, .tv_nsec = (secs - floor(secs)) * 1e9 };

	nanosleep(&t, NULL);
}

int main(int argc, char **argv)
{
	struct look before = { }, now;
	unsigned long round;

	read_options(argc, argv);
	if (opt.totals)
		opt.rounds = 1;
	else
		take_look(&before);
	for (round = 0; !opt.rounds || round < opt.rounds; round++) {
		if (!opt.totals)
			pause_for(opt.delay);
		take_look(&now);
		if (opt.pid && !now.vms.nr)
			die("there is no VM of a process %d", opt.pid);
		if (opt.form == FORM_TSV && !round)
			print_tsv_head();
		print_look(&before, &now);
		vms_free(&before.vms);
		before = now;
	}
	vms_free(&before.vms);
	return 0;
}
