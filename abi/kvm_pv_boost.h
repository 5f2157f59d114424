/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * KVM paravirtual boost (pv-boost): the whole contract between guest and host.
 *
 * A vCPU that spins tells in one word of a shared page which CPU it waits for;
 * the host may then run that vCPU, on the spinner's time.  Everything here is a
 * hint: a host that ignores all of it is correct, and a guest that lies can
 * only re-order time among its own vCPUs.
 *
 * This file has numbers, layout and encoding and nothing else.  The kernel
 * (guest and host), QEMU and userspace, in C and in C++, use it unchanged.
 * Documentation/virt/kvm/x86/pv-boost.rst is the specification.
 *
 * The life of a vCPU's page:
 *
 *                    WRMSR (gpa | 1), accepted
 *    +--------------+ -----------------------> +------------+ --+ WRMSR (gpa | 1),
 *    | unregistered |                          | registered |   | accepted
 *    +--------------+ <----------------------- +------------+ <-+
 *                    WRMSR 0; RESET; INIT
 *
 *    A refused WRMSR raises #GP and leaves the vCPU in the state it was in.
 *    Host userspace that sets the MSR (migration) makes the vCPU unregistered
 *    at once; the registration is done before the vCPU next enters the guest.
 *    If it can't be done then, the vCPU stays unregistered.
 *
 * The life of a vCPU's wait word, (kind, flags, cpu):
 *
 *                 begin: one store               retarget: one store
 *    +---------+ -----------------> +-----------+ ----------------->+
 *    | 0, 0, 0 |                    | k, f, cpu |                   |
 *    +---------+ <----------------- +-----------+ <-----------------+
 *                  end: one store      |     ^
 *               an interrupt that has  |     |  the same interrupt, on
 *               to spin: save, then    |     |  its way out: one store
 *               begin its own wait     v     |  of the saved word
 *                                   +-----------+
 *                                   | k', f', c'| (nests as interrupts do)
 *                                   +-----------+
 */
#ifndef _ASM_X86_KVM_PV_BOOST_H
#define _ASM_X86_KVM_PV_BOOST_H

#include <linux/types.h>

/* CPUID 0x40000001.EAX: MSR_KVM_PV_BOOST exists */
#define KVM_FEATURE_PV_BOOST		22

/*
 * What a VMM enables, for a VM without vCPUs (KVM_ENABLE_CAP, args[0] = 0), to have the
 * feature there: not in the range of KVM's own capabilities
 */
#define KVM_CAP_X86_PV_BOOST		0x4b4201

/* The vCPU's page: its guest physical address | 1, or 0 for none */
#define MSR_KVM_PV_BOOST		0x4b564dc0
#define KVM_PV_BOOST_MSR_ENABLE		0x1ULL
#define KVM_PV_BOOST_MSR_GPA_MASK	(~0xfffULL)

/* Call only while the host serves KVM_PV_BOOST_F_HYPERCALL */
#define KVM_HC_PV_BOOST			64
/* a0, what to do; a1 is a guest CPU number or KVM_PV_BOOST_CPU_NONE; a3 = 0 */
#define KVM_PV_BOOST_OP_BOOST		0	/* run CPU a1 (none: the one in my wait word) */
						/* a2: how often asked before in this wait */
#define KVM_PV_BOOST_OP_DONE		1	/* take back the rest of my loan; a1 none */

#define KVM_PV_BOOST_VERSION		1
#define KVM_PV_BOOST_PAGE_SIZE		4096

/* Guest CPU numbers are below this, the largest vCPU count of KVM on x86 */
#define KVM_PV_BOOST_MAX_CPUS		4096
#define KVM_PV_BOOST_CPU_NONE		0xffffffffU

/*
 * Features: header.features are those the guest uses, host.features those of
 * them that the host serves.
 */
#define KVM_PV_BOOST_F_WAIT		0x01ULL	/* guest.wait */
#define KVM_PV_BOOST_F_IPI_MASK		0x02ULL	/* ipi_mask; needs F_WAIT */
#define KVM_PV_BOOST_F_CRITICAL		0x04ULL	/* header.critical_{gpa,mask} */
#define KVM_PV_BOOST_F_HYPERCALL	0x08ULL	/* KVM_HC_PV_BOOST */
#define KVM_PV_BOOST_F_LOAN		0x10ULL	/* host.status ON_LOAN; needs F_HYPERCALL */
#define KVM_PV_BOOST_F_LATENCY		0x20ULL	/* guest.latency */

/*
 * The wait word, all in one so that one store begins a wait and one ends it:
 *
 *    63           32 31    16 15     8 7      0
 *    | CPU waited for | zero  | flags  | kind  |
 */
#define KVM_PV_BOOST_WAIT_KIND_MASK	0xffULL
#define KVM_PV_BOOST_WAIT_FLAGS_MASK	0xff00ULL
#define KVM_PV_BOOST_WAIT_RESERVED_MASK	0xffff0000ULL
#define KVM_PV_BOOST_WAIT_CPU_SHIFT	32

#define KVM_PV_BOOST_WAIT_NONE		0	/* waits for nobody: the word is 0 */
#define KVM_PV_BOOST_WAIT_LOCK		1	/* for a lock, or a place in its queue */
#define KVM_PV_BOOST_WAIT_IPI		2	/* for an interrupt's acknowledgment */
#define KVM_PV_BOOST_WAIT_TASK		3	/* for a task to be switched out */

#define KVM_PV_BOOST_WAIT_IRQS_OFF	0x100	/* the waiter takes no interrupts meanwhile */
#define KVM_PV_BOOST_WAIT_MASK_VALID	0x200	/* all CPUs waited for are in ipi_mask */
#define KVM_PV_BOOST_WAIT_KNOWN_FLAGS	(KVM_PV_BOOST_WAIT_IRQS_OFF | \
					 KVM_PV_BOOST_WAIT_MASK_VALID)

/*
 * The latency word, what the latency-critical tasks of this CPU do:
 *
 *    63         20 19     8 7      0
 *    | time        | run    | flags |
 *
 * time: the guest's TSC / 256, modulo 2^44; run: how long such a task usually runs, us.
 */
#define KVM_PV_BOOST_LATENCY_TIMER	0x1	/* one waits for a timer, due at that time */
#define KVM_PV_BOOST_LATENCY_INTERRUPT	0x2	/* one waits for anything else; or since */
#define KVM_PV_BOOST_LATENCY_RUNNING	0x4	/* one runs, or is to run; since */
#define KVM_PV_BOOST_LATENCY_KNOWN_FLAGS	(KVM_PV_BOOST_LATENCY_TIMER | \
						 KVM_PV_BOOST_LATENCY_INTERRUPT | \
						 KVM_PV_BOOST_LATENCY_RUNNING)
#define KVM_PV_BOOST_LATENCY_RESERVED_MASK	0xf8ULL
#define KVM_PV_BOOST_LATENCY_RUN_SHIFT	8
#define KVM_PV_BOOST_LATENCY_RUN_MAX	0xfffU
#define KVM_PV_BOOST_LATENCY_TIME_SHIFT	20
#define KVM_PV_BOOST_LATENCY_TSC_SHIFT	8

/*
 * Bytes 0-63.  Writer: the guest, before it registers the page.  Reader: the
 * host, which copies it once when it registers the page and never looks again.
 */
struct kvm_pv_boost_header {
	__u32 version;		/* KVM_PV_BOOST_VERSION */
	__u32 size;		/* KVM_PV_BOOST_PAGE_SIZE */
	__u32 cpu;		/* the guest's number for this vCPU, < KVM_PV_BOOST_MAX_CPUS */
	__u32 critical_mask;	/* F_CRITICAL: != 0; otherwise 0 */
	__u64 critical_gpa;	/* F_CRITICAL: of a __u32, aligned to 4; otherwise 0 */
	__u64 features;		/* KVM_PV_BOOST_F_*: what the guest uses */
	__u64 reserved[4];	/* 0 */
};

/* Bytes 64-127.  Writer: the guest, at any time.  Reader: the host. */
struct kvm_pv_boost_guest {
	__u64 wait;		/* the wait word; single 64-bit stores only */
	__u64 latency;		/* the latency word; single 64-bit stores only */
	__u64 reserved[6];	/* 0 */
};

/* Bytes 128-191.  Writer: the host.  Reader: the guest's vCPU. */
struct kvm_pv_boost_host {
	__u64 features;		/* KVM_PV_BOOST_F_*: what the host serves */
	__u32 status;		/* KVM_PV_BOOST_STATUS_* */
	__u32 reserved0;	/* 0 */
	__u64 reserved[6];	/* 0 */
};

/* host.status, F_LOAN: on borrowed time, OP_DONE before queueing for a lock */
#define KVM_PV_BOOST_STATUS_ON_LOAN	0x1U

struct kvm_pv_boost_page {
	struct kvm_pv_boost_header header;
	struct kvm_pv_boost_guest guest;
	struct kvm_pv_boost_host host;
	__u64 reserved0[40];	/* 0 */
	/*
	 * CPUs whose acknowledgment is still missing: bit n % 64 of word
	 * n / 64 is guest CPU n.  Written by the guest, complete before the
	 * wait word says MASK_VALID; while it says so, bits are only cleared.
	 */
	__u64 ipi_mask[KVM_PV_BOOST_MAX_CPUS / 64];
	__u64 reserved1[384];	/* 0 */
};

static inline __u64 kvm_pv_boost_wait(__u32 kind, __u32 flags, __u32 cpu)
{
	return ((__u64)cpu << KVM_PV_BOOST_WAIT_CPU_SHIFT) | flags | kind;
}

static inline __u32 kvm_pv_boost_wait_kind(__u64 word)
{
	return (__u32)(word & KVM_PV_BOOST_WAIT_KIND_MASK);
}

static inline __u32 kvm_pv_boost_wait_flags(__u64 word)
{
	return (__u32)(word & KVM_PV_BOOST_WAIT_FLAGS_MASK);
}

static inline __u32 kvm_pv_boost_wait_cpu(__u64 word)
{
	return (__u32)(word >> KVM_PV_BOOST_WAIT_CPU_SHIFT);
}

/* Is this a word that version 1 gives a meaning?  0 is one of them. */
static inline int kvm_pv_boost_wait_valid(__u64 word)
{
	__u32 kind = kvm_pv_boost_wait_kind(word);
	__u32 flags = kvm_pv_boost_wait_flags(word);
	__u32 cpu = kvm_pv_boost_wait_cpu(word);

	if (kind == KVM_PV_BOOST_WAIT_NONE)
		return word == 0;
	return kind <= KVM_PV_BOOST_WAIT_TASK &&
	       !(word & KVM_PV_BOOST_WAIT_RESERVED_MASK) &&
	       !(flags & ~(__u32)KVM_PV_BOOST_WAIT_KNOWN_FLAGS) &&
	       (!(flags & KVM_PV_BOOST_WAIT_MASK_VALID) || kind == KVM_PV_BOOST_WAIT_IPI) &&
	       (cpu < KVM_PV_BOOST_MAX_CPUS || cpu == KVM_PV_BOOST_CPU_NONE);
}

static inline __u64 kvm_pv_boost_latency(__u32 flags, __u32 run, __u64 tsc)
{
	if (run > KVM_PV_BOOST_LATENCY_RUN_MAX)
		run = KVM_PV_BOOST_LATENCY_RUN_MAX;
	return ((tsc >> KVM_PV_BOOST_LATENCY_TSC_SHIFT) << KVM_PV_BOOST_LATENCY_TIME_SHIFT) |
	       (run << KVM_PV_BOOST_LATENCY_RUN_SHIFT) | flags;
}

static inline __u32 kvm_pv_boost_latency_run(__u64 word)
{
	return (__u32)(word >> KVM_PV_BOOST_LATENCY_RUN_SHIFT) & KVM_PV_BOOST_LATENCY_RUN_MAX;
}

/* By how much the word's time is ahead of the guest's TSC now, cycles. */
static inline __s64 kvm_pv_boost_latency_ahead(__u64 word, __u64 tsc)
{
	__u64 ahead = (word >> KVM_PV_BOOST_LATENCY_TIME_SHIFT) -
		      (tsc >> KVM_PV_BOOST_LATENCY_TSC_SHIFT);

	/* 44 bits, with their sign */
	return (__s64)(ahead << KVM_PV_BOOST_LATENCY_TIME_SHIFT) /
	       (1LL << (KVM_PV_BOOST_LATENCY_TIME_SHIFT - KVM_PV_BOOST_LATENCY_TSC_SHIFT));
}

/* Is this a word that version 1 gives a meaning?  0 is one of them. */
static inline int kvm_pv_boost_latency_valid(__u64 word)
{
	return !word || ((word & KVM_PV_BOOST_LATENCY_KNOWN_FLAGS) &&
			 !(word & KVM_PV_BOOST_LATENCY_RESERVED_MASK));
}

#ifdef __cplusplus
#define __KVM_PV_BOOST_ASSERT(cond)	static_assert(cond, #cond)
#else
#define __KVM_PV_BOOST_ASSERT(cond)	_Static_assert(cond, #cond)
#endif
#define __KVM_PV_BOOST_AT(type, field, offset) \
	__KVM_PV_BOOST_ASSERT(__builtin_offsetof(struct kvm_pv_boost_##type, field) == (offset))

__KVM_PV_BOOST_ASSERT(sizeof(struct kvm_pv_boost_header) == 64);
__KVM_PV_BOOST_AT(header, version, 0);
__KVM_PV_BOOST_AT(header, size, 4);
__KVM_PV_BOOST_AT(header, cpu, 8);
__KVM_PV_BOOST_AT(header, critical_mask, 12);
__KVM_PV_BOOST_AT(header, critical_gpa, 16);
__KVM_PV_BOOST_AT(header, features, 24);
__KVM_PV_BOOST_AT(header, reserved, 32);
__KVM_PV_BOOST_ASSERT(sizeof(struct kvm_pv_boost_guest) == 64);
__KVM_PV_BOOST_AT(guest, wait, 0);
__KVM_PV_BOOST_AT(guest, latency, 8);
__KVM_PV_BOOST_AT(guest, reserved, 16);
__KVM_PV_BOOST_ASSERT(sizeof(struct kvm_pv_boost_host) == 64);
__KVM_PV_BOOST_AT(host, features, 0);
__KVM_PV_BOOST_AT(host, status, 8);
__KVM_PV_BOOST_AT(host, reserved0, 12);
__KVM_PV_BOOST_AT(host, reserved, 16);
__KVM_PV_BOOST_ASSERT(sizeof(struct kvm_pv_boost_page) == KVM_PV_BOOST_PAGE_SIZE);
__KVM_PV_BOOST_AT(page, header, 0);
__KVM_PV_BOOST_AT(page, guest, 64);
__KVM_PV_BOOST_AT(page, host, 128);
__KVM_PV_BOOST_AT(page, reserved0, 192);
__KVM_PV_BOOST_AT(page, ipi_mask, 512);
__KVM_PV_BOOST_AT(page, reserved1, 1024);

#undef __KVM_PV_BOOST_AT
#undef __KVM_PV_BOOST_ASSERT

#endif /* _ASM_X86_KVM_PV_BOOST_H */
