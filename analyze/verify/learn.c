/* SPDX-License-Identifier: MIT
 *
 * Shuffle starts of an untraced list.
 *
 * Without events, where a new slab's free list starts shows only when an
 * address of that slab is told: at once when the operation is a kmalloc, later
 * (or never) when the slab was made inside a vmalloc, for objects that no
 * answer names.  Such a start is guessed first; an answer or a snapshot that
 * names another object of the same slab corrects it, by the distance of the
 * two in the cache's sequence, and the list begins anew.  The same way the
 * spare vmap_area object of the start, which no snapshot names, is learned
 * from the first snapshot in which it serves.  Only object numbers within a
 * slab are learned so; which slab, and every page, stays the engine's answer.
 */
#include <stdlib.h>

#include "analyze/verify/run.h"

static uint32_t place(const uint16_t *seq, uint32_t n, uint32_t index)
{
	uint32_t i = 0;

	while (i < n && seq[i] != index)
		i++;
	return i;
}

/* The start of the next slab of which nothing is told yet. */
uint32_t learn_guess(struct learned *l, pfn_t base, uint32_t size, const uint16_t *seq,
		     uint32_t seq_len)
{
	struct guess *g;

	if (l->at == l->nr) {
		g = realloc(l->guess, (l->nr + 1) * sizeof(*g));
		if (!g)
			abort();
		l->guess = g;
		l->guess[l->nr++] = (struct guess){ 0 };
	}
	g = &l->guess[l->at++];
	g->base = base;
	g->size = size;
	g->seq = seq;
	g->seq_len = seq_len;
	return g->start % (seq_len ? seq_len : 1);
}

/* The engine gave address got where the kernel gave want.  True: they are
 * objects of one slab whose start was guessed, and the guess is mended. */
bool learn_object(struct run *r, uint32_t want, uint32_t got)
{
	struct learned *l = r->learned;

	for (uint32_t i = l->at; i-- > 0; ) {
		struct guess *g = &l->guess[i];
		uint32_t base = r->config.page_offset + (g->base << MM_PAGE_SHIFT);
		uint32_t span = g->size * g->seq_len, w, h;

		if (got - base >= span)
			continue;
		if (want - base >= span || g->told)
			return false;	/* another slab, or no guess any more */
		g->told = true;
		w = place(g->seq, g->seq_len, (want - base) / g->size);
		h = place(g->seq, g->seq_len, (got - base) / g->size);
		g->start = (g->start + w + g->seq_len - h) % g->seq_len;
		l->again = true;
		return true;
	}
	return false;
}

/* A snapshot names the objects of vmalloc areas. */
void learn_areas(struct run *r, const struct mm_state *want, const struct mm_state *got)
{
	for (uint32_t i = 0; i < want->nr_vmap_obj && !r->learned->again; i++) {
		uint32_t j = 0;

		while (j < got->nr_vmap_obj && got->vmap_obj[j].start != want->vmap_obj[i].start)
			j++;
		if (j < got->nr_vmap_obj && got->vmap_obj[j].obj != want->vmap_obj[i].obj) {
			learn_object(r, want->vmap_obj[i].obj, got->vmap_obj[j].obj);
		} else if (j == got->nr_vmap_obj && !r->learned->spare) {
			r->learned->spare = want->vmap_obj[i].obj;
			r->learned->again = true;
		}
	}
}

static void learn_list(struct run *r, uint32_t size, const struct mm_slab_state *want,
		       const struct mm_slab_state *got, const struct mm_idx_list *w,
		       const struct mm_idx_list *g)
{
	uint32_t base = r->config.page_offset + (want->pfn << MM_PAGE_SHIFT);

	if (want->pfn != got->pfn)
		return;
	for (uint32_t i = 0; i < w->nr && i < g->nr && !r->learned->again; i++)
		if (w->idx[i] != g->idx[i] &&
		    !learn_object(r, base + w->idx[i] * size, base + g->idx[i] * size))
			return;
}

/* A snapshot's free lists: the same places of the same lists. */
void learn_slabs(struct run *r, const struct mm_state *want, const struct mm_state *got)
{
	for (uint32_t i = 0; i < want->nr_cache && i < got->nr_cache; i++) {
		const struct mm_cache_state *w = &want->cache[i], *g = &got->cache[i];
		const struct mm_cpu_slab_state *wc = &w->cpu[0], *gc = &g->cpu[0];

		if (w->ptr != g->ptr)
			return;
		learn_list(r, w->size, &wc->slab, &gc->slab, &wc->free, &gc->free);
		learn_list(r, w->size, &wc->slab, &gc->slab, &wc->slab.free, &gc->slab.free);
		for (uint32_t k = 0; k < wc->nr_partial && k < gc->nr_partial; k++)
			learn_list(r, w->size, &wc->partial[k], &gc->partial[k],
				   &wc->partial[k].free, &gc->partial[k].free);
		for (uint32_t k = 0; k < w->nr_partial && k < g->nr_partial; k++)
			learn_list(r, w->size, &w->partial[k], &g->partial[k],
				   &w->partial[k].free, &g->partial[k].free);
	}
}
