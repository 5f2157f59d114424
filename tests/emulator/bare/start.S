/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Boot code of the bare-metal tests: from QEMU's multiboot loader to 64-bit
 * C on the first CPU, from SIPI to 64-bit C on the others, interrupt stubs,
 * and the world switch around VMRUN. One identity map of the low 4 GiB serves
 * all CPUs, and as nested page table too (hence the user bit everywhere).
 */
#define CR0_PE		0x00000001
#define CR0_NE		0x00000020
#define CR0_PG		0x80000000
#define CR4_PAE		0x00000020
#define CR4_OSFXSR	0x00000200
#define MSR_EFER	0xc0000080
#define EFER_LME	0x00000100
#define PTE_PWU		0x7		/* present, writable, user */
#define PTE_LARGE	0x80
#define TRAMPOLINE	0x8000		/* must match lib.c */
#define STACK_SHIFT	14		/* must match lib.h */

	.section .multiboot, "a"
	.balign 4
	.long	0x1badb002, 0x3, -(0x1badb002 + 0x3)

	.section .data
	.balign 8
	.globl	gdt
gdt:	.quad	0
	.quad	0x00af9b000000ffff	/* 0x08: 64-bit code */
	.quad	0x00cf93000000ffff	/* 0x10: data */
	.quad	0x00cf9b000000ffff	/* 0x18: 32-bit code */
gdt_end:
gdt_desc:
	.word	gdt_end - gdt - 1
	.quad	gdt

	.balign 4096
	.globl	page_table
page_table:
	.quad	pdpt + PTE_PWU
	.fill	511, 8, 0
pdpt:	.quad	pd + PTE_PWU, pd + 0x1000 + PTE_PWU
	.quad	pd + 0x2000 + PTE_PWU, pd + 0x3000 + PTE_PWU
	.fill	508, 8, 0
	.globl	pd
pd:
	.set	i, 0
	.rept	2048
	.quad	(i << 21) + PTE_LARGE + PTE_PWU
	.set	i, i + 1
	.endr

	.macro	ENABLE_LONG_MODE
	movl	$(CR4_PAE | CR4_OSFXSR), %eax
	movl	%eax, %cr4
	movl	$page_table, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	$(CR0_PE | CR0_NE | CR0_PG), %eax
	movl	%eax, %cr0
	.endm

	.macro	LOAD_SEGMENTS
	movl	$0x10, %eax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	xorl	%eax, %eax
	movw	%ax, %fs
	movw	%ax, %gs
	.endm

	.text
	.code32
	.globl	_start
_start:	cli
	movl	%ebx, multiboot_info
	ENABLE_LONG_MODE
	lgdtl	gdt_desc
	ljmp	$0x08, $bsp64

	.code64
bsp64:	LOAD_SEGMENTS
	leaq	stacks + (1 << STACK_SHIFT)(%rip), %rsp
	call	bare_start
1:	cli
	hlt
	jmp	1b

	/* Copied to TRAMPOLINE; SIPI starts it in real mode with %ip 0. */
	.globl	ap_trampoline, ap_trampoline_end
	.code16
ap_trampoline:
	cli
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	ap_gdt_desc - ap_trampoline
	ENABLE_LONG_MODE
	ljmpl	$0x08, $ap64
ap_gdt_desc:
	.word	gdt_end - gdt - 1
	.long	gdt
ap_trampoline_end:

	.code64
ap64:	LOAD_SEGMENTS
	movl	$1, %eax
	cpuid
	shrl	$24, %ebx		/* APIC ID = CPU number */
	leal	1(%ebx), %eax
	shlq	$STACK_SHIFT, %rax
	leaq	stacks(%rip), %rsp
	addq	%rax, %rsp
	movl	%ebx, %edi
	call	ap_start
1:	cli
	hlt
	jmp	1b

	/* Interrupt and exception entry: struct irq_frame of lib.h. */
	.macro	STUB n
	.balign	16
	.if	(\n != 8) && ((\n < 10) || (\n > 14)) && (\n != 17) && (\n != 21)
	pushq	$0
	.endif
	pushq	$\n
	jmp	irq_common
	.endm

	.balign	16
	.globl	irq_stubs
irq_stubs:
	.set	n, 0
	.rept	256
	.altmacro
	STUB	%n
	.noaltmacro
	.set	n, n + 1
	.endr

irq_common:
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%r11
	pushq	%r10
	pushq	%r9
	pushq	%r8
	pushq	%rbp
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rbx
	pushq	%rax
	cld
	movq	%rsp, %rdi
	call	irq_dispatch
	popq	%rax
	popq	%rbx
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	popq	%rbp
	popq	%r8
	popq	%r9
	popq	%r10
	popq	%r11
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	addq	$16, %rsp
	iretq

	/*
	 * void svm_switch(struct svm_regs *regs, u64 vmcb_pa, bool host_irqs)
	 *
	 * Like KVM: GIF off, host interrupts on for VMRUN (an intercepted
	 * interrupt ends the guest) unless unwanted, off again before GIF
	 * comes back; the caller decides when to take it.
	 */
	.macro	XCHG_REGS
	xchgq	%rcx, 0x00(%rax)
	xchgq	%rdx, 0x08(%rax)
	xchgq	%rbx, 0x10(%rax)
	xchgq	%rbp, 0x18(%rax)
	xchgq	%rsi, 0x20(%rax)
	xchgq	%rdi, 0x28(%rax)
	xchgq	%r8,  0x30(%rax)
	xchgq	%r9,  0x38(%rax)
	xchgq	%r10, 0x40(%rax)
	xchgq	%r11, 0x48(%rax)
	xchgq	%r12, 0x50(%rax)
	xchgq	%r13, 0x58(%rax)
	xchgq	%r14, 0x60(%rax)
	xchgq	%r15, 0x68(%rax)
	.endm

	.globl	svm_switch
svm_switch:
	pushq	%rdi
	pushq	%rsi
	movq	%rdi, %rax
	clgi
	testb	%dl, %dl
	jz	1f
	sti
1:	XCHG_REGS
	movq	(%rsp), %rax
	vmrun	%rax
	cli
	movq	8(%rsp), %rax
	XCHG_REGS
	stgi
	addq	$16, %rsp
	ret

	.section .bss
	.balign	16
	.globl	multiboot_info
multiboot_info:
	.long	0
	.balign	4096
	.globl	stacks
stacks:	.skip	(16 << STACK_SHIFT)
	.section .note.GNU-stack, "", @progbits
