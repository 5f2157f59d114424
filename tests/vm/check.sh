# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by tests/vm/test-*: PASS, FAIL and SKIP lines and the sum.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${PVB_BUILD:-$top/build}
# shellcheck disable=SC2034 # for those who source this
run_l1=$top/tests/vm/run-l1
logs=$build/logs/$(basename "$0")
passed=0 failed=0

rm -rf "$logs"
mkdir -p "$logs"

pass() {
	echo "PASS $1"
	passed=$((passed + 1))
}

fail() {	# name reason
	echo "FAIL $1: $2"
	failed=$((failed + 1))
}

skip() {	# name reason
	echo "SKIP $1: $2"
}

check() {	# name command...: passes if the command succeeds
	local name=$1
	shift
	if "$@" >"$logs/$name.check" 2>&1; then
		pass "$name"
	else
		fail "$name" "$* ($(tail -n 1 "$logs/$name.check"))"
	fi
}

summary() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
