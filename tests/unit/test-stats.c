// SPDX-License-Identifier: GPL-2.0
/* What the lab's statistics promise, by arithmetic and by simulation. */
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

#include "stats.h"

/*
 * Simulated experiments per statement: the standard error of a 5 % rate is then
 * 0.35 points. The generator is seeded, so a test passes always or never.
 */
#define TRIALS	4000

static uint64_t state;

static double uniform(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return ((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(1 - uniform())) * cos(2 * M_PI * uniform());
}

static double lognormal(double sigma)
{
	return exp(sigma * normal());
}

/* What madvise and membarrier do here: a usual rate, and lucky phases at 5x. */
static double with_luck(void)
{
	return (uniform() < 0.3 ? 5 : 1) * lognormal(0.15);
}

static double calm(void) { return lognormal(0.05); }
static double wild(void) { return lognormal(0.8); }

static void assert_near(double got, double want, double tolerance)
{
	if (fabs(got - want) > tolerance)
		fail_msg("got %.6g, want %.6g within %g", got, want, tolerance);
}

static void test_median_is_the_middle_value(void **unused)
{
	const double odd[] = { 5, 1, 9 }, even[] = { 4, 1, 3, 2 };

	(void)unused;
	assert_near(median(odd, 3), 5, 0);
	assert_near(median(even, 4), 2.5, 0);
	assert_near(median(odd, 1), 5, 0);
	assert_near(median(NULL, 0), 0, 0);
}

static void test_percentile_is_the_nearest_rank(void **unused)
{
	double v[100];

	(void)unused;
	for (int i = 0; i < 100; i++)
		v[i] = i + 1;
	assert_near(percentile(v, 100, 99), 99, 0);
	assert_near(percentile(v, 100, 50), 50, 0);
	assert_near(percentile(v, 100, 100), 100, 0);
	assert_near(percentile(v, 1, 99), 1, 0);
}

static void test_student_t_agrees_with_printed_tables(void **unused)
{
	(void)unused;
	assert_near(student_t(1, 0.95), 12.706, 0.001);
	assert_near(student_t(2, 0.95), 4.303, 0.001);
	assert_near(student_t(2, 0.99), 9.925, 0.001);
	assert_near(student_t(4, 0.99), 4.604, 0.001);
	assert_near(student_t(30, 0.95), 2.042, 0.001);
	assert_near(student_t(1000, 0.95), 1.962, 0.001);
}

static double coverage(size_t n, double (*draw)(void), double centre_of_log)
{
	int inside = 0;
	double v[16];
	struct interval in;

	state = 1;
	for (int t = 0; t < TRIALS; t++) {
		for (size_t i = 0; i < n; i++)
			v[i] = draw();
		assert_true(interval_of_centre(v, n, 0.95, &in));
		inside += log(in.low) <= centre_of_log &&
			  centre_of_log <= log(in.high);
	}
	return (double)inside / TRIALS;
}

static void test_interval_covers_the_centre_in_95_of_100(void **unused)
{
	(void)unused;
	assert_near(coverage(3, calm, 0), 0.95, 0.011);
	assert_near(coverage(3, wild, 0), 0.95, 0.011);
	assert_near(coverage(5, wild, 0), 0.95, 0.011);
}

/* Why there is no bootstrap here: of three values it knows too little. */
static void test_percentile_bootstrap_would_cover_far_less(void **unused)
{
	int inside = 0;

	(void)unused;
	state = 1;
	for (int t = 0; t < TRIALS; t++) {
		double v[3], means[27];
		int k = 0;

		for (int i = 0; i < 3; i++)
			v[i] = normal();
		/* All 27 resamples of three values, instead of a draw of some. */
		for (int a = 0; a < 3; a++)
			for (int b = 0; b < 3; b++)
				for (int c = 0; c < 3; c++)
					means[k++] = (v[a] + v[b] + v[c]) / 3;
		for (int i = 0; i < 27; i++)
			for (int j = i + 1; j < 27; j++)
				if (means[j] < means[i]) {
					double tmp = means[i];

					means[i] = means[j];
					means[j] = tmp;
				}
		inside += means[0] <= 0 && 0 <= means[26];
	}
	/* Even its widest range, from 0 to 100 %. */
	assert_true((double)inside / TRIALS < 0.80);
}

static double false_positives(size_t n_a, double (*draw_a)(void), size_t n_b,
			      double (*draw_b)(void), double confidence)
{
	double a[16], b[16];
	int called = 0;

	state = 2;
	for (int t = 0; t < TRIALS; t++) {
		struct ratio r;

		for (size_t i = 0; i < n_a; i++)
			a[i] = draw_a();
		for (size_t i = 0; i < n_b; i++)
			b[i] = draw_b();
		r = ratio_of(a, n_a, b, n_b, confidence);
		called += ratio_differs(&r);
	}
	return (double)called / TRIALS;
}

static void test_equal_modes_are_called_different_at_most_as_often_as_stated(void **unused)
{
	(void)unused;
	assert_true(false_positives(3, calm, 3, calm, 0.95) < 0.06);
	assert_true(false_positives(3, wild, 3, wild, 0.95) < 0.06);
	assert_true(false_positives(5, wild, 5, wild, 0.95) < 0.06);
	assert_true(false_positives(5, wild, 5, wild, 0.99) < 0.015);
}

static void test_unequal_spread_is_no_difference(void **unused)
{
	(void)unused;
	assert_true(false_positives(3, calm, 3, wild, 0.95) < 0.08);
	assert_true(false_positives(3, calm, 5, wild, 0.99) < 0.02);
	assert_true(false_positives(5, calm, 3, wild, 0.99) < 0.03);
}

static void test_phases_of_luck_are_no_difference(void **unused)
{
	(void)unused;
	/* All of one side lucky and none of the other: that three can't tell. */
	assert_true(false_positives(3, with_luck, 3, with_luck, 0.99) < 0.03);
	assert_true(false_positives(4, with_luck, 4, with_luck, 0.99) < 0.02);
	assert_true(false_positives(5, with_luck, 5, with_luck, 0.99) < 0.02);
}

/* The acceptance of the A/A test: 19 of 20 cells, with the table's 99 %. */
static void test_aa_of_20_cells_passes_nearly_always(void **unused)
{
	int passed = 0, trials = TRIALS / 20;

	(void)unused;
	state = 3;
	for (int t = 0; t < trials; t++) {
		int differ = 0;

		for (int cell = 0; cell < 20; cell++) {
			double a[4], b[4];
			struct ratio r;

			for (int i = 0; i < 4; i++) {
				a[i] = cell % 2 ? with_luck() : wild();
				b[i] = cell % 2 ? with_luck() : wild();
			}
			r = ratio_of(a, 4, b, 4, 0.99);
			differ += ratio_differs(&r);
		}
		passed += differ <= 1;
	}
	assert_true((double)passed / trials > 0.95);
}

static void test_a_real_factor_is_found_with_three_seeds(void **unused)
{
	int found = 0;

	(void)unused;
	state = 4;
	for (int t = 0; t < TRIALS; t++) {
		double a[3], b[3];
		struct ratio r;

		for (int i = 0; i < 3; i++) {
			a[i] = 2 * calm();
			b[i] = calm();
		}
		r = ratio_of(a, 3, b, 3, 0.99);
		found += ratio_differs(&r) && r.in.low > 1;
	}
	assert_true((double)found / TRIALS > 0.95);
}

/* What would be visible, from the spread of the samples, is seen in 4 of 5. */
static double seen_of_visible(size_t n, double sigma)
{
	double a[16], b[16], sum = 0, effect = 1;
	int found = 0;

	/* First how large it is said to be, then how often that is shown. */
	for (int pass = 0; pass < 2; pass++) {
		state = 5;
		for (int t = 0; t < TRIALS; t++) {
			struct ratio r;

			for (size_t i = 0; i < n; i++) {
				a[i] = effect * lognormal(sigma);
				b[i] = lognormal(sigma);
			}
			r = ratio_of(a, n, b, n, 0.99);
			sum += pass ? 0 : log(r.visible);
			found += pass && ratio_differs(&r);
		}
		effect = exp(sum / TRIALS);
	}
	return (double)found / TRIALS;
}

static void test_what_is_visible_is_shown_in_4_of_5(void **unused)
{
	(void)unused;
	assert_near(seen_of_visible(4, 0.3), 0.8, 0.08);
	assert_near(seen_of_visible(8, 0.3), 0.8, 0.03);
	assert_near(seen_of_visible(12, 0.05), 0.8, 0.03);
	assert_near(seen_of_visible(12, 0.8), 0.8, 0.03);
}

/* How often boots that differ by so much, against 1 within them, are found. */
static double boots_found(double sigma_between, double sigma_turns, bool across, double *part)
{
	int found = 0;
	double v[32];

	state = 6;
	*part = 0;
	for (int t = 0; t < TRIALS; t++) {
		double turn[4], boot = 0;
		struct grouping g;

		for (int i = 0; i < 4; i++)
			turn[i] = sigma_turns * normal();
		for (int i = 0; i < 32; i++) {
			if (i % 4 == 0)
				boot = sigma_between * normal();
			v[i] = exp(boot + turn[i % 4] + normal());
		}
		g = grouping_of(v, 32, 4, across);
		found += g.p < 0.01;
		*part += g.part / TRIALS;
	}
	return (double)found / TRIALS;
}

static void test_boots_that_differ_are_found(void **unused)
{
	const double equal[] = { 2, 2, 2, 2 }, in_groups[] = { 3, 3, 5, 5 }, one[] = { 1, 2, 3 };
	double part;

	(void)unused;
	assert_near(boots_found(0, 0, false, &part), 0.01, 0.005);
	assert_near(part, 0, 0.02);
	assert_near(boots_found(0, 0, true, &part), 0.01, 0.005);
	assert_true(boots_found(1.5, 0, false, &part) > 0.9);
	assert_near(part, 1.5 * 1.5 / (1 + 1.5 * 1.5), 0.1);
	assert_true(boots_found(0, 1.5, true, &part) > 0.7);
	assert_near(grouping_of(equal, 4, 2, false).p, 1, 0);
	assert_near(grouping_of(in_groups, 4, 2, false).p, 0, 0);
	assert_near(grouping_of(in_groups, 4, 2, false).part, 1, 0);
	assert_near(grouping_of(in_groups, 4, 2, true).p, 1, 0);
	assert_near(grouping_of(one, 3, 3, false).p, 1, 0);
}

static void test_ratio_interval_turns_over_with_its_sides(void **unused)
{
	const double a[] = { 10, 12, 11 }, b[] = { 5, 4, 6 };
	struct ratio ab = ratio_of(a, 3, b, 3, 0.99);
	struct ratio ba = ratio_of(b, 3, a, 3, 0.99);

	(void)unused;
	assert_near(ab.centre * ba.centre, 1, 1e-9);
	assert_near(ab.in.low * ba.in.high, 1, 1e-9);
}

static void test_one_round_or_a_zero_gives_no_ratio(void **unused)
{
	const double v[] = { 1, 2, 3 }, zero[] = { 1, 0, 3 };
	struct interval in;
	struct ratio r;

	(void)unused;
	r = ratio_of(v, 1, v, 3, 0.95);
	assert_false(r.known);
	r = ratio_of(v, 3, zero, 3, 0.95);
	assert_false(r.known);
	assert_false(ratio_differs(&r));
	assert_false(interval_of_centre(v, 1, 0.95, &in));
}

static void test_values_without_spread_differ_only_if_unequal(void **unused)
{
	const double a[] = { 7, 7, 7 }, b[] = { 8, 8, 8 };
	struct ratio same = ratio_of(a, 3, a, 3, 0.99);
	struct ratio other = ratio_of(b, 3, a, 3, 0.99);

	(void)unused;
	assert_true(same.known);
	assert_false(ratio_differs(&same));
	assert_true(ratio_differs(&other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_median_is_the_middle_value),
		cmocka_unit_test(test_percentile_is_the_nearest_rank),
		cmocka_unit_test(test_student_t_agrees_with_printed_tables),
		cmocka_unit_test(test_interval_covers_the_centre_in_95_of_100),
		cmocka_unit_test(test_percentile_bootstrap_would_cover_far_less),
		cmocka_unit_test(test_equal_modes_are_called_different_at_most_as_often_as_stated),
		cmocka_unit_test(test_unequal_spread_is_no_difference),
		cmocka_unit_test(test_phases_of_luck_are_no_difference),
		cmocka_unit_test(test_aa_of_20_cells_passes_nearly_always),
		cmocka_unit_test(test_a_real_factor_is_found_with_three_seeds),
		cmocka_unit_test(test_what_is_visible_is_shown_in_4_of_5),
		cmocka_unit_test(test_boots_that_differ_are_found),
		cmocka_unit_test(test_ratio_interval_turns_over_with_its_sides),
		cmocka_unit_test(test_one_round_or_a_zero_gives_no_ratio),
		cmocka_unit_test(test_values_without_spread_differ_only_if_unequal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
