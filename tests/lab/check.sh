# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by tests/*/test-*: PASS, FAIL and SKIP lines and the sum.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${PVB_BUILD:-$top/build}
# shellcheck disable=SC2034 # for those who source this
run_l1=$top/tests/lab/run-l1
logs=$build/logs/$(basename "$0")
passed=0 failed=0 skipped=0

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
	skipped=$((skipped + 1))
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

# Takes over what a job printed, from its standard input.
take_lines() {	# PREFIX of the names, maybe empty
	local line
	while read -r line; do
		case $line in
		PASS*) pass "$1${line#PASS }" ;;
		FAIL*) line=${line#FAIL }; fail "$1${line%%:*}" "${line#*:}" ;;
		SKIP*) line=${line#SKIP }; skip "$1${line%%:*}" "${line#*: }" ;;
		esac
	done
}

# The same of run-l1's output $logs/NAME, where the job must have come to its end.
take_job() {	# NAME RUN-L1-EXIT-CODE LAST-LINE PREFIX
	local out=$logs/$1
	take_lines "$4" < <(tr -d '\r' <"$out/job.log" 2>/dev/null)
	job_ended "$@"
}

job_ended() {	# as take_job
	local out=$logs/$1
	if [ "$2" = 0 ] && grep -q "$3" "$out/job.log"; then
		pass "$4no kernel complained, job came to its end"
	else
		fail "$4no kernel complained, job came to its end" "$(tail -n 1 "$logs/$1.log") ($out)"
	fi
}

summary() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}
