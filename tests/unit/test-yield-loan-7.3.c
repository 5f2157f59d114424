// SPDX-License-Identifier: GPL-2.0
/* test-yield-loan, with weights as Linux 7.3 has them. */
#define YIELD_NICE_0_WEIGHT	(1 << 20)
#include "test-yield-loan.c"
