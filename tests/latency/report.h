/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PVB_REPORT_H
#define PVB_REPORT_H

#include <stdio.h>

#include "hist.h"
#include "pauses.h"
#include "samples.h"

/* What a comparison left behind; what is empty is not shown. */
struct results {
	struct samples samples;
	struct spins spins;
	struct hists hists;
	struct bursts bursts;
	char *conditions;	/* JSON; NULL if there is none */
	const char *dir;	/* where the files lie that the page links to */
};

/*
 * Writes the page: XHTML with SVG inside, one file, nothing fetched. False when
 * the conditions are not JSON.
 */
bool write_report(const struct results *res, FILE *out);

#endif
