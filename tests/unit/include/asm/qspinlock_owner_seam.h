/* SPDX-License-Identifier: GPL-2.0 */
/* That of 6.12, if a test does not want another one. */
#include <asm/current.h>

#ifdef OWNER_SEAM
#include OWNER_SEAM
#else
#include "qspinlock_owner_seam-6.12.h"
#endif
