// SPDX-License-Identifier: GPL-2.0
/*
 * conditions.json: what was run, and on what. Versions, digests and the machine
 * are the caller's facts; this knows which there must be, and where they go.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

struct facts {
	char **v;
	size_t n, used;
	FILE *err;
	bool good;
};

/* "" where it is missing, which is told. */
static const char *fact(struct facts *facts, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < facts->n; i++)
		if (!strncmp(facts->v[i], name, len) && facts->v[i][len] == '=') {
			facts->used++;
			return facts->v[i] + len + 1;
		}
	if (facts->good)
		fprintf(facts->err, "conditions: no %s given\n", name);
	facts->good = false;
	return "";
}

static void add(struct json_object *to, const char *key, struct json_object *value)
{
	if (!value || json_object_object_add(to, key, value))
		abort();
}

static struct json_object *add_object(struct json_object *to, const char *key)
{
	struct json_object *new = json_object_new_object();

	add(to, key, new);
	return new;
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
	add(to, key, json_object_new_string(text));
}

static void add_to_list(struct json_object *list, struct json_object *value)
{
	if (!value || json_object_array_add(list, value))
		abort();
}

static struct json_object *add_list(struct json_object *to, const char *key)
{
	struct json_object *new = json_object_new_array();

	add(to, key, new);
	return new;
}

/* A string that a function of its own prints. */
struct text {
	char *v;
	size_t size;
	FILE *out;
};

static void begin_text(struct text *text)
{
	text->out = open_memstream(&text->v, &text->size);
	if (!text->out)
		abort();
}

static void add_printed(struct json_object *to, const char *key, struct text *text)
{
	if (fclose(text->out))
		abort();
	add_text(to, key, text->v);
	free(text->v);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_host(struct json_object *to, const char *name)
{
	struct host host = host_of(name);
	const char *feature, *between = "";
	struct text text;
	size_t at = 0;

	begin_text(&text);
	fprintf(text.out, "%s ", host.kernel);
	print_parameters(text.out, &host);
	while ((feature = next_feature(&host, &at))) {
		fprintf(text.out, "%sNO_%s", between, feature);
		between = " ";
	}
	fprintf(text.out, ", guest kernel %s%s", host.guest_kernel, host.guest_cpu);
	print_vm_options(text.out, &host);
	add_printed(to, name, &text);
}

/* Each host of the plan: kernel, its parameters, features off. */
static void add_hosts(struct json_object *to, const struct plan *p)
{
	const char **names = calloc(p->n_cells, sizeof(*names));

	if (!names)
		abort();
	for (size_t i = 0; i < p->n_cells; i++)
		names[i] = p->cells[i].word[HOSTS];
	qsort(names, p->n_cells, sizeof(*names), compare_texts);
	for (size_t i = 0; i < p->n_cells; i++)
		if (!i || strcmp(names[i], names[i - 1]))
			add_host(to, names[i]);
	free(names);
}

/* The script of each cell, of the first seed, without its last end of line. */
static void add_jobs(struct json_object *to, const struct settings *s,
		     const struct plan *p)
{
	for (size_t i = 0; i < p->n_cells; i++) {
		struct text name, script;

		begin_text(&name);
		print_cell(name.out, &p->cells[i], ' ');
		begin_text(&script);
		print_script(script.out, s, &p->cells[i], 0);
		if (fclose(name.out) || fflush(script.out))
			abort();
		script.v[script.size - 1] = '\0';
		add_printed(to, name.v, &script);
		free(name.v);
	}
}

static void add_software(struct json_object *all, struct facts *facts)
{
	struct json_object *list, *in;

	in = add_object(all, "kernel");
	add_text(in, "version", fact(facts, "kernel_version"));
	add_text(in, "config_sha256", fact(facts, "config_sha256"));
	add_text(in, "image_sha256", fact(facts, "image_sha256"));
	in = add_object(all, "qemu");
	add_text(in, "version", fact(facts, "qemu_version"));
	add_text(in, "series_sha256", fact(facts, "series_sha256"));
	add_text(in, "sha256", fact(facts, "qemu_sha256"));
	list = add_list(all, "initramfs_sha256");
	add_to_list(list, json_object_new_string(fact(facts, "l1_sha256")));
	add_to_list(list, json_object_new_string(fact(facts, "l2_sha256")));
}

static void add_measured(struct json_object *all, const struct settings *s)
{
	struct json_object *list = add_list(all, "workloads");

	for (size_t i = 0; i < s->workloads.n; i++)
		add_to_list(list, json_object_new_string(s->workloads.v[i]));
	add(all, "ms", json_object_new_int64(s->ms));
	add(all, "warm_ms", json_object_new_int64(s->warm));
	list = add_list(all, "seeds");
	add_to_list(list, json_object_new_int64(s->first_seed));
	add_to_list(list, json_object_new_int64(s->first_seed + s->rounds - 1));
	add(all, "seeds_per_boot", json_object_new_int64(s->per_boot));
	add_text(all, "offsets",
		 "workers start within 3 ms of each other, VMs within 5 ms, both from the seed");
}

static void add_machine(struct json_object *all, struct facts *facts)
{
	struct json_object *machine = add_object(all, "machine");

	add_text(machine, "cpu", fact(facts, "cpu"));
	add(machine, "cores", json_object_new_int64(atol(fact(facts, "cores"))));
	add_text(machine, "kernel", fact(facts, "machine_kernel"));
	/* N/login; ":" is this one */
	add_text(machine, "runs_on", fact(facts, "machines"));
}

bool print_conditions(FILE *out, const struct settings *s, const struct plan *p,
		      char **facts, size_t n, FILE *err)
{
	const int looks = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			  JSON_C_TO_STRING_NOSLASHESCAPE;
	struct facts known = { .v = facts, .n = n, .err = err, .good = true };
	struct json_object *all = json_object_new_object();

	if (!all)
		abort();
	add_text(all, "revision", fact(&known, "revision"));
	add(all, "dirty", json_object_new_boolean(*fact(&known, "dirty")));
	add_text(all, "mode", s->mttcg ? "multi-threaded" : "deterministic");
	add_text(all, "time_model", fact(&known, "time_model"));
	add_software(all, &known);
	add_hosts(add_object(all, "hosts"), p);
	add_text(all, "boost_image_sha256", fact(&known, "boost_image_sha256"));
	add_measured(all, s);
	add_machine(all, &known);
	add_text(all, "command_line", fact(&known, "command_line"));
	add_jobs(add_object(all, "jobs"), s, p);
	if (known.good && known.used != n) {
		fputs("conditions: there is a fact too many\n", err);
		known.good = false;
	}
	if (known.good)
		fprintf(out, "%s\n", json_object_to_json_string_ext(all, looks));
	json_object_put(all);
	return known.good;
}
