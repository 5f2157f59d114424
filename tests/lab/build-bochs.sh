#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds Bochs, the emulator of an Intel host, with the patches of tests/emulator/intel/
# and without a display.
#
# usage: build-bochs.sh SOURCE OUTPUT

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -eq 2 ] || die "usage: build-bochs.sh SOURCE OUTPUT"
source=$1 output=$2

rm -rf "$output"
mkdir -p "$output/obj"
git clone -q "$source" "$output/src"
git -C "$output/src" -c user.name=pv-boost -c user.email=pv-boost@localhost \
	am -q "$PVB_TOP"/tests/emulator/intel/*.patch
cd "$output/obj"
../src/configure CC='ccache gcc' CXX='ccache g++' CFLAGS=-O2 CXXFLAGS=-O2 \
	--with-nogui --disable-docbook --disable-readline --disable-cdrom --disable-show-ips \
	--enable-cpu-level=6 --enable-x86-64 --enable-smp --enable-vmx=2 \
	--enable-avx --enable-evex --enable-all-optimizations
make -j"$PVB_JOBS" bochs
mv bochs "$output/bochs"
