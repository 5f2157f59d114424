/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of yield-test share: tasks, groups, loans and their accounts. */
#ifndef YIELD_TEST_H
#define YIELD_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pvb-yield.h"

#define MAX_TASKS	8
#define STACK	65536
#define CG		"/cg/yield"
#define STATS		"/sys/kernel/debug/sched/yield_loans"
#define SLICE_FILE	"/sys/kernel/debug/sched/base_slice_ns"
#define MODE_FILE	"/sys/kernel/debug/sched/cgroup_mode"
#define CPU_DIR		"/sys/devices/system/cpu"
#define MODULE_DIR	"/sys/module/pvb_yield/parameters"
#define USEC		1000ull
#define MSEC		1000000ull
#define TICK		MSEC

/* Why a loan ended, as the kernel has it. */
enum { END_TIMER, END_DONE, END_BLOCK, END_PREEMPT, END_PASSED, END_GONE, END_NR };
enum { RET_NONE, RET_LENT, RET_FORFEITED, RET_ADVANCED, RET_MOVED, RET_NR };

/* What the target does as soon as it finds itself on a loan. */
enum react {
	SPIN_ON, EXIT, SLEEP, DONE, LIMIT, LOCK, MOVE_CPU, GO_FIFO, MOVE_GROUP,
	KILL_LENDER, MOVE_LENDER, FIFO_LENDER, GROUP_LENDER,
};

/* Sums over a lender's yields. */
struct sums {
	unsigned long calls, ret[RET_NR], lent, next, ended[END_NR], after;
	unsigned long exact;	/* loans whose account could be checked */
	unsigned long in_place;	/* and the target stood where it had stood */
	unsigned long paid;	/* and the lender had paid what it used */
	unsigned long short_of;	/* and it could not pay all of it */
	unsigned long conserved;	/* and what one gained the other lost */
	uint64_t used;
};

struct task {
	pid_t pid;
	volatile int go;
	volatile int react;	/* enum react, armed by the lender */
	volatile int reacted;
	volatile unsigned long turns;
	volatile uint64_t waited;	/* longest time that it did not run, ns */
	volatile uint64_t waits, off;	/* such times, and their sum, ns */
	volatile uint64_t ran;	/* time that it did, as it saw itself, ns */
	volatile uint64_t late;	/* wake-ups that came late */
	struct sums sums;
	struct pvb_yield y;
};

struct shared {
	struct task task[MAX_TASKS];
	volatile int stop;
	struct pvb_grace grace;
};

extern struct shared *sh;
extern int failed;
extern uint64_t slice;		/* of time, as the kernel chose it, ns */

struct lending {
	struct task *to;
	unsigned int level;
	uint64_t ns, gap;
	enum react react;
	unsigned int times;	/* 0: without end */
};

struct place {
	const char *group;
	unsigned int cpus;
	int nice;
};

/* yield-lib.c */
void __attribute__((format(printf, 4, 5)))
verdict(bool ok, const char *where, const char *name, const char *fmt, ...);
void __attribute__((format(printf, 1, 2), noreturn))
die(const char *fmt, ...);
uint64_t now(clockid_t clock);
uint64_t cpu_time(pid_t pid);
void sleep_ms(unsigned int ms);
uint64_t sleep_until(uint64_t at);
bool write_file(const char *path, const char *text);
bool set_group(const char *group, const char *file, const char *text);
void make_group(const char *group);
bool join(const char *group, pid_t pid);
bool set_cpus(pid_t pid, unsigned int mask);
bool set_policy(pid_t pid, int policy);
int cpu_of(pid_t pid);
unsigned long number_in(const char *path);
unsigned long stat_of(const char *name);
unsigned long stat_begun(void);
unsigned long stat_ended(void);
int open_device(void);
void spin(struct task *me, struct task *lender);
void hold_mutex(struct task *me, uint64_t ns);
void watch(struct task *me);
bool close_to(int64_t a, int64_t b, int64_t by);
void count_ret(struct sums *s, int ret);
void account(struct sums *s, const struct pvb_yield *y, pid_t self);
void yield_once(struct task *me, int device, struct task *to, unsigned int level,
		uint64_t ns);
void spin_for(struct task *me, uint64_t ns);
void lend(struct task *me, const struct lending *l);
void await_go(struct task *t);
void place_task(pid_t pid, const struct place *place);
bool fork_task(struct task *t, const struct place *place);
void clone_task(struct task *t, const struct place *place, int (*run)(void *));
void go(unsigned int nr);
void reap(unsigned int nr);
void spawn_spinner(unsigned int i, const struct place *place);
void spawn_lender(unsigned int i, const struct place *place, const struct lending *l);
void set_slice(uint64_t ns);
void get_slice(void);
void make_groups(void);
void set_weights(bool unequal);
double percent(double part, double all);

/* yield-cpus.c */
void test_cpus(void);

/* yield-guard.c */
void test_guard(const char *only);

#endif
