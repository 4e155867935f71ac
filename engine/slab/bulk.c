/* SPDX-License-Identifier: MIT
 *
 * bulk: arrays of objects (Linux 6.1 kmem_cache_alloc_bulk and
 * kmem_cache_free_bulk).
 *
 * A bulk free groups the objects of one slab and frees each group in one step:
 * the slab's lists see one change where single frees would make several, so the
 * grouping decides which slabs move and which are given back.  The whole array
 * is checked before anything is freed: a bad element refuses the call.
 */
#include <stdlib.h>

#include "engine/slab/internal.h"

#define LOOK_AHEAD 3	/* elements of other slabs at which a group ends */

enum mm_outcome slab_alloc_bulk(struct mm_machine *m, const struct mm_caller *who,
				struct slab_cache *c, gfp_t gfp, unsigned int n, vaddr_t *addr)
{
	for (unsigned int i = 0; i < n; i++) {
		enum mm_outcome r = slab_alloc(m, who, c, gfp, &addr[i]);

		if (r == MM_OK)
			continue;
		if (i)
			slab_free_bulk(m, who, c, i, addr);
		return r;
	}
	return MM_OK;
}

static uint32_t slab_of(const struct mm_machine *m, vaddr_t addr)
{
	uint32_t pfn = (addr - m->layout.page_offset) >> MM_PAGE_SHIFT;

	return pfn < m->slab->nr_pfn ? m->slab->of_pfn[pfn] : PHYS_NOT_SLAB;
}

static struct slab_obj *object_at(const struct mm_machine *m, uint32_t slab, vaddr_t addr)
{
	const struct slub_slab *sl = &m->slab->slab[slab];

	bool first;

	return &sl->obj[slub_divide(sl->recip, sl->size, addr - sl->base, &first)];
}

/* One element: MM_OK and marked, so that a second mention is found. */
static enum mm_outcome check_element(struct mm_machine *m, const struct mm_caller *who,
				     const struct slab_cache *c, const vaddr_t *p, unsigned int i)
{
	uint32_t slab = slab_of(m, p[i]), size;
	struct slab_obj *o;
	enum mm_outcome r;

	if (slab == PHYS_NOT_SLAB) {
		if (c || !slab_large_head(m, p[i], &size))
			return slab_free_page(m, who, c, p[i]);
		for (unsigned int k = 0; k < i; k++) {
			if (p[k] == p[i])
				return machine_misuse(m, who, MM_MISUSE_DOUBLE_FREE, "kfree_bulk",
						      p[i], MM_NO_OP, who->op);
		}
		return MM_OK;
	}
	r = slab_resolve(m, who, c, p[i], slab, &o);
	if (r != MM_OK)
		return r;
	if (o->state & OBJ_MARKED)
		return machine_misuse(m, who, MM_MISUSE_DOUBLE_FREE,
				      c ? "kmem_cache_free_bulk" : "kfree_bulk",
				      p[i], o->op, who->op);
	o->state |= OBJ_MARKED;
	return MM_OK;
}

static enum mm_outcome check_array(struct mm_machine *m, const struct mm_caller *who,
				   const struct slab_cache *c, unsigned int n, const vaddr_t *p)
{
	enum mm_outcome r = MM_OK;
	unsigned int i;

	for (i = 0; i < n && r == MM_OK; i++)
		r = check_element(m, who, c, p, i);
	for (unsigned int k = 0; k < (r == MM_OK ? n : i - 1); k++) {
		uint32_t slab = slab_of(m, p[k]);

		if (slab != PHYS_NOT_SLAB)
			object_at(m, slab, p[k])->state &= (uint16_t)~OBJ_MARKED;
	}
	return r;
}

static void account_free(struct mm_machine *m, const struct mm_caller *who,
			 struct slab_cache *c, struct slab_obj *o, vaddr_t addr)
{
	struct slub_cpu *pc = &c->cpu[who->cpu];

	pc->sum -= slub_counted(o->state);
	slub_retire(m->slab, o, addr, who->op);
}

/* One round: frees the last element of p[0..n-1] and, as far as the look-ahead
 * reaches, the others of its slab; they gather at the array's end.  Returns how
 * many elements are left (in front).  The first one taken becomes the head. */
static unsigned int free_group(struct mm_machine *m, const struct mm_caller *who,
			       vaddr_t *p, unsigned int n)
{
	struct slab *s = m->slab;
	uint32_t slab = slab_of(m, p[n - 1]);
	struct slub_slab *sl = &s->slab[slab];
	struct slab_obj *head, *tail;
	struct slab_cache *c;
	unsigned int left = n - 1, strangers = 0;

	if (slab == PHYS_NOT_SLAB) {
		slab_free_page(m, who, NULL, p[n - 1]);
		return left;
	}
	c = sl->cache;
	head = tail = object_at(m, slab, p[left]);
	account_free(m, who, c, head, p[left]);
	for (unsigned int i = left; i-- > 0;) {
		vaddr_t a = p[i];
		struct slab_obj *o;

		if (slab_of(m, a) != slab) {
			if (++strangers == LOOK_AHEAD)
				break;
			continue;
		}
		o = object_at(m, slab, a);
		account_free(m, who, c, o, a);
		tail->next = (uint16_t)(o - sl->obj);
		tail = o;
		left--;
		p[i] = p[left];
		p[left] = a;
	}
	m->slab->ops.free_chain(m, who, slab, (unsigned int)(head - sl->obj),
			(unsigned int)(tail - sl->obj), n - left);
	return left;
}

enum mm_outcome slab_free_bulk(struct mm_machine *m, const struct mm_caller *who,
			       const struct slab_cache *c, unsigned int n, const vaddr_t *addr)
{
	struct slab *s = m->slab;
	enum mm_outcome r = check_array(m, who, c, n, addr);

	if (r != MM_OK)
		return r;
	if (n > s->nr_scratch) {
		vaddr_t *p = realloc(s->scratch, n * sizeof(*p));

		if (!p)
			return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, 0, 0);
		s->scratch = p;
		s->nr_scratch = n;
	}
	for (unsigned int i = 0; i < n; i++)
		s->scratch[i] = addr[i];
	while (n)
		n = free_group(m, who, s->scratch, n);
	return MM_OK;
}
