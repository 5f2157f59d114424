// SPDX-License-Identifier: GPL-2.0
/*
 * regs: do RIP and RFLAGS that a VMM sets arrive in the guest, whatever pre-empts the vCPU's
 * thread meanwhile? In L1, for test-intel; prints TAP.
 *
 * KVM on VMX stores a new RIP in two steps, value and "dirty" bit. Between them nobody may
 * fetch the old one from the VMCS, and the scheduler may call KVM there. So: a vCPU in a
 * loop is kicked by a timer of its own thread, which reads no register, and sent to another
 * loop with other flags by KVM_SET_REGS. Another timer wakes a thread of higher priority on
 * the same pCPU at a random moment of that. The vCPU's loop writes down where it is and what
 * its flags are, and executes CPUID, which makes KVM move RIP, too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LOOPS		16
#define CODE(n)		(0x1000 + (n) * 0x100)
#define STACK		0x800
#define FLAGS_FIXED	2
#define FLAGS_ARITH	0x8d5	/* OF SF ZF AF PF CF */

/* What the guest writes, at address 0 */
struct notes {
	uint16_t loop, flags, before, after;
};

static long preemptions;
static pid_t preemptor;
static sem_t ready;

static void fail(const char *what)
{
	printf("not ok - vmm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void report(const char *check, long wrong)
{
	printf("%s - %s: %ld wrong\n", wrong ? "not ok" : "ok", check, wrong);
}

static uint32_t next_random(void)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

static void *preempt(void *unused)
{
	sigset_t set, all;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	/* the kick is for the other thread */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	preemptor = gettid();
	sem_post(&ready);
	while (sigwaitinfo(&set, NULL) == SIGUSR1)
		preemptions++;
	return unused;
}

static void wakened(int sig)
{
	(void)sig;
}

/* mov word [0], n; pushf; pop word [2]; inc word [4]; cpuid; inc word [6]; jmp after mov */
static void write_loop(uint8_t *mem, int n)
{
	uint8_t code[] = {
		0xc7, 0x06, 0x00, 0x00, n + 1, 0x00,	/* mov word [0], n + 1 */
		0x9c,					/* pushf */
		0x8f, 0x06, 0x02, 0x00,			/* pop word [2] */
		0xff, 0x06, 0x04, 0x00,			/* inc word [4] */
		0x0f, 0xa2,				/* cpuid */
		0xff, 0x06, 0x06, 0x00,			/* inc word [6] */
		0xeb, 0xf4,				/* jmp to the first inc */
	};

	memcpy(mem + CODE(n), code, sizeof(code));
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 20000, entered = 0;
	long bad_rip = 0, bad_flags = 0, bad_steps = 0;
	struct sched_param fifo = { .sched_priority = 1 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct sigaction action = { .sa_handler = wakened };
	struct kvm_userspace_memory_region slot = { .memory_size = 0x10000 };
	struct kvm_sregs sregs;
	volatile struct notes *notes;
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t usr1;
	cpu_set_t cpu0;
	timer_t kick, disturb;
	uint8_t *mem;
	int kvm, vm, vcpu;

	setvbuf(stdout, NULL, _IOLBF, 0);
	CPU_ZERO(&cpu0);
	CPU_SET(0, &cpu0);
	if (sched_setaffinity(0, sizeof(cpu0), &cpu0))
		fail("affinity");
	kvm = open("/dev/kvm", O_RDWR);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	mem = mmap(NULL, slot.memory_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		   -1, 0);
	slot.userspace_addr = (uintptr_t)mem;
	if (kvm < 0 || vm < 0 || ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot))
		fail("VM");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0 || ioctl(vcpu, KVM_GET_SREGS, &sregs))
		fail("vCPU");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs))
		fail("sregs");
	for (int i = 0; i < LOOPS; i++)
		write_loop(mem, i);
	notes = (struct notes *)mem;

	sigaction(SIGALRM, &action, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, &kick))
		fail("timer");
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	sem_init(&ready, 0, 0);
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &fifo);
	errno = pthread_create(&thread, &attr, preempt, NULL);
	if (errno)
		fail("thread");
	sem_wait(&ready);
	event.sigev_notify = SIGEV_THREAD_ID;
	event.sigev_signo = SIGUSR1;
	event._sigev_un._tid = preemptor;
	if (timer_create(CLOCK_MONOTONIC, &event, &disturb))
		fail("timer");

	for (long i = 0; i < rounds; i++) {
		int n = i % LOOPS;
		uint16_t flags = FLAGS_FIXED | (next_random() & FLAGS_ARITH);
		struct kvm_regs regs = { .rip = CODE(n), .rflags = flags, .rsp = STACK };
		struct itimerspec soon = {
			.it_value.tv_nsec = 4000 + next_random() % 4000,
			/* the first may come before the guest is entered */
			.it_interval.tv_nsec = 20000,
		};
		struct itimerspec then = {
			.it_value.tv_nsec = 500 + next_random() % 7000,
		};

		notes->loop = 0;
		notes->before = 0;
		notes->after = 0;
		timer_settime(disturb, 0, &then, NULL);
		if (ioctl(vcpu, KVM_SET_REGS, &regs))
			fail("KVM_SET_REGS");
		for (int tries = 0; !notes->after && tries < 100; tries++) {
			timer_settime(kick, 0, &soon, NULL);
			if (!ioctl(vcpu, KVM_RUN, 0) || errno != EINTR)
				fail("KVM_RUN");
			soon.it_value.tv_nsec += 2000;
		}
		entered += !!notes->after;
		bad_rip += notes->loop != n + 1;
		bad_flags += notes->loop == n + 1 &&
			     ((notes->flags ^ flags) & FLAGS_ARITH) != 0;
		bad_steps += (uint16_t)(notes->before - notes->after) > 1;
	}

	printf("# %ld rounds, the guest ran in %ld, pre-empted by %ld wake-ups\n", rounds, entered,
	       preemptions);
	report("vcpu_runs_and_is_preempted",
	       (entered <= rounds * 9 / 10) + (preemptions <= rounds / 2));
	report("rip_is_what_was_set", bad_rip);
	report("rflags_are_what_was_set", bad_flags);
	report("each_cpuid_is_executed_once", bad_steps);
	return bad_rip || bad_flags || bad_steps;
}
