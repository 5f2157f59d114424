/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all of vmctl knows: its guests, its options, and how it gives up.
 */
#ifndef PVB_L1_VMCTL_H
#define PVB_L1_VMCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define MAX_VMS		8
#define MAX_VCPUS	300

/*
 * The same sources make vmctl-host, for a machine that is not L1 but somebody's: it
 * makes do without root, has cgroups below one that its caller made, if at all, and
 * does not trace PAUSE exits, which at millions a second would measure the tracing.
 * A constant, so that vmctl has the bytes that it would have without.
 */
#ifndef REAL_HOST
#define REAL_HOST	0
#endif

/* A job's own exit code is passed through, so these stay above it. */
enum { EX_BAD_USE = 2, EX_GUEST_LOST = 91, EX_GUEST_LATE = 92, EX_LAB = 93 };

enum layout { LAYOUT_FLAT, LAYOUT_VM, LAYOUT_VCPU };

enum vm_state {
	VM_BOOTING,	/* no word from it yet */
	VM_READY,	/* asked for its next job */
	VM_BUSY,	/* job under way */
	VM_DONE,	/* said "exit" with its nonce */
};

struct vm {
	const char *name;
	unsigned int vcpus;
	unsigned int mem_mib;
	unsigned int ms;
	unsigned int warm_ms;
	unsigned int seed;	/* of the first repetition; the next has the next */
	unsigned int repeat;	/* of all jobs */
	unsigned int start_us;
	unsigned int slice_us;	/* of the vCPUs' threads; 0: the host's own */
	const char *policy;	/* of these threads */
	unsigned int pin;	/* each vCPU on one pCPU, in turn */
	unsigned int core;	/* shares a core with no other VM */
	unsigned int max;	/* CPU time that it may use, in percent of a pCPU; 0: all */
	const char *locks;
	const char *tlb;
	const char *cpu;
	const char *jobs;
	unsigned int nr_jobs;	/* in one repetition */
	const char *append;
	const char *initrd;
	const char *kernel;

	pid_t pid;
	pid_t vcpu_tid[MAX_VCPUS];
	int to_guest;
	int from_guest;
	enum vm_state state;
	unsigned int asked;	/* for so many jobs it asked so far */
	bool at_work;		/* its first "begin" was seen */
	bool placed;		/* its threads are in their cgroups */
	int exit_code;
	char nonce[32];
	char line[4096];
	size_t line_len;
	FILE *lines;		/* all it said, in out/NAME.out */
};

extern struct vm vms[MAX_VMS];	/* the first is measured, the others are company */
extern unsigned int nr_vms;
extern enum layout layout;
extern const char *out_dir;	/* for the files that vmctl writes */
extern unsigned int limit_s;	/* how long the first guest may be silent */

/**
 * die - ends vmctl, and all guests with it
 * @code: exit code
 * @fmt: what is wrong, in one line
 */
void __attribute__((format(printf, 2, 3), noreturn))
die(int code, const char *fmt, ...);

/**
 * now_ns - the monotonic clock, which is the trace's clock as well
 */
uint64_t now_ns(void);

#endif
