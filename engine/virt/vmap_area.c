/* SPDX-License-Identifier: MIT
 *
 * Reserving a range of addresses, freeing it lazily, purging (Linux 6.1
 * mm/vmalloc.c alloc_vmap_area, free_vmap_area_noflush,
 * __purge_vmap_area_lazy).
 *
 * A freed range is not reusable until a purge, because a TLB flush of all CPUs
 * is dear: freed ranges gather, merged with each other, until there are 32 MiB
 * of them (times the number of doublings of the CPUs); then one flush serves
 * them all and they become free in address order.  The order in which the
 * bookkeeping objects come from and go to the slab allocator is the kernel's.
 */
#include <errno.h>

#include "engine/virt/virt_internal.h"

/* x86 flushes single pages up to this many, everything above
 * (arch/x86/mm/tlb.c tlb_single_page_flush_ceiling). */
#define TLB_CEILING_PAGES 33u

void tlb_flush_range(struct mm_machine *m, vaddr_t lo, vaddr_t hi)
{
	uint32_t pages = (hi - lo) >> MM_PAGE_SHIFT;

	m->ev[MM_EV_TLB_RANGE]++;
	machine_step(m, MM_STEP_TLB_RANGE, 1);
	if (pages > TLB_CEILING_PAGES) {
		m->ev[MM_EV_TLB_ALL]++;
		machine_step(m, MM_STEP_TLB_ALL, 1);
	} else {
		machine_step(m, MM_STEP_TLB_PAGES, pages);
	}
}

void area_object_free(struct mm_machine *m, const struct mm_caller *who, vaddr_t obj)
{
	if (!obj && m->cfg.object)
		obj = m->cfg.object(m->cfg.object_arg, m->virt->cache);
	if (obj)
		slab_cache_free(m, who, m->virt->cache, obj);
	else
		m->virt->unknown_objects++;
}

/* Every CPU keeps one spare object for the split of a free range in two. */
static void preload(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp)
{
	struct virt *v = m->virt;
	vaddr_t obj;

	if (v->preloaded[who->cpu])
		return;
	if (slab_cache_alloc(m, who, v->cache, gfp, &obj) == MM_OK) {
		machine_step(m, MM_STEP_VMAP_OBJECT, 1);
		v->preload_obj[who->cpu] = obj;
		v->preloaded[who->cpu] = true;
	}
}

/* The object for the left part of a range that is cut out of the middle. */
static bool split_object(struct mm_machine *m, const struct mm_caller *who, vaddr_t *obj)
{
	struct virt *v = m->virt;

	if (!v->preloaded[who->cpu])
		return slab_cache_alloc(m, who, v->cache, MM_GFP_NOWAIT, obj) == MM_OK;
	*obj = v->preload_obj[who->cpu];
	v->preloaded[who->cpu] = false;
	return true;
}

/* What the free tree did since the last time. */
static void count_tree(struct mm_machine *m)
{
	struct tree_work *w = &m->virt->tree.work;

	machine_step(m, MM_STEP_TREE_DESCENT, w->descent);
	machine_step(m, MM_STEP_TREE_UP, w->up);
	machine_step(m, MM_STEP_TREE_INSERT, w->insert);
	machine_step(m, MM_STEP_TREE_ERASE, w->erase);
	machine_step(m, MM_STEP_TREE_ROTATE, w->rotate);
	machine_step(m, MM_STEP_TREE_RECOLOUR, w->recolour);
	*w = (struct tree_work){ 0 };
}

/* Levels of a balanced tree of n nodes: the kernel's busy and lazy trees are
 * not kept here. */
static uint32_t tree_depth(uint32_t n)
{
	return n ? 32 - (uint32_t)__builtin_clz(n) : 0;
}

/* Find the lowest fit and take it out of the free ranges.  Two records have
 * been reserved in the pool. */
static bool take_free(struct mm_machine *m, const struct mm_caller *who,
		      uint32_t size, uint32_t align, vaddr_t *start)
{
	struct virt *v = m->virt;
	struct tree_fit fit;
	enum tree_clip kind;
	vaddr_t obj = 0;
	uint32_t left = 0;
	bool found;

	found = tree_search(v, size, align, m->layout.vmalloc_start, m->layout.vmalloc_end, &fit);
	m->ev[MM_EV_TREE_STEPS] += fit.steps;
	machine_step(m, MM_STEP_TREE_STEPS, fit.steps);
	if (!found)
		return false;
	*start = fit.start;
	kind = tree_clip_kind(v, &fit, size);
	if (kind == CLIP_MIDDLE) {
		if (!split_object(m, who, &obj))
			return false;
		left = area_new(v);
		v->area[left].obj = obj;
	}
	tree_clip(v, &fit, size, left);
	count_tree(m);
	if (kind == CLIP_EXACT) {
		obj = v->area[fit.area].obj;
		area_release(v, fit.area);
		area_object_free(m, who, obj);
	}
	return true;
}

static uint32_t make_busy(struct mm_machine *m, const struct mm_caller *who,
			  const struct area_request *r, vaddr_t start, vaddr_t obj)
{
	struct virt *v = m->virt;
	uint32_t i = area_new(v);
	struct area *a = &v->area[i];

	a->start = start;
	a->end = start + r->size;
	a->obj = obj;
	a->state = AREA_BUSY;
	a->kind = r->kind;
	a->op = who->op;
	a->site = who->site;
	area_index(m, i);
	v->alloc_op[area_page(m, start)] = who->op;
	v->nr_busy++;
	v->busy_pages += r->size >> MM_PAGE_SHIFT;
	return i;
}

enum mm_outcome area_reserve(struct mm_machine *m, const struct mm_caller *who,
			     const struct area_request *r, uint32_t *area)
{
	struct virt *v = m->virt;
	gfp_t gfp = r->gfp & GFP_RECLAIM_MASK;
	enum mm_outcome out;
	vaddr_t obj, start = 0;
	bool found;

	if (!area_pool_reserve(v, 2))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, r->gfp, r->size);
	out = slab_cache_alloc(m, who, v->cache, gfp, &obj);
	if (out != MM_OK)
		return out;
	preload(m, who, gfp);
	machine_step(m, MM_STEP_VMAP_AREA, 1);
	machine_step(m, MM_STEP_VMAP_OBJECT, 1);
	machine_step(m, MM_STEP_VMAP_BUSY_DEPTH, tree_depth(v->nr_busy));
	found = take_free(m, who, r->size, r->align, &start);
	if (!found) {
		block_purge_fragmented(m, who);
		area_purge(m, who, 0xffffffffu, 0);
		preload(m, who, gfp);
		found = take_free(m, who, r->size, r->align, &start);
	}
	machine_saw(m, MM_SEEN_AREA, found ? start : 0, 0, 0, r->size, 0);
	if (!found) {
		machine_step(m, MM_STEP_VMAP_AREA_FAIL, 1);
		area_object_free(m, who, obj);
		return machine_why(m, who, MM_FAIL, MM_CAUSE_VMALLOC_SPACE, r->gfp, r->size);
	}
	*area = make_busy(m, who, r, start, obj);
	return MM_OK;
}

/* The lazy area that begins (ends) at addr, 0 if none. */
static uint32_t lazy_from(const struct mm_machine *m, vaddr_t addr)
{
	const struct virt *v = m->virt;
	uint32_t i = area_in_range(m, addr) ? v->by_first[area_page(m, addr)] : 0;

	return i && v->area[i].state == AREA_LAZY ? i : 0;
}

static uint32_t lazy_to(const struct mm_machine *m, vaddr_t addr)
{
	const struct virt *v = m->virt;
	uint32_t i = area_in_range(m, addr - 1) ? v->by_last[area_page(m, addr - 1)] : 0;

	return i && v->area[i].state == AREA_LAZY ? i : 0;
}

/* Area i, in no table, joins the lazy ones: the neighbour behind takes it
 * over, then the one before takes both. */
static void lazy_merge_or_add(struct mm_machine *m, const struct mm_caller *who, uint32_t i)
{
	struct virt *v = m->virt;
	uint32_t next = lazy_from(m, v->area[i].end);
	uint32_t prev = lazy_to(m, v->area[i].start);
	vaddr_t obj;

	machine_step(m, MM_STEP_VMAP_LAZY, 1);
	machine_step(m, MM_STEP_VMAP_BUSY_DEPTH, tree_depth(v->nr_busy));
	machine_step(m, MM_STEP_VMAP_LAZY_DEPTH, tree_depth(v->nr_lazy));
	machine_step(m, MM_STEP_VMAP_LAZY_MERGE, !!next + !!prev);
	if (next) {
		area_unindex(m, next);
		v->area[next].start = v->area[i].start;
		obj = v->area[i].obj;
		area_release(v, i);
		area_object_free(m, who, obj);
		v->nr_lazy--;
		i = next;
	}
	if (prev) {
		area_unindex(m, prev);
		v->area[prev].end = v->area[i].end;
		obj = v->area[i].obj;
		area_release(v, i);
		area_object_free(m, who, obj);
		v->nr_lazy--;
		i = prev;
	}
	v->nr_lazy++;
	v->area[i].state = AREA_LAZY;
	area_index(m, i);
}

void area_free_lazy(struct mm_machine *m, const struct mm_caller *who, uint32_t i)
{
	struct virt *v = m->virt;
	struct area *a = &v->area[i];
	uint32_t pages = (a->end - a->start) >> MM_PAGE_SHIFT;

	v->free_op[area_page(m, a->start)] = who->op;
	area_unindex(m, i);
	v->nr_busy--;
	v->busy_pages -= pages;
	if (!v->lazy_pages || a->start < v->lazy_lo)
		v->lazy_lo = a->start;
	if (!v->lazy_pages || a->end > v->lazy_hi)
		v->lazy_hi = a->end;
	v->lazy_pages += pages;
	if (virt_purge_due(m))
		machine_work_waits(m);
	lazy_merge_or_add(m, who, i);
}

static void purge_one(struct mm_machine *m, const struct mm_caller *who, uint32_t i)
{
	struct virt *v = m->virt;
	vaddr_t freed[2];
	unsigned int n;

	v->lazy_pages -= (v->area[i].end - v->area[i].start) >> MM_PAGE_SHIFT;
	v->nr_lazy--;
	area_unindex(m, i);
	m->ev[MM_EV_VMAP_PURGED_AREAS]++;
	n = tree_merge_or_add(v, i, freed);
	count_tree(m);
	machine_step(m, MM_STEP_PURGE_AREAS, 1);
	machine_step(m, MM_STEP_PURGE_MERGE, n);
	for (unsigned int k = 0; k < n; k++) {
		machine_saw(m, MM_SEEN_PURGED_OBJECT, freed[k], 0, 0, 0, 0);
		area_object_free(m, who, freed[k]);
	}
}

bool area_purge(struct mm_machine *m, const struct mm_caller *who, vaddr_t lo, vaddr_t hi)
{
	struct virt *v = m->virt;
	uint32_t page, end;

	if (!v->nr_lazy)
		return false;
	m->ev[MM_EV_VMAP_PURGE]++;
	machine_step(m, MM_STEP_PURGE, 1);
	lo = lo < v->lazy_lo ? lo : v->lazy_lo;
	hi = hi > v->lazy_hi ? hi : v->lazy_hi;
	tlb_flush_range(m, lo, hi);
	machine_saw(m, MM_SEEN_PURGE, lo, 0, 0, hi, 0);
	page = area_page(m, v->lazy_lo);
	end = area_page(m, v->lazy_hi);
	while (page < end) {
		uint32_t i = v->by_first[page];
		uint32_t pages = i ? (v->area[i].end - v->area[i].start) >> MM_PAGE_SHIFT : 1;

		if (i && v->area[i].state == AREA_LAZY)
			purge_one(m, who, i);
		page += pages;
	}
	MM_DASSERT(v->lazy_pages == 0);
	return true;
}

bool virt_purge_due(const struct mm_machine *m)
{
	return m->virt->lazy_pages > m->virt->lazy_max;
}

void virt_purge(struct mm_machine *m, const struct mm_caller *who)
{
	area_purge(m, who, 0xffffffffu, 0);
}

void virt_resched(struct mm_machine *m, const struct mm_caller *who)
{
	uint32_t purges = m->steps.n[MM_STEP_PURGE];

	if (m->cfg.resched)
		m->cfg.resched(m->cfg.resched_arg, m, who);
	else if (!m->cfg.manual_work && virt_purge_due(m))
		virt_purge(m, who);
	if (m->steps.n[MM_STEP_PURGE] != purges)
		machine_step(m, MM_STEP_PURGE_SWITCH, 1);
}

void virt_unmap_aliases(struct mm_machine *m, const struct mm_caller *who)
{
	vaddr_t lo = 0xffffffffu, hi = 0;

	block_dirty_range(m, &lo, &hi);
	block_purge_fragmented(m, who);
	if (!area_purge(m, who, lo, hi) && lo < hi)
		tlb_flush_range(m, lo, hi);
}
