/* SPDX-License-Identifier: GPL-2.0 */
/*
 * First sector of a disk that boots Linux, for tests that want a disk image and have no
 * boot loader: on the disk follow a bzImage and an initramfs, each filled up to a sector.
 * Their sizes and the kernel's parameters are given as SETUP and KERNEL (sectors of
 * bzImage's two parts), INITRD (sectors), INITRD_BYTES and PARAMETERS.
 * Documentation/arch/x86/boot.rst describes what the kernel wants.
 */
	.set	SETUP_SEGMENT, 0x9000
	.set	BUFFER_SEGMENT, 0x1000
	.set	KERNEL_AT, 0x100000
	.set	INITRD_AT, 0x4000000
	.set	CHUNK, 127		/* sectors, below 64 KiB */

	.code16
	.globl	_start
_start:
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	cld
	movb	%dl, drive
	movw	$SETUP_SEGMENT, segment
	movw	$SETUP, %cx
	call	read
	movw	$BUFFER_SEGMENT, segment
	movl	$KERNEL_AT, %edi
	movl	$KERNEL, %ebp
	call	load
	movl	$INITRD_AT, %edi
	movl	$INITRD, %ebp
	call	load

	movw	$SETUP_SEGMENT, %ax
	movw	%ax, %ds
	movb	$0xff, 0x210		/* type_of_loader */
	orb	$0x80, 0x211		/* loadflags: there is a heap ... */
	movw	$0xde00, 0x224		/* ... up to here */
	movl	$INITRD_AT, 0x218
	movl	$INITRD_BYTES, 0x21c
	movl	$parameters, 0x228
	cli
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movw	$0xe000, %sp
	ljmp	$SETUP_SEGMENT + 0x20, $0

/* The next %cx sectors to segment:0. */
read:
	movw	%cx, count
	movw	$packet, %si
	movb	drive, %dl
	movb	$0x42, %ah
	pushw	%cx
	int	$0x13
	popw	%cx
	jc	stop
	movzwl	%cx, %ecx
	addl	%ecx, sector
	ret

/* The next %ebp sectors to the address %edi, through the buffer. */
load:
	movl	$CHUNK, %ecx
	cmpl	%ecx, %ebp
	jae	1f
	movl	%ebp, %ecx
1:	call	read
	movl	%edi, %eax
	movw	%ax, to + 2
	shrl	$16, %eax
	movb	%al, to + 4
	movb	%ah, to + 7
	pushal
	shlw	$8, %cx			/* in words */
	movw	$move, %si
	movb	$0x87, %ah
	int	$0x15
	popal
	jc	stop
	subl	%ecx, %ebp
	shll	$9, %ecx
	addl	%ecx, %edi
	testl	%ebp, %ebp
	jnz	load
	ret

stop:
	hlt
	jmp	stop

packet:	.byte	16, 0
count:	.word	0
	.word	0
segment: .word	0
sector:	.long	1, 0

move:	.quad	0, 0
	.word	0xffff, 0		/* from the buffer */
	.byte	BUFFER_SEGMENT >> 12, 0x93, 0, 0
to:	.word	0xffff, 0
	.byte	0, 0x93, 0, 0
	.quad	0, 0

drive:	.byte	0
parameters:
	.asciz	PARAMETERS
	.org	510
	.word	0xaa55
