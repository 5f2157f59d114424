/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arithmetic of lent CPU time under EEVDF, apart from the run queue, so that
 * it can be tested in user space. yield_loan.c does what it says.
 *
 * Service is CPU time in nanoseconds, whatever the weight; an entity of weight w
 * that gets service s moves by s / w in virtual time, where nice 0 has weight 1. Lag is
 * the service that an entity is behind its fair share (Stoica et al., EEVDF, 1995):
 *
 *   lag_i = w_i * (V - v_i),  V = \Sum w_i * v_i / \Sum w_i  =>  \Sum lag_i = 0
 *
 * In a loan the target t runs for u, as any entity does: v_t' = v_t + u / w_t. At the
 * end the lender l is charged as if it had run instead:
 *
 *   v_t'' = v_t' - u / w_t = v_t,  v_l'' = v_l + u / w_l
 *
 * w_t * v_t + w_l * v_l stays as it was by that, so V does, and so does each lag but
 * those two. The lender pays no more than takes its lag down to a limit; what is beyond
 * that remains with the target. Divisions are rounded to 0, by less than 1 ns.
 *
 * In an advance the target runs on its own account, if its lag is above the same limit
 * when it begins.
 */
#ifndef _KERNEL_SCHED_YIELD_LOAN_MATH_H
#define _KERNEL_SCHED_YIELD_LOAN_MATH_H

/*
 * An entity as far as a loan goes. Its weight is the one by which the kernel moves its
 * vruntime, in a unit of which nice 0 has YIELD_NICE_0_WEIGHT; both are the includer's.
 */
struct yield_party {
	u64 vruntime;
	u64 deadline;
	unsigned long weight;
};

/* Virtual time that @service is worth, rounded to 0. */
static inline s64 yield_virtual(s64 service, unsigned long weight)
{
	return div64_s64(service * YIELD_NICE_0_WEIGHT, weight);
}

/* Service that the virtual time @delta is worth, rounded to 0. */
static inline s64 yield_service(s64 delta, unsigned long weight)
{
	return div64_s64(delta * (s64)weight, YIELD_NICE_0_WEIGHT);
}

/*
 * Service that @party can take before its lag falls to -@limit; what is below that
 * would be forgiven when it sleeps, see entity_lag(). @avg: the queue's V
 */
static inline s64 yield_room(const struct yield_party *party, u64 avg, u64 limit)
{
	s64 room = yield_service(avg - party->vruntime, party->weight) + limit;

	return room > 0 ? room : 0;
}

/*
 * At the end: @lender is charged with the service @used, as far as @room goes; @target
 * stands as it did before, with @slice of its slice left.
 */
static inline void yield_settle(struct yield_party *lender, struct yield_party *target,
				s64 used, s64 room, s64 slice)
{
	s64 charge = used < room ? used : room;

	target->vruntime -= yield_virtual(charge, target->weight);
	target->deadline = target->vruntime + yield_virtual(slice, target->weight);
	lender->vruntime += yield_virtual(charge, lender->weight);
}

#endif /* _KERNEL_SCHED_YIELD_LOAN_MATH_H */
