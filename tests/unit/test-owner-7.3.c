// SPDX-License-Identifier: GPL-2.0
/* test-owner, as Linux 7.3 has it: the byte comes from the CPU's number. */
#define OWNER_SEAM	"qspinlock_owner_seam-7.3.h"
#include "test-owner.c"
