/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lab's statistics: pure functions over small arrays, one value per seed.
 *
 * Samples here are few (a dozen seeds) and spread by factors, not by additive
 * noise, so intervals are Student's on the logarithms. A percentile bootstrap is
 * the usual choice, but with 3 values it covers less than 80 % where it says
 * 95 %; tests/unit/test-stats.c shows that, and the coverage of what is used here.
 */
#ifndef PVB_STATS_H
#define PVB_STATS_H

#include <stdbool.h>
#include <stddef.h>

struct interval {
	double low;
	double high;
};

/* 0 for no values. Sorts a copy. */
double median(const double *values, size_t n);

/* Nearest rank; @values sorted upwards, 0 < @pc <= 100. */
double percentile(const double *sorted, size_t n, double pc);

/* P(|T| <= t) = @confidence for Student's T with @df degrees of freedom. */
double student_t(double df, double confidence);

/*
 * Where the centre of @values lies: of their geometric mean where all values
 * are above 0, else of their mean. False with less than two values: one value
 * says nothing about its own spread.
 */
bool interval_of_centre(const double *values, size_t n, double confidence,
			struct interval *out);

/* The standard deviation of their logarithms; @n from 2, all above 0. */
double spread_of_logs(const double *values, size_t n);

struct ratio {
	double centre;		/* quotient of the geometric means */
	struct interval in;
	double visible;		/* one of this size, or its inverse, is shown in 4 of 5 */
	bool known;		/* two values on each side, all above 0 */
};

/*
 * a / b, by Welch's interval on the logarithms. Rounds are not paired: the same
 * seed gives two hosts the same start offsets, but one instruction more or
 * less shifts all that follows, and pairing would halve the degrees of freedom.
 */
struct ratio ratio_of(const double *a, size_t n_a, const double *b, size_t n_b,
		      double confidence);

/* Only an interval without 1 in it is a difference. */
bool ratio_differs(const struct ratio *r);

/* How much of the variance of values lies between groups of them. */
struct grouping {
	double p;	/* of an F as large by chance */
	double part;	/* the intraclass correlation: about 0 by chance, 1 if equal in groups */
};

/**
 * grouping_of - analyses the variance of logarithms, one way
 * @values: all above 0; group after group, @size values each
 * @n: their number, a multiple of @size
 * @size: from 2
 * @across: the groups are the first values of all these, the second ones, and so on
 *
 * Return: a @p of 1 where there are less than two groups, or nothing varies.
 */
struct grouping grouping_of(const double *values, size_t n, size_t size, bool across);

#endif
