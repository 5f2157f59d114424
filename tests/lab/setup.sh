#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# From a bare Debian machine to a built lab: packages, sources, our series, QEMU,
# kernels, tools, initramfs. Each step runs only when its input changed since it
# was last completed, so a second run takes seconds, and a killed one goes on
# where it was.
#
# usage: setup.sh [--debug | --kcsan | --bpf | --big | --old-qemu | --bochs | --stressors | --programs |
#                  --debian | --deb | --packages | --sources | --qemu]
#   --debug     also the kernel with lockdep and KASAN, build/kernel/debug
#   --big       also a kernel for guests of more than 64 vCPUs, build/kernel/big
#   --kcsan     also the one that looks for data races, build/kernel/kcsan
#   --bpf       also one with BPF and sched_ext, build/kernel/bpf
#   --old-qemu  also QEMU without our patches, build/old/qemu, for test-channel
#   --bochs     also Bochs, which emulates an Intel host, build/bochs, for test-intel
#   --stressors also perf and stress-ng for guests, build/initramfs/stressors.cpio
#   --debian    also the root file system of a Debian 13 host, build/debian/root.img, for test-libvirt
#   --programs  also the programs of packages-programs for guests, build/initramfs/programs.cpio
#   --deb       also the packages that `make deb` needs
#   --packages, --sources, --qemu: stop after that step
# KERNEL=           version of Linux, 6.12 (default) or 7.3, which is built in build/7.3
# KSRC=, QEMU_SRC=  build from these trees (never modified) instead of Debian's
# PARTS=            kernel parts to build: none, or some of guest, host (default all)
# PVB_CACHE=        downloads and compiler cache (default ~/.cache/pv-boost)

# shellcheck disable=SC2317 # step calls functions by name
# shellcheck source=tests/series/lib.sh
. "$(dirname "$0")/../series/lib.sh"

lab=$PVB_TOP/tests/lab
src=$PVB_BUILD/src
want=${1:-}
total=9

#
# what the machine must be
#
check_machine() {
	local arch
	arch=$(uname -m)
	[ "$arch" = x86_64 ] ||
		die "this machine's CPU is $arch: the lab builds x86-64 kernels, run it on an x86-64 machine"
	[[ $PVB_BUILD != *[[:space:]:]* ]] ||
		die "the path $PVB_BUILD has a space or a colon, which kernel builds cannot have: clone to another place"
	if [ -n "${KSRC:-}" ]; then
		"$lab/fetch.sh" check kernel "$KSRC"
		[[ $(kernel_release "$KSRC") == "$KERNEL".* ]] ||
			die "KSRC=$KSRC is Linux $(kernel_release "$KSRC"): give KERNEL=$(kernel_release "$KSRC" | cut -d. -f1,2), too"
	fi
	[ -z "${QEMU_SRC:-}" ] || "$lab/fetch.sh" check qemu "$QEMU_SRC"
}

# What this run may still write, in MiB: an operator with little space is told before
# an hour of building, and one who builds a part is asked for that part only.
check_space() {
	local need=300
	if [ "$want" != --packages ]; then
		[ -e "$linux_base" ] || need=$((need + 2300))
		[ -e "$qemu_base" ] || need=$((need + 650))
		if [ "$want" != --sources ]; then
			[ -e "$PVB_BUILD/stamps/qemu" ] || need=$((need + 700))
			[ "$want" = --qemu ] || [ -e "$PVB_BUILD/stamps/kernel-pristine" ] ||
				need=$((need + 3000))
		fi
	fi
	need_space "$PVB_BUILD" "$need" "what is to be built"
	[ "$need" -lt 3000 ] || need_space "$PVB_CACHE" 1500 "the cache of downloads and objects"
}

#
# 1: packages
#
missing_packages() {	# FILE
	local p
	for p in $(package_names "$1"); do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null |
			grep -qx installed || echo "$p"
	done | xargs
}

install_packages() {	# PACKAGE...
	local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
	[ "$(id -u)" -eq 0 ] || apt=(sudo -n "${apt[@]}")
	# on a fresh machine apt may never have read its lists
	"${apt[@]}" install -y --no-install-recommends "$@" && return
	"${apt[@]}" -o APT::Update::Error-Mode=any update ||
		die "cannot reach the Debian archive for $*: check the network and run this again"
	"${apt[@]}" install -y --no-install-recommends "$@" ||
		die "apt-get could not install $*: install them by hand"
}

do_packages() {	# STEP FILE
	local missing
	command -v dpkg-query >/dev/null ||
		die "this is no Debian system (no dpkg-query): the lab needs Debian 12 or 13"
	missing=$(missing_packages "$2")
	if [ -z "$missing" ]; then
		step_current "$1" packages
	elif [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; then
		# shellcheck disable=SC2086 # a list
		step "$1" packages 60 install_packages $missing
	else
		die "packages are missing: run 'sudo apt-get install --no-install-recommends $missing'"
	fi
}

#
# 2, 3: sources. A tree in place is complete; its pvb-id tells what it is.
#
tree_in_place() {	# NAME
	[ -e "$src/$1/.git/pvb-id" ]
}

do_kernel_source() {
	if [ -n "${KSRC:-}" ]; then
		step "2 of $total" 'kernel source' 60 "$lab/fetch.sh" copy kernel "$KSRC"
	elif tree_in_place linux-pristine; then
		step_current "2 of $total" 'kernel source'
	else
		step "2 of $total" 'kernel source' 90 "$lab/fetch.sh" kernel
		show_notes 'kernel source'
	fi
}

do_qemu_source() {
	if [ -n "${QEMU_SRC:-}" ]; then
		[ -e "$PVB_BUILD/meson/version" ] || "$lab/fetch.sh" meson >&2
		step "3 of $total" 'QEMU source' 20 "$lab/fetch.sh" copy qemu "$QEMU_SRC"
	elif tree_in_place qemu-pristine && [ -e "$PVB_BUILD/meson/version" ]; then
		step_current "3 of $total" 'QEMU source'
	else
		step "3 of $total" 'QEMU source' 40 fetch_qemu_and_meson
		show_notes 'QEMU source'
	fi
}

fetch_qemu_and_meson() {
	tree_in_place qemu-pristine || "$lab/fetch.sh" qemu
	[ -e "$PVB_BUILD/meson/version" ] || "$lab/fetch.sh" meson
}

show_notes() {	# NAME of a step
	grep '^pv-boost: note' "$PVB_BUILD/logs/${1//[ \/]/-}.log" >&2 || true
}

#
# 4: our series on top of both
#
base_id() {	# TREE: what its commit and its unpacking say
	git -C "$1" rev-parse HEAD
}

apply_qemu() {	# BASE DEST PATCH...
	local scratch=$PVB_BUILD/.tmp.qemu dest=$2 p
	scratch_from_git "$scratch" "$1"
	for p in "${@:3}"; do
		scratch_am "$scratch" "$p"
	done
	checkout_update "$dest" "$1" "$scratch" "make patches of them (git -C $dest format-patch)"
	rm -rf "$scratch"
}

# The boost tree and its kernel lie to each other as the pristine ones do, so that
# the compiler cache knows the files that are the same in both.
boost_dir=$PVB_BUILD/boost

apply_all() {	# KERNEL_BASE QEMU_BASE SIDES
	# shellcheck disable=SC2046 # a list
	apply_qemu "$2" "$src/qemu" $(qemu_patches "$2")
	[ -n "$3" ] || return 0
	mkdir -p "$boost_dir/src" "$boost_dir/kernel/boost" "$PVB_BUILD/kernel"
	"$PVB_TOP/tests/series/overlay" --build "$1" "$boost_dir/src/${1##*/}"
	ln -sfn "../boost/src/${1##*/}" "$src/linux-boost"
	ln -sfn ../boost/kernel/boost "$PVB_BUILD/kernel/boost"
}

do_series() {
	local key patches
	mapfile -t patches < <(qemu_patches "$qemu_base")
	parts_id=$(series_id "${PARTS:-}")
	key="$linux_base $(base_id "$linux_base") $(base_id "$qemu_base") $parts_id $(hash_files "${patches[@]}" /dev/null)"
	if stamp_is series "$key" && [ -e "$src/qemu" ] &&
		{ [ -z "$sides" ] || [ -e "$src/linux-boost" ]; }; then
		step_current "4 of $total" 'patch series'
		return
	fi
	step "4 of $total" 'patch series' 20 apply_all "$linux_base" "$qemu_base" "$sides"
	stamp_set series "$key"
}

#
# 5, 6: QEMU and kernels
#
compiler() {
	gcc --version | head -n 1
}

# A checkout that the user may edit: its commit and what differs from it.
checkout_id() {	# DIR
	git -C "$1" rev-parse HEAD
	if checkout_edited "$1"; then
		notice "building with your edits in $1"
		git -C "$1" diff HEAD
		(cd "$1" && git ls-files -o --exclude-standard -z | xargs -0 -r sha256sum)
	fi
}

do_qemu() {
	local key
	key=$( (checkout_id "$src/qemu"; compiler; cat "$lab/build-qemu.sh") | sha256sum)
	if stamp_is qemu "$key" && [ -x "$PVB_BUILD/qemu/qemu-system-x86_64" ]; then
		step_current "5 of $total" QEMU
		return
	fi
	step "5 of $total" QEMU 300 "$lab/build-qemu.sh" "$src/qemu" "$PVB_BUILD/qemu"
	stamp_set qemu "$key"
}

# Lies to its source as QEMU does to its own, for the compiler cache.
build_old_qemu() {	# BASE
	mkdir -p "$PVB_BUILD/old/src"
	apply_qemu "$1" "$PVB_BUILD/old/src/qemu"
	"$lab/build-qemu.sh" "$PVB_BUILD/old/src/qemu" "$PVB_BUILD/old/qemu"
}

do_old_qemu() {
	local key
	key=$( (base_id "$qemu_base"; compiler; cat "$lab/build-qemu.sh") | sha256sum)
	if stamp_is old-qemu "$key" && [ -x "$PVB_BUILD/old/qemu/qemu-system-x86_64" ]; then
		step_current extra 'old QEMU'
		return
	fi
	step extra 'old QEMU' 120 build_old_qemu "$qemu_base"
	stamp_set old-qemu "$key"
}

do_kernel() {	# "n of m" FLAVOUR TREE EXPECTED FRAGMENT...
	local key nr=$1 flavour=$2 tree expected=$4 out
	tree=$(realpath "$3") out=$(realpath -m "$PVB_BUILD/kernel/$2")
	shift 4
	key=$( (
		if [ "$flavour" = pristine ]; then base_id "$tree"; else checkout_id "$tree"; fi
		compiler
		cat "$lab/build-kernel.sh" "$@"
	) | sha256sum)
	if stamp_is "kernel-$flavour" "$key" && [ -e "$out/arch/x86/boot/bzImage" ] &&
		[ -e "$out/System.map" ]; then
		step_current "$nr" "$flavour kernel"
		return
	fi
	step "$nr" "$flavour kernel" "$expected" "$lab/build-kernel.sh" "$tree" "$out" "$@"
	stamp_set "kernel-$flavour" "$key"
}

#
# 8, 9: our tools and the initramfs
#
build_tools() {
	local kernel
	mkdir -p "$PVB_BUILD/bin"
	gcc -O2 -o "$PVB_BUILD/bin/.gen_init_cpio.tmp" "$linux_base/usr/gen_init_cpio.c"
	mv "$PVB_BUILD/bin/.gen_init_cpio.tmp" "$PVB_BUILD/bin/gen_init_cpio"
	make -C "$PVB_TOP/tests/latency" O="$PVB_BUILD" -j"$PVB_JOBS"
	make -C "$lab/l1" O="$PVB_BUILD" -j"$PVB_JOBS"
	make -C "$PVB_TOP/host/tools" O="$PVB_BUILD" -j"$PVB_JOBS"
	for kernel in $(built_kernels); do
		"$PVB_TOP/tests/latency/module/build" "$kernel"
	done
}

built_kernels() {
	local flavour
	for flavour in pristine boost; do
		[ ! -e "$PVB_BUILD/stamps/kernel-$flavour" ] ||
			echo "$PVB_BUILD/kernel/$flavour"
	done
}

do_tools() {
	local key kernel
	key=$( (base_id "$linux_base"; compiler
		cat "$PVB_TOP"/tests/latency/{Makefile,*.[chS],*.css,module/*} "$lab"/l1/* "$PVB_TOP"/host/tools/*
		for kernel in $(built_kernels); do cat "$PVB_BUILD/stamps/kernel-${kernel##*/}"; done) | sha256sum)
	if stamp_is tools "$key" && [ -x "$PVB_BUILD/bin/pvb-work" ] &&
		[ -x "$PVB_BUILD/bin/vmctl" ] && [ -x "$PVB_BUILD/bin/vmctl-host" ] &&
		[ -x "$PVB_BUILD/bin/pvb-top" ] && [ -x "$PVB_BUILD/bin/gen_init_cpio" ]; then
		step_current "8 of $total" tools
		return
	fi
	step "8 of $total" tools 15 build_tools
	stamp_set tools "$key"
}

do_initramfs() {
	local key
	key=$( (sha256sum "$PVB_BUILD/qemu/qemu-system-x86_64" "$PVB_BUILD"/bin/{gen_init_cpio,vmctl,pvb-work,pvb-top} /bin/busybox
		cat "$lab/initramfs.sh" "$lab"/l[12]-* "$lab/with-job"
		dpkg-query -W libc6 rt-tests dbench pigz seabios qemu-system-data) 2>&1 | sha256sum)
	if stamp_is initramfs "$key" && [ -e "$PVB_BUILD/initramfs/l1.cpio" ] &&
		[ -e "$PVB_BUILD/initramfs/l2.cpio" ]; then
		step_current "9 of $total" initramfs
		return
	fi
	step "9 of $total" initramfs 5 "$lab/initramfs.sh"
	stamp_set initramfs "$key"
}

build_bochs() {
	tree_in_place bochs-pristine || "$lab/fetch.sh" bochs
	"$lab/build-bochs.sh" "$src/bochs-pristine" "$PVB_BUILD/bochs"
}

do_bochs() {
	local key
	do_packages extra "$lab/packages-bochs"
	key=$( (compiler; grep '^bochs' "$lab/sources.lock"; cat "$lab/build-bochs.sh" \
		"$PVB_TOP"/tests/emulator/intel/*.patch) | sha256sum)
	if stamp_is bochs "$key" && [ -x "$PVB_BUILD/bochs/bochs" ]; then
		step_current extra Bochs
		return
	fi
	step extra Bochs 130 build_bochs
	stamp_set bochs "$key"
}

do_debian() {
	local key
	do_packages extra "$lab/packages-debian"
	key=$(cat "$lab"/debian/* | sha256sum)
	if stamp_is debian "$key" && [ -e "$PVB_BUILD/debian/root.img" ]; then
		step_current extra 'Debian root'
		return
	fi
	step extra 'Debian root' 90 "$lab/debian/build" "$PVB_BUILD/debian/root.img"
	stamp_set debian "$key"
}

# An archive for guests, of the programs of packages-NAME; PACKAGE: more that it is of.
do_archive() {	# NAME EXPECTED PACKAGE...
	local name=$1 expected=$2 key
	shift 2
	do_packages extra "$lab/packages-$name"
	key=$( (cat "$lab/initramfs.sh" "$lab/pgdata.sh"
		package_names "$lab/packages-$name" | xargs dpkg-query -W libc6 "$@") 2>&1 |
		sha256sum)
	if stamp_is "$name" "$key" && [ -e "$PVB_BUILD/initramfs/$name.cpio" ]; then
		step_current extra "$name"
		return
	fi
	step extra "$name" "$expected" "$lab/initramfs.sh" "$name"
	stamp_set "$name" "$key"
}

# What was built from what, for the conditions of a result.
write_state() {
	{
		echo "kernel $(cat "$linux_base/.git/pvb-id")"
		echo "qemu $(cat "$qemu_base/.git/pvb-id")"
		echo "qemu-series $(git -C "$src/qemu" rev-parse HEAD)"
		echo "kernel-series $parts_id"
		echo "compiler $(compiler)"
	} >"$PVB_BUILD/.state.tmp"
	mv "$PVB_BUILD/.state.tmp" "$PVB_BUILD/state"
}

# One function: bash has read it all before it starts, so that an edit of this file
# (git pull, say) does not confuse a run in progress.
main() {
	case $want in
	'' | --debug | --kcsan | --bpf | --big | --old-qemu | --bochs | --stressors | --programs | --debian | --deb | --packages | --sources | --qemu) ;;
	*) die "setup.sh: unknown option $want: it knows --debug, --kcsan, --bpf, --big, --old-qemu, --bochs, --stressors, --programs, --debian, --deb, --packages, --sources, --qemu" ;;
	esac

	linux_base=$src/linux-pristine
	qemu_base=$src/qemu-pristine
	[ -z "${KSRC:-}" ] || linux_base=$src/linux-user
	[ -z "${QEMU_SRC:-}" ] || qemu_base=$src/qemu-user
	check_machine
	check_space
	take_lock "$PVB_BUILD/.lock"
	do_packages "1 of $total" "$lab/packages"
	[ "$want" != --packages ] || exit 0
	# of killed runs; a suite may be at work in a young one
	rm -rf "$PVB_BUILD/.tmp.qemu"
	mkdir -p "$src"
	remove_old "$PVB_BUILD" "$src"
	sides=$(series_sides "${PARTS:-}")

	do_kernel_source
	do_qemu_source
	[ "$want" != --sources ] || exit 0
	do_series
	do_qemu
	[ "$want" != --qemu ] || exit 0
	mapfile -t fragments < <(lab_config)
	do_kernel "6 of $total" pristine "$linux_base" 420 "${fragments[@]}"
	boost=$linux_base
	if [ -n "$sides" ]; then
		boost=$src/linux-boost
		for side in $sides; do
			[ ! -e "$PVB_TOP/$side/kernel.config" ] ||
				fragments+=("$PVB_TOP/$side/kernel.config")
		done
		do_kernel "7 of $total" boost "$boost" 400 "${fragments[@]}"
	else
		say "[7 of $total] boost kernel: no kernel parts yet"
	fi
	do_tools
	do_initramfs
	case $want in
	--debug | --kcsan | --bpf | --big)
		[ "$want" != --bpf ] || do_packages extra "$lab/packages-bpf"
		fragments+=("$lab/kernel-${want#--}.config")
		[ ! -e "$lab/kernel-${want#--}-$KERNEL.config" ] ||
			fragments+=("$lab/kernel-${want#--}-$KERNEL.config")
		do_kernel extra "${want#--}" "$boost" 900 "${fragments[@]}"
		;;
	esac
	[ "$want" != --old-qemu ] || do_old_qemu
	[ "$want" != --bochs ] || do_bochs
	[ "$want" != --debian ] || do_debian
	[ "$want" != --stressors ] || do_archive stressors 5
	[ "$want" != --programs ] || do_archive programs 10 'postgresql-[0-9]*'
	[ "$want" != --deb ] || do_packages extra "$lab/packages-deb"
	write_state
	say "the lab is built: $(head -n 1 "$PVB_BUILD/state" | cut -d' ' -f2-3), QEMU $(
		sed -n 's/^qemu qemu 1://p' "$PVB_BUILD/state" | cut -d' ' -f1) with $(qemu_patches "$qemu_base" | wc -l) patches"
}

main; exit # on one line, which has been read, too
