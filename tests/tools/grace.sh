# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by grace-*: boots a host with each of several values of kvm.boost_grace_us, for
# each guest and seed, some at a time. Each run leaves build/results/NAME/US.LOCKS.SEED.

# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lab/lib.sh"
name=$(basename "$0")
out=$PVB_BUILD/results/$name
run_l1=$PVB_TOP/tests/lab/run-l1

one_run() {	# US LOCKS SEED; the caller's job prints what L1 runs
	local dir=$out/$1.$2.$3
	mkdir -p "$dir"
	job "$2" "$3" >"$dir/job"
	"$run_l1" --out "$dir" --kernel boost --guest boost --mem 2048 --seed "$3" --script "$dir/job" \
		--append "kvm.boost=hints kvm.boost_grace_us=$1" >"$dir/log" 2>&1 ||
		{ say "$name: failed: $(tail -n 1 "$dir/log"), all in $dir"; return 1; }
	say "$name: $1 us, guest $2, seed $3: done"
}

all_runs() {	# "US..." "LOCKS..." SEED...
	local lengths=$1 guests=$2 seed us locks
	shift 2
	for seed; do
		[[ $seed =~ ^[0-9]{1,6}$ ]] || die "$name: $seed is no seed: want numbers"
	done
	rm -rf "$out"
	export -f one_run job say
	export out run_l1 name
	for seed; do
		for us in $lengths; do
			for locks in $guests; do
				echo "$us $locks $seed"
			done
		done
	done | xargs -P "${PVB_TEST_JOBS:-2}" -L 1 bash -c 'one_run "$@"' _ || exit 1
}
