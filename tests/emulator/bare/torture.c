// SPDX-License-Identifier: GPL-2.0
/*
 * All of SVM at once, at random, on all CPUs: injected events, virtual and physical
 * interrupts, IPIs both ways, nested page faults also while an event is delivered,
 * PAUSE filter, FPU restores. Each round of each guest has to see each of its events
 * exactly once and the right memory; each IPI has to arrive; the host has to find
 * its own address space after each #VMEXIT.
 *
 * run: multi 300 -smp 2
 * run: icount 300 -smp 3
 * run: icount 300 -smp 2 -icount shift=1,sleep=off,quantum=521
 */
#include "lib.h"

#define VECTOR_INJECT	0x50
#define VECTOR_VIRT	0x60
#define VECTOR_TIMER	0x70
#define VECTOR_IPI	0x80	/* the lowest: the others come first */
#define VECTOR_NMI	2
#define VECTOR_UD	6

#define ROUNDS		30000
#define TIMER_NS	50000
#define PATIENCE	3000	/* rounds that an IPI may take */

/* For each CPU: a page where its guest's stack can be, one that is not the host's. */
#define MIB		(1UL << 20)
#define STACK_PAGE(c)	((24 + 2 * (c)) * MIB)
#define PROBE_PAGE(c)	((32 + 2 * (c)) * MIB)
#define OTHER_PAGE(c)	((40 + 2 * (c)) * MIB)
#define HOST_VALUE(c)	(0x1111111100000000UL + (c))
#define GUEST_VALUE(c)	(0x2222222200000000UL + (c))
#define MAX_TORTURED	4

static struct cpu {
	struct svm_guest guest;
	u64 npt[512] __page_aligned, pdpt[512] __page_aligned, pd[512] __page_aligned;
	u64 random;
	/* counted by handlers, whether they run in the guest or in the host */
	u32 injected, virt, ticks, ipis;
	/* the plan of a round, and what the guest found */
	bool fpu, halt;
	u32 pauses;
	u64 seen;
	/* IPIs: sent[d] to d; d makes acked[this] equal */
	u32 sent[MAX_TORTURED], acked[MAX_TORTURED], since[MAX_TORTURED];
	u32 rounds, exits;
	bool done;
} cpus[MAX_TORTURED];

static u32 rounds_wanted;

static u64 random(struct cpu *c, u64 limit)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return c->random % limit;
}

static void on_inject(struct irq_frame *f)
{
	(void)f;
	cpus[cpu_id()].injected++;
}

static void on_virt(struct irq_frame *f)
{
	(void)f;
	cpus[cpu_id()].virt++;
}

static void on_tick(struct irq_frame *f)
{
	(void)f;
	cpus[cpu_id()].ticks++;
	apic_eoi();
}

static void on_ipi(struct irq_frame *f)
{
	int me = cpu_id();

	(void)f;
	cpus[me].ipis++;
	apic_eoi();
	for (int i = 0; i < MAX_TORTURED; i++)
		WRITE_ONCE(cpus[i].acked[me], READ_ONCE(cpus[i].sent[me]));
}

static void guest_round(void)
{
	int me = cpu_id();
	struct cpu *c = &cpus[me];
	u32 env[7];

	for (u32 i = 0; i < c->pauses; i++)
		pause();
	if (c->fpu)
		__asm__ volatile("fnstenv %0; fldenv %0" : "+m"(env));
	c->seen = *(volatile u64 *)PROBE_PAGE(me);
	if (c->halt)
		__asm__ volatile("hlt");
	/* Whatever is still pending comes now. */
	irq_window();
}

static void send_ipi(struct cpu *c, int me, int to)
{
	u32 acked = READ_ONCE(c->acked[to]);

	if (c->sent[to] == acked) {
		c->since[to] = READ_ONCE(cpus[to].rounds);
		WRITE_ONCE(c->sent[to], acked + 1);
		apic_ipi(to, VECTOR_IPI);
	} else {
		/* Rounds first: this CPU may stand still between the two. */
		u32 now = READ_ONCE(cpus[to].rounds);

		if (!READ_ONCE(cpus[to].done) && now - c->since[to] > PATIENCE &&
		    READ_ONCE(c->acked[to]) != c->sent[to])
			panic("CPU %d: IPI %u to CPU %d not taken in %u rounds", me,
			      c->sent[to], to, now - c->since[to]);
	}
}

/* One exit; true at the end of the guest's round. */
static bool handle_exit(struct cpu *c, int me, u64 code)
{
	struct vmcb *v = &c->guest.vmcb;
	u64 host = *(volatile u64 *)PROBE_PAGE(me);

	c->exits++;
	if (host != HOST_VALUE(me))
		panic("CPU %d, round %u: host sees %lx after exit %lx", me, c->rounds, host, code);
	if (read_flags() & FLAGS_IF)
		panic("CPU %d, round %u: interrupts on after exit %lx", me, c->rounds, code);
	v->event_inj = 0;
	if (v->exit_int_info & EVENT_VALID) {
		v->event_inj = v->exit_int_info;
		v->event_inj_err = v->exit_int_info_err;
		v->next_rip = v->rip;
	}
	if (random(c, 2))
		irq_window();
	switch (code) {
	case SVM_EXIT_INTR:
		irq_window();
		return false;
	case SVM_EXIT_PAUSE:
		svm_skip(&c->guest, PAUSE_LEN);
		return false;
	case SVM_EXIT_HLT:
		svm_skip(&c->guest, 1);
		return false;
	case SVM_EXIT_NPF:
		if (v->exit_info_2 >> 21 == STACK_PAGE(me) >> 21)
			c->pd[STACK_PAGE(me) >> 21] = pd[STACK_PAGE(me) >> 21];
		else if (v->exit_info_2 >> 21 == PROBE_PAGE(me) >> 21)
			c->pd[PROBE_PAGE(me) >> 21] = pd[OTHER_PAGE(me) >> 21];
		else
			break;
		return false;
	case SVM_EXIT_VMMCALL:
		return true;
	}
	panic("CPU %d, round %u: exit %lx, info %lx %lx, event %x, at %lx", me, c->rounds, code,
	      v->exit_info_1, v->exit_info_2, v->exit_int_info, v->rip);
}

static void one_round(struct cpu *c, int me)
{
	static const u32 events[] = {
		0, 0, EVENT_VALID | EVENT_INTR | VECTOR_INJECT,
		EVENT_VALID | EVENT_SOFT | VECTOR_INJECT,
		EVENT_VALID | EVENT_NMI | VECTOR_NMI, EVENT_VALID | EVENT_EXCEPTION | VECTOR_UD,
	};
	struct vmcb *v = &c->guest.vmcb;
	u32 injected = c->injected, virt = c->virt, want_virt = random(c, 2);
	bool own_interrupts = !random(c, 4);	/* the guest takes physical ones itself */

	svm_guest_restart(&c->guest, guest_round);
	if (random(c, 2)) {
		u64 *top = (u64 *)(STACK_PAGE(me) + PAGE_SIZE) - 1;

		*top = *(u64 *)v->rsp;
		v->rsp = (u64)top;
		if (random(c, 2))
			c->pd[STACK_PAGE(me) >> 21] = 0;
	}
	if (!random(c, 4))
		c->pd[PROBE_PAGE(me) >> 21] = 0;
	v->event_inj = events[random(c, ARRAY_SIZE(events))];
	v->next_rip = v->rip;	/* where a software interrupt returns to */
	v->rflags = 2 | (random(c, 2) ? FLAGS_IF : 0);
	v->int_ctl = want_virt ? V_IRQ | V_IGN_TPR | V_INTR_PRIO(15) : 0;
	v->int_vector = VECTOR_VIRT;
	v->int_state = 0;
	if (!own_interrupts)
		v->int_ctl |= V_INTR_MASKING;
	svm_intercept(v, SVM_EXIT_INTR, !own_interrupts);
	svm_intercept(v, SVM_EXIT_PAUSE, random(c, 2));
	v->pause_filter_count = random(c, 20);
	v->pause_filter_thresh = random(c, 2) ? random(c, 1000) : 0;
	c->guest.host_irqs_off = !random(c, 4);
	c->pauses = random(c, 30);
	c->fpu = random(c, 2);
	c->halt = !random(c, 4);
	c->seen = 0;
	injected += v->event_inj != 0;

	while (!handle_exit(c, me, svm_run(&c->guest)))
		;
	if (c->injected != injected)
		panic("CPU %d, round %u: injected event seen %d times too often", me, c->rounds,
		      (int)(c->injected - injected));
	if (c->virt - virt != want_virt)
		panic("CPU %d, round %u: %u virtual interrupts seen, expected %u", me, c->rounds,
		      c->virt - virt, want_virt);
	if (c->seen != GUEST_VALUE(me))
		panic("CPU %d, round %u: guest saw %lx", me, c->rounds, c->seen);
}

static void torture(void)
{
	int me = cpu_id(), n = cpu_count();
	struct cpu *c = &cpus[me];

	for (int i = 0; i < 512; i++)
		c->pd[i] = pd[i];
	c->pd[PROBE_PAGE(me) >> 21] = pd[OTHER_PAGE(me) >> 21];
	c->pdpt[0] = (u64)c->pd | 7;
	c->pdpt[3] = (u64)(pd + 3 * 512) | 7;
	c->npt[0] = (u64)c->pdpt | 7;
	*(volatile u64 *)PROBE_PAGE(me) = HOST_VALUE(me);
	*(volatile u64 *)OTHER_PAGE(me) = GUEST_VALUE(me);
	svm_enable();
	svm_guest_init(&c->guest, guest_round);
	c->guest.vmcb.nested_cr3 = (u64)c->npt;
	apic_timer_periodic(VECTOR_TIMER, TIMER_NS);

	while (c->rounds < rounds_wanted) {
		int to = random(c, n);

		if (to != me)
			send_ipi(c, me, to);
		one_round(c, me);
		WRITE_ONCE(c->rounds, c->rounds + 1);
	}
	WRITE_ONCE(c->done, true);
	/* Take what the others still send. */
	for (int i = 0; i < n; i++)
		while (!READ_ONCE(cpus[i].done))
			irq_window();
	irq_window();
	apic_timer_stop();
}

void test_main(void)
{
	int n = cpu_count();

	if (n > MAX_TORTURED)
		panic("%d CPUs; this test has room for %d", n, MAX_TORTURED);
	rounds_wanted = option("rounds", ROUNDS);
	irq_set(VECTOR_INJECT, on_inject);
	irq_set(VECTOR_NMI, on_inject);
	irq_set(VECTOR_UD, on_inject);
	irq_set(VECTOR_VIRT, on_virt);
	irq_set(VECTOR_TIMER, on_tick);
	irq_set(VECTOR_IPI, on_ipi);
	for (int i = 0; i < n; i++)
		cpus[i].random = option("seed", 1) * 0x9e3779b97f4a7c15UL + i + 1;
	for (int i = 1; i < n; i++)
		cpu_start(i, torture);
	torture();
	for (int i = 1; i < n; i++)
		cpu_join(i);
	for (int i = 0; i < n; i++) {
		printf("CPU %d: %u rounds, %u exits, %u ticks, %u IPIs\n", i, cpus[i].rounds,
		       cpus[i].exits, cpus[i].ticks, cpus[i].ipis);
		check(cpus[i].ticks && (n == 1 || cpus[i].ipis), i ? "other-cpu-interrupted" :
		      "cpu-0-interrupted", "%u ticks, %u IPIs", cpus[i].ticks, cpus[i].ipis);
	}
	pass("every-event-once");
}
