/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program that the fork workload runs: exit(0) and nothing else. A C
 * library's start-up asks CPUID some thirty times, each a VM exit, which would
 * outweigh the fork, exec and exit this is about.
 */
	.globl	_start
	.text
_start:
	movl	$60, %eax		/* SYS_exit */
	xorl	%edi, %edi
	syscall
	.section .note.GNU-stack, "", @progbits
