// SPDX-License-Identifier: GPL-2.0
/*
 * pv-boost, host side: what the administrator wants. The mode, kvm.boost, and the
 * switches of its parts that more than one file asks for. Boosts and loans are switched
 * on with the first VM; all VMs are told when the mode changes. Decides nothing else.
 */
#include <linux/kvm_host.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched/yield_to.h>
#include <linux/string.h>

#include "kvm_boost.h"

static const char *const boost_mode_names[] = {
	[KVM_BOOST_OFF] = "off",
	[KVM_BOOST_AGNOSTIC] = "agnostic",
	[KVM_BOOST_HINTS] = "hints",
};

static enum kvm_boost_mode boost_mode __read_mostly = KVM_BOOST_HINTS;

/* On while boost_mode isn't "off" and there are VMs. */
DEFINE_STATIC_KEY_FALSE(kvm_boost_key);
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_boost_key);

static DEFINE_MUTEX(boost_lock);	/* protects boost_vms and the key */
static unsigned int boost_vms;

static void boost_update_key(void)
{
	bool on = boost_vms && boost_mode != KVM_BOOST_OFF;

	lockdep_assert_held(&boost_lock);
	if (on == static_key_enabled(&kvm_boost_key.key))
		return;
	if (on) {
		yield_loans_get();
		static_branch_enable(&kvm_boost_key);
	} else {
		static_branch_disable(&kvm_boost_key);
		yield_loans_put();
	}
}

/*
 * kvm.boost has another value. What is served is told to each guest before its vCPU
 * next enters it. May sleep, takes kvm_lock.
 */
static void boost_tell_vcpus(void)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	struct kvm *kvm;

	mutex_lock(&kvm_lock);
	list_for_each_entry(kvm, &vm_list, vm_list) {
		kvm_for_each_vcpu(i, vcpu, kvm) {
			/* No notifier keeps it while boosts are off. */
			if (kvm_boost_mode() == KVM_BOOST_OFF) {
				WRITE_ONCE(vcpu->arch.boost.loaded, false);
				WRITE_ONCE(vcpu->arch.boost.asked_at, 0);
				WRITE_ONCE(vcpu->arch.boost.boosted, false);
				WRITE_ONCE(vcpu->arch.boost.latency, 0);
				WRITE_ONCE(vcpu->arch.boost.latency_ns, 0);
			}
			if (!kvm->arch.pv_boost)
				continue;
			kvm_make_request(KVM_REQ_PV_BOOST, vcpu);
			kvm_vcpu_kick(vcpu);
		}
	}
	mutex_unlock(&kvm_lock);
}

static int boost_mode_set(const char *val, const struct kernel_param *kp)
{
	int mode = sysfs_match_string(boost_mode_names, val);

	if (mode < 0)
		return mode;
	mutex_lock(&boost_lock);
	WRITE_ONCE(boost_mode, mode);
	boost_update_key();
	mutex_unlock(&boost_lock);
	boost_tell_vcpus();
	return 0;
}

static int boost_mode_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", boost_mode_names[READ_ONCE(boost_mode)]);
}

static const struct kernel_param_ops boost_mode_ops = {
	.set = boost_mode_set,
	.get = boost_mode_get,
};
module_param_cb(boost, &boost_mode_ops, NULL, 0644);
MODULE_PARM_DESC(boost, "Directed yields: off (as without pv-boost; not offered to new guests), agnostic (ignore what guests say), hints");

static bool __read_mostly boost_mark = true;
module_param(boost_mark, bool, 0644);
MODULE_PARM_DESC(boost_mark, "Report a vCPU that was switched out because it spins as preempted to its guest (default: true)");

static bool __read_mostly boost_done = true;
module_param(boost_done, bool, 0644);
MODULE_PARM_DESC(boost_done, "Let enlightened guests that register from now on give back time that they were lent for a lock (default: true)");

static bool __read_mostly boost_hypercall = true;
module_param(boost_hypercall, bool, 0644);
MODULE_PARM_DESC(boost_hypercall, "Boost when an enlightened guest asks for it (default: true)");

/**
 * kvm_boost_mode() - what the administrator wants
 *
 * Return: kvm.boost, which may change at any time.
 */
enum kvm_boost_mode kvm_boost_mode(void)
{
	return READ_ONCE(boost_mode);
}

/**
 * kvm_boost_start() - there is one more VM
 *
 * Context: process context, may sleep.
 */
void kvm_boost_start(void)
{
	mutex_lock(&boost_lock);
	boost_vms++;
	boost_update_key();
	mutex_unlock(&boost_lock);
}

/**
 * kvm_boost_stop() - undo kvm_boost_start()
 *
 * Context: process context, may sleep; the VM's vCPUs run no more.
 */
void kvm_boost_stop(void)
{
	mutex_lock(&boost_lock);
	boost_vms--;
	boost_update_key();
	mutex_unlock(&boost_lock);
}

/**
 * kvm_boost_takes_back() - is F_LOAN served to guests that register now?
 *
 * Return: kvm.boost_done, and DONE is acted on; both may change at any time.
 */
bool kvm_boost_takes_back(void)
{
	return READ_ONCE(boost_done) && READ_ONCE(boost_hypercall);
}

/**
 * kvm_boost_serves_calls() - is KVM_HC_PV_BOOST acted on?
 *
 * Return: kvm.boost_hypercall, which may change at any time.
 */
bool kvm_boost_serves_calls(void)
{
	return READ_ONCE(boost_hypercall);
}

/**
 * kvm_boost_marks() - are vCPUs in a PAUSE exit reported as preempted?
 *
 * Return: kvm.boost_mark, which may change at any time.
 */
bool kvm_boost_marks(void)
{
	return READ_ONCE(boost_mark);
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_boost_marks);
