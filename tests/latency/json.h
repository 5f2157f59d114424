/* SPDX-License-Identifier: GPL-2.0 */
/* Reads JSON and hands out its values one by one; keeps nothing. */
#ifndef PVB_JSON_H
#define PVB_JSON_H

#include <stdbool.h>

/*
 * Calls @value for each string, number and literal of @text, in order, with its
 * path: the keys to it joined by '.', array elements without a key of their own.
 * False where @text is not JSON; @value may have been called by then.
 */
bool json_walk(const char *text,
	       void (*value)(const char *path, const char *text, void *arg),
	       void *arg);

#endif
