/* SPDX-License-Identifier: MIT
 *
 * slub_list: the node's partial list, per-CPU partial lists, and the ways a
 * slab goes back to the page allocator (Linux 6.1 mm/slub.c).
 *
 * The node's list is doubly linked (slabs leave it from anywhere), a per-CPU
 * list singly (last in, first out), both by slab index.  List order decides
 * which pages are used next, so every insertion names its end.
 */
#include "engine/slab/internal.h"

#define SHRINK_PROMOTE_MAX 32	/* Linux 6.1 mm/slub.c */

void slub_node_add(struct slab *s, struct slab_cache *c, uint32_t slab, bool tail)
{
	struct slub_slab *sl = &s->slab[slab];

	sl->prev = tail ? c->partial_tail : 0;
	sl->next = tail ? 0 : c->partial_head;
	if (sl->prev)
		s->slab[sl->prev].next = slab;
	else
		c->partial_head = slab;
	if (sl->next)
		s->slab[sl->next].prev = slab;
	else
		c->partial_tail = slab;
	c->nr_partial++;
}

void slub_node_del(struct slab *s, struct slab_cache *c, uint32_t slab)
{
	struct slub_slab *sl = &s->slab[slab];

	if (sl->prev)
		s->slab[sl->prev].next = sl->next;
	else
		c->partial_head = sl->next;
	if (sl->next)
		s->slab[sl->next].prev = sl->prev;
	else
		c->partial_tail = sl->prev;
	sl->next = sl->prev = 0;
	c->nr_partial--;
}

/* An empty slab on no list: its pages go back. */
void slub_discard(struct mm_machine *m, const struct mm_caller *who, uint32_t slab)
{
	struct slab *s = m->slab;
	struct slub_slab *sl = &s->slab[slab];
	struct slab_cache *c = sl->cache;

	c->nr_slabs--;
	c->total_objects -= sl->objects;
	c->pages -= 1u << sl->order;
	slab_arena_put(&s->arena, sl->obj, slub_records(sl->objects));
	sl->cache = NULL;
	sl->obj = NULL;
	sl->next = s->free_slab;
	s->free_slab = slab;
	m->ev[MM_EV_SLAB_DISCARD]++;
	machine_step(m, MM_STEP_SLAB_DISCARD, 1);
	machine_step(m, MM_STEP_PAGE_FREE, 1);
	machine_step(m, MM_STEP_FREE_TAILS, (1u << sl->order) - 1);
	phys_free(m, who, sl->pfn, sl->order);
}

static bool node_has_enough(const struct slab_cache *c)
{
	return c->nr_partial >= c->g.min_partial;
}

/* A whole per-CPU partial list to the node: empty slabs are put aside while
 * the node has enough and freed afterwards, last found first; the others are
 * appended (__unfreeze_partials). */
static void unfreeze_partials(struct mm_machine *m, const struct mm_caller *who,
			      struct slab_cache *c, uint32_t head)
{
	struct slab *s = m->slab;
	uint32_t aside = 0, slabs = 0;

	while (head) {
		uint32_t slab = head;
		struct slub_slab *sl = &s->slab[slab];

		head = sl->next;
		slabs++;
		sl->frozen = 0;
		if (!sl->inuse && node_has_enough(c)) {
			sl->next = aside;
			aside = slab;
		} else {
			slub_node_add(s, c, slab, true);
		}
	}
	machine_step(m, MM_STEP_SLAB_UNFREEZE, 1);
	machine_step(m, MM_STEP_SLAB_UNFREEZE_SLABS, slabs);
	while (aside) {
		uint32_t slab = aside;

		aside = s->slab[slab].next;
		slub_discard(m, who, slab);
	}
}

/* A frozen slab in front of the per-CPU partial list; with drain a full list
 * moves out to the node first (put_cpu_partial). */
void slub_put_cpu_partial(struct mm_machine *m, const struct mm_caller *who,
			  struct slab_cache *c, struct mm_cpu_cache *pc, uint32_t slab, bool drain)
{
	struct slab *s = m->slab;
	uint32_t old = pc->partial, out = 0;

	if (old && drain && s->slab[old].slabs >= c->g.cpu_partial_slabs) {
		out = old;
		old = 0;
	}
	s->slab[slab].slabs = old ? s->slab[old].slabs + 1 : 1;
	s->slab[slab].next = old;
	pc->partial = slab;
	if (out)
		unfreeze_partials(m, who, c, out);
}

/* The cpu slab is given up: its cpu free list goes in front of its own
 * (deactivate_slab). */
static void deactivate(struct mm_machine *m, const struct mm_caller *who,
		       struct slab_cache *c, struct mm_cpu_cache *pc)
{
	struct slab *s = m->slab;
	uint32_t slab = pc->slab;
	struct slub_slab *sl = &s->slab[slab];
	bool remote = sl->free != MM_OBJ_NIL;
	unsigned int first = pc->free;

	machine_step(m, MM_STEP_SLAB_DEACTIVATE, 1);
	slub_set_cpu_slab(s, pc, 0);
	pc->obj = NULL;
	pc->free = MM_OBJ_NIL;
	if (first != MM_OBJ_NIL) {
		unsigned int last = first;

		sl->inuse--;
		while (sl->obj[last].next != MM_OBJ_NIL) {
			last = sl->obj[last].next;
			sl->inuse--;
		}
		sl->obj[last].next = sl->free;
		sl->free = (uint16_t)first;
	}
	sl->frozen = 0;
	if (!sl->inuse && node_has_enough(c))
		slub_discard(m, who, slab);
	else if (sl->free != MM_OBJ_NIL)
		slub_node_add(s, c, slab, remote);
}

void slub_flush_cpu(struct mm_machine *m, const struct mm_caller *who,
		    struct slab_cache *c, struct mm_cpu_cache *pc)
{
	uint32_t list = pc->partial;

	if (pc->slab)
		deactivate(m, who, c, pc);
	pc->partial = 0;
	unfreeze_partials(m, who, c, list);
}

static void flush_all(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c)
{
	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++)
		slub_flush_cpu(m, who, c, &c->cpu[cpu]);
}

/* Linux 6.1 __kmem_cache_do_shrink: empty slabs go; those with few free
 * objects move to the front, fullest first.  Slabs with equally many free
 * objects end in reverse order, as do the freed ones. */
void slub_shrink(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c)
{
	struct slab *s = m->slab;
	uint32_t head[SHRINK_PROMOTE_MAX + 1] = { 0 }, tail[SHRINK_PROMOTE_MAX + 1];
	uint32_t next, empty = 0;

	machine_step(m, MM_STEP_SLAB_SHRINK, 1);
	flush_all(m, who, c);
	for (uint32_t slab = c->partial_head; slab; slab = next) {
		struct slub_slab *sl = &s->slab[slab];
		unsigned int nr_free = sl->objects - sl->inuse;

		next = sl->next;
		if (nr_free == sl->objects) {
			slub_node_del(s, c, slab);
			sl->next = empty;
			empty = slab;
		} else if (nr_free <= SHRINK_PROMOTE_MAX) {
			slub_node_del(s, c, slab);
			if (head[nr_free])
				s->slab[tail[nr_free]].next = slab;
			else
				head[nr_free] = slab;
			tail[nr_free] = slab;
		}
	}
	for (unsigned int n = SHRINK_PROMOTE_MAX; n > 0; n--) {
		for (uint32_t slab = head[n]; slab; slab = next) {
			next = s->slab[slab].next;
			slub_node_add(s, c, slab, false);
		}
	}
	for (; empty; empty = next) {
		next = s->slab[empty].next;
		slub_discard(m, who, empty);
	}
}

/* Linux 6.1 __kmem_cache_shutdown of a cache without live objects: what the
 * flush left on the node's list is empty and is freed in reverse order. */
void slub_release(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c)
{
	struct slab *s = m->slab;

	flush_all(m, who, c);
	while (c->partial_tail) {
		uint32_t slab = c->partial_tail;

		slub_node_del(s, c, slab);
		slub_discard(m, who, slab);
	}
}
