#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds a kernel out of tree: tinyconfig plus the given fragments, of which
# every line has to take effect. The image depends on source, configuration and
# compiler only, not on when, where and by whom it is built. A fragment's lines
# "# make: VARIABLE=value..." go to make.
#
# usage: build-kernel.sh [--make "TARGET..."] SOURCE OUTPUT FRAGMENT...

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

targets='bzImage modules'
if [ "${1:-}" = --make ]; then
	targets=${2:-}
	shift 2
fi
[ $# -ge 3 ] || die "usage: build-kernel.sh SOURCE OUTPUT FRAGMENT..."
source=$(realpath "$1") output=$(realpath -m "$2")
shift 2
mapfile -t fragments < <(realpath "$@")
set -- "${fragments[@]}"

export PATH=/usr/sbin:/usr/bin:/sbin:/bin
export KBUILD_BUILD_TIMESTAMP='2026-01-01 00:00:00 UTC'
export KBUILD_BUILD_USER=pv-boost KBUILD_BUILD_HOST=lab KBUILD_BUILD_VERSION=1
export ARCH=x86_64 LOCALVERSION=

kmake() {
	make -C "$source" O="$output" -j"$PVB_JOBS" CC='ccache gcc' HOSTCC='ccache gcc' "$@"
}

# Lines of the fragments (the last word on a symbol counts) that .config lacks.
untaken() {
	awk '
	{
		if (match($0, /^CONFIG_[A-Za-z0-9_]+=/)) {
			name = substr($0, 1, RLENGTH - 1); value = substr($0, RLENGTH + 1)
		} else if ($0 ~ /^# CONFIG_[A-Za-z0-9_]+ is not set$/) {
			name = $2; value = "n"
		} else {
			next
		}
		if (FILENAME == config) have[name] = value
		else want[name] = value
	}
	END {
		for (name in want)
			if ((name in have ? have[name] : "n") != want[name])
				print name "=" want[name]
	}' config="$output/.config" "$@" "$output/.config" | sort
}

mkdir -p "$output"
key=$(echo "$source" | cat - "$@" "$0" | sha256sum)
if [ "$(cat "$output/.pvb-config" 2>/dev/null)" != "$key" ]; then
	rm -f "$output/.pvb-config"
	kmake -s tinyconfig
	(cd "$output" && "$source/scripts/kconfig/merge_config.sh" -m -O . .config "$@")
	echo "$key" >"$output/.pvb-config"
fi
# the source may have got new symbols since
kmake -s olddefconfig
lost=$(untaken "$@" | xargs)
[ -z "$lost" ] ||
	die "kernel configuration: no effect of $lost (look for their 'depends on' in Kconfig, or remove them from $*)"
mapfile -t variables < <(sed -n 's/^# make: //p' "$@" | xargs -r -n 1)
# shellcheck disable=SC2086 # a list
kmake ${variables[@]+"${variables[@]}"} $targets
