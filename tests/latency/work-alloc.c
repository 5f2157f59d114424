// SPDX-License-Identifier: GPL-2.0
/*
 * alloc: threads of one process allocate a buffer, copy a text into it, search in
 * it and free it, as ebizzy does. The buffer is above the C library's threshold,
 * so each allocation is an mmap() and each free() a munmap(): mmap_lock, page
 * faults and a TLB shootdown, with some work in user mode between them.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pvb-work.h"

#define BUFFER_SIZE	(128 * 1024)
/* So much of it is used: 8 page faults. */
#define TEXT_SIZE	(32 * 1024)

static uint32_t text[TEXT_SIZE / sizeof(uint32_t)];

static void alloc_setup(const struct options *opt)
{
	(void)opt;
	/* Fixed: the library would raise it after the first free(). */
	mallopt(M_MMAP_THRESHOLD, BUFFER_SIZE);
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		text[i] = 2 * i;
}

static int compare_words(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void alloc_op(struct worker *w)
{
	uint32_t wanted = 2 * (w->ops % (TEXT_SIZE / sizeof(uint32_t)));
	void *buffer = malloc(BUFFER_SIZE);

	if (!buffer)
		die("out of memory");
	memcpy(buffer, text, TEXT_SIZE);
	if (!bsearch(&wanted, buffer, TEXT_SIZE / sizeof(uint32_t),
		     sizeof(uint32_t), compare_words))
		die("a copy has not what its original has");
	free(buffer);
}

const struct workload work_alloc = {
	.name = "alloc",
	.setup = alloc_setup,
	.op = alloc_op,
};
