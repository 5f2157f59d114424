// SPDX-License-Identifier: GPL-2.0
/*
 * yield-test: processes that lend each other the CPU, in L1. Who runs next, who
 * pays, who stands where afterwards; what becomes of a loan when one of the two
 * goes away; whether anybody else notices. Ground truth is what pvb-yield.ko saw
 * with the run queue locked, and CPU time as the kernel counts it.
 *
 * usage: yield-test shares|ends|cpus|limits|off|soak|core [SECONDS]
 *
 * L lends, T is the target, B a bystander. The test itself is on CPU 0, they are
 * on the others.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pvb-yield.h"

#define MAX_TASKS	8
#define STACK	65536
#define CG		"/cg/yield"
#define STATS		"/sys/kernel/debug/sched/yield_loans"
#define SLICE_FILE	"/sys/kernel/debug/sched/base_slice_ns"
#define CPU_DIR		"/sys/devices/system/cpu"
#define USEC		1000ull
#define MSEC		1000000ull
#define TICK		MSEC

/* Why a loan ended, as the kernel has it. */
enum { END_TIMER, END_DONE, END_BLOCK, END_PREEMPT, END_PASSED, END_LENDER, END_GONE, END_NR };
enum { RET_NONE, RET_LENT, RET_NUDGED, RET_MOVED, RET_NR };

/* What the target does as soon as it finds itself on a loan. */
enum react {
	SPIN_ON, EXIT, SLEEP, DONE, LIMIT, MOVE_CPU, GO_FIFO, MOVE_GROUP,
	KILL_LENDER, MOVE_LENDER, FIFO_LENDER, GROUP_LENDER,
};

static const char *const react_name[] = {
	"target_spins_on", "target_exits", "target_sleeps", "target_is_done",
	"target_limits_it",
	"target_changes_cpu", "target_becomes_fifo", "target_changes_group",
	"lender_is_killed", "lender_changes_cpu", "lender_becomes_fifo", "lender_changes_group",
};

/* Sums over a lender's yields. */
struct sums {
	unsigned long calls, ret[RET_NR], lent, next, ended[END_NR], after;
	unsigned long exact;	/* loans whose account could be checked */
	unsigned long in_place;	/* and the target stood where it had stood */
	unsigned long paid;	/* and the lender had paid what it used */
	unsigned long short_of;	/* and it could not pay all of it */
	unsigned long conserved;	/* and what one gained the other lost */
	uint64_t used;
};

struct task {
	pid_t pid;
	volatile int go;
	volatile int react;	/* enum react, armed by the lender */
	volatile int reacted;
	volatile unsigned long turns;
	volatile uint64_t waited;	/* longest time that it did not run, ns */
	volatile uint64_t waits, off;	/* such times, and their sum, ns */
	struct sums sums;
	struct pvb_yield y;
};

static struct shared {
	struct task task[MAX_TASKS];
	volatile int stop;
} *sh;
static int failed;
static uint64_t slice;		/* of time, as the kernel chose it, ns */

static void __attribute__((format(printf, 4, 5)))
verdict(bool ok, const char *where, const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("%s %s_%s: ", ok ? "PASS" : "FAIL", where, name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	failed += !ok;
}

static void __attribute__((format(printf, 1, 2), noreturn))
die(const char *fmt, ...)
{
	va_list ap;

	printf("FAIL yield_test_runs: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf(": %s\n", strerror(errno));
	fflush(stdout);
	exit(1);
}

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		return 0;
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static uint64_t cpu_time(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) ? 0 : now(clock);
}

static void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000l };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

static bool set_group(const char *group, const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), CG "/%s/%s", group, file);
	return write_file(path, text);
}

static void make_group(const char *group)
{
	char path[128];

	snprintf(path, sizeof(path), CG "/%s", group);
	if (mkdir(path, 0755) && errno != EEXIST)
		die("%s", path);
}

static bool join(const char *group, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return set_group(group, "cgroup.procs", text);
}

static bool set_cpus(pid_t pid, unsigned int mask)
{
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	for (i = 0; i < 8; i++)
		if (mask >> i & 1)
			CPU_SET(i, &set);
	return !sched_setaffinity(pid, sizeof(set), &set);
}

static bool set_policy(pid_t pid, int policy)
{
	struct sched_param param = { .sched_priority = policy == SCHED_FIFO };

	return !sched_setscheduler(pid, policy, &param);
}

/* The pCPU that a task is on or waits for. */
static int cpu_of(pid_t pid)
{
	char path[32], text[512], *p;
	int fd, n, i;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = 0;
	p = strrchr(text, ')');
	for (i = 2; p && i < 39; i++)
		p = strchr(p + 1, ' ');
	return p ? atoi(p) : -1;
}

/* A line of the scheduler's own statistics. */
static unsigned long stat_of(const char *name)
{
	FILE *f = fopen(STATS, "re");
	unsigned long value = 0, v;
	char line[64];

	if (!f)
		return 0;
	while (fscanf(f, "%63s %lu", line, &v) == 2)
		if (!strcmp(line, name))
			value = v;
	fclose(f);
	return value;
}

static unsigned long stat_ended(void)
{
	return stat_of("ended_timer") + stat_of("ended_done") + stat_of("ended_block") +
	       stat_of("ended_preempt") + stat_of("ended_passed") +
	       stat_of("ended_lender") + stat_of("ended_gone");
}

/*
 * What the tasks do
 */

static void react(struct task *me, struct task *lender, int device)
{
	int what = me->react;

	me->react = SPIN_ON;
	me->reacted++;
	switch (what) {
	case EXIT:
		_exit(0);
	case SLEEP:
		sleep_ms(1);
		break;
	case DONE:
		ioctl(device, PVB_DONE);
		break;
	case LIMIT:
		ioctl(device, PVB_LIMIT, 100 * USEC);
		break;
	case MOVE_CPU:
		set_cpus(0, 1 << 2);
		break;
	case GO_FIFO:
		set_policy(0, SCHED_FIFO);
		set_policy(0, SCHED_OTHER);
		break;
	case MOVE_GROUP:
		join("other", me->pid);
		break;
	case KILL_LENDER:
		kill(lender->pid, SIGKILL);
		break;
	case MOVE_LENDER:
		set_cpus(lender->pid, 1 << 2);
		break;
	case FIFO_LENDER:
		set_policy(lender->pid, SCHED_FIFO);
		set_policy(lender->pid, SCHED_OTHER);
		break;
	case GROUP_LENDER:
		join("other", lender->pid);
		break;
	}
}

static void spin(struct task *me, struct task *lender)
{
	int device = open("/dev/pvb-yield", O_RDWR | O_CLOEXEC);
	volatile int n;

	for (;;) {
		me->turns++;
		for (n = 0; n < 50; n++)
			;
		if (me->react != SPIN_ON)
			react(me, lender, device);
	}
}

static void watch(struct task *me)
{
	uint64_t last = now(CLOCK_MONOTONIC), t;

	for (;;) {
		me->turns++;
		t = now(CLOCK_MONOTONIC);
		if (t - last > me->waited)
			me->waited = t - last;
		if (t - last > MSEC) {
			me->waits++;
			me->off += t - last;
		}
		last = t;
	}
}

static bool close_to(int64_t a, int64_t b, int64_t by)
{
	return a - b <= by && b - a <= by;
}

/* Rounding of a few divisions by the weight, ns. */
#define ROUNDING	32

static void account(struct sums *s, const struct pvb_yield *y, pid_t self)
{
	int64_t wt = y->target_asked.weight, wl = y->lender_lent.weight;
	int64_t moved, left, owed, got, gave;

	s->calls++;
	if (y->ret >= 0 && y->ret < RET_NR)
		s->ret[y->ret]++;
	if (y->ret == RET_LENT && y->next == y->to)
		s->next++;
	if (!y->lent)
		return;
	s->lent++;
	if (y->why < 0 || y->why >= END_NR)
		return;
	s->ended[y->why]++;
	if (y->after == self)
		s->after++;
	s->used += y->used;

	/* It may have run meanwhile, or its group's weight may have been set anew. */
	if (y->target_asked.exec != y->target_lent.exec ||
	    y->target_ended.weight != y->target_asked.weight ||
	    y->lender_ended.weight != y->lender_lent.weight)
		return;
	s->exact++;
	owed = y->used - y->credit;
	got = (int64_t)(y->target_ended.vruntime - y->target_lent.vruntime) * wt / 1024;
	gave = (int64_t)(y->lender_ended.vruntime - y->lender_lent.vruntime) * wl / 1024;
	/* The target's own account has grown by what it used. */
	s->conserved += close_to(got + gave, y->used, ROUNDING + wt / 1024 + wl / 1024);
	if (gave < owed - ROUNDING) {
		s->short_of++;
		return;
	}
	s->paid += close_to(gave, owed, ROUNDING + wl / 1024);
	moved = y->target_ended.vruntime - y->target_asked.vruntime;
	left = (y->target_ended.deadline - y->target_ended.vruntime) -
		(y->target_asked.deadline - y->target_asked.vruntime);
	s->in_place += close_to(moved, 0, ROUNDING) && close_to(left * wt / 1024, 0, ROUNDING);
}

static void yield_once(struct task *me, int device, struct task *to, unsigned int level,
		       uint64_t ns)
{
	me->y = (struct pvb_yield){ .to = to->pid, .level = level, .ns = ns };
	if (ioctl(device, PVB_YIELD, &me->y))
		me->y.ret = -1;
}

static void spin_for(struct task *me, uint64_t ns)
{
	uint64_t end = now(CLOCK_MONOTONIC) + ns;

	while (now(CLOCK_MONOTONIC) < end)
		me->turns++;
}

struct lending {
	struct task *to;
	unsigned int level;
	uint64_t ns, gap;
	enum react react;
	unsigned int times;	/* 0: without end */
};

static void lend(struct task *me, const struct lending *l)
{
	int device = open("/dev/pvb-yield", O_RDWR | O_CLOEXEC);
	unsigned int i;

	for (i = 0; !l->times || i < l->times; i++) {
		spin_for(me, l->gap);
		l->to->react = l->react;
		yield_once(me, device, l->to, l->level, l->ns);
		account(&me->sums, &me->y, me->pid);
	}
	for (;;)
		pause();
}

/*
 * Starting and stopping them
 */

struct place {
	const char *group;
	unsigned int cpus;
	int nice;
};

static void await_go(struct task *t)
{
	t->pid = getpid();
	while (!t->go)
		sleep_ms(1);
}

static void place_task(pid_t pid, const struct place *place)
{
	if (!join(place->group, pid) || !set_cpus(pid, place->cpus) ||
	    setpriority(PRIO_PROCESS, pid, place->nice))
		die("placing a task in %s, CPUs %x", place->group, place->cpus);
}

/* Returns true in the child, when it may begin. */
static bool fork_task(struct task *t, const struct place *place)
{
	memset(t, 0, sizeof(*t));
	t->pid = fork();
	if (t->pid < 0)
		die("fork");
	if (!t->pid) {
		await_go(t);
		return true;
	}
	place_task(t->pid, place);
	return false;
}

/* One that shares our memory, as the vCPUs of a VM do: @run gets the task. */
static void clone_task(struct task *t, const struct place *place, int (*run)(void *))
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(t, 0, sizeof(*t));
	if (stack == MAP_FAILED)
		die("a stack");
	t->pid = clone(run, stack + STACK, CLONE_VM | SIGCHLD, t);
	if (t->pid < 0)
		die("clone");
	place_task(t->pid, place);
}

static void go(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		sh->task[i].go = 1;
}

static void reap(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		kill(sh->task[i].pid, SIGKILL);
	for (i = 0; i < nr; i++)
		waitpid(sh->task[i].pid, NULL, 0);
}

static void spawn_spinner(unsigned int i, const struct place *place)
{
	if (fork_task(&sh->task[i], place))
		spin(&sh->task[i], &sh->task[0]);
}

static void spawn_lender(unsigned int i, const struct place *place, const struct lending *l)
{
	if (fork_task(&sh->task[i], place))
		lend(&sh->task[i], l);
}

/*
 * Shares: on one pCPU, over some thousand loans
 */

static const struct layout {
	const char *name;
	const char *group[3];	/* of L, T, B */
	unsigned int level;
	/* What they are to get of the pCPU, %, with equal and with unequal weights. */
	double fair[2][3];
} layouts[] = {
	{ "one_group", { "all", "all", "all" }, 0,
	  { { 100 / 3., 100 / 3., 100 / 3. },
	    { 100 * 335 / 2383., 100 * 1024 / 2383., 100 * 1024 / 2383. } } },
	{ "group_per_vm", { "a", "a", "b" }, 0,
	  { { 25, 25, 50 }, { 75 * 335 / 1359., 75 * 1024 / 1359., 25 } } },
	{ "group_per_vcpu", { "va/0", "va/1", "vb/0" }, 1,
	  { { 25, 25, 50 }, { 15, 60, 25 } } },
};

static void set_slice(uint64_t ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)ns);
	if (!write_file(SLICE_FILE, text))
		die("%s", SLICE_FILE);
}

static void get_slice(void)
{
	unsigned long long ns = 0;
	FILE *f = fopen(SLICE_FILE, "re");

	if (!f || fscanf(f, "%llu", &ns) != 1)
		die("%s", SLICE_FILE);
	fclose(f);
	slice = ns;
}

static void make_groups(void)
{
	static const char *const names[] = {
		"all", "a", "b", "va", "vb", "va/0", "va/1", "vb/0", "other", "quota",
	};
	unsigned int i;

	write_file("/cg/cgroup.subtree_control", "+cpu");
	mkdir(CG, 0755);
	write_file(CG "/cgroup.subtree_control", "+cpu");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		make_group(names[i]);
		if (!strcmp(names[i], "va") || !strcmp(names[i], "vb"))
			set_group(names[i], "cgroup.subtree_control", "+cpu");
	}
}

static void set_weights(bool unequal)
{
	set_group("a", "cpu.weight", unequal ? "300" : "100");
	set_group("va", "cpu.weight", unequal ? "300" : "100");
	set_group("va/0", "cpu.weight", unequal ? "50" : "100");
	set_group("va/1", "cpu.weight", unequal ? "200" : "100");
}

struct usage {
	uint64_t exec[3], all, waited, mean;
	struct sums sums;
};

/*
 * A yield brings the lender's account up to date, and its slice ends then and not at
 * the next tick. What loans add is seen beside a task that does the same without.
 */
static void keep_account(struct task *me, uint64_t gap)
{
	for (;;) {
		spin_for(me, gap);
		now(CLOCK_THREAD_CPUTIME_ID);
	}
}

/*
 * L lends to T as @how says, if @lends, or only spins as long in between; B looks on.
 * Ends with what each used in @ms.
 */
static void run_three(const struct layout *l, bool unequal, const struct lending *how,
		      bool lends, unsigned int ms, struct usage *u)
{
	uint64_t begin[3];
	struct sums *s = &sh->task[0].sums;
	struct place place = { .cpus = 1 << 1 };
	struct sums old;
	unsigned int i;

	set_weights(unequal);
	for (i = 0; i < 3; i++) {
		place.group = l->group[i];
		place.nice = unequal && !i && l->level == 0 ? 5 : 0;
		if (i == 2) {
			if (fork_task(&sh->task[i], &place))
				watch(&sh->task[i]);
		} else if (i) {
			spawn_spinner(i, &place);
		} else if (lends) {
			spawn_lender(i, &place, how);
		} else if (fork_task(&sh->task[i], &place)) {
			keep_account(&sh->task[i], how->gap);
		}
	}
	go(3);
	sleep_ms(100);
	sh->task[2].waited = 0;
	sh->task[2].waits = 0;
	sh->task[2].off = 0;
	for (i = 0; i < 3; i++)
		begin[i] = cpu_time(sh->task[i].pid);
	old = *s;
	sleep_ms(ms);
	u->all = 0;
	for (i = 0; i < 3; i++) {
		u->exec[i] = cpu_time(sh->task[i].pid) - begin[i];
		u->all += u->exec[i];
	}
	u->sums = *s;
	u->sums.used -= old.used;
	u->waited = sh->task[2].waited;
	u->mean = sh->task[2].waits ? sh->task[2].off / sh->task[2].waits : 0;
	reap(3);
}

static double percent(double part, double all)
{
	return all ? 100 * part / all : 0;
}

static void test_share(const struct layout *l, bool unequal)
{
	const struct lending how = {
		.to = &sh->task[1], .level = l->level, .ns = 100 * USEC, .gap = 200 * USEC,
	};
	const double *fair = l->fair[unequal];
	double lender, target, bystander;
	const struct sums *s;
	uint64_t waited;
	struct usage u;
	char name[64];

	run_three(l, unequal, &how, false, 1000, &u);
	waited = u.waited;
	run_three(l, unequal, &how, true, 1500, &u);
	s = &u.sums;
	snprintf(name, sizeof(name), "%s_%s", l->name, unequal ? "unequal" : "equal");
	lender = percent(u.exec[0] + s->used, u.all);
	target = percent((int64_t)(u.exec[1] - s->used), u.all);
	bystander = percent(u.exec[2], u.all);

	verdict(s->lent >= 200, name, "loans_are_made", "%lu loans of %lu calls",
		s->lent, s->calls);
	verdict(s->exact >= 100 && s->conserved == s->exact, name, "what_one_gets_the_other_gives",
		"%lu of %lu", s->conserved, s->exact);
	verdict(s->exact >= 100 && s->in_place == s->exact - s->short_of, name,
		"target_stands_where_it_stood", "%lu of %lu, and %lu that the lender could not pay",
		s->in_place, s->exact, s->short_of);
	verdict(s->exact >= 100 && s->paid == s->exact - s->short_of, name,
		"lender_pays_what_target_uses", "%lu of %lu, and %lu that it could not pay",
		s->paid, s->exact, s->short_of);
	verdict(close_to(bystander * 1e4, fair[2] * 1e4, fair[2] * 1e2),
		name, "bystander_has_its_share", "%.2f %% of %.2f %%", bystander, fair[2]);
	verdict(close_to(lender * 1e4, fair[0] * 1e4, 1e4) &&
		close_to(target * 1e4, fair[1] * 1e4, 1e4), name, "loans_are_on_the_lender",
		"lender and what it lent %.2f %% of %.2f %%, target without %.2f %% of %.2f %%, lent %.2f %%",
		lender, fair[0], target, fair[1], percent(s->used, u.all));
	/* ticks end slices: a wait is longer or shorter by one */
	verdict(u.waited <= waited + slice + TICK, name, "bystander_waits_no_longer",
		"%.2f ms, without loans %.2f ms", u.waited / 1e6, waited / 1e6);
}

/*
 * With slices that are long beside the loans, few loans come to the end of one, where
 * somebody else may have a better right to run: about one in 120.
 */
static void test_next(const struct layout *l)
{
	const struct lending how = {
		.to = &sh->task[1], .level = l->level, .ns = 50 * USEC, .gap = 50 * USEC,
	};
	const uint64_t long_slice = 12 * MSEC;
	const struct sums *s;
	struct usage u;
	uint64_t mean;

	set_slice(long_slice);
	run_three(l, false, &how, false, 700, &u);
	mean = u.mean;
	run_three(l, false, &how, true, 700, &u);
	set_slice(slice);
	s = &u.sums;
	verdict(s->ret[RET_LENT] >= 200 && s->next * 100 >= s->ret[RET_LENT] * 98, l->name,
		"target_runs_next", "%lu of %lu", s->next, s->ret[RET_LENT]);
	verdict(s->ended[END_TIMER] >= 200 && s->after * 100 >= s->ended[END_TIMER] * 98, l->name,
		"lender_runs_when_time_is_up", "%lu of %lu", s->after, s->ended[END_TIMER]);
	/*
	 * Some twenty waits: one less makes the mean 5 % longer. Nobody's lag exceeds a
	 * slice: of three equals, each waits for six slices at most.
	 */
	verdict(mean && u.mean <= mean + mean / 10 + TICK && u.waited <= 6 * long_slice, l->name,
		"lender_stays_within_its_slice",
		"bystander waits %.2f ms, without loans %.2f ms; longest %.2f ms",
		u.mean / 1e6, mean / 1e6, u.waited / 1e6);
}

/*
 * With few yields in a slice, many are the first to find that it is over. They lend
 * nothing: somebody else may be due.
 */
static void test_slice_end(const struct layout *l)
{
	const struct lending how = {
		.to = &sh->task[1], .level = l->level, .ns = 50 * USEC, .gap = 500 * USEC,
	};
	const struct sums *s;
	struct usage u;

	run_three(l, false, &how, true, 700, &u);
	s = &u.sums;
	verdict(s->ret[RET_LENT] >= 100 && s->next == s->ret[RET_LENT], l->name,
		"nothing_is_lent_when_a_slice_ends", "%lu of %lu lent were next, %lu got nothing",
		s->next, s->ret[RET_LENT], s->ret[RET_NONE]);
}

static void test_shares(void)
{
	unsigned int i, unequal;

	for (i = 0; i < 3; i++) {
		for (unequal = 0; unequal < 2; unequal++)
			test_share(&layouts[i], unequal);
		test_next(&layouts[i]);
		test_slice_end(&layouts[i]);
	}
}

/*
 * Ends: what the target does with the loan, and to the lender
 */

static void test_end(enum react what, unsigned int whys, bool lender_next)
{
	const struct lending how = {
		.to = &sh->task[1], .ns = 2 * MSEC, .gap = 300 * USEC, .react = what, .times = 1,
	};
	const struct place place = { .group = "all", .cpus = 1 << 1 };
	unsigned int tries, lent = 0, expected = 0, after = 0, alive = 0;
	char whyte[64] = "", one[8];
	unsigned long begun, ended;
	uint64_t longest = 0;
	int i;

	set_weights(false);
	for (tries = 0; tries < 20 && lent < 5; tries++) {
		const struct pvb_yield *y = &sh->task[0].y;

		begun = stat_of("yields");
		ended = stat_ended();
		spawn_lender(0, &place, &how);
		spawn_spinner(1, &place);
		spawn_spinner(2, &place);
		go(3);
		sleep_ms(30);
		for (i = 1; i < 3; i++) {
			unsigned long turns = sh->task[i].turns;

			if (what == EXIT && i == 1)
				continue;
			sleep_ms(10);
			alive += sh->task[i].turns > turns;
		}
		reap(3);
		if (!y->lent || !sh->task[1].reacted || y->ret != RET_LENT)
			continue;
		lent++;
		if (y->why >= 0 && whys >> y->why & 1)
			expected++;
		snprintf(one, sizeof(one), " %d", y->why);
		strncat(whyte, one, sizeof(whyte) - strlen(whyte) - 1);
		if (y->used > (int64_t)longest)
			longest = y->used;
		after += y->after == sh->task[0].pid;
		/* each loan that began has ended, and only once */
		if (stat_of("yields") - begun != stat_ended() - ended)
			expected = -1000;
	}
	verdict(lent >= 5 && expected == lent, react_name[what], "ends_the_loan",
		"%u loans, ended as they should %d, why:%s", lent, (int)expected, whyte);
	if (lender_next)
		verdict(lent && after == lent, react_name[what], "lender_is_next",
			"%u of %u", after, lent);
	if (what == LIMIT)
		verdict(lent && longest < how.ns / 4, react_name[what], "is_as_short_as_said",
			"%.2f ms of %.2f ms", longest / 1e6, how.ns / 1e6);
	verdict(alive == tries * (what == EXIT ? 1 : 2),
		react_name[what], "others_go_on", "%u", alive);
}

#define WHY(end)	(1u << END_##end)

static void test_ends(void)
{
	test_end(DONE, WHY(DONE), true);
	test_end(LIMIT, WHY(TIMER), true);
	test_end(SLEEP, WHY(BLOCK), true);
	test_end(EXIT, WHY(BLOCK), true);
	test_end(MOVE_CPU, WHY(BLOCK) | WHY(PREEMPT), false);
	test_end(GO_FIFO, WHY(BLOCK) | WHY(GONE), false);
	test_end(MOVE_GROUP, WHY(BLOCK) | WHY(GONE), false);
	/* a lender that is killed dies when it is its turn again */
	test_end(KILL_LENDER, WHY(TIMER) | WHY(PREEMPT) | WHY(LENDER), false);
	test_end(MOVE_LENDER, WHY(GONE) | WHY(BLOCK) | WHY(PREEMPT), false);
	test_end(FIFO_LENDER, WHY(GONE), false);
	test_end(GROUP_LENDER, WHY(GONE), false);
}

/*
 * CPUs: the target waits on another one
 */

struct cpu_sums {
	unsigned int tries, ret[RET_NR], next, there, swapped;
};

/*
 * On pCPU 1: lends to T, which waits on pCPU 2 and may come to @cpus just before;
 * again and again. @swap: task 3, which waits here, may go to these.
 */
static void lend_across(unsigned int cpus, unsigned int swap, struct cpu_sums *c)
{
	struct task *me = &sh->task[0], *to = &sh->task[1], *other = &sh->task[3];
	int device = open("/dev/pvb-yield", O_RDWR | O_CLOEXEC), cpu;
	unsigned int i;

	for (i = 0; i < 60; i++) {
		set_cpus(to->pid, 1 << 2);
		if (swap)
			set_cpus(other->pid, 1 << 1);
		sleep_ms(1);
		spin_for(me, MSEC / 2 + i * 37 * USEC);
		if (cpu_of(to->pid) != 2)
			continue;
		c->tries++;
		if (swap)
			set_cpus(other->pid, swap);
		set_cpus(to->pid, cpus);
		yield_once(me, device, to, 0, 100 * USEC);
		if (me->y.ret < 0 || me->y.ret >= RET_NR)
			continue;
		c->ret[me->y.ret]++;
		if (me->y.ret == RET_NONE)
			continue;
		c->next += me->y.ret == RET_LENT && me->y.next == to->pid;
		cpu = cpu_of(to->pid);
		c->there += (cpus >> cpu & 1) && (cpus == 1 << 2 || cpu != 2);
		c->swapped += swap && cpu_of(other->pid) == 2;
	}
}

struct across {
	unsigned int cpus;	/* where the target may be */
	unsigned int strangers;	/* who wait here; one may go to the other pCPU */
	unsigned int siblings;	/* who wait here and share the memory of lender and target */
	unsigned int there;	/* strangers where the target is; 0: a sibling is */
	bool pinned;		/* who wait here may not go */
};

static const struct across *across;
static struct cpu_sums *across_sums;

static int across_lender(void *me)
{
	await_go(me);
	/* what is runnable on average is known after a while only */
	if (across->siblings)
		spin_for(me, 100 * MSEC);
	lend_across(across->cpus, across->strangers + across->siblings && !across->pinned ?
		    1 << 1 | 1 << 2 : 0, across_sums);
	_exit(0);
}

static int across_spinner(void *me)
{
	await_go(me);
	spin(me, &sh->task[0]);
	return 0;
}

static void run_across(const struct across *a, struct cpu_sums *result)
{
	const struct place here = { .group = "all", .cpus = 1 << 1 };
	const struct place there = { .group = "all", .cpus = 1 << 2 };
	unsigned int i, n = 2;

	across = a;
	across_sums = mmap(NULL, sizeof(*across_sums), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (across_sums == MAP_FAILED)
		die("memory");
	if (a->siblings) {
		clone_task(&sh->task[0], &here, across_lender);
		clone_task(&sh->task[1], &there, across_spinner);
	} else {
		if (fork_task(&sh->task[0], &here))
			across_lender(&sh->task[0]);
		spawn_spinner(1, &there);
	}
	if (a->there)
		spawn_spinner(n++, &there);
	else
		clone_task(&sh->task[n++], &there, across_spinner);
	/* whom lend_across() lets go is task 3 */
	for (i = 0; i < a->strangers; i++)
		spawn_spinner(n++, &here);
	for (i = 1; i < a->there; i++)
		spawn_spinner(n++, &there);
	for (i = 0; i < a->siblings; i++)
		clone_task(&sh->task[n++], &here, across_spinner);
	go(n);
	waitpid(sh->task[0].pid, NULL, 0);
	reap(n);
	*result = *across_sums;
	munmap(across_sums, sizeof(*across_sums));
}

/* A target that comes here for the loan and goes home. */
static void test_visits(const char *what, const struct across *a)
{
	unsigned long pulled = stat_of("pulled"), returned = stat_of("returned");
	unsigned long exchanged = stat_of("exchanged");
	struct cpu_sums c;
	char name[64];

	run_across(a, &c);
	pulled = stat_of("pulled") - pulled;
	returned = stat_of("returned") - returned;
	exchanged = stat_of("exchanged") - exchanged;

	snprintf(name, sizeof(name), "%s_is_pulled", what);
	verdict(c.ret[RET_LENT] >= 10 && !c.ret[RET_NUDGED] && pulled == c.ret[RET_LENT] &&
		!exchanged, "cpus", name, "%u of %u, %lu counted, %u nudged, %lu exchanged",
		c.ret[RET_LENT], c.tries, pulled, c.ret[RET_NUDGED], exchanged);
	snprintf(name, sizeof(name), "%s_runs_next", what);
	verdict(c.next == c.ret[RET_LENT], "cpus", name, "%u of %u", c.next, c.ret[RET_LENT]);
	snprintf(name, sizeof(name), "%s_goes_home", what);
	verdict(!c.there && returned == pulled, "cpus", name, "%u remained, %lu of %lu counted",
		c.there, returned, pulled);
}

/* A target that comes here and stays, in exchange. */
static void test_stays(const char *what, const struct across *a)
{
	unsigned long exchanged = stat_of("exchanged");
	struct cpu_sums c;
	char name[64];

	run_across(a, &c);
	exchanged = stat_of("exchanged") - exchanged;

	snprintf(name, sizeof(name), "%s_runs_next", what);
	verdict(c.ret[RET_LENT] >= 10 && c.next * 100 >= c.ret[RET_LENT] * 95, "cpus", name,
		"%u of %u, %u tries, %u nudged", c.next, c.ret[RET_LENT], c.tries,
		c.ret[RET_NUDGED]);
	snprintf(name, sizeof(name), "%s_stays", what);
	verdict(c.there * 100 >= c.ret[RET_LENT] * 80, "cpus", name, "%u of %u", c.there,
		c.ret[RET_LENT]);
	snprintf(name, sizeof(name), "another_goes_for_%s", what);
	verdict(c.swapped * 100 >= c.ret[RET_LENT] * 80 && exchanged >= c.swapped, "cpus", name,
		"%u of %u, %lu counted", c.swapped, c.ret[RET_LENT], exchanged);
}

static void test_cpus(void)
{
	const unsigned int both = 1 << 1 | 1 << 2;
	unsigned long nudged, moved, rehomed;
	struct cpu_sums c;

	set_weights(false);
	nudged = stat_of("nudged");
	run_across(&(struct across){ .cpus = 1 << 2, .there = 1 }, &c);
	nudged = stat_of("nudged") - nudged;
	verdict(c.ret[RET_NUDGED] >= 10 && !c.ret[RET_LENT] && !c.ret[RET_MOVED] &&
		c.there == c.ret[RET_NUDGED] && nudged == c.ret[RET_NUDGED],
		"cpus", "pinned_target_is_nudged_where_it_is", "%u of %u, %lu counted",
		c.ret[RET_NUDGED], c.tries, nudged);

	test_visits("target_elsewhere", &(struct across){ .cpus = both, .there = 1 });
	test_visits("target_for_the_only_stranger",
		    &(struct across){ .cpus = both, .strangers = 1, .there = 1 });
	test_visits("fourth_of_its_vm_where_more_wait",
		    &(struct across){ .cpus = both, .strangers = 1, .siblings = 2, .there = 1 });

	/* After the loan it need not go back where three others are. */
	rehomed = stat_of("rehomed");
	run_across(&(struct across){ .cpus = both, .there = 3 }, &c);
	rehomed = stat_of("rehomed") - rehomed;
	verdict(c.ret[RET_LENT] >= 10 && c.there * 100 >= c.ret[RET_LENT] * 80 &&
		rehomed >= c.there, "cpus", "target_from_a_crowded_cpu_finds_a_roomier_one",
		"%u of %u, %lu counted", c.there, c.ret[RET_LENT], rehomed);

	test_stays("target_beside_two_strangers",
		   &(struct across){ .cpus = both, .strangers = 2, .there = 1 });
	test_stays("fourth_of_its_vm",
		   &(struct across){ .cpus = both, .strangers = 1, .siblings = 2, .there = 3 });
	test_stays("target_of_a_vm_alone", &(struct across){ .cpus = both, .siblings = 1 });

	run_across(&(struct across){ .cpus = both, .siblings = 1, .pinned = true }, &c);
	verdict(c.ret[RET_NUDGED] >= 10 && !c.ret[RET_LENT] && !c.there, "cpus",
		"target_of_a_vm_alone_is_not_piled_up", "%u of %u nudged, %u lent, %u moved",
		c.ret[RET_NUDGED], c.tries, c.ret[RET_LENT], c.there);

	moved = stat_of("moved");
	run_across(&(struct across){ .cpus = 1 << 2 | 1 << 3, .there = 1 }, &c);
	moved = stat_of("moved") - moved;
	verdict(c.ret[RET_MOVED] >= 10 && !c.ret[RET_LENT] && c.there >= c.ret[RET_MOVED] &&
		moved == c.ret[RET_MOVED], "cpus", "idle_cpu_takes_the_target", "%u of %u, %lu counted, %u there",
		c.ret[RET_MOVED], c.tries, moved, c.there);
}

/*
 * Limits: groups with a quota
 */

static unsigned long throttled(const char *group)
{
	unsigned long v, value = 0;
	char path[128], key[64];
	FILE *f;

	snprintf(path, sizeof(path), CG "/%s/cpu.stat", group);
	f = fopen(path, "re");
	while (f && fscanf(f, "%63s %lu", key, &v) == 2)
		if (!strcmp(key, "nr_throttled"))
			value = v;
	if (f)
		fclose(f);
	return value;
}

static void test_limits(void)
{
	static const struct layout both = { "both", { "quota", "quota", "other" }, 0, { } };
	static const struct layout target = { "target", { "other", "quota", "other" }, 1, { } };
	static const struct layout lender = { "lender", { "quota", "other", "other" }, 1, { } };
	static const struct layout *const cases[] = { &both, &target, &lender };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		const struct lending how = {
			.to = &sh->task[1], .level = cases[i]->level,
			.ns = 500 * USEC, .gap = 100 * USEC,
		};
		unsigned long before = throttled("quota");
		double used = 0, part[3];
		struct usage u;
		char name[64];
		int k;

		set_group("quota", "cpu.max", "2400 12000");
		run_three(cases[i], false, &how, true, 1000, &u);
		for (k = 0; k < 3; k++) {
			part[k] = percent(u.exec[k], 1000 * MSEC);
			if (!strcmp(cases[i]->group[k], "quota"))
				used += part[k];
		}
		snprintf(name, sizeof(name), "quota_on_%s", cases[i]->name);
		verdict(u.sums.lent > 20, name, "loans_are_made", "%lu of %lu calls",
			u.sums.lent, u.sums.calls);
		/* The time that it lends is its target's. */
		if (cases[i] != &lender)
			verdict(throttled("quota") > before && used > 18, name,
				"group_is_throttled", "%lu times", throttled("quota") - before);
		/* A slice of bandwidth may be overrun by a tick. */
		verdict(used <= 21, name, "group_keeps_its_quota",
			"%.2f %% of 20 %%; lender %.2f, target %.2f, bystander %.2f, lent %.2f",
			used, part[0], part[1], part[2], percent(u.sums.used, 1000 * MSEC));
	}
	set_group("quota", "cpu.max", "max 100000");
}

/*
 * Off: nobody has asked for loans
 */

static void test_off(void)
{
	const struct lending how = {
		.to = &sh->task[1], .ns = 100 * USEC, .gap = 200 * USEC,
	};
	const struct sums *s;
	struct usage u;

	run_three(&layouts[0], false, &how, true, 1500, &u);
	s = &u.sums;
	verdict(!s->lent && !stat_of("yields") && !stat_ended() && !stat_of("credit") &&
		!stat_of("nudged") && !stat_of("moved") && !stat_of("pulled") &&
		!stat_of("refused"), "off", "no_loan_without_anybody_who_asks",
		"%lu loans, %lu counted", s->lent, stat_of("yields"));
	/* for test-yield, which compares kernels; the lender is charged with nothing */
	printf("figures calls %lu yielded %lu next %lu lender %.2f target %.2f bystander %.2f\n",
	       s->calls, s->ret[RET_LENT], s->next, percent(u.exec[0], u.all),
	       percent(u.exec[1], u.all), percent(u.exec[2], u.all));
}

/*
 * Soak: everybody lends to anybody while all that can change changes
 */

static uint64_t random_below(uint64_t *state, uint64_t below)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (z ^ (z >> 31)) % below;
}

static void lend_to_anybody(struct task *me, unsigned int self)
{
	int device = open("/dev/pvb-yield", O_RDWR | O_CLOEXEC);
	uint64_t state = self;

	for (;;) {
		unsigned int to = random_below(&state, MAX_TASKS);

		spin_for(me, random_below(&state, 200 * USEC));
		switch (random_below(&state, 10)) {
		case 0:
			ioctl(device, PVB_DONE);
			break;
		case 1:
			sleep_ms(random_below(&state, 3));
			break;
		default:
			yield_once(me, device, &sh->task[to], 0,
				   random_below(&state, 4) ? random_below(&state, 300 * USEC) : 0);
			account(&me->sums, &me->y, me->pid);
		}
	}
}

/* Only tasks with the same cookie may run on a core's threads at a time. */
static int set_cookie(pid_t pid, pid_t with)
{
	if (!with)
		return prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, pid,
			     PR_SCHED_CORE_SCOPE_THREAD, 0);
	/* that of another: taken over by us, and passed on */
	return prctl(PR_SCHED_CORE, PR_SCHED_CORE_SHARE_FROM, with,
		     PR_SCHED_CORE_SCOPE_THREAD, 0) ?:
	       prctl(PR_SCHED_CORE, PR_SCHED_CORE_SHARE_TO, pid,
		     PR_SCHED_CORE_SCOPE_THREAD, 0);
}

static void change_cookie(uint64_t *state)
{
	pid_t pid = sh->task[random_below(state, MAX_TASKS)].pid;
	pid_t other = sh->task[random_below(state, MAX_TASKS)].pid;

	/* a number of its own now and then, mostly another's: kinds become few */
	set_cookie(pid, random_below(state, 3) ? other : 0);
}

static void change_something(uint64_t *state)
{
	static const char *const groups[] = { "all", "a", "b", "va/0", "va/1", "vb/0", "quota" };
	static const int policies[] = {
		SCHED_OTHER, SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_FIFO,
	};
	struct task *t = &sh->task[random_below(state, MAX_TASKS)];
	const char *group = groups[random_below(state, 7)];
	static bool offline;
	char text[32];
	int policy;

	switch (random_below(state, 9)) {
	case 0:
		offline = !offline;
		write_file(CPU_DIR "/cpu3/online", offline ? "0" : "1");
		break;
	case 1:
	case 2:
		join(group, t->pid);
		break;
	case 3:
		set_cpus(t->pid, 2 + 2 * random_below(state, 7));
		break;
	case 4:
		set_cpus(t->pid, 0xe);
		break;
	case 5:
		policy = policies[random_below(state, 5)];
		set_policy(t->pid, policy);
		if (policy == SCHED_FIFO)
			set_policy(t->pid, SCHED_OTHER);
		break;
	case 6:
		setpriority(PRIO_PROCESS, t->pid, random_below(state, 30) - 15);
		break;
	case 7:
		snprintf(text, sizeof(text), "%d 5000", 1000 + (int)random_below(state, 8000));
		set_group("quota", "cpu.max", random_below(state, 3) ? text : "max 100000");
		break;
	case 8:
		snprintf(text, sizeof(text), "%d", 1 + (int)random_below(state, 1000));
		set_group(group, "cpu.weight", text);
		break;
	}
}

/* @what: "soak", or "core": the same with core scheduling, on pCPUs that are threads. */
static void test_soak(const char *what, unsigned int seconds)
{
	bool core = !strcmp(what, "core");
	const struct place place = { .group = "all", .cpus = 0xe };
	unsigned long turns[MAX_TASKS], lent = 0, begun, ended, changes = 0, stuck = 0;
	uint64_t end, state = 1;
	unsigned int i;

	for (i = 0; i < MAX_TASKS; i++)
		if (fork_task(&sh->task[i], &place))
			lend_to_anybody(&sh->task[i], i);
	if (core) {
		int err = set_cookie(sh->task[0].pid, 0) ? errno : 0;

		verdict(!err, what, "core_scheduling_is_on", "%s", strerror(err));
	}
	go(MAX_TASKS);
	end = now(CLOCK_MONOTONIC) + seconds * 1000 * MSEC;
	while (now(CLOCK_MONOTONIC) < end) {
		if (core && random_below(&state, 2))
			change_cookie(&state);
		else
			change_something(&state);
		changes++;
		sleep_ms(random_below(&state, 5));
	}
	/* back to where everybody can run */
	write_file(CPU_DIR "/cpu3/online", "1");
	set_group("quota", "cpu.max", "max 100000");
	for (i = 0; i < MAX_TASKS; i++) {
		set_cpus(sh->task[i].pid, 0xe);
		set_policy(sh->task[i].pid, SCHED_OTHER);
		setpriority(PRIO_PROCESS, sh->task[i].pid, 0);
		join("all", sh->task[i].pid);
		turns[i] = sh->task[i].turns;
	}
	sleep_ms(500);
	for (i = 0; i < MAX_TASKS; i++) {
		stuck += sh->task[i].turns == turns[i];
		lent += sh->task[i].sums.lent;
	}
	reap(MAX_TASKS);
	begun = stat_of("yields");
	ended = stat_ended();
	verdict(lent > 100, what, "loans_go_on_through_changes", "%lu loans, %lu changes",
		lent, changes);
	verdict(!stuck, what, "everybody_goes_on_after_changes", "%lu of %d stuck",
		stuck, MAX_TASKS);
	verdict(begun == ended, what, "each_loan_has_ended_once", "%lu began, %lu ended",
		begun, ended);
	if (!core)
		test_share(&layouts[0], false);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		die("mmap");
	make_groups();
	get_slice();
	set_cpus(0, 1);
	if (!strcmp(what, "shares"))
		test_shares();
	else if (!strcmp(what, "ends"))
		test_ends();
	else if (!strcmp(what, "cpus"))
		test_cpus();
	else if (!strcmp(what, "limits"))
		test_limits();
	else if (!strcmp(what, "off"))
		test_off();
	else if (!strcmp(what, "soak") || !strcmp(what, "core"))
		test_soak(what, argc > 2 ? atoi(argv[2]) : 2);
	else
		die("usage: yield-test shares|ends|cpus|limits|off|soak|core [SECONDS]");
	return failed > 0;
}
