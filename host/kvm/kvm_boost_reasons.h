/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pv-boost, host side: the reasons for the choice of a vCPU. The enumeration, the
 * tracepoint, the counters and the comparison's page follow this list.
 */
#ifndef _ASM_X86_KVM_BOOST_REASONS_H
#define _ASM_X86_KVM_BOOST_REASONS_H

/* Name, the same as counters and tracepoints have it, and meaning. */
#define BOOST_REASONS(X)							\
	X(ROOT, root)		/* hints: all others on the path wait for it */	\
	X(STALE, stale)		/* hints: its own wait is over */		\
	X(WAITER, waiter)	/* hints: the root runs; next to be needed */	\
	X(CRITICAL, critical)	/* no hint: preempted in a critical section */	\
	X(IPI, ipi)		/* owes the spinner an acknowledgment */	\
	X(KERNEL, kernel)	/* preempted in the kernel, not spinning */	\
	X(SPINNER, spinner)	/* was spinning elsewhere in the code */	\
	X(SAME, same)		/* in the spinner's loop: may be through */

#endif /* _ASM_X86_KVM_BOOST_REASONS_H */
