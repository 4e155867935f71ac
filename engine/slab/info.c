/* SPDX-License-Identifier: MIT
 *
 * info: what the caches hold, for /proc/slabinfo and the charts.
 *
 * A sample costs a walk over the caches: each CPU's line tells what lives.
 * What /proc/slabinfo calls active is computed as the kernel does: all objects
 * of a cache but the free ones on the node's partial list (Linux 6.1 mm/slub.c
 * get_slabinfo), so objects on per-CPU lists count as active.
 */
#include "engine/slab/internal.h"

uint32_t slab_live(const struct mm_machine *m, const struct slab_cache *c, uint64_t *waste)
{
	uint32_t live = c->live, states = 0;

	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
		live += c->cpu[cpu].allocs - c->cpu[cpu].frees;
		states += c->cpu[cpu].states;
	}
	if (waste)
		*waste = states - live * MM_OBJ_LIVE;
	return live;
}

/* Bring the machine's counts of allocations, frees, hits and cleared bytes up
 * to date.  Allocations and frees only count themselves in their CPU's line; hits
 * are the allocations that no refill preceded. */
void slab_fold_events(const struct mm_machine *m)
{
	struct slab *s = m->slab;
	uint64_t allocs = 0;

	if (!s)
		return;
	for (uint32_t i = 0; i < s->nr_order; i++) {
		struct slab_cache *c = s->order[i];

		for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
			struct mm_cpu_cache *pc = &c->cpu[cpu];

			allocs += pc->allocs;
			s->ev[MM_EV_SLAB_FREE] += pc->frees;
			if (pc->clears)
				s->ev[MM_EV_ZEROED_BYTES] += (uint64_t)pc->allocs * c->g.object_size;
			c->live += pc->allocs - pc->frees;
			pc->allocs = pc->frees = 0;
		}
	}
	s->ev[MM_EV_SLAB_ALLOC] += allocs;
	s->ev[MM_EV_SLAB_HIT] += allocs - s->refills;
	s->refills = 0;
}

uint32_t slab_object_bytes(const struct mm_machine *m, uint32_t cache)
{
	const struct slab_cache *c = slab_cache_get(m->slab, cache);

	return c ? c->g.object_size : 0;
}

uint32_t slab_cleared(const struct mm_machine *m, uint32_t cache, gfp_t gfp)
{
	const struct slab_cache *c = slab_cache_get(m->slab, cache);

	if (!c)
		return 0;
	return gfp & MM_GFP_ZERO || c->cpu[0].clears ? c->g.object_size : 0;
}

bool slab_cache_info(const struct mm_machine *m, uint32_t i, struct mm_cache_info *info)
{
	const struct slab *s = m->slab;
	const struct slab_cache *c;
	uint32_t free_on_node = 0;
	uint64_t waste;

	if (i >= s->nr_order)
		return false;
	c = s->order[i];
	for (uint32_t slab = c->partial_head; slab; slab = s->slab[slab].next)
		free_on_node += s->slab[slab].objects - s->slab[slab].inuse;
	*info = (struct mm_cache_info){
		.name = c->name, .id = c->id, .size = c->g.size,
		.object_size = c->g.object_size, .align = c->g.align,
		.order = c->g.order, .objects = c->g.objects,
		.min_order = c->g.min_order, .min_objects = c->g.min_objects,
		.cpu_partial = c->g.cpu_partial, .cpu_partial_slabs = c->g.cpu_partial_slabs,
		.min_partial = c->g.min_partial, .flags = c->flags,
		.refcount = (uint32_t)c->refcount,
		.nr_slabs = c->nr_slabs + c->unknown_slabs, .nr_partial = c->nr_partial,
		.total_objects = c->total_objects + c->unknown_slabs * c->g.objects,
		.live_objects = slab_live(m, c, &waste) + c->unknown_slabs * c->g.objects,
		.pages = c->pages + (c->unknown_slabs << c->g.order),
	};
	info->active_objects = info->total_objects - free_on_node;
	info->requested_bytes = (uint64_t)info->live_objects * c->g.object_size - waste;
	return true;
}

void slab_totals(const struct mm_machine *m, struct mm_slab_totals *t)
{
	const struct slab *s = m->slab;

	*t = (struct mm_slab_totals){ .large_pages = s->large_pages };
	for (uint32_t i = 0; i < s->nr_order; i++) {
		const struct slab_cache *c = s->order[i];
		uint32_t pages = c->pages + (c->unknown_slabs << c->g.order);
		uint64_t waste, live = slab_live(m, c, &waste);
		uint64_t bytes = (live + c->unknown_slabs * c->g.objects) * c->g.object_size;

		t->pages += pages;
		if (c->flags & SLAB_RECLAIM_ACCOUNT)
			t->reclaimable_pages += pages;
		t->live_bytes += bytes;
		t->requested_bytes += bytes - waste;
	}
	t->capacity_bytes = (uint64_t)t->pages * MM_PAGE_SIZE;
}

uint32_t slab_cache_of(const struct mm_machine *m, pfn_t pfn)
{
	uint32_t slab = phys_slab_of(m, pfn);

	return slab == PHYS_NOT_SLAB ? 0 : m->slab->slab[slab].cache->id;
}

uint32_t slab_ksize(const struct mm_machine *m, vaddr_t addr)
{
	const struct slab *s = m->slab;
	uint32_t pfn = (addr - m->layout.page_offset) >> MM_PAGE_SHIFT, slab, i, size;
	const struct slub_slab *sl;
	bool first;

	if (addr < m->layout.page_offset)
		return 0;
	slab = pfn < s->nr_pfn ? s->of_pfn[pfn] : PHYS_NOT_SLAB;
	if (slab == PHYS_NOT_SLAB)
		return slab_large_head(m, addr, &size) ?
		       MM_PAGE_SIZE << phys_block_order(m, pfn) : 0;
	sl = &s->slab[slab];
	i = mm_object_index(sl->recip, sl->size, addr - sl->base, &first);
	if (!first || !(sl->obj[i].state & MM_OBJ_LIVE))
		return 0;
	/* Linux 6.1 mm/slub.c slab_ksize: readers may still look at a freed object's link. */
	return sl->cache->flags & SLAB_TYPESAFE_BY_RCU ? sl->cache->g.inuse : sl->size;
}

bool slab_cache_lists(const struct mm_machine *m, uint32_t cache, unsigned int cpu,
		      struct mm_cache_lists *l)
{
	const struct slab *s = m->slab;
	const struct slab_cache *c = slab_cache_get(m->slab, cache);
	const struct mm_cpu_cache *pc;

	*l = (struct mm_cache_lists){ 0 };
	if (!c || cpu >= m->cfg.cpus || s->ops.kind != MM_SLUB)
		return c != NULL;
	pc = &c->cpu[cpu];
	l->nr_slabs = c->nr_slabs + c->unknown_slabs;
	l->nr_partial = c->nr_partial;
	l->cpu_slab = pc->slab ? s->slab[pc->slab].pfn : 0;
	l->cpu_free_empty = pc->free == MM_OBJ_NIL;
	l->cpu_partial = pc->partial ? s->slab[pc->partial].slabs : 0;
	return true;
}
