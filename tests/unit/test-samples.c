// SPDX-License-Identifier: GPL-2.0
/* What reading, deriving and writing of samples promise. */
#define _GNU_SOURCE
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "derive.h"
#include "pauses.h"
#include "samples.h"

#define ROW	"1\tpristine\tpv\t4\tvcpu\tlock\tops_per_s\t"

static FILE *text_file(const char *text)
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");

	assert_non_null(f);
	return f;
}

static char error[ERROR_SIZE];

static bool read_text(struct samples *s, const char *text)
{
	FILE *f = text_file(text);
	bool ok = read_samples(s, f, "file", error);

	fclose(f);
	return ok;
}

static void assert_refused(const char *text, const char *where)
{
	struct samples s = { 0 };

	error[0] = '\0';
	if (read_text(&s, text))
		fail_msg("accepted: %s", text);
	if (!strstr(error, where))
		fail_msg("'%s' does not name '%s'", error, where);
	free_samples(&s);
}

static void test_malformed_samples_are_refused_with_file_and_line(void **unused)
{
	(void)unused;
	assert_refused("\n", "file:1");
	assert_refused("round host\n", "file:1");
	assert_refused(SAMPLES_HEADER "\n" ROW "5\n", "file:2: 8 fields");
	assert_refused(SAMPLES_HEADER "\n" ROW "5\t1/s\tx\n", "file:2: 10 fields");
	assert_refused(SAMPLES_HEADER "\n" ROW "5\t1/s\n" ROW "five\t1/s\n",
		       "file:3: value 'five'");
	assert_refused(SAMPLES_HEADER "\n" ROW "\t1/s\n", "file:2");
	assert_refused(SAMPLES_HEADER "\n" ROW "5x\t1/s\n", "file:2");
	assert_refused(SAMPLES_HEADER "\n" ROW "nan\t1/s\n", "file:2");
	assert_refused(SAMPLES_HEADER "\n" ROW "-1\t1/s\n", "file:2");
	assert_refused(SAMPLES_HEADER "\n" ROW "1e999\t1/s\n", "file:2");
	assert_refused(SAMPLES_HEADER "\nx\tpristine\tpv\t4\tvcpu\tlock\tops\t1\t1/s\n",
		       "file:2: round 'x'");
	assert_refused(SAMPLES_HEADER "\n1\t\tpv\t4\tvcpu\tlock\tops\t1\t1/s\n",
		       "file:2");
	assert_refused(SAMPLES_HEADER "\n" ROW "5\t1/s", "file:2: cut off");
}

static void test_a_value_given_twice_is_refused(void **unused)
{
	(void)unused;
	assert_refused(SAMPLES_HEADER "\n" ROW "5\t1/s\n" ROW "6\t1/s\n",
		       "two values of lock ops_per_s in round 1");
}

static void test_what_is_written_reads_back_the_same(void **unused)
{
	static const char text[] = SAMPLES_HEADER "\n" ROW "5.25\t1/s\n"
		"2\tpristine\tpv\t4\tvcpu\tlock\tops_per_s\t123456789\t1/s\n";
	struct samples s = { 0 };
	char *out = NULL;
	size_t size;
	FILE *f;

	(void)unused;
	assert_true(read_text(&s, text));
	f = open_memstream(&out, &size);
	write_samples(&s, f);
	fclose(f);
	assert_string_equal(out, text);
	free(out);
	free_samples(&s);
}

static void test_order_of_samples_does_not_depend_on_order_of_runs(void **unused)
{
	struct samples s = { 0 };
	struct cell cell = { "pristine", "pv", "4@8", "vcpu", "lock" };

	(void)unused;
	add_sample(&s, 10, &cell, "ops", 1, "count");
	add_sample(&s, 9, &cell, "ops", 2, "count");
	strcpy(cell.overcommit, "16");
	add_sample(&s, 1, &cell, "ops", 3, "count");
	strcpy(cell.overcommit, "4+solo");
	add_sample(&s, 1, &cell, "ops", 4, "count");
	strcpy(cell.overcommit, "4");
	add_sample(&s, 1, &cell, "ops", 5, "count");
	sort_samples(&s);
	for (int i = 0; i < 5; i++)
		assert_true(s.v[i].value == 5 - i);
	free_samples(&s);
}

/* ---- from raw values ------------------------------------------------------ */

/* Operations in so many ns of the guest's, at 0.25 CPU-seconds in so many of the host's. */
#define MEASURED(ops, elapsed_ns, host_ns) \
	"lock\tops\t" #ops "\tcount\n" \
	"lock\telapsed_ns\t" #elapsed_ns "\tns\n" \
	"lock\thost_ns\t" #host_ns "\tns\n" \
	"lock\tcpu_ns\t250000000\tns\n" \
	"lock\tpause_exits\t40\tcount\n"

#define RAW	MEASURED(1000, 500000000, 500000000)

static struct run a_run(void)
{
	return (struct run){
		.round = 1,
		.cell = { "pristine", "pv", "4", "vcpu", "" },
		.pcpus = 2, .vcpus = 4, .vms = 2, .dir = "dir",
	};
}

static bool derive_text(struct samples *s, const struct run *run,
			const char *text)
{
	FILE *f = text_file(text);
	bool ok = read_cell(s, run, f, "cell", error) &&
		  derive_run(s, run, error);

	fclose(f);
	return ok;
}

static double value(const struct samples *s, const struct cell *at,
		    const char *metric)
{
	struct cell cell = *at;
	double *v, got;
	size_t n;

	if (!cell.workload[0])
		strcpy(cell.workload, "lock");
	v = values_of(s, &cell, metric, &n);
	if (n != 1)
		fail_msg("%zu values of %s", n, metric);
	got = v[0];
	free(v);
	return got;
}

static void assert_value(const struct samples *s, const struct cell *at,
			 const char *metric, double want)
{
	double got = value(s, at, metric);

	if (fabs(got - want) > 1e-9 * want)
		fail_msg("%s is %g, want %g", metric, got, want);
}

static void test_rates_are_per_guest_second_and_per_cpu_second(void **unused)
{
	struct samples s = { 0 };
	struct run run = a_run();

	(void)unused;
	assert_true(derive_text(&s, &run, RAW));
	assert_value(&s, &run.cell, "ops_per_s", 2000);
	assert_value(&s, &run.cell, "ops_per_cpu_s", 4000);
	assert_value(&s, &run.cell, "pause_exits_per_op", 0.04);
	free_samples(&s);
}

static void test_what_is_measured_again_is_the_next_round(void **unused)
{
	const char *mmap = "mmap\tops\t7\tcount\nmmap\telapsed_ns\t1000\tns\n"
			   "mmap\thost_ns\t1000\tns\nmmap\tcpu_ns\t1000\tns\n";
	struct samples s = { 0 };
	struct run run = a_run();
	char two[2048];

	(void)unused;
	run.round = 5;
	snprintf(two, sizeof(two), "%s%s%s", RAW, mmap, MEASURED(3000, 500000000, 500000000));
	assert_true(derive_text(&s, &run, two));
	for (size_t i = 0; i < s.n; i++) {
		if (strcmp(s.v[i].metric, "ops_per_s"))
			continue;
		if (!strcmp(s.v[i].cell.workload, "mmap"))
			assert_int_equal(s.v[i].round, 5);
		else
			assert_true(fabs(s.v[i].value - (s.v[i].round == 5 ? 2000 : 6000)) < 1e-6);
	}
	sort_samples(&s);
	assert_true(unique_samples(&s, "here", error));
	free_samples(&s);
}

static void test_what_computes_beside_has_a_rate_too(void **unused)
{
	struct samples s = { 0 };
	struct run run = a_run();

	(void)unused;
	assert_true(derive_text(&s, &run, MEASURED(1000, 500000000, 500000000)
				"lock\tbusy_ops\t300\tcount\n"));
	assert_value(&s, &run.cell, "busy_ops_per_s", 600);
	free_samples(&s);
}

static void test_a_host_interval_of_other_length_does_not_shift_rates(void **unused)
{
	struct samples s = { 0 };
	struct run run = a_run();

	(void)unused;
	/* The host saw half of the guest's interval, and half the CPU time. */
	assert_true(derive_text(&s, &run, MEASURED(1000, 1000000000, 500000000)));
	assert_value(&s, &run.cell, "ops_per_s", 1000);
	assert_value(&s, &run.cell, "ops_per_cpu_s", 2000);
	free_samples(&s);
}

static void test_no_operation_at_all_counts_as_one(void **unused)
{
	struct samples s = { 0 };
	struct run run = a_run();

	(void)unused;
	assert_true(derive_text(&s, &run, MEASURED(0, 500000000, 500000000)));
	assert_value(&s, &run.cell, "ops", 0);
	assert_value(&s, &run.cell, "ops_per_s", 2);
	assert_value(&s, &run.cell, "pause_exits_per_op", 40);
	free_samples(&s);
}

static void test_cpu_share_is_against_an_equal_part_of_the_pcpus(void **unused)
{
	struct samples s = { 0 };
	struct run run = a_run();

	(void)unused;
	/* 2 pCPUs for 0.5 s, two VMs: 0.5 CPU-seconds each. */
	assert_true(derive_text(&s, &run, RAW "lock\tcpu_ns_hog\t750000000\tns\n"));
	assert_value(&s, &run.cell, "cpu_share", 0.5);
	assert_value(&s, &run.cell, "cpu_share_hog", 1.5);
	free_samples(&s);

	/* Alone, it could have had both. */
	run.vms = 1;
	assert_true(derive_text(&s, &run, RAW));
	assert_value(&s, &run.cell, "cpu_share", 0.25);
	free_samples(&s);

	/* A VM can't use more pCPUs than it has vCPUs. */
	run.vcpus = 1;
	assert_true(derive_text(&s, &run, RAW));
	assert_value(&s, &run.cell, "cpu_share", 0.5);
	free_samples(&s);
}

static void test_efficiency_is_against_the_median_of_1_to_1_on_pristine(void **unused)
{
	struct cell c = { "pristine", "pv", "1", "vcpu", "lock" };
	struct samples s = { 0 };

	(void)unused;
	add_sample(&s, 1, &c, "ops_per_cpu_s", 100, "1/cpu-s");
	add_sample(&s, 2, &c, "ops_per_cpu_s", 200, "1/cpu-s");
	add_sample(&s, 3, &c, "ops_per_cpu_s", 900, "1/cpu-s");
	/* Not the baseline: other guest, other host, other machine. */
	strcpy(c.guest, "native");
	add_sample(&s, 1, &c, "ops_per_cpu_s", 7, "1/cpu-s");
	strcpy(c.guest, "pv");
	strcpy(c.overcommit, "1@8");
	add_sample(&s, 1, &c, "ops_per_cpu_s", 7, "1/cpu-s");

	strcpy(c.overcommit, "4");
	strcpy(c.host, "pristine-nople");
	strcpy(c.layout, "flat");
	add_sample(&s, 1, &c, "ops_per_cpu_s", 50, "1/cpu-s");
	sort_samples(&s);
	assert_int_equal(derive_efficiency(&s), 0);
	assert_value(&s, &c, "efficiency", 0.25);
	strcpy(c.overcommit, "1@8");
	strcpy(c.host, "pristine");
	strcpy(c.layout, "vcpu");
	assert_value(&s, &c, "efficiency", 1);
	free_samples(&s);
}

static void test_no_efficiency_without_its_1_to_1_cell(void **unused)
{
	struct cell c = { "pristine", "pv", "4", "vcpu", "lock" };
	struct samples s = { 0 };

	(void)unused;
	add_sample(&s, 1, &c, "ops_per_cpu_s", 50, "1/cpu-s");
	assert_int_equal(derive_efficiency(&s), 1);
	assert_int_equal(s.n, 1);
	free_samples(&s);
}

static void test_where_only_off_was_measured_hosts_are_compared_with_it(void **unused)
{
	struct cell c = { "agnostic", "pv", "1", "vcpu", "lock" };
	struct samples s = { 0 };

	(void)unused;
	add_sample(&s, 1, &c, "ops_per_cpu_s", 50, "1/cpu-s");
	assert_string_equal(reference_host(&s), "pristine");
	strcpy(c.host, "off");
	add_sample(&s, 1, &c, "ops_per_cpu_s", 100, "1/cpu-s");
	sort_samples(&s);
	assert_string_equal(reference_host(&s), "off");
	assert_int_equal(derive_efficiency(&s), 0);
	strcpy(c.host, "agnostic");
	assert_value(&s, &c, "efficiency", 0.5);
	strcpy(c.host, "pristine");
	add_sample(&s, 1, &c, "ops_per_cpu_s", 200, "1/cpu-s");
	assert_string_equal(reference_host(&s), "pristine");
	free_samples(&s);
}

static void test_without_pause_exits_there_are_none_per_operation(void **unused)
{
	struct samples s = { 0 };
	struct run run = a_run();

	(void)unused;
	assert_true(derive_text(&s, &run, "lock\tops\t1\tcount\n"
				"lock\telapsed_ns\t1000\tns\n"
				"lock\thost_ns\t1000\tns\nlock\tcpu_ns\t1000\tns\n"));
	for (size_t i = 0; i < s.n; i++)
		assert_string_not_equal(s.v[i].metric, "pause_exits_per_op");
	assert_value(&s, &run.cell, "ops_per_s", 1e6);
	free_samples(&s);
}

#define COMMAND(w) \
	w "\tops\t1\tcount\n" w "\thost_ns\t2500000000\tns\n" \
	w "\tcpu_ns\t1250000000\tns\n"

static void test_a_command_is_timed_by_the_host(void **unused)
{
	struct samples s = { 0 };
	struct run run = a_run();

	(void)unused;
	assert_true(derive_text(&s, &run, COMMAND("time")));
	strcpy(run.cell.workload, "time");
	assert_value(&s, &run.cell, "time_s", 2.5);
	assert_value(&s, &run.cell, "ops_per_cpu_s", 0.8);
	free_samples(&s);
}

static void test_a_metric_has_no_time_and_no_efficiency(void **unused)
{
	struct samples s = { 0 };
	struct run run = a_run();

	(void)unused;
	assert_true(derive_text(&s, &run, COMMAND("metric-less")
				"metric-less\tmetric\t12.5\tcount\n"));
	strcpy(run.cell.workload, "metric-less");
	assert_value(&s, &run.cell, "metric", 12.5);
	for (size_t i = 0; i < s.n; i++) {
		assert_string_not_equal(s.v[i].metric, "ops_per_cpu_s");
		assert_string_not_equal(s.v[i].metric, "time_s");
	}
	free_samples(&s);
}

static void assert_not_derived(const char *text, const char *why)
{
	struct samples s = { 0 };
	struct run run = a_run();

	error[0] = '\0';
	if (derive_text(&s, &run, text))
		fail_msg("accepted: %s", text);
	if (!strstr(error, why))
		fail_msg("'%s' does not name '%s'", error, why);
	free_samples(&s);
}

static void test_an_incomplete_or_idle_run_is_refused(void **unused)
{
	(void)unused;
	assert_not_derived("lock\tops\t1000\tcount\n", "no elapsed_ns");
	assert_not_derived("time\tops\t1\tcount\n", "no host_ns");
	assert_not_derived("lock\tpause_exits\t1\tcount\n", "no workload has ops");
	assert_not_derived("lock\tops\t5\tcount\nlock\telapsed_ns\t5\tns\n"
			   "lock\thost_ns\t5\tns\nlock\tcpu_ns\t0\tns\n"
			   "lock\tpause_exits\t0\tcount\n", "cpu_ns is 0");
	assert_not_derived("lock\tops\t10", "cell:1: cut off");
	assert_not_derived("lock\tops\tten\tcount\n", "cell:1: value 'ten'");
	assert_not_derived("lock\tops\t10\n", "cell:1: 3 fields");
}

/* ---- where guests spin ---------------------------------------------------- */

static const char map_text[] =
	"ffffffff81000000 T _text\n"
	"ffffffff81000100 t spin_a\n"
	"ffffffff81000200 D data\n"
	"ffffffff81000300 T spin_b\n";

static void test_addresses_are_named_by_the_function_they_lie_in(void **unused)
{
	struct symbols s = { 0 };
	FILE *f = text_file(map_text);

	(void)unused;
	assert_true(read_symbols(&s, f, "map", error));
	fclose(f);
	assert_string_equal(name_address(&s, 0xffffffff81000100), "spin_a");
	/* Data is no place to spin. */
	assert_string_equal(name_address(&s, 0xffffffff810002ff), "spin_a");
	assert_string_equal(name_address(&s, 0xffffffff81000300), "spin_b");
	assert_string_equal(name_address(&s, 0xffffffff80000000), "unknown");
	assert_string_equal(name_address(&s, 0x401000), "user");
	free_symbols(&s);
}

static void test_run_lengths_are_counted_by_runs_and_exits(void **unused)
{
	static const char text[] =
		"lock\t0xffffffff81000110\t1\t98\n"
		"lock\t0xffffffff81000120\t10\t1\n"
		"lock\t0xffffffff81000110\t300\t1\n"
		"lock\t0xffffffff81000310\t1\t1\n";
	struct cell cell = { "pristine", "pv", "4", "vcpu", "" };
	struct symbols s = { 0 };
	struct pauses p = { 0 };
	char *out = NULL;
	size_t size;
	FILE *f;

	(void)unused;
	f = text_file(map_text);
	assert_true(read_symbols(&s, f, "map", error));
	fclose(f);
	f = text_file(text);
	assert_true(read_pauses(&p, &s, &cell, f, "pauses", error));
	fclose(f);
	f = open_memstream(&out, &size);
	write_pauses(&p, f);
	fclose(f);
	/* 98 + 10 + 300 exits in 100 runs, median 1, 99th 10, longest 300. */
	assert_non_null(strstr(out, "lock\tspin_a\t408\t100\t1\t10\t300\n"));
	assert_non_null(strstr(out, "lock\tspin_b\t1\t1\t1\t1\t1\n"));
	assert_true(strstr(out, "spin_a") < strstr(out, "spin_b"));
	free(out);
	free_pauses(&p);
	free_symbols(&s);
}

static void test_malformed_pauses_are_refused_with_the_line(void **unused)
{
	static const char text[] = "lock\t0x10\t1\t1\nlock\t0x10\t0\t1\n";
	struct cell cell = { "pristine", "pv", "4", "vcpu", "" };
	struct symbols s = { 0 };
	struct pauses p = { 0 };
	FILE *f = text_file(text);

	(void)unused;
	assert_false(read_pauses(&p, &s, &cell, f, "pauses", error));
	assert_non_null(strstr(error, "pauses:2"));
	fclose(f);
	free_pauses(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_malformed_samples_are_refused_with_file_and_line),
		cmocka_unit_test(test_a_value_given_twice_is_refused),
		cmocka_unit_test(test_what_is_written_reads_back_the_same),
		cmocka_unit_test(test_order_of_samples_does_not_depend_on_order_of_runs),
		cmocka_unit_test(test_rates_are_per_guest_second_and_per_cpu_second),
		cmocka_unit_test(test_what_is_measured_again_is_the_next_round),
		cmocka_unit_test(test_what_computes_beside_has_a_rate_too),
		cmocka_unit_test(test_a_host_interval_of_other_length_does_not_shift_rates),
		cmocka_unit_test(test_no_operation_at_all_counts_as_one),
		cmocka_unit_test(test_cpu_share_is_against_an_equal_part_of_the_pcpus),
		cmocka_unit_test(test_efficiency_is_against_the_median_of_1_to_1_on_pristine),
		cmocka_unit_test(test_no_efficiency_without_its_1_to_1_cell),
		cmocka_unit_test(test_where_only_off_was_measured_hosts_are_compared_with_it),
		cmocka_unit_test(test_without_pause_exits_there_are_none_per_operation),
		cmocka_unit_test(test_a_command_is_timed_by_the_host),
		cmocka_unit_test(test_a_metric_has_no_time_and_no_efficiency),
		cmocka_unit_test(test_an_incomplete_or_idle_run_is_refused),
		cmocka_unit_test(test_addresses_are_named_by_the_function_they_lie_in),
		cmocka_unit_test(test_run_lengths_are_counted_by_runs_and_exits),
		cmocka_unit_test(test_malformed_pauses_are_refused_with_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
