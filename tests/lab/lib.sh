# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the lab's scripts share: where things are, how an error looks, how a
# long step is shown and logged, the lock, stamps. Sourced, never run; takes no
# decision of its own. An including script is put into strict mode.

set -euo pipefail

PVB_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# each kernel is built in a directory of its own
KERNEL=${KERNEL:-6.12}
PVB_BUILD=${PVB_BUILD:-$PVB_TOP/build$([ "$KERNEL" = 6.12 ] || echo "/$KERNEL")}
PVB_CACHE=${PVB_CACHE:-${HOME:-$PVB_BUILD}/.cache/pv-boost}
PVB_JOBS=${PVB_JOBS:-$(nproc)}
export PVB_TOP PVB_BUILD PVB_CACHE PVB_JOBS

# Objects are cached relative to the checkout: another clone then hits as well.
export CCACHE_DIR=${CCACHE_DIR:-$PVB_CACHE/ccache}
export CCACHE_BASEDIR=$PVB_TOP CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-4G}
export LC_ALL=C
# the job server and the variables of the make that called us are not for others
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
# git may read a checkout that belongs to another user (CI runs as root)
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

say() {
	printf '%s\n' "$*" >&2
}

# One line: what is wrong and how to mend it. PVB_REASON: a file that gets it, too.
die() {
	say "pv-boost: $*"
	[ -z "${PVB_REASON:-}" ] || printf '%s\n' "$*" >"$PVB_REASON"
	exit 1
}

# The kernels that our parts are for; the first is the default.
PVB_KERNELS='6.12 7.3'
[[ " $PVB_KERNELS " == *" $KERNEL "* ]] ||
	die "KERNEL=$KERNEL: our parts are for Linux ${PVB_KERNELS// / and }, give one of these"

notice() {
	say "pv-boost: note: $*"
}

# Version of a kernel tree by its Makefile, e.g. 6.12.117
kernel_release() {	# TREE
	awk '/^(VERSION|PATCHLEVEL|SUBLEVEL) = / { printf "%s%s", dot, $3; dot = "." }' "$1/Makefile"
}

# Versions of QEMU that there are patches for: "10.0 10.2"
qemu_sets() {
	find "$PVB_TOP/qemu-patches" -mindepth 1 -type d -printf '%f\n' | sort -V | xargs
}

package_names() {	# FILE, of those called packages*
	sed 's/#.*//; s/ .*//' "$1" | xargs
}

# What killed runs left; a young one may be another process's.
remove_old() {	# DIRECTORY...
	find "$@" -maxdepth 1 \( -name '.gone.*' -o -name '.tmp.*' \) -mmin +60 -exec rm -rf {} +
}

# The patches for a QEMU tree; nothing if there are none, as for one between two releases.
qemu_patches() {	# TREE
	local set
	set=$(awk -F. '$3 < 50 { print $1 "." $2 }' "$1/VERSION")
	[[ " $(qemu_sets) " != *" ${set:-none} "* ]] ||
		find "$PVB_TOP/qemu-patches/$set" -name '[0-9]*.patch' | sort
}

# Fragments of the lab's kernel configuration, one a line; the last word counts.
lab_config() {
	echo "$PVB_TOP/tests/lab/kernel.config"
	[ "$KERNEL" = 6.12 ] || echo "$PVB_TOP/tests/lab/kernel-$KERNEL.config"
}

# Removes trees while the caller goes on: on a slow disk it takes minutes. What a
# killed machine leaves goes with a later setup.
# discard PATH...
discard() {
	local gone path
	gone=$(mktemp -d "${PVB_BUILD:-$PVB_TOP/build}/.gone.XXXXXX")
	for path; do
		[ ! -e "$path" ] || mv "$path" "$(mktemp -d -p "$gone")/"
	done
	(setsid rm -rf "$gone" </dev/null >/dev/null 2>&1 8>&- &)
}

# need_space DIR MIB PURPOSE
need_space() {
	local free
	mkdir -p "$1" 2>/dev/null ||
		die "cannot create $1: check its permissions and the space left there"
	free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$2" ] ||
		die "$1 has $free MiB free, $3 needs $2: free some space there and run this again"
}

# One build at a time. The lock goes with the processes that inherit it, so
# what a killed run left working is waited for as well.
# take_lock FILE
take_lock() {
	mkdir -p "$(dirname "$1")"
	exec 8>>"$1"
	if ! flock -n 8; then
		say "waiting for another build here (process $(tail -n 1 "$1"))"
		flock 8
	fi
	echo $$ >"$1"
}

# A stamp says for which input (a hash) a step was last completed.
stamp_is() {	# NAME HASH
	[ "$(cat "$PVB_BUILD/stamps/$1" 2>/dev/null)" = "$2" ]
}

stamp_set() {	# NAME HASH
	mkdir -p "$PVB_BUILD/stamps"
	echo "$2" >"$PVB_BUILD/stamps/.$1.tmp"
	mv "$PVB_BUILD/stamps/.$1.tmp" "$PVB_BUILD/stamps/$1"
}

# Hash of the contents of files, in the order given.
hash_files() {
	cat -- "$@" | sha256sum | cut -d' ' -f1
}

# Progress line of a running step, on terminals only.
step_ticker() {	# LABEL EXPECTED
	local t=0
	while :; do
		printf '\r%s: %d s of about %d s ' "$1" "$t" "$2" >&2
		sleep 1
		t=$((t + 1))
	done
}

step_kill() {	# PID TICKER: the step and everything it started
	trap - INT TERM HUP
	kill -TERM -- "-$1" 2>/dev/null || true
	[ -z "$2" ] || kill "$2" 2>/dev/null || true
	say ""
	die "interrupted: run the same command again, finished steps are kept"
}

step_failed() {	# NAME EXIT_CODE LOG
	local own
	own=$(tail -n 1 "$3" | grep '^pv-boost: ' || true)
	if [ -z "$own" ] && tail -n 40 "$3" | grep -q 'No space left on device'; then
		own="pv-boost: no space left in $(grep -o '[^ ]*: No space left' "$3" |
			tail -n 1 | cut -d: -f1) while doing '$1': free some and run this again"
	fi
	if [ -z "$own" ]; then
		say "last lines of the log:"
		tail -n 15 "$3" | sed 's/^/  | /' >&2
		own="'$1' failed (exit code $2)"
	fi
	die "${own#pv-boost: }; log: $3"
}

# Runs a command as one step: a progress line, output to a log, errors shown.
# step "n of m" NAME EXPECTED_SECONDS COMMAND...
step() {
	local label="[$1] $2" name=$2 expect=$3 rc=0 start=$SECONDS pid ticker='' log
	shift 3
	log=$PVB_BUILD/logs/${name//[ \/]/-}.log
	mkdir -p "$PVB_BUILD/logs"

	# A process group of its own, so that an interrupt reaches all of it.
	set -m
	( set +m -e; "$@" ) >"$log" 2>&1 </dev/null &
	pid=$!
	set +m
	if [ -t 2 ]; then
		step_ticker "$label" "$expect" &
		ticker=$!
	else
		printf '%s (about %d s) ... ' "$label" "$expect" >&2
	fi
	# shellcheck disable=SC2064 # the pids of now are meant
	trap "step_kill $pid '$ticker'" INT TERM HUP
	wait "$pid" || rc=$?
	if [ -n "$ticker" ]; then
		kill "$ticker"
		wait "$ticker" 2>/dev/null || true
		printf '\r%s: ' "$label" >&2
	fi
	trap - INT TERM HUP
	if [ "$rc" -eq 0 ]; then
		say "done in $((SECONDS - start)) s (expected $expect)          "
	else
		say "failed after $((SECONDS - start)) s                    "
		step_failed "$name" "$rc" "$log"
	fi
}

step_current() {	# "n of m" NAME
	say "[$1] $2: up to date"
}
