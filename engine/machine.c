/* SPDX-License-Identifier: MIT
 *
 * machine: putting the layers together: boot, load, save, destroy, time, check.
 *
 * The kernel's order at boot: free memory is handed over, slab starts, vmalloc
 * starts, per-CPU lists and watermarks get their real values, boot memory
 * comes back.
 */
#include "engine/machine.h"
#include "engine/mm_fast.h"
#include "engine/mm_state.h"
#include "engine/phys/phys.h"
#include "engine/slab/slab.h"
#include "engine/virt/virt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FOLD_INTERVAL_NS 1000000000ull	/* vm.stat_interval: one second */

struct mm_machine *machine_new(const struct mm_config *c, struct mm_error *err)
{
	struct mm_machine *m;

	if (!c->cpus || c->cpus > MM_NR_CPUS) {
		mm_fail(err, -EINVAL, "machine %s: %u CPUs, expected 1 to %d", c->name, c->cpus, MM_NR_CPUS);
		return NULL;
	}
	if (c->slab != MM_SLUB) {
		mm_fail(err, -EINVAL, "machine %s: the slab allocator must be SLUB", c->name);
		return NULL;
	}
	if (!c->nr_e820 && (c->ram_bytes < 64ull << 20 || c->ram_bytes > 64ull << 30)) {
		mm_fail(err, -EINVAL, "machine %s: %llu bytes of RAM, expected 64 MiB to 64 GiB",
			c->name, (unsigned long long)c->ram_bytes);
		return NULL;
	}
	m = calloc(1, sizeof(*m));
	if (!m) {
		mm_fail(err, -ENOMEM, "no host memory for a machine");
		return NULL;
	}
	m->cfg = *c;
	if (!m->cfg.nr_e820)
		machine_default_e820(&m->cfg);
	return m;
}

void mm_machine_destroy(struct mm_machine *m)
{
	if (!m)
		return;
	virt_destroy(m);
	slab_destroy(m);
	phys_destroy(m);
	free(m);
}

struct mm_machine *mm_machine_create(const struct mm_config *c, struct mm_error *err)
{
	struct mm_machine *m = machine_new(c, err);

	if (!m)
		return NULL;
	if (phys_create(m, err) || slab_create(m, err) || virt_create(m, err)) {
		mm_machine_destroy(m);
		return NULL;
	}
	phys_boot_finish(m);
	mm_events(m);	/* what is counted elsewhere, too */
	memset(m->ev, 0, sizeof(m->ev));
	return m;
}

struct mm_machine *mm_machine_load(const struct mm_config *c, const struct mm_state *s,
				   struct mm_error *err)
{
	struct mm_machine *m = machine_new(c, err);

	if (!m)
		return NULL;
	if (phys_load(m, s, err) || slab_load(m, s, err) || virt_load(m, s, err)) {
		mm_machine_destroy(m);
		return NULL;
	}
	mm_events(m);	/* what is counted elsewhere, too */
	memset(m->ev, 0, sizeof(m->ev));
	return m;
}

int mm_machine_save(const struct mm_machine *m, struct mm_state *s, struct mm_error *err)
{
	int ret;

	memset(s, 0, sizeof(*s));
	ret = phys_save(m, s, err);
	if (!ret)
		ret = slab_save(m, s, err);
	if (!ret)
		ret = virt_save(m, s, err);
	if (ret)
		mm_state_free(s);
	return ret;
}

/* The order of timed work at one moment is fixed: counters, kswapd, purge. */
void mm_advance(struct mm_machine *m, uint64_t now_ns)
{
	static const struct mm_caller worker = { .op = MM_NO_OP };
	uint64_t before = m->now_ns;

	if (now_ns <= before)
		return;
	m->now_ns = now_ns;
	m->next_work_ns = (now_ns / FOLD_INTERVAL_NS + 1) * FOLD_INTERVAL_NS;
	if (m->cfg.manual_work)
		return;
	if (before / FOLD_INTERVAL_NS != now_ns / FOLD_INTERVAL_NS) {
		phys_fold_counters(m);
		mm_events(m);	/* keeps the CPUs' own counts small */
	}
	if (phys_kswapd_pending(m))
		phys_run_kswapd(m);
	if (virt_purge_due(m))
		virt_purge(m, &worker);
}

const uint64_t *mm_next_work(const struct mm_machine *m)
{
	return &m->next_work_ns;
}

void mm_run_work(struct mm_machine *m, const struct mm_caller *who, enum mm_work work)
{
	switch (work) {
	case MM_WORK_VMAP_PURGE:
		virt_purge(m, who);
		break;
	case MM_WORK_COUNTER_FOLD:
		phys_fold_counters(m);
		break;
	case MM_WORK_KSWAPD:
		phys_run_kswapd(m);
		break;
	}
}

bool mm_work_due(const struct mm_machine *m, enum mm_work work)
{
	if (work == MM_WORK_VMAP_PURGE)
		return virt_purge_due(m);
	return work == MM_WORK_COUNTER_FOLD || phys_kswapd_pending(m);
}

int mm_check(const struct mm_machine *m, struct mm_error *err)
{
	int ret = phys_check(m, err);

	if (!ret)
		ret = slab_check(m, err);
	return ret ? ret : virt_check(m, err);
}
