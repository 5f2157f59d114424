// SPDX-License-Identifier: GPL-2.0
/*
 * FPU state restores on other CPUs must not disturb VMRUN and #VMEXIT on CPU 0.
 * One address means one page to the host and another one to the guest, by
 * nested paging only. So a single read tells whether nested paging is on: it has
 * to be in the guest, and must not be after #VMEXIT.
 *
 * run: multi 180 -smp 2
 */
#include "lib.h"

#define SHARED		(32UL << 20)	/* host: this page; guest: the other */
#define GUEST_PAGE	(34UL << 20)
#define HOST_VALUE	0x1111111111111111UL
#define GUEST_VALUE	0x2222222222222222UL
#define ROUNDS		200000

static struct svm_guest guest;
static u64 npt[512] __page_aligned, npt_pdpt[512] __page_aligned, npt_pd[512] __page_aligned;
static u32 stop;
static u64 restores;

static void restore_fpu(void)
{
	u32 env[7];

	__asm__ volatile("fninit; fnstenv %0" : "=m"(env));
	while (!READ_ONCE(stop)) {
		for (int i = 0; i < 100; i++)
			__asm__ volatile("fldenv %0" :: "m"(env));
		restores += 100;
	}
}

/* In the guest RSI is SHARED; RDX is what it reads there. */
__asm__("guest_read: movq (%rsi), %rdx\n\tvmmcall\n\tjmp guest_read");
void guest_read(void);

/*
 * VMRUN, one read by the guest, one by the host before anything else happens.
 * The guest uses no register that matters to the host.
 */
static void round_trip(u64 *in_guest, u64 *in_host)
{
	__asm__ volatile("clgi\n\tvmrun %%rax\n\tmovq (%%rsi), %%rcx\n\tstgi"
			 : "=&d"(*in_guest), "=&c"(*in_host)
			 : "a"(&guest.vmcb), "S"(SHARED) : "memory");
}

void test_main(void)
{
	u64 in_guest, in_host;
	u32 guest_wrong = 0, host_wrong = 0, rounds = option("rounds", ROUNDS), i;

	for (i = 0; i < 512; i++)
		npt_pd[i] = pd[i];
	npt_pd[SHARED >> 21] = pd[GUEST_PAGE >> 21];
	npt_pdpt[0] = (u64)npt_pd | 7;
	npt_pdpt[3] = (u64)(pd + 3 * 512) | 7;
	npt[0] = (u64)npt_pdpt | 7;
	*(volatile u64 *)SHARED = HOST_VALUE;
	*(volatile u64 *)GUEST_PAGE = GUEST_VALUE;

	svm_enable();
	svm_guest_init(&guest, guest_read);
	guest.vmcb.nested_cr3 = (u64)npt;
	cpu_start(1, restore_fpu);
	for (i = 0; i < rounds; i++) {
		round_trip(&in_guest, &in_host);
		if (guest.vmcb.exit_code != SVM_EXIT_VMMCALL)
			panic("round %u: exit %lx, info %lx %lx, at %lx", i, guest.vmcb.exit_code,
			      guest.vmcb.exit_info_1, guest.vmcb.exit_info_2, guest.vmcb.rip);
		guest_wrong += in_guest != GUEST_VALUE;
		host_wrong += in_host != HOST_VALUE;
		svm_guest_restart(&guest, guest_read);
	}
	WRITE_ONCE(stop, 1);
	cpu_join(1);
	printf("%u round trips, %lu restores\n", rounds, restores);
	check(!guest_wrong, "nested-paging-on-in-guest", "off in %u of %u", guest_wrong, rounds);
	check(!host_wrong, "nested-paging-off-in-host", "on in %u of %u", host_wrong, rounds);
}
