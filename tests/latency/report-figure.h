/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures of the page: a panel for each workload, a block of panels for each guest
 * (or host), a line for each host (or guest). What is shown in which panel is
 * decided here, how a panel looks in plot.c.
 */
#ifndef PVB_REPORT_FIGURE_H
#define PVB_REPORT_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

#include "report-page.h"

#define MAX_PLACES	12

struct figure {
	const char *metric;	/* NULL: each workload's main metric */
	const char *company;	/* metric drawn as rings beside it, or NULL */
	const char *y_title;
	const char *x_title;
	bool log;
	bool over_size;		/* places differ in the size of the VM */
	bool apart;		/* places are no order: no line from one to the next */
	bool common_axis;	/* all panels of the figure have one y axis */
	double rule;		/* 0: none */
	struct place places[MAX_PLACES];
	size_t n_places;
};

/**
 * add_place - adds a place to the x axis, if anything was measured there
 * @r: the page
 * @f: the figure; when it has MAX_PLACES, it stays as it is
 * @overcommit: a label, not copied
 * @layout: of cgroups, not copied
 */
void add_place(const struct report *r, struct figure *f, const char *overcommit,
	       const char *layout);

/**
 * draw_figure - legend and all blocks; nothing without a place
 * @r: the page
 * @f: the figure
 */
void draw_figure(struct report *r, const struct figure *f);

/**
 * draw_over_commitment - a figure with over-commitment on the x axis
 * @r: the page
 * @f: the figure but for its places and the title of x
 *
 * Of one layout: a group per vCPU if that was measured. There is a figure for the
 * usual machine and one for machines with more pCPUs.
 */
void draw_over_commitment(struct report *r, struct figure f);

/**
 * size_of_vm - the vCPUs of a VM where its size is what is asked about
 * @overcommit: a label; "8@P" is two VMs of the same size with 8 vCPUs per pCPU
 *
 * Return: 0 for all other labels.
 */
unsigned long size_of_vm(const char *overcommit);

/**
 * draw_over_size - a figure with the size of the VM on the x axis
 * @r: the page
 * @f: the figure but for its places and the title of x
 */
void draw_over_size(struct report *r, struct figure f);

#endif
