// SPDX-License-Identifier: GPL-2.0
/*
 * Loans across CPUs: the target waits on another one than the lender. Whether it is
 * nudged, pulled, moved, or exchanged for somebody who waits here, where it is
 * afterwards, and what was counted. Not here: what a loan costs and how it ends, which
 * is as on one CPU (yield-test.c).
 */
#define _GNU_SOURCE
#include "yield-test.h"

struct cpu_sums {
	unsigned int tries, ret[RET_NR], next, there, swapped;
};

/*
 * On pCPU 1: lends to T, which waits on pCPU 2 and may come to @cpus just before;
 * again and again. @swap: task 3, which waits here, may go to these.
 */
static void lend_across(unsigned int cpus, unsigned int swap, unsigned int gap,
			struct cpu_sums *c)
{
	struct task *me = &sh->task[0], *to = &sh->task[1], *other = &sh->task[3];
	int device = open_device(), cpu;
	unsigned int i;

	/* Go on until a few have come about. */
	for (i = 0; i < (gap ? 24 : 60) ||
	     (c->ret[RET_LENT] + c->ret[RET_NUDGED] < 5 && i < 120); i++) {
		set_cpus(to->pid, 1 << 2);
		if (swap)
			set_cpus(other->pid, 1 << 1);
		sleep_ms(gap ?: 1);
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
	unsigned int gap;	/* between two tries, ms; 0: one, and more tries */
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
		    1 << 1 | 1 << 2 : 0, across->gap, across_sums);
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
	unsigned long exchanged = stat_of("exchanged"), rehomed = stat_of("rehomed");
	struct cpu_sums c;
	char name[64];

	run_across(a, &c);
	pulled = stat_of("pulled") - pulled;
	returned = stat_of("returned") - returned;
	rehomed = stat_of("rehomed") - rehomed;
	exchanged = stat_of("exchanged") - exchanged;

	snprintf(name, sizeof(name), "%s_is_pulled", what);
	verdict(c.ret[RET_LENT] >= 10 && !c.ret[RET_NUDGED] && pulled == c.ret[RET_LENT] &&
		!exchanged, "cpus", name, "%u of %u, %lu counted, %u nudged, %lu exchanged",
		c.ret[RET_LENT], c.tries, pulled, c.ret[RET_NUDGED], exchanged);
	snprintf(name, sizeof(name), "%s_runs_next", what);
	verdict(c.next == c.ret[RET_LENT], "cpus", name, "%u of %u", c.next, c.ret[RET_LENT]);
	snprintf(name, sizeof(name), "%s_goes_home", what);
	/* A kernel thread that runs at home just then makes this pCPU the roomier one. */
	verdict(c.there <= rehomed && rehomed <= pulled / 5 && returned + rehomed >= pulled,
		"cpus", name, "%u remained, %lu of %lu counted, %lu found more room", c.there,
		returned, pulled, rehomed);
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
	verdict(c.ret[RET_LENT] >= (a->gap ? 5 : 10) &&
		c.next * 100 >= c.ret[RET_LENT] * 95, "cpus", name,
		"%u of %u, %u tries, %u nudged", c.next, c.ret[RET_LENT], c.tries,
		c.ret[RET_NUDGED]);
	snprintf(name, sizeof(name), "%s_stays", what);
	verdict(c.there * 100 >= c.ret[RET_LENT] * 80, "cpus", name, "%u of %u", c.there,
		c.ret[RET_LENT]);
	snprintf(name, sizeof(name), "another_goes_for_%s", what);
	verdict(c.swapped * 100 >= c.ret[RET_LENT] * 80 && exchanged >= c.swapped, "cpus", name,
		"%u of %u, %lu counted", c.swapped, c.ret[RET_LENT], exchanged);
}

void test_cpus(void)
{
	const unsigned int both = 1 << 1 | 1 << 2;
	unsigned long nudged, moved, rehomed;
	struct cpu_sums c;

	set_weights(false);
	nudged = stat_of("nudged");
	run_across(&(struct across){ .cpus = 1 << 2, .there = 1 }, &c);
	nudged = stat_of("nudged") - nudged;
	verdict(c.ret[RET_NUDGED] >= 5 && !c.ret[RET_LENT] && !c.ret[RET_MOVED] &&
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

	/* Tasks of others are exchanged ten times a second at most. */
	test_stays("target_beside_two_strangers",
		   &(struct across){ .cpus = both, .strangers = 2, .there = 1, .gap = 100 });
	test_stays("fourth_of_its_vm",
		   &(struct across){ .cpus = both, .strangers = 1, .siblings = 2, .there = 3,
				     .gap = 100 });
	test_stays("target_of_a_vm_alone", &(struct across){ .cpus = both, .siblings = 1 });

	run_across(&(struct across){ .cpus = both, .siblings = 1, .pinned = true }, &c);
	verdict(c.ret[RET_NUDGED] + c.ret[RET_FORFEITED] >= 10 && !c.ret[RET_LENT] && !c.there,
		"cpus", "target_of_a_vm_alone_is_not_piled_up",
		"%u of %u nudged, %u forfeited, %u lent, %u moved", c.ret[RET_NUDGED], c.tries,
		c.ret[RET_FORFEITED], c.ret[RET_LENT], c.there);

	moved = stat_of("moved");
	run_across(&(struct across){ .cpus = 1 << 2 | 1 << 3, .there = 1 }, &c);
	moved = stat_of("moved") - moved;
	verdict(c.ret[RET_MOVED] >= 10 && !c.ret[RET_LENT] && c.there >= c.ret[RET_MOVED] &&
		moved == c.ret[RET_MOVED], "cpus", "idle_cpu_takes_the_target", "%u of %u, %lu counted, %u there",
		c.ret[RET_MOVED], c.tries, moved, c.there);
}
