/* SPDX-License-Identifier: MIT
 *
 * save: the slab layer as a snapshot, every list in its order.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/mm_state.h"
#include "engine/slab/internal.h"

/* A free list that starts at object i; an empty one needs no array. */
static bool save_list(const struct slub_slab *sl, unsigned int i, struct mm_idx_list *list)
{
	uint32_t n = 0;

	for (unsigned int k = i; k != MM_OBJ_NIL; k = sl->obj[k].next)
		n++;
	if (!n)
		return true;
	list->idx = malloc(n * sizeof(*list->idx));
	if (!list->idx)
		return false;
	for (; i != MM_OBJ_NIL; i = sl->obj[i].next)
		list->idx[list->nr++] = (uint16_t)i;
	return true;
}

static bool save_slab(const struct slub_slab *sl, struct mm_slab_state *ss)
{
	ss->pfn = sl->pfn;
	ss->inuse = sl->inuse;
	ss->objects = sl->objects;
	ss->frozen = sl->frozen;
	return save_list(sl, sl->free, &ss->free);
}

/* A partial list from its head. */
static bool save_chain(const struct slab *s, uint32_t head, struct mm_slab_state **out, uint32_t *nr)
{
	uint32_t n = 0;

	for (uint32_t i = head; i; i = s->slab[i].next)
		n++;
	*nr = n;
	if (!n)
		return true;
	*out = calloc(n, sizeof(**out));
	if (!*out) {
		*nr = 0;
		return false;
	}
	for (struct mm_slab_state *ss = *out; head; head = s->slab[head].next) {
		if (!save_slab(&s->slab[head], ss++))
			return false;
	}
	return true;
}

static bool save_cache(const struct mm_machine *m, const struct slab_cache *c,
		       struct mm_cache_state *cs)
{
	const struct slab *s = m->slab;
	bool ok = true;

	*cs = (struct mm_cache_state){
		.ptr = c->self, .size = c->g.size, .object_size = c->g.object_size,
		.align = c->g.align, .order = c->g.order, .objects = c->g.objects,
		.min_order = c->g.min_order, .min_objects = c->g.min_objects,
		.min_partial = c->g.min_partial, .cpu_partial = c->g.cpu_partial,
		.cpu_partial_slabs = c->g.cpu_partial_slabs, .flags = c->flags,
		.refcount = c->refcount, .nr_slabs = c->nr_slabs + c->unknown_slabs,
	};
	memcpy(cs->name, c->name, sizeof(cs->name));
	if (c->seq) {
		cs->random_seq = malloc(c->nr_seq * sizeof(*c->seq));
		if (!cs->random_seq)
			return false;
		memcpy(cs->random_seq, c->seq, c->nr_seq * sizeof(*c->seq));
		cs->nr_random_seq = c->nr_seq;
	}
	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
		const struct mm_cpu_cache *pc = &c->cpu[cpu];

		if (pc->slab)
			ok = ok && save_slab(&s->slab[pc->slab], &cs->cpu[cpu].slab) &&
			     save_list(&s->slab[pc->slab], pc->free, &cs->cpu[cpu].free);
		ok = ok && save_chain(s, pc->partial, &cs->cpu[cpu].partial, &cs->cpu[cpu].nr_partial);
	}
	return ok && save_chain(s, c->partial_head, &cs->partial, &cs->nr_partial);
}

/* Every slab, by ascending pfn. */
static bool save_all(const struct slab *s, struct mm_state *st)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->nr_order; i++) {
		if (s->order[i]->unknown_slabs)
			return true;	/* not known: has_all_slab stays false */
		n += s->order[i]->nr_slabs;
	}
	st->all_slab = malloc((n + 1) * sizeof(*st->all_slab));
	if (!st->all_slab)
		return false;
	st->has_all_slab = true;
	for (uint32_t pfn = 0; pfn < s->nr_pfn; pfn++) {
		const struct slub_slab *sl;

		if (s->of_pfn[pfn] == PHYS_NOT_SLAB)
			continue;
		sl = &s->slab[s->of_pfn[pfn]];
		if (sl->pfn == pfn)
			st->all_slab[st->nr_all_slab++] = (struct mm_all_slab){
				pfn, sl->cache->self, sl->inuse, sl->objects, sl->frozen,
			};
	}
	return true;
}

static bool save_kmalloc(const struct slab *s, struct mm_state *st)
{
	st->kmalloc = calloc(NR_KMALLOC_TYPES * NR_KMALLOC_SIZES, sizeof(*st->kmalloc));
	if (!st->kmalloc)
		return false;
	for (unsigned int type = 0; type < NR_KMALLOC_TYPES; type++) {
		for (unsigned int i = 1; i < NR_KMALLOC_SIZES; i++) {
			struct mm_kmalloc_state *k = &st->kmalloc[st->nr_kmalloc++];

			k->type = type;
			k->index = i;
			memcpy(k->name, s->kmalloc[type][i]->name, sizeof(k->name));
		}
	}
	return true;
}

int slab_save(const struct mm_machine *m, struct mm_state *st, struct mm_error *err)
{
	const struct slab *s = m->slab;
	bool ok;

	st->cache = calloc(s->nr_order, sizeof(*st->cache));
	ok = st->cache != NULL;
	for (uint32_t i = 0; i < s->nr_order && ok; i++) {
		st->nr_cache = i + 1;
		ok = save_cache(m, s->order[i], &st->cache[i]);
	}
	ok = ok && save_all(s, st) && save_kmalloc(s, st);
	return ok ? 0 : mm_fail(err, -ENOMEM, "no host memory for the state of %u caches", s->nr_order);
}
