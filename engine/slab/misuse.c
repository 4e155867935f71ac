/* SPDX-License-Identifier: MIT
 *
 * misuse: frees of what is no live object: what is wrong and what is known of
 * the address's past.
 *
 * An object's record holds the operation that allocated it and, once it is
 * free, how many operations later that was; the frees of objects that lived too
 * long for that field are kept in a ring of the latest such frees.
 */
#include "engine/slab/internal.h"

static uint32_t recall_past(const struct slab *s, vaddr_t addr)
{
	uint32_t n = s->nr_past < SLAB_NR_PAST ? s->nr_past : SLAB_NR_PAST;

	for (uint32_t i = 1; i <= n; i++) {
		const struct slab_past *p = &s->past[(s->nr_past - i) % SLAB_NR_PAST];

		if (p->addr == addr)
			return p->free_op;
	}
	return MM_NO_OP;
}

static enum mm_outcome object_misuse(struct mm_machine *m, const struct mm_caller *who,
				     enum mm_misuse_kind kind, const struct slab_cache *c,
				     vaddr_t addr, const struct mm_object *o)
{
	uint32_t alloc_op = MM_NO_OP, free_op = MM_NO_OP;

	if (o) {
		alloc_op = o->op;
		if (!(o->state & MM_OBJ_LIVE))
			free_op = o->state < MM_OBJ_AGE_LONG ? o->op + o->state :
				  recall_past(m->slab, addr);
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
		machine_step(m, MM_STEP_SLAB_LARGE_FREE, 1);
		machine_step(m, MM_STEP_FREE_TAILS, (1u << order) - 1);
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

enum mm_outcome slab_resolve(struct mm_machine *m, const struct mm_caller *who,
			     const struct slab_cache *c, vaddr_t addr, uint32_t slab,
			     struct mm_object **obj)
{
	struct slub_slab *sl = &m->slab->slab[slab];
	bool first;
	uint32_t i = mm_object_index(sl->recip, sl->size, addr - sl->base, &first);

	if (MM_UNLIKELY(i >= sl->objects || !first))
		return object_misuse(m, who, MM_MISUSE_INSIDE_OBJECT, c, addr,
					  i < sl->objects ? &sl->obj[i] : NULL);
	*obj = &sl->obj[i];
	if (MM_UNLIKELY(!((*obj)->state & MM_OBJ_LIVE)))
		return object_misuse(m, who, MM_MISUSE_DOUBLE_FREE, c, addr, *obj);
	if (MM_UNLIKELY(c && c != sl->cache))
		return object_misuse(m, who, MM_MISUSE_WRONG_CACHE, c, addr, *obj);
	return MM_OK;
}
