// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pauses.h"

#define KERNEL_HALF	0x8000000000000000ULL

#define PAUSES_HEADER \
	"host\tguest\tovercommit\tlayout\tworkload\tfunction\texits\truns\trun_p50\trun_p99\trun_max"

#define TIMELINE_HEADER \
	"round\thost\tguest\tovercommit\tlayout\tworkload\tfrom_ms\texits"

/* Functions shown for each cell in the terminal. */
#define TOP_FUNCTIONS	2
#define LEAST_PART	5	/* percent of the cell's exits */

static int by_address(const void *a, const void *b)
{
	uint64_t x = ((const struct symbol *)a)->address;
	uint64_t y = ((const struct symbol *)b)->address;

	return (x > y) - (x < y);
}

bool read_symbols(struct symbols *s, FILE *in, const char *name,
		  char error[ERROR_SIZE])
{
	size_t room = 0;
	char line[1024];

	while (fgets(line, sizeof(line), in)) {
		struct symbol new;
		char type;

		if (sscanf(line, "%" SCNx64 " %c %63s", &new.address, &type,
			   new.name) != 3) {
			snprintf(error, ERROR_SIZE, "%s: not a System.map", name);
			return false;
		}
		if (type != 't' && type != 'T')
			continue;
		if (s->n == room) {
			room = room ? 2 * room : 4096;
			s->v = realloc(s->v, room * sizeof(*s->v));
			if (!s->v)
				abort();
		}
		s->v[s->n++] = new;
	}
	if (!s->n) {
		snprintf(error, ERROR_SIZE, "%s: no functions in it", name);
		return false;
	}
	qsort(s->v, s->n, sizeof(*s->v), by_address);
	return true;
}

void free_symbols(struct symbols *s)
{
	free(s->v);
	*s = (struct symbols){ 0 };
}

const char *name_address(const struct symbols *s, uint64_t address)
{
	size_t low = 0, high = s->n;

	if (address < KERNEL_HALF)
		return "user";
	/* The last function that starts at or before the address. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->v[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? s->v[low - 1].name : "unknown";
}

void free_pauses(struct pauses *p)
{
	free(p->v);
	*p = (struct pauses){ 0 };
}

bool read_pauses(struct pauses *p, const struct symbols *s,
		 const struct cell *cell, FILE *in, const char *name,
		 char error[ERROR_SIZE])
{
	unsigned long nr = 0;
	char line[1024];

	while (fgets(line, sizeof(line), in)) {
		struct pause new = { .cell = *cell };
		uint64_t rip;

		nr++;
		if (sscanf(line, "%47s 0x%" SCNx64 " %" SCNu64 " %" SCNu64,
			   new.cell.workload, &rip, &new.length,
			   &new.count) != 4 || !new.length || !new.count) {
			snprintf(error, ERROR_SIZE, "%s:%lu: not a run of PAUSE exits",
				 name, nr);
			return false;
		}
		snprintf(new.function, SYMBOL_SIZE, "%s", name_address(s, rip));
		p->v = realloc(p->v, (p->n + 1) * sizeof(*p->v));
		if (!p->v)
			abort();
		p->v[p->n++] = new;
	}
	return true;
}

static int by_function(const void *a, const void *b)
{
	const struct pause *x = a, *y = b;
	int c = compare_cells(&x->cell, &y->cell);

	if (c)
		return c;
	c = strcmp(x->function, y->function);
	return c ? c : (x->length > y->length) - (x->length < y->length);
}

/* @v: all run lengths of one function, in order of length. */
static struct spin sum_up(const struct pause *v, size_t n)
{
	struct spin f = { .cell = v->cell, .max = v[n - 1].length };
	uint64_t seen = 0;
	size_t i;

	memcpy(f.name, v->function, SYMBOL_SIZE);
	for (i = 0; i < n; i++) {
		f.runs += v[i].count;
		f.exits += v[i].count * v[i].length;
	}
	for (i = 0; i < n && !f.p99; i++) {
		seen += v[i].count;
		if (!f.p50 && seen * 2 >= f.runs)
			f.p50 = v[i].length;
		if (seen * 100 >= f.runs * 99)
			f.p99 = v[i].length;
	}
	return f;
}

static int by_exits(const void *a, const void *b)
{
	const struct spin *x = a, *y = b;
	int c = compare_cells_for_print(&x->cell, &y->cell);

	if (c)
		return c;
	if (x->exits != y->exits)
		return x->exits < y->exits ? 1 : -1;
	return strcmp(x->name, y->name);
}

void write_pauses(struct pauses *p, FILE *out)
{
	struct spin *f = calloc(p->n ? p->n : 1, sizeof(*f));
	size_t i, first = 0, n = 0;

	if (!f)
		abort();
	if (p->n)
		qsort(p->v, p->n, sizeof(*p->v), by_function);
	for (i = 1; i <= p->n; i++) {
		if (i < p->n && !strcmp(p->v[i].function, p->v[first].function) &&
		    !compare_cells(&p->v[i].cell, &p->v[first].cell))
			continue;
		f[n++] = sum_up(&p->v[first], i - first);
		first = i;
	}
	if (n)
		qsort(f, n, sizeof(*f), by_exits);

	fprintf(out, "%s\n", PAUSES_HEADER);
	for (i = 0; i < n; i++)
		fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%" PRIu64 "\t%" PRIu64
			"\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
			f[i].cell.host, f[i].cell.guest, f[i].cell.overcommit,
			f[i].cell.layout, f[i].cell.workload, f[i].name,
			f[i].exits, f[i].runs, f[i].p50, f[i].p99, f[i].max);
	free(f);
}

bool read_spins(struct spins *list, FILE *in, const char *name,
		char error[ERROR_SIZE])
{
	struct spin *f = NULL;
	char line[1024];
	size_t n = 0;

	*list = (struct spins){ 0 };
	if (!fgets(line, sizeof(line), in) ||
	    strncmp(line, PAUSES_HEADER, strlen(PAUSES_HEADER))) {
		snprintf(error, ERROR_SIZE, "%s: not a pauses.tsv", name);
		return false;
	}
	while (fgets(line, sizeof(line), in)) {
		struct spin *new;

		f = realloc(f, (n + 1) * sizeof(*f));
		if (!f)
			abort();
		new = &f[n++];
		if (sscanf(line, "%47s %47s %47s %47s %47s %63s %" SCNu64 " %"
			   SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
			   new->cell.host, new->cell.guest, new->cell.overcommit,
			   new->cell.layout, new->cell.workload, new->name,
			   &new->exits, &new->runs, &new->p50, &new->p99,
			   &new->max) != 11 || !plain_word(new->name)) {
			snprintf(error, ERROR_SIZE, "%s:%zu: not a line of a pauses.tsv",
				 name, n + 1);
			free(f);
			return false;
		}
	}
	list->v = f;
	list->n = n;
	return true;
}

void free_spins(struct spins *list)
{
	free(list->v);
	*list = (struct spins){ 0 };
}

bool print_pauses(FILE *in, const char *name, FILE *out, char error[ERROR_SIZE])
{
	const char *most = "";
	struct spins list;
	struct spin *f;
	size_t n, i, j, first;

	if (!read_spins(&list, in, name, error))
		return false;
	f = list.v;
	n = list.n;

	/* The plain labels only: "4" and not "4@8" or "4+solo". */
	for (i = 0; i < n; i++)
		if (!strpbrk(f[i].cell.overcommit, "@+") &&
		    compare_labels(f[i].cell.overcommit, most) > 0)
			most = f[i].cell.overcommit;
	if (*most)
		fprintf(out, "\nWhere guests spin at %s:1 (host pristine, layout vcpu): PAUSE exits, lengths of runs at one RIP\n"
			"%-10s %-8s %-38s %9s %5s %5s %5s %6s\n", most,
			"workload", "guest", "function", "exits",
			"part", "p50", "p99", "max");
	for (first = 0; first < n; first = i) {
		uint64_t all = 0;

		for (i = first; i < n && !compare_cells(&f[i].cell,
							&f[first].cell); i++)
			all += f[i].exits;
		if (strcmp(f[first].cell.overcommit, most) ||
		    strcmp(f[first].cell.host, "pristine") ||
		    strcmp(f[first].cell.layout, "vcpu") ||
		    strchr(f[first].cell.guest, '-'))
			continue;
		for (j = first; j < i && j < first + TOP_FUNCTIONS &&
		     f[j].exits * 100 >= all * LEAST_PART; j++)
			fprintf(out, "%-10.10s %-8s %-38.38s %9" PRIu64 " %3.0f %% %5" PRIu64
				" %5" PRIu64 " %6" PRIu64 "\n",
				f[j].cell.workload, f[j].cell.guest, f[j].name, f[j].exits,
				100.0 * f[j].exits / all, f[j].p50, f[j].p99,
				f[j].max);
	}
	free_spins(&list);
	return true;
}

void write_bursts_header(FILE *out)
{
	fprintf(out, "%s\n", TIMELINE_HEADER);
}

bool copy_bursts(FILE *out, unsigned long round, const struct cell *cell,
		 FILE *in, const char *name, char error[ERROR_SIZE])
{
	char line[256], workload[FIELD_SIZE];
	unsigned long nr = 0;
	unsigned int ms;
	uint64_t exits;

	while (fgets(line, sizeof(line), in)) {
		nr++;
		if (sscanf(line, "%47s %u %" SCNu64, workload, &ms, &exits) != 3 ||
		    !plain_word(workload)) {
			snprintf(error, ERROR_SIZE, "%s:%lu: not a line of a timeline",
				 name, nr);
			return false;
		}
		fprintf(out, "%lu\t%s\t%s\t%s\t%s\t%s\t%u\t%" PRIu64 "\n", round,
			cell->host, cell->guest, cell->overcommit, cell->layout,
			workload, ms, exits);
	}
	return true;
}

bool read_bursts(struct bursts *list, FILE *in, const char *name,
		 char error[ERROR_SIZE])
{
	unsigned long nr = 1;
	size_t room = 0;
	char line[512];

	if (!fgets(line, sizeof(line), in) ||
	    strncmp(line, TIMELINE_HEADER, strlen(TIMELINE_HEADER))) {
		snprintf(error, ERROR_SIZE, "%s: not a timeline.tsv", name);
		return false;
	}
	while (fgets(line, sizeof(line), in)) {
		struct burst *b;

		nr++;
		if (list->n == room) {
			room = room ? 2 * room : 1024;
			list->v = realloc(list->v, room * sizeof(*list->v));
			if (!list->v)
				abort();
		}
		b = &list->v[list->n++];
		if (sscanf(line, "%lu %47s %47s %47s %47s %47s %u %" SCNu64,
			   &b->round, b->cell.host, b->cell.guest,
			   b->cell.overcommit, b->cell.layout, b->cell.workload,
			   &b->ms, &b->exits) != 8) {
			snprintf(error, ERROR_SIZE, "%s:%lu: not a line of a timeline.tsv",
				 name, nr);
			return false;
		}
	}
	return true;
}

void free_bursts(struct bursts *list)
{
	free(list->v);
	*list = (struct bursts){ 0 };
}
