// SPDX-License-Identifier: GPL-2.0
/*
 * -icount quantum: each CPU executes one instruction in 2^shift ns of virtual
 * time, by the TSC and by the PIT, whatever the other CPUs do and however many
 * there are. Without a quantum, time is the sum over all CPUs: of four busy
 * ones each has a quarter of the speed.
 *
 * run: icount 60 -smp 1 -icount quantum=2003
 * run: icount 60 -smp 2 -icount quantum=2003
 * run: icount 60 -smp 4 -icount quantum=2003
 * run: icount 60 -smp 8 -icount quantum=2003
 * run: icount 60 -smp 3 -icount quantum=512
 * run: icount 60 -smp 3 -icount quantum=65023
 * run: icount 60 -smp 4 -icount shift=0,quantum=1000 -append shift=0
 * run: icount 60 -smp 4 -icount shift=3,quantum=600 -append shift=3,quantum=600
 */
#include "lib.h"

#define LOOPS		2000000		/* of 2 instructions */
#define PIT_HZ		1193182

enum work { IDLE, SPIN, BUSY, COUNT };
static const char *const names[] = { "idle", "spinning", "busy" };

static enum work company;
static bool stop;
static int ready;
static u64 spent[MAX_CPUS];

static void loops(u64 n)
{
	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(n));
}

static u64 measure(void)
{
	u64 t = rdtsc();

	loops(LOOPS);
	return rdtsc() - t;
}

static void companion(void)
{
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	if (company == BUSY) {
		spent[cpu_id()] = measure();
	} else {
		while (company == SPIN && !READ_ONCE(stop))
			pause();
	}
}

/* Channel 2 counts down from 65535, which takes 55 ms. */
static u16 pit_read(void)
{
	u8 lo;

	outb(0x43, 0x80);
	lo = inb(0x42);
	return lo | inb(0x42) << 8;
}

static bool near(u64 got, u64 want, u64 slack)
{
	return got + slack >= want && got <= want + slack;
}

void test_main(void)
{
	int n = cpu_count();
	u64 shift = option("shift", 1);
	u64 want = (2 * LOOPS) << shift;
	/* both ends may fall anywhere in a round, of the largest quantum */
	u64 slack = option("quantum", 65023) << (shift + 1);
	u16 pit;

	for (company = IDLE; company < COUNT; company++) {
		char name[40] = "others-";
		const char *s = names[company];
		u64 t;
		int i = 7;

		while (*s)
			name[i++] = *s++;
		ready = 0;
		stop = false;
		for (int c = 1; c < n; c++)
			cpu_start(c, companion);
		while (READ_ONCE(ready) < n - 1)
			pause();

		t = measure();
		check(near(t, want, slack), name, "%lu ns, expected %lu", t, want);
		WRITE_ONCE(stop, true);
		for (int c = 1; c < n; c++) {
			cpu_join(c);
			if (company == BUSY)
				check(near(spent[c], want, slack), "busy-cpu",
				      "CPU %d: %lu ns, expected %lu", c, spent[c], want);
		}
	}

	outb(0x61, (inb(0x61) & ~2) | 1);	/* gate on, speaker off */
	outb(0x43, 0xb0);			/* channel 2, both bytes, mode 0 */
	outb(0x42, 0xff);
	outb(0x42, 0xff);
	pit = pit_read();
	loops(LOOPS);
	pit -= pit_read();
	check(near(pit, want * PIT_HZ / 1000000000, slack * PIT_HZ / 1000000000 + 2), "pit",
	      "%u ticks, expected %lu", pit, want * PIT_HZ / 1000000000);
}
