// SPDX-License-Identifier: GPL-2.0
/*
 * Prints every size, offset and number of the ABI as this compiler sees it.
 * Compiled once as C and once as C++ (run, beside this file).
 */
#include <stddef.h>
#include <stdio.h>

#include "kvm_pv_boost.h"

#define SIZE(type) \
	printf("sizeof(%s) %zu\n", #type, sizeof(struct type));
#define FIELD(type, member) \
	printf("%s.%s %zu\n", #type, #member, offsetof(struct type, member));
#define NUMBER(name) \
	printf("%s %llu\n", #name, (unsigned long long)name);

int main(void)
{
#include "fields.h"
	return 0;
}
