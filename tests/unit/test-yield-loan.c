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
#include "yield_loan_math.h"

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

	return some[rnd(sizeof(some) / sizeof(some[0]))];
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

static bool eligible(const struct queue *q, int i)
{
	return weighted_sum(q) >=
	       (__int128)(s64)(q->e[i].vruntime - q->base) * total_weight(q);
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

/* e[0] lends to e[1]. */
static void transfer_makes_eligible_and_conserves(void **unused)
{
	int n, changed = 0;

	(void)unused;
	state = 1;
	for (n = 0; n < QUEUES; n++) {
		struct queue q, old;
		__int128 before;
		bool was[MAX_ENTITIES];
		s64 credit, left;
		int i;

		make_queue(&q);
		old = q;
		before = weighted_sum(&q);
		for (i = 2; i < q.nr; i++)
			was[i] = eligible(&q, i);
		credit = yield_credit_needed(&q.e[1], average(&q));
		assert_true(credit >= 0);
		if (eligible(&q, 1))
			assert_true(credit <= (s64)q.e[1].weight / 1024 + 1);
		yield_transfer(&q.e[0], &q.e[1], credit);
		changed += credit > 0;

		assert_conserved(before, &q, 1);
		/* by rounding of the other side, V may be a unit off */
		q.e[1].vruntime -= 2;
		assert_true(eligible(&q, 1));
		q.e[1].vruntime += 2;
		for (i = 0; i < 2; i++) {
			left = old.e[i].deadline - old.e[i].vruntime;
			assert_true((s64)(q.e[i].deadline - q.e[i].vruntime) == left);
		}
		for (i = 2; i < q.nr; i++) {
			s64 margin = old.e[i].vruntime - average(&old);

			/* unless it is right on the edge */
			if (margin < -2 || margin > 2)
				assert_true(eligible(&q, i) == was[i]);
		}
	}
	assert_true(changed > QUEUES / 4);
}

static void room_keeps_the_lag_limit(void **unused)
{
	const s64 limit = 2 * SLICE;
	int n, refused = 0;

	(void)unused;
	state = 2;
	for (n = 0; n < QUEUES; n++) {
		struct queue q;
		s64 credit, room, lag;
		u64 avg;

		make_queue(&q);
		avg = average(&q);
		credit = yield_credit_needed(&q.e[1], avg);
		room = yield_room(&q.e[0], avg, limit);
		if (credit > room) {
			refused++;
			continue;
		}
		yield_transfer(&q.e[0], &q.e[1], credit);
		lag = yield_service(average(&q) - q.e[0].vruntime, q.e[0].weight);
		/* a unit of virtual time is worth weight / 1024 of service */
		if (credit)
			assert_true(lag >= -limit - 4 * (s64)(q.e[0].weight / 1024 + 1));
	}
	assert_true(refused > 0 && refused < QUEUES);
}

static void after_the_loan_target_stands_where_it_stood(void **unused)
{
	int n;

	(void)unused;
	state = 3;
	for (n = 0; n < QUEUES; n++) {
		struct queue q, old;
		s64 credit, left, used, unit0, unit1;
		__int128 before;

		make_queue(&q);
		old = q;
		credit = rnd(3) ? yield_credit_needed(&q.e[1], average(&q)) : 0;
		left = yield_service(q.e[1].deadline - q.e[1].vruntime, q.e[1].weight);
		yield_transfer(&q.e[0], &q.e[1], credit);

		/* the target runs; the scheduler accounts for it as always */
		used = rnd(SLICE);
		q.e[1].vruntime += yield_virtual(used, q.e[1].weight);
		if ((s64)(q.e[1].vruntime - q.e[1].deadline) >= 0)
			q.e[1].deadline = q.e[1].vruntime + yield_virtual(SLICE, q.e[1].weight);
		before = weighted_sum(&q);

		yield_settle(&q.e[0], &q.e[1], credit, used, INT64_MAX, left);
		assert_conserved(before, &q, 1);
		assert_close(q.e[1].vruntime, old.e[1].vruntime, 3);
		unit1 = 1024 / (s64)q.e[1].weight + 3;
		assert_close(q.e[1].deadline, old.e[1].deadline, unit1 + 3);
		/* the lender has paid for it, also out of his slice */
		assert_close(q.e[0].vruntime - old.e[0].vruntime,
			     yield_virtual(used, q.e[0].weight), 3);
		unit0 = 3;
		assert_close(q.e[0].deadline, old.e[0].deadline, unit0);
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
	yield_settle(&q.e[0], &q.e[1], 0, 5000000, 1000000, 0);
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
		q.e[0].weight = q.e[1].weight = 1024;
		old = q;
		before = weighted_sum(&q);
		for (k = 0; k < 100; k++) {
			int from = rnd(2), to = !from;
			s64 credit = yield_credit_needed(&q.e[to], average(&q));
			s64 left = yield_service(q.e[to].deadline - q.e[to].vruntime, 1024);
			s64 used = rnd(200000);

			yield_transfer(&q.e[from], &q.e[to], credit);
			q.e[to].vruntime += used;
			before += (__int128)used * 1024;
			yield_settle(&q.e[from], &q.e[to], credit, used, INT64_MAX, left);
			sum[from] += used;
		}
		assert_conserved(before, &q, 100);
		assert_close(q.e[0].vruntime - old.e[0].vruntime, sum[0], 200);
		assert_close(q.e[1].vruntime - old.e[1].vruntime, sum[1], 200);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transfer_makes_eligible_and_conserves),
		cmocka_unit_test(room_keeps_the_lag_limit),
		cmocka_unit_test(after_the_loan_target_stands_where_it_stood),
		cmocka_unit_test(the_charge_is_bounded),
		cmocka_unit_test(loans_do_not_drift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
