/* SPDX-License-Identifier: GPL-2.0 */
/* How many questions the policy may ask the host in one decision with hints. */
#ifndef BOOST_BOUND_H
#define BOOST_BOUND_H

#include "boost_graph.h"

/* Of the path three questions, of a mask three for each vCPU, and the mask itself. */
#define MAX_MASKS	(BOOST_MAX_LOOKS / (BOOST_MASK_LOOKS + 2) + 1)
#define MAX_CALLS	(5 * BOOST_MAX_LOOKS + MAX_MASKS * (KVM_PV_BOOST_MAX_CPUS / 64 + 1) + 3)

#endif
