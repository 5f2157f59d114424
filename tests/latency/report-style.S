/* SPDX-License-Identifier: GPL-2.0 */
/* The page's style sheet as data, so that pvb-stat is one file. */
	.section .rodata
	.globl	report_style, report_style_end
report_style:
	.incbin	"report-style.css"
report_style_end:
	.section .note.GNU-stack, "", @progbits
