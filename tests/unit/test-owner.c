// SPDX-License-Identifier: GPL-2.0
/*
 * The owner in a queued spinlock's locked byte: the kernel's own header, for all
 * CPU numbers that there can be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define CONFIG_KVM_GUEST_PV_BOOST	1
#define CONFIG_X86_64			1
#define CONFIG_NR_CPUS			8192

#include <linux/compiler.h>
#include <linux/types.h>
#include "x86_qspinlock_owner.h"

#define SLOW_VAL	3	/* _Q_SLOW_VAL of qspinlock_paravirt.h */
#define FITS		251	/* the last CPU that has a value of its own */

static struct pcpu_hot_of hot[CONFIG_NR_CPUS];
int this_cpu, cpu_meant, cpu_number;

struct pcpu_hot_of *pcpu_hot_at(int cpu)
{
	return &hot[cpu];
}

static int setup(void **state)
{
	(void)state;
	for (int cpu = 0; cpu < CONFIG_NR_CPUS; cpu++)
		hot[cpu] = (struct pcpu_hot_of){ cpu, _Q_LOCKED_VAL };
	return 0;
}

static u32 locked_by(int cpu)
{
	this_cpu = cpu;
	cpu_number = cpu;
	return queued_spin_locked_val();
}

#ifdef OWNER_SEAM
/* The byte is computed from the CPU's number, which is there from the start. */
#define queued_spin_set_owner(cpu)	((void)(cpu))
#else
static void before_numbers_nobody_is_named(void **state)
{
	(void)state;
	for (int cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		assert_int_equal(locked_by(cpu), _Q_LOCKED_VAL);
		assert_int_equal(queued_spin_owner(locked_by(cpu)), -1);
	}
}
#endif

static void each_cpu_that_fits_is_named_and_no_other(void **state)
{
	(void)state;
	for (int cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		u32 val;

		queued_spin_set_owner(cpu);
		val = locked_by(cpu);
		assert_in_range(val, 1, 0xff);
		assert_int_not_equal(val, SLOW_VAL);
		assert_int_equal(queued_spin_owner(val), cpu <= FITS ? cpu : -1);
		/* whatever the rest of the word is */
		assert_int_equal(queued_spin_owner(val | 0xffffff00), cpu <= FITS ? cpu : -1);
	}
}

static void what_names_nobody(void **state)
{
	(void)state;
	assert_int_equal(queued_spin_owner(0), -1);
	assert_int_equal(queued_spin_owner(_Q_LOCKED_VAL), -1);
	assert_int_equal(queued_spin_owner(SLOW_VAL), -1);
	assert_int_equal(queued_spin_owner(0xffffff00), -1);
}

/* PV unlock: is this a value that some CPU locks with, so that it isn't the slow one? */
static void values_that_cpus_lock_with(void **state)
{
	static const unsigned int nr_cpus[] = { 1, 2, 4, 64, 251, 252, 253, CONFIG_NR_CPUS };
	bool used[256] = { [_Q_LOCKED_VAL] = true };
	unsigned int cpu = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(nr_cpus) / sizeof(nr_cpus[0]); i++) {
		for (; cpu < nr_cpus[i]; cpu++) {
			queued_spin_set_owner(cpu);
			used[locked_by(cpu)] = true;
		}
		/* all others are corrupted ones */
		for (int val = 0; val < 256; val++)
			assert_int_equal(queued_spin_owner_varies(val, cpu), used[val]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifndef OWNER_SEAM
		cmocka_unit_test_setup(before_numbers_nobody_is_named, setup),
#endif
		cmocka_unit_test_setup(each_cpu_that_fits_is_named_and_no_other, setup),
		cmocka_unit_test_setup(what_names_nobody, setup),
		cmocka_unit_test_setup(values_that_cpus_lock_with, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
