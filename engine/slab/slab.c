/* SPDX-License-Identifier: MIT
 *
 * slab: kmalloc, kfree, caches' objects: the paths that must be fast.
 *
 * A kmalloc size is turned into a cache by one table load (by units of 8
 * bytes), whatever the mix of sizes; sizes above 8 KiB are pages.  An object
 * comes from the CPU's free list of the cache, and goes back there when it
 * belongs to the CPU's slab: three cache lines and no list.  Everything else is
 * the slab allocator's (struct slab_ops); one that keeps no such free list
 * leaves it empty and is asked each time.
 * Rules: Linux 6.1 mm/slab_common.c, include/linux/slab.h.
 */
#include "engine/slab/internal.h"

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
	machine_step(m, MM_STEP_SLAB_LARGE, 1);
	*addr = machine_lowmem_addr(m, pfn);
	return MM_OK;
}

static __attribute__((noinline)) enum mm_outcome
refill_and_take(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c,
		uint32_t live, gfp_t gfp, vaddr_t *addr)
{
	struct slab *s = m->slab;
	enum mm_outcome r = s->ops.refill(m, who, c, gfp);

	if (r != MM_OK)
		return r;
	s->refills++;
	mm_fast_take(&c->cpu[who->cpu], who->op, live, addr);
	return MM_OK;
}

/* live: the object's state. */
static inline __attribute__((always_inline)) enum mm_outcome
take(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c,
     uint32_t live, gfp_t gfp, vaddr_t *addr)
{
	MM_DASSERT(who->cpu < m->cfg.cpus);
	if (MM_LIKELY(mm_fast_take(&c->cpu[who->cpu], who->op, live, addr) != MM_OBJ_NIL))
		return MM_OK;
	return refill_and_take(m, who, c, live, gfp, addr);
}

/* A request that clears an object, which may be cleared anyway. */
static __attribute__((noinline)) enum mm_outcome
take_zeroed(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c,
	    uint32_t live, gfp_t gfp, vaddr_t *addr)
{
	enum mm_outcome r = take(m, who, c, live, gfp, addr);

	if (r == MM_OK && !c->cpu[who->cpu].clears)
		m->ev[MM_EV_ZEROED_BYTES] += c->g.object_size;
	return r;
}

/* The rare cases leave by tail calls, so that the common one saves no registers. */
enum mm_outcome slab_kmalloc(struct mm_machine *m, const struct mm_caller *who,
			     uint32_t size, gfp_t gfp, vaddr_t *addr)
{
	struct slab *s = m->slab;
	struct slab_cache *c;

	if (MM_UNLIKELY(size - 1 >= KMALLOC_MAX_CACHE_SIZE))
		return kmalloc_odd(m, who, size, gfp, addr);
	c = s->kmalloc[mm_kmalloc_type(gfp)][s->front.class_of[(size + 7) / 8]];
	if (MM_UNLIKELY(gfp & s->front.special))
		return take_zeroed(m, who, c, c->cpu[who->cpu].room - size, gfp, addr);
	return take(m, who, c, c->cpu[who->cpu].room - size, gfp, addr);
}

uint32_t slab_kmalloc_cache(const struct mm_machine *m, uint32_t size, gfp_t gfp)
{
	const struct slab *s = m->slab;
	const struct slab_cache *c;

	if (size - 1 >= KMALLOC_MAX_CACHE_SIZE || s->ops.kind == MM_SLOB)
		return 0;
	c = s->kmalloc[mm_kmalloc_type(gfp)][s->front.class_of[(size + 7) / 8]];
	return c ? c->id : 0;
}

static inline __attribute__((always_inline)) enum mm_outcome
take_object(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c, gfp_t gfp,
	    vaddr_t *addr)
{
	if (MM_UNLIKELY(gfp & c->cpu[who->cpu].special))
		return take_zeroed(m, who, c, MM_OBJ_LIVE, gfp, addr);
	return take(m, who, c, MM_OBJ_LIVE, gfp, addr);
}

enum mm_outcome slab_alloc(struct mm_machine *m, const struct mm_caller *who,
			   struct slab_cache *c, gfp_t gfp, vaddr_t *addr)
{
	return take_object(m, who, c, gfp, addr);
}

/* The kernel's loop: one object after the other, each as a single request
 * (Linux 6.1 kmem_cache_alloc_bulk). */
enum mm_outcome slab_alloc_bulk(struct mm_machine *m, const struct mm_caller *who,
				struct slab_cache *c, gfp_t gfp, unsigned int n, vaddr_t *addr)
{
	for (unsigned int i = 0; i < n; i++) {
		enum mm_outcome r = take_object(m, who, c, gfp, &addr[i]);

		if (MM_LIKELY(r == MM_OK))
			continue;
		if (i)
			slab_free_bulk(m, who, c, i, addr);
		return r;
	}
	return MM_OK;
}

static __attribute__((noinline)) enum mm_outcome
put_bad(struct mm_machine *m, const struct mm_caller *who, const struct slab_cache *want,
	vaddr_t addr, uint32_t slab)
{
	struct mm_object *o;

	return slab_resolve(m, who, want, addr, slab, &o);
}

/* want NULL: any cache's object.  Whatever is not an object of the cpu slab leaves
 * by a tail call, as above. */
static inline __attribute__((always_inline)) enum mm_outcome
put(struct mm_machine *m, const struct mm_caller *who, const struct slab_cache *want, vaddr_t addr)
{
	struct slab *s = m->slab;
	uint32_t pfn = (addr - s->page_offset) >> MM_PAGE_SHIFT;
	uint32_t slab, i;
	struct slub_slab *sl;
	struct mm_cpu_cache *pc;
	struct mm_object *o;
	bool first;

	if (MM_UNLIKELY(pfn >= s->nr_pfn))
		return slab_free_page(m, who, want, addr);
	slab = s->of_pfn[pfn];
	if (MM_UNLIKELY(slab == PHYS_NOT_SLAB))
		return slab_free_page(m, who, want, addr);
	sl = &s->slab[slab];
	i = mm_object_index(sl->recip, sl->size, addr - sl->base, &first);
	o = &sl->obj[i];
	if (MM_UNLIKELY(!first || !(o->state & MM_OBJ_LIVE) || (want && want != sl->cache)))
		return put_bad(m, who, want, addr, slab);
	pc = &sl->cache->cpu[who->cpu];
	mm_count_free(pc, o->state);
	slub_retire(s, o, addr, who->op);
	if (MM_LIKELY(pc->slab != slab))
		return s->ops.free_chain(m, who, slab, i, i, 1);
	o->next = pc->free;
	pc->free = (uint16_t)i;
	return MM_OK;
}

static __attribute__((noinline)) enum mm_outcome
put_elsewhere(struct mm_machine *m, const struct mm_caller *who, const struct slab_cache *c,
	      vaddr_t addr)
{
	return put(m, who, c, addr);
}

/* The object of a known cache, most often one of its cpu slab: then all that a
 * free needs is in the CPU's line and the object's record, and what the next
 * allocation of the cache waits for is one multiplication. */
static inline __attribute__((always_inline)) enum mm_outcome
put_of(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c, vaddr_t addr)
{
	struct mm_cpu_cache *pc = &c->cpu[who->cpu];

	if (MM_LIKELY(mm_fast_put(pc, who->op, addr, mm_fast_index(pc, addr))))
		return MM_OK;
	return put_elsewhere(m, who, c, addr);
}

enum mm_outcome slab_kfree(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	return put(m, who, NULL, addr);
}

enum mm_outcome slab_free(struct mm_machine *m, const struct mm_caller *who,
			  struct slab_cache *c, vaddr_t addr)
{
	return put_of(m, who, c, addr);
}

enum mm_outcome slab_kfree_bulk(struct mm_machine *m, const struct mm_caller *who,
				unsigned int n, const vaddr_t *addr)
{
	return slab_free_bulk(m, who, NULL, n, addr);
}

struct mm_cpu_cache *mm_cache_cpus(struct mm_machine *m, uint32_t cache)
{
	struct slab_cache *c = slab_cache_get(m->slab, cache);

	return c ? c->cpu : NULL;
}

const struct mm_kmalloc *mm_kmalloc_lines(const struct mm_machine *m)
{
	return &m->slab->front;
}

static __attribute__((noinline)) enum mm_outcome
no_cache(struct mm_machine *m, const struct mm_caller *who, const char *what, uint32_t id)
{
	return machine_misuse(m, who, MM_MISUSE_CACHE, what, id, MM_NO_OP, MM_NO_OP);
}

enum mm_outcome slab_cache_alloc(struct mm_machine *m, const struct mm_caller *who,
				 uint32_t cache, gfp_t gfp, vaddr_t *addr)
{
	struct slab_cache *c = slab_cache_get(m->slab, cache);

	if (MM_UNLIKELY(!c))
		return no_cache(m, who, "kmem_cache_alloc", cache);
	return take_object(m, who, c, gfp, addr);
}

enum mm_outcome slab_cache_free(struct mm_machine *m, const struct mm_caller *who,
				uint32_t cache, vaddr_t addr)
{
	struct slab_cache *c = slab_cache_get(m->slab, cache);

	if (MM_UNLIKELY(!c))
		return no_cache(m, who, "kmem_cache_free", cache);
	return put_of(m, who, c, addr);
}

enum mm_outcome slab_cache_alloc_bulk(struct mm_machine *m, const struct mm_caller *who,
				      uint32_t cache, gfp_t gfp, unsigned int n, vaddr_t *addr)
{
	struct slab_cache *c = slab_cache_get(m->slab, cache);

	if (!c)
		return no_cache(m, who, "kmem_cache_alloc_bulk", cache);
	return slab_alloc_bulk(m, who, c, gfp, n, addr);
}

enum mm_outcome slab_cache_free_bulk(struct mm_machine *m, const struct mm_caller *who,
				     uint32_t cache, unsigned int n, const vaddr_t *addr)
{
	struct slab_cache *c = slab_cache_get(m->slab, cache);

	if (!c)
		return no_cache(m, who, "kmem_cache_free_bulk", cache);
	return slab_free_bulk(m, who, c, n, addr);
}

enum mm_outcome slab_cache_shrink(struct mm_machine *m, const struct mm_caller *who, uint32_t cache)
{
	struct slab_cache *c = slab_cache_get(m->slab, cache);

	if (!c)
		return no_cache(m, who, "kmem_cache_shrink", cache);
	m->slab->ops.shrink(m, who, c);
	return MM_OK;
}
