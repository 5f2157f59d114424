/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From raw values to what workloads are judged by. A metric that is derived here has
 * no other source; how several values of it are put together is stats.h's matter.
 */
#ifndef PVB_DERIVE_H
#define PVB_DERIVE_H

#include "samples.h"

/**
 * derive_run - adds what follows from the raw values of one run
 * @s: the run's samples
 * @run: how it was run
 * @error: what is wrong
 *
 * Rates, shares, exits per operation, and raw values under the names of the
 * documentation.
 *
 * Return: false if a raw value that is needed is missing or impossible.
 */
bool derive_run(struct samples *s, const struct run *run,
		char error[ERROR_SIZE]);

/**
 * derive_efficiency - adds the efficiency of each cell, over all runs
 * @s: the samples of all runs, sorted
 *
 * Return: the number of cells that have no 1:1 cell to be compared with.
 */
size_t derive_efficiency(struct samples *s);

#endif
