# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by the checks of the sources: which files there are, and a verdict.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lab/lib.sh"
# shellcheck source=tests/lab/tap.sh
. "$PVB_TOP/tests/lab/tap.sh"
cd "$PVB_TOP"

our_files() {	# GLOB...: tracked, or new and not ignored
	git ls-files -co --exclude-standard -- "$@" | sort -u | while read -r f; do
		[ ! -f "$f" ] || echo "$f"
	done
}

# verdict NAME FILES BAD: BAD holds one line per complaint
verdict() {
	if [ -z "$3" ]; then
		pass "$1: $2 files"
		return
	fi
	fail "$1" "$(head -n 1 <<<"$3")"
	printf '%s\n' "$3" | note
}
