/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pv-boost, guest side: each CPU shares a page with the host, in which it can
 * say whom it waits for. arch/x86/kernel/kvm.c calls these where it registers
 * and unregisters steal time; nothing here does anything under a host that does
 * not offer the feature.
 */
#ifndef _ASM_X86_PV_BOOST_H
#define _ASM_X86_PV_BOOST_H

#ifdef CONFIG_KVM_GUEST_PV_BOOST
/* Once, before any CPU registers: is the feature there and wanted? */
void pv_boost_init(void);

/* Shares @cpu's page of an encrypted guest with the host, before it registers. */
void pv_boost_decrypt(int cpu);

/* This CPU, not preemptible: when it comes up, before it goes down. */
void pv_boost_register(void);
void pv_boost_unregister(void);
#else
static inline void pv_boost_init(void) { }
static inline void pv_boost_decrypt(int cpu) { }
static inline void pv_boost_register(void) { }
static inline void pv_boost_unregister(void) { }
#endif

#endif /* _ASM_X86_PV_BOOST_H */
