// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual interrupts (APM vol. 2, 15.21) and what #VMEXIT says about an
 * interrupt whose delivery it cut short (15.7.2): nothing lost, nothing twice.
 *
 * run: icount 180 -cpu EPYC,+svm,+npt,+vgif
 * run: multi 180 -cpu EPYC,+svm,+npt,+vgif
 */
#include "lib.h"

#define VECTOR_VIRT	0x71
#define VECTOR_PHYS	0x72
#define PRIORITY	5
#define V_TPR_MAX	15
#define V_GIF		(1U << 9)
#define V_GIF_ENABLE	(1U << 25)
#define SVM_VGIF	(1U << 16)
/* A page of its own, which the guest's stack is in for some tests. */
#define STACK_PAGE	(32UL << 20)

static struct svm_guest guest;
static u64 npt[512] __page_aligned, npt_pdpt[512] __page_aligned, npt_pd[512] __page_aligned;
static u32 virt, phys, virt_at_withdrawal;
static u64 virt_rip;

static void on_virt(struct irq_frame *f)
{
	virt++;
	virt_rip = f->rip;
}

static void on_phys(struct irq_frame *f)
{
	(void)f;
	phys++;
	apic_eoi();
}

static void write_cr8(u64 v)
{
	__asm__ volatile("mov %0, %%cr8" :: "r"(v));
}

/* Starts with a TPR above the priority of the pending interrupt. */
static void guest_lowers_tpr(void)
{
	write_cr8(0);
}

static void guest_raises_tpr(void)
{
	write_cr8(V_TPR_MAX);
	irq_on();
	__asm__ volatile("nop; nop");
	virt_at_withdrawal = virt;
	write_cr8(0);
}

static void guest_equals_tpr(void)
{
	write_cr8(PRIORITY);
	irq_on();
	__asm__ volatile("nop; nop");
	virt_at_withdrawal = virt;
	write_cr8(PRIORITY - 1);
}

static void guest_opens_window(void)
{
	irq_window();
}

static void guest_idle(void)
{
}

__asm__("guest_shadow: nop\n\tnop\n\tvmmcall");
void guest_shadow(void);

static void setup(void (*fn)(void), u32 int_ctl)
{
	svm_guest_init(&guest, fn);
	guest.vmcb.int_ctl = int_ctl;
	guest.vmcb.int_vector = VECTOR_VIRT;
	virt = phys = 0;
}

static void on_other_stack(void)
{
	u64 *top = (u64 *)(STACK_PAGE + PAGE_SIZE) - 1;

	*top = *(u64 *)guest.vmcb.rsp;
	guest.vmcb.rsp = (u64)top;
	guest.vmcb.nested_cr3 = (u64)npt;
	npt_pd[STACK_PAGE >> 21] = 0;
}

/* The delivery's exit, then the event once more with its stack in place. */
static void cut_short(const char *name, u8 vector, u32 *count)
{
	u32 want = EVENT_VALID | EVENT_INTR | vector;
	u64 code = svm_run(&guest);
	u32 info = guest.vmcb.exit_int_info;

	check(code == SVM_EXIT_NPF && info == want && !*count, name,
	      "exit %lx, event %x (expected %x), handled %u", code, info, want, *count);
	if (code != SVM_EXIT_NPF)
		return;
	npt_pd[STACK_PAGE >> 21] = pd[STACK_PAGE >> 21];
	guest.vmcb.event_inj = want;
	code = svm_run(&guest);
	printf("%s: again: exit %lx, handled %u\n", name, code, *count);
}

/* First of all: reset leaves the emulator's virtual GIF set. */
static void virtual_gif(void)
{
	u64 code;

	setup(guest_idle, V_INTR_MASKING | V_IRQ | V_IGN_TPR | V_GIF_ENABLE);
	guest.vmcb.rflags |= FLAGS_IF;
	if (svm_features() & SVM_VGIF) {
		code = svm_run(&guest);
		check(code == SVM_EXIT_VMMCALL && !virt, "virtual-gif-clear-at-first-vmrun",
		      "exit %lx, %u interrupts", code, virt);
		guest.vmcb.int_ctl |= V_GIF;
		svm_guest_restart(&guest, guest_idle);
		code = svm_run(&guest);
		check(code == SVM_EXIT_VMMCALL && virt == 1, "virtual-gif-set",
		      "exit %lx, %u interrupts", code, virt);
	} else {
		skip("virtual-gif", "no CPUID bit");
	}
}

static void when_taken(void)
{
	u64 code;

	setup(guest_idle, V_INTR_MASKING | V_IRQ | V_INTR_PRIO(PRIORITY));
	guest.vmcb.rflags |= FLAGS_IF;
	code = svm_run(&guest);
	check(code == SVM_EXIT_VMMCALL && virt == 1 && !(guest.vmcb.int_ctl & V_IRQ) &&
	      virt_rip == (u64)guest_idle, "taken-before-first-instruction",
	      "exit %lx, %u interrupts, int_ctl %x", code, virt, guest.vmcb.int_ctl);

	setup(guest_idle, V_INTR_MASKING | V_IRQ | V_INTR_PRIO(PRIORITY));
	code = svm_run(&guest);
	check(code == SVM_EXIT_VMMCALL && !virt && (guest.vmcb.int_ctl & V_IRQ), "pending-while-if-clear",
	      "exit %lx, %u interrupts, int_ctl %x", code, virt, guest.vmcb.int_ctl);

	setup(guest_shadow, V_INTR_MASKING | V_IRQ | V_INTR_PRIO(PRIORITY));
	guest.vmcb.rflags |= FLAGS_IF;
	guest.vmcb.int_state = 1;
	code = svm_run(&guest);
	check(virt == 1 && virt_rip == (u64)guest_shadow + 1, "shadow-covers-one-instruction",
	      "exit %lx, %u interrupts at %lx, guest at %lx",
	      code, virt, virt_rip, (u64)guest_shadow);
}

static void held_back_by_tpr(void)
{
	u64 code;

	setup(guest_lowers_tpr, V_INTR_MASKING | V_IRQ | V_INTR_PRIO(PRIORITY) | V_TPR_MAX);
	guest.vmcb.rflags |= FLAGS_IF;
	code = svm_run(&guest);
	check(code == SVM_EXIT_VMMCALL && virt == 1, "taken-when-tpr-falls",
	      "exit %lx, %u interrupts", code, virt);

	setup(guest_raises_tpr, V_INTR_MASKING | V_IRQ | V_INTR_PRIO(PRIORITY));
	code = svm_run(&guest);
	check(code == SVM_EXIT_VMMCALL && virt == 1 && !virt_at_withdrawal, "held-back-by-tpr",
	      "exit %lx, %u interrupts, %u too early", code, virt, virt_at_withdrawal);

	setup(guest_equals_tpr, V_INTR_MASKING | V_IRQ | V_INTR_PRIO(PRIORITY));
	code = svm_run(&guest);
	check(code == SVM_EXIT_VMMCALL && virt == 1 && !virt_at_withdrawal, "held-back-by-equal-tpr",
	      "exit %lx, %u interrupts, %u too early", code, virt, virt_at_withdrawal);
}

static void beside_physical(void)
{
	u64 code;

	/* A physical interrupt that the guest takes itself, beside a virtual one. */
	setup(guest_opens_window, V_IRQ | V_IGN_TPR);
	svm_intercept(&guest.vmcb, SVM_EXIT_INTR, false);
	apic_ipi(cpu_id(), VECTOR_PHYS);
	code = svm_run(&guest);
	check(code == SVM_EXIT_VMMCALL && phys == 1 && virt == 1, "survives-physical-interrupt",
	      "exit %lx, %u physical, %u virtual", code, phys, virt);
}

static void cut_short_deliveries(void)
{
	setup(guest_idle, V_INTR_MASKING | V_IRQ | V_IGN_TPR);
	guest.vmcb.rflags |= FLAGS_IF;
	on_other_stack();
	cut_short("cut-short-virtual", VECTOR_VIRT, &virt);
	check(virt == 1 && !(guest.vmcb.int_ctl & V_IRQ), "cut-short-virtual-taken-once",
	      "%u interrupts, int_ctl %x", virt, guest.vmcb.int_ctl);

	setup(guest_idle, 0);
	guest.vmcb.rflags |= FLAGS_IF;
	svm_intercept(&guest.vmcb, SVM_EXIT_INTR, false);
	on_other_stack();
	apic_ipi(cpu_id(), VECTOR_PHYS);
	cut_short("cut-short-physical", VECTOR_PHYS, &phys);
	check(phys == 1, "cut-short-physical-taken-once", "%u interrupts", phys);
}

void test_main(void)
{
	for (int i = 0; i < 512; i++)
		npt_pd[i] = pd[i];
	npt_pdpt[0] = (u64)npt_pd | 7;
	npt_pdpt[3] = (u64)(pd + 3 * 512) | 7;
	npt[0] = (u64)npt_pdpt | 7;
	irq_set(VECTOR_VIRT, on_virt);
	irq_set(VECTOR_PHYS, on_phys);
	svm_enable();

	virtual_gif();
	when_taken();
	held_back_by_tpr();
	beside_physical();
	cut_short_deliveries();
	irq_window();
}
