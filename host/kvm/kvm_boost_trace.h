/* SPDX-License-Identifier: GPL-2.0 */
#if !defined(_TRACE_KVM_BOOST_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_KVM_BOOST_H

#include <linux/tracepoint.h>

#undef TRACE_SYSTEM
#define TRACE_SYSTEM kvm

#include "boost_graph.h"

/* Tells user space the enumerator's value. */
#define BOOST_TRACE_ENUM(NAME, name)	TRACE_DEFINE_ENUM(BOOST_WHY_##NAME);
BOOST_REASONS(BOOST_TRACE_ENUM)

#define BOOST_TRACE_REASON(NAME, name)	{ BOOST_WHY_##NAME, #name },

/*
 * Tracepoint for each attempt to boost a vCPU: why it was chosen, the spinner's
 * wait word, how many words led to the target, and what yield_to_for() said.
 */
TRACE_EVENT(kvm_boost,
	TP_PROTO(unsigned int vcpu_id, unsigned int target_id, int why, u64 word,
		 unsigned int hops, int ret),
	TP_ARGS(vcpu_id, target_id, why, word, hops, ret),

	TP_STRUCT__entry(
		__field(unsigned int, vcpu_id)
		__field(unsigned int, target_id)
		__field(int, why)
		__field(u64, word)
		__field(unsigned int, hops)
		__field(int, ret)
	),

	TP_fast_assign(
		__entry->vcpu_id = vcpu_id;
		__entry->target_id = target_id;
		__entry->why = why;
		__entry->word = word;
		__entry->hops = hops;
		__entry->ret = ret;
	),

	TP_printk("vcpu %u target %u why %s wait 0x%llx hops %u ret %d",
		  __entry->vcpu_id, __entry->target_id,
		  __print_symbolic(__entry->why, BOOST_REASONS(BOOST_TRACE_REASON)
				   { -1, "none" }),
		  __entry->word, __entry->hops, __entry->ret)
);

/* Tracepoint for a boosted vCPU that enters the guest, ns after it was boosted. */
TRACE_EVENT(kvm_boost_run,
	TP_PROTO(unsigned int vcpu_id, u64 delay),
	TP_ARGS(vcpu_id, delay),

	TP_STRUCT__entry(
		__field(unsigned int, vcpu_id)
		__field(u64, delay)
	),

	TP_fast_assign(
		__entry->vcpu_id = vcpu_id;
		__entry->delay = delay;
	),

	TP_printk("vcpu %u delay %llu", __entry->vcpu_id, __entry->delay)
);

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

#endif /* _TRACE_KVM_BOOST_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH ../../arch/x86/kvm
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE kvm_boost_trace

/* This part must be outside protection */
#include <trace/define_trace.h>
