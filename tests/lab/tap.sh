# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# TAP, the one format of results, is known here and where it is printed in C:
#	ok - NAME[: DETAIL]
#	not ok - NAME: REASON
#	ok - NAME # SKIP REASON
#	1..N		the plan: so many of these lines are in this output
# Sourced by suites, by tests/run, and by jobs in L1 (busybox sh) as /job/tap.sh.

passed=0 failed=0 skipped=0
tap_tab=$(printf '\t')
tap_newline='
'

# A text is one line, and has no '#', which begins a directive: '*' stands for it.
tap_point() {	# ok|"not ok" TEXT [WHY-SKIPPED]
	case $2${3-} in
	*'#'* | *"$tap_newline"*)
		set -- "$1" "$(printf %s "$2" | tr '#\n' '* ')" "$(printf %s "${3-}" | tr '#\n' '* ')"
		;;
	esac
	printf '%s - %s\n' "$1" "$2${3:+ # SKIP $3}"
}

pass() {	# NAME[: DETAIL]
	tap_point ok "$1"
	passed=$((passed + 1))
}

fail() {	# NAME [REASON]
	tap_point 'not ok' "$1${2:+: $2}"
	failed=$((failed + 1))
}

skip() {	# NAME REASON
	tap_point ok "$1" "${2:-no reason given}"
	skipped=$((skipped + 1))
}

# More about a failure, from standard input: no line of it is a result.
note() {
	sed 's/^/# /'
}

# The end of a suite: the sum for people, the plan, and the exit code.
summary() {
	echo "# $passed passed, $failed failed, $skipped skipped"
	echo "1..$((passed + failed + skipped))"
	[ "$failed" = 0 ]
}

# Results in standard input, numbered ones too, one a line: "pass|fail|skip", the name
# with its detail, and why it was skipped, with tabs between them.
tap_read() {
	tr -d '\r' | awk '
	/^Bail out!/ { print "fail\tbail_out: " substr($0, 11) }
	/^(not )?ok( |$)/ {
		word = /^not/ ? "fail" : "pass"
		why = ""
		gsub(/\t/, " ")
		sub(/^(not )?ok */, "")
		sub(/^[0-9]+( +|$)/, "")
		sub(/^- */, "")
		if (match($0, /(^| +)# *[Ss][Kk][Ii][Pp]/)) {
			word = "skip"
			why = substr($0, RSTART + RLENGTH)
			sub(/^[^ ]* */, "", why)
			$0 = substr($0, 1, RSTART - 1)
		}
		print word "\t" ($0 == "" ? "unnamed" : $0) "\t" why
	}'
}

# What is wrong with the number of results in standard input: one line, or nothing.
tap_plan() {
	tr -d '\r' | awk '
	/^1\.\.[0-9]+/ { planned += substr($1, 4); any = 1 }
	/^(not )?ok( |$)/ { n++ }
	END {
		if (!n)
			print "no result at all"
		else if (any && n != planned)
			print planned " results planned, " n " came"
	}'
}

# Takes over the results in standard input as results of one's own.
tap_take() {	# PREFIX of the names, maybe empty
	while IFS=$tap_tab read -r tap_word tap_name tap_why; do
		[ -z "$tap_word" ] || "$tap_word" "$1$tap_name" "$tap_why"
	done <<-END
	$(tap_read)
	END
}
