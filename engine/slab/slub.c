/* SPDX-License-Identifier: MIT
 *
 * slub: allocation and free of one object (Linux 6.1 mm/slub.c).
 *
 * Allocation looks, in this order, at the cpu free list, the cpu slab's own
 * free list (objects that came back from elsewhere), the per-CPU partial
 * list, the node's partial list, and takes a new slab from the page allocator
 * last.  A free onto the cpu slab goes to the cpu free list; any other goes to
 * its slab's own list, and the slab changes lists when it was full or becomes
 * empty.  The common case of both touches three cache lines and no list.
 */
#include "engine/slab/internal.h"

/* Linux 6.1 mm/internal.h GFP_RECLAIM_MASK and GFP_CONSTRAINT_MASK: what a
 * request may say about its slab's pages. */
#define SLUB_PAGE_GFP (MM_GFP_RECLAIM | MM_GFP_HIGH | MM_GFP_IO | MM_GFP_FS | MM_GFP_NOWARN | \
		       MM_GFP_RETRY_MAYFAIL | MM_GFP_NOFAIL | MM_GFP_NORETRY | \
		       MM_GFP_MEMALLOC | MM_GFP_NOMEMALLOC | MM_GFP_ATOMIC_BIT | \
		       MM_GFP_HARDWALL | MM_GFP_THISNODE)

uint32_t slub_slab_new(struct mm_machine *m, struct slab_cache *c, pfn_t pfn,
		       unsigned int order, unsigned int objects)
{
	struct slab *s = m->slab;
	struct slab_obj *obj = slab_arena_get(&s->arena, slub_records(objects));
	struct slub_slab *sl;
	uint32_t i = s->free_slab;

	if (!obj)
		return 0;
	if (i)
		s->free_slab = s->slab[i].next;
	else if (s->nr_slab < s->max_slab)
		i = s->nr_slab++;
	else
		MM_ASSERT(!"more slabs than frames");
	sl = &s->slab[i];
	*sl = (struct slub_slab){
		.recip = c->recip, .obj = obj, .cache = c,
		.base = machine_lowmem_addr(m, pfn), .size = c->g.size,
		.objects = (uint16_t)objects, .free = SLUB_NIL,
		.order = (uint8_t)order, .pfn = pfn,
	};
	obj[objects].state = 0;
	phys_set_use(m, pfn, order, PHYS_USE_SLAB, i);
	c->nr_slabs++;
	c->total_objects += objects;
	c->pages += 1u << order;
	return i;
}

/* A new slab's pages: the preferred order without any reclaim when a smaller
 * one would do, then the smallest with what the caller allows. */
enum mm_outcome slub_new(struct mm_machine *m, const struct mm_caller *who,
			 struct slab_cache *c, gfp_t gfp, uint32_t *slab)
{
	struct slab *s = m->slab;
	gfp_t flags = (gfp & SLUB_PAGE_GFP & s->gfp_allowed) | c->allocflags;
	gfp_t first = (flags | MM_GFP_NOWARN | MM_GFP_NORETRY) & ~MM_GFP_NOFAIL;
	uint32_t order = c->g.order, objects = c->g.objects;
	enum mm_outcome r;
	pfn_t pfn;

	if ((first & MM_GFP_DIRECT_RECLAIM) && order > c->g.min_order)
		first = (first | MM_GFP_NOMEMALLOC) & ~MM_GFP_RECLAIM;
	if (phys_alloc_quiet(m, who, first, order, &pfn) != MM_OK) {
		order = c->g.min_order;
		objects = c->g.min_objects;
		r = phys_alloc(m, who, flags, order, &pfn);
		if (r != MM_OK)
			return machine_why(m, who, r, MM_CAUSE_SLAB_PAGE, gfp, c->g.object_size);
		m->ev[MM_EV_SLAB_FALLBACK_ORDER]++;
	}
	*slab = slub_slab_new(m, c, pfn, order, objects);
	if (!*slab) {
		phys_free(m, who, pfn, order);
		return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, gfp, c->g.object_size);
	}
	slab_link_objects(m, c, &s->slab[*slab]);
	m->ev[MM_EV_SLAB_NEW]++;
	return MM_OK;
}

/* slab becomes pc's cpu slab: all its free objects move to the cpu free list. */
static void take_slab(struct slab *s, struct slub_cpu *pc, uint32_t slab)
{
	struct slub_slab *sl = &s->slab[slab];

	pc->slab = slab;
	pc->obj = sl->obj;
	pc->base = sl->base;
	pc->free = sl->free;
	sl->free = SLUB_NIL;
	sl->inuse = sl->objects;
	sl->frozen = 1;
}

/* The node's first partial slab becomes the cpu slab; the following go to the
 * per-CPU partial list until more than half of its limit were moved
 * (Linux 6.1 get_partial_node). */
static void take_node_partial(struct mm_machine *m, const struct mm_caller *who,
			      struct slab_cache *c, struct slub_cpu *pc)
{
	struct slab *s = m->slab;
	uint32_t slab = c->partial_head, moved = 0;

	slub_node_del(s, c, slab);
	take_slab(s, pc, slab);
	while (c->partial_head && moved <= c->g.cpu_partial_slabs / 2) {
		slab = c->partial_head;
		slub_node_del(s, c, slab);
		s->slab[slab].frozen = 1;
		slub_put_cpu_partial(m, who, c, pc, slab, false);
		moved++;
	}
}

/* The cpu free list is empty: fill it (Linux 6.1 ___slab_alloc). */
enum mm_outcome slub_refill(struct mm_machine *m, const struct mm_caller *who,
			    struct slab_cache *c, struct slub_cpu *pc, gfp_t gfp)
{
	struct slab *s = m->slab;
	enum mm_outcome r;
	uint32_t slab = pc->slab;

	if (slab) {
		if (s->slab[slab].free != SLUB_NIL) {
			take_slab(s, pc, slab);
			m->ev[MM_EV_SLAB_CPU_SLAB]++;
			return MM_OK;
		}
		s->slab[slab].frozen = 0;	/* full: on no list */
		pc->slab = 0;
	}
	if (pc->partial) {
		slab = pc->partial;
		pc->partial = s->slab[slab].next;
		take_slab(s, pc, slab);
		m->ev[MM_EV_SLAB_CPU_PARTIAL]++;
		return MM_OK;
	}
	if (c->partial_head) {
		take_node_partial(m, who, c, pc);
		m->ev[MM_EV_SLAB_NODE_PARTIAL]++;
		return MM_OK;
	}
	r = slub_new(m, who, c, gfp, &slab);
	if (r == MM_OK)
		take_slab(s, pc, slab);
	return r;
}

/* The head of the cpu free list, which is not empty. */
static inline __attribute__((always_inline)) enum mm_outcome
take_first(struct mm_machine *m, const struct mm_caller *who, struct slub_cpu *pc,
	   uint32_t waste, gfp_t gfp, vaddr_t *addr)
{
	unsigned int i = pc->free;
	struct slab_obj *o = &pc->obj[i];

	pc->free = o->next;
	o->op = who->op;
	o->state = (uint16_t)(OBJ_LIVE | waste);
	pc->sum += SUM_OBJECT + waste;
	m->ev[MM_EV_SLAB_ALLOC]++;
	m->ev[MM_EV_ZEROED_BYTES] += pc->zero[gfp / MM_GFP_ZERO % 2];
	*addr = pc->base + i * pc->size;
	return MM_OK;
}

static __attribute__((noinline)) enum mm_outcome
alloc_slow(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c,
	   uint32_t waste, gfp_t gfp, vaddr_t *addr)
{
	struct slub_cpu *pc = &c->cpu[who->cpu];
	enum mm_outcome r = slub_refill(m, who, c, pc, gfp);

	return r == MM_OK ? take_first(m, who, pc, waste, gfp, addr) : r;
}

static enum mm_outcome slub_kmalloc(struct mm_machine *m, const struct mm_caller *who,
				    struct slab_cache *c, uint32_t size, gfp_t gfp, vaddr_t *addr)
{
	struct slub_cpu *pc = &c->cpu[who->cpu];
	uint32_t waste = pc->object_size - size;

	MM_DASSERT(who->cpu < m->cfg.cpus);
	if (MM_UNLIKELY(pc->free == SLUB_NIL))
		return alloc_slow(m, who, c, waste, gfp, addr);
	m->ev[MM_EV_SLAB_HIT]++;
	return take_first(m, who, pc, waste, gfp, addr);
}

static enum mm_outcome slub_alloc(struct mm_machine *m, const struct mm_caller *who,
				  struct slab_cache *c, gfp_t gfp, vaddr_t *addr)
{
	struct slub_cpu *pc = &c->cpu[who->cpu];

	MM_DASSERT(who->cpu < m->cfg.cpus);
	if (MM_UNLIKELY(pc->free == SLUB_NIL))
		return alloc_slow(m, who, c, 0, gfp, addr);
	m->ev[MM_EV_SLAB_HIT]++;
	return take_first(m, who, pc, 0, gfp, addr);
}

/* A chain of n freed objects of one slab, linked from head to tail, onto the
 * slab's lists (Linux 6.1 do_slab_free, __slab_free). */
void slub_free_chain(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c,
		     uint32_t slab, unsigned int head, unsigned int tail, unsigned int n)
{
	struct slab *s = m->slab;
	struct slub_cpu *pc = &c->cpu[who->cpu];
	struct slub_slab *sl = &s->slab[slab];
	bool was_full = sl->free == SLUB_NIL;

	if (pc->slab == slab) {
		sl->obj[tail].next = pc->free;
		pc->free = (uint16_t)head;
		return;
	}
	sl->obj[tail].next = sl->free;
	sl->free = (uint16_t)head;
	sl->inuse = (uint16_t)(sl->inuse - n);
	if (sl->frozen)
		return;
	if (was_full) {
		sl->frozen = 1;
		slub_put_cpu_partial(m, who, c, pc, slab, true);
	} else if (!sl->inuse && c->nr_partial >= c->g.min_partial) {
		slub_node_del(s, c, slab);
		slub_discard(m, who, slab);
	}
}

enum mm_outcome slub_resolve(struct mm_machine *m, const struct mm_caller *who,
			     const struct slab_cache *c, vaddr_t addr, uint32_t slab,
			     struct slab_obj **obj)
{
	struct slub_slab *sl = &m->slab->slab[slab];
	bool first;
	uint32_t i = slub_divide(sl->recip, addr - sl->base, &first);

	if (MM_UNLIKELY(i >= sl->objects || !first))
		return slab_misuse_object(m, who, MM_MISUSE_INSIDE_OBJECT, c, addr,
					  i < sl->objects ? &sl->obj[i] : NULL);
	*obj = &sl->obj[i];
	if (MM_UNLIKELY(!((*obj)->state & OBJ_LIVE)))
		return slab_misuse_object(m, who, MM_MISUSE_DOUBLE_FREE, c, addr, *obj);
	if (MM_UNLIKELY(c && c != sl->cache))
		return slab_misuse_object(m, who, MM_MISUSE_WRONG_CACHE, c, addr, *obj);
	return MM_OK;
}

/* The object is no longer counted as live; the rest of its free. */
static __attribute__((noinline)) enum mm_outcome
free_slow(struct mm_machine *m, const struct mm_caller *who, uint32_t slab, unsigned int i)
{
	struct slub_slab *sl = &m->slab->slab[slab];

	slub_retire(m->slab, &sl->obj[i], sl->base + i * sl->size, who->op);
	slub_free_chain(m, who, sl->cache, slab, i, i, 1);
	return MM_OK;
}

static __attribute__((noinline)) enum mm_outcome
free_bad(struct mm_machine *m, const struct mm_caller *who, const struct slab_cache *want,
	 vaddr_t addr, uint32_t slab)
{
	struct slab_obj *o;

	return slub_resolve(m, who, want, addr, slab, &o);
}

/* want NULL: any cache's object.  Whatever is not the free of a young object of
 * the cpu slab leaves by a tail call, so that this path saves no registers. */
static inline __attribute__((always_inline)) enum mm_outcome
free_one(struct mm_machine *m, const struct mm_caller *who, const struct slab_cache *want,
	 vaddr_t addr)
{
	struct slab *s = m->slab;
	uint32_t pfn = (addr - s->page_offset) >> MM_PAGE_SHIFT;
	uint32_t slab, i, age;
	bool first;
	struct slub_slab *sl;
	struct slub_cpu *pc;
	struct slab_obj *o;

	if (MM_UNLIKELY(pfn >= s->nr_pfn))
		return slab_free_page(m, who, want, addr);
	slab = s->of_pfn[pfn];
	if (MM_UNLIKELY(slab == PHYS_NOT_SLAB))
		return slab_free_page(m, who, want, addr);
	sl = &s->slab[slab];
	i = slub_divide(sl->recip, addr - sl->base, &first);
	o = &sl->obj[i];
	if (MM_UNLIKELY(!first || !(o->state & OBJ_LIVE) || (want && want != sl->cache)))
		return free_bad(m, who, want, addr, slab);
	pc = &sl->cache->cpu[who->cpu];
	pc->sum -= SUM_OBJECT + (o->state & OBJ_WASTE);
	m->ev[MM_EV_SLAB_FREE]++;
	age = who->op - o->op;
	if (MM_UNLIKELY(pc->slab != slab || age >= OBJ_AGE_LONG))
		return free_slow(m, who, slab, i);
	*o = (struct slab_obj){ .op = who->op, .next = pc->free, .state = (uint16_t)age };
	pc->free = (uint16_t)i;
	return MM_OK;
}

static enum mm_outcome slub_kfree(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	return free_one(m, who, NULL, addr);
}

static enum mm_outcome slub_free(struct mm_machine *m, const struct mm_caller *who,
				 const struct slab_cache *want, vaddr_t addr)
{
	return free_one(m, who, want, addr);
}

const struct slab_ops slub_ops = {
	.kind = MM_SLUB,
	.name = "SLUB",
	.kmalloc = slub_kmalloc,
	.alloc = slub_alloc,
	.alloc_bulk = slub_alloc_bulk,
	.kfree = slub_kfree,
	.free = slub_free,
	.free_bulk = slub_free_bulk,
	.shrink = slub_shrink,
	.release = slub_release,
};
