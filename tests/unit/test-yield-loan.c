// SPDX-License-Identifier: GPL-2.0
/*
 * The arithmetic of lent CPU time on random run queues: what a loan must not
 * change, and what it must.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <linux/types.h>
#ifndef YIELD_NICE_0_WEIGHT
#define YIELD_NICE_0_WEIGHT	1024
#endif
#include "yield_loan_math.h"

#define NICE_0			YIELD_NICE_0_WEIGHT

#define QUEUES		20000
#define MAX_ENTITIES	12
#define NSEC_PER_MSEC	1000000LL
#define SLICE		(3 * NSEC_PER_MSEC)

static uint64_t state;

static uint64_t rnd(uint64_t below)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) % below;
}

struct queue {
	struct yield_party e[MAX_ENTITIES];
	int nr;
	u64 base;
};

/* Weights of the nice levels at both ends, of cgroups, and the common one. */
static unsigned long weight(void)
{
	static const unsigned long some[] = {
		1024, 1024, 1024, 15, 335, 3121, 88761, 2, 262144,
	};

	return some[rnd(sizeof(some) / sizeof(some[0]))] * (NICE_0 / 1024);
}

static void make_queue(struct queue *q)
{
	int i;

	q->nr = 2 + rnd(MAX_ENTITIES - 1);
	/* virtual time wraps; nothing may depend on where it stands */
	q->base = rnd(4) ? rnd(1ULL << 62) : -(u64)rnd(1 << 20);
	for (i = 0; i < q->nr; i++) {
		struct yield_party *e = &q->e[i];

		e->weight = weight();
		/* lags of up to two slices of service */
		e->vruntime = q->base + yield_virtual((s64)rnd(4 * SLICE) - 2 * SLICE, e->weight);
		e->deadline = e->vruntime + yield_virtual(rnd(SLICE) + 1, e->weight);
	}
}

/* Sum of weight * (vruntime - base), exact. */
static __int128 weighted_sum(const struct queue *q)
{
	__int128 sum = 0;
	int i;

	for (i = 0; i < q->nr; i++)
		sum += (__int128)(s64)(q->e[i].vruntime - q->base) * q->e[i].weight;
	return sum;
}

static __int128 total_weight(const struct queue *q)
{
	__int128 sum = 0;
	int i;

	for (i = 0; i < q->nr; i++)
		sum += q->e[i].weight;
	return sum;
}

/* As the kernel's avg_vruntime(): rounded down, so that an entity there is eligible. */
static u64 average(const struct queue *q)
{
	__int128 sum = weighted_sum(q), w = total_weight(q), avg = sum / w;

	if (sum % w < 0)
		avg--;
	return q->base + (s64)avg;
}

/* Rounding of each change is less than one unit of virtual time. */
static void assert_conserved(__int128 before, const struct queue *q, int changes)
{
	__int128 d = weighted_sum(q) - before;
	__int128 bound = (__int128)changes * (q->e[0].weight + q->e[1].weight);

	assert_true(d <= bound && -d <= bound);
}

static void assert_close(s64 a, s64 b, s64 by)
{
	assert_true(a - b <= by && b - a <= by);
}

static s64 lag(const struct queue *q, int i)
{
	return yield_service(average(q) - q->e[i].vruntime, q->e[i].weight);
}

/* The scheduler's own account of a task that runs. */
static void run(struct yield_party *e, s64 used)
{
	e->vruntime += yield_virtual(used, e->weight);
	if ((s64)(e->vruntime - e->deadline) >= 0)
		e->deadline = e->vruntime + yield_virtual(SLICE, e->weight);
}

/* Whatever is charged within the room leaves the lender above -limit. */
static void room_keeps_the_lag_limit(void **unused)
{
	const s64 limit = 2 * SLICE;
	int n, none = 0, all = 0;

	(void)unused;
	state = 2;
	for (n = 0; n < QUEUES; n++) {
		struct queue q;
		s64 room, used = rnd(SLICE);

		make_queue(&q);
		run(&q.e[1], used);
		room = yield_room(&q.e[0], average(&q), limit);
		none += !room;
		all += room >= used;
		assert_true(room >= 0);
		if (!room)
			assert_true(lag(&q, 0) <= -limit + 4 * (s64)(q.e[0].weight / NICE_0 + 1));
		yield_settle(&q.e[0], &q.e[1], used, room, 0);
		/* a unit of virtual time is worth weight / NICE_0 of service */
		if (room)
			assert_true(lag(&q, 0) >= -limit - 4 * (s64)(q.e[0].weight / NICE_0 + 1));
	}
	assert_true(none > QUEUES / 100 && all > QUEUES / 4);
}

/* e[0] lends to e[1]. */
static void after_the_loan_target_stands_where_it_stood(void **unused)
{
	int n, i;

	(void)unused;
	state = 3;
	for (n = 0; n < QUEUES; n++) {
		struct queue q, old, alone;
		s64 left, used;
		__int128 before;

		make_queue(&q);
		old = q;
		left = yield_service(q.e[1].deadline - q.e[1].vruntime, q.e[1].weight);
		used = rnd(SLICE);
		run(&q.e[1], used);
		before = weighted_sum(&q);

		yield_settle(&q.e[0], &q.e[1], used, INT64_MAX, left);
		assert_conserved(before, &q, 1);
		assert_close(q.e[1].vruntime, old.e[1].vruntime, 3);
		assert_close(q.e[1].deadline, old.e[1].deadline, NICE_0 / (s64)q.e[1].weight + 6);
		/* the lender has paid for it, also out of its slice */
		assert_close(q.e[0].vruntime - old.e[0].vruntime,
			     yield_virtual(used, q.e[0].weight), 3);
		assert_true(q.e[0].deadline == old.e[0].deadline);
		/* all others have the lag that they would have if it had run itself */
		alone = old;
		run(&alone.e[0], used);
		for (i = 2; i < q.nr; i++)
			assert_close(lag(&q, i), lag(&alone, i),
				     4 * (s64)(q.e[i].weight / NICE_0 + 1) *
				     (s64)(1 + (q.e[0].weight + q.e[1].weight) / total_weight(&q)));
	}
}

/* What the lender can't pay stays with the target; still nobody else pays. */
static void the_charge_is_bounded(void **unused)
{
	struct queue q, old;
	__int128 before;

	(void)unused;
	state = 4;
	make_queue(&q);
	old = q;
	before = weighted_sum(&q);
	yield_settle(&q.e[0], &q.e[1], 5000000, 1000000, 0);
	assert_conserved(before, &q, 1);
	assert_close(q.e[0].vruntime - old.e[0].vruntime, yield_virtual(1000000, q.e[0].weight), 1);
	assert_close(old.e[1].vruntime - q.e[1].vruntime, yield_virtual(1000000, q.e[1].weight), 1);
}

/* A hundred loans to and fro move nobody but by what was used. */
static void loans_do_not_drift(void **unused)
{
	int n, k;

	(void)unused;
	state = 5;
	for (n = 0; n < QUEUES / 100; n++) {
		struct queue q, old;
		s64 sum[2] = { 0, 0 };
		__int128 before;

		make_queue(&q);
		q.e[0].weight = q.e[1].weight = NICE_0;
		old = q;
		before = weighted_sum(&q);
		for (k = 0; k < 100; k++) {
			int from = rnd(2), to = !from;
			s64 left = yield_service(q.e[to].deadline - q.e[to].vruntime, NICE_0);
			s64 used = rnd(200000);

			q.e[to].vruntime += used;
			before += (__int128)used * NICE_0;
			yield_settle(&q.e[from], &q.e[to], used, INT64_MAX, left);
			sum[from] += used;
		}
		assert_conserved(before, &q, 100);
		assert_close(q.e[0].vruntime - old.e[0].vruntime, sum[0], 200);
		assert_close(q.e[1].vruntime - old.e[1].vruntime, sum[1], 200);
	}
}

/*
 * An entity that is advanced whenever it has room, beside others that EEVDF picks, gets
 * no more than its share, and the limit ahead of it.
 */
static void advances_gain_nothing_in_the_long_run(void **unused)
{
	const s64 limit = 2 * SLICE, step = 100000;
	int n, k, i;

	(void)unused;
	state = 6;
	for (n = 0; n < QUEUES / 400; n++) {
		s64 got[MAX_ENTITIES] = { 0 }, all = 2000 * step, fair;
		struct queue q;

		make_queue(&q);
		for (i = 0; i < q.nr; i++) {
			q.e[i].weight = NICE_0;
			q.e[i].vruntime = q.base;
			q.e[i].deadline = q.base + SLICE;
		}
		for (k = 0; k < 2000; k++) {
			u64 avg = average(&q);
			int best = -1;

			for (i = 0; i < q.nr; i++)
				if ((s64)(q.e[i].vruntime - avg) <= 0 &&
				    (best < 0 || (s64)(q.e[i].deadline - q.e[best].deadline) < 0))
					best = i;
			if (yield_room(&q.e[0], avg, limit))
				best = 0;
			assert_true(best >= 0);
			run(&q.e[best], step);
			got[best] += step;
		}
		fair = all / q.nr;
		assert_true(got[0] <= fair + limit + step && got[0] >= fair);
		for (i = 1; i < q.nr; i++)
			assert_true(got[i] >= fair - limit - step - 2 * SLICE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_keeps_the_lag_limit),
		cmocka_unit_test(after_the_loan_target_stands_where_it_stood),
		cmocka_unit_test(the_charge_is_bounded),
		cmocka_unit_test(loans_do_not_drift),
		cmocka_unit_test(advances_gain_nothing_in_the_long_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
