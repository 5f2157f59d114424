// SPDX-License-Identifier: GPL-2.0
/*
 * The wait word and the latency word: what is encoded is decoded, and each word that
 * version 1 gives no meaning is recognised. Compiled as C and as C++.
 */
#include <stdio.h>

#include "kvm_pv_boost.h"

static int failed;

static void check(int ok, const char *what, __u64 word)
{
	if (ok)
		return;
	printf("%s: word %#llx\n", what, (unsigned long long)word);
	failed = 1;
}

static const __u32 cpus[] = { 0, 1, 63, 64, 255, 4095, KVM_PV_BOOST_CPU_NONE };
static const __u32 bad_cpus[] = { 4096, 65536, 0x7fffffff, 0xfffffffe };
#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static void check_valid(__u32 kind, __u32 flags)
{
	unsigned int i;
	__u64 word;

	for (i = 0; i < LENGTH(cpus); i++) {
		word = kvm_pv_boost_wait(kind, flags, cpus[i]);
		check(kvm_pv_boost_wait_valid(word), "should be valid", word);
		check(kvm_pv_boost_wait_kind(word) == kind, "kind lost", word);
		check(kvm_pv_boost_wait_flags(word) == flags, "flags lost", word);
		check(kvm_pv_boost_wait_cpu(word) == cpus[i], "cpu lost", word);
	}
}

static void check_invalid(__u64 word)
{
	check(!kvm_pv_boost_wait_valid(word), "should be invalid", word);
}

/* Of a time up to 2^51 cycles away, also where the TSC's bits 8 to 51 wrap around. */
static void check_latency(__u64 now)
{
	static const __s64 aways[] = {
		0, 256, -256, 1LL << 40, -(1LL << 40), 1LL << 50, -(1LL << 50),
	};
	static const __u32 runs[] = { 0, 1, 4095 };
	unsigned int i;
	__u64 word;

	for (i = 0; i < LENGTH(aways); i++) {
		word = kvm_pv_boost_latency(KVM_PV_BOOST_LATENCY_TIMER, runs[i % LENGTH(runs)],
					    now + (__u64)aways[i]);
		check(kvm_pv_boost_latency_valid(word), "should be valid", word);
		check(kvm_pv_boost_latency_run(word) == runs[i % LENGTH(runs)], "run lost", word);
		check(kvm_pv_boost_latency_ahead(word, now) == aways[i], "time lost", word);
	}
}

static void check_latencies(void)
{
	const __u32 all = KVM_PV_BOOST_LATENCY_TIMER | KVM_PV_BOOST_LATENCY_INTERRUPT |
			  KVM_PV_BOOST_LATENCY_RUNNING;
	__u64 word = kvm_pv_boost_latency(all, 4096, 0);
	unsigned int i;

	check_latency(0);
	check_latency(1ULL << 51);
	check_latency((1ULL << 52) - 256);
	check_latency(~0ULL - 255);
	check(kvm_pv_boost_latency_valid(0), "should be valid", 0);
	check(kvm_pv_boost_latency_valid(word), "should be valid", word);
	check(kvm_pv_boost_latency_run(word) == 4095, "run not bounded", word);
	for (i = 3; i < 8; i++)		/* unknown flags */
		check(!kvm_pv_boost_latency_valid(word | (1ULL << i)), "should be invalid", word);
	for (i = 8; i < 64; i++)	/* no flag, but not 0 */
		check(!kvm_pv_boost_latency_valid(1ULL << i), "should be invalid", 1ULL << i);
}

int main(void)
{
	const __u32 off = KVM_PV_BOOST_WAIT_IRQS_OFF, mask = KVM_PV_BOOST_WAIT_MASK_VALID;
	__u64 lock = kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, 1);
	unsigned int i;
	__u32 kind;

	check(kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_NONE, 0, 0) == 0, "nobody must be 0", 0);
	check(kvm_pv_boost_wait_valid(0), "should be valid", 0);
	for (kind = KVM_PV_BOOST_WAIT_LOCK; kind <= KVM_PV_BOOST_WAIT_TASK; kind++) {
		check_valid(kind, 0);
		check_valid(kind, off);
	}
	check_valid(KVM_PV_BOOST_WAIT_IPI, mask);
	check_valid(KVM_PV_BOOST_WAIT_IPI, mask | off);

	for (kind = KVM_PV_BOOST_WAIT_TASK + 1; kind < 256; kind++)
		check_invalid(kvm_pv_boost_wait(kind, 0, 1));
	for (i = 0; i < LENGTH(bad_cpus); i++)
		check_invalid(kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, 0, bad_cpus[i]));
	for (i = 10; i < 32; i++)	/* unknown flags, then the reserved field */
		check_invalid(lock | (1ULL << i));
	check_invalid(kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_LOCK, mask, 1));
	check_invalid(kvm_pv_boost_wait(KVM_PV_BOOST_WAIT_TASK, mask, 1));
	for (i = 8; i < 64; i++)	/* kind none, but not 0 */
		check_invalid(1ULL << i);
	check_latencies();
	return failed;
}
