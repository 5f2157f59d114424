/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table for a terminal. It shows what cells.h says, as the page does, and only
 * decides how that fits in 100 columns.
 */
#ifndef PVB_TABLE_H
#define PVB_TABLE_H

#include "cells.h"

/**
 * print_table - prints all cells and what they are compared with, to stdout
 * @s: the samples
 * @cells: their cells
 */
void print_table(const struct samples *s, const struct cell_list *cells);

#endif
