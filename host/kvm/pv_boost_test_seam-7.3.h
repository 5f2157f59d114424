/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pv_boost_test uses of the selftests' library and differs between kernel versions:
 * Linux 7.3 has it all.
 */
