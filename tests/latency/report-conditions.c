// SPDX-License-Identifier: GPL-2.0
/*
 * The last two sections: the conditions under which results were measured, from
 * conditions.json, and the files that lie beside the page.
 */
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "plot.h"
#include "report-sections.h"

static bool is_job(const char *path)
{
	return !strncmp(path, "jobs.", 5);
}

static void print_condition(const char *path, const char *text, void *arg)
{
	FILE *out = arg;

	if (is_job(path))
		return;
	fputs("<tr><th scope=\"row\">", out);
	print_escaped(out, path);
	fputs("</th><td>", out);
	print_escaped(out, *text ? text : "(none)");
	fputs("</td></tr>\n", out);
}

static void print_job(const char *path, const char *text, void *arg)
{
	FILE *out = arg;

	if (!is_job(path))
		return;
	fputs("<p class=\"note\">", out);
	print_escaped(out, path + 5);
	fputs("</p>\n<pre>", out);
	print_escaped(out, text);
	fputs("</pre>\n", out);
}

static void draw_conditions(struct report *r)
{
	bool good;

	fputs("<div class=\"wide\"><table class=\"conditions\"><tbody>\n", r->out);
	good = json_walk(r->res->conditions, print_condition, r->out);
	fputs("</tbody></table></div>\n<details><summary>What ran in the host, for each cell (first seed)</summary>\n",
	      r->out);
	good = good && json_walk(r->res->conditions, print_job, r->out);
	fputs("</details>\n", r->out);
	r->bad_conditions = !good;
}

static bool has_conditions(const struct report *r)
{
	return r->res->conditions;
}

const struct section conditions_section = {
	.id = "conditions",
	.link = "Conditions",
	.title = "Conditions",
	.has_data = has_conditions,
	.draw = draw_conditions,
};

static void draw_data(struct report *r)
{
	static const struct {
		const char *file, *what;
	} files[] = {
		{ "samples.tsv", "every value of every seed" },
		{ "samples.tsv.xz", "every value of every seed" },
		{ "pauses.tsv", "rows of PAUSE exits by guest function" },
		{ "hist.tsv", "latency histograms" },
		{ "timeline.tsv", "PAUSE exits over time" },
		{ "conditions.json", "what was run, and on what" },
		{ "table.txt", "the same as a table for a terminal" },
		{ "raw", "what each run brought back: consoles, statistics, logs" },
	};

	fputs("<p>Beside this page:</p>\n<ul>\n", r->out);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", r->res->dir, files[i].file);
		if (!access(path, R_OK))
			fprintf(r->out, "<li><a href=\"%s\">%s</a>: %s</li>\n",
				files[i].file, files[i].file, files[i].what);
	}
	fputs("</ul>\n", r->out);
}

const struct section data_section = {
	.id = "data",
	.link = "Data",
	.title = "Data",
	.draw = draw_data,
};
