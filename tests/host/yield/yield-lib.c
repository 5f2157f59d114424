// SPDX-License-Identifier: GPL-2.0
/* Tasks, groups, loans and their accounts: what the tests of yield-test share. */
#define _GNU_SOURCE
#include "yield-test.h"

struct shared *sh;
int failed;
uint64_t slice;

/* A line of TAP, see tests/lab/tap.sh. No name or text has a '#'. */
void __attribute__((format(printf, 4, 5)))
verdict(bool ok, const char *where, const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("%s - %s_%s: ", ok ? "ok" : "not ok", where, name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	failed += !ok;
}

void __attribute__((format(printf, 1, 2), noreturn))
die(const char *fmt, ...)
{
	int err = errno;
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	verdict(false, "yield_test", "runs", "%s: %s", text, strerror(err));
	exit(1);
}

uint64_t now(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		return 0;
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

uint64_t cpu_time(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) ? 0 : now(clock);
}

void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000l };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* Returns by how much it was late, ns. */
uint64_t sleep_until(uint64_t at)
{
	struct timespec ts = { at / 1000000000, at % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
	return now(CLOCK_MONOTONIC) - at;
}

bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

bool set_group(const char *group, const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), CG "/%s/%s", group, file);
	return write_file(path, text);
}

void make_group(const char *group)
{
	char path[128];

	snprintf(path, sizeof(path), CG "/%s", group);
	if (mkdir(path, 0755) && errno != EEXIST)
		die("%s", path);
}

bool join(const char *group, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return set_group(group, "cgroup.procs", text);
}

bool set_cpus(pid_t pid, unsigned int mask)
{
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	for (i = 0; i < 8; i++)
		if (mask >> i & 1)
			CPU_SET(i, &set);
	return !sched_setaffinity(pid, sizeof(set), &set);
}

bool set_policy(pid_t pid, int policy)
{
	struct sched_param param = { .sched_priority = policy == SCHED_FIFO };

	return !sched_setscheduler(pid, policy, &param);
}

/* The pCPU that a task is on or waits for. */
int cpu_of(pid_t pid)
{
	char path[32], text[512], *p;
	int fd, n, i;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = 0;
	p = strrchr(text, ')');
	for (i = 2; p && i < 39; i++)
		p = strchr(p + 1, ' ');
	return p ? atoi(p) : -1;
}

/* The number in a file; 'Y' is 1. 0 if there is none. */
unsigned long number_in(const char *path)
{
	FILE *f = fopen(path, "re");
	char text[32] = "";

	if (!f)
		return 0;
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	return text[0] == 'Y' ? 1 : strtoul(text, NULL, 10);
}

/* A line of the scheduler's own statistics; 0 without loans. */
unsigned long stat_of(const char *name)
{
	FILE *f = fopen(STATS, "re");
	unsigned long value = 0, v;
	char line[64];

	if (!f)
		return 0;
	while (fscanf(f, "%63s %lu", line, &v) == 2)
		if (!strcmp(line, name))
			value = v;
	fclose(f);
	return value;
}

/* Loans and advances. */
unsigned long stat_begun(void)
{
	return stat_of("yields") + stat_of("advances");
}

unsigned long stat_ended(void)
{
	return stat_of("ended_timer") + stat_of("ended_done") + stat_of("ended_block") +
	       stat_of("ended_preempt") + stat_of("ended_passed") + stat_of("ended_gone");
}

/*
 * What the tasks do
 */

static void react(struct task *me, struct task *lender, int device)
{
	int what = me->react;

	me->react = SPIN_ON;
	me->reacted++;
	switch (what) {
	case EXIT:
		_exit(0);
	case SLEEP:
		sleep_ms(1);
		break;
	case DONE:
		ioctl(device, PVB_DONE);
		break;
	case LIMIT:
		ioctl(device, PVB_LIMIT, 100 * USEC);
		break;
	case LOCK:
		ioctl(device, PVB_MUTEX, 0);
		break;
	case MOVE_CPU:
		set_cpus(0, 1 << 2);
		break;
	case GO_FIFO:
		set_policy(0, SCHED_FIFO);
		set_policy(0, SCHED_OTHER);
		break;
	case MOVE_GROUP:
		join("other", me->pid);
		break;
	case KILL_LENDER:
		kill(lender->pid, SIGKILL);
		break;
	case MOVE_LENDER:
		set_cpus(lender->pid, 1 << 2);
		break;
	case FIFO_LENDER:
		set_policy(lender->pid, SCHED_FIFO);
		set_policy(lender->pid, SCHED_OTHER);
		break;
	case GROUP_LENDER:
		join("other", lender->pid);
		break;
	}
}

int open_device(void)
{
	return open("/dev/pvb-yield", O_RDWR | O_CLOEXEC);
}

void spin(struct task *me, struct task *lender)
{
	int device = open_device();
	volatile int n;

	for (;;) {
		me->turns++;
		for (n = 0; n < 50; n++)
			;
		if (me->react != SPIN_ON)
			react(me, lender, device);
	}
}

void hold_mutex(struct task *me, uint64_t ns)
{
	int device = open_device();

	for (;;) {
		me->turns++;
		ioctl(device, PVB_MUTEX, ns);
	}
}

void watch(struct task *me)
{
	uint64_t last = now(CLOCK_MONOTONIC), t;

	for (;;) {
		me->turns++;
		t = now(CLOCK_MONOTONIC);
		if (t - last > me->waited)
			me->waited = t - last;
		if (t - last > MSEC) {
			me->waits++;
			me->off += t - last;
		}
		last = t;
	}
}

bool close_to(int64_t a, int64_t b, int64_t by)
{
	return a - b <= by && b - a <= by;
}

void count_ret(struct sums *s, int ret)
{
	s->calls++;
	if (ret >= 0 && ret < RET_NR)
		s->ret[ret]++;
}

/* Rounding of a few divisions by the weight, ns. */
#define ROUNDING	32

void account(struct sums *s, const struct pvb_yield *y, pid_t self)
{
	int64_t wt = y->target_asked.weight, wl = y->lender_lent.weight;
	int64_t moved, left, got, gave;

	count_ret(s, y->ret);
	if (y->ret == RET_LENT && y->next == y->to)
		s->next++;
	if (!y->lent)
		return;
	s->lent++;
	if (y->why < 0 || y->why >= END_NR)
		return;
	s->ended[y->why]++;
	if (y->after == self)
		s->after++;
	s->used += y->used;

	/*
	 * The target may have run meanwhile, the lender been billed for an interrupt before
	 * it was switched out, or a group's weight have been set anew.
	 */
	if (y->target_asked.exec != y->target_lent.exec ||
	    y->lender_lent.exec != y->lender_ended.exec ||
	    y->target_ended.weight != y->target_asked.weight ||
	    y->lender_ended.weight != y->lender_lent.weight)
		return;
	s->exact++;
	got = (int64_t)(y->target_ended.vruntime - y->target_lent.vruntime) * wt / PVB_NICE_0;
	gave = (int64_t)(y->lender_ended.vruntime - y->lender_lent.vruntime) * wl / PVB_NICE_0;
	/* The target's own account has grown by what it used. */
	s->conserved += close_to(got + gave, y->used, ROUNDING + wt / PVB_NICE_0 + wl / PVB_NICE_0);
	if (gave < y->used - ROUNDING) {
		s->short_of++;
		return;
	}
	s->paid += close_to(gave, y->used, ROUNDING + wl / PVB_NICE_0);
	moved = y->target_ended.vruntime - y->target_asked.vruntime;
	left = (y->target_ended.deadline - y->target_ended.vruntime) -
		(y->target_asked.deadline - y->target_asked.vruntime);
	s->in_place += close_to(moved, 0, ROUNDING) &&
		       close_to(left * wt / PVB_NICE_0, 0, ROUNDING);
}

void yield_once(struct task *me, int device, struct task *to, unsigned int level,
		uint64_t ns)
{
	me->y = (struct pvb_yield){ .to = to->pid, .level = level, .ns = ns };
	if (ioctl(device, PVB_YIELD, &me->y))
		me->y.ret = -1;
}

void spin_for(struct task *me, uint64_t ns)
{
	uint64_t end = now(CLOCK_MONOTONIC) + ns;

	while (now(CLOCK_MONOTONIC) < end)
		me->turns++;
}

void lend(struct task *me, const struct lending *l)
{
	int device = open_device();
	unsigned int i;

	for (i = 0; !l->times || i < l->times; i++) {
		spin_for(me, l->gap);
		l->to->react = l->react;
		yield_once(me, device, l->to, l->level, l->ns);
		account(&me->sums, &me->y, me->pid);
	}
	for (;;)
		pause();
}

/*
 * Starting and stopping them
 */

void await_go(struct task *t)
{
	t->pid = getpid();
	while (!t->go)
		sleep_ms(1);
}

void place_task(pid_t pid, const struct place *place)
{
	if (!join(place->group, pid) || !set_cpus(pid, place->cpus) ||
	    setpriority(PRIO_PROCESS, pid, place->nice))
		die("placing a task in %s, CPUs %x", place->group, place->cpus);
}

/* Returns true in the child, when it may begin. */
bool fork_task(struct task *t, const struct place *place)
{
	memset(t, 0, sizeof(*t));
	t->pid = fork();
	if (t->pid < 0)
		die("fork");
	if (!t->pid) {
		await_go(t);
		return true;
	}
	place_task(t->pid, place);
	return false;
}

/* One that shares our memory, as the vCPUs of a VM do: @run gets the task. */
void clone_task(struct task *t, const struct place *place, int (*run)(void *))
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(t, 0, sizeof(*t));
	if (stack == MAP_FAILED)
		die("a stack");
	t->pid = clone(run, stack + STACK, CLONE_VM | SIGCHLD, t);
	if (t->pid < 0)
		die("clone");
	place_task(t->pid, place);
}

void go(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		sh->task[i].go = 1;
}

void reap(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		kill(sh->task[i].pid, SIGKILL);
	for (i = 0; i < nr; i++)
		waitpid(sh->task[i].pid, NULL, 0);
}

void spawn_spinner(unsigned int i, const struct place *place)
{
	if (fork_task(&sh->task[i], place))
		spin(&sh->task[i], &sh->task[0]);
}

void spawn_lender(unsigned int i, const struct place *place, const struct lending *l)
{
	if (fork_task(&sh->task[i], place))
		lend(&sh->task[i], l);
}

void set_slice(uint64_t ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)ns);
	if (!write_file(SLICE_FILE, text))
		die("%s", SLICE_FILE);
}

void get_slice(void)
{
	unsigned long long ns = 0;
	FILE *f = fopen(SLICE_FILE, "re");

	if (!f || fscanf(f, "%llu", &ns) != 1)
		die("%s", SLICE_FILE);
	fclose(f);
	slice = ns;
}

void make_groups(void)
{
	static const char *const names[] = {
		"all", "a", "b", "va", "vb", "va/0", "va/1", "vb/0", "other", "quota",
		"vq", "vq/0", "vq/1",
	};
	unsigned int i;

	write_file("/cg/cgroup.subtree_control", "+cpu");
	mkdir(CG, 0755);
	write_file(CG "/cgroup.subtree_control", "+cpu");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		make_group(names[i]);
		if (names[i][0] == 'v' && !names[i][2])
			set_group(names[i], "cgroup.subtree_control", "+cpu");
	}
}

void set_weights(bool unequal)
{
	set_group("a", "cpu.weight", unequal ? "300" : "100");
	set_group("va", "cpu.weight", unequal ? "300" : "100");
	set_group("va/0", "cpu.weight", unequal ? "50" : "100");
	set_group("va/1", "cpu.weight", unequal ? "200" : "100");
}

double percent(double part, double all)
{
	return all ? 100 * part / all : 0;
}
