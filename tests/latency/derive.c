// SPDX-License-Identifier: GPL-2.0
/*
 * Rates, shares and efficiency, worked out of the raw values of each run.
 */
#include <stdlib.h>
#include <string.h>

#include "derive.h"
#include "stats.h"

#define NSEC_PER_SEC	1e9

static const struct sample *find(const struct samples *s, const struct run *run,
				 const char *workload, const char *metric)
{
	struct cell cell = run->cell;

	copy_field(cell.workload, workload);
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].round == run->round &&
		    !strcmp(s->v[i].metric, metric) &&
		    !compare_cells(&s->v[i].cell, &cell))
			return &s->v[i];
	return NULL;
}

/* These values are there again, under the names of the documentation. */
static const struct {
	const char *raw;
	const char *name;
} renamed[] = {
	{ "halt_exits", "halts" },
	/* A pv-boost host counts all yields, and whether they were followed. */
	{ "boost_yields", "asked" },
	{ "boost_next", "hits" },
	/* Otherwise, in 6.12, these count the PV hypercall only, never PLE. */
	{ "directed_yield_attempted", "asked" },
	{ "directed_yield_successful", "yielded" },
};

static bool derive_workload(struct samples *s, const struct run *run,
			    const struct cell *cell, char error[ERROR_SIZE])
{
	const char *w = cell->workload;
	bool timed = !strcmp(w, COMMAND_TIME);
	bool metric = !strncmp(w, COMMAND_METRIC, strlen(COMMAND_METRIC));
	/* A user's command has no clock of ours in its guest. */
	const char *const needed[] = {
		"ops", timed || metric ? "host_ns" : "elapsed_ns", "host_ns", "cpu_ns",
	};
	double raw[4], fair_ns;
	const struct sample *v;
	size_t i;

	for (i = 0; i < 4; i++) {
		v = find(s, run, w, needed[i]);
		if (!v)
			return wrong(error, "%s: %s has no %s", run->dir, w,
				     needed[i]);
		raw[i] = v->value;
		if (i && !(raw[i] > 0))
			return wrong(error, "%s: %s: %s is 0: nothing was done, or the interval is too short",
				     run->dir, w, needed[i]);
	}
	/* A guest can spin all the time and do nothing. One operation has a logarithm. */
	if (!(raw[0] > 0))
		raw[0] = 1;

	add_sample(s, run->round, cell, "ops_per_s",
		   raw[0] / raw[1] * NSEC_PER_SEC, "1/s");
	v = find(s, run, w, "busy_ops");
	if (v)
		add_sample(s, run->round, cell, "busy_ops_per_s",
			   v->value / raw[1] * NSEC_PER_SEC, "1/s");
	if (timed)
		add_sample(s, run->round, cell, "time_s", raw[1] / NSEC_PER_SEC, "s");
	/*
	 * The guest's interval and the host's begin and end some ms apart (the
	 * guest speaks through a serial port): divide rates, not amounts. What the
	 * user's metric does with CPU time is not known.
	 */
	if (!metric)
		add_sample(s, run->round, cell, "ops_per_cpu_s",
			   raw[0] / raw[1] * NSEC_PER_SEC / (raw[3] / raw[2]),
			   "1/cpu-s");
	/* Not counted on real hosts. */
	v = find(s, run, w, "pause_exits");
	if (v)
		add_sample(s, run->round, cell, "pause_exits_per_op",
			   v->value / raw[0], "1/op");

	/*
	 * VMs have equal weight and as many vCPUs each as there are pCPUs, or
	 * all together not more: so an equal part each is what each can use.
	 */
	fair_ns = raw[2] * run->pcpus / run->vms;
	if (run->vcpus < (double)run->pcpus / run->vms)
		fair_ns = raw[2] * run->vcpus;
	add_sample(s, run->round, cell, "cpu_share", raw[3] / fair_ns,
		   "of-fair");
	v = find(s, run, w, "cpu_ns_hog");
	if (v)
		add_sample(s, run->round, cell, "cpu_share_hog",
			   v->value / (run->vms - 1) / fair_ns, "of-fair");

	for (i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++) {
		v = find(s, run, w, renamed[i].raw);
		if (v && !find(s, run, w, renamed[i].name))
			add_sample(s, run->round, cell, renamed[i].name,
				   v->value, v->unit);
	}
	return true;
}

bool derive_run(struct samples *s, const struct run *run,
		char error[ERROR_SIZE])
{
	size_t n = s->n;

	if (!run->vms || !run->pcpus || !run->vcpus)
		return wrong(error, "%s: no VMs, pCPUs or vCPUs", run->dir);
	/* Once per workload and repetition: each has exactly one "ops" line. */
	for (size_t i = 0; i < n; i++) {
		struct cell cell = s->v[i].cell, own = run->cell;
		struct run one = *run;

		copy_field(own.workload, cell.workload);
		if (strcmp(s->v[i].metric, "ops") || compare_cells(&cell, &own))
			continue;
		one.round = s->v[i].round;
		if (!derive_workload(s, &one, &cell, error))
			return false;
	}
	return n == s->n ? wrong(error, "%s: no workload has ops", run->dir) :
			   true;
}

/*
 * What E compares with: the same guest on reference_host(), alone, one vCPU
 * per pCPU, on a machine with as many pCPUs. The layout makes no difference to
 * a VM that is alone, so any will do where the cell's own was not measured.
 */
static double *baseline_of(const struct samples *s, const struct cell *cell,
			   size_t *n)
{
	static const char *const layouts[] = { "vcpu", "vm", "flat" };
	const char *at = strchr(cell->overcommit, '@');
	struct cell base = *cell;
	double *values;

	copy_field(base.host, reference_host(s));
	snprintf(base.overcommit, FIELD_SIZE, "1%.40s", at ? at : "");
	values = values_of(s, &base, "ops_per_cpu_s", n);
	for (size_t i = 0; !values && i < 3; i++) {
		copy_field(base.layout, layouts[i]);
		values = values_of(s, &base, "ops_per_cpu_s", n);
	}
	return values;
}

size_t derive_efficiency(struct samples *s)
{
	struct cell last = { .host = "" };
	size_t i, n_base, n = s->n, missing = 0;
	double base = 0;

	for (i = 0; i < n; i++) {
		const struct sample v = s->v[i];

		if (strcmp(v.metric, "ops_per_cpu_s"))
			continue;
		if (compare_cells(&last, &v.cell)) {
			double *values = baseline_of(s, &v.cell, &n_base);

			base = median(values, n_base);
			free(values);
			last = v.cell;
			missing += !(base > 0);
		}
		if (base > 0)
			add_sample(s, v.round, &v.cell, "efficiency",
				   v.value / base, "ratio");
	}
	return missing;
}
