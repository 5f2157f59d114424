// SPDX-License-Identifier: GPL-2.0
/*
 * What the plan of a comparison promises: what may be asked for, what is made of
 * it, and the script of a run, to the byte.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plan.h"

/* What a function printed last. */
static char *text;
static size_t text_size;

static FILE *to_text(void)
{
	FILE *out;

	free(text);
	out = open_memstream(&text, &text_size);
	assert_non_null(out);
	return out;
}

static void assert_text(FILE *out, const char *expected)
{
	fclose(out);
	assert_string_equal(text, expected);
}

/* @variables: "NAME=value" with ';' between them. */
static bool read_from(struct settings *s, const char *variables)
{
	static const char *const all[] = {
		"HOSTS", "GUESTS", "WORKLOADS", "OVERCOMMIT", "LAYOUTS",
		"QUICK", "FULL", "ROUNDS", "SEED", "MS", "WARM", "JOBS",
		"MTTCG", "REUSE", "PER_BOOT",
	};
	char *copy = strdup(variables), *rest = copy, *one;
	FILE *err = to_text();
	bool good;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		unsetenv(all[i]);
	while ((one = strtok_r(rest, ";", &rest))) {
		char *value = strchr(one, '=');

		*value++ = '\0';
		setenv(one, value, 1);
	}
	free(copy);
	good = read_settings(s, err);
	fclose(err);
	return good;
}

static void assert_refused(const char *variables, const char *message)
{
	struct settings s;

	if (read_from(&s, variables))
		fail_msg("accepted: %s", variables);
	free_settings(&s);
	if (!strstr(text, message))
		fail_msg("'%s' does not say '%s'", text, message);
	/* One line, and nothing behind it. */
	assert_ptr_equal(strchr(text, '\n'), text + text_size - 1);
}

static void make(struct settings *s, struct plan *p, const char *variables)
{
	FILE *err;

	if (!read_from(s, variables))
		fail_msg("%s: %s", variables, text);
	err = to_text();
	assert_true(make_plan(p, s, err));
	assert_text(err, "");
}

static void print_cells(FILE *out, const char *variables)
{
	struct settings s;
	struct plan p;

	make(&s, &p, variables);
	for (size_t i = 0; i < p.n_cells; i++) {
		print_cell(out, &p.cells[i], ' ');
		fputc('\n', out);
	}
	free_plan(&p);
	free_settings(&s);
}

static void assert_cells(const char *variables, const char *expected)
{
	char *cells;
	size_t size;
	FILE *out = open_memstream(&cells, &size);

	assert_non_null(out);
	print_cells(out, variables);
	fclose(out);
	assert_string_equal(cells, expected);
	free(cells);
}

static void assert_summary(const char *variables, const char *expected)
{
	struct settings s;
	struct plan p;
	FILE *out;

	make(&s, &p, variables);
	out = to_text();
	print_summary(out, &s, &p);
	assert_text(out, expected);
	free_plan(&p);
	free_settings(&s);
}

static void assert_parameters(const char *word, const char *expected)
{
	struct host host = host_of(word);
	FILE *out = to_text();

	print_parameters(out, &host);
	assert_text(out, expected);
}

static void test_unknown_words_are_refused_with_the_known_ones(void **unused)
{
	(void)unused;
	assert_refused("GUESTS=pv xx", "GUESTS=xx is unknown; allowed: native tas pv pv-notlb\n");
	assert_refused("LAYOUTS=VCPU", "LAYOUTS=VCPU is unknown; allowed: flat vm vcpu\n");
	assert_refused("OVERCOMMIT=1,5", "OVERCOMMIT=5 is unknown; allowed: 1 2 3 4 1+hog");
	assert_refused("WORKLOADS=hog", "WORKLOADS=hog is unknown; allowed: lock mmap");
	assert_refused("HOSTS=xen-nople", "HOSTS=xen-nople is unknown; allowed: pristine off agnostic hints, each with any of -nople -pf100");
	assert_refused("HOSTS=-nople", "HOSTS=-nople is unknown");
	assert_refused("HOSTS=hints-nople-pf", "HOSTS=hints-nople-pf: unknown flag pf; there are nople pf100");
	assert_refused("HOSTS=%s%n", "HOSTS=%s%n is unknown");
	assert_refused("HOSTS=hints,off,hints", "HOSTS has hints twice: leave one out");
	assert_refused("HOSTS=hints-nolend-nohc,off,hints-nohc-nolend",
		       "HOSTS: hints-nolend-nohc and hints-nohc-nolend are the same: leave one out");
	assert_refused("HOSTS=off off-", "HOSTS: off and off- are the same");
	assert_refused("WORKLOADS=lock mmap lock", "WORKLOADS has lock twice");
}

static void assert_flag_refused(const char *mode, const char *flag, const char *why)
{
	char variables[64], message[128];

	snprintf(variables, sizeof(variables), "HOSTS=%s-%s", mode, flag);
	snprintf(message, sizeof(message), "%s: %s means %s\n", variables, flag, why);
	assert_refused(variables, message);
}

static void test_flags_that_mean_nothing_on_a_host_are_refused(void **unused)
{
	static const char *const ours[] = {
		"nomark", "nolend", "noadvance", "noreturn", "noipi", "nohc",
		"nohalt", "nodone", "nograce", "nolatency",
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		assert_flag_refused("pristine", ours[i], "nothing there");
		assert_flag_refused("off", ours[i], "nothing there");
		if (i >= 5)
			assert_flag_refused("agnostic", ours[i], "something for hints only");
	}
	assert_refused("HOSTS=pristine-mark", "mark means nothing there\n");
	assert_refused("HOSTS=agnostic-mark", "mark means nothing there\n");
	assert_refused("HOSTS=hints-mark", "mark means nothing there\n");
	assert_cells("HOSTS=pristine-nople,pristine-pf100,off-mark,off-pf300;GUESTS=pv;OVERCOMMIT=1",
		     "pristine-nople pv 1 vcpu\npristine-pf100 pv 1 vcpu\n"
		     "off-mark pv 1 vcpu\noff-pf300 pv 1 vcpu\n");
}

static void test_numbers_and_switches_have_their_limits(void **unused)
{
	(void)unused;
	assert_refused("ROUNDS=0", "ROUNDS=0: want a number from 1 up\n");
	assert_refused("PER_BOOT=0", "PER_BOOT=0: want a number from 1 up\n");
	assert_refused("PER_BOOT=1001", "PER_BOOT=1001: want a number from 1 to 1000\n");
	assert_refused("WARM=-1", "WARM=-1: want a number from 0 up\n");
	assert_refused("MS=1000000000", "MS=1000000000: want a number from 1 up\n");
	assert_refused("SEED=99999999999999999999", "want a number from 0 up\n");
	assert_refused("JOBS= 1", "JOBS= 1: want a number from 1 up\n");
	assert_refused("QUICK=yes", "QUICK=yes: want 0 or 1\n");
	assert_refused("QUICK=1;FULL=1", "QUICK=1 and FULL=1 exclude each other\n");
}

static void test_the_first_mistake_is_told(void **unused)
{
	(void)unused;
	assert_refused("ROUNDS=0;GUESTS=x;HOSTS=y;REUSE=z", "REUSE=z");
	assert_refused("ROUNDS=0;GUESTS=x;HOSTS=y", "HOSTS=y");
	assert_refused("ROUNDS=0;JOBS=0;WORKLOADS=x", "WORKLOADS=x");
	assert_refused("ROUNDS=0;JOBS=0", "JOBS=0");
}

static void test_what_is_given_crosses_and_the_rest_is_plain(void **unused)
{
	(void)unused;
	assert_cells("HOSTS=,off, hints;OVERCOMMIT=4\t1;LAYOUTS=vm,flat;GUESTS=tas",
		     "off tas 4 vm\nhints tas 4 vm\noff tas 4 flat\nhints tas 4 flat\n"
		     "off tas 1 vm\nhints tas 1 vm\noff tas 1 flat\nhints tas 1 flat\n");
	assert_cells("LAYOUTS=vm;QUICK=1",
		     "pristine native 1 vm\npristine pv 1 vm\npristine native 2 vm\n"
		     "pristine pv 2 vm\npristine native 4 vm\npristine pv 4 vm\n");
	assert_cells("QUICK=1;HOSTS= ,",
		     "pristine native 1 vcpu\npristine pv 1 vcpu\n"
		     "agnostic native 1 vcpu\nagnostic pv 1 vcpu\n"
		     "hints native 1 vcpu\nhints pv 1 vcpu\n"
		     "pristine native 4 vcpu\npristine pv 4 vcpu\n"
		     "agnostic native 4 vcpu\nagnostic pv 4 vcpu\n"
		     "hints native 4 vcpu\nhints pv 4 vcpu\n");
}

/* @lists: what would have to be asked for, up to NULL. */
static void assert_same_cells(const char *variables, const char *const *lists)
{
	char *cells;
	size_t size;
	FILE *out = open_memstream(&cells, &size);

	assert_non_null(out);
	while (*lists)
		print_cells(out, *lists++);
	fclose(out);
	assert_cells(variables, cells);
	free(cells);
}

#define MODES	"HOSTS=pristine,agnostic,hints;"

static void test_the_default_cells_are_those_of_the_published_results(void **unused)
{
	static const char *const lists[] = {
		MODES "OVERCOMMIT=1,2,4",
		"HOSTS=pristine-nople;OVERCOMMIT=4",
		MODES "OVERCOMMIT=4;LAYOUTS=flat",
		NULL,
	};
	static const char *const full[] = {
		MODES "OVERCOMMIT=1,2,4",
		"HOSTS=pristine-nople;OVERCOMMIT=4",
		MODES "OVERCOMMIT=4;LAYOUTS=flat",
		MODES "OVERCOMMIT=3",
		MODES "OVERCOMMIT=4;LAYOUTS=vm",
		"HOSTS=off,off-nople;OVERCOMMIT=4",
		"HOSTS=pristine;GUESTS=tas,pv-notlb;OVERCOMMIT=1,2,4",
		MODES "OVERCOMMIT=1+hog,2+hog,4+solo",
		MODES "OVERCOMMIT=1@4,4@4,1@8,2@8,4@8",
		NULL,
	};

	(void)unused;
	assert_same_cells("", lists);
	assert_same_cells("FULL=1", full);
}

static void test_a_plan_says_how_long_it_takes(void **unused)
{
	(void)unused;
	assert_summary("", "compare: 26 cells x 12 seeds, 4 to a boot = 78 runs of 8 workloads, 1 at a time, about 49 min");
	assert_summary("QUICK=1;JOBS=2", "compare: 12 cells x 8 seeds, 4 to a boot = 24 runs of 8 workloads, 2 at a time, about 8 min");
	assert_summary("FULL=1", "compare: 96 cells x 8 seeds, 4 to a boot = 192 runs of 27 workloads, 1 at a time, about 539 min");
	/* Real time wants the machine for itself. */
	assert_summary("QUICK=1;JOBS=2;MTTCG=1;ROUNDS=007;PER_BOOT=2;WORKLOADS=lock",
		       "compare: 12 cells x 7 seeds, 2 to a boot = 48 runs of 1 workloads, 1 at a time, about 11 min");
}

static void test_more_runs_than_anybody_waits_for_are_refused(void **unused)
{
	static const char *const many[] = {
		"ROUNDS=999999999", "ROUNDS=999999999;FULL=1",
		"ROUNDS=33337;QUICK=1", "ROUNDS=100001;PER_BOOT=1;HOSTS=off;GUESTS=pv;OVERCOMMIT=1",
	};
	struct settings s;
	struct plan p;

	(void)unused;
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
		FILE *err;

		assert_true(read_from(&s, many[i]));
		err = to_text();
		assert_false(make_plan(&p, &s, err));
		fclose(err);
		assert_non_null(strstr(text, "more than 100000 runs"));
		free_plan(&p);
		free_settings(&s);
	}
	assert_summary("ROUNDS=100000;HOSTS=off;GUESTS=pv;OVERCOMMIT=1;JOBS=999999999",
		       "compare: 1 cells x 100000 seeds, 4 to a boot = 25000 runs of 8 workloads, 999999999 at a time, about 0 min");
}

static void test_limits_grow_with_what_is_to_be_done(void **unused)
{
	struct settings s;

	(void)unused;
	assert_true(read_from(&s, "WORKLOADS=lock,mmap;MS=150;WARM=50"));
	assert_int_equal(virtual_limit(&s), 80);
	assert_int_equal(wall_limit(&s), 4 * 960);
	assert_int_equal(expected_cost(&s, shape_of("1"), 1), 13);
	assert_int_equal(expected_cost(&s, shape_of("4@8"), 3), 84);
	free_settings(&s);
	assert_true(read_from(&s, "WORKLOADS=lock,mmap;MS=150;WARM=50;MTTCG=1"));
	assert_int_equal(virtual_limit(&s), 800);
	free_settings(&s);
}

static void test_shapes_are_those_of_the_documentation(void **unused)
{
	static const struct shape expected[] = {
		{ "1", .pcpus = 2, .vcpus = 2, .vms = 1 },
		{ "2", .pcpus = 2, .vcpus = 4, .vms = 1 },
		{ "3", .pcpus = 2, .vcpus = 4, .vms = 2, .hog_vcpus = 2 },
		{ "4", .pcpus = 2, .vcpus = 4, .vms = 2 },
		{ "1+hog", .pcpus = 2, .vcpus = 1, .vms = 2 },
		{ "2+hog", .pcpus = 2, .vcpus = 2, .vms = 2 },
		{ "4+solo", .pcpus = 2, .vcpus = 8, .vms = 1 },
		{ "4+pinned", .pcpus = 2, .vcpus = 4, .vms = 2, .vm = ",pin=1" },
		{ "2+quota", .pcpus = 2, .vcpus = 4, .vms = 1, .vm = ",max=110" },
		{ "1@4", .pcpus = 4, .vcpus = 4, .vms = 1 },
		{ "4@4", .pcpus = 4, .vcpus = 8, .vms = 2 },
		{ "4@4+sockets", .pcpus = 4, .vcpus = 8, .vms = 2, .sockets = 2 },
		{ "4@4+smt", .pcpus = 4, .vcpus = 8, .vms = 2, .threads = 2 },
		{ "4@4+core", .pcpus = 4, .vcpus = 8, .vms = 2, .threads = 2, .vm = ",core=1" },
		{ "1@8", .pcpus = 8, .vcpus = 8, .vms = 1 },
		{ "2@8", .pcpus = 8, .vcpus = 8, .vms = 2 },
		{ "4@8", .pcpus = 8, .vcpus = 8, .vms = 4 },
		{ "1@16", .pcpus = 16, .vcpus = 16, .vms = 1 },
		{ "1@32", .pcpus = 32, .vcpus = 32, .vms = 1 },
		{ "8@2", .pcpus = 2, .vcpus = 8, .vms = 2 },
		{ "8@4", .pcpus = 4, .vcpus = 16, .vms = 2 },
		{ "8@6", .pcpus = 6, .vcpus = 24, .vms = 2 },
		{ "8@8", .pcpus = 8, .vcpus = 32, .vms = 2 },
		{ "8@12", .pcpus = 12, .vcpus = 48, .vms = 2 },
		{ "8@16", .pcpus = 16, .vcpus = 64, .vms = 2 },
	};
	FILE *out = to_text();

	(void)unused;
	print_words(out, OVERCOMMIT, " ");
	assert_text(out, " 1 2 3 4 1+hog 2+hog 4+solo 4+pinned 2+quota 1@4 4@4 4@4+sockets 4@4+smt 4@4+core 1@8 2@8 4@8 1@16 1@32 8@2 8@4 8@6 8@8 8@12 8@16");
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct shape *shape = shape_of(expected[i].label);

		assert_string_equal(shape->label, expected[i].label);
		assert_int_equal(shape->pcpus, expected[i].pcpus);
		assert_int_equal(shape->vcpus, expected[i].vcpus);
		assert_int_equal(shape->vms, expected[i].vms);
		assert_int_equal(shape->hog_vcpus, expected[i].hog_vcpus);
		assert_int_equal(shape->threads, expected[i].threads);
		assert_int_equal(shape->sockets, expected[i].sockets);
		assert_string_equal(shape->vm, expected[i].vm);
	}
}

static void test_a_host_is_its_parameters(void **unused)
{
	(void)unused;
	assert_parameters("pristine", "");
	assert_parameters("pristine-nople", "kvm_amd.pause_filter_count=0 ");
	assert_parameters("off-mark", "kvm.boost=off kvm.spin_preempted=1 ");
	assert_parameters("agnostic-nolend-nomark", "kvm.boost=agnostic kvm.boost_mark=0 ");
	/* In the order of the table, once each; of several windows the first. */
	assert_parameters("hints--nolatency-nograce-pf300-nohc-pf100-nople-nohc-nodone-nohalt-",
			  "kvm.boost=hints kvm_amd.pause_filter_count=0 kvm_amd.pause_filter_count=300 kvm.boost_hypercall=0 kvm.boost_halt=0 kvm.boost_done=0 kvm.boost_grace_us=0 kvm.boost_latency_us=0 ");
	assert_string_equal(host_of("pristine-nople").kernel, "pristine");
	assert_string_equal(host_of("off").kernel, "boost");
	assert_string_equal(host_of("agnostic").guest_kernel, "pristine");
	assert_string_equal(host_of("hints-nohc").guest_kernel, "boost");
}

static void assert_script(const char *variables, unsigned long boot,
			  const char *expected)
{
	struct settings s;
	struct plan p;
	FILE *out;

	make(&s, &p, variables);
	assert_int_equal(p.n_cells, 1);
	out = to_text();
	print_script(out, &s, &p.cells[0], boot);
	assert_text(out, expected);
	free_plan(&p);
	free_settings(&s);
}

static void test_seeds_are_divided_among_boots(void **unused)
{
	struct settings s;

	(void)unused;
	assert_true(read_from(&s, "ROUNDS=10;PER_BOOT=4;SEED=5"));
	assert_int_equal(boots_of(&s), 3);
	assert_int_equal(first_seed_of(&s, 0), 5);
	assert_int_equal(first_seed_of(&s, 2), 13);
	assert_int_equal(rounds_in_boot(&s, 1), 4);
	assert_int_equal(rounds_in_boot(&s, 2), 2);
	free_settings(&s);
	assert_true(read_from(&s, "ROUNDS=3;PER_BOOT=8"));
	assert_int_equal(boots_of(&s), 1);
	assert_int_equal(rounds_in_boot(&s, 0), 3);
	free_settings(&s);
}

/* Keys of kept runs are digests over these. */
static void test_scripts_are_what_they_were(void **unused)
{
	(void)unused;
	assert_script("HOSTS=pristine;GUESTS=native;OVERCOMMIT=1;WORKLOADS=lock;PER_BOOT=1", 0,
		      "#!/bin/busybox sh\n"
		      "vmctl --out /out --layout vcpu --limit 68 \\\n"
		      "\t--vm w:vcpus=2,locks=native,tlb=on,jobs=lock,ms=100,warm=60,seed=1\n"
		      "rc=$?\n"
		      "exit $rc\n");
	assert_script("HOSTS=hints-noreturn-nolend;GUESTS=pv-notlb;OVERCOMMIT=3;LAYOUTS=vm;WORKLOADS=lat-ipi,perf-pipe;MS=20;WARM=0;PER_BOOT=4",
		      2,
		      "#!/bin/busybox sh\n"
		      "echo NO_YIELD_LEND >/sys/kernel/debug/sched/features\n"
		      "echo NO_YIELD_RETURN >/sys/kernel/debug/sched/features\n"
		      "vmctl --out /out --layout vm --limit 62 \\\n"
		      "\t--vm w:vcpus=4,locks=pv,tlb=off,cpu=kvm-pv-boost=on,mem=384,jobs=lat-ipi+perf-pipe,ms=20,warm=0,seed=9,repeat=4 \\\n"
		      "\t--vm hog1:vcpus=2,jobs=hog,seed=9,start_us=3874\n"
		      "rc=$?\n"
		      "cp /sys/kernel/debug/sched/yield_loans /out/\n"
		      "exit $rc\n");
	/* Programs are only for the guest that runs them. */
	assert_script("HOSTS=pristine;GUESTS=pv;OVERCOMMIT=4;WORKLOADS=pgbench,make;PER_BOOT=1", 0,
		      "#!/bin/busybox sh\n"
		      "vmctl --out /out --layout vcpu --limit 76 \\\n"
		      "\t--vm w:vcpus=4,locks=pv,tlb=on,mem=512,jobs=pgbench+make,ms=100,warm=60,seed=1 \\\n"
		      "\t--vm hog1:vcpus=4,jobs=hog,seed=1,start_us=3978,initrd=/l2/base.cpio\n"
		      "rc=$?\n"
		      "exit $rc\n");
	assert_script("HOSTS=pristine-fifo-slice100-base100;GUESTS=pv;OVERCOMMIT=1;WORKLOADS=audio;PER_BOOT=1",
		      0,
		      "#!/bin/busybox sh\n"
		      "echo 100000 >/sys/kernel/debug/sched/base_slice_ns\n"
		      "vmctl --out /out --layout vcpu --limit 68 \\\n"
		      "\t--vm w:vcpus=2,locks=pv,tlb=on,jobs=audio,slice_us=100,policy=fifo,ms=100,warm=60,seed=1\n"
		      "rc=$?\n"
		      "exit $rc\n");
	/* What is special about a shape is so for each VM. */
	assert_script("HOSTS=pristine;GUESTS=pv;OVERCOMMIT=4@4+core;WORKLOADS=lock;PER_BOOT=1", 0,
		      "#!/bin/busybox sh\n"
		      "vmctl --out /out --layout vcpu --limit 68 \\\n"
		      "\t--vm w:vcpus=8,locks=pv,tlb=on,jobs=lock,core=1,ms=100,warm=60,seed=1 \\\n"
		      "\t--vm hog1:vcpus=8,jobs=hog,seed=1,start_us=3978,core=1\n"
		      "rc=$?\n"
		      "exit $rc\n");
	assert_script("HOSTS=off;GUESTS=tas;OVERCOMMIT=4@8;LAYOUTS=flat;WORKLOADS=lock;SEED=999999999;ROUNDS=1",
		      0,
		      "#!/bin/busybox sh\n"
		      "vmctl --out /out --layout flat --limit 68 \\\n"
		      "\t--vm w:vcpus=8,locks=tas,tlb=on,jobs=lock,ms=100,warm=60,seed=999999999,repeat=1 \\\n"
		      "\t--vm hog1:vcpus=8,jobs=hog,seed=999999999,start_us=1504 \\\n"
		      "\t--vm hog2:vcpus=8,jobs=hog,seed=999999999,start_us=4245 \\\n"
		      "\t--vm hog3:vcpus=8,jobs=hog,seed=999999999,start_us=1986\n"
		      "rc=$?\n"
		      "cp /sys/kernel/debug/sched/yield_loans /out/\n"
		      "exit $rc\n");
}

static char *facts[] = {
	"revision=abc", "dirty=", "time_model=shift=1", "kernel_version=6.12",
	"config_sha256=c", "image_sha256=i", "boost_image_sha256=",
	"qemu_version=QEMU 10", "series_sha256=s", "qemu_sha256=q",
	"l1_sha256=1", "l2_sha256=2", "cpu=a \"quoted\" CPU", "cores=2",
	"machine_kernel=6.1", "machines=2/:", "command_line=qemu -append 'a\tb\\'", "extra=",
};

#define N_FACTS	(sizeof(facts) / sizeof(facts[0]) - 1)

static bool conditions_of(const char *variables, char **list, size_t n)
{
	struct settings s;
	struct plan p;
	bool good;
	FILE *out;

	make(&s, &p, variables);
	out = to_text();
	good = print_conditions(out, &s, &p, list, n, out);
	fclose(out);
	free_plan(&p);
	free_settings(&s);
	return good;
}

static void test_conditions_have_every_fact(void **unused)
{
	static const char *const parts[] = {
		"\"dirty\": false",
		"\"mode\": \"deterministic\"",
		"\"cpu\": \"a \\\"quoted\\\" CPU\"",
		"'a\\tb\\\\'",
		"\"hints-noadvance\": \"boost kvm.boost=hints NO_YIELD_ADVANCE, guest kernel boost,cpu=kvm-pv-boost=on\"",
		"\"pristine-slice100\": \"pristine , guest kernel pristine,slice_us=100\"",
		"\"off\": \"boost kvm.boost=off , guest kernel pristine\"",
		"\"off pv 1 vcpu\": \"#!/bin/busybox sh\\nvmctl ",
		"exit $rc\"",
	};

	(void)unused;
	assert_true(conditions_of("HOSTS=hints-noadvance,off,pristine-slice100;GUESTS=pv;OVERCOMMIT=1;WORKLOADS=lock",
				  facts, N_FACTS));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strstr(text, parts[i]))
			fail_msg("no %s in %s", parts[i], text);
}

static void test_conditions_refuse_a_fact_too_few_or_too_many(void **unused)
{
	(void)unused;
	assert_false(conditions_of("QUICK=1", facts, N_FACTS + 1));
	assert_string_equal(text, "conditions: there is a fact too many\n");
	assert_false(conditions_of("QUICK=1", facts, N_FACTS - 1));
	assert_string_equal(text, "conditions: no command_line given\n");
	assert_false(conditions_of("QUICK=1", facts, 0));
	assert_string_equal(text, "conditions: no revision given\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_words_are_refused_with_the_known_ones),
		cmocka_unit_test(test_flags_that_mean_nothing_on_a_host_are_refused),
		cmocka_unit_test(test_numbers_and_switches_have_their_limits),
		cmocka_unit_test(test_the_first_mistake_is_told),
		cmocka_unit_test(test_what_is_given_crosses_and_the_rest_is_plain),
		cmocka_unit_test(test_the_default_cells_are_those_of_the_published_results),
		cmocka_unit_test(test_a_plan_says_how_long_it_takes),
		cmocka_unit_test(test_more_runs_than_anybody_waits_for_are_refused),
		cmocka_unit_test(test_limits_grow_with_what_is_to_be_done),
		cmocka_unit_test(test_shapes_are_those_of_the_documentation),
		cmocka_unit_test(test_a_host_is_its_parameters),
		cmocka_unit_test(test_seeds_are_divided_among_boots),
		cmocka_unit_test(test_scripts_are_what_they_were),
		cmocka_unit_test(test_conditions_have_every_fact),
		cmocka_unit_test(test_conditions_refuse_a_fact_too_few_or_too_many),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(text);
	return failed;
}
