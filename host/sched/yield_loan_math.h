/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arithmetic of lent CPU time under EEVDF, apart from the run queue, so that
 * it can be tested in user space. yield_lend.c and yield_loan.c do what it says.
 *
 * Service is CPU time in nanoseconds, whatever the weight; an entity of weight w
 * that gets service s moves by s / w in virtual time (here: s * 1024 / w). Lag is the
 * service that an entity is behind its fair share (Stoica et al., EEVDF, 1995):
 *
 *   lag_i = w_i * (V - v_i),  V = \Sum w_i * v_i / \Sum w_i  =>  \Sum lag_i = 0
 *
 * A loan gives the target t the credit c, which the lender l pays:
 *
 *   v_t' = v_t - c / w_t,  v_l' = v_l + c / w_l
 *
 * w_t * v_t + w_l * v_l stays as it was, so V does, and so does each lag but two:
 *
 *   lag_t' = lag_t + c,  lag_l' = lag_l - c
 *
 * The target is eligible when its lag is not negative: c = w_t * (v_t - V) will do. It
 * runs for u, v_t'' = v_t' + u / w_t, as any entity does. At the end the lender is
 * charged as if it had run instead, with u - c, since it has paid c already:
 *
 *   v_t = v_t'' - (u - c) / w_t,  v_l'' = v_l' + (u - c) / w_l = v_l + u / w_l
 *
 * Again the sum stays as it was, and the target stands where it stood. The lender pays
 * no more than takes its lag down to a limit; what is beyond that remains with the
 * target. Divisions are rounded by less than 1 ns of service or virtual time, to 0 but
 * for the credit, which is rounded up so that the target is eligible.
 */
#ifndef _KERNEL_SCHED_YIELD_LOAN_MATH_H
#define _KERNEL_SCHED_YIELD_LOAN_MATH_H

#define YIELD_NICE_0_WEIGHT	1024

/* An entity as far as a loan goes; weight is scaled down (nice 0: 1024). */
struct yield_party {
	u64 vruntime;
	u64 deadline;
	unsigned long weight;
};

/* Virtual time that @service is worth, rounded to 0. */
static inline s64 yield_virtual(s64 service, unsigned long weight)
{
	return div_s64(service * YIELD_NICE_0_WEIGHT, weight);
}

/* Service that the virtual time @delta is worth, rounded to 0. */
static inline s64 yield_service(s64 delta, unsigned long weight)
{
	return div_s64(delta * (s64)weight, YIELD_NICE_0_WEIGHT);
}

/* Service that makes @target eligible, its lag 0 or more. @avg: the queue's V */
static inline s64 yield_credit_needed(const struct yield_party *target, u64 avg)
{
	s64 ahead = target->vruntime - avg;

	if (ahead <= 0)
		return 0;
	return div_s64(ahead * (s64)target->weight + YIELD_NICE_0_WEIGHT - 1,
		       YIELD_NICE_0_WEIGHT);
}

/*
 * Service that @lender can give away before its lag falls to -@limit; what is
 * below that would be forgiven when it sleeps, see entity_lag().
 */
static inline s64 yield_room(const struct yield_party *lender, u64 avg, u64 limit)
{
	s64 room = yield_service(avg - lender->vruntime, lender->weight) + limit;

	return room > 0 ? room : 0;
}

/*
 * At the beginning: @target gets the standing of having been served @credit less,
 * @lender that of having been served @credit more. What is left of their slices
 * stays the same.
 */
static inline void yield_transfer(struct yield_party *lender,
				  struct yield_party *target, s64 credit)
{
	s64 got = yield_virtual(credit, target->weight);
	s64 gave = yield_virtual(credit, lender->weight);

	target->vruntime -= got;
	target->deadline -= got;
	lender->vruntime += gave;
	lender->deadline += gave;
}

/*
 * At the end: @lender is charged with the service @used, as far as @room goes, and
 * credited with what it gave; @target stands as it did before, with @slice of
 * its slice left. The lender has used up its own slice by what it was charged.
 */
static inline void yield_settle(struct yield_party *lender,
				struct yield_party *target, s64 credit,
				s64 used, s64 room, s64 slice)
{
	s64 charge = used - credit;

	if (charge > room)
		charge = room;

	target->vruntime -= yield_virtual(charge, target->weight);
	target->deadline = target->vruntime + yield_virtual(slice, target->weight);
	lender->vruntime += yield_virtual(charge, lender->weight);
	lender->deadline -= yield_virtual(credit, lender->weight);
}

#endif /* _KERNEL_SCHED_YIELD_LOAN_MATH_H */
