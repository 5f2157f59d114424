// SPDX-License-Identifier: GPL-2.0
/*
 * yield-test: processes that lend each other the CPU, in L1. Which one runs next, which
 * pays, where each stands afterwards; what becomes of a loan when one of the two
 * goes away; whether anybody else notices. Ground truth is what pvb-yield.ko saw
 * with the run queue locked, and CPU time as the kernel counts it.
 *
 * usage: yield-test shares|modes|ends|cpus|limits|guard|off|soak|core [SECONDS]
 *
 * L lends, T is the target, B a bystander. The test itself is on CPU 0, they are
 * on the others. Not here: where a target runs that waits on another CPU than its
 * lender (yield-cpus.c), and what nobody may gain from loans (yield-guard.c).
 */
#define _GNU_SOURCE
#include "yield-test.h"

static const char *const react_name[] = {
	"target_spins_on", "target_exits", "target_sleeps", "target_is_done",
	"target_limits_it", "target_waits_for_a_mutex",
	"target_changes_cpu", "target_becomes_fifo", "target_changes_group",
	"lender_is_killed", "lender_changes_cpu", "lender_becomes_fifo", "lender_changes_group",
};

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
 * Linux 7.3 has several notions of a group's share. Whichever it is: the lender pays, and
 * nobody else has less than without loans. Where the number of runnable tasks counts the
 * kernel estimates it, and two tasks may be one or two, also without loans.
 */
static void test_mode(const struct layout *l, const char *mode, bool estimated)
{
	const struct lending how = {
		.to = &sh->task[1], .level = l->level, .ns = 100 * USEC, .gap = 200 * USEC,
	};
	double fair[3], has[3];
	const struct sums *s;
	struct usage u;
	char name[64];
	unsigned int i;
	bool near = true;

	run_three(l, true, &how, false, 1000, &u);
	for (i = 0; i < 3; i++)
		fair[i] = percent(u.exec[i], u.all);
	run_three(l, true, &how, true, 1500, &u);
	s = &u.sums;
	has[0] = percent(u.exec[0] + s->used, u.all);
	has[1] = percent((int64_t)(u.exec[1] - s->used), u.all);
	has[2] = percent(u.exec[2], u.all);
	for (i = 0; i < 3; i++)
		near &= close_to(has[i] * 1e4, fair[i] * 1e4, 1e4);
	snprintf(name, sizeof(name), "%s_%s", mode, l->name);
	verdict(s->exact >= 100 && s->conserved == s->exact && s->paid == s->exact - s->short_of,
		name, "lender_pays_what_target_uses", "%lu and %lu of %lu loans, %lu could not be paid",
		s->conserved, s->paid, s->exact, s->short_of);
	if (!estimated)
		verdict(near, name, "other_shares_are_as_without_loans",
			"%.2f %.2f %.2f %%, without %.2f %.2f %.2f %%", has[0], has[1], has[2],
			fair[0], fair[1], fair[2]);
}

static void test_modes(void)
{
	static const struct {
		const char *name;
		bool estimated;
	} modes[] = {
		{ "up", false }, { "smp", false }, { "concur", true }, { "max", false },
		{ "tasks", true },
	};
	unsigned int i, l;

	if (access(MODE_FILE, W_OK)) {
		printf("ok - cgroup_mode # SKIP this kernel has one notion of a group's share\n");
		return;
	}
	for (i = 0; i < 5; i++) {
		if (!write_file(MODE_FILE, modes[i].name))
			die("cgroup_mode");
		for (l = 1; l < 3; l++)
			test_mode(&layouts[l], modes[i].name, modes[i].estimated);
	}
	write_file(MODE_FILE, "smp");
}

/*
 * Ends: what the target does with the loan, and to the lender
 */

#define WHY(end)	(1u << END_##end)

static void test_end(enum react what, unsigned int whys, bool lender_next)
{
	const struct lending how = {
		.to = &sh->task[1], .gap = 300 * USEC, .react = what, .times = 1,
		/* if that one went on, it would end by its timer before the target's slice does */
		.ns = what == LOCK ? MSEC / 2 : 2 * MSEC,
	};
	const struct place place = { .group = "all", .cpus = 1 << 1 };
	unsigned int tries, lent = 0, expected = 0, after = 0, alive = 0, preempted = 0;
	char whyte[64] = "", one[8];
	unsigned long begun, ended;
	uint64_t longest = 0;
	int i;

	set_weights(false);
	for (tries = 0; tries < 20 && lent < 5; tries++) {
		const struct pvb_yield *y = &sh->task[0].y;

		begun = stat_begun();
		ended = stat_ended();
		spawn_lender(0, &place, &how);
		spawn_spinner(1, &place);
		if (what != LOCK)
			spawn_spinner(2, &place);
		else if (fork_task(&sh->task[2], &place))
			hold_mutex(&sh->task[2], 40 * MSEC);
		if (what == LOCK) {
			sh->task[2].go = 1;
			sleep_ms(20);
		}
		go(3);
		sleep_ms(30);
		for (i = 1; i < 3; i++) {
			unsigned long turns = sh->task[i].turns;

			if ((what == EXIT && i == 1) || what == LOCK)
				continue;
			sleep_ms(10);
			alive += sh->task[i].turns > turns;
		}
		reap(3);
		if (!y->lent || !sh->task[1].reacted || y->ret != RET_LENT)
			continue;
		/* A kernel thread had to run: that tells nothing. */
		if (y->why == END_PREEMPT && !(whys & WHY(PREEMPT))) {
			preempted++;
			continue;
		}
		lent++;
		if (y->why >= 0 && whys >> y->why & 1)
			expected++;
		snprintf(one, sizeof(one), " %d", y->why);
		strncat(whyte, one, sizeof(whyte) - strlen(whyte) - 1);
		if (y->used > (int64_t)longest)
			longest = y->used;
		after += y->after == sh->task[0].pid;
		/* each loan that began has ended, and only once */
		if (stat_begun() - begun != stat_ended() - ended)
			expected = -1000;
	}
	verdict(lent >= 5 && expected == lent, react_name[what], "ends_the_loan",
		"%u loans, ended as they should %d, why:%s; %u more pre-empted, of %u tries",
		lent, (int)expected, whyte, preempted, tries);
	if (lender_next)
		verdict(lent && after == lent, react_name[what], "lender_is_next",
			"%u of %u", after, lent);
	if (what == LIMIT)
		verdict(lent && longest < how.ns / 4, react_name[what], "is_as_short_as_said",
			"%.2f ms of %.2f ms", longest / 1e6, how.ns / 1e6);
	if (what != LOCK)
		verdict(alive == tries * (what == EXIT ? 1 : 2),
			react_name[what], "others_go_on", "%u", alive);
}

static void test_ends(void)
{
	test_end(DONE, WHY(DONE), true);
	test_end(LIMIT, WHY(TIMER), true);
	test_end(SLEEP, WHY(BLOCK), true);
	/* With proxy execution the mutex's owner runs on the target's account, not on the loan. */
	if (number_in(MODULE_DIR "/proxies"))
		test_end(LOCK, WHY(PREEMPT), false);
	else
		test_end(LOCK, WHY(BLOCK), true);
	test_end(EXIT, WHY(BLOCK), true);
	test_end(MOVE_CPU, WHY(GONE) | WHY(PREEMPT), false);
	test_end(GO_FIFO, WHY(BLOCK) | WHY(GONE), false);
	test_end(MOVE_GROUP, WHY(BLOCK) | WHY(GONE), false);
	/* a lender that is killed dies when it is its turn again */
	test_end(KILL_LENDER, WHY(TIMER) | WHY(PREEMPT), false);
	test_end(MOVE_LENDER, WHY(GONE) | WHY(BLOCK) | WHY(PREEMPT), false);
	test_end(FIFO_LENDER, WHY(GONE), false);
	test_end(GROUP_LENDER, WHY(GONE), false);
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
	static const struct layout target = { "target", { "other", "quota", "all" }, 1, { } };
	static const struct layout lender = { "lender", { "quota", "other", "all" }, 1, { } };
	/* Each in a group of its own, as libvirt makes them, in one that has a quota. */
	static const struct layout vm = { "vm", { "vq/0", "vq/1", "other" }, 1, { } };
	static const struct layout *const cases[] = { &both, &target, &lender, &vm };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		const struct lending how = {
			.to = &sh->task[1], .level = cases[i]->level,
			.ns = 500 * USEC, .gap = 100 * USEC,
		};
		const char *group = "quota";
		double used = 0, part[3];
		unsigned int quota = 20;
		unsigned long before;
		struct usage u;
		char name[64];
		int k;

		if (cases[i] == &vm) {
			group = "vq";
			quota = 40;
		}
		before = throttled(group);
		snprintf(name, sizeof(name), "%u 12000", quota * 120);
		set_group(group, "cpu.max", name);
		run_three(cases[i], false, &how, true, 1000, &u);
		set_group(group, "cpu.max", "max 100000");
		for (k = 0; k < 3; k++) {
			part[k] = percent(u.exec[k], 1000 * MSEC);
			if (!strncmp(cases[i]->group[k], group, strlen(group)))
				used += part[k];
		}
		snprintf(name, sizeof(name), "quota_on_%s", cases[i]->name);
		verdict(u.sums.lent > 20, name, "loans_are_made", "%lu of %lu calls",
			u.sums.lent, u.sums.calls);
		/* The lender's group is charged for what it lends, the target's is not. */
		if (cases[i] == &lender)
			used += percent(u.sums.used, 1000 * MSEC);
		else if (cases[i] == &target)
			used -= percent(u.sums.used, 1000 * MSEC);
		verdict(throttled(group) > before && used > quota - 2, name,
			"group_is_throttled", "%lu times", throttled(group) - before);
		/* A slice of bandwidth may be overrun by a tick. */
		verdict(used <= quota + 1, name, "group_keeps_its_quota",
			"%.2f %% of %u %%; lender %.2f, target %.2f, bystander %.2f, lent %.2f",
			used, quota, part[0], part[1], part[2], percent(u.sums.used, 1000 * MSEC));
	}
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
	verdict(!s->lent && !stat_begun() && !stat_ended() && !stat_of("moved") &&
		!stat_of("refused") && !stat_of("busy") && !stat_of("forfeited"),
		"off", "no_loan_without_anybody_who_asks",
		"%lu loans, %lu counted", s->lent, stat_begun());
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
	int device = open_device();
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
		case 2:
			ioctl(device, PVB_MUTEX, random_below(&state, 300 * USEC));
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

static void change_something(uint64_t *state, bool hotplug)
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

	switch (random_below(state, 8 + hotplug)) {
	case 8:
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
	case 0:
		snprintf(text, sizeof(text), "%d", 1 + (int)random_below(state, 1000));
		set_group(group, "cpu.weight", text);
		break;
	}
}

/*
 * @what: "soak", or "core": the same with core scheduling, on pCPUs that are threads, where
 * nothing is lent after the first task has a cookie. These
 * stay online: a thread that comes while its sibling picks for both makes Linux follow a
 * NULL pointer, with loans and without (pick_next_task(): nothing was picked for it).
 */
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
			change_something(&state, !core);
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
		const struct sums *s = &sh->task[i].sums;

		stuck += sh->task[i].turns == turns[i];
		lent += core ? s->ret[RET_FORFEITED] : s->lent;
	}
	reap(MAX_TASKS);
	begun = stat_begun();
	ended = stat_ended();
	verdict(lent > 100, what, "yields_go_on_through_changes", "%lu %s, %lu changes", lent,
		core ? "as without loans" : "loans", changes);
	verdict(!stuck, what, "everybody_goes_on_after_changes", "%lu of %d stuck",
		stuck, MAX_TASKS);
	verdict(begun == ended, what, "each_loan_has_ended_once", "%lu began, %lu ended",
		begun, ended);
	if (number_in(MODULE_DIR "/proxies"))
		verdict(number_in(MODULE_DIR "/proxied") > 20, what,
			"waiters_for_a_mutex_keep_their_place", "%lu times",
			number_in(MODULE_DIR "/proxied"));
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
	else if (!strcmp(what, "modes"))
		test_modes();
	else if (!strcmp(what, "ends"))
		test_ends();
	else if (!strcmp(what, "cpus"))
		test_cpus();
	else if (!strcmp(what, "limits"))
		test_limits();
	else if (!strcmp(what, "off"))
		test_off();
	else if (!strcmp(what, "guard"))
		test_guard(NULL);
	else if (!strncmp(what, "guard-", 6))
		test_guard(what + 6);
	else if (!strcmp(what, "soak") || !strcmp(what, "core"))
		test_soak(what, argc > 2 ? atoi(argv[2]) : 2);
	else
		die("usage: yield-test shares|modes|ends|cpus|limits|guard|off|soak|core [SECONDS]");
	return failed > 0;
}
