// SPDX-License-Identifier: GPL-2.0
/*
 * #VMEXIT brings the host's control registers back, whatever mode the guest was in.
 *
 * run: icount 180
 */
#include "lib.h"

#define CR0_PE		0x1UL
#define CR0_ET		0x10UL
#define CR0_PG		0x80000000UL
#define CR4_PAE		0x20UL
#define EFER_LME	0x100UL
#define EFER_LMA	0x400UL
#define EFER_SVME	0x1000UL
#define MSR_EFER	0xc0000080

static struct svm_guest guest;

struct state { u64 cr0, cr3, cr4, efer; };

static struct state host_state(void)
{
	struct state s;

	__asm__ volatile("mov %%cr0, %0; mov %%cr3, %1; mov %%cr4, %2"
			 : "=r"(s.cr0), "=r"(s.cr3), "=r"(s.cr4));
	s.efer = rdmsr(MSR_EFER);
	return s;
}

/* The same bytes in each mode. */
__asm__("guest_code: vmmcall");
void guest_code(void);

static void run_mode(const char *name, u64 cr0, u64 cr4, u64 efer)
{
	bool real = !(cr0 & CR0_PE), long_mode = efer & EFER_LMA;
	struct state before, after;
	u64 code;

	svm_guest_init(&guest, guest_code);
	guest.vmcb.cr0 = cr0 | CR0_ET;
	guest.vmcb.cr4 = cr4;
	guest.vmcb.efer = efer | EFER_SVME;
	if (real) {
		guest.vmcb.cs = (struct vmcb_seg){ 0x08, 0x9b, 0xffff, (u64)guest_code };
		guest.vmcb.rip = 0;
	} else if (!long_mode) {
		guest.vmcb.cs.attrib = 0xc9b;
	}
	before = host_state();
	code = svm_run(&guest);
	after = host_state();
	check(code == SVM_EXIT_VMMCALL && before.cr0 == after.cr0 && before.cr3 == after.cr3 &&
	      before.cr4 == after.cr4 && before.efer == after.efer, name,
	      "exit %lx, cr0 %lx was %lx, cr4 %lx was %lx, efer %lx was %lx", code,
	      after.cr0, before.cr0, after.cr4, before.cr4, after.efer, before.efer);
}

void test_main(void)
{
	svm_enable();
	run_mode("long-mode", CR0_PG | CR0_PE, CR4_PAE, EFER_LME | EFER_LMA);
	run_mode("real-mode", 0, 0, 0);
	run_mode("protected-mode", CR0_PE, 0, 0);
	run_mode("protected-mode-pae", CR0_PE, CR4_PAE, 0);
	run_mode("protected-mode-pae-lme", CR0_PE, CR4_PAE, EFER_LME);
	run_mode("protected-mode-lme", CR0_PE, 0, EFER_LME);
	run_mode("real-mode-lme", 0, 0, EFER_LME);
}
