// SPDX-License-Identifier: GPL-2.0
#define MATHLIB_STANDALONE 1
#include <Rmath.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

/* Of what is said to be visible, so much is shown. */
#define POWER	0.8

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(const double *values, size_t n)
{
	double *sorted, m;

	if (!n)
		return 0;
	sorted = malloc(n * sizeof(*sorted));
	if (!sorted)
		abort();
	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_doubles);
	m = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
	free(sorted);
	return m;
}

double percentile(const double *sorted, size_t n, double pc)
{
	size_t rank;

	if (!n)
		return 0;
	rank = (size_t)ceil(pc / 100 * n);
	if (rank < 1)
		rank = 1;
	return sorted[(rank > n ? n : rank) - 1];
}

double student_t(double df, double confidence)
{
	return qt((1 + confidence) / 2, df, true, false);
}

static bool all_positive(const double *values, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!(values[i] > 0))
			return false;
	return true;
}

/* Mean and variance of the mean, of the values or of their logarithms. */
static void moments(const double *values, size_t n, bool logs, double *mean,
		    double *var_of_mean)
{
	double sum = 0, squares = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += logs ? log(values[i]) : values[i];
	*mean = sum / n;
	for (i = 0; i < n; i++) {
		double diff = (logs ? log(values[i]) : values[i]) - *mean;

		squares += diff * diff;
	}
	*var_of_mean = squares / (n - 1) / n;
}

double spread_of_logs(const double *values, size_t n)
{
	double mean, var;

	moments(values, n, true, &mean, &var);
	return sqrt(var * n);
}

bool interval_of_centre(const double *values, size_t n, double confidence,
			struct interval *out)
{
	bool logs = all_positive(values, n);
	double mean, var, half;

	if (n < 2)
		return false;
	moments(values, n, logs, &mean, &var);
	half = student_t(n - 1, confidence) * sqrt(var);
	out->low = logs ? exp(mean - half) : mean - half;
	out->high = logs ? exp(mean + half) : mean + half;
	return true;
}

struct ratio ratio_of(const double *a, size_t n_a, const double *b, size_t n_b,
		      double confidence)
{
	double mean_a, mean_b, var_a, var_b, var, df, half = 0, power = 0;
	struct ratio r = { .known = false };

	if (n_a < 2 || n_b < 2 || !all_positive(a, n_a) || !all_positive(b, n_b))
		return r;
	moments(a, n_a, true, &mean_a, &var_a);
	moments(b, n_b, true, &mean_b, &var_b);
	var = var_a + var_b;
	/* No spread at all happens: deterministic runs, coarse values. */
	if (var > 0) {
		df = var * var / (var_a * var_a / (n_a - 1) +
				  var_b * var_b / (n_b - 1));
		half = student_t(df, confidence) * sqrt(var);
		power = qt(POWER, df, true, false) * sqrt(var);
	}
	r.known = true;
	r.centre = exp(mean_a - mean_b);
	r.in.low = exp(mean_a - mean_b - half);
	r.in.high = exp(mean_a - mean_b + half);
	r.visible = exp(half + power);
	return r;
}

struct grouping grouping_of(const double *values, size_t n, size_t size, bool across)
{
	size_t groups = across ? size : n / size, each = n / groups;
	double mean, var, inside = 0, between = 0;
	struct grouping g = { .p = 1 };

	if (groups < 2 || each < 2)
		return g;
	moments(values, n, true, &mean, &var);
	for (size_t group = 0; group < groups; group++) {
		const double *first = values + (across ? group : group * size);
		size_t step = across ? size : 1;
		double own = 0;

		for (size_t i = 0; i < each; i++)
			own += log(first[i * step]) / each;
		for (size_t i = 0; i < each; i++)
			inside += pow(log(first[i * step]) - own, 2);
		between += each * (own - mean) * (own - mean);
	}
	inside /= n - groups;
	between /= groups - 1;
	/* Equal but for rounding: within groups, or all. */
	if (between <= 1e-20)
		return g;
	if (inside <= 1e-12 * between)
		return (struct grouping){ .p = 0, .part = 1 };
	g.p = pf(between / inside, groups - 1, n - groups, false, false);
	g.part = (between - inside) / (between + (each - 1) * inside);
	return g;
}

bool ratio_differs(const struct ratio *r)
{
	return r->known && (r->in.low > 1 || r->in.high < 1);
}
