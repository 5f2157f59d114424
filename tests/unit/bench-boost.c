// SPDX-License-Identifier: GPL-2.0
/*
 * What a decision costs, by the number of vCPUs: hints, Strict Boost, and a scan as
 * kvm_vcpu_on_spin() of Linux 6.12 does it (two passes from the last boosted vCPU,
 * over whether it is ready, halted, was pre-empted, may be yielded to). Each vCPU is
 * a structure of its own of the size of struct kvm_vcpu. CPU time of this machine:
 * to compare the rows with each other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/compiler.h>

#include "boost_graph.h"

#define VCPU_BYTES	9000	/* struct kvm_vcpu and what hangs on it */
#define RUNS		15

struct vcpu {
	u32 state;
	bool in_spin_loop, dy_eligible;
	u64 left, rip;
	char between[VCPU_BYTES];
	struct kvm_pv_boost_page page;
};

static struct vcpu *vcpu[KVM_PV_BOOST_MAX_CPUS];
static u32 nr, last_boosted;

u32 boost_host_nr(struct kvm *kvm)
{
	(void)kvm;
	return nr;
}

u32 boost_host_state(struct kvm *kvm, u32 i)
{
	(void)kvm;
	return READ_ONCE(vcpu[i]->state);
}

u64 boost_host_left(struct kvm *kvm, u32 i)
{
	(void)kvm;
	return READ_ONCE(vcpu[i]->left);
}

u64 boost_host_since(struct kvm *kvm, u32 i)
{
	(void)kvm;
	(void)i;
	return 0;
}

u64 boost_host_rip(struct kvm *kvm, u32 i)
{
	(void)kvm;
	return READ_ONCE(vcpu[i]->rip);
}

bool boost_host_owes(struct kvm *kvm, u32 debtor, u32 creditor)
{
	(void)kvm;
	(void)debtor;
	(void)creditor;
	return false;
}

int boost_host_wait(struct kvm *kvm, u32 i, u64 *word)
{
	(void)kvm;
	*word = READ_ONCE(vcpu[i]->page.guest.wait);
	return kvm_pv_boost_wait_valid(*word) ? 0 : -EINVAL;
}

int boost_host_find(struct kvm *kvm, u32 cpu)
{
	(void)kvm;
	return cpu < nr ? (int)cpu : BOOST_NONE;
}

u64 boost_host_ipi_mask(struct kvm *kvm, u32 i, u32 n)
{
	(void)kvm;
	return READ_ONCE(vcpu[i]->page.ipi_mask[n]);
}

u32 boost_host_cpus(struct kvm *kvm)
{
	(void)kvm;
	return nr;
}

/* The first that looks as if it could help, from where the last scan ended. */
static int scan(u32 spinner)
{
	u32 i, n;

	for (n = 0; n < nr; n++) {
		i = (last_boosted + 1 + n) % nr;
		if (!(READ_ONCE(vcpu[i]->state) & BOOST_READY) || i == spinner)
			continue;
		if (READ_ONCE(vcpu[i]->state) & (BOOST_HALTED | BOOST_USER))
			continue;
		if (READ_ONCE(vcpu[i]->in_spin_loop) && !READ_ONCE(vcpu[i]->dy_eligible)) {
			WRITE_ONCE(vcpu[i]->dy_eligible, true);
			continue;
		}
		last_boosted = i;
		return i;
	}
	return BOOST_NONE;
}

static struct boost_decision d;
static volatile int sink;

static void do_hinted(u32 spinner)
{
	boost_choose_hinted(NULL, spinner, &d);
	sink = d.nr;
}

static void do_agnostic(u32 spinner)
{
	boost_choose_agnostic(NULL, spinner, true, false, &d);
	sink = d.nr;
}

static void do_scan(u32 spinner)
{
	sink = scan(spinner);
}

/* Each spins for the next one, @hops of them until one is pre-empted. */
static void make_chain(u32 hops)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		vcpu[i]->state = BOOST_RUNNING;
		vcpu[i]->page.guest.wait =
			kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, (i + 1) % nr);
		if (i % hops == 0) {
			vcpu[i]->state = BOOST_READY;
			vcpu[i]->page.guest.wait = 0;
		}
	}
}

/* Everybody waits for all the others' answers; one of 16 doesn't run. */
static void make_masks(void)
{
	u32 i, j;

	for (i = 0; i < nr; i++) {
		vcpu[i]->state = i % 16 ? BOOST_RUNNING : BOOST_READY | BOOST_IRQ;
		vcpu[i]->page.guest.wait = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_IPI,
							     KVM_PV_BOOST_WAIT_MASK_VALID, 0);
		for (j = 0; j < nr; j++)
			vcpu[i]->page.ipi_mask[j / 64] |= 1ull << j % 64;
	}
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Median of RUNS, ns; spinners are those that run. */
static double cost(void (*decide)(u32 spinner))
{
	unsigned int n, times = 200000 / (nr + 20) + 50;
	double t[RUNS];
	u32 spinner = 1;
	int r;

	for (r = 0; r < RUNS; r++) {
		double begin = seconds();

		for (n = 0; n < times; n++) {
			spinner = (spinner + 1297) % nr;
			decide(spinner);
		}
		t[r] = (seconds() - begin) * 1e9 / times;
	}
	qsort(t, RUNS, sizeof(t[0]), by_value);
	return t[RUNS / 2];
}

int main(void)
{
	u32 i;

	for (i = 0; i < KVM_PV_BOOST_MAX_CPUS; i++) {
		vcpu[i] = calloc(1, sizeof(*vcpu[i]));
		if (!vcpu[i])
			return 1;
	}
	printf("ns per decision, median of %d runs\n", RUNS);
	printf("%6s %12s %12s %12s %12s %14s %14s\n", "vCPUs", "hint, 2", "hints, 8",
	       "IPI mask", "Strict Boost", "scan, 1 in 8", "scan, nobody");
	for (nr = 4; nr <= KVM_PV_BOOST_MAX_CPUS; nr *= 4) {
		double hint2, hint8, mask, agnostic, scan8, scan_all;

		make_chain(2);
		hint2 = cost(do_hinted);
		make_chain(8);
		hint8 = cost(do_hinted);
		agnostic = cost(do_agnostic);
		scan8 = cost(do_scan);
		make_masks();
		mask = cost(do_hinted);
		for (i = 0; i < nr; i++)
			vcpu[i]->state = BOOST_RUNNING;
		scan_all = cost(do_scan);
		printf("%6u %12.0f %12.0f %12.0f %12.0f %14.0f %14.0f\n", nr, hint2, hint8,
		       mask, agnostic, scan8, scan_all);
	}
	return 0;
}
