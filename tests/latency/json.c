// SPDX-License-Identifier: GPL-2.0
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define PATH_SIZE	512

struct reader {
	char path[PATH_SIZE];
	void (*value)(const char *path, const char *text, void *arg);
	void *arg;
};

/* False where a path does not fit. */
static bool walk(struct reader *r, struct json_object *v)
{
	size_t len = strlen(r->path), room = PATH_SIZE - len;
	bool good = true;

	if (json_object_is_type(v, json_type_object)) {
		json_object_object_foreach(v, key, member) {
			int used = snprintf(r->path + len, room, "%s%s",
					    len ? "." : "", key);

			good = good && (size_t)used < room && walk(r, member);
			r->path[len] = '\0';
		}
	} else if (json_object_is_type(v, json_type_array)) {
		for (size_t i = 0; good && i < json_object_array_length(v); i++)
			good = walk(r, json_object_array_get_idx(v, i));
	} else {
		r->value(r->path, v ? json_object_get_string(v) : "null", r->arg);
	}
	return good;
}

bool json_walk(const char *text,
	       void (*value)(const char *path, const char *text, void *arg),
	       void *arg)
{
	struct json_tokener *tok = json_tokener_new();
	struct reader r = { .value = value, .arg = arg };
	struct json_object *all;
	bool good;

	if (!tok)
		abort();
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	all = json_tokener_parse_ex(tok, text, strlen(text) + 1);
	good = json_tokener_get_error(tok) == json_tokener_success && walk(&r, all);
	json_object_put(all);
	json_tokener_free(tok);
	return good;
}
