// SPDX-License-Identifier: GPL-2.0
/*
 * Yields across CPUs: the target waits on another one than the yielder. It runs at once
 * where it is, and pays for that; or it is sent to an idle CPU. Not here: loans on one CPU
 * (yield-test.c).
 */
#define _GNU_SOURCE
#include "yield-test.h"

/* The target's time, and how long it may take until it runs; a hog's turn is some ms. */
#define ADVANCE		(100 * USEC)
#define AT_ONCE		(60 * USEC)

struct cpu_sums {
	unsigned int tries, ret[RET_NR], ran, there;
};

/*
 * On pCPU 1: yields to task 1, which waits on pCPU 2 beside task 2 and may run on @cpus;
 * again and again.
 */
static void yield_across(unsigned int cpus, struct cpu_sums *c)
{
	struct task *me = &sh->task[0], *to = &sh->task[1];
	int device = open_device();
	unsigned int i;

	for (i = 0; i < 150; i++) {
		unsigned long turns;

		set_cpus(to->pid, 1 << 2);
		sleep_ms(1);
		spin_for(me, 2 * MSEC + i * 37 * USEC);
		if (cpu_of(to->pid) != 2)
			continue;
		c->tries++;
		set_cpus(to->pid, cpus);
		turns = to->turns;
		yield_once(me, device, to, 0, ADVANCE);
		if (me->y.ret < 0 || me->y.ret >= RET_NR)
			continue;
		c->ret[me->y.ret]++;
		if (me->y.ret != RET_ADVANCED && me->y.ret != RET_MOVED)
			continue;
		spin_for(me, AT_ONCE);
		c->ran += to->turns > turns;
		c->there += cpus >> cpu_of(to->pid) & 1;
	}
}

static void run_across(unsigned int cpus, struct cpu_sums *result)
{
	const struct place here = { .group = "all", .cpus = 1 << 1 };
	const struct place there = { .group = "all", .cpus = 1 << 2 };
	struct cpu_sums *c;

	c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c == MAP_FAILED)
		die("memory");
	if (fork_task(&sh->task[0], &here)) {
		yield_across(cpus, c);
		_exit(0);
	}
	spawn_spinner(1, &there);
	spawn_spinner(2, &there);
	go(3);
	waitpid(sh->task[0].pid, NULL, 0);
	reap(3);
	*result = *c;
	munmap(c, sizeof(*c));
}

static void test_advance(void)
{
	unsigned long advances = stat_of("advances"), moved = stat_of("moved");
	struct cpu_sums c;
	unsigned int n;

	/* Also if it could come to the yielder's CPU. */
	run_across(1 << 1 | 1 << 2, &c);
	n = c.ret[RET_ADVANCED];
	advances = stat_of("advances") - advances;
	moved = stat_of("moved") - moved;
	/* Or it runs just then. */
	verdict(n >= 20 && n + c.ret[RET_NONE] == c.tries && advances == n && !moved, "cpus",
		"target_elsewhere_is_advanced", "%u of %u, %u got nothing, %lu counted, %lu moved",
		n, c.tries, c.ret[RET_NONE], advances, moved);
	verdict(n && c.ran * 100 >= n * 95, "cpus", "advanced_target_runs_at_once", "%u of %u",
		c.ran, n);
	verdict(n && c.there == n, "cpus", "advanced_target_stays_where_it_is", "%u of %u",
		c.there, n);
}

static void test_idle(void)
{
	unsigned long moved = stat_of("moved");
	struct cpu_sums c;
	unsigned int n;

	run_across(1 << 2 | 1 << 3, &c);
	n = c.ret[RET_MOVED];
	moved = stat_of("moved") - moved;
	/* The load balancer may be first. */
	verdict(n >= 20 && c.ret[RET_ADVANCED] * 10 <= n && moved == n, "cpus",
		"idle_cpu_takes_the_target", "%u of %u, %u advanced, %lu counted", n, c.tries,
		c.ret[RET_ADVANCED], moved);
	n += c.ret[RET_ADVANCED];
	verdict(n && c.ran * 100 >= n * 95, "cpus", "moved_target_runs_at_once", "%u of %u",
		c.ran, n);
}

/* A target that is advanced as often as can be has its share of its CPU, and no more. */
static void test_share_of_advanced(void)
{
	const struct place here = { .group = "all", .cpus = 1 << 1 };
	const struct place there = { .group = "all", .cpus = 1 << 2 };
	struct task *me = &sh->task[0], *to = &sh->task[1], *hog = &sh->task[2];
	uint64_t used[2];
	double share;

	if (fork_task(me, &here)) {
		int device = open_device();

		for (;;) {
			yield_once(me, device, to, 0, ADVANCE);
			count_ret(&me->sums, me->y.ret);
			spin_for(me, 50 * USEC);
		}
	}
	spawn_spinner(1, &there);
	spawn_spinner(2, &there);
	go(3);
	sleep_ms(100);
	used[0] = cpu_time(to->pid);
	used[1] = cpu_time(hog->pid);
	sleep_ms(1000);
	used[0] = cpu_time(to->pid) - used[0];
	used[1] = cpu_time(hog->pid) - used[1];
	reap(3);
	share = percent(used[0], used[0] + used[1]);
	verdict(me->sums.ret[RET_ADVANCED] >= 200 && share <= 50.5 && share >= 25, "cpus",
		"advanced_target_has_no_more_than_its_share", "%.2f %%, %lu times of %lu",
		share, me->sums.ret[RET_ADVANCED], me->sums.calls);
}

void test_cpus(void)
{
	set_weights(false);
	test_advance();
	test_idle();
	test_share_of_advanced();
}
