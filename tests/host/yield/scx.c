// SPDX-License-Identifier: GPL-2.0
/*
 * scx: loads and unloads a scheduler made of BPF, again and again, while others lend
 * each other the CPU. It has no program: all that sched_ext does by itself. In L1, on a
 * kernel of `make kernel-bpf`.
 *
 * usage: scx SECONDS
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#define STATE	"/sys/kernel/sched_ext/state"
#define NAME	"pvb"

/* Where in @type is the member @name? Bytes; -1: nowhere. */
static long offset_of(const struct btf *btf, int type, const char *name)
{
	const struct btf_type *t = btf__type_by_id(btf, type);
	const struct btf_member *m = btf_members(t);
	int i;

	for (i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, m[i].name_off), name))
			return btf_member_bit_offset(t, i) / 8;
	return -1;
}

static bool state_is(const char *wanted)
{
	FILE *f = fopen(STATE, "re");
	char state[32] = "";

	if (!f)
		return false;
	if (!fgets(state, sizeof(state), f))
		state[0] = 0;
	fclose(f);
	return !strncmp(state, wanted, strlen(wanted));
}

static bool await_disabled(void)
{
	int i;

	for (i = 0; i < 500 && !state_is("disabled"); i++)
		usleep(2000);
	return i < 500;
}

static int bail(const char *what)
{
	printf("not ok - scx_%s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	struct bpf_map_create_opts opts = { .sz = sizeof(opts) };
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 2);
	int ops, value, loads = 0, key = 0, fd;
	struct btf *btf, *own;
	long long size;
	long data, name;
	char *image;

	btf = btf__load_vmlinux_btf();
	if (!btf)
		return bail("kernel_has_btf");
	ops = btf__find_by_name_kind(btf, "sched_ext_ops", BTF_KIND_STRUCT);
	value = btf__find_by_name_kind(btf, "bpf_struct_ops_sched_ext_ops", BTF_KIND_STRUCT);
	if (ops < 0 || value < 0)
		return bail("kernel_has_sched_ext");
	size = btf__resolve_size(btf, value);
	data = offset_of(btf, value, "data");
	name = offset_of(btf, ops, "name");
	if (size < 0 || data < 0 || name < 0)
		return bail("kernel_has_its_type");
	image = calloc(1, size);
	if (!image)
		return bail("has_memory");
	memcpy(image + data + name, NAME, sizeof(NAME));
	opts.btf_vmlinux_value_type_id = value;
	/* a map of a kernel's type wants types of the caller's, too */
	own = btf__new_empty();
	if (!own || btf__add_int(own, "int", sizeof(int), BTF_INT_SIGNED) < 0 ||
	    btf__load_into_kernel(own))
		return bail("has_types");
	opts.btf_fd = btf__fd(own);

	/* One goes by itself when a CPU comes or goes. */
	while (time(NULL) < end) {
		fd = bpf_map_create(BPF_MAP_TYPE_STRUCT_OPS, NAME, sizeof(key), size, 1, &opts);
		if (fd < 0)
			return bail("creates_a_scheduler");
		if (!bpf_map_update_elem(fd, &key, image, 0)) {
			loads += state_is("enabled");
			usleep(20000);
			bpf_map_delete_elem(fd, &key);
		}
		close(fd);
		if (!await_disabled())
			return bail("scheduler_goes");
		usleep(20000);
	}
	printf("%sok - scx_schedulers_come_and_go: %d times\n", loads >= 5 ? "" : "not ", loads);
	return loads < 5;
}
