// SPDX-License-Identifier: GPL-2.0
/*
 * PAUSE exits of a guest, from the kvm_exit tracepoint: how many in a row at which
 * address (pauses.tsv), and when (timeline.tsv).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "pauses.h"

#define TRACE_DIR	"/sys/kernel/tracing/instances/vmctl"

static FILE *pauses, *timeline;

void open_pause_files(void)
{
	pauses = open_out("pauses", ".tsv");
	timeline = open_out("timeline", ".tsv");
}

static bool host_is_intel(void)
{
	static char info[4096];

	return read_text("/proc/cpuinfo", info, sizeof(info)) &&
	       strstr(info, "GenuineIntel");
}

void setup_trace(void)
{
	make_dir(TRACE_DIR);
	must_write(TRACE_DIR "/tracing_on", "0");
	must_write(TRACE_DIR "/buffer_size_kb", "8192");
	/* This is the clock of now_ns(). */
	must_write(TRACE_DIR "/trace_clock", "mono");
	/* SVM_EXIT_PAUSE, EXIT_REASON_PAUSE_INSTRUCTION */
	must_write(TRACE_DIR "/events/kvm/kvm_exit/filter",
		   host_is_intel() ? "exit_reason == 40" : "exit_reason == 119");
	must_write(TRACE_DIR "/events/kvm/kvm_exit/enable", "1");
}

void empty_trace(void)
{
	must_write(TRACE_DIR "/trace", "0");
}

void trace_on(bool on)
{
	must_write(TRACE_DIR "/tracing_on", on ? "1" : "0");
}

struct pause_run {
	uint64_t rip;
	uint64_t length;
	uint64_t count;
};

static struct pause_run *runs;
static size_t nr_runs, max_runs;

static void add_run(uint64_t rip, uint64_t length)
{
	if (!length)
		return;
	for (size_t i = 0; i < nr_runs; i++) {
		if (runs[i].rip == rip && runs[i].length == length) {
			runs[i].count++;
			return;
		}
	}
	if (nr_runs == max_runs) {
		max_runs = max_runs ? 2 * max_runs : 256;
		runs = realloc(runs, max_runs * sizeof(*runs));
		if (!runs)
			die(EX_LAB, "out of memory for PAUSE runs");
	}
	runs[nr_runs++] = (struct pause_run){ rip, length, 1 };
}

static int by_rip_length(const void *a, const void *b)
{
	const struct pause_run *x = a, *y = b;

	if (x->rip != y->rip)
		return x->rip < y->rip ? -1 : 1;
	return x->length < y->length ? -1 : x->length > y->length;
}

/* PAUSE exits over time, from a job's begin on; the last bin takes the rest. */
#define TIMELINE_MS	10
#define TIMELINE_BINS	1000

static uint64_t exits_at[TIMELINE_BINS];

/* @at: the colon behind a trace line's time, which is in seconds. */
static void add_to_timeline(const char *line, const char *at, uint64_t begin_ns)
{
	uint64_t ns, bin;

	while (at > line && at[-1] != ' ')
		at--;
	ns = (uint64_t)(strtod(at, NULL) * 1e9);
	bin = ns > begin_ns ? (ns - begin_ns) / (TIMELINE_MS * 1000000) : 0;
	exits_at[bin < TIMELINE_BINS ? bin : TIMELINE_BINS - 1]++;
}

/* Of the first repetition: a page shows one, and lines do not name theirs. */
static void write_timeline(const struct vm *vm, const char *job)
{
	for (unsigned int i = 0; i < TIMELINE_BINS; i++)
		if (exits_at[i] && vm->asked <= vm->nr_jobs)
			fprintf(timeline, "%s\t%u\t%llu\n", job, i * TIMELINE_MS,
				(unsigned long long)exits_at[i]);
	memset(exits_at, 0, sizeof(exits_at));
}

/*
 * One trace line: "  CPU 2/KVM-123  [001] .... 12.345: kvm_exit: vcpu 2
 * reason pause rip 0xffffffff81234567 info1 ...". A run is a row of PAUSE exits
 * of one vCPU at one RIP with no PAUSE exit elsewhere between them.
 */
uint64_t count_pauses(const struct vm *vm, const char *job, uint64_t begin_ns)
{
	uint64_t last_rip[MAX_VCPUS] = { 0 }, length[MAX_VCPUS] = { 0 }, total = 0;
	char line[512];
	FILE *trace = fopen(TRACE_DIR "/trace", "re");

	if (!trace)
		die(EX_LAB, "%s/trace: %s", TRACE_DIR, strerror(errno));
	nr_runs = 0;
	while (fgets(line, sizeof(line), trace)) {
		char *at = strstr(line, ": kvm_exit: vcpu ");
		char *rip_text = at ? strstr(at, " rip ") : NULL;
		char *bracket = strstr(line, " [");
		char *dash;
		unsigned int vcpu;
		uint64_t rip;

		if (line[0] == '#' || !rip_text || !bracket)
			continue;
		*bracket = '\0';
		dash = strrchr(line, '-');
		vcpu = (unsigned int)strtoul(at + strlen(": kvm_exit: vcpu "), NULL, 10);
		if (!dash || vcpu >= vm->vcpus || atoi(dash + 1) != vm->vcpu_tid[vcpu])
			continue;
		rip = strtoull(rip_text + 5, NULL, 16);
		add_to_timeline(line, at, begin_ns);
		total++;
		if (length[vcpu] && rip == last_rip[vcpu]) {
			length[vcpu]++;
			continue;
		}
		add_run(last_rip[vcpu], length[vcpu]);
		last_rip[vcpu] = rip;
		length[vcpu] = 1;
	}
	fclose(trace);
	write_timeline(vm, job);
	for (unsigned int v = 0; v < vm->vcpus; v++)
		add_run(last_rip[v], length[v]);
	qsort(runs, nr_runs, sizeof(*runs), by_rip_length);
	for (size_t i = 0; i < nr_runs; i++)
		fprintf(pauses, "%s\t0x%llx\t%llu\t%llu\n", job,
			(unsigned long long)runs[i].rip,
			(unsigned long long)runs[i].length,
			(unsigned long long)runs[i].count);
	return total;
}

uint64_t trace_overruns(void)
{
	char path[PATH_SIZE], text[1024], *at;
	uint64_t lost = 0;

	for (unsigned int cpu = 0; cpu < MAX_VCPUS; cpu++) {
		format(path, "%s/per_cpu/cpu%u/stats", TRACE_DIR, cpu);
		if (!read_text(path, text, sizeof(text)))
			break;
		at = strstr(text, "overrun: ");
		if (at)
			lost += strtoull(at + strlen("overrun: "), NULL, 10);
	}
	return lost;
}
