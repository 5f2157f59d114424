# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# How our kernel parts become commits: each side (abi, guest, host) has a
# MANIFEST of plain files and numbered hooks/KERNEL/*.patch; every hook is one commit,
# joined by the files that the manifest gives to its number. Commits are made in
# a scratch repository with an index but no checkout, which borrows the objects
# of the tree it works for: quick, and nothing is half done in that tree.
# docs/rebase.md describes the format. Sourced, never run.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lab/lib.sh"

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
# equal input gives equal commits
export GIT_COMMITTER_NAME=pv-boost GIT_COMMITTER_EMAIL=pv-boost@localhost
export GIT_AUTHOR_NAME=pv-boost GIT_AUTHOR_EMAIL=pv-boost@localhost

# Where the sides are; the test of this machinery has its own.
PVB_PARTS_DIR=${PVB_PARTS_DIR:-$PVB_TOP}

# From here on the hooks for TREE are meant.
series_for() {	# TREE
	"$PVB_TOP/tests/lab/fetch.sh" check kernel "$1"
	KERNEL=$(kernel_release "$1")
	KERNEL=${KERNEL%.*}
}

# Sides in the order of their patches; the ABI is part of both others.
series_sides() {	# [PARTS]: "none", or some of the sides (default: all there are)
	local side
	[ "${1:-}" != none ] || return 0
	for side in ${1:-}; do
		[[ $side =~ ^(abi|guest|host)$ ]] ||
			die "PARTS has '$side': it may name abi, guest and host, or none"
	done
	for side in abi guest host; do
		[ -n "${1:-}" ] && [ "$side" != abi ] && [[ " $1 " != *" $side "* ]] && continue
		[ ! -e "$PVB_PARTS_DIR/$side/MANIFEST" ] &&
			! compgen -G "$PVB_PARTS_DIR/$side/hooks/$KERNEL/*.patch" >/dev/null && continue
		echo "$side"
	done
}

# Lines of a side's manifest for the kernel, "source destination number", or a clear refusal.
series_manifest() {	# SIDE
	local dir=$PVB_PARTS_DIR/$1 line=0 text source dest number only rest
	[ -e "$dir/MANIFEST" ] || return 0
	while IFS= read -r text || [ -n "$text" ]; do
		line=$((line + 1))
		read -r source dest number only rest <<<"${text%%#*}"
		[ -n "$source" ] || continue
		[[ $number =~ ^[0-9]{4}$ && " $PVB_KERNELS " == *" ${only:-$KERNEL} "* && -z $rest ]] ||
			die "$1/MANIFEST:$line: want 'source destination patch-number [kernel]', e.g. 'x.c virt/kvm/x.c 0001'"
		[ "${only:-$KERNEL}" = "$KERNEL" ] || continue
		source=${source//%/$KERNEL} dest=${dest//%/$KERNEL}
		[ -f "$dir/$source" ] ||
			die "$1/MANIFEST:$line: there is no file $1/$source"
		[[ "/$dest/" != *"/../"* && $dest != /* && $dest != */ ]] ||
			die "$1/MANIFEST:$line: destination $dest must be a file's path inside the kernel tree"
		compgen -G "$dir/hooks/$KERNEL/$number-*.patch" >/dev/null ||
			die "$1/MANIFEST:$line: there is no $1/hooks/$KERNEL/$number-*.patch to bring $source"
		echo "$source $dest $number"
	done <"$dir/MANIFEST"
}

# Hooks of a side in order; a number stands for one patch.
series_hooks() {	# SIDE
	local f twice hooks=$1/hooks/$KERNEL
	for f in "$PVB_PARTS_DIR/$hooks"/*.patch; do
		[ -e "$f" ] || continue
		[[ ${f##*/} =~ ^[0-9]{4}-[^/]+\.patch$ ]] ||
			die "$hooks/${f##*/}: a hook is named NNNN-what-it-does.patch"
		echo "$f"
	done | sort
	twice=$(find "$PVB_PARTS_DIR/$hooks" -name '*.patch' -printf '%f\n' 2>/dev/null |
		cut -c1-4 | sort | uniq -d | xargs)
	[ -z "$twice" ] || die "$hooks has two patches with the number $twice: renumber one"
}

# Identity of what would be applied; "empty" if there is nothing.
series_id() {	# [PARTS]
	local side sides f source
	sides=$(series_sides "${1:-}")
	[ -n "$sides" ] || { echo empty; return; }
	for side in $sides; do
		series_hooks "$side" | while read -r f; do
			echo "${f##*/}"
			cat "$f"
		done
		series_manifest "$side" | while read -r source dest number; do
			echo "$source $dest $number"
			cat "$PVB_PARTS_DIR/$side/$source"
		done
	done | sha256sum | cut -d' ' -f1
}

# A repository DIR with REPO's objects and a commit of it, an index, and no files.
scratch_from_git() {	# DIR REPO [COMMIT]
	rm -rf "$1"
	git init -q -b main "$1"
	(cd "$2" && realpath "$(git rev-parse --git-path objects)") \
		>"$1/.git/objects/info/alternates"
	git -C "$1" update-ref refs/heads/main "$(git -C "$2" rev-parse "${3:-HEAD}")"
	git -C "$1" read-tree HEAD
}

# A repository DIR with those files of a plain tree that the hooks touch.
scratch_from_files() {	# DIR TREE SIDES
	local side f
	rm -rf "$1"
	git init -q -b main "$1"
	for side in $3; do
		series_hooks "$side" | xargs -r grep -h '^--- a/' | sed 's,^--- a/,,' || true
		series_manifest "$side" | cut -d' ' -f2
	done | sort -u | while read -r f; do
		[ ! -e "$2/$f" ] || (cd "$2" && cp -a --parents "$f" "$1/")
	done
	git -C "$1" add -A -f
	git -C "$1" commit -q --allow-empty -m base
}

# Applies one patch as a commit; context has to match to the letter.
scratch_am() {	# DIR PATCH
	local log=$1/.git/pvb-am.log why
	git -C "$1" am -q --committer-date-is-author-date --keep-non-patch --empty=keep \
		--whitespace=error-all "$2" >"$log" 2>&1 && return
	why=$(sed -n 's/^error: //p' "$log" | grep -v 'could not build fake ancestor' | head -n 1)
	git -C "$1" am --abort >/dev/null 2>&1 || true
	die "${2#"$PVB_PARTS_DIR/"} does not apply: ${why:-$(tail -n 1 "$log")} (docs/rebase.md says how to bring it up to date)"
}

# Our files as each hook brings them, in OUT/NUMBER: a later hook that changes one is
# undone in it. The source is what the last one leaves.
series_steps() {	# OUT SIDE
	local hook source dest number manifest
	local -a files=()
	manifest=$(series_manifest "$2")
	rm -rf "$1"
	git init -q "$1"
	while read -r source dest number; do
		[ -n "$source" ] || continue
		mkdir -p "$(dirname "$1/$dest")"
		cp "$PVB_PARTS_DIR/$2/$source" "$1/$dest"
		files+=("--include=$dest")
	done <<<"$manifest"
	while read -r hook; do
		while read -r source dest number; do
			[[ ${hook##*/} == "$number"-* ]] || continue
			mkdir -p "$1/$number/$(dirname "$dest")"
			cp "$1/$dest" "$1/$number/$dest"
		done <<<"$manifest"
		[ ${#files[@]} -eq 0 ] || ! grep -q '^diff --git ' "$hook" ||
			git -C "$1" apply -R --whitespace=nowarn "${files[@]}" "$hook" >"$1/.git/log" 2>&1 ||
			die "${hook#"$PVB_PARTS_DIR/"} does not fit the sources: $(sed -n 's/^error: //p' "$1/.git/log" | head -n 1) (a hook that changes a file of ours has to end at its source)"
	done < <(series_hooks "$2" | sort -r)
}

# Applies the sides' hooks and files, one commit per hook.
scratch_apply() {	# DIR SIDES
	local side hook source dest number
	for side in $2; do
		# mistakes are told before work begins
		series_manifest "$side" >/dev/null
		series_hooks "$side" >/dev/null
		series_steps "$1/.git/pvb-steps" "$side"
		for hook in $(series_hooks "$side"); do
			scratch_am "$1" "$hook"
			while read -r source dest number; do
				[[ ${hook##*/} == "$number"-* ]] || continue
				[ -z "$(git -C "$1" ls-files -- "$dest")" ] ||
					die "$side/MANIFEST: $dest is in the tree already: overlay an untouched tree, or change the destination"
				mkdir -p "$(dirname "$1/$dest")"
				cp "$1/.git/pvb-steps/$number/$dest" "$1/$dest"
				git -C "$1" add -f -- "$dest"
			done < <(series_manifest "$side")
			GIT_COMMITTER_DATE=$(git -C "$1" log -1 --format=%cD) \
				git -C "$1" commit -q --amend --no-edit --allow-empty
		done
	done
}

# Names of files, one a line -> the objects that kbuild makes of them: of a file that
# another one includes (kernel/sched has such), that one's.
objects_of() {	# TREE
	local f by
	while read -r f; do
		[[ $f == *.[cS] && $f != tools/* ]] || continue
		by=$(grep -l "^# *include \"${f##*/}\"" "$1/${f%/*}"/*.c 2>/dev/null |
			grep -vxF "$1/$f" | head -n 1) || true
		[ -z "$by" ] || f=${by#"$1/"}
		echo "${f%.[cS]}.o"
	done | sort -u
}

# Brings DEST, a checkout of REPO's HEAD plus a series, to SCRATCH's HEAD,
# touching only files that change. Edits made there by hand are never lost.
checkout_update() {	# DEST REPO SCRATCH HOW_TO_KEEP_EDITS
	local base head
	base=$(git -C "$2" rev-parse HEAD)
	head=$(git -C "$3" rev-parse HEAD)
	if [ -e "$1" ]; then
		checkout_edited "$1" &&
			die "$1 has edits of yours and the series has changed: $4, or remove that directory, then run this again"
		if [ "$(git -C "$1" rev-parse -q --verify refs/pv-boost/base)" != "$base" ]; then
			rm -rf "$1"
		fi
	fi
	if [ ! -e "$1" ]; then
		rm -rf "$1.tmp"
		git clone -q --shared "$2" "$1.tmp"
		git -C "$1.tmp" config gc.auto 0
		git -C "$1.tmp" update-ref refs/pv-boost/base "$base"
		git -C "$1.tmp" update-ref refs/pv-boost/head "$base"
		mv "$1.tmp" "$1"
	fi
	# an update cut short is no edit
	touch "$1/.git/pvb-updating"
	git -C "$1" fetch -q "$3" HEAD
	git -C "$1" update-ref refs/pv-boost/head "$head"
	git -C "$1" reset -q --hard "$head"
	rm "$1/.git/pvb-updating"
}

# Does a checkout hold anything but the series it was made from?
checkout_edited() {	# DIR
	[ ! -e "$1/.git/pvb-updating" ] || return 1
	[ "$(git -C "$1" rev-parse HEAD)" != "$(git -C "$1" rev-parse refs/pv-boost/head)" ] ||
		[ -n "$(git -C "$1" status --porcelain | head -n 1)" ]
}
