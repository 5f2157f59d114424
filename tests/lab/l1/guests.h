/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of guests, from QEMU's start to its end. A guest and vmctl talk in lines
 * (tests/lab/l2-init): it says "ready JOB" and waits for "go", then "begin JOB", "end JOB
 * ..." and, in the end, "exit CODE NONCE".
 */
#ifndef PVB_L1_GUESTS_H
#define PVB_L1_GUESTS_H

#include "vmctl.h"

/**
 * start_vm - starts a guest's QEMU, in the guest's cgroup
 * @vm: the guest
 */
void start_vm(struct vm *vm);

/**
 * run_guests - lets all guests do their jobs until the first is done with its own
 */
void run_guests(void);

/**
 * stop_guests - waits for the measured guest, which powers itself off; ends company
 */
void stop_guests(void);

#endif
