// SPDX-License-Identifier: GPL-2.0
/*
 * The pause filter's counter migrates: a guest is half way through its count
 * when the machine moves to another emulator, and exits there at the same PAUSE.
 *
 * run: migrate 180
 */
#include "lib.h"

#define COUNT	300

static struct svm_guest guest;
static u32 pauses;

static void guest_main(void)
{
	for (;;) {
		if (pauses == COUNT / 2) {
			printf("ready\n");
			/* The first byte comes from the emulator that takes over. */
			while (!(inb(0x3fd) & 1))
				;
		}
		WRITE_ONCE(pauses, pauses + 1);
		pause();
	}
}

void test_main(void)
{
	u64 code;

	svm_enable();
	svm_guest_init(&guest, guest_main);
	svm_intercept(&guest.vmcb, SVM_EXIT_PAUSE, true);
	guest.vmcb.pause_filter_count = COUNT;
	code = svm_run(&guest);
	check(code == SVM_EXIT_PAUSE && pauses == COUNT, "exit-at-count",
	      "exit %lx after %u PAUSEs, expected %x after %u",
	      code, pauses, SVM_EXIT_PAUSE, COUNT);
	pauses = COUNT;
	svm_skip(&guest, PAUSE_LEN);
	code = svm_run(&guest);
	check(code == SVM_EXIT_PAUSE && pauses == 2 * COUNT, "next-exit",
	      "exit %lx after %u PAUSEs, expected %x after %u", code, pauses, SVM_EXIT_PAUSE,
	      2 * COUNT);
}
