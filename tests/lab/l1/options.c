// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the command line. A wrong option ends vmctl with a line that says what is
 * wanted.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "vmctl.h"

static unsigned int parse_number(const char *key, const char *text,
				 unsigned int min, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || n < min || n > max)
		die(EX_BAD_USE, "%s=%s: want a number from %u to %u", key, text, min, max);
	return (unsigned int)n;
}

static void parse_choice(const char *key, const char *text, const char *allowed)
{
	char with_bars[64];

	snprintf(with_bars, sizeof(with_bars), "|%s|", text);
	if (!strstr(allowed, with_bars))
		die(EX_BAD_USE, "%s=%s: want one of %s", key, text, allowed);
}

static void parse_vm_option(struct vm *vm, const char *key, const char *value)
{
	if (!strcmp(key, "vcpus"))
		vm->vcpus = parse_number(key, value, 1, MAX_VCPUS);
	else if (!strcmp(key, "mem"))
		vm->mem_mib = parse_number(key, value, 64, 65536);
	else if (!strcmp(key, "ms"))
		vm->ms = parse_number(key, value, 1, 3600000);
	else if (!strcmp(key, "warm"))
		vm->warm_ms = parse_number(key, value, 0, 3600000);
	else if (!strcmp(key, "seed"))
		vm->seed = parse_number(key, value, 0, UINT32_MAX);
	else if (!strcmp(key, "repeat"))
		vm->repeat = parse_number(key, value, 1, 1000);
	else if (!strcmp(key, "start_us"))
		vm->start_us = parse_number(key, value, 0, 10000000);
	else if (!strcmp(key, "slice_us"))
		vm->slice_us = parse_number(key, value, 100, 100000);
	else if (!strcmp(key, "policy"))
		parse_choice(key, vm->policy = value, "|other|fifo|");
	else if (!strcmp(key, "pin"))
		vm->pin = parse_number(key, value, 0, 1);
	else if (!strcmp(key, "core"))
		vm->core = parse_number(key, value, 0, 1);
	else if (!strcmp(key, "max"))
		vm->max = parse_number(key, value, 10, 100000);
	else if (!strcmp(key, "locks"))
		parse_choice(key, vm->locks = value, "|native|tas|pv|");
	else if (!strcmp(key, "tlb"))
		parse_choice(key, vm->tlb = value, "|on|off|");
	else if (!strcmp(key, "cpu"))
		vm->cpu = value;
	else if (!strcmp(key, "jobs"))
		vm->jobs = value;
	else if (!strcmp(key, "initrd"))
		vm->initrd = value;
	else if (!strcmp(key, "kernel"))
		vm->kernel = value;
	else
		die(EX_BAD_USE, "--vm knows no '%s'; see vmctl --help", key);
}

/* "NAME:key=value,key=value,append=all the rest" */
static void parse_vm(char *text)
{
	struct vm *vm = &vms[nr_vms];
	char *save, *item, *append;

	if (nr_vms == MAX_VMS)
		die(EX_BAD_USE, "more than %d guests", MAX_VMS);
	*vm = (struct vm){
		.vcpus = 1, .mem_mib = 192, .ms = 1000, .warm_ms = 200, .seed = 1, .repeat = 1,
		.policy = "other", .locks = "pv", .tlb = "on", .cpu = "", .jobs = "", .append = "",
		.initrd = "/l2/l2.cpio", .kernel = "/l2/bzImage",
	};
	append = strstr(text, ",append=");
	if (append) {
		*append = '\0';
		vm->append = append + strlen(",append=");
	}
	vm->name = strtok_r(text, ":", &save);
	if (!vm->name)
		die(EX_BAD_USE, "--vm: want NAME:key=value,...");
	while ((item = strtok_r(NULL, ",", &save))) {
		char *eq = strchr(item, '=');

		if (!eq)
			die(EX_BAD_USE, "--vm: '%s' has no value", item);
		*eq = '\0';
		parse_vm_option(vm, item, eq + 1);
	}
	if (!vm->jobs[0])
		die(EX_BAD_USE, "--vm %s: jobs= is missing", vm->name);
	vm->nr_jobs = 1;
	for (const char *p = vm->jobs; *p; p++)
		vm->nr_jobs += *p == '+';
	nr_vms++;
}

static const char usage[] =
	"usage: vmctl [--layout flat|vm|vcpu] [--out DIR] [--limit SECONDS] --vm NAME:OPTIONS...\n"
	"SECONDS: how long the first guest may be silent (default 240)\n"
	"OPTIONS, comma-separated: vcpus=N mem=MIB locks=native|tas|pv tlb=on|off\n"
	"  jobs=A+B (workloads of pvb-work, or 'script': /job/run of initrd=) ms=N warm=N\n"
	"  seed=N repeat=N (all jobs so often, each time with the next seed)\n"
	"  start_us=N policy=other|fifo slice_us=N (of its vCPUs' threads)\n"
	"  pin=1 (each vCPU on one pCPU) core=1 (core scheduling) max=PERCENT (of a pCPU, CPU time)\n"
	"  cpu=FLAG+FLAG kernel=PATH initrd=PATH append=KERNEL PARAMETERS (last)\n"
	"The first guest is measured; the others are company and repeat their jobs.\n"
	"Exit code: that of the first guest's jobs; 91 guest lost, 92 late, 93 lab failure.\n";

void parse_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "layout", required_argument, NULL, 'l' },
		{ "out", required_argument, NULL, 'o' },
		{ "limit", required_argument, NULL, 't' },
		{ "vm", required_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (opt) {
		case 'l':
			parse_choice("--layout", optarg, "|flat|vm|vcpu|");
			layout = !strcmp(optarg, "flat") ? LAYOUT_FLAT :
				 !strcmp(optarg, "vm") ? LAYOUT_VM : LAYOUT_VCPU;
			break;
		case 'o':
			out_dir = optarg;
			break;
		case 't':
			limit_s = parse_number("--limit", optarg, 1, 1000000);
			break;
		case 'v':
			parse_vm(optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(EX_BAD_USE);
		}
	}
	if (!nr_vms || optind != argc) {
		fputs(usage, stderr);
		exit(EX_BAD_USE);
	}
}
