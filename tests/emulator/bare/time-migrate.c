// SPDX-License-Identifier: GPL-2.0
/*
 * -icount quantum: the rounds survive migration, which comes in the middle of
 * one: the clock goes on where it was, without a step, and as fast as before.
 *
 * run: migrate 120 -smp 1 -icount shift=1,sleep=off,quantum=2003
 * run: migrate 120 -smp 3 -icount shift=1,sleep=off,quantum=2003
 */
#include "lib.h"

#define LOOPS	1000000		/* of 2 instructions of 2 ns */
#define ROUND	(2003 << 1)

static bool stop;

static void spin(void)
{
	while (!READ_ONCE(stop))
		pause();
}

void test_main(void)
{
	int n = cpu_count();
	u64 last, step = 0, back = 0, count = LOOPS, t;

	for (int c = 1; c < n; c++)
		cpu_start(c, spin);
	printf("ready\n");
	last = rdtsc();
	/* The first byte comes from the emulator that takes over. */
	while (!(inb(0x3fd) & 1)) {
		t = rdtsc();
		if (t < last)
			back++;
		else if (t - last > step)
			step = t - last;
		last = t;
	}
	check(!back && step <= 2 * ROUND, "clock-without-a-step",
	      "back %lu times, longest step %lu ns", back, step);

	t = rdtsc();
	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(count));
	t = rdtsc() - t;
	check(t + 2 * ROUND >= LOOPS * 4 && t <= LOOPS * 4 + 2 * ROUND, "same-speed",
	      "%lu ns, expected %u", t, LOOPS * 4);
	stop = true;
	for (int c = 1; c < n; c++)
		cpu_join(c);
}
