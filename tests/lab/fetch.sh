#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Gets one source, verifies it, and unpacks it below build/. Downloads go through
# an apt directory of our own, made from the machine's Debian entry, so the
# user's apt stays as it is and no root is needed. A tree appears in build/src
# by one rename, complete; its .git/pvb-id says what it is.
#
# usage: fetch.sh kernel [VERSION DIR]   build/src/linux-pristine (KERNEL=7.3: build/7.3/src)
#        fetch.sh qemu [10.2]            build/src/qemu-pristine (10.2: qemu-10.2)
#        fetch.sh meson                  build/meson
#        fetch.sh bochs                  build/src/bochs-pristine
#        fetch.sh entries                prints Debian 13's entries for apt
#        fetch.sh copy kernel|qemu SRC   build/src/{linux,qemu}-user, from a user's tree
#        fetch.sh check kernel|qemu SRC  only look whether a user's tree will do

# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

lockfile=$PVB_TOP/tests/lab/sources.lock
dl=$PVB_CACHE/dl
src=$PVB_BUILD/src
apt=$PVB_BUILD/apt
package=linux-source-$KERNEL
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

# The kinds of sources.lock that are of a kernel: to use, and others that were tested.
kernel_kinds() {	# KERNEL
	local kind=kernel
	[ "$1" = 6.12 ] || kind+=-$1
	echo "$kind $kind-also"
}

locked() {	# KIND: its "version sha256" lines
	awk -v kind="$1" '$1 == kind { print $2, $3 }' "$lockfile"
}

sha256() {
	sha256sum "$1" | cut -d' ' -f1
}

# Entries of the machine's apt configuration: "uri release keyring"
debian_entries() {
	# shellcheck disable=SC2016 # apt's own placeholders
	apt-get indextargets --no-release-info 'Created-By: Packages' \
		--format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(SIGNED_BY)' 2>/dev/null |
	awk '$3 == "main" && $1 ~ /debian/ &&
		$2 ~ /^(bookworm|trixie|forky|sid|(old)?stable|testing|unstable)/ {
			print $1, $2, ($4 ~ /^\//) ? $4 : "" }' | sort -u
}

# The private apt directory, for Debian 13's sources.
apt_init() {	# [SUITE]: with sources of that one, too
	local main security key line backports=''
	[ -z "${apt_ready:-}" ] || return 0
	main=$(debian_entries | grep -v -- '-security' | head -n 1)
	security=$(debian_entries | grep -- '-security' | head -n 1 | cut -d' ' -f1)
	[ -n "$main" ] ||
		die "apt on this machine has no Debian entry: add one to /etc/apt/sources.list.d, or give KSRC= and QEMU_SRC="
	key=$(echo "$main" | cut -d' ' -f3)
	key=${key:-/usr/share/keyrings/debian-archive-keyring.gpg}
	[ -e "$key" ] || die "$key is missing: install the package debian-archive-keyring"

	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	[ "$KERNEL" = 6.12 ] || backports="${main%% *} trixie-backports"
	for line in "${main%% *} trixie" ${security:+"$security trixie-security"} \
		${backports:+"$backports"}; do
		echo "deb [arch=amd64 signed-by=$key] $line main"
		echo "deb-src [signed-by=$key] $line main"
	done >"$apt/sources.list"
	[ -z "${1:-}" ] || echo "deb-src [signed-by=$key] ${main%% *} $1 main" >>"$apt/sources.list"
	{
		# the user's proxies and the like, no hooks
		apt-config dump | grep '^Acquire::' | grep -v '^Acquire::IndexTargets' || true
		echo "Dir::State::lists \"$apt/lists\";"
		echo "Dir::Cache \"$apt/cache\";"
		echo "Dir::Etc::sourcelist \"$apt/sources.list\";"
		echo 'Dir::Etc::sourceparts "/dev/null";'
		echo 'Dir::Etc::parts "/dev/null";'
		echo 'Dir::Etc::preferencesparts "/dev/null";'
		echo 'Acquire::Languages "none";'
		echo 'APT::Update::Error-Mode "any";'
		[ "$(id -u)" -ne 0 ] || echo 'APT::Sandbox::User "root";'
	} >"$apt/apt.conf"
	export APT_CONFIG=$apt/apt.conf
	twice apt-get update -q ||
		die "cannot reach the Debian archive at ${main%% *}: check the network (or the proxy in apt's configuration) and run this again"
	apt_ready=1
}

available() {	# PACKAGE: versions, newest first
	apt-cache madison "$1" | awk '{ print $3 }' | uniq
}

# A mirror that is just being updated, or a network that fails for a moment.
twice() {	# COMMAND...
	"$@" && return
	sleep 10
	"$@"
}

download_once() {	# COMMAND...
	local tmp
	tmp=$(mktemp -d "$dl/.tmp.XXXXXX")
	if (cd "$tmp" && "$@"); then
		mv "$tmp"/* "$dl/" && rmdir "$tmp"
	else
		rm -rf "$tmp"
		return 1
	fi
}

# Downloads into the cache with a given command; files appear there complete.
download() {	# COMMAND...
	twice download_once "$@" || die "download failed: check the network and run this again"
}

# in_cache FILE SHA256: it is there and undamaged
in_cache() {
	[ -e "$dl/$1" ] || return 1
	[ "$(sha256 "$dl/$1")" != "$2" ] || return 0
	notice "$dl/$1 is damaged, taking it out of the cache"
	rm -f "$dl/$1"
	return 1
}

verify() {	# FILE SHA256
	local sum
	sum=$(sha256 "$dl/$1")
	[ "$sum" = "$2" ] && return
	rm -f "$dl/$1"
	die "$1 has checksum $sum, tests/lab/sources.lock says $2: removed it; run this again, and find out why if it happens twice"
}

begin_tree() {	# NAME: an empty directory for it, remains of killed runs removed
	rm -rf "$src/.tmp.$1"
	mkdir -p "$src/.tmp.$1"
	echo "$src/.tmp.$1"
}

# Makes an unpacked tree a git repository with one commit and puts it in place.
finish_tree() {	# DIR NAME ID
	(
		cd "$1"
		# the same tree is the same commit, whoever unpacks it
		export GIT_AUTHOR_NAME=pv-boost GIT_AUTHOR_EMAIL=pv-boost@localhost
		export GIT_COMMITTER_NAME=pv-boost GIT_COMMITTER_EMAIL=pv-boost@localhost
		export GIT_AUTHOR_DATE='1767225600 +0000' GIT_COMMITTER_DATE='1767225600 +0000'
		git init -q -b main
		git config gc.auto 0
		git config core.looseCompression 1
		git add -A -f
		git commit -q -m "pristine: $3"
		echo "$3" >.git/pvb-id
	)
	rm -rf "${src:?}/$2"
	mv "$1" "$src/$2"
}

kernel_tarball() {	# VERSION: its name in the cache
	echo "${package}_$1.tar.xz"
}

download_kernel() {	# VERSION
	local deb
	download apt-get download -q "$package=$1"
	deb=$(find "$dl" -name "${package}_${1}_all.deb" -print -quit)
	[ -n "$deb" ] || die "apt did not give $package $1: run this again"
	dpkg-deb --fsys-tarfile "$deb" |
		tar xO "./usr/src/$package.tar.xz" >"$dl/.tmp.kernel"
	mv "$dl/.tmp.kernel" "$dl/$(kernel_tarball "$1")"
	rm -f "$deb"
}

# Sets version and sum of the kernel to use, with its tarball in the cache.
choose_kernel() {	# [VERSION]
	local v s kind also installed=/usr/src/$package.tar.xz installed_sum=''
	local -a candidates
	read -r kind also < <(kernel_kinds "$KERNEL")
	mapfile -t candidates < <({ locked "$kind"; locked "$also"; } |
		awk -v want="${1:-}" 'want == "" || $1 == want')
	[ ! -e "$installed" ] || installed_sum=$(sha256 "$installed")

	while read -r v s; do
		[ -z "${1:-}" ] || [ "$v" = "$1" ] || continue
		if [ "$s" = "$installed_sum" ] && ! in_cache "$(kernel_tarball "$v")" "$s"; then
			cp "$installed" "$dl/.tmp.kernel"
			mv "$dl/.tmp.kernel" "$dl/$(kernel_tarball "$v")"
		fi
		if in_cache "$(kernel_tarball "$v")" "$s"; then
			version=$v sum=$s
			return
		fi
	done < <(locked "$kind"; [ -z "${1:-}" ] || locked "$also")

	apt_init
	while read -r v s; do
		if available "$package" | grep -qxF -- "$v"; then
			download_kernel "$v"
			verify "$(kernel_tarball "$v")" "$s"
			version=$v sum=$s
			return
		fi
	done < <(printf '%s\n' "${candidates[@]}")

	version=${1:-$(available "$package" | head -n 1)}
	available "$package" | grep -qxF -- "${version:-none}" ||
		die "the archive has no $package ${1:-}: it has $(available "$package" | xargs)"
	notice "no verified version of $package is in the archive, taking $version (apt verified it)"
	download_kernel "$version"
	sum=$(sha256 "$dl/$(kernel_tarball "$version")")
}

fetch_kernel() {	# [VERSION DIR]
	local version sum tree name=${2:-linux-pristine}
	choose_kernel "${1:-}"
	tree=$(begin_tree "$name")
	echo "unpacking linux $version"
	tar xJf "$dl/$(kernel_tarball "$version")" -C "$tree" --strip-components=1
	finish_tree "$tree" "$name" "linux $version $sum"
}

# The one that the lab uses, or one of those that the series has patches for as well.
fetch_qemu() {	# [SERIES]
	local v s version='' sum dsc tree series=${1:-10.0} kind=qemu${1:+-$1} name=qemu-${1:-pristine}
	while read -r v s; do
		dsc=qemu_${v#*:}.dsc
		if in_cache "$dsc" "$s"; then
			version=$v sum=$s
			break
		fi
	done < <(locked "$kind")

	if [ -z "$version" ]; then
		# Debian 13 has 10.0 only
		apt_init "${1:+sid}"
		while read -r v s; do
			if available qemu | grep -qxF -- "$v"; then
				version=$v sum=$s
				break
			fi
		done < <(locked "$kind")
		if [ -z "$version" ]; then
			version=$(available qemu | grep -F "1:$series." | head -n 1) ||
				die "the archive has no QEMU $series any more: give QEMU_SRC=, a QEMU $series tree"
			notice "no verified version of QEMU is in the archive, taking $version (apt verified it)"
		fi
		dsc=qemu_${version#*:}.dsc
		download apt-get source -q --download-only --only-source "qemu=$version"
		[ -z "${sum:-}" ] || verify "$dsc" "$sum"
	fi
	tree=$(begin_tree "$name")
	rmdir "$tree"
	dpkg-source --no-copy --require-strong-checksums -x "$dl/$dsc" "$tree" ||
		die "$dl/$dsc does not unpack: remove $dl/qemu_* and run this again"
	rm -rf "$tree/.pc"
	finish_tree "$tree" "$name" "qemu $version $(sha256 "$dl/$dsc")"
}

fetch_meson() {
	local version sum deb
	read -r version sum < <(locked meson)
	deb=meson_${version}_all.deb
	if ! in_cache "$deb" "$sum"; then
		apt_init
		if available meson | grep -qxF -- "$version"; then
			download apt-get download -q "meson=$version"
			verify "$deb" "$sum"
		else
			version=$(available meson | head -n 1)
			notice "meson ${deb#*_} is not in the archive, taking $version (apt verified it)"
			deb=meson_${version}_all.deb
			download apt-get download -q "meson=$version"
		fi
	fi
	rm -rf "$PVB_BUILD/.tmp.meson"
	dpkg-deb -x "$dl/$deb" "$PVB_BUILD/.tmp.meson"
	echo "$version" >"$PVB_BUILD/.tmp.meson/version"
	rm -rf "$PVB_BUILD/meson"
	mv "$PVB_BUILD/.tmp.meson" "$PVB_BUILD/meson"
}

# Of Debian's package its upstream tarball alone: a mirror may lack the .dsc, and nothing
# of Debian's own is used.
fetch_bochs() {
	local version sum tarball tree
	read -r version sum < <(locked bochs)
	tarball=bochs_${version%-*}.orig.tar.xz
	if ! in_cache "$tarball" "$sum"; then
		apt_init
		available bochs | grep -qxF -- "$version" ||
			die "the archive has no bochs $version any more: give BOCHS=, a Bochs 3.0 with tests/emulator/intel/*.patch"
		download apt-get source -q --download-only --only-source --tar-only "bochs=$version"
		verify "$tarball" "$sum"
	fi
	tree=$(begin_tree bochs-pristine)
	tar xJf "$dl/$tarball" -C "$tree" --strip-components=1
	finish_tree "$tree" bochs-pristine "bochs $version $sum"
}

# A tree is taken as it is now, edits included; what was built in it is not.
tree_id() {	# KIND DIR
	echo "$1 $2 $(cd "$2" && find . -name .git -prune -o -type f -printf '%P %s %T@\n' |
		sort | sha256sum | cut -d' ' -f1)"
}

# The first of a kernel's point releases that the series was tested with.
oldest_kernel() {	# KERNEL
	local kind
	for kind in $(kernel_kinds "$1"); do
		locked "$kind"
	done | sed 's/-.*//' | sort -V | head -n 1
}

check_kernel() {	# DIR
	local v kernel oldest takes=''
	[ -d "$1" ] || die "KSRC=$1 is not a directory: give the path of a Linux source tree"
	[[ -e $1/Kbuild && -e $1/kernel/sched/fair.c ]] ||
		die "KSRC=$1 is not a Linux source tree: give the directory that holds Linux's top Makefile"
	v=$(kernel_release "$1")
	for kernel in $PVB_KERNELS; do
		oldest=$(oldest_kernel "$kernel")
		[[ $v != "$kernel".* || ${v##*.} -lt ${oldest##*.} ]] || return 0
		takes+="${takes:+ and }$kernel from $oldest on"
	done
	die "KSRC=$1 is Linux $v: this series is for $takes, give a tree of such a point release"
}

check_qemu() {	# DIR
	local v
	[ -d "$1" ] || die "QEMU_SRC=$1 is not a directory: give the path of a QEMU source tree"
	[[ -e $1/VERSION && -e $1/target/i386/cpu.c ]] ||
		die "QEMU_SRC=$1 is not a QEMU source tree: give the directory that holds QEMU's VERSION"
	v=$(cat "$1/VERSION")
	[ -n "$(qemu_patches "$1")" ] ||
		die "QEMU_SRC=$1 is QEMU $v: there are patches for releases of $(qemu_sets | sed 's/ / and /'), give a tree of one"
	# Debian's tarball lacks the wheels, and needs Debian's patches to do without
	[ -d "$1/python/wheels" ] || ! grep -q '^pycotap' "$1/pythondeps.toml" 2>/dev/null ||
		die "QEMU_SRC=$1 has no python/wheels, which its configure wants: give QEMU's own tree, or Debian's with its patches (apt-get source, dpkg-source -x)"
}

copy_tree() {	# KIND DIR
	local name tree id
	check_tree "$1" "$2"
	name=$([ "$1" = kernel ] && echo linux-user || echo qemu-user)
	id=$(tree_id "$1" "$(realpath "$2")")
	[ "$(cat "$src/$name/.git/pvb-id" 2>/dev/null)" != "$id" ] || return 0
	tree=$(begin_tree "$name")
	tar cf - -C "$2" --exclude=./.git --exclude=./build . | tar xf - -C "$tree"
	[ "$1" = qemu ] || make -s -C "$tree" mrproper
	finish_tree "$tree" "$name" "$id"
}

check_tree() {	# KIND DIR
	case $1 in
	kernel) check_kernel "$2" ;;
	qemu) check_qemu "$2" ;;
	esac
}

mkdir -p "$dl" "$src"
remove_old "$dl"
case ${1:-} in
kernel) fetch_kernel "${@:2}" ;;
qemu) fetch_qemu "${@:2}" ;;
meson) fetch_meson ;;
bochs) fetch_bochs ;;
entries) apt_init >&2 && grep '^deb ' "$apt/sources.list" ;;
copy) copy_tree "$2" "$3" ;;
check) check_tree "$2" "$3" ;;
*) die "usage: fetch.sh kernel [VERSION DIR] | qemu [SERIES] | meson | bochs | entries | copy KIND SRC | check KIND SRC" ;;
esac
