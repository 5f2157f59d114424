// SPDX-License-Identifier: GPL-2.0
/*
 * -icount quantum: the TSC never steps back from one CPU to another, and what
 * one CPU says to another, by memory or by IPI, arrives within a round, while
 * the others are busy. Without a quantum it takes until the next timer is due.
 *
 * run: icount 60 -smp 2 -icount quantum=2003
 * run: icount 60 -smp 4 -icount quantum=2003
 * run: icount 60 -smp 8 -icount quantum=2003
 * run: icount 60 -smp 3 -icount quantum=521 -append quantum=521
 * run: icount 60 -smp 3 -icount shift=0,quantum=1000 -append quantum=1000,shift=0
 */
#include "lib.h"

#define VECTOR		0x41
#define ROUNDS		20000

static u64 lock, last, backwards, seen[MAX_CPUS];
static u64 slowest, sum;
static volatile u64 sent, ball;
static bool stop;

static void on_ipi(struct irq_frame *f)
{
	u64 t = rdtsc() - sent;

	(void)f;
	sum += t;
	if (t > slowest)
		slowest = t;
	apic_eoi();
	ball++;
}

/* Every CPU in turn, as the lock has it, compares its TSC with the last one's. */
static void tell_time(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		u64 t;

		while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
			if (i & 1)
				pause();
		t = rdtsc();
		if (t < last)
			backwards++;
		last = t;
		seen[cpu_id()]++;
		__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
		/* varies the phase */
		for (u64 n = i % 97; n; n--)
			barrier();
	}
}

/* CPU 1 returns the ball; the others are busy. */
static void play(void)
{
	if (cpu_id() > 1) {
		while (!READ_ONCE(stop))
			barrier();
		return;
	}
	for (u64 i = 1; i < 2 * ROUNDS / 10; i += 2) {
		while (ball != i)
			barrier();
		ball = i + 1;
	}
}

static void listen(void)
{
	while (!READ_ONCE(stop)) {
		if (cpu_id() == 1)
			irq_wait();
		else
			barrier();
	}
}

void test_main(void)
{
	int n = cpu_count();
	u64 round = option("quantum", 2003) << option("shift", 1);
	u64 t, all = 0;

	for (int c = 1; c < n; c++)
		cpu_start(c, tell_time);
	tell_time();
	for (int c = 0; c < n; c++) {
		if (c)
			cpu_join(c);
		all += seen[c];
	}
	check(!backwards && all == (u64)n * ROUNDS, "tsc-never-steps-back",
	      "%lu times of %lu", backwards, all);

	for (int c = 1; c < n; c++)
		cpu_start(c, play);
	delay_ticks(100000);
	t = rdtsc();
	for (u64 i = 0; i < 2 * ROUNDS / 10; i += 2) {
		ball = i + 1;
		while (ball != i + 2)
			barrier();
	}
	t = (rdtsc() - t) / (ROUNDS / 10);
	check(t <= round + round / 4, "there-and-back-by-memory-in-a-round",
	      "%lu ns, a round is %lu", t, round);
	stop = true;
	for (int c = 1; c < n; c++)
		cpu_join(c);

	stop = false;
	irq_set(VECTOR, on_ipi);
	for (int c = 1; c < n; c++)
		cpu_start(c, listen);
	delay_ticks(100000);
	ball = 0;
	for (u64 i = 0; i < ROUNDS / 10; i++) {
		sent = rdtsc();
		apic_ipi(1, VECTOR);
		while (ball == i)
			barrier();
		for (u64 w = i * 31 % 1009; w; w--)
			barrier();
	}
	/* a slot may be longer by what the last one left over; the handler counts */
	check(slowest <= round + round / 8, "ipi-in-a-round", "slowest %lu ns, a round is %lu",
	      slowest, round);
	printf("mean IPI %lu ns, slowest %lu ns, there and back by memory %lu ns\n",
	       sum / (ROUNDS / 10), slowest, t);
	WRITE_ONCE(stop, true);
	apic_ipi(1, VECTOR);
	for (int c = 1; c < n; c++)
		cpu_join(c);
}
