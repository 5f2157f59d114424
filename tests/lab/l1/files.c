// SPDX-License-Identifier: GPL-2.0
/*
 * Small files, as /proc, /sys and cgroups have them, and paths to them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "vmctl.h"

bool read_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		return false;
	buf[n] = '\0';
	return true;
}

bool try_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

void must_write(const char *path, const char *text)
{
	if (!try_write(path, text))
		die(EX_LAB, "writing '%s' to %s: %s", text, path, strerror(errno));
}

void format(char buf[PATH_SIZE], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, PATH_SIZE, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= PATH_SIZE)
		die(EX_LAB, "a path is too long: %s", buf);
}

void make_dir(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		die(EX_LAB, "mkdir %s: %s", path, strerror(errno));
}

FILE *open_out(const char *name, const char *suffix)
{
	char path[PATH_SIZE];
	FILE *f;

	format(path, "%s/%s%s", out_dir, name, suffix);
	f = fopen(path, "we");
	if (!f)
		die(EX_LAB, "%s: %s", path, strerror(errno));
	setvbuf(f, NULL, _IOLBF, 0);
	return f;
}
