# SPDX-License-Identifier: GPL-2.0
#
# pv-boost: every command of the project, and nothing else. The work is done by
# the scripts named here; variables given to make reach them as environment.

.PHONY: help setup compare compare-host test soak shell guest overlay series refresh deb \
	kernel-debug kernel-big kernel-bpf clean
.DEFAULT_GOAL := help
.NOTPARALLEL:

# each kernel is built in a directory of its own
ifneq ($(filter-out 6.12,$(KERNEL)),)
export PVB_BUILD ?= $(CURDIR)/build/$(KERNEL)
endif

help:
	@echo 'make setup     get the sources, build QEMU, kernels and tools (implied by the others)'
	@echo 'make compare   measure, print the table, write the page; results in build/results/latest'
	@echo '                 QUICK=1 FULL=1 HOSTS= GUESTS= WORKLOADS= OVERCOMMIT= LAYOUTS= ROUNDS= SSHLOGIN= MTTCG=1'
	@echo 'make compare-host   the same with guests on this machine itself; see docs/install.md'
	@echo 'make test      all tests; ends with "N passed, N failed"; SUITES="name ..." for some'
	@echo 'make soak      loaded guests, many rounds: counts good, hung, crashed; ROUNDS=n'
	@echo 'make shell     a shell in the emulated host; make guest: one in a guest in that'
	@echo 'make overlay   put our kernel parts into KSRC=dir; PARTS="guest host"'
	@echo 'make series    the same as mailable patches, build/series'
	@echo 'make refresh   take edits of an overlaid tree (KSRC=, default build/src/linux-boost) back'
	@echo 'make kernel-debug   the kernel with lockdep and KASAN, build/kernel/debug'
	@echo 'make kernel-bpf     one with BPF and sched_ext, build/kernel/bpf'
	@echo 'make kernel-big     a kernel for guests of more than 64 vCPUs, build/kernel/big'
	@echo 'make deb       packages of kernel, QEMU, tools for a real host, build/deb; KCONFIG=path'
	@echo 'make clean     remove build/; what was downloaded and compiled stays in ~/.cache/pv-boost'
	@echo 'KERNEL=7.3: Linux 7.3 instead of 6.12, in build/7.3'
	@echo 'KSRC=dir QEMU_SRC=dir: build from your own Linux, QEMU (never modified)'

setup:
	@tests/lab/setup.sh

compare: setup
	@tests/latency/compare

compare-host: setup
	@tests/latency/compare-host

test:
	@tests/run $(SUITES)

soak: setup
	@tests/host/soak

shell: setup
	@tests/lab/shell

guest: setup
	@tests/lab/shell guest

overlay:
	@tests/series/overlay "$(KSRC)"

series:
	@tests/series/series "$(KSRC)"

refresh:
	@tests/series/refresh "$(KSRC)"

kernel-debug kernel-big kernel-bpf:
	@tests/lab/setup.sh --$(@:kernel-%=%)

deb:
	@tests/lab/setup.sh --deb
	@tests/lab/deb

clean:
	@tests/lab/clean
