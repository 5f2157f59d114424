// SPDX-License-Identifier: GPL-2.0
/*
 * KVM selftest of the pv-boost channel: the capability, CPUID, the MSR and every
 * bad value, the header's snapshot, the map of guest CPU numbers, mapping and memory slots,
 * INIT, save and restore. Runs as a program on the host under test, against its
 * /dev/kvm and with debugfs mounted. Which vCPU KVM runs on a guest's word is not tested here.
 *
 * The guest is a loop that executes the commands the host gives it; the pages'
 * contents are written by the host, which can do so sooner than any hostile
 * guest. What KVM made of it is read from the vCPU's debugfs file. Each test is
 * named after what it checks and runs in a process of its own.
 *
 * This file lists the tests, runs and counts them. They are in the parts below, which
 * are included because the Makefile makes a selftest of one source file.
 */
#include <sys/wait.h>

#include "pv_boost_test.h"

#include "pv_boost_test_offer.c"
#include "pv_boost_test_refuse.c"
#include "pv_boost_test_critical.c"
#include "pv_boost_test_latency.c"
#include "pv_boost_test_words.c"
#include "pv_boost_test_cpus.c"
#include "pv_boost_test_life.c"

#define TEST(name) { #name, test_##name }
static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	TEST(msr_is_saved),
	TEST(feature_is_not_in_supported_cpuid),
	TEST(capability_has_bounds),
	TEST(capability_is_not_there_when_off),
	TEST(vmm_that_passes_cpuid_on_has_no_feature),
	TEST(cpuid_bit_without_the_capability_is_nothing),
	TEST(no_msr_without_the_cpuid_bit),
	TEST(registers_with_the_cpuid_bit),
	TEST(bad_msr_values_are_refused),
	TEST(page_the_guest_cannot_write_is_refused),
	TEST(device_memory_is_refused),
	TEST(critical_word_in_device_memory_is_not_read),
	TEST(critical_section_has_grace),
	TEST(latency_word_is_read_and_checked),
	TEST(bad_headers_are_refused),
	TEST(header_counts_as_it_was_when_registered),
	TEST(wait_word_is_read_and_checked),
	TEST(what_the_guest_does_not_use_is_not_read),
	TEST(service_ends_and_begins_with_the_mode),
	TEST(mode_is_told_when_the_page_is_back),
	TEST(last_claim_of_a_cpu_number_counts),
	TEST(vcpus_may_be_created_and_numbered_in_any_order),
	TEST(4096_numbers_and_duplicates),
	TEST(mapping_follows_memory_slots),
	TEST(registration_races_with_slot_deletion),
	TEST(init_unregisters),
	TEST(userspace_sets_before_the_vcpu_runs),
	TEST(bad_page_does_not_fail_restore),
	TEST(save_and_restore),
	TEST(hints_of_a_vcpu_in_a_nested_guest_are_ignored),
	TEST(hypercall),
};

int main(int argc, char *argv[])
{
	int passed = 0, failed = 0, skipped = 0, status;
	const char *only = NULL;
	unsigned int i;
	pid_t pid;
	int opt;

	while ((opt = getopt(argc, argv, "d:")) != -1) {
		if (opt != 'd') {
			fprintf(stderr, "usage: %s [-d ADDRESS] [PART-OF-NAME]\n"
				"  -d  physical address of device memory, for the test that needs it\n",
				argv[0]);
			return 2;
		}
		device_memory = strtoull(optarg, NULL, 0);
	}
	if (optind < argc)
		only = argv[optind];

	TEST_REQUIRE(!access(BOOST_PARAM, F_OK));
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		if (only && !strstr(tests[i].name, only))
			continue;
		pid = fork();
		if (!pid) {
			tests[i].run();
			exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid) {
			perror(tests[i].name);
			return 1;
		}
		if (status == 0) {
			printf("ok - %s\n", tests[i].name);
			passed++;
		} else if (WIFEXITED(status) && WEXITSTATUS(status) == KSFT_SKIP) {
			printf("ok - %s # SKIP not possible here, see above\n", tests[i].name);
			skipped++;
		} else {
			printf("not ok - %s: status %#x\n", tests[i].name, status);
			failed++;
		}
	}
	printf("# %d passed, %d failed, %d skipped\n1..%d\n", passed, failed, skipped,
	       passed + failed + skipped);
	return failed || !passed;
}
