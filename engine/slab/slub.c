/* SPDX-License-Identifier: MIT
 *
 * slub: where objects come from and go to (Linux 6.1 mm/slub.c).
 *
 * The front end (slab.c) takes objects from the cpu free list and puts those of
 * the cpu slab back onto it; all else is here.  An empty cpu free list is
 * filled from, in this order, the cpu slab's own free list (objects that came
 * back from elsewhere), the per-CPU partial list, the node's partial list, and
 * the page allocator.  A free that does not meet the cpu slab goes to its
 * slab's own list, and the slab changes lists when it was full or becomes empty.
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
	struct mm_object *obj = slab_arena_get(&s->arena, slub_records(objects));
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
		.objects = (uint16_t)objects, .free = MM_OBJ_NIL,
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
	machine_step(m, MM_STEP_PAGE_REQUEST, 1);
	machine_step(m, MM_STEP_COMPOUND_TAILS, (1u << order) - 1);
	machine_step(m, MM_STEP_SLAB_NEW, 1);
	machine_step(m, MM_STEP_SLAB_NEW_OBJECTS, objects);
	machine_step(m, MM_STEP_SLAB_SHUFFLED, c->seq && objects > 1);
	machine_saw(m, MM_SEEN_NEW_SLAB, pfn, order, 0, c->id, 0);
	return MM_OK;
}

/* slab becomes pc's cpu slab: all its free objects move to the cpu free list. */
static void take_slab(struct slab *s, struct mm_cpu_cache *pc, uint32_t slab)
{
	struct slub_slab *sl = &s->slab[slab];

	slub_set_cpu_slab(s, pc, slab);
	pc->free = sl->free;
	sl->free = MM_OBJ_NIL;
	sl->inuse = sl->objects;
	sl->frozen = 1;
}

/* The node's first partial slab becomes the cpu slab; the following go to the
 * per-CPU partial list until more than half of its limit were moved
 * (Linux 6.1 get_partial_node). */
static void take_node_partial(struct mm_machine *m, const struct mm_caller *who,
			      struct slab_cache *c, struct mm_cpu_cache *pc)
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
	machine_step(m, MM_STEP_SLAB_NODE_MORE, moved);
}

/* The cpu free list is empty: fill it (Linux 6.1 ___slab_alloc). */
static enum mm_outcome slub_refill(struct mm_machine *m, const struct mm_caller *who,
				   struct slab_cache *c, gfp_t gfp)
{
	struct slab *s = m->slab;
	struct mm_cpu_cache *pc = &c->cpu[who->cpu];
	enum mm_outcome r;
	uint32_t slab = pc->slab;

	if (slab) {
		if (s->slab[slab].free != MM_OBJ_NIL) {
			take_slab(s, pc, slab);
			m->ev[MM_EV_SLAB_CPU_SLAB]++;
			machine_step(m, MM_STEP_SLAB_CPU_SLAB, 1);
			return MM_OK;
		}
		s->slab[slab].frozen = 0;	/* full: on no list */
		machine_step(m, MM_STEP_SLAB_NEW_OLD_CPU, 1);
		slub_set_cpu_slab(s, pc, 0);
	}
	if (pc->partial) {
		slab = pc->partial;
		pc->partial = s->slab[slab].next;
		take_slab(s, pc, slab);
		m->ev[MM_EV_SLAB_CPU_PARTIAL]++;
		machine_step(m, MM_STEP_SLAB_CPU_PARTIAL, 1);
		return MM_OK;
	}
	if (c->partial_head) {
		take_node_partial(m, who, c, pc);
		m->ev[MM_EV_SLAB_NODE_PARTIAL]++;
		machine_step(m, MM_STEP_SLAB_NODE_PARTIAL, 1);
		return MM_OK;
	}
	r = slub_new(m, who, c, gfp, &slab);
	if (r == MM_OK)
		take_slab(s, pc, slab);
	return r;
}

/* A chain of n freed objects of one slab, linked from head to tail, onto the
 * slab's lists (Linux 6.1 do_slab_free, __slab_free). */
static enum mm_outcome slub_free_chain(struct mm_machine *m, const struct mm_caller *who,
				       uint32_t slab, unsigned int head, unsigned int tail,
				       unsigned int n)
{
	struct slab *s = m->slab;
	struct slub_slab *sl = &s->slab[slab];
	struct slab_cache *c = sl->cache;
	struct mm_cpu_cache *pc = &c->cpu[who->cpu];
	bool was_full = sl->free == MM_OBJ_NIL;

	if (pc->slab == slab) {
		sl->obj[tail].next = pc->free;
		pc->free = (uint16_t)head;
		return MM_OK;
	}
	machine_step(m, MM_STEP_SLAB_FREE_SLOW, 1);
	sl->obj[tail].next = sl->free;
	sl->free = (uint16_t)head;
	sl->inuse = (uint16_t)(sl->inuse - n);
	if (sl->frozen)
		return MM_OK;
	if (was_full) {
		sl->frozen = 1;
		machine_step(m, MM_STEP_SLAB_FREE_FULL, 1);
		slub_put_cpu_partial(m, who, c, pc, slab, true);
	} else if (!sl->inuse && c->nr_partial >= c->g.min_partial) {
		machine_step(m, MM_STEP_SLAB_EMPTY_LISTED, 1);
		slub_node_del(s, c, slab);
		slub_discard(m, who, slab);
	}
	return MM_OK;
}

static inline bool is_line_of(const struct mm_machine *m, const struct slab_cache *c,
			      const struct mm_cpu_cache *pc)
{
	return (uintptr_t)pc - (uintptr_t)c->cpu < m->cfg.cpus * sizeof(*pc);
}

/* The live object i of a slab of pc's cache becomes free, wherever the slab goes. */
static __attribute__((noinline)) bool free_somehow(struct mm_machine *m, struct mm_cpu_cache *pc,
						   uint32_t op, uint32_t slab, unsigned int i)
{
	const struct slub_slab *sl = &m->slab->slab[slab];
	const struct mm_caller who = { .op = op, .cpu = (uint8_t)(pc - sl->cache->cpu) };

	mm_count_free(pc, sl->obj[i].state);
	slub_retire(m->slab, &sl->obj[i], sl->base + i * sl->size, op);
	return slub_free_chain(m, &who, slab, i, i, 1) == MM_OK;
}

/* Most are objects of a slab that stays where it is.  The others leave by a tail
 * call, so that these save no registers. */
bool mm_fast_free(struct mm_machine *m, struct mm_cpu_cache *pc, uint32_t op, vaddr_t addr)
{
	struct slab *s = m->slab;
	uint32_t pfn = (addr - s->page_offset) >> MM_PAGE_SHIFT, slab, i;
	struct mm_object *o;
	struct slub_slab *sl;
	bool first;

	if (MM_UNLIKELY(pfn >= s->nr_pfn || s->of_pfn[pfn] == PHYS_NOT_SLAB))
		return false;
	slab = s->of_pfn[pfn];
	sl = &s->slab[slab];
	i = mm_object_index(sl->recip, sl->size, addr - sl->base, &first);
	o = &sl->obj[i];
	if (MM_UNLIKELY(!first || !(o->state & MM_OBJ_LIVE) || !is_line_of(m, sl->cache, pc)))
		return false;
	if (MM_UNLIKELY(pc->slab == slab) ||
	    (!sl->frozen && (sl->free == MM_OBJ_NIL || sl->inuse == 1)))
		return free_somehow(m, pc, op, slab, i);
	mm_count_free(pc, o->state);
	slub_retire(s, o, addr, op);
	o->next = sl->free;
	sl->free = (uint16_t)i;
	sl->inuse--;
	machine_step(m, MM_STEP_SLAB_FREE_SLOW, 1);
	return true;
}

const struct slab_ops slub_ops = {
	.kind = MM_SLUB,
	.name = "SLUB",
	.refill = slub_refill,
	.free_chain = slub_free_chain,
	.shrink = slub_shrink,
	.release = slub_release,
};
