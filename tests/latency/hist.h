/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Latency histograms in logarithmic buckets: what latency tests print in a guest,
 * and hist.tsv, where the rounds of a cell are put together.
 */
#ifndef PVB_HIST_H
#define PVB_HIST_H

#include <stdint.h>

#include "samples.h"

#define HIST_HEADER \
	"host\tguest\tovercommit\tlayout\tworkload\tmeasure\tfrom_ns\tto_ns\tcount"

/* Latencies from @from_ns up to, not including, @to_ns. */
struct bucket {
	struct cell cell;
	char measure[FIELD_SIZE];
	double from_ns, to_ns;
	uint64_t count;
};

struct hists {
	struct bucket *v;
	size_t n;
};

/* Adds the "hist WORKLOAD MEASURE FROM_NS TO_NS COUNT" lines of a guest. */
bool read_guest_hists(struct hists *h, const struct cell *cell, FILE *in,
		      const char *name, char error[ERROR_SIZE]);
/* Puts equal buckets together, in order, with a header. */
void write_hists(struct hists *h, FILE *out);
/* What write_hists() wrote. */
bool read_hists(struct hists *h, FILE *in, const char *name,
		char error[ERROR_SIZE]);
void free_hists(struct hists *h);

#endif
