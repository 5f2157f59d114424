// SPDX-License-Identifier: GPL-2.0
/*
 * Latencies in buckets of 1 us.
 */
#include "pvb-work.h"
#include "work-waits.h"

void waits_add(struct waits *w, unsigned long us, uint64_t n)
{
	if (!n)
		return;
	if (us < WAITS_US)
		w->count[us] += n;
	w->sum += (double)(us < WAITS_US ? us : WAITS_US) * n;
	if (!w->total || us < w->min)
		w->min = us;
	if (us > w->max)
		w->max = us;
	w->total += n;
}

void waits_merge(struct waits *w, const struct waits *from)
{
	if (!from->total)
		return;
	for (unsigned int us = 0; us < WAITS_US; us++)
		w->count[us] += from->count[us];
	w->sum += from->sum;
	if (!w->total || from->min < w->min)
		w->min = from->min;
	if (from->max > w->max)
		w->max = from->max;
	w->total += from->total;
}

/* Nearest rank, in thousandths. */
static unsigned long percentile(const struct waits *w, unsigned int pm)
{
	uint64_t rank = (w->total * pm + 999) / 1000, seen = 0;

	for (unsigned int us = 0; us < WAITS_US; us++) {
		seen += w->count[us];
		if (seen >= rank)
			return us;
	}
	return w->max;
}

void waits_report(const struct waits *w)
{
	if (!w->total)
		die("nothing was waited for");
	report(" lat_min_us %lu lat_avg_us %.1f lat_p50_us %lu lat_p99_us %lu lat_p999_us %lu lat_max_us %lu",
	       w->min, w->sum / w->total, percentile(w, 500), percentile(w, 990),
	       percentile(w, 999), w->max);
}

/* Eight buckets per octave, as the other latency tests have; 1 us at least. */
void waits_report_hist(const struct waits *w, const char *name, const char *measure)
{
	unsigned long from = 0, to, width = 1, us;
	uint64_t count;

	for (; from < WAITS_US; from = to) {
		while (from >= 16 * width)
			width *= 2;
		to = from + width;
		count = 0;
		for (us = from; us < to && us < WAITS_US; us++)
			count += w->count[us];
		if (count)
			report("hist %s %s %lu %lu %llu\n", name, measure, from * 1000,
			       to * 1000 - 1, (unsigned long long)count);
	}
}
