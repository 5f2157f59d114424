// SPDX-License-Identifier: GPL-2.0
/*
 * mmap: threads of one process map 16 pages, touch them and unmap them again:
 * page faults, mmap_lock, and one TLB shootdown of all CPUs for each munmap().
 *
 * madvise: each thread touches one page of its own and gives it back with
 * MADV_DONTNEED: hardly anything but the shootdown.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "pvb-work.h"

#define PAGE_SIZE	4096
#define MMAP_PAGES	16

static char *map_pages(size_t n)
{
	char *p = mmap(NULL, n * PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("cannot map %zu pages: %s", n, strerror(errno));
	return p;
}

static void mmap_op(struct worker *w)
{
	char *p = map_pages(MMAP_PAGES);
	size_t i;

	(void)w;
	for (i = 0; i < MMAP_PAGES; i++)
		*(volatile char *)(p + i * PAGE_SIZE) = 1;
	if (munmap(p, MMAP_PAGES * PAGE_SIZE))
		die("cannot unmap: %s", strerror(errno));
}

const struct workload work_mmap = {
	.name = "mmap",
	.op = mmap_op,
};

static void madvise_prepare(struct worker *w)
{
	w->priv = map_pages(1);
}

static void madvise_op(struct worker *w)
{
	*(volatile char *)w->priv = 1;
	if (madvise(w->priv, PAGE_SIZE, MADV_DONTNEED))
		die("madvise(MADV_DONTNEED) failed: %s", strerror(errno));
}

const struct workload work_madvise = {
	.name = "madvise",
	.prepare = madvise_prepare,
	.op = madvise_op,
};
