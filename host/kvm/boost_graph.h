/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pv-boost: which vCPU to run instead of one that spins. Policy only: it asks
 * the functions declared under "What the host knows" and returns a choice. The
 * kernel has them in kvm_boost_host.c, the unit tests in a model of their own.
 *
 * vCPUs are called by the host's index here, never by the guest's number. Other
 * threads may make each answer out of date; the worst result is a boost that
 * helps no vCPU.
 */
#ifndef __KVM_X86_BOOST_GRAPH_H
#define __KVM_X86_BOOST_GRAPH_H

#include <linux/types.h>
#include <asm/kvm_boost_reasons.h>
#include <asm/kvm_pv_boost.h>

struct kvm;

/* State of a vCPU as KVM knows it, whatever the guest says. */
#define BOOST_READY	0x01	/* wants a pCPU and has none */
#define BOOST_RUNNING	0x02	/* has one; neither nor OUT: halted or not there */
#define BOOST_HALTED	0x04	/* was halted; with READY: has been woken up */
/* The following as of when it lost its pCPU; meaningless while it runs. */
#define BOOST_USER	0x08	/* in user mode */
#define BOOST_IRQS_OFF	0x10	/* took no interrupts */
#define BOOST_SPINNING	0x20	/* in a PAUSE exit, or had run on a boost only */
#define BOOST_NESTED	0x40	/* in a guest of its own */
/* Now: */
#define BOOST_IRQ	0x80	/* an interrupt is pending or in service */
#define BOOST_CRITICAL	0x100	/* its guest says: do not preempt it here */
/*
 * Neither halted nor known to wait for a pCPU: its thread is in the VMM, or sleeps
 * in the kernel, or waits there for a pCPU. If a hint names it, it is worth an
 * attempt; guesses have better candidates.
 */
#define BOOST_OUT	0x200

#define BOOST_NONE	(-1)

/*
 * The most vCPUs that a decision looks at with hints, on the path and in IPI masks, so
 * that its cost is bounded. A mask counts for BOOST_MASK_LOOKS more.
 */
#define BOOST_MAX_LOOKS		64
#define BOOST_MASK_LOOKS	8
#define BOOST_MAX_CHOICES	4

/* Why a vCPU was chosen: BOOST_REASONS. */
#define BOOST_WHY(NAME, name)	BOOST_WHY_##NAME,
enum boost_why {
	BOOST_REASONS(BOOST_WHY)
	BOOST_WHY_NR,
};

#undef BOOST_WHY

struct boost_choice {
	int vcpu;
	enum boost_why why;
	bool ipi;		/* it answers an interrupt, and has other work to do */
};

/*
 * In order of preference; yield to the first that the scheduler will run. None:
 * all that could help run already, and it is best to spin on.
 */
struct boost_decision {
	struct boost_choice choice[BOOST_MAX_CHOICES];
	unsigned int nr;	/* of choices */
	u64 word;		/* the spinner's, 0: none */
	unsigned int hops;	/* edges followed */
	bool hinted;		/* the spinner's word named a vCPU */
	bool stale;		/* a word on the path was out of date */
	bool invalid;		/* or nonsense */
	bool running;		/* the vCPU waited for runs */
};

/*
 * What the host knows. Any context in which the decision is asked for; never
 * sleeps. @vcpu is below boost_host_nr().
 */
u32 boost_host_nr(struct kvm *kvm);
u32 boost_host_state(struct kvm *kvm, u32 vcpu);
/* When it lost its pCPU, on any clock. */
u64 boost_host_left(struct kvm *kvm, u32 vcpu);
/*
 * When, on the same clock, it had last begun to run before the wait that it is in
 * began: what others saw of it before that is out of date. 0: not known.
 */
u64 boost_host_since(struct kvm *kvm, u32 vcpu);
/* Its RIP then; of one that runs: where it exited. 0: unknown. */
u64 boost_host_rip(struct kvm *kvm, u32 vcpu);
/* Has @debtor not yet answered an interrupt that @creditor sent to it? */
bool boost_host_owes(struct kvm *kvm, u32 debtor, u32 creditor);
/* Its wait word: 0 if it has none; -EINVAL if it isn't valid, *word is 0 then. */
int boost_host_wait(struct kvm *kvm, u32 vcpu, u64 *word);
/* The index of the guest's CPU @cpu, which may be any number, or BOOST_NONE. */
int boost_host_find(struct kvm *kvm, u32 cpu);
/* Word @n of its IPI mask, n < KVM_PV_BOOST_MAX_CPUS / 64. */
u64 boost_host_ipi_mask(struct kvm *kvm, u32 vcpu, u32 n);
/* Highest guest CPU number registered + 1: bits of masks above it mean nothing. */
u32 boost_host_cpus(struct kvm *kvm);

/**
 * boost_choose_agnostic() - Strict Boost: choose by what KVM sees of any guest
 * @kvm: VM
 * @spinner: index of the vCPU that spins
 * @in_kernel: it spins in kernel mode
 * @irqs_off: and takes no interrupts
 * @decision: result
 *
 * After Ishiguro et al., "Mitigating excessive vCPU spinning in VM-agnostic KVM",
 * VEE'21: receivers of the spinner's IPIs qualify in user mode too, halted vCPUs
 * only if it was the spinner that sent them one. A vCPU in the spinner's own loop
 * waits for the same thing, and is the last to be of any help. Of one role, the vCPU
 * that has been off its pCPU for longest goes first: most locks are handed over in
 * the order in which their waiters came, and no vCPU is forgotten. Looks once at
 * each vCPU.
 */
void boost_choose_agnostic(struct kvm *kvm, u32 spinner, bool in_kernel,
			   bool irqs_off, struct boost_decision *decision);

/**
 * boost_choose_hinted() - follow the wait words from a spinner to the vCPU needed
 * @kvm: VM
 * @spinner: index of the vCPU that spins
 * @decision: result; hinted is false if the spinner said nothing
 *
 * Looks at BOOST_MAX_LOOKS vCPUs at most, however many there are. Guests can say
 * anything; only vCPUs of @kvm are ever chosen.
 */
void boost_choose_hinted(struct kvm *kvm, u32 spinner,
			 struct boost_decision *decision);

#endif /* __KVM_X86_BOOST_GRAPH_H */
