/* SPDX-License-Identifier: GPL-2.0 */
#include "../../../../host/kvm/kvm_boost_reasons.h"
