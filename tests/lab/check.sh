# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by tests/*/test-*: logs, checks, and what jobs in L1 printed.

# A suite's first comment is its help.
case ${1-} in
-h | --help) sed -n '/^#$/,/^[^#]*$/s/^# \{0,1\}//p' "$0"; exit ;;
esac

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${PVB_BUILD:-$top/build}
# shellcheck disable=SC2034 # for those who source this
run_l1=$top/tests/lab/run-l1
logs=$build/logs/$(basename "$0")
# shellcheck source=tests/lab/tap.sh
. "$top/tests/lab/tap.sh"

rm -rf "$logs"
mkdir -p "$logs"

check() {	# name command...: passes if the command succeeds
	local name=$1
	shift
	if "$@" >"$logs/$name.check" 2>&1; then
		pass "$name"
	else
		fail "$name" "$* ($(tail -n 1 "$logs/$name.check"))"
	fi
}

# Passes if the command before it succeeded.
verdict() {	# NAME DETAIL
	if [ $? = 0 ]; then
		pass "$1 ($2)"
	else
		fail "$1" "$2"
	fi
}

# What pvb-plan and pvb-stat of a build want and L1 lacks, a path a line.
tool_libraries() {	# BUILD
	ldd "$1"/bin/pvb-{plan,stat} | grep -o '/[^ ]*lib\(json-c\|Rmath\|m\)[^ ]*' | sort -u
}

# Takes over the results in run-l1's output $logs/NAME, where the job must have come
# to its end.
take_job() {	# NAME RUN-L1-EXIT-CODE LAST-LINE PREFIX
	local out=$logs/$1
	[ ! -e "$out/job.log" ] || tap_take "$4" <"$out/job.log"
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
