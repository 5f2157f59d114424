// SPDX-License-Identifier: GPL-2.0
/*
 * Sections that are figures over over-commitment (efficiency, throughput, and CPU
 * time of each VM) or over the size of the VM. Says what is drawn; report-figure.c draws.
 */
#include <string.h>

#include "report-figure.h"
#include "report-sections.h"

static void draw_efficiency(struct report *r)
{
	struct figure f = { .metric = "efficiency", .y_title = "E", .log = true,
			    .common_axis = true, .rule = 1 };

	fputs("<p>Operations per CPU-second of the VM, divided by the same of the same guest alone at 1:1 on the unmodified host.\n"
	      "1 (dotted) means that over-commitment costs nothing but the CPU time that others got. Dots are seeds, lines go through medians;\n"
	      "the axis is logarithmic.</p>\n", r->out);
	draw_over_commitment(r, f);
}

static bool has_efficiency(const struct report *r)
{
	return has_metric(r, "efficiency");
}

const struct section efficiency_section = {
	.id = "efficiency",
	.link = "Efficiency",
	.title = "Efficiency against over-commitment",
	.has_data = has_efficiency,
	.draw = draw_efficiency,
};

static void draw_throughput(struct report *r)
{
	struct figure f = { .log = true };

	fputs("<p>What each workload is judged by: operations per second of guest time, or a percentile of latency where the title says so\n"
	      "(less is better there). The fair share shrinks with over-commitment, so throughput falls on an ideal host too.</p>\n",
	      r->out);
	draw_over_commitment(r, f);
}

/* Is there a label that asks about the size of the VM, or one that does not? */
static bool has_label(const struct report *r, bool size)
{
	for (size_t i = 0; i < r->overcommits.n; i++)
		if (!!size_of_vm(r->overcommits.v[i]) == size)
			return true;
	return false;
}

static bool has_other_than_size(const struct report *r)
{
	return has_label(r, false);
}

const struct section throughput_section = {
	.id = "throughput",
	.link = "Throughput",
	.title = "Throughput against over-commitment",
	.has_data = has_other_than_size,
	.draw = draw_throughput,
};

static void draw_size(struct report *r)
{
	struct figure f = { .log = true };

	fputs("<p>Two VMs of the same size, 8 vCPUs per pCPU: one has the work, the other computes. The machine grows with the VMs.</p>\n",
	      r->out);
	draw_over_size(r, f);
}

static bool has_size(const struct report *r)
{
	return has_label(r, true);
}

const struct section size_section = {
	.id = "size",
	.link = "Size",
	.title = "Throughput against the size of the VM",
	.has_data = has_size,
	.draw = draw_size,
};

static void draw_share(struct report *r)
{
	struct figure f = { .metric = "cpu_share", .company = "cpu_share_hog",
			    .y_title = "CPU time / fair share", .rule = 1,
			    .common_axis = true, .apart = true,
			    .x_title = "vCPUs per pCPU, cgroup layout" };
	size_t company = 0;

	for (size_t i = 0; i < r->overcommits.n; i++)
		for (size_t l = 0; l < r->layouts.n; l++) {
			struct cell c = { .host = "" };
			bool found = false;

			/* Alone, a VM's share says little. */
			for (size_t k = 0; k < r->s->n && !found; k++) {
				c = r->s->v[k].cell;
				found = !strcmp(r->s->v[k].metric, "cpu_share_hog") &&
					!strcmp(c.overcommit, r->overcommits.v[i]) &&
					!strcmp(c.layout, r->layouts.v[l]);
			}
			if (found && company < MAX_PLACES) {
				add_place(r, &f, r->overcommits.v[i],
					  r->layouts.v[l]);
				company++;
			}
		}
	fputs("<p>Dots: the measured VM; rings: its neighbours, on average. 1 (dotted) is an equal part of all pCPUs.\n"
	      "A VM that sleeps in between does not use all of its share.</p>\n", r->out);
	draw_figure(r, &f);
}

static bool has_company(const struct report *r)
{
	return has_metric(r, "cpu_share_hog");
}

const struct section share_section = {
	.id = "share",
	.link = "CPU shares",
	.title = "CPU time of each VM against its fair share",
	.has_data = has_company,
	.draw = draw_share,
};
