// SPDX-License-Identifier: GPL-2.0
/*
 * The DOS way to report FPU exceptions (CR0.NE clear): FERR# becomes IRQ 13, a
 * write to port F0h asserts IGNNE# so that the FPU goes on, and IGNNE# ends when
 * the exception is cleared. Only the first CPU's pins are wired; other CPUs may
 * write the port, and their FPU state is nobody else's business.
 *
 * run: icount 180 -smp 2
 * run: multi 180 -smp 2
 */
#include "lib.h"

#define CR0_NE		0x20UL
#define PIC2_CMD	0xa0
#define PIC2_DATA	0xa1
#define IRQ13		(1 << 5)	/* of the second PIC */

static struct { u32 reg[7]; } clean, pending;

/* ICW1-4 forget latched edges; everything stays masked. */
static void reset_pic(void)
{
	outb(PIC2_CMD, 0x11);
	outb(PIC2_DATA, 0x70);
	outb(PIC2_DATA, 2);
	outb(PIC2_DATA, 1);
	outb(PIC2_DATA, 0xff);
}

/* Does the next waiting FPU instruction raise IRQ 13? */
static bool raises_irq(void)
{
	reset_pic();
	__asm__ volatile("fwait");
	outb(PIC2_CMD, 0x0a);		/* next read: IRR */
	return inb(PIC2_CMD) & IRQ13;
}

static void load(__typeof__(clean) *env)
{
	__asm__ volatile("fldenv %0" :: "m"(*env));
}

static void write_port(void)
{
	outb(0xf0, 0);
}

static void load_clean(void)
{
	load(&clean);
}

static void on_other_cpu(void (*fn)(void))
{
	cpu_start(1, fn);
	cpu_join(1);
	/* What it asked of this CPU happens between two instructions at the latest. */
	delay_ticks(1000000);
}

void test_main(void)
{
	u64 cr0;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" :: "r"(cr0 & ~CR0_NE));
	__asm__ volatile("fninit; fnstenv %0" : "=m"(clean));
	pending = clean;
	pending.reg[0] &= ~4U;		/* unmask division by zero, */
	pending.reg[1] |= 0x8084;	/* which has happened */

	load(&clean);
	check(!raises_irq(), "no-exception-no-irq", "IRQ 13 is raised");
	load(&pending);
	check(raises_irq(), "exception-raises-irq", "IRQ 13 is not raised");

	write_port();
	check(!raises_irq(), "port-f0-asserts-ignne", "IRQ 13 is raised");
	load(&clean);
	load(&pending);
	check(raises_irq(), "cleared-exception-ends-ignne", "IRQ 13 is not raised");

	on_other_cpu(write_port);
	check(!raises_irq(), "port-f0-on-other-cpu", "IRQ 13 is raised");
	on_other_cpu(load_clean);
	check(!raises_irq(), "other-cpu-does-not-end-ignne", "IRQ 13 is raised");
	load(&clean);
}
