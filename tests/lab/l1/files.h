/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small files, as /proc, /sys and cgroups have them, and paths to them. What must not
 * fail ends vmctl when it does.
 */
#ifndef PVB_L1_FILES_H
#define PVB_L1_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PATH_SIZE	256

/**
 * read_text - reads the beginning of a file, as one read() gives it
 * @path: which file
 * @buf: for the text, which is ended with a zero
 * @size: of @buf
 *
 * Return: false when there is no such file or it cannot be read.
 */
bool read_text(const char *path, char *buf, size_t size);

/**
 * try_write - writes to a file that is there
 * @path: which file
 * @text: what to write
 *
 * As a shell's redirection does it: truncating is what empties a trace.
 *
 * Return: false when that fails.
 */
bool try_write(const char *path, const char *text);

/**
 * must_write - the same; failure ends vmctl
 * @path: which file
 * @text: what to write
 */
void must_write(const char *path, const char *text);

/**
 * format - puts a path together; one that is too long ends vmctl
 * @buf: for the path
 * @fmt: as for printf()
 */
void __attribute__((format(printf, 2, 3)))
format(char buf[PATH_SIZE], const char *fmt, ...);

/**
 * make_dir - makes a directory, unless it is there; failure ends vmctl
 * @path: which directory
 */
void make_dir(const char *path);

/**
 * open_out - opens one of the files that vmctl leaves behind; failure ends vmctl
 * @name: its name in out_dir
 * @suffix: what follows the name
 *
 * Return: the file, to which lines are written as they are ended.
 */
FILE *open_out(const char *name, const char *suffix);

#endif
