/* SPDX-License-Identifier: MIT
 *
 * slab: kmalloc and kfree, the entry points to caches, and bad addresses.
 *
 * A kmalloc size is turned into a cache by one table load (by units of 8
 * bytes), whatever the mix of sizes; sizes above 8 KiB are pages.  Everything
 * that belongs to one slab allocator is reached through struct slab_ops.
 * Rules: Linux 6.1 mm/slab_common.c, include/linux/slab.h.
 */
#include "engine/slab/internal.h"

#define KMALLOC_SPECIAL (MM_GFP_DMA_BIT | MM_GFP_RECLAIMABLE | MM_GFP_ACCOUNT)

/* Linux 6.1 include/linux/slab.h kmalloc_type */
static enum kmalloc_type slab_kmalloc_type(gfp_t gfp)
{
	if (!(gfp & KMALLOC_SPECIAL))
		return KMALLOC_NORMAL;
	if (gfp & MM_GFP_DMA_BIT)
		return KMALLOC_DMA;
	return gfp & MM_GFP_RECLAIMABLE ? KMALLOC_RECLAIM : KMALLOC_CGROUP;
}

/* Size 0, or more than a cache holds: pages of the buddy (kmalloc_large). */
static __attribute__((noinline)) enum mm_outcome
kmalloc_odd(struct mm_machine *m, const struct mm_caller *who, uint32_t size, gfp_t gfp,
	    vaddr_t *addr)
{
	unsigned int order;
	enum mm_outcome r;
	pfn_t pfn;

	if (!size) {
		*addr = MM_ZERO_SIZE_PTR;
		return MM_OK;
	}
	if (size > KMALLOC_MAX_SIZE)
		return machine_why(m, who, MM_FAIL, MM_CAUSE_ORDER, gfp, size);
	order = slab_get_order(size);
	gfp = (gfp & ~(MM_GFP_HIGHMEM_BIT | MM_GFP_DMA32_BIT)) | MM_GFP_COMP;
	r = phys_alloc(m, who, gfp, order, &pfn);
	if (r != MM_OK)
		return r;
	phys_set_use(m, pfn, order, PHYS_USE_KMALLOC, size);
	m->slab->large_pages += 1u << order;
	*addr = machine_lowmem_addr(m, pfn);
	return MM_OK;
}

static __attribute__((noinline)) enum mm_outcome
kmalloc_special(struct mm_machine *m, const struct mm_caller *who, uint32_t size, gfp_t gfp,
		vaddr_t *addr)
{
	struct slab *s = m->slab;
	struct slab_cache *c = s->kmalloc[slab_kmalloc_type(gfp)][s->class_of[(size + 7) / 8]];

	return s->ops.kmalloc(m, who, c, size, gfp, addr);
}

/* The rare cases leave by tail calls, so that the common one saves no registers. */
enum mm_outcome slab_kmalloc(struct mm_machine *m, const struct mm_caller *who,
			     uint32_t size, gfp_t gfp, vaddr_t *addr)
{
	struct slab *s = m->slab;
	struct slab_cache *c;

	if (MM_UNLIKELY(size - 1 >= KMALLOC_MAX_CACHE_SIZE))
		return kmalloc_odd(m, who, size, gfp, addr);
	if (MM_UNLIKELY(gfp & KMALLOC_SPECIAL))
		return kmalloc_special(m, who, size, gfp, addr);
	c = s->kmalloc[KMALLOC_NORMAL][s->class_of[(size + 7) / 8]];
	return s->ops.kmalloc(m, who, c, size, gfp, addr);
}

enum mm_outcome slab_kfree(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	return m->slab->ops.kfree(m, who, addr);
}

enum mm_outcome slab_kfree_bulk(struct mm_machine *m, const struct mm_caller *who,
				unsigned int n, const vaddr_t *addr)
{
	return m->slab->ops.free_bulk(m, who, NULL, n, addr);
}

static enum mm_outcome no_cache(struct mm_machine *m, const struct mm_caller *who,
				const char *what, uint32_t id)
{
	return machine_misuse(m, who, MM_MISUSE_CACHE, what, id, MM_NO_OP, MM_NO_OP);
}

enum mm_outcome slab_cache_alloc(struct mm_machine *m, const struct mm_caller *who,
				 uint32_t cache, gfp_t gfp, vaddr_t *addr)
{
	struct slab_cache *c = slab_cache_get(m->slab, cache);

	if (MM_UNLIKELY(!c))
		return no_cache(m, who, "kmem_cache_alloc", cache);
	return m->slab->ops.alloc(m, who, c, gfp, addr);
}

enum mm_outcome slab_cache_free(struct mm_machine *m, const struct mm_caller *who,
				uint32_t cache, vaddr_t addr)
{
	struct slab_cache *c = slab_cache_get(m->slab, cache);

	if (MM_UNLIKELY(!c))
		return no_cache(m, who, "kmem_cache_free", cache);
	return m->slab->ops.free(m, who, c, addr);
}

enum mm_outcome slab_cache_alloc_bulk(struct mm_machine *m, const struct mm_caller *who,
				      uint32_t cache, gfp_t gfp, unsigned int n, vaddr_t *addr)
{
	struct slab_cache *c = slab_cache_get(m->slab, cache);

	if (!c)
		return no_cache(m, who, "kmem_cache_alloc_bulk", cache);
	return m->slab->ops.alloc_bulk(m, who, c, gfp, n, addr);
}

enum mm_outcome slab_cache_free_bulk(struct mm_machine *m, const struct mm_caller *who,
				     uint32_t cache, unsigned int n, const vaddr_t *addr)
{
	struct slab_cache *c = slab_cache_get(m->slab, cache);

	if (!c)
		return no_cache(m, who, "kmem_cache_free_bulk", cache);
	return m->slab->ops.free_bulk(m, who, c, n, addr);
}

enum mm_outcome slab_cache_shrink(struct mm_machine *m, const struct mm_caller *who, uint32_t cache)
{
	struct slab_cache *c = slab_cache_get(m->slab, cache);

	if (!c)
		return no_cache(m, who, "kmem_cache_shrink", cache);
	m->slab->ops.shrink(m, who, c);
	return MM_OK;
}

/* ---- bad addresses ---- */

void slab_note_past(struct slab *s, vaddr_t addr, uint32_t alloc_op)
{
	s->past[s->nr_past++ % SLAB_NR_PAST] = (struct slab_past){ addr, alloc_op };
}

static uint32_t recall_past(const struct slab *s, vaddr_t addr)
{
	uint32_t n = s->nr_past < SLAB_NR_PAST ? s->nr_past : SLAB_NR_PAST;

	for (uint32_t i = 1; i <= n; i++) {
		const struct slab_past *p = &s->past[(s->nr_past - i) % SLAB_NR_PAST];

		if (p->addr == addr)
			return p->alloc_op;
	}
	return MM_NO_OP;
}

enum mm_outcome slab_misuse_object(struct mm_machine *m, const struct mm_caller *who,
				   enum mm_misuse_kind kind, const struct slab_cache *c,
				   vaddr_t addr, const struct slab_obj *o)
{
	uint32_t alloc_op = MM_NO_OP, free_op = MM_NO_OP;

	if (o && o->state & OBJ_LIVE) {
		alloc_op = o->op;
	} else if (o && o->op != MM_NO_OP) {
		free_op = o->op;
		alloc_op = o->state < OBJ_AGE_LONG ? o->op - o->state : recall_past(m->slab, addr);
	}
	return machine_misuse(m, who, kind, c ? "kmem_cache_free" : "kfree",
			      addr, alloc_op, free_op);
}

/* The head of the allocated block that holds pfn; MM_NO_PFN: not allocated. */
static pfn_t block_head(const struct mm_machine *m, pfn_t pfn)
{
	for (int order = 0; order < MM_MAX_ORDER; order++) {
		pfn_t head = pfn >> order << order;

		if (phys_block_order(m, head) >= order)
			return head;
	}
	return MM_NO_PFN;
}

bool slab_large_head(const struct mm_machine *m, vaddr_t addr, uint32_t *size)
{
	pfn_t pfn = (addr - m->layout.page_offset) >> MM_PAGE_SHIFT;
	enum phys_use use;

	return addr % MM_PAGE_SIZE == 0 && machine_is_lowmem(m, pfn) &&
	       phys_get_use(m, pfn, &use, size) && use == PHYS_USE_KMALLOC;
}

/* addr names no slab's frame: nothing, a large kmalloc for kfree, or a bad call.  A
 * page that a loaded state holds for reasons it does not tell may well be a
 * slab: that free can be neither done nor called wrong. */
enum mm_outcome slab_free_page(struct mm_machine *m, const struct mm_caller *who,
			       const struct slab_cache *c, vaddr_t addr)
{
	pfn_t pfn = (addr - m->layout.page_offset) >> MM_PAGE_SHIFT, head;
	uint32_t size, alloc_op = MM_NO_OP, free_op = MM_NO_OP;
	enum mm_misuse_kind kind = MM_MISUSE_NOT_SLAB;
	enum phys_use use;
	int order;

	if (!c && addr <= MM_ZERO_SIZE_PTR && addr % MM_ZERO_SIZE_PTR == 0)
		return MM_OK;
	if (addr < m->layout.page_offset || !machine_is_lowmem(m, pfn))
		goto misuse;
	if (!c && slab_large_head(m, addr, &size)) {
		order = phys_block_order(m, pfn);
		m->slab->large_pages -= 1u << order;
		phys_free(m, who, pfn, (unsigned int)order);
		return MM_OK;
	}
	if (phys_is_foreign(m, pfn))
		return machine_why(m, who, MM_UNSUPPORTED, MM_CAUSE_NOT_MODELLED, 0, 0);
	head = block_head(m, pfn);
	if (head == MM_NO_PFN) {
		phys_history(m, pfn, &alloc_op, &free_op);
		if (free_op != MM_NO_OP)
			kind = MM_MISUSE_DOUBLE_FREE;
	} else {
		phys_history(m, head, &alloc_op, &free_op);
		if (!c && phys_get_use(m, head, &use, &size) && use == PHYS_USE_KMALLOC)
			kind = MM_MISUSE_INSIDE_OBJECT;
	}
misuse:
	return machine_misuse(m, who, kind, c ? "kmem_cache_free" : "kfree", addr, alloc_op, free_op);
}
