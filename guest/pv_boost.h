/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pv-boost, guest side: each CPU shares a page with the host, in which it can
 * say whom it waits for. arch/x86/kernel/kvm.c calls these where it registers
 * and unregisters steal time; nothing here does anything under a host that does
 * not offer the feature. <asm/spin_hint.h> writes the wait word.
 */
#ifndef _ASM_X86_PV_BOOST_H
#define _ASM_X86_PV_BOOST_H

#ifdef CONFIG_KVM_GUEST_PV_BOOST
#include <linux/percpu-defs.h>
#include <asm/kvm_pv_boost.h>

/* This CPU's; registered or not, the CPU may write its wait word. */
#ifdef CONFIG_AMD_MEM_ENCRYPT
DECLARE_PER_CPU_DECRYPTED(struct kvm_pv_boost_page, pv_boost_page);
#else
DECLARE_PER_CPU(struct kvm_pv_boost_page, pv_boost_page);
#endif

/* Once, before any CPU registers: is the feature there and wanted? */
void pv_boost_init(void);

/* Shares @cpu's page of an encrypted guest with the host, before it registers. */
void pv_boost_decrypt(int cpu);

/* This CPU, not preemptible: when it comes up, before it goes down. */
void pv_boost_register(void);
void pv_boost_unregister(void);

/* spin_hint.c: the features it uses; what the host serves of them, when a CPU registers. */
u64 spin_hint_features(void);
void spin_hint_switch_on(u64 serves);
#else
static inline void pv_boost_init(void) { }
static inline void pv_boost_decrypt(int cpu) { }
static inline void pv_boost_register(void) { }
static inline void pv_boost_unregister(void) { }
#endif

#endif /* _ASM_X86_PV_BOOST_H */
