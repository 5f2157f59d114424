// SPDX-License-Identifier: GPL-2.0
/*
 * futex: threads of one process take and release one mutex of user space. One that
 * finds it taken sleeps: the spinlock of the futex's hash bucket, a wake-up on
 * another CPU, and the wait for a task that is just being switched out there.
 */
#include <pthread.h>

#include "pvb-work.h"

/* Long enough that others come meanwhile. */
#define HOLD_LOOPS	1000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void futex_op(struct worker *w)
{
	unsigned int i;

	(void)w;
	pthread_mutex_lock(&mutex);
	for (i = 0; i < HOLD_LOOPS; i++)
		__asm__ volatile("");
	pthread_mutex_unlock(&mutex);
}

const struct workload work_futex = {
	.name = "futex",
	.op = futex_op,
};
