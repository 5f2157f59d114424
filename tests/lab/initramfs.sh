#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds build/initramfs/l1.cpio (the host's whole userland: busybox, our QEMU
# with its libraries and firmware, vmctl, pvb-top) and l2.cpio (a guest's: busybox,
# workloads and the programs they run). Uses the kernel's gen_init_cpio, so device nodes need no
# root, and fixed times and owners, so that equal input gives equal bytes.
#
# usage: initramfs.sh              (everything it needs was built by setup.sh)
#        initramfs.sh stressors    stressors.cpio: perf and stress-ng, on top of l2.cpio
#        initramfs.sh programs     programs.cpio: those of packages-programs, with a database

set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${PVB_BUILD:-$top/build}
here=$top/tests/lab
out=$build/initramfs
gen=$build/bin/gen_init_cpio

die() {
	echo "initramfs: $*" >&2
	exit 1
}

need() {
	local f
	for f; do
		[ -e "$f" ] || die "$f is missing: run 'make setup'"
	done
}

# spec lines of one file, and of every library it is linked with
declare -A seen
add_file() {	# source destination mode
	local dir
	[ -z "${seen[$2]:-}" ] || return 0
	seen[$2]=1
	dir=$(dirname "$2")
	add_dir "$dir"
	echo "file $2 $(readlink -f "$1") $3 0 0"
}

add_dir() {
	[ "$1" != / ] && [ -z "${seen[$1/]:-}" ] || return 0
	seen[$1/]=1
	add_dir "$(dirname "$1")"
	echo "dir $1 0755 0 0"
}

add_program() {	# source destination
	local lib
	add_file "$1" "$2" 0755
	while read -r lib; do
		# by a program's own path, /usr/bin/../lib/..., it is the same library
		case $lib in
		/usr/bin/../lib/x86_64-linux-gnu/*) lib=${lib#/usr/bin/..} ;;
		esac
		case $lib in
		*/libicudata.so.*) add_file "$(icu_without_data "$lib")" "$lib" 0755 ;;
		*) add_file "$lib" "$lib" 0755 ;;
		esac
	done < <(ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | sort -u)
}

add_base() {	# init script
	seen=()
	local d
	for d in /bin /sbin /dev /proc /sys /usr/bin; do
		add_dir "$d"
	done
	echo "nod /dev/console 0600 0 0 c 5 1"
	echo "nod /dev/null 0666 0 0 c 1 3"
	add_file /bin/busybox /bin/busybox 0755
	add_file "$1" /init 0755
}

firmware() {	# name: the first place that has it
	local d
	for d in /usr/share/seabios /usr/share/qemu; do
		[ ! -e "$d/$1" ] || { echo "$d/$1"; return; }
	done
	die "firmware $1 not found: install the packages seabios and qemu-system-data"
}

spec_l1() {
	local f path
	add_base "$here/l1-init"
	add_program "$out/bin/qemu-system-x86_64" /bin/qemu-system-x86_64
	add_program "$out/bin/vmctl" /bin/vmctl
	add_program "$out/bin/pvb-top" /bin/pvb-top
	add_file "$here/l1-guest" /bin/guest 0755
	add_file "$here/with-job" /bin/with-job 0755
	for f in bios-256k.bin linuxboot_dma.bin kvmvapic.bin pvh.bin; do
		path=$(firmware "$f")
		add_file "$path" "/share/qemu/$f" 0644
	done
}

spec_l2() {
	local f
	add_base "$here/l2-init"
	add_program "$out/bin/pvb-work" /bin/pvb-work
	for f in $guest_programs; do
		add_program "$(command -v "$f")" "/bin/$f"
	done
	add_file "$out/dbench.txt" /share/dbench.txt 0644
}

spec_stressors() {
	local f
	seen=()
	for f in $stressors; do
		add_program "$(command -v "$f")" "/bin/$f"
	done
}

# 31 MB of languages, which PostgreSQL is linked with and in the C locale never reads:
# as ICU's own "stubdata", a library with the one symbol that others want, and no data.
icu_without_data() {	# LIBRARY: prints the path of one that can stand for it
	local to=$out/bin/${1##*/} version=${1##*.so.}
	gcc -shared -nostdlib -Wl,--build-id=none,-soname,"${1##*/}" -x assembler -o "$to" - <<-EOF ||
		.globl icudt${version}_dat
		.type icudt${version}_dat, @object
		.size icudt${version}_dat, 64
		.section .rodata
		.balign 16
		icudt${version}_dat: .zero 64
	EOF
		die "cannot link $to"
	echo "$to"
}

# Debian keeps PostgreSQL's programs out of PATH, by version
postgres_bin() {
	local found
	found=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
	[ ! -x "$found" ] || dirname "$found"
}

make_pgdata() {	# DIR, which is removed and made
	local work as=()
	work=$(mktemp -d)
	cp "$here/pgdata.sh" "$work/"
	if [ "$(id -u)" -eq 0 ]; then
		chown -R 65534:65534 "$work"
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	fi
	(cd "$work" && PATH=$(postgres_bin):$PATH ${as[@]+"${as[@]}"} ./pgdata.sh "$work") \
		>"$out/pgdata.log" 2>&1 || {
		rm -rf "$work"
		tail -n 5 "$out/pgdata.log" >&2
		die "cannot make a database of PostgreSQL (all in $out/pgdata.log)"
	}
	rm -rf "$1"
	mv "$work/data" "$1"
	rm -rf "$work"
}

add_postgres() {
	local bin f
	bin=$(postgres_bin)
	# it looks for its files from where it lies itself
	add_program "$bin/postgres" "$bin/postgres"
	echo "slink /bin/postgres $bin/postgres 0777 0 0"
	add_program "$bin/pgbench" /bin/pgbench
	add_dir "${bin%/bin}/lib"
	f=${bin%/bin}
	f=/usr/share/postgresql/${f##*/}/timezonesets/Default
	add_file "$f" "$f" 0644
	add_dir /share
	(cd "$out/pgdata" && find . -type d | LC_ALL=C sort |
		sed 's,^\.\(.*\),dir /share/pgdata\1 0700 65534 65534,'
		find . -type f | LC_ALL=C sort |
			sed "s,^\.\(.*\),file /share/pgdata\1 $out/pgdata\1 0600 65534 65534,")
	# fails where a row is missing
	echo "SELECT 1 / (count(*) = 100000)::int FROM pgbench_accounts WHERE abalance = 0;" \
		>"$out/pgbench-check.sql"
	add_file "$out/pgbench-check.sql" /share/pgbench-check.sql 0644
}

spec_programs() {
	local f
	seen=()
	for f in $programs; do
		f=${f%:*}
		add_program "$(command -v "$f")" "/bin/$f"
	done
	add_postgres
}

make_cpio() {	# NAME
	"spec_$1" >"$out/$1.spec"
	"$gen" -t 1767225600 "$out/$1.spec" >"$out/$1.cpio.tmp"
	mv "$out/$1.cpio.tmp" "$out/$1.cpio"
}

stressors='perf stress-ng'
if [ "${1:-}" = stressors ]; then
	for f in $stressors; do
		need "$(command -v "$f" || echo "$f")"
	done
	make_cpio stressors
	exit
fi

# and the package of each that has another name
programs='pbzip2 rg:ripgrep memcached memcslap:libmemcached-tools make tcc vips:libvips-tools'
if [ "${1:-}" = programs ]; then
	for f in $programs; do
		command -v "${f%:*}" >/dev/null ||
			die "${f%:*} is missing: 'tests/lab/setup.sh --programs' installs the package ${f#*:}"
	done
	[ -n "$(postgres_bin)" ] ||
		die "postgres is missing: 'tests/lab/setup.sh --programs' installs the package postgresql"
	need "$gen"
	mkdir -p "$out/bin"
	make_pgdata "$out/pgdata"
	make_cpio programs
	exit
fi

guest_programs='hackbench cyclictest dbench pigz'
need "$build/qemu/qemu-system-x86_64" "$build"/bin/{vmctl,pvb-top,pvb-work} \
	"$gen" /bin/busybox /usr/share/dbench/client.txt
for f in $guest_programs; do
	need "$(command -v "$f" || echo "$f")"
done
file -L /bin/busybox 2>/dev/null | grep -q 'dynamically' &&
	die "/bin/busybox is dynamic: install the package busybox-static"

# Without what tells where they were built: the same virtual times in every clone.
mkdir -p "$out/bin"
for f in qemu/qemu-system-x86_64 bin/vmctl bin/pvb-top bin/pvb-work; do
	strip -R .note.gnu.build-id -o "$out/bin/${f##*/}" "$build/$f"
done
# All of it are 26 MB; clients begin again at its end.
head -n 3000 /usr/share/dbench/client.txt >"$out/dbench.txt"
for level in l1 l2; do
	make_cpio "$level"
done
