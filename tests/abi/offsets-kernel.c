// SPDX-License-Identifier: GPL-2.0
/*
 * The same list as the kernel's own compilation sees it: assembled by kbuild
 * to lines "->what value", as arch/x86/kernel/asm-offsets.c does it.
 */
#include <linux/kbuild.h>
#include <linux/stddef.h>
#include <asm/kvm_pv_boost.h>

#define SAY(what, value) \
	asm volatile("\n.ascii \"->" what " %0\"" : : "i" ((unsigned long)(value)));
#define SIZE(type)		SAY("sizeof(" #type ")", sizeof(struct type))
#define FIELD(type, member)	SAY(#type "." #member, offsetof(struct type, member))
#define NUMBER(name)		SAY(#name, name)

/* kbuild makes main() of each asm-offsets a function that is never called */
int main(void);
int main(void)
{
#include "fields.h"
	return 0;
}
