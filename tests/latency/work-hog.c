// SPDX-License-Identifier: GPL-2.0
/* hog: keeps all CPUs busy in user mode until killed; the neighbour VM. */
#include "pvb-work.h"

/* Long enough that counting and looking for the end cost nothing. */
#define HOG_LOOPS	100000

static void hog_op(struct worker *w)
{
	unsigned int i;

	(void)w;
	for (i = 0; i < HOG_LOOPS; i++)
		__asm__ volatile("");
}

const struct workload work_hog = {
	.name = "hog",
	.op = hog_op,
	.endless = true,
};
