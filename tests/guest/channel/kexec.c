// SPDX-License-Identifier: GPL-2.0
/*
 * kexec [-p] KERNEL INITRD CMDLINE, in a guest: loads a kernel and starts it at
 * once, or (-p) loads it to be started when this one crashes.
 */
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char *argv[])
{
	unsigned long flags = 0;
	int kernel, initrd;

	if (argc > 1 && !strcmp(argv[1], "-p")) {
		flags = KEXEC_FILE_ON_CRASH;
		argc--;
		argv++;
	}
	if (argc != 4) {
		fprintf(stderr, "usage: kexec [-p] KERNEL INITRD CMDLINE\n");
		return 2;
	}
	/* what the shell reads from /proc/cmdline ends with a newline */
	argv[3][strcspn(argv[3], "\n")] = '\0';

	kernel = open(argv[1], O_RDONLY);
	if (kernel < 0)
		return fail(argv[1]);
	initrd = open(argv[2], O_RDONLY);
	if (initrd < 0)
		return fail(argv[2]);
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1, argv[3], flags))
		return fail("kexec_file_load");
	if (!flags && reboot(LINUX_REBOOT_CMD_KEXEC))
		return fail("reboot");
	return 0;
}
