# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced by the jobs of tests/guest and others in L1 (busybox sh): guests
# whose shell and QEMU monitor the job drives line by line, and what KVM shows
# of them. A guest NAME has /tmp/NAME.{cmd,mon}.{in,out} (fifos) and leaves
# /out/NAME.{log,out}.

dbg=/sys/kernel/debug

# shellcheck source=tests/lab/tap.sh
. /job/tap.sh
# test NAME COMMAND...: passes if the command succeeds
expect() {
	name=$1
	shift
	if "$@"; then pass "$name"; else fail "$name" "$*"; fi
}
# expect_is NAME WANTED GOT
expect_is() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "'$3' instead of '$2'"; fi
}

# until DECISECONDS COMMAND...: waits for the command to succeed
until_true() {
	tries=$1
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		usleep 100000
	done
}

# The guest's job: a shell whose commands come line by line over its ttyS1
guest_initrd() {	# FILE...: more files for /job; the initrd is /tmp/initrd
	cat >/tmp/guest-job <<-'END'
	#!/bin/busybox sh
	exec </dev/ttyS1 >/dev/ttyS1 2>&1
	echo "boot done 0"
	while read -r line; do
		eval "$line"
		echo "done $?"
	done
	END
	with-job /tmp/guest-job "$@" >/tmp/initrd
}

# guest_start NAME CPUFLAGS APPEND [QEMU-OPTIONS...], with qemu=, kernel=, vcpus=, cpu=
guest_start() {
	guest=$1 flags=$2 append=$3
	shift 3
	for i in cmd.in cmd.out mon.in mon.out; do
		rm -f "/tmp/$guest.$i"
		mkfifo "/tmp/$guest.$i"
	done
	"${qemu:-qemu-system-x86_64}" -accel kvm -cpu "${cpu:-host}$flags" -smp "${vcpus:-4}" -m 128 \
		-M pc-i440fx-10.0,vmport=off,smm=off,hpet=off -name "$guest" \
		-nodefaults -no-user-config -display none -L /share/qemu \
		-chardev "pipe,id=c,path=/tmp/$guest.cmd" -chardev "pipe,id=m,path=/tmp/$guest.mon" \
		-serial "file:/out/$guest.log" -serial chardev:c -mon chardev=m,mode=readline \
		-kernel "${kernel:-/l2/bzImage}" -initrd "${initrd:-/tmp/initrd}" "$@" \
		-append "console=ttyS0 loglevel=7 panic=-1 8250.nr_uarts=2 cryptomgr.notests no_timer_check pvb.jobs=script $append" \
		>"/out/$guest.qemu" 2>&1 &
	eval "pid_$guest=$!"
	cat "/tmp/$guest.cmd.out" >>"/out/$guest.out" &
	cat "/tmp/$guest.mon.out" >>"/out/$guest.monitor" &
}

# init of L2 says "ready script" and waits for a line; then our shell is there
guest_ready() {
	until_true 300 grep -q '^ready script' "/out/$1.out" || return 1
	echo go 1<>"/tmp/$1.cmd.in"
	until_true 100 grep -q '^boot done' "/out/$1.out"
}

guest_boot() {	# as guest_start
	guest_start "$@"
	guest_ready "$1" || { fail "$1_boots" "see $1.log, $1.qemu: $(tail -n 1 "/out/$1.qemu")"; return 1; }
}

dones() { grep -ac 'done [0-9]*' "/out/$1.out"; }
more_dones() { [ "$(dones "$1")" -gt "$2" ]; }
# guest_do NAME COMMAND: runs it in the guest, prints what it printed
guest_do() {
	before=$(dones "$1") lines=$(wc -l <"/out/$1.out")
	echo "$2" 1<>"/tmp/$1.cmd.in"
	until_true "${3:-300}" more_dones "$1" "$before" || { echo "no answer to: $2"; return 1; }
	tail -n "+$((lines + 1))" "/out/$1.out" | tr -d '\r' | sed '/^done [0-9]*$/d'
	[ "$(tail -n 1 "/out/$1.out" | tr -d '\r')" = "done 0" ]
}

# monitor NAME COMMAND: QEMU's answer appears in /out/NAME.monitor
monitor() {
	echo "$2" 1<>"/tmp/$1.mon.in"
}

guest_end() {
	eval "kill \$pid_$1 2>/dev/null; wait \$pid_$1 2>/dev/null"
}

# KVM's view. stat NAME-of-guest STATISTIC: a sum over its vCPUs
vm_dir() { eval "echo $dbg/kvm/\$pid_$1-*"; }
stat() { cat "$(vm_dir "$1")/pv_boost_$2" 2>/dev/null || echo none; }
shown() {	# GUEST VCPU KEY
	sed -n "s/^$3 //p" "$(vm_dir "$1")/vcpu$2/pv_boost"
}
stat_is() { [ "$(stat "$1" "$2")" = "$3" ]; }

# The guest writes a wait word into CPU's page: does the host read the same?
# (physical memory through /dev/mem; a wait in the guest's kernel meanwhile puts its
# own word there, so once out of several times is enough)
wait_word_arrives() {	# GUEST CPU
	gpa=$(guest_do "$1" "cat $dbg/pv_boost" | sed -n "s/^$2 1 \(0x[0-9a-f]*\) .*/\1/p")
	[ -n "$gpa" ] || { echo "CPU $2 is not registered"; return 1; }
	for _ in 1 2 3 4 5; do
		guest_do "$1" "devmem $((gpa + 64)) 64 $(((3 << 32) + 0x101))" >/dev/null
		shown "$1" "$2" wait >/dev/null	# a page that moved is mapped when the vCPU runs again
		guest_do "$1" "taskset $((1 << $2)) true" >/dev/null
		word=$(shown "$1" "$2" wait)
		guest_do "$1" "devmem $((gpa + 64)) 64 0" >/dev/null
		[ "$word" != 0x300000101 ] || return 0
	done
	echo "vCPU $2: host reads '$word'"
	return 1
}
