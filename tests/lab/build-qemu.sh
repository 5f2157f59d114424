#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds QEMU's x86 system emulator. It wants a newer meson than Debian 12 has:
# the one that fetch.sh put below build/ serves configure and, when it
# regenerates its files, ninja.
#
# usage: build-qemu.sh SOURCE OUTPUT

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -eq 2 ] || die "usage: build-qemu.sh SOURCE OUTPUT"
source=$1 output=$2

# Debian's python: one of pyenv's, found first, lacks Debian's modules
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PYTHONPATH=$PVB_BUILD/meson/usr/lib/python3/dist-packages

mkdir -p "$output"
cd "$output"
key=$( (realpath "$source"; cat "$0" "$PVB_BUILD/meson/version") | sha256sum)
if [ "$(cat .pvb-config 2>/dev/null)" != "$key" ]; then
	rm -rf .pvb-config config-host.mak build.ninja meson-private pyvenv
	"$source/configure" --python=/usr/bin/python3 --cc='ccache gcc' \
		--target-list=x86_64-softmmu --disable-install-blobs \
		--without-default-features --enable-system --enable-tcg \
		--enable-kvm --enable-attr --enable-virtfs --enable-fdt=system \
		--firmwarepath=/usr/share/seabios:/usr/share/qemu \
		--disable-debug-info --disable-download
	echo "$key" >.pvb-config
fi
ninja -j"$PVB_JOBS" qemu-system-x86_64
