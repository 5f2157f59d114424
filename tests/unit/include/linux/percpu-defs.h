/* SPDX-License-Identifier: GPL-2.0 */
#define DECLARE_PER_CPU_CACHE_HOT(type, name)	extern type name
