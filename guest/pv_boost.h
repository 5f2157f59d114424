/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pv-boost, guest side: each CPU shares a page with the host, in which it can
 * say which one it waits for. arch/x86/kernel/kvm.c calls these where it registers
 * and unregisters steal time; nothing here does anything under a host that does
 * not offer the feature. <asm/spin_hint.h> writes the wait word.
 */
#ifndef _ASM_X86_PV_BOOST_H
#define _ASM_X86_PV_BOOST_H

#ifdef CONFIG_KVM_GUEST_PV_BOOST
#include <linux/percpu-defs.h>
#include <asm/kvm_pv_boost.h>

/*
 * This CPU's, NULL on all CPUs if the host doesn't offer the feature or it isn't
 * wanted. Registered or not, the CPU may write its wait word.
 */
DECLARE_PER_CPU_READ_MOSTLY(struct kvm_pv_boost_page *, pv_boost_page);

/* Once, before any CPU registers: is the feature there and wanted? */
void pv_boost_init(void);

/* Then, with per-CPU data in place: a page for each CPU that there can be. */
void pv_boost_alloc(void);

/* This CPU, not preemptible: when it comes up, before it goes down. */
void pv_boost_register(void);
void pv_boost_unregister(void);

/* spin_hint.c: the features it uses; what the host serves of them, when a CPU registers. */
u64 spin_hint_features(void);
void spin_hint_registered(u64 serves);
#else
static inline void pv_boost_init(void) { }
static inline void pv_boost_alloc(void) { }
static inline void pv_boost_register(void) { }
static inline void pv_boost_unregister(void) { }
#endif

#endif /* _ASM_X86_PV_BOOST_H */
