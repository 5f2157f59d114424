// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of words, and the checks against them. A new host flag, guest, shape
 * or layout is one line here; a new workload one in workloads.h.
 */
#include <stdlib.h>
#include <string.h>

#include "plan-words.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum mode { PRISTINE = 1, OFF = 2, AGNOSTIC = 4, HINTS = 8 };
#define BOOST	(AGNOSTIC | HINTS)
#define ALL	(PRISTINE | OFF | BOOST)

/* Guests that know nothing of us are the same under all hosts. */
static const struct {
	const char *name;
	enum mode mode;
	const char *kernel, *guest_kernel, *guest_cpu;
} modes[] = {
	{ "pristine", PRISTINE, "pristine", "pristine", "" },
	{ "off", OFF, "boost", "pristine", "" },
	{ "agnostic", AGNOSTIC, "boost", "pristine", "" },
	{ "hints", HINTS, "boost", "boost", ",cpu=kvm-pv-boost=on" },
};

static const struct {
	const char *name;
	unsigned int modes;		/* where it means something */
	const char *parameter;		/* of L1's kernel */
	const char *feature;		/* of its scheduler, switched off */
	const char *line;		/* of the run's script */
	const char *vm;			/* options of the measured VM */
	bool window;			/* of several, the first one written counts */
} flags[] = {
	{ "nople", ALL, .parameter = "kvm_amd.pause_filter_count=0" },
	{ "pf100", ALL, .parameter = "kvm_amd.pause_filter_count=100", .window = true },
	{ "pf300", ALL, .parameter = "kvm_amd.pause_filter_count=300", .window = true },
	{ "pf1000", ALL, .parameter = "kvm_amd.pause_filter_count=1000", .window = true },
	{ "mark", OFF, .parameter = "kvm.spin_preempted=1" },
	{ "nomark", BOOST, .parameter = "kvm.boost_mark=0" },
	{ "nolend", BOOST, .feature = "YIELD_LEND" },
	{ "noadvance", BOOST, .feature = "YIELD_ADVANCE" },
	{ "noreturn", BOOST, .feature = "YIELD_RETURN" },
	{ "noipi", BOOST, .parameter = "kvm.boost_ipi=0" },
	{ "nohc", HINTS, .parameter = "kvm.boost_hypercall=0" },
	{ "nohalt", HINTS, .parameter = "kvm.boost_halt=0" },
	{ "nodone", HINTS, .parameter = "kvm.boost_done=0" },
	{ "nograce", HINTS, .parameter = "kvm.boost_grace_us=0" },
	{ "base100", PRISTINE, .line = "echo 100000 >/sys/kernel/debug/sched/base_slice_ns" },
	{ "slice100", PRISTINE, .vm = ",slice_us=100" },
	{ "fifo", PRISTINE, .vm = ",policy=fifo" },
	{ "nolatency", HINTS, .parameter = "kvm.boost_latency_us=0" },
};

static const struct {
	const char *name, *options;
} guests[] = {
	{ "native", "locks=native,tlb=on" },
	{ "tas", "locks=tas,tlb=on" },
	{ "pv", "locks=pv,tlb=on" },
	{ "pv-notlb", "locks=pv,tlb=off" },
};

static const struct shape shapes[] = {
	{ "1", .pcpus = 2, .vcpus = 2, .vms = 1 },
	{ "2", .pcpus = 2, .vcpus = 4, .vms = 1 },
	{ "3", .pcpus = 2, .vcpus = 4, .vms = 2, .hog_vcpus = 2 },
	{ "4", .pcpus = 2, .vcpus = 4, .vms = 2 },
	{ "1+hog", .pcpus = 2, .vcpus = 1, .vms = 2 },
	{ "2+hog", .pcpus = 2, .vcpus = 2, .vms = 2 },
	{ "4+solo", .pcpus = 2, .vcpus = 8, .vms = 1 },
	{ "4+pinned", .pcpus = 2, .vcpus = 4, .vms = 2, .vm = ",pin=1" },
	{ "2+quota", .pcpus = 2, .vcpus = 4, .vms = 1, .vm = ",max=110" },
	{ "1@4", .pcpus = 4, .vcpus = 4, .vms = 1 },
	{ "4@4", .pcpus = 4, .vcpus = 8, .vms = 2 },
	{ "4@4+sockets", .pcpus = 4, .vcpus = 8, .vms = 2, .sockets = 2 },
	{ "4@4+smt", .pcpus = 4, .vcpus = 8, .vms = 2, .threads = 2 },
	{ "4@4+core", .pcpus = 4, .vcpus = 8, .vms = 2, .threads = 2, .vm = ",core=1" },
	{ "1@8", .pcpus = 8, .vcpus = 8, .vms = 1 },
	{ "2@8", .pcpus = 8, .vcpus = 8, .vms = 2 },
	{ "4@8", .pcpus = 8, .vcpus = 8, .vms = 4 },
	{ "1@16", .pcpus = 16, .vcpus = 16, .vms = 1 },
	{ "1@32", .pcpus = 32, .vcpus = 32, .vms = 1 },
	/* The page draws these over the size of the VM: see size_of_vm(). */
	{ "8@2", .pcpus = 2, .vcpus = 8, .vms = 2 },
	{ "8@4", .pcpus = 4, .vcpus = 16, .vms = 2 },
	{ "8@6", .pcpus = 6, .vcpus = 24, .vms = 2 },
	{ "8@8", .pcpus = 8, .vcpus = 32, .vms = 2 },
	{ "8@12", .pcpus = 12, .vcpus = 48, .vms = 2 },
	{ "8@16", .pcpus = 16, .vcpus = 64, .vms = 2 },
};

static const char *const layouts[] = { "flat", "vm", "vcpu" };

#define WORKLOAD_LINE(id, name, kind)	{ name, kind },
static const struct {
	const char *name;
	enum workload_kind kind;
} workloads[] = { PVB_WORKLOADS(WORKLOAD_LINE) };

/* The variables that take the words. */
static const char *const variables[] = {
	[HOSTS] = "HOSTS",
	[GUESTS] = "GUESTS",
	[OVERCOMMIT] = "OVERCOMMIT",
	[LAYOUTS] = "LAYOUTS",
	[WORKLOADS] = "WORKLOADS",
};

/* NULL behind the end of the table. */
static const char *name_of(enum plan_list list, size_t i)
{
	switch (list) {
	case HOSTS:
		return i < ARRAY_SIZE(modes) ? modes[i].name : NULL;
	case FLAGS:
		return i < ARRAY_SIZE(flags) ? flags[i].name : NULL;
	case GUESTS:
		return i < ARRAY_SIZE(guests) ? guests[i].name : NULL;
	case OVERCOMMIT:
		return i < ARRAY_SIZE(shapes) ? shapes[i].label : NULL;
	case LAYOUTS:
		return i < ARRAY_SIZE(layouts) ? layouts[i] : NULL;
	case WORKLOADS:
		return i < ARRAY_SIZE(workloads) ? workloads[i].name : NULL;
	}
	return NULL;
}

/* The line of the table that has this word of @len bytes, or -1. */
static int find(enum plan_list list, const char *word, size_t len)
{
	const char *name;

	for (int i = 0; (name = name_of(list, i)); i++)
		if (strlen(name) == len && !memcmp(name, word, len))
			return i;
	return -1;
}

struct words split_words(const char *text)
{
	struct words words = { .text = strdup(text) };
	char *rest = words.text, *word;

	if (!rest)
		abort();
	while ((word = strtok_r(rest, " \t\n,", &rest))) {
		words.v = realloc(words.v, (words.n + 1) * sizeof(*words.v));
		if (!words.v)
			abort();
		words.v[words.n++] = word;
	}
	return words;
}

void free_words(struct words *words)
{
	free(words->v);
	free(words->text);
}

void print_words(FILE *out, enum plan_list list, const char *before)
{
	const char *name;

	for (size_t i = 0; (name = name_of(list, i)); i++)
		fprintf(out, "%s%s", before, name);
}

void print_workloads(FILE *out, enum workload_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(workloads); i++)
		if (workloads[i].kind == kind)
			fprintf(out, "%s ", workloads[i].name);
}

/* The next flag of a host, without its dash, and its length; NULL behind the last. */
static const char *next_flag(const char *at, size_t *len)
{
	at += strcspn(at, "-");
	at += strspn(at, "-");
	*len = strcspn(at, "-");
	return *len ? at : NULL;
}

static bool check_host(const char *word, FILE *err)
{
	int mode = find(HOSTS, word, strcspn(word, "-"));
	const char *at = word;
	size_t len;

	if (mode < 0) {
		fprintf(err, "HOSTS=%s is unknown; allowed:", word);
		print_words(err, HOSTS, " ");
		fputs(", each with any of", err);
		print_words(err, FLAGS, " -");
		fputc('\n', err);
		return false;
	}
	while ((at = next_flag(at, &len))) {
		int flag = find(FLAGS, at, len);

		if (flag < 0) {
			fprintf(err, "HOSTS=%s: unknown flag %.*s; there are",
				word, (int)len, at);
			print_words(err, FLAGS, " ");
			fputc('\n', err);
			return false;
		}
		if (flags[flag].modes & modes[mode].mode)
			continue;
		fprintf(err, "HOSTS=%s: %s means %s\n", word, flags[flag].name,
			flags[flag].modes == HINTS && modes[mode].mode == AGNOSTIC ?
			"something for hints only" : "nothing there");
		return false;
	}
	return true;
}

bool check_word(enum plan_list list, const char *word, FILE *err)
{
	if (list == HOSTS)
		return check_host(word, err);
	if (find(list, word, strlen(word)) >= 0)
		return true;
	fprintf(err, "%s=%s is unknown; allowed:", variables[list], word);
	print_words(err, list, " ");
	fputc('\n', err);
	return false;
}

struct host host_of(const char *word)
{
	int mode = find(HOSTS, word, strcspn(word, "-"));
	struct host host = {
		.mode = modes[mode].name,
		.kernel = modes[mode].kernel,
		.guest_kernel = modes[mode].guest_kernel,
		.guest_cpu = modes[mode].guest_cpu,
	};
	bool has_window = false;
	size_t len;

	while ((word = next_flag(word, &len))) {
		int flag = find(FLAGS, word, len);

		if (flags[flag].window && has_window)
			continue;
		has_window |= flags[flag].window;
		host.flags |= 1U << flag;
	}
	return host;
}

/* Also if their flags are in another order. */
bool same_host(const char *a, const char *b)
{
	struct host x = host_of(a), y = host_of(b);

	return x.mode == y.mode && x.flags == y.flags;
}

const struct shape *shape_of(const char *label)
{
	return &shapes[find(OVERCOMMIT, label, strlen(label))];
}

const char *guest_options(const char *guest)
{
	return guests[find(GUESTS, guest, strlen(guest))].options;
}

enum workload_kind workload_kind(const char *name)
{
	return workloads[find(WORKLOADS, name, strlen(name))].kind;
}

void print_parameters(FILE *out, const struct host *host)
{
	if (!strcmp(host->kernel, "boost"))
		fprintf(out, "kvm.boost=%s ", host->mode);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (host->flags & 1U << i && flags[i].parameter)
			fprintf(out, "%s ", flags[i].parameter);
}

void print_lines(FILE *out, const struct host *host)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (host->flags & 1U << i && flags[i].line)
			fprintf(out, "%s\n", flags[i].line);
}

void print_vm_options(FILE *out, const struct host *host)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (host->flags & 1U << i && flags[i].vm)
			fputs(flags[i].vm, out);
}

const char *next_feature(const struct host *host, size_t *at)
{
	while (*at < ARRAY_SIZE(flags)) {
		size_t i = (*at)++;

		if (host->flags & 1U << i && flags[i].feature)
			return flags[i].feature;
	}
	return NULL;
}
