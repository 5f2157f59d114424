// SPDX-License-Identifier: GPL-2.0
/*
 * Library of the bare-metal tests; the contract is in lib.h. No policy, no
 * allocation, no locks except the console's.
 */
#include <stdarg.h>

#include "lib.h"

#define COM1		0x3f8
#define DEBUG_EXIT	0xf4		/* -device isa-debug-exit,iobase=0xf4 */
#define FW_CFG_SELECT	0x510
#define FW_CFG_DATA	0x511
#define FW_CFG_NB_CPUS	0x05
#define TRAMPOLINE	0x8000		/* must match start.S */

#define APIC_ENABLE	0x100
#define APIC_SPURIOUS	0xff
#define ICR_INIT	0x4500
#define ICR_SIPI	0x4600
#define ICR_PENDING	0x1000
#define LVT_MASKED	0x10000
#define LVT_PERIODIC	0x20000
#define TDCR_BY_1	0xb

#define MSR_EFER	0xc0000080
#define EFER_SVME	0x1000
#define MSR_VM_HSAVE_PA	0xc0010117
#define NESTED_PAGING	1

extern u64 gdt[];
extern u8 ap_trampoline[], ap_trampoline_end[], irq_stubs[];
extern u32 multiboot_info;

void bare_start(void);
void ap_start(int cpu);
void irq_dispatch(struct irq_frame *frame);
void svm_switch(struct svm_regs *regs, u64 vmcb_pa, bool host_irqs);

static struct { u16 lo, sel; u8 ist, attr; u16 mid; u32 hi, zero; } idt[256];
static irq_handler handlers[256];
static struct { void (*fn)(void); int state; } work[MAX_CPUS];
enum { CPU_OFF, CPU_STARTING, CPU_RUNNING, CPU_DONE };
static u8 hsave[MAX_CPUS][PAGE_SIZE] __page_aligned;
static u8 iopm[3 * PAGE_SIZE] __page_aligned, msrpm[2 * PAGE_SIZE] __page_aligned;
static int failures, console_lock;

/* GCC emits calls to these. */
void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(n) :: "memory");
	return dst;
}

/* ---- Console ----------------------------------------------------------- */
static void put(char c)
{
	outb(COM1, c);
}

static void put_string(const char *s)
{
	while (*s)
		put(*s++);
}

static void put_number(u64 v, unsigned int base, int width, char fill)
{
	char buf[20];
	int n = 0;

	do {
		buf[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	for (; width > n; width--)
		put(fill);
	while (n)
		put(buf[--n]);
}

/* %s %c %% and %d %u %x, with l or ll, and a width. */
static void vprint(const char *fmt, va_list ap)
{
	for (; *fmt; fmt++) {
		char fill = ' ';
		int width = 0, longs = 0;
		int64_t v;

		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		fmt++;
		if (*fmt == '0')
			fill = *fmt++;
		while (*fmt >= '0' && *fmt <= '9')
			width = width * 10 + *fmt++ - '0';
		while (*fmt == 'l') {
			longs++;
			fmt++;
		}
		switch (*fmt) {
		case 's':
			put_string(va_arg(ap, const char *));
			break;
		case 'c':
			put(va_arg(ap, int));
			break;
		case 'd':
			v = longs ? va_arg(ap, int64_t) : va_arg(ap, int);
			if (v < 0)
				put('-');
			put_number(v < 0 ? -(u64)v : (u64)v, 10, width, fill);
			break;
		case 'u':
		case 'x':
			put_number(longs ? va_arg(ap, u64) : va_arg(ap, u32),
				   *fmt == 'u' ? 10 : 16, width, fill);
			break;
		default:
			put(*fmt);
		}
	}
}

static u64 lock_console(void)
{
	u64 flags = read_flags();

	irq_off();
	while (__atomic_exchange_n(&console_lock, 1, __ATOMIC_ACQUIRE))
		pause();
	return flags;
}

static void unlock_console(u64 flags)
{
	__atomic_store_n(&console_lock, 0, __ATOMIC_RELEASE);
	if (flags & FLAGS_IF)
		irq_on();
}

int printf(const char *fmt, ...)
{
	u64 flags = lock_console();
	va_list ap;

	va_start(ap, fmt);
	vprint(fmt, ap);
	va_end(ap);
	unlock_console(flags);
	return 0;
}

/* A line of TAP, see tests/lab/tap.sh. No name or text has a '#' of its own. */
static void verdict(bool ok, const char *name, const char *sep, const char *fmt, va_list ap)
{
	u64 flags = lock_console();

	put_string(ok ? "ok - " : "not ok - ");
	put_string(name);
	if (fmt) {
		put_string(sep);
		vprint(fmt, ap);
	}
	put('\n');
	unlock_console(flags);
}

void pass(const char *name)
{
	va_list none = {};

	verdict(true, name, NULL, NULL, none);
}

void fail(const char *name, const char *fmt, ...)
{
	va_list ap;

	failures++;
	va_start(ap, fmt);
	verdict(false, name, ": ", fmt, ap);
	va_end(ap);
}

void skip(const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict(true, name, " # SKIP ", fmt, ap);
	va_end(ap);
}

void finish(void)
{
	put_string("done\n");
	/* QEMU's exit status becomes twice this plus one. */
	outb(DEBUG_EXIT, failures ? 1 : 0);
	for (;;)
		__asm__ volatile("cli; hlt");
}

void panic(const char *fmt, ...)
{
	va_list ap;

	/* No lock: its holder may be what died. */
	failures++;
	put_string("\nnot ok - panic: ");
	va_start(ap, fmt);
	vprint(fmt, ap);
	va_end(ap);
	put('\n');
	finish();
}

u64 option(const char *key, u64 otherwise)
{
	/* Multiboot: flags at 0, bit 2: command line's address at 16. */
	u32 *mbi = (u32 *)(u64)multiboot_info;
	const char *p = mbi[0] & 4 ? (char *)(u64)mbi[4] : "";

	while (*p) {
		const char *k = key;
		u64 v = 0;

		while (*p == ' ' || *p == ',')
			p++;
		while (*k && *p == *k) {
			k++;
			p++;
		}
		if (!*k && *p == '=') {
			for (p++; *p >= '0' && *p <= '9'; p++)
				v = v * 10 + *p - '0';
			return v;
		}
		while (*p && *p != ' ' && *p != ',')
			p++;
	}
	return otherwise;
}

/* ---- CPUs and interrupts ----------------------------------------------- */
void irq_set(u8 vector, irq_handler handler)
{
	handlers[vector] = handler;
}

void irq_dispatch(struct irq_frame *f)
{
	u64 cr2;

	if (handlers[f->vector]) {
		handlers[f->vector](f);
		return;
	}
	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	panic("CPU %d: unexpected vector %lu error %lx at %lx, cr2 %lx, rsp %lx, flags %lx",
	      cpu_id(), f->vector, f->error, f->rip, cr2, f->rsp, f->rflags);
}

static void irq_ignore(struct irq_frame *f)
{
	(void)f;
}

static void load_tables(void)
{
	struct { u16 limit; u64 base; } __attribute__((packed)) desc = {
		sizeof(idt) - 1, (u64)idt
	};

	__asm__ volatile("lidt %0" :: "m"(desc));
	apic_write(APIC_SVR, APIC_ENABLE | APIC_SPURIOUS);
	apic_write(APIC_LVTT, LVT_MASKED);
	apic_write(APIC_TDCR, TDCR_BY_1);
}

int cpu_count(void)
{
	static int n;

	if (!n) {
		outw(FW_CFG_SELECT, FW_CFG_NB_CPUS);
		n = inb(FW_CFG_DATA);
		n |= inb(FW_CFG_DATA) << 8;
		if (n > MAX_CPUS)
			n = MAX_CPUS;
	}
	return n;
}

/* With a flat topology (-smp N) QEMU numbers APIC IDs like CPUs. */
int cpu_id(void)
{
	return cpuid(1).ebx >> 24;
}

static void apic_command(int cpu, u32 command)
{
	while (apic_read(APIC_ICR_LO) & ICR_PENDING)
		pause();
	apic_write(APIC_ICR_HI, (u32)cpu << 24);
	apic_write(APIC_ICR_LO, command);
}

void apic_ipi(int cpu, u8 vector)
{
	apic_command(cpu, 0x4000 | vector);
}

static void apic_timer(u32 lvt, u32 ns)
{
	apic_write(APIC_LVTT, lvt);
	apic_write(APIC_TMICT, ns);
}

void apic_timer_oneshot(u8 vector, u32 ns)
{
	apic_timer(vector, ns);
}

void apic_timer_periodic(u8 vector, u32 ns)
{
	apic_timer(vector | LVT_PERIODIC, ns);
}

void apic_timer_stop(void)
{
	apic_timer(LVT_MASKED, 0);
}

void ap_start(int cpu)
{
	load_tables();
	__atomic_store_n(&work[cpu].state, CPU_RUNNING, __ATOMIC_RELEASE);
	work[cpu].fn();
	__atomic_store_n(&work[cpu].state, CPU_DONE, __ATOMIC_RELEASE);
}

void cpu_start(int cpu, void (*fn)(void))
{
	if (cpu >= cpu_count())
		panic("no CPU %d: start QEMU with -smp %d", cpu, cpu + 1);
	memcpy((void *)TRAMPOLINE, ap_trampoline, ap_trampoline_end - ap_trampoline);
	work[cpu].fn = fn;
	__atomic_store_n(&work[cpu].state, CPU_STARTING, __ATOMIC_RELEASE);
	apic_command(cpu, ICR_INIT);
	apic_command(cpu, ICR_SIPI | TRAMPOLINE >> 12);
	while (__atomic_load_n(&work[cpu].state, __ATOMIC_ACQUIRE) == CPU_STARTING)
		pause();
}

void cpu_join(int cpu)
{
	while (__atomic_load_n(&work[cpu].state, __ATOMIC_ACQUIRE) != CPU_DONE)
		pause();
}

void delay_ticks(u64 ticks)
{
	u64 start = rdtsc();

	while (rdtsc() - start < ticks)
		;
}

void bare_start(void)
{
	for (int i = 0; i < 256; i++) {
		u64 a = (u64)irq_stubs + 16 * i;

		idt[i].lo = a;
		idt[i].sel = 0x08;
		idt[i].attr = 0x8e;
		idt[i].mid = a >> 16;
		idt[i].hi = a >> 32;
	}
	irq_set(APIC_SPURIOUS, irq_ignore);
	/* The BIOS leaves the PICs on; only the APIC may interrupt here. */
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	load_tables();
	test_main();
	finish();
}

/* ---- SVM --------------------------------------------------------------- */
bool svm_supported(void)
{
	return cpuid(0x80000001).ecx & 4;
}

u32 svm_features(void)
{
	return svm_supported() ? cpuid(0x8000000a).edx : 0;
}

void svm_enable(void)
{
	if (!svm_supported())
		panic("CPU %d has no SVM: start QEMU with -cpu EPYC,+svm,+npt", cpu_id());
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, (u64)hsave[cpu_id()]);
}

/* fn() returns here. */
static void guest_end(void)
{
	for (;;)
		vmmcall();
}

static u64 read_cr(int n)
{
	u64 v = 0;

	switch (n) {
	case 0:
		__asm__ volatile("mov %%cr0, %0" : "=r"(v));
		break;
	case 3:
		__asm__ volatile("mov %%cr3, %0" : "=r"(v));
		break;
	case 4:
		__asm__ volatile("mov %%cr4, %0" : "=r"(v));
		break;
	}
	return v;
}

void svm_guest_init(struct svm_guest *g, void (*fn)(void))
{
	struct vmcb *v = &g->vmcb;

	memset(g, 0, sizeof(*g));
	svm_intercept(v, SVM_EXIT_INTR, true);
	svm_intercept(v, SVM_EXIT_HLT, true);
	svm_intercept(v, SVM_EXIT_SHUTDOWN, true);
	svm_intercept(v, SVM_EXIT_VMRUN, true);
	svm_intercept(v, SVM_EXIT_VMMCALL, true);
	v->iopm_base_pa = (u64)iopm;
	v->msrpm_base_pa = (u64)msrpm;
	v->asid = 1;
	v->int_ctl = V_INTR_MASKING;
	v->nested_ctl = NESTED_PAGING;
	v->nested_cr3 = (u64)page_table;

	v->cs = (struct vmcb_seg){ 0x08, 0xa9b, 0xffffffff, 0 };
	v->ss = v->ds = v->es = (struct vmcb_seg){ 0x10, 0xc93, 0xffffffff, 0 };
	v->gdtr = (struct vmcb_seg){ 0, 0, 4 * 8 - 1, (u64)gdt };
	v->idtr = (struct vmcb_seg){ 0, 0, sizeof(idt) - 1, (u64)idt };
	v->efer = rdmsr(MSR_EFER);
	v->cr0 = read_cr(0);
	v->cr3 = read_cr(3);
	v->cr4 = read_cr(4);
	v->dr6 = 0xffff0ff0;
	v->dr7 = 0x400;
	v->rflags = 2;
	svm_guest_restart(g, fn);
}

void svm_guest_restart(struct svm_guest *g, void (*fn)(void))
{
	u64 *top = (u64 *)(g->stack + sizeof(g->stack)) - 1;

	*top = (u64)guest_end;
	g->vmcb.rsp = (u64)top;
	g->vmcb.rip = (u64)fn;
}

u64 svm_run(struct svm_guest *g)
{
	svm_switch(&g->regs, (u64)&g->vmcb, !g->host_irqs_off);
	return g->vmcb.exit_code;
}

void svm_skip(struct svm_guest *g, int bytes)
{
	g->vmcb.rip += bytes;
}
