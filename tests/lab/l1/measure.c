// SPDX-License-Identifier: GPL-2.0
/*
 * Measures one job of the first guest: what the host counted between its "begin" and
 * its "end" line, and what the guest says of it, go to cell.tsv.
 */
#include <string.h>

#include "files.h"
#include "host-stats.h"
#include "measure.h"
#include "pauses.h"

static struct vm_snapshot snap_begin[MAX_VMS], snap_end[MAX_VMS];
static uint64_t begin_ns;
static FILE *cell;

void open_measurements(void)
{
	cell = open_out("cell", ".tsv");
	open_pause_files();
}

static void emit(const char *job, const char *metric, uint64_t value,
		 const char *unit)
{
	fprintf(cell, "%s\t%s\t%llu\t%s\n", job, metric,
		(unsigned long long)value, unit);
}

/*
 * Reading takes CPU from the guests. What takes long comes before the interval
 * or after it; CPU time, which is divided by it, is read at its ends.
 */
void job_begins(void)
{
	if (!REAL_HOST)
		empty_trace();
	read_all_kvm_stats(snap_begin);
	if (!REAL_HOST)
		trace_on(true);
	read_all_schedstats(snap_begin);
	begin_ns = now_ns();
}

static void emit_stats(const char *job)
{
	const struct vm_snapshot *b = &snap_begin[0], *e = &snap_end[0];

	for (unsigned int i = 0; i < e->nr_stats; i++) {
		const struct stat_value *v = &e->stats[i];

		if (i < b->nr_stats && !strcmp(v->name, b->stats[i].name))
			emit(job, v->name, v->value - b->stats[i].value,
			     strstr(v->name, "_ns") ? "ns" : "count");
	}
}

void job_ends(struct vm *vm, char *said)
{
	uint64_t took_ns = now_ns() - begin_ns, other_ns = 0, lost;
	char *save, *job, *key, *value;

	read_all_schedstats(snap_end);
	if (!REAL_HOST)
		trace_on(false);
	read_all_kvm_stats(snap_end);

	strtok_r(said, " ", &save);
	job = strtok_r(NULL, " ", &save);
	if (!job)
		die(EX_LAB, "guest %s: 'end' without a name", vm->name);
	while ((key = strtok_r(NULL, " ", &save)) &&
	       (value = strtok_r(NULL, " ", &save)))
		fprintf(cell, "%s\t%s\t%s\t%s\n", job,
			strcmp(key, "ns") ? key : "elapsed_ns", value,
			strstr(key, "ns") ? "ns" : "count");

	emit(job, "host_ns", took_ns, "ns");
	emit(job, "cpu_ns", snap_end[0].vcpu_ns - snap_begin[0].vcpu_ns, "ns");
	emit(job, "cpu_all_ns", snap_end[0].all_ns - snap_begin[0].all_ns, "ns");
	emit(job, "wait_ns", snap_end[0].wait_ns - snap_begin[0].wait_ns, "ns");
	emit(job, "slices", snap_end[0].slices - snap_begin[0].slices, "count");
	for (unsigned int i = 1; i < nr_vms; i++)
		other_ns += snap_end[i].vcpu_ns - snap_begin[i].vcpu_ns;
	if (nr_vms > 1)
		emit(job, "cpu_ns_hog", other_ns, "ns");
	if (!REAL_HOST)
		emit(job, "pause_exits", count_pauses(vm, job, begin_ns), "count");
	emit_stats(job);
	if (REAL_HOST)
		return;

	lost = trace_overruns();
	if (lost)
		die(EX_LAB, "%s: the trace buffer lost %llu PAUSE exits; make it larger",
		    job, (unsigned long long)lost);
}
