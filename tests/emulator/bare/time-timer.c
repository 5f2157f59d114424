// SPDX-License-Identifier: GPL-2.0
/*
 * -icount quantum: a LAPIC timer is never early, and at most a slot (the rest
 * of the one in which it gets due) and a round (until its CPU's turn) late,
 * whether its CPU is idle or busy and whatever the others do.
 *
 * run: icount 60 -smp 1 -icount quantum=2003
 * run: icount 60 -smp 2 -icount quantum=2003
 * run: icount 60 -smp 8 -icount quantum=2003
 * run: icount 60 -smp 3 -icount quantum=521 -append quantum=521
 */
#include "lib.h"

#define VECTOR	0x41
#define TIMERS	300

struct result {
	u64 due, worst, early;
	volatile u64 fired;
} __attribute__((aligned(64)));

static struct result result[MAX_CPUS];
static bool stop;

static void on_timer(struct irq_frame *f)
{
	struct result *r = &result[cpu_id()];
	u64 now = rdtsc();

	(void)f;
	if (now < r->due)
		r->early++;
	else if (now - r->due > r->worst)
		r->worst = now - r->due;
	apic_eoi();
	r->fired++;
}

static void use_timer(bool idle)
{
	struct result *r = &result[cpu_id()];

	for (u64 i = 0; i < TIMERS; i++) {
		u64 fired = r->fired;
		u32 ns = 1000 + i * 7919 % 100000;

		irq_off();
		r->due = rdtsc() + ns;
		apic_timer_oneshot(VECTOR, ns);
		while (r->fired == fired) {
			if (idle)
				irq_wait();
			else
				irq_on();
		}
	}
	irq_off();
}

static void idle_cpu(void)
{
	use_timer(true);
}

static void busy_cpu(void)
{
	use_timer(false);
}

static void verdict(const char *name, int cpu, u64 limit)
{
	struct result *r = &result[cpu];

	check(!r->early && r->fired == TIMERS && r->worst <= limit, name,
	      "CPU %d: %lu of %lu early, latest %lu ns, allowed %lu", cpu,
	      r->early, r->fired, r->worst, limit);
	*r = (struct result){ 0 };
}

static void spin(void)
{
	while (!READ_ONCE(stop))
		pause();
}

void test_main(void)
{
	int n = cpu_count();
	u64 round = option("quantum", 2003) << option("shift", 1);
	/* arming and the handler are some instructions of a slow CPU */
	u64 limit = round + round / n + 200;

	irq_set(VECTOR, on_timer);
	use_timer(true);
	verdict("all-idle", 0, limit);
	use_timer(false);
	verdict("busy-others-idle", 0, limit);

	for (int c = 1; c < n; c++)
		cpu_start(c, c & 1 ? idle_cpu : busy_cpu);
	use_timer(true);
	for (int c = 1; c < n; c++)
		cpu_join(c);
	for (int c = 0; c < n; c++)
		verdict("all-have-timers", c, limit);

	for (int c = 1; c < n; c++)
		cpu_start(c, spin);
	use_timer(true);
	stop = true;
	for (int c = 1; c < n; c++)
		cpu_join(c);
	verdict("others-spin", 0, limit);
}
