// SPDX-License-Identifier: GPL-2.0
/*
 * The cells of a comparison, what a run of one may take, and the script of a run.
 * Takes what plan-settings.c has checked; reads nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "plan.h"

enum extent { QUICK = 1, DEFAULT = 2, FULL = 4 };
#define MODES	"pristine agnostic hints"
#define BOTH	"native pv"

/* What is measured where nothing is asked for. */
static const struct {
	unsigned int when;
	const char *lists[N_AXES];
} default_cells[] = {
	{ QUICK, { MODES, BOTH, "1 4", "vcpu" } },
	{ DEFAULT | FULL, { MODES, BOTH, "1 2 4", "vcpu" } },
	{ DEFAULT | FULL, { "pristine-nople", BOTH, "4", "vcpu" } },
	{ DEFAULT | FULL, { MODES, BOTH, "4", "flat" } },
	{ FULL, { MODES, BOTH, "3", "vcpu" } },
	{ FULL, { MODES, BOTH, "4", "vm" } },
	{ FULL, { "off off-nople", BOTH, "4", "vcpu" } },
	{ FULL, { "pristine", "tas pv-notlb", "1 2 4", "vcpu" } },
	{ FULL, { MODES, BOTH, "1+hog 2+hog 4+solo", "vcpu" } },
	{ FULL, { MODES, BOTH, "1@4 4@4 1@8 2@8 4@8", "vcpu" } },
};

/* Where something is asked for, the rest stays at its plainest. */
static const char *const plainest[N_AXES] = {
	"pristine", BOTH, "1 2 4", "vcpu",
};

static bool cross(struct plan *p, const char *const lists[N_AXES],
		  unsigned long boots, FILE *err)
{
	struct words *words = p->words[p->n_parts++];
	size_t n = 1;

	for (int axis = 0; axis < N_AXES; axis++)
		words[axis] = split_words(lists[axis]);
	for (int axis = 0; axis < N_AXES; axis++) {
		n *= words[axis].n;
		if ((p->n_cells + n) * boots > MAX_RUNS) {
			fprintf(err, "these are more than %d runs: shorten the lists, or ROUNDS=\n",
				MAX_RUNS);
			return false;
		}
	}
	p->cells = realloc(p->cells, (p->n_cells + n) * sizeof(*p->cells));
	if (!p->cells)
		abort();
	for (size_t o = 0; o < words[OVERCOMMIT].n; o++)
		for (size_t l = 0; l < words[LAYOUTS].n; l++)
			for (size_t h = 0; h < words[HOSTS].n; h++)
				for (size_t g = 0; g < words[GUESTS].n; g++)
					p->cells[p->n_cells++] = (struct plan_cell){ {
						words[HOSTS].v[h],
						words[GUESTS].v[g],
						words[OVERCOMMIT].v[o],
						words[LAYOUTS].v[l],
					} };
	return true;
}

bool make_plan(struct plan *p, const struct settings *s, FILE *err)
{
	enum extent extent = s->quick ? QUICK : s->full ? FULL : DEFAULT;
	const char *lists[N_AXES];
	bool asked = false;

	*p = (struct plan){ 0 };
	for (int axis = 0; axis < N_AXES; axis++) {
		asked |= !!s->given[axis];
		lists[axis] = s->given[axis] ? s->given[axis] : plainest[axis];
	}
	if (asked)
		return cross(p, lists, boots_of(s), err);
	for (size_t i = 0; i < sizeof(default_cells) / sizeof(default_cells[0]); i++)
		if (default_cells[i].when & extent &&
		    !cross(p, default_cells[i].lists, boots_of(s), err))
			return false;
	return true;
}

void free_plan(struct plan *p)
{
	for (size_t i = 0; i < p->n_parts; i++)
		for (int axis = 0; axis < N_AXES; axis++)
			free_words(&p->words[i][axis]);
	free(p->cells);
}

unsigned long boots_of(const struct settings *s)
{
	return (s->rounds + s->per_boot - 1) / s->per_boot;
}

unsigned long rounds_in_boot(const struct settings *s, unsigned long boot)
{
	unsigned long left = s->rounds - boot * s->per_boot;

	return left < s->per_boot ? left : s->per_boot;
}

unsigned long first_seed_of(const struct settings *s, unsigned long boot)
{
	return s->first_seed + boot * s->per_boot;
}

unsigned long virtual_limit(const struct settings *s)
{
	unsigned long limit = 60 + s->workloads.n * (s->ms + s->warm) / 20;

	/* There time is real, and other work on the machine slows guests down. */
	return s->mttcg ? limit * 10 : limit;
}

unsigned long wall_limit(const struct settings *s)
{
	return virtual_limit(s) * 12 * rounds_in_boot(s, 0);
}

unsigned long expected_cost(const struct settings *s, const struct shape *shape,
			    unsigned long rounds)
{
	unsigned long ms = 4000 + 500 * shape->vms +
			   rounds * s->workloads.n * (s->ms + s->warm + 150);

	return ms * shape->pcpus * 13 / 10000;
}

void print_summary(FILE *out, const struct settings *s, const struct plan *p)
{
	unsigned long expected = 0, boots = boots_of(s);

	for (unsigned long boot = 0; boot < boots; boot++)
		for (size_t i = 0; i < p->n_cells; i++)
			expected += expected_cost(s, shape_of(p->cells[i].word[OVERCOMMIT]),
						  rounds_in_boot(s, boot));
	fprintf(out, "compare: %zu cells x %lu seeds, %lu to a boot = %lu runs of %zu workloads, %lu at a time, about %lu min",
		p->n_cells, s->rounds, rounds_in_boot(s, 0), p->n_cells * boots,
		s->workloads.n, s->jobs, (expected / s->jobs + 59) / 60);
}

void print_cell(FILE *out, const struct plan_cell *cell, char between)
{
	for (int axis = 0; axis < N_AXES; axis++) {
		if (axis)
			fputc(between, out);
		fputs(cell->word[axis], out);
	}
}

static void print_measured_vm(FILE *out, const struct settings *s,
			      const struct plan_cell *cell, unsigned long boot)
{
	const struct shape *shape = shape_of(cell->word[OVERCOMMIT]);
	struct host host = host_of(cell->word[HOSTS]);

	fprintf(out, " \\\n\t--vm w:vcpus=%u,%s%s%s,jobs=", shape->vcpus,
		guest_options(cell->word[GUESTS]), host.guest_cpu,
		s->programs ? ",mem=512" : s->stressors ? ",mem=384" : "");
	for (size_t i = 0; i < s->workloads.n; i++)
		fprintf(out, "%s%s", i ? "+" : "", s->workloads.v[i]);
	print_vm_options(out, &host);
	fprintf(out, "%s,ms=%lu,warm=%lu,seed=%lu", shape->vm, s->ms, s->warm,
		first_seed_of(s, boot));
	if (s->per_boot > 1)
		fprintf(out, ",repeat=%lu", rounds_in_boot(s, boot));
}

void print_script(FILE *out, const struct settings *s,
		  const struct plan_cell *cell, unsigned long boot)
{
	const struct shape *shape = shape_of(cell->word[OVERCOMMIT]);
	struct host host = host_of(cell->word[HOSTS]);
	unsigned long seed = first_seed_of(s, boot);
	const char *feature;
	size_t at = 0;

	fputs("#!/bin/busybox sh\n", out);
	while ((feature = next_feature(&host, &at)))
		fprintf(out, "echo NO_%s >/sys/kernel/debug/sched/features\n",
			feature);
	print_lines(out, &host);
	fprintf(out, "vmctl --out /out --layout %s --limit %lu",
		cell->word[LAYOUTS], virtual_limit(s));
	print_measured_vm(out, s, cell, boot);
	for (unsigned int i = 1; i < shape->vms; i++)
		fprintf(out, " \\\n\t--vm hog%u:vcpus=%u,jobs=hog,seed=%lu,start_us=%lu%s%s",
			i, shape->hog_vcpus ? shape->hog_vcpus : shape->vcpus,
			seed, (seed * 1237 + i * 2741) % 5000,
			shape->vm, s->programs ? ",initrd=/l2/base.cpio" : "");
	fputs("\nrc=$?\n", out);
	if (!strcmp(host.kernel, "boost"))
		fputs("cp /sys/kernel/debug/sched/yield_loans /out/\n", out);
	fputs("exit $rc\n", out);
}
