/* SPDX-License-Identifier: MIT
 *
 * kmap_local and kmap_atomic: short mappings of HighMem pages on fixmap slots
 * (Linux 6.1 mm/highmem.c __kmap_local_pfn_prot, kunmap_local_indexed).
 *
 * A task's mappings nest; the d-th uses slot d of its CPU.  A task that is
 * switched out with mappings has them taken out of the slots and put back when
 * it runs again.  Here a CPU's current task is whoever called last on it: the
 * nesting of that task lies in an array of the CPU, so that a map and unmap
 * cost one comparison and a few stores; tasks switched out with mappings wait
 * in a short list (empty nearly always).
 */
#include <stdlib.h>

#include "engine/virt/virt_internal.h"

void kl_destroy(struct virt *v)
{
	free(v->saved);
}

static bool save_stack(struct virt *v, const struct kl_stack *s)
{
	struct kl_stack *bigger;
	uint32_t cap;

	if (v->nr_saved == v->saved_cap) {
		cap = v->saved_cap ? v->saved_cap * 2 : 16;
		bigger = realloc(v->saved, cap * sizeof(*bigger));
		if (!bigger)
			return false;
		v->saved = bigger;
		v->saved_cap = cap;
	}
	v->saved[v->nr_saved++] = *s;
	return true;
}

static uint32_t find_saved(const struct virt *v, uint32_t task)
{
	uint32_t i = 0;

	while (i < v->nr_saved && v->saved[i].task != task)
		i++;
	return i;
}

/* The slots of one stack: filled (on) or cleared. */
static void write_slots(struct mm_machine *m, const struct kl_stack *s, bool on)
{
	for (uint32_t d = 0; d < s->depth; d++)
		*kl_entry(m->virt, s->cpu, d) = on ? PTE_MAKE(s->pfn[d], PTE_RW) : 0;
	m->ev[MM_EV_PTE_WRITE] += s->depth;
}

/* The caller's task becomes current where its mappings are, or on the caller's
 * CPU if it has none.  NULL: no host memory for the mappings of the task that
 * leaves. */
static struct kl_stack *switch_task(struct mm_machine *m, const struct mm_caller *who)
{
	struct virt *v = m->virt;
	uint32_t i = find_saved(v, who->task);
	bool was_saved = i < v->nr_saved;
	struct kl_stack *cur = &v->cur[was_saved ? v->saved[i].cpu : who->cpu];

	if (cur->depth) {
		if (!save_stack(v, cur))
			return NULL;
		write_slots(m, cur, false);
		cur->depth = 0;
	}
	cur->task = who->task;
	if (was_saved) {
		*cur = v->saved[i];
		v->saved[i] = v->saved[--v->nr_saved];
		write_slots(m, cur, true);
	}
	return cur;
}

/* A task that a trace shows on another CPU than its mappings keeps using
 * theirs: the kernel forbids the move. */
static __attribute__((noinline)) struct kl_stack *find_stack(struct mm_machine *m,
							     const struct mm_caller *who)
{
	struct virt *v = m->virt;

	if (!v->local_in_use) {
		v->cur[who->cpu].task = who->task;
		return &v->cur[who->cpu];
	}
	for (uint32_t c = 0; c < m->cfg.cpus; c++)
		if (v->cur[c].depth && v->cur[c].task == who->task)
			return &v->cur[c];
	return switch_task(m, who);
}

/* The caller's stack of mappings: nearly always the CPU's current one. */
static inline struct kl_stack *stack_of(struct mm_machine *m, const struct mm_caller *who)
{
	struct kl_stack *cur = &m->virt->cur[who->cpu];

	if (MM_LIKELY(cur->task == who->task && (cur->depth || !m->virt->local_in_use)))
		return cur;
	return find_stack(m, who);
}

enum mm_outcome virt_kmap_local(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn,
				vaddr_t *addr)
{
	struct virt *v = m->virt;
	struct kl_stack *s;
	uint32_t d;

	if (machine_is_lowmem(m, pfn)) {
		*addr = machine_lowmem_addr(m, pfn);
		return MM_OK;
	}
	if (MM_UNLIKELY(pfn - m->layout.max_low_pfn >= v->nr_high))
		return machine_misuse(m, who, MM_MISUSE_NOT_ALLOCATED, "kmap_local", pfn,
				      MM_NO_OP, MM_NO_OP);
	s = stack_of(m, who);
	if (MM_UNLIKELY(!s))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, 0, MM_PAGE_SIZE);
	d = s->depth;
	if (MM_UNLIKELY(d == KM_MAX_IDX - 1))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_KMAP_LOCAL_DEPTH, 0, MM_PAGE_SIZE);
	s->pfn[d] = pfn;
	s->depth = d + 1;
	if (s->depth > v->local_max_depth)
		v->local_max_depth = s->depth;
	v->local_in_use++;
	*addr = kl_addr(m, s->cpu, d);
	*kl_entry(v, s->cpu, d) = PTE_MAKE(pfn, PTE_RW);
	m->ev[MM_EV_PTE_WRITE]++;
	m->ev[MM_EV_KMAP_LOCAL]++;
	return MM_OK;
}

enum mm_outcome virt_kunmap_local(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	struct virt *v = m->virt;
	struct kl_stack *s;
	uint32_t d;

	addr &= ~(MM_PAGE_SIZE - 1);
	if (addr >= m->layout.page_offset && addr < m->layout.high_memory)
		return MM_OK;
	s = stack_of(m, who);
	if (MM_UNLIKELY(!s))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, 0, MM_PAGE_SIZE);
	d = s->depth - 1;
	if (MM_UNLIKELY(!s->depth || kl_addr(m, s->cpu, d) != addr))
		return machine_misuse(m, who, MM_MISUSE_KUNMAP_ORDER, "kunmap_local", addr,
				      MM_NO_OP, MM_NO_OP);
	*kl_entry(v, s->cpu, d) = 0;
	s->depth = d;
	v->local_in_use--;
	m->ev[MM_EV_PTE_WRITE]++;
	m->ev[MM_EV_TLB_PAGE]++;
	return MM_OK;
}

vaddr_t virt_kmap_local_top(const struct mm_machine *m, uint32_t task)
{
	const struct virt *v = m->virt;
	const struct kl_stack *s = NULL;
	uint32_t i = find_saved(v, task);

	for (uint32_t c = 0; c < m->cfg.cpus && !s; c++)
		if (v->cur[c].depth && v->cur[c].task == task)
			s = &v->cur[c];
	if (!s && i < v->nr_saved)
		s = &v->saved[i];
	return s ? kl_addr(m, s->cpu, s->depth - 1) : 0;
}
