/* SPDX-License-Identifier: GPL-2.0 */
/* The finished program of work-exit.S as data, so that pvb-work is one file. */
	.section .rodata
	.globl	exit_image, exit_image_end
exit_image:
	.incbin	"work-exit"
exit_image_end:
	.section .note.GNU-stack, "", @progbits
