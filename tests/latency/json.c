// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define PATH_SIZE	512
#define MAX_DEPTH	16

struct reader {
	const char *at;
	char path[PATH_SIZE];
	unsigned int depth;
	void (*value)(const char *path, const char *text, void *arg);
	void *arg;
};

static void skip_blanks(struct reader *r)
{
	r->at += strspn(r->at, " \t\r\n");
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

/* Beyond ASCII only what stands there as UTF-8; the writer has no \u. */
static char unescaped(char c)
{
	static const char from[] = "\"\\/nrtbf", to[] = "\"\\/\n\r\t\b\f";
	const char *p = c ? strchr(from, c) : NULL;

	return p ? to[p - from] : '\0';
}

/* Returns an allocated copy, NULL if there is no string here. */
static char *take_string(struct reader *r)
{
	char *to, *end;

	if (!take(r, '"'))
		return NULL;
	to = end = malloc(strlen(r->at) + 1);
	if (!to)
		abort();
	while (*r->at && *r->at != '"') {
		char c = *r->at++;

		if (c == '\\') {
			c = unescaped(*r->at);
			if (!c)
				break;
			r->at++;
		}
		*end++ = c;
	}
	*end = '\0';
	if (*r->at != '"') {
		free(to);
		return NULL;
	}
	r->at++;
	return to;
}

static bool walk(struct reader *r);

static bool walk_member(struct reader *r)
{
	size_t len = strlen(r->path);
	char *key = take_string(r);
	bool fits = key && len + strlen(key) + 2 < PATH_SIZE;
	bool good;

	if (fits) {
		if (len)
			strcat(r->path, ".");
		strcat(r->path, key);
	}
	free(key);
	good = fits && take(r, ':') && walk(r);
	r->path[len] = '\0';
	return good;
}

static bool walk_list(struct reader *r, char end, bool (*member)(struct reader *))
{
	bool good = true;

	if (r->depth++ == MAX_DEPTH)
		return false;
	if (!take(r, end)) {
		do {
			good = member(r);
		} while (good && take(r, ','));
		good = good && take(r, end);
	}
	r->depth--;
	return good;
}

static bool walk(struct reader *r)
{
	char word[64], *text;
	size_t len;

	if (take(r, '{'))
		return walk_list(r, '}', walk_member);
	if (take(r, '['))
		return walk_list(r, ']', walk);
	if (*r->at == '"') {
		text = take_string(r);
		if (text)
			r->value(r->path, text, r->arg);
		free(text);
		return text;
	}
	len = strspn(r->at, "+-.0123456789abcdefghijklmnopqrstuvwxyzE");
	if (!len || len >= sizeof(word))
		return false;
	memcpy(word, r->at, len);
	word[len] = '\0';
	r->at += len;
	r->value(r->path, word, r->arg);
	return true;
}

bool json_walk(const char *text,
	       void (*value)(const char *path, const char *text, void *arg),
	       void *arg)
{
	struct reader r = { .at = text, .value = value, .arg = arg };

	if (!walk(&r))
		return false;
	skip_blanks(&r);
	return !*r.at;
}
