/* SPDX-License-Identifier: GPL-2.0 */
#include "../../../../abi/kvm_pv_boost.h"
