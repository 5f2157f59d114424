// SPDX-License-Identifier: GPL-2.0
/*
 * What nobody may gain from loans, or lose by them: a task that lends all the time, for
 * nothing, to targets that can't have it, beside tasks of others. Time is measured by
 * what each task sees of a clock while it runs, not by the scheduler's accounts.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>

#include "yield-test.h"

/* A longer gap between two looks at the clock is time off the CPU. */
#define OFF_CPU		(20 * USEC)

static const struct place on1 = { .group = "all", .cpus = 1 << 1 };
static const struct place on2 = { .group = "all", .cpus = 1 << 2 };
static const struct place on12 = { .group = "all", .cpus = 1 << 1 | 1 << 2 };

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* The calling task gets slices of @ns. */
static void custom_slice(uint64_t ns)
{
	struct attr attr = { .size = sizeof(attr), .runtime = ns };

	if (syscall(SYS_sched_setattr, 0, &attr, 0))
		die("a slice of %llu ns", (unsigned long long)ns);
}

/* A line "KEY : value" of a task's file in /proc. */
static unsigned long proc_of(pid_t pid, const char *file, const char *key)
{
	char path[48], line[128];
	unsigned long value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)) && strchr(line, ':'))
			value = strtoul(strchr(line, ':') + 1, NULL, 10);
	if (f)
		fclose(f);
	return value;
}

static unsigned long migrations_of(pid_t pid)
{
	return proc_of(pid, "sched", "se.nr_migrations");
}

/* Runs for @ns of its own time; 0: without end. */
static void run_for(struct task *me, uint64_t ns)
{
	uint64_t last = now(CLOCK_MONOTONIC), t, end = me->ran + ns;

	while (!ns || me->ran < end) {
		t = now(CLOCK_MONOTONIC);
		if (t - last < OFF_CPU)
			me->ran += t - last;
		last = t;
		me->turns++;
	}
}

static void spawn_runner(unsigned int i, const struct place *place, uint64_t slice_ns)
{
	if (!fork_task(&sh->task[i], place))
		return;
	if (slice_ns)
		custom_slice(slice_ns);
	run_for(&sh->task[i], 0);
}

/* Asks for @to again and again, with @gap between. */
static void ask_for_ever(struct task *me, struct task *to, uint64_t gap)
{
	int device = open_device();

	for (;;) {
		if (gap)
			run_for(me, gap);
		yield_once(me, device, to, 0, 100 * USEC);
		count_ret(&me->sums, me->y.ret);
	}
}

static void spawn_asker(unsigned int i, const struct place *place, unsigned int to, uint64_t gap)
{
	if (fork_task(&sh->task[i], place))
		ask_for_ever(&sh->task[i], &sh->task[to], gap);
}

/* A target with long slices is seldom eligible. */
#define FAR_AHEAD	(100 * MSEC)

/* What runs before, between and after yields is billed to what ran. */
static void test_billing(void)
{
	static const char *const name[] = { "lender", "", "hog" };
	struct task *me = &sh->task[0];
	uint64_t exec[3], ran[3];
	unsigned int i;

	if (fork_task(me, &on1)) {
		int device = open_device();

		for (;;) {
			for (i = 0; i < 4; i++) {
				yield_once(me, device, &sh->task[1], 0, 100 * USEC);
				count_ret(&me->sums, me->y.ret);
				if (me->y.ret == RET_NONE)
					break;
			}
			run_for(me, 900 * USEC);
			sleep_ms(1);
		}
	}
	spawn_runner(1, &on1, FAR_AHEAD);
	spawn_runner(2, &on1, 0);
	go(3);
	sleep_ms(300);
	for (i = 0; i < 3; i++) {
		exec[i] = cpu_time(sh->task[i].pid);
		ran[i] = sh->task[i].ran;
	}
	sleep_ms(1000);
	for (i = 0; i < 3; i++) {
		exec[i] = cpu_time(sh->task[i].pid) - exec[i];
		ran[i] = sh->task[i].ran - ran[i];
	}
	verdict(me->sums.ret[RET_LENT] >= 50, "guard", "yields_are_loans", "%lu of %lu",
		me->sums.ret[RET_LENT], me->sums.calls);
	reap(3);
	for (i = 0; i < 3; i += 2) {
		char what[64];

		snprintf(what, sizeof(what), "%s_beside_loans_is_billed_what_it_ran", name[i]);
		/* switches and interrupts are billed, too, of which the lender has many */
		verdict(ran[i] > 50 * MSEC && exec[i] * 1.005 >= ran[i] &&
			exec[i] <= ran[i] * (i ? 1.02 : 1.08),
			"guard", what, "%.2f ms, it ran %.2f ms", exec[i] / 1e6, ran[i] / 1e6);
	}
}

/* A refusal leaves everybody where it was. */
static void test_refusal_moves_nobody(void)
{
	struct task *me = &sh->task[0], *to = &sh->task[1];
	volatile unsigned long *moved = &sh->task[7].turns;
	unsigned int i;

	memset(&sh->task[7], 0, sizeof(sh->task[7]));
	if (fork_task(me, &on1)) {
		int device = open_device();

		for (i = 0; i < 400; i++) {
			unsigned long before;

			run_for(me, 150 * USEC);
			before = migrations_of(to->pid) + migrations_of(sh->task[3].pid);
			yield_once(me, device, to, 0, 100 * USEC);
			count_ret(&me->sums, me->y.ret);
			if (me->y.ret == RET_NONE)
				*moved += migrations_of(to->pid) +
					  migrations_of(sh->task[3].pid) - before;
		}
		for (;;)
			pause();
	}
	spawn_runner(1, &on2, FAR_AHEAD);
	spawn_runner(2, &on2, 0);
	spawn_runner(3, &on1, 0);
	spawn_runner(4, &on1, 0);
	go(5);
	sleep_ms(150);
	set_cpus(to->pid, 1 << 1 | 1 << 2);
	set_cpus(sh->task[3].pid, 1 << 1 | 1 << 2);
	for (i = 0; i < 100 && me->sums.calls < 400; i++)
		sleep_ms(10);
	reap(5);
	verdict(me->sums.ret[RET_NONE] >= 20 && !*moved, "guard", "refusal_moves_nobody",
		"%lu refused of %lu, %lu moved", me->sums.ret[RET_NONE], me->sums.calls, *moved);
}

/* A CPU that is idle because the target's group is throttled there is none for it. */
static void test_throttled_cpu(void)
{
	const struct place target = { .group = "quota", .cpus = 1 << 2 | 1 << 3 };
	const struct place other = { .group = "quota", .cpus = 1 << 3 };
	struct sums *s = &sh->task[0].sums;
	unsigned long moved;

	set_group("quota", "cpu.max", "10000 100000");
	spawn_asker(0, &on1, 1, 200 * USEC);
	spawn_runner(1, &target, 0);
	spawn_runner(2, &other, 0);
	spawn_runner(3, &on2, 0);
	spawn_runner(4, &on2, 0);
	go(5);
	/* Until the other one has begun, its CPU is idle and not throttled. */
	sleep_ms(50);
	moved = s->ret[RET_MOVED];
	sleep_ms(1000);
	moved = s->ret[RET_MOVED] - moved;
	reap(5);
	set_group("quota", "cpu.max", "max 100000");
	/* At each of ten refills its CPU is idle and not throttled until the other one runs. */
	verdict(s->calls >= 500 && s->ret[RET_NONE] < s->calls && moved <= 10, "guard",
		"idle_cpu_is_not_one_where_the_target_is_throttled", "%lu of %lu calls moved it there",
		moved, s->calls);
}

/* A target that was just woken up on an idle CPU is left there. */
static void test_woken_target_stays(void)
{
	const struct place target = { .group = "all", .cpus = 1 << 2 | 1 << 3 };
	struct sums *s = &sh->task[0].sums;
	unsigned long moved;

	spawn_asker(0, &on1, 1, 0);
	if (fork_task(&sh->task[1], &target))
		for (;;) {
			sleep_ms(1);
			run_for(&sh->task[1], 20 * USEC);
		}
	go(2);
	sleep_ms(50);
	moved = migrations_of(sh->task[1].pid);
	sleep_ms(500);
	moved = migrations_of(sh->task[1].pid) - moved;
	reap(2);
	verdict(s->calls >= 1000 && moved <= 2, "guard", "target_just_woken_up_stays",
		"%lu moves in %lu calls", moved, s->calls);
}

/*
 * How far a hog gets in @ms beside a target with slices of @slice ns for which another CPU
 * asks, or not.
 */
static double hog_beside(bool asked, uint64_t slice, unsigned int ms)
{
	double turns;

	if (asked)
		spawn_asker(0, &on1, 1, 0);
	else
		spawn_runner(0, &on1, 0);
	spawn_runner(1, &on2, slice);
	spawn_runner(2, &on2, 0);
	go(3);
	sleep_ms(50);
	turns = -(double)sh->task[2].turns;
	sleep_ms(ms);
	turns += sh->task[2].turns;
	reap(3);
	return turns;
}

static void test_flood(void)
{
	static const struct {
		const char *hog;
		uint64_t slice;
	} beside[] = {
		/* eligible again and again */
		{ "hog_beside_a_target_asked_for", 100 * USEC },
		/* which would give way to the hog, were it advanced */
		{ "hog_with_shorter_slices_than_the_target", FAR_AHEAD },
	};
	unsigned int i, ms = 1200;

	for (i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		double without = hog_beside(false, beside[i].slice, ms);
		double with = hog_beside(true, beside[i].slice, ms);
		char what[64];

		snprintf(what, sizeof(what), "%s_loses_nothing", beside[i].hog);
		verdict(with >= 0.99 * without, "guard", what, "%.4f of what it got, %lu calls",
			with / without, sh->task[0].sums.calls);
	}
}

static bool evicting;

/* The first two ask for the other two, or just run. */
static int vcpu_thread(void *arg)
{
	struct task *me = arg;

	await_go(me);
	if (evicting && me < &sh->task[2])
		ask_for_ever(me, me + 2, 100 * USEC);
	run_for(me, 0);
	return 0;
}

/*
 * A VM of four on two CPUs, beside two hogs on each. Its user sends the two that are
 * asked for away again and again, so that each time a hog can be exchanged for one.
 */
static void vm_beside_hogs(bool asks, unsigned int ms, double *vm, unsigned long *moved)
{
	static const struct place *const at[] = { &on1, &on2, &on2, &on1 };
	uint64_t ran[8], all = 0;
	unsigned int i;

	evicting = asks;
	for (i = 0; i < 4; i++)
		clone_task(&sh->task[i], at[i], vcpu_thread);
	for (i = 4; i < 8; i++)
		spawn_runner(i, i % 2 ? &on1 : &on2, 0);
	go(8);
	for (i = 4; i < 8; i++)
		set_cpus(sh->task[i].pid, on12.cpus);
	*moved = 0;
	for (i = 0; i < 8; i++) {
		ran[i] = sh->task[i].ran;
		if (i >= 4)
			*moved -= migrations_of(sh->task[i].pid);
	}
	for (; ms >= 10; ms -= 10) {
		set_cpus(sh->task[2].pid, on2.cpus);
		set_cpus(sh->task[3].pid, on1.cpus);
		set_cpus(sh->task[2].pid, on12.cpus);
		set_cpus(sh->task[3].pid, on12.cpus);
		sleep_ms(10);
	}
	for (i = 0; i < 8; i++) {
		ran[i] = sh->task[i].ran - ran[i];
		all += ran[i];
		if (i >= 4)
			*moved += migrations_of(sh->task[i].pid);
	}
	reap(8);
	*vm = percent(ran[0] + ran[1] + ran[2] + ran[3], all);
}

static void test_eviction(void)
{
	unsigned long moved, moved_off;
	unsigned int ms = 1500;
	double vm, off;

	vm_beside_hogs(false, ms, &off, &moved_off);
	vm_beside_hogs(true, ms, &vm, &moved);
	verdict(moved <= moved_off + 2 * ms / 100, "guard", "hogs_are_not_moved_about",
		"%lu times in %u ms, %lu without yields", moved, ms, moved_off);
	verdict(vm <= off + 1, "guard", "vm_that_has_hogs_moved_gains_nothing",
		"%.2f %%, without yields %.2f %%", vm, off);
}

/* Tasks in the groups of lender and target, below where their paths meet, don't pay. */
static void test_inner_groups(void)
{
	static const char *const group[] = { "a", "b", "a", "b", "other" };
	static const char *const name[] = { "", "", "lenders_sibling", "targets_sibling", "hog" };
	static const double fair[] = { 0, 0, 100 / 6., 100 / 6., 100 / 3. };
	struct place place = { .cpus = 1 << 1 };
	uint64_t ran[5], all = 0;
	unsigned int i;

	set_weights(false);
	for (i = 0; i < 5; i++) {
		place.group = group[i];
		if (i)
			spawn_runner(i, &place, 0);
		else
			spawn_asker(i, &place, 1, 200 * USEC);
	}
	go(5);
	sleep_ms(200);
	for (i = 0; i < 5; i++)
		ran[i] = cpu_time(sh->task[i].pid);
	sleep_ms(2000);
	for (i = 0; i < 5; i++) {
		ran[i] = cpu_time(sh->task[i].pid) - ran[i];
		all += ran[i];
	}
	reap(5);
	for (i = 2; i < 5; i++) {
		char what[64];

		snprintf(what, sizeof(what), "%s_has_its_share", name[i]);
		verdict(percent(ran[i], all) >= fair[i] - 1, "guard", what, "%.2f %% of %.2f %%",
			percent(ran[i], all), fair[i]);
	}
}

/*
 * A target does not run on when its loan ends and a task with a short slice is woken up
 * just then. The lender may, but seldom: its deadline can be the earlier one all the same.
 */
static void test_wakeup_goes_first(void)
{
	const uint64_t period = 4100 * USEC;	/* at all phases of slices and ticks */
	struct task *me = &sh->task[0], *to = &sh->task[1], *w = &sh->task[2];
	uint64_t begin = now(CLOCK_MONOTONIC);

	if (fork_task(me, &on1)) {
		int device = open_device();

		for (;;) {
			uint64_t t = now(CLOCK_MONOTONIC);
			uint64_t to_wake = period - (t - begin) % period;

			if (to_wake >= 300 * USEC || to_wake <= 50 * USEC) {
				run_for(me, 20 * USEC);
				continue;
			}
			me->off = to->ran;
			me->waited = t + to_wake;
			yield_once(me, device, to, 0, to_wake - 2 * USEC);
			count_ret(&me->sums, me->y.ret);
		}
	}
	spawn_runner(1, &on1, 0);
	if (fork_task(w, &on1)) {
		custom_slice(100 * USEC);
		for (;;) {
			uint64_t t = now(CLOCK_MONOTONIC);
			uint64_t at = t + period - (t - begin) % period;
			uint64_t late = sleep_until(at);

			if (me->waited == at) {
				w->waits++;
				if (to->ran - me->off > 600 * USEC)
					w->late++;
				else if (late > 600 * USEC)
					w->off++;
			}
			run_for(w, 50 * USEC);
		}
	}
	go(3);
	sleep_ms(1200);
	reap(3);
	verdict(me->sums.ret[RET_LENT] >= 50 && w->waits >= 50 && w->late <= w->waits / 50 &&
		w->off <= w->waits / 8,
		"guard", "wakeup_at_the_end_of_a_loan_goes_first",
		"the target ran on %lu of %lu times, the lender %lu times, %lu loans",
		(unsigned long)w->late, (unsigned long)w->waits, (unsigned long)w->off,
		me->sums.ret[RET_LENT]);
}

/* Whoever can't get what it asks for gives way to others, as without loans. */
static void test_pinned_spinner(void)
{
	struct sums *s = &sh->task[0].sums;
	double share;

	spawn_asker(0, &on1, 1, 20 * USEC);
	spawn_runner(1, &on2, 0);
	spawn_runner(2, &on1, 0);
	/* Two, lest the target's turns be just the asker's. */
	spawn_runner(3, &on2, 0);
	spawn_runner(4, &on2, 0);
	go(5);
	sleep_ms(50);
	share = -(double)sh->task[2].ran;
	sleep_ms(500);
	share += sh->task[2].ran;
	reap(5);
	verdict(s->ret[RET_FORFEITED] >= 1 && !s->ret[RET_LENT] && share >= 245 * MSEC, "guard",
		"pinned_spinner_gives_way", "%lu of %lu calls, co-runner has %.2f %%",
		s->ret[RET_FORFEITED], s->calls, share / 500 / MSEC * 100);
}

/*
 * Grace: a task that asks for it whenever it is to be preempted, beside another one, and
 * a real-time task, or one with a shorter slice, that wakes up there every other
 * millisecond.
 */
#define GRACE	(50 * USEC)

/* What such a run found; times in ns. */
struct grace_run {
	struct pvb_grace grace;
	double share;			/* of the other one, of a CPU */
	uint64_t longest, mean;		/* the waits of the one that is woken up */
};

static struct grace_run grace_beside(bool asks, bool real_time, int policy)
{
	struct task *woken = &sh->task[2];
	struct grace_run run;

	sh->grace = (struct pvb_grace){
		.run_ns = 900 * MSEC, .ns = 8 * USEC, .most = asks ? GRACE : 0,
	};
	if (fork_task(&sh->task[0], &on1)) {
		int device = open_device();

		set_policy(0, policy);
		if (ioctl(device, PVB_GRACE, &sh->grace))
			die("PVB_GRACE: %s", strerror(errno));
		for (;;)
			pause();
	}
	/* Beside it one of the idle class would hardly run. */
	spawn_runner(1, policy == SCHED_IDLE ? &on2 : &on1, 0);
	if (fork_task(woken, &on1)) {
		if (real_time)
			set_policy(0, SCHED_FIFO);
		else
			custom_slice(100 * USEC);
		for (;;) {
			uint64_t late = sleep_until(now(CLOCK_MONOTONIC) + 2 * MSEC);

			woken->waits++;
			woken->off += late;
			if (late > woken->waited)
				woken->waited = late;
		}
	}
	go(3);
	sleep_ms(100);
	run.share = -(double)sh->task[1].ran;
	sleep_ms(750);
	run.share = (run.share + sh->task[1].ran) / 750 / MSEC;
	sleep_ms(500);
	run.longest = woken->waited;
	run.mean = woken->off / (woken->waits ?: 1);
	run.grace = sh->grace;
	reap(3);
	return run;
}

static void test_grace(void)
{
	struct grace_run without = grace_beside(false, true, SCHED_OTHER);
	struct grace_run with = grace_beside(true, true, SCHED_OTHER);

	verdict(with.grace.granted >= 50 && !without.grace.granted, "guard", "grace_is_given",
		"%llu times", (unsigned long long)with.grace.granted);
	verdict(with.grace.longest <= GRACE + 15 * USEC, "guard", "grace_ends",
		"after %llu ns", (unsigned long long)with.grace.longest);
	verdict(with.share >= 0.99 * without.share, "guard",
		"task_beside_one_with_grace_has_its_share",
		"%.4f, %.4f without", with.share, without.share);
	verdict(with.grace.refused >= 1 && with.longest <= without.longest + 5 * USEC, "guard",
		"real_time_task_waits_for_no_grace", "%llu ns, %llu without, %llu refused",
		(unsigned long long)with.longest, (unsigned long long)without.longest,
		(unsigned long long)with.grace.refused);

	/* That one is not always eligible: on 6.12 its longest wait is a slice of others. */
	without = grace_beside(false, false, SCHED_OTHER);
	with = grace_beside(true, false, SCHED_OTHER);
	verdict(with.grace.refused >= 1 && with.mean <= without.mean + 5 * USEC, "guard",
		"task_with_a_shorter_slice_waits_for_no_grace",
		"mean %llu ns, %llu without; longest %llu, %llu; %llu refused",
		(unsigned long long)with.mean, (unsigned long long)without.mean,
		(unsigned long long)with.longest, (unsigned long long)without.longest,
		(unsigned long long)with.grace.refused);
}

/* One of the idle class is not let run in place of others. */
static void test_idle_class(void)
{
	struct sums *s = &sh->task[0].sums;
	unsigned long picked;
	struct grace_run run;
	double share;

	spawn_asker(0, &on1, 1, 200 * USEC);
	if (fork_task(&sh->task[1], &on2)) {
		set_policy(0, SCHED_IDLE);
		run_for(&sh->task[1], 0);
	}
	spawn_runner(2, &on2, 0);
	go(3);
	sleep_ms(50);
	share = -(double)sh->task[2].ran;
	/* One can be asked for in place of a kernel thread, and not be picked then. */
	picked = stat_of("next");
	sleep_ms(500);
	picked = stat_of("next") - picked;
	share += sh->task[2].ran;
	reap(3);
	verdict(s->calls >= 500 && picked <= 1 && share >= 490 * MSEC, "guard",
		"idle_class_is_not_advanced", "%lu of %lu calls, co-runner has %.2f %%",
		picked, s->calls, share / 500 / MSEC * 100);

	run = grace_beside(true, false, SCHED_IDLE);
	verdict(!run.grace.granted && run.grace.refused >= 50, "guard",
		"idle_class_gets_no_grace", "%llu of %llu", (unsigned long long)run.grace.granted,
		(unsigned long long)(run.grace.granted + run.grace.refused));
}

/* A target that asks on its lender's time, in vain, has nothing of its own to forfeit. */
static void test_pass_on(void)
{
	struct task *me = &sh->task[1];

	spawn_asker(0, &on1, 1, 200 * USEC);
	if (fork_task(me, &on1)) {
		int device = open_device();

		for (;;) {
			run_for(me, 10 * USEC);
			if (ioctl(device, PVB_LIMIT, 1000 * MSEC) != 1)
				continue;
			yield_once(me, device, &sh->task[2], 0, 100 * USEC);
			count_ret(&me->sums, me->y.ret);
		}
	}
	spawn_runner(2, &on2, 0);
	spawn_runner(3, &on1, 0);
	if (fork_task(&sh->task[4], &on2)) {
		set_policy(0, SCHED_FIFO);
		run_for(&sh->task[4], 0);
	}
	go(5);
	sleep_ms(500);
	reap(5);
	/* Its loan can end between a look and a yield. */
	verdict(me->sums.calls >= 50 && me->sums.ret[RET_FORFEITED] <= me->sums.calls / 50,
		"guard", "target_does_not_forfeit_on_its_lenders_time", "%lu of %lu calls",
		me->sums.ret[RET_FORFEITED], me->sums.calls);
}

void test_guard(const char *only)
{
	static const struct {
		const char *name;
		void (*test)(void);
	} tests[] = {
		{ "billing", test_billing },
		{ "refusal", test_refusal_moves_nobody },
		{ "throttled", test_throttled_cpu },
		{ "woken", test_woken_target_stays },
		{ "flood", test_flood },
		{ "eviction", test_eviction },
		{ "inner", test_inner_groups },
		{ "wakeup", test_wakeup_goes_first },
		{ "pinned", test_pinned_spinner },
		{ "grace", test_grace },
		{ "idle", test_idle_class },
		{ "pass", test_pass_on },
	};
	unsigned int i;

	set_weights(false);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (!only || !strcmp(only, tests[i].name))
			tests[i].test();
}
