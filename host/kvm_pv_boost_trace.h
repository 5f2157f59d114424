/* SPDX-License-Identifier: GPL-2.0 */
#if !defined(_TRACE_KVM_PV_BOOST_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_KVM_PV_BOOST_H

#include <linux/tracepoint.h>

#undef TRACE_SYSTEM
#define TRACE_SYSTEM kvm

/*
 * Tracepoint for each attempt to register or unregister a page. cpu, uses and
 * serves mean something only if a page was registered (data != 0, ret == 0).
 */
TRACE_EVENT(kvm_pv_boost_register,
	TP_PROTO(unsigned int vcpu_id, u64 data, u32 cpu, u64 uses, u64 serves,
		 int ret),
	TP_ARGS(vcpu_id, data, cpu, uses, serves, ret),

	TP_STRUCT__entry(
		__field(unsigned int, vcpu_id)
		__field(u32, cpu)
		__field(u64, data)
		__field(u64, uses)
		__field(u64, serves)
		__field(int, ret)
	),

	TP_fast_assign(
		__entry->vcpu_id = vcpu_id;
		__entry->cpu = cpu;
		__entry->data = data;
		__entry->uses = uses;
		__entry->serves = serves;
		__entry->ret = ret;
	),

	TP_printk("vcpu %u msr 0x%llx cpu %u uses 0x%llx serves 0x%llx ret %d",
		  __entry->vcpu_id, __entry->data, __entry->cpu, __entry->uses,
		  __entry->serves, __entry->ret)
);

#endif /* _TRACE_KVM_PV_BOOST_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH ../../arch/x86/kvm
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE kvm_pv_boost_trace

/* This part must be outside protection */
#include <trace/define_trace.h>
