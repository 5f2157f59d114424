/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The workloads, in the order of tables: what a guest can run (pvb-work), what
 * may be asked for (pvb-plan) and the order of results (samples.c) are all made
 * of this list. "hog", the neighbour, is never measured and is not in it.
 */
#ifndef PVB_WORKLOADS_H
#define PVB_WORKLOADS_H

enum workload_kind {
	USUAL,		/* measured by default; all others on request */
	EXTRA,
	MODULE,		/* loads a module of the guest's kernel */
	STRESSORS,	/* perf or stress-ng, which only such guests are given */
	PROGRAMS,	/* other programs of Debian packages: the same, in an archive of theirs */
};

/* X(symbol of its struct workload without "work_", name, kind) */
#define PVB_WORKLOADS(X) \
	X(lock, "lock", USUAL) \
	X(mmap, "mmap", USUAL) \
	X(madvise, "madvise", USUAL) \
	X(membarrier, "membarrier", USUAL) \
	X(fork, "fork", USUAL) \
	X(forkmt, "forkmt", USUAL) \
	X(hackbench, "hackbench", USUAL) \
	X(cyclictest, "cyclictest", USUAL) \
	X(cyclictest_busy, "cyclictest-busy", EXTRA) \
	X(audio, "audio", EXTRA) \
	X(request, "request", EXTRA) \
	X(lat_lock, "lat-lock", MODULE) \
	X(lat_ipi, "lat-ipi", MODULE) \
	X(alloc, "alloc", EXTRA) \
	X(futex, "futex", EXTRA) \
	X(dbench, "dbench", EXTRA) \
	X(pigz, "pigz", EXTRA) \
	X(perf_futex, "perf-futex", STRESSORS) \
	X(perf_pipe, "perf-pipe", STRESSORS) \
	X(stress_tlb, "stress-tlb", STRESSORS) \
	X(stress_mmap, "stress-mmap", STRESSORS) \
	X(pbzip2, "pbzip2", PROGRAMS) \
	X(ripgrep, "ripgrep", PROGRAMS) \
	X(pgbench, "pgbench", PROGRAMS) \
	X(memcached, "memcached", PROGRAMS) \
	X(make, "make", PROGRAMS) \
	X(vips, "vips", PROGRAMS)

#endif
