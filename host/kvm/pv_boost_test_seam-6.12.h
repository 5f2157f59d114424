/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pv_boost_test uses of the selftests' library and differs between kernel versions:
 * Linux 6.12. The test is written as for 7.3.
 */
#ifndef SELFTEST_KVM_PV_BOOST_TEST_SEAM_H
#define SELFTEST_KVM_PV_BOOST_TEST_SEAM_H

#include "kvm_util.h"
#include "svm_util.h"

#define gva_t	vm_vaddr_t

static inline void pin_self_to_cpu(int cpu)
{
	kvm_pin_this_task_to_pcpu(cpu);
}

/* A nested guest's stack; there is one at a time. */
static unsigned long l2_stack[64];
#define generic_svm_setup(svm, rip)	generic_svm_setup(svm, rip, &l2_stack[64])

#endif /* SELFTEST_KVM_PV_BOOST_TEST_SEAM_H */
