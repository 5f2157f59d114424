/* SPDX-License-Identifier: GPL-2.0 */
/* Reads JSON and hands out its values one by one; keeps nothing. */
#ifndef PVB_JSON_H
#define PVB_JSON_H

#include <stdbool.h>

/**
 * json_walk - calls a function for each string, number and literal, in order
 * @text: one JSON value, with blanks around it at most
 * @value: what to call, with the keys that lead there joined by '.' (elements of an
 *	array have no key of their own), the value as text, and @arg
 * @arg: handed on
 *
 * Return: false where @text is not JSON, and where a path does not fit in 511
 * bytes; in the latter case @value has been called for what comes before.
 */
bool json_walk(const char *text,
	       void (*value)(const char *path, const char *text, void *arg),
	       void *arg);

#endif
