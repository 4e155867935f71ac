/* SPDX-License-Identifier: MIT
 *
 * bulk: arrays of objects that are freed together (Linux 6.1
 * kmem_cache_free_bulk, kfree_bulk).
 *
 * A bulk free groups the objects of one slab and frees each group in one step:
 * the slab's lists see one change where single frees would make several, so the
 * grouping decides which slabs move and which are given back.  The whole array
 * is checked before anything is freed: a bad element refuses the call.
 */
#include <stdlib.h>

#include "engine/slab/internal.h"

#define LOOK_AHEAD 3	/* elements of other slabs at which a group ends */

/* Element i of the array that is no slab's object. */
static enum mm_outcome check_page(struct mm_machine *m, const struct mm_caller *who,
				  const struct slab_cache *c, const vaddr_t *p, unsigned int i)
{
	uint32_t size;

	if (c || !slab_large_head(m, p[i], &size))
		return slab_free_page(m, who, c, p[i]);
	for (unsigned int k = 0; k < i; k++) {
		if (p[k] == p[i])
			return machine_misuse(m, who, MM_MISUSE_DOUBLE_FREE, "kfree_bulk",
					      p[i], MM_NO_OP, who->op);
	}
	return MM_OK;
}

/* Element i: MM_OK and found and marked, so that a second mention is met. */
static inline enum mm_outcome check_element(struct mm_machine *m, const struct mm_caller *who,
					    const struct slab_cache *c, const vaddr_t *p,
					    unsigned int i, struct slab_element *e)
{
	struct slab *s = m->slab;
	uint32_t pfn = (p[i] - s->page_offset) >> MM_PAGE_SHIFT;
	const struct slub_slab *sl;
	enum mm_outcome r;
	bool first;

	e->addr = p[i];
	e->slab = pfn < s->nr_pfn ? s->of_pfn[pfn] : PHYS_NOT_SLAB;
	if (MM_UNLIKELY(e->slab == PHYS_NOT_SLAB))
		return check_page(m, who, c, p, i);
	sl = &s->slab[e->slab];
	e->obj = &sl->obj[mm_object_index(sl->recip, sl->size, p[i] - sl->base, &first)];
	if (MM_UNLIKELY(!first || !(e->obj->state & MM_OBJ_LIVE) || (c && c != sl->cache))) {
		r = slab_resolve(m, who, c, p[i], e->slab, &e->obj);
		if (r != MM_OK)
			return r;
	}
	if (MM_UNLIKELY(e->obj->state & OBJ_MARKED))
		return machine_misuse(m, who, MM_MISUSE_DOUBLE_FREE,
				      c ? "kmem_cache_free_bulk" : "kfree_bulk",
				      p[i], e->obj->op, who->op);
	e->obj->state |= OBJ_MARKED;
	return MM_OK;
}

/* The whole array to s->scratch; a refused one leaves no marks.  (The marks of
 * one that is taken go with its objects' state.) */
static enum mm_outcome check_array(struct mm_machine *m, const struct mm_caller *who,
				   const struct slab_cache *c, unsigned int n, const vaddr_t *p)
{
	struct slab_element *e = m->slab->scratch;

	for (unsigned int i = 0; i < n; i++) {
		enum mm_outcome r = check_element(m, who, c, p, i, &e[i]);

		if (MM_LIKELY(r == MM_OK))
			continue;
		while (i-- > 0) {
			if (e[i].slab != PHYS_NOT_SLAB)
				e[i].obj->state &= (uint16_t)~OBJ_MARKED;
		}
		return r;
	}
	return MM_OK;
}

static inline void account_free(struct slab *s, const struct mm_caller *who,
				struct mm_cpu_cache *pc, const struct slab_element *e)
{
	mm_count_free(pc, e->obj->state & ~OBJ_MARKED);
	slub_retire(s, e->obj, e->addr, who->op);
}

/* One round: frees the last of n elements and, as far as the look-ahead
 * reaches, the others of its slab; they gather at the array's end.  Returns how
 * many elements are left (in front).  The first one taken becomes the head. */
static unsigned int free_group(struct mm_machine *m, const struct mm_caller *who,
			       struct slab_element *e, unsigned int n)
{
	struct slab *s = m->slab;
	uint32_t slab = e[n - 1].slab;
	const struct slub_slab *sl = &s->slab[slab];
	struct mm_object *head, *tail;
	struct mm_cpu_cache *pc;
	unsigned int left = n - 1, strangers = 0;

	if (slab == PHYS_NOT_SLAB) {
		slab_free_page(m, who, NULL, e[n - 1].addr);
		return left;
	}
	pc = &sl->cache->cpu[who->cpu];
	head = tail = e[left].obj;
	account_free(s, who, pc, &e[left]);
	for (unsigned int i = left; i-- > 0;) {
		struct slab_element one = e[i];

		if (one.slab != slab) {
			if (++strangers == LOOK_AHEAD)
				break;
			continue;
		}
		account_free(s, who, pc, &one);
		tail->next = (uint16_t)(one.obj - sl->obj);
		tail = one.obj;
		e[i] = e[--left];
	}
	s->ops.free_chain(m, who, slab, (unsigned int)(head - sl->obj),
			  (unsigned int)(tail - sl->obj), n - left);
	return left;
}

enum mm_outcome slab_free_bulk(struct mm_machine *m, const struct mm_caller *who,
			       const struct slab_cache *c, unsigned int n, const vaddr_t *addr)
{
	struct slab *s = m->slab;
	enum mm_outcome r;

	if (n > s->nr_scratch) {
		struct slab_element *p = realloc(s->scratch, n * sizeof(*p));

		if (!p)
			return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, 0, 0);
		s->scratch = p;
		s->nr_scratch = n;
	}
	r = check_array(m, who, c, n, addr);
	while (r == MM_OK && n)
		n = free_group(m, who, s->scratch, n);
	return r;
}
