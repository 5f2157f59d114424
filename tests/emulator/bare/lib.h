/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a bare-metal test of the emulator needs and nothing more: CPUs, time,
 * interrupts, a serial console with verdicts, and SVM guests that share the
 * test's address space (identity map, also as nested page table).
 *
 * A test is one C file with a test_main(), run on CPU 0 with interrupts off.
 * It calls pass(), fail() or skip() for each promise it checks. Lines of the form
 *	run: MODE SECONDS [QEMU OPTIONS]
 * in its first comment say how ./run starts it; see there.
 * No floating point or vector registers in C code (-mgeneral-regs-only).
 */
#ifndef BARE_LIB_H
#define BARE_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define MAX_CPUS	16
#define STACK_SHIFT	14	/* must match start.S */
#define PAGE_SIZE	4096
#define __page_aligned	__attribute__((aligned(PAGE_SIZE)))
#define __noreturn	__attribute__((noreturn))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()		__asm__ volatile("" ::: "memory")

/* ---- Instructions ------------------------------------------------------ */
static inline void outb(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" :: "a"(v), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void outw(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" :: "a"(v), "Nd"(port));
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return lo | (u64)hi << 32;
}

static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" :: "c"(msr), "a"((u32)v), "d"((u32)(v >> 32))
			 : "memory");
}

struct cpuid { u32 eax, ebx, ecx, edx; };

static inline struct cpuid cpuid(u32 leaf)
{
	struct cpuid c;

	__asm__ volatile("cpuid" : "=a"(c.eax), "=b"(c.ebx), "=c"(c.ecx), "=d"(c.edx)
			 : "a"(leaf), "c"(0));
	return c;
}

/* Ticks of the TSC; 1 ns each under -icount. */
static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) :: "memory");
	return lo | (u64)hi << 32;
}

static inline void pause(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline void irq_on(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void irq_off(void)
{
	__asm__ volatile("cli" ::: "memory");
}

/* Sleep until an interrupt has been handled; returns with interrupts off. */
static inline void irq_wait(void)
{
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}

static inline u64 read_flags(void)
{
	u64 f;

	__asm__ volatile("pushfq; popq %0" : "=r"(f));
	return f;
}

/* Take what is pending; the shadow of STI would cover a CLI right after it. */
static inline void irq_window(void)
{
	__asm__ volatile("sti; nop; cli" ::: "memory");
}

#define FLAGS_IF	0x200

/* ---- Console and verdicts ---------------------------------------------- */
int printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Each prints one line and is counted; `why` of fail() and skip() is needed. */
void pass(const char *name);
void fail(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void skip(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* pass() or, if !ok, fail() with the rest. Returns ok. */
#define check(ok, name, ...) \
	({ bool ok_ = (ok); if (ok_) pass(name); else fail(name, __VA_ARGS__); ok_; })
/* Ends the run; called when test_main() returns. */
void finish(void) __noreturn;
void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2))) __noreturn;
/* Value of KEY=NUMBER, one of some separated by commas in -append, or `otherwise`. */
u64 option(const char *key, u64 otherwise);

void test_main(void);

/* ---- CPUs -------------------------------------------------------------- */
int cpu_count(void);		/* as given by -smp */
int cpu_id(void);
/* Runs fn() on another CPU, from INIT; it halts for good when fn() returns. */
void cpu_start(int cpu, void (*fn)(void));
void cpu_join(int cpu);		/* waits until its fn() has returned */
void delay_ticks(u64 tsc_ticks);

/* ---- Interrupts -------------------------------------------------------- */
struct irq_frame {
	u64 rax, rbx, rcx, rdx, rsi, rdi, rbp;
	u64 r8, r9, r10, r11, r12, r13, r14, r15;
	u64 vector, error, rip, cs, rflags, rsp, ss;
};

typedef void (*irq_handler)(struct irq_frame *frame);

/* One table for all CPUs and for guests. The handler calls apic_eoi(). */
void irq_set(u8 vector, irq_handler handler);

#define APIC_BASE	0xfee00000UL
#define APIC_ID		0x020
#define APIC_EOI	0x0b0
#define APIC_SVR	0x0f0
#define APIC_ICR_LO	0x300
#define APIC_ICR_HI	0x310
#define APIC_LVTT	0x320
#define APIC_TMICT	0x380
#define APIC_TMCCT	0x390
#define APIC_TDCR	0x3e0

static inline u32 apic_read(u32 reg)
{
	return *(volatile u32 *)(APIC_BASE + reg);
}

static inline void apic_write(u32 reg, u32 v)
{
	*(volatile u32 *)(APIC_BASE + reg) = v;
}

static inline void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

void apic_ipi(int cpu, u8 vector);
/* The timer counts at 1 GHz (QEMU, divider 1): ticks are ns of virtual time. */
void apic_timer_oneshot(u8 vector, u32 ns);
void apic_timer_periodic(u8 vector, u32 ns);
void apic_timer_stop(void);

/* ---- SVM --------------------------------------------------------------- */
struct vmcb_seg { u16 selector, attrib; u32 limit; u64 base; };

struct vmcb {
	/* control area */
	u16 intercept_cr_read, intercept_cr_write;
	u16 intercept_dr_read, intercept_dr_write;
	u32 intercept_exceptions;
	u64 intercept;			/* bit: exit code - SVM_EXIT_INTR */
	u8 pad1[0x3c - 0x14];
	u16 pause_filter_thresh;	/* 0x3c */
	u16 pause_filter_count;		/* 0x3e */
	u64 iopm_base_pa, msrpm_base_pa, tsc_offset;
	u32 asid;
	u8 tlb_ctl, pad2[3];
	u32 int_ctl, int_vector, int_state, pad3;
	u64 exit_code, exit_info_1, exit_info_2;
	u32 exit_int_info, exit_int_info_err;
	u64 nested_ctl;
	u8 pad4[16];
	u32 event_inj, event_inj_err;
	u64 nested_cr3, lbr_ctl, clean;
	u64 next_rip;			/* 0xc8 */
	u8 pad5[0x400 - 0xd0];
	/* state save area, at 0x400 */
	struct vmcb_seg es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	u8 pad6[43], cpl, pad7[4];
	u64 efer;
	u8 pad8[112];
	u64 cr4, cr3, cr0, dr7, dr6, rflags, rip;
	u8 pad9[88];
	u64 rsp;
	u8 pad10[24];
	u64 rax, star, lstar, cstar, sfmask, kernel_gs_base;
	u64 sysenter_cs, sysenter_esp, sysenter_eip, cr2;
	u8 pad11[32];
	u64 g_pat, dbgctl, br_from, br_to, last_excp_from, last_excp_to;
	u8 pad12[0xc00 - 0x298];
} __attribute__((packed));

_Static_assert(offsetof(struct vmcb, iopm_base_pa) == 0x40, "control area");
_Static_assert(offsetof(struct vmcb, next_rip) == 0xc8, "control area");
_Static_assert(offsetof(struct vmcb, es) == 0x400, "save area");
_Static_assert(offsetof(struct vmcb, rip) == 0x578, "save area");
_Static_assert(offsetof(struct vmcb, cr2) == 0x640, "save area");
_Static_assert(sizeof(struct vmcb) == PAGE_SIZE, "one page");

#define SVM_EXIT_INTR		0x60
#define SVM_EXIT_NMI		0x61
#define SVM_EXIT_VINTR		0x64
#define SVM_EXIT_PAUSE		0x77
#define SVM_EXIT_HLT		0x78
#define SVM_EXIT_SHUTDOWN	0x7f
#define SVM_EXIT_VMRUN		0x80
#define SVM_EXIT_VMMCALL	0x81
#define SVM_EXIT_NPF		0x400
#define SVM_EXIT_ERR		(-1ULL)

#define V_IRQ			(1U << 8)
#define V_INTR_PRIO(p)		((u32)(p) << 16)
#define V_IGN_TPR		(1U << 20)
#define V_INTR_MASKING		(1U << 24)

#define EVENT_INTR		(0U << 8)
#define EVENT_NMI		(2U << 8)
#define EVENT_EXCEPTION		(3U << 8)
#define EVENT_SOFT		(4U << 8)
#define EVENT_TYPE		(7U << 8)
#define EVENT_VALID		(1U << 31)

struct svm_regs { u64 rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15; };

/* A guest: its VMCB, its registers beside those of the VMCB, its stack. */
struct svm_guest {
	struct vmcb vmcb __page_aligned;
	u8 stack[2 * PAGE_SIZE] __page_aligned;
	struct svm_regs regs;
	bool host_irqs_off;	/* physical interrupts wait while it runs */
};

static inline void svm_intercept(struct vmcb *v, u64 exit_code, bool on)
{
	u64 bit = 1ULL << (exit_code - SVM_EXIT_INTR);

	v->intercept = on ? v->intercept | bit : v->intercept & ~bit;
}

static inline void vmmcall(void)
{
	__asm__ volatile("vmmcall" ::: "memory");
}

bool svm_supported(void);	/* CPUID */
u32 svm_features(void);		/* CPUID 0x8000000a EDX */
#define SVM_PAUSEFILTER	(1U << 10)
#define SVM_PFTHRESHOLD	(1U << 12)
void svm_enable(void);		/* once on each CPU that runs guests */
/*
 * A 64-bit guest at CPL 0 that runs fn() with interrupts off in the test's own
 * address space, with nested paging; VMRUN, VMMCALL, HLT, SHUTDOWN and physical
 * interrupts exit. When fn() returns it executes VMMCALL for ever.
 */
void svm_guest_init(struct svm_guest *g, void (*fn)(void));
void svm_guest_restart(struct svm_guest *g, void (*fn)(void));	/* only RIP and RSP */
/*
 * VMRUN until the next #VMEXIT; returns the exit code. Interrupts are off and
 * GIF is on afterwards: after SVM_EXIT_INTR the caller takes it by irq_window().
 */
u64 svm_run(struct svm_guest *g);
void svm_skip(struct svm_guest *g, int bytes);	/* step over an instruction */
#define VMMCALL_LEN	3
#define PAUSE_LEN	2

/* The identity map: 2 MiB pages; to be restored after changes. */
extern u64 pd[2048];
extern u64 page_table[512];

#endif
