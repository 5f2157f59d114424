// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost, guest side: registration of the pages shared with the host.
 *
 * Decides whether this guest uses the feature, fills in each CPU's page and
 * tells the host where it is and when it is gone. Says nothing about waiting:
 * that is spin_hint.c. Called from arch/x86/kernel/kvm.c. The interface:
 * Documentation/virt/kvm/x86/pv-boost.rst.
 */
#define pr_fmt(fmt) "kvm-guest: PV boost: " fmt

#include <linux/cc_platform.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/kvm_para.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <linux/set_memory.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/topology.h>

#include <asm/coco.h>
#include <asm/kvm_pv_boost.h>
#include <asm/msr.h>
#include <asm/pv_boost.h>
#include <asm/pv_boost_seam.h>

static_assert(sizeof(struct kvm_pv_boost_page) == PAGE_SIZE);

DEFINE_PER_CPU_READ_MOSTLY(struct kvm_pv_boost_page *, pv_boost_page);
static DEFINE_PER_CPU_READ_MOSTLY(bool, pv_boost_registered);

static bool pv_boost_wanted __initdata = true;
static bool pv_boost_offered __ro_after_init;

static int __init parse_pv_boost(char *arg)
{
	return kstrtobool(arg, &pv_boost_wanted);
}
early_param("pv_boost", parse_pv_boost);

static const char *const feature_names[] = {
	"wait", "ipi-mask", "critical", "hypercall", "loan", "latency",
};

/* Names of features, or "none". */
static const char *name_features(u64 features, char *buf, size_t size)
{
	size_t at = 0;
	int i;

	strscpy(buf, "none", size);
	for (i = 0; i < ARRAY_SIZE(feature_names); i++)
		if (features & BIT_ULL(i))
			at += scnprintf(buf + at, size - at, "%s%s", at ? " " : "",
					feature_names[i]);
	return buf;
}

void __init pv_boost_init(void)
{
	if (!kvm_para_has_feature(KVM_FEATURE_PV_BOOST)) {
		pr_info("not offered by the host\n");
		return;
	}
	if (!pv_boost_wanted) {
		pr_info("disabled on the command line\n");
		return;
	}
	/* The pages must be shared; kvm.c does that for AMD's guests only. */
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT) && cc_vendor != CC_VENDOR_AMD) {
		pr_info("not available with this memory encryption\n");
		return;
	}
	pv_boost_offered = true;
}

void __init pv_boost_alloc(void)
{
	struct kvm_pv_boost_page *page;
	int cpu;

	if (!pv_boost_offered)
		return;

	for_each_possible_cpu(cpu) {
		page = memblock_alloc_node(sizeof(*page), PAGE_SIZE, early_cpu_to_node(cpu));
		if (!page) {
			pr_warn("no memory for the page of CPU %d\n", cpu);
			pv_boost_offered = false;
			return;
		}
		if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT))
			early_set_memory_decrypted((unsigned long)page, sizeof(*page));
		per_cpu(pv_boost_page, cpu) = page;
	}
}

/*
 * preempt_count says for free whether a CPU holds a lock, as far as it counts locks,
 * or is in an interrupt. The host can't read it in an encrypted guest.
 */
static void advertise_critical_word(struct kvm_pv_boost_header *header)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT) ||
	    cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT))
		return;

	header->critical_gpa = slow_virt_to_phys(pv_boost_critical_word());
	header->critical_mask = PV_BOOST_CRITICAL_MASK;
	header->features |= KVM_PV_BOOST_F_CRITICAL;
}

void pv_boost_register(void)
{
	struct kvm_pv_boost_page *page = __this_cpu_read(pv_boost_page);
	unsigned int cpu = smp_processor_id();
	char uses[64], serves[64];

	if (!pv_boost_offered || cpu >= KVM_PV_BOOST_MAX_CPUS)
		return;

	memset(page, 0, sizeof(*page));
	page->header.version = KVM_PV_BOOST_VERSION;
	page->header.size = KVM_PV_BOOST_PAGE_SIZE;
	page->header.cpu = cpu;
	if (IS_ENABLED(CONFIG_ARCH_HAS_SPIN_HINT))
		page->header.features = spin_hint_features();
	advertise_critical_word(&page->header);

	if (wrmsrq_safe(MSR_KVM_PV_BOOST, __pa(page) | KVM_PV_BOOST_MSR_ENABLE)) {
		pr_warn_once("the host refused the page of CPU %u\n", cpu);
		return;
	}
	__this_cpu_write(pv_boost_registered, true);
	if (IS_ENABLED(CONFIG_ARCH_HAS_SPIN_HINT))
		spin_hint_registered(READ_ONCE(page->host.features));

	pr_info_once("pages registered, guest uses: %s, host serves: %s\n",
		     name_features(page->header.features, uses, sizeof(uses)),
		     name_features(READ_ONCE(page->host.features), serves, sizeof(serves)));
}

void pv_boost_unregister(void)
{
	if (!__this_cpu_read(pv_boost_registered))
		return;

	wrmsrq(MSR_KVM_PV_BOOST, 0);
	__this_cpu_write(pv_boost_registered, false);
	/* The host serves nothing now, and doesn't say so itself. */
	memset(&__this_cpu_read(pv_boost_page)->host, 0, sizeof(struct kvm_pv_boost_host));
}

static int pv_boost_show(struct seq_file *m, void *unused)
{
	struct kvm_pv_boost_page *page;
	int cpu;

	seq_puts(m, "cpu registered gpa wait uses serves status latency\n");
	for_each_possible_cpu(cpu) {
		page = per_cpu(pv_boost_page, cpu);
		seq_printf(m, "%d %d %#llx %#llx %#llx %#llx %#x %#llx\n", cpu,
			   per_cpu(pv_boost_registered, cpu),
			   (u64)__pa(page),
			   READ_ONCE(page->guest.wait),
			   READ_ONCE(page->header.features),
			   READ_ONCE(page->host.features),
			   READ_ONCE(page->host.status),
			   READ_ONCE(page->guest.latency));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pv_boost);

static int __init pv_boost_create_debugfs(void)
{
	if (pv_boost_offered)
		debugfs_create_file("pv_boost", 0400, NULL, NULL, &pv_boost_fops);
	return 0;
}
late_initcall(pv_boost_create_debugfs);
