/* SPDX-License-Identifier: MIT
 *
 * What only the first snapshot of a list tells, carried over to a later one
 * from which a run starts: slabs that are on no list, pages on LRU lists.
 *
 * A slab of the first snapshot that is on no list later is full, unless its
 * frames have been given back: then they are free, or another slab's.
 */
#include "analyze/verify/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FRAMES (1u << 24)

static void mark(uint8_t *taken, uint32_t pfn, uint32_t n)
{
	for (uint32_t i = 0; i < n && pfn + i < MAX_FRAMES; i++)
		taken[pfn + i] = 1;
}

static void mark_free(uint8_t *taken, const struct mm_zone_state *z, uint32_t pageblock_order)
{
	for (unsigned int o = 0; o < MM_MAX_ORDER; o++)
		for (int t = 0; t < MM_MIGRATE_TYPES; t++)
			for (uint32_t i = 0; i < z->free[o][t].nr; i++)
				mark(taken, z->free[o][t].pfn[i], 1u << o);
	for (unsigned int l = 0; l < MM_NR_PCP_LISTS; l++)
		for (uint32_t i = 0; i < z->pcp[0].list[l].nr; i++)
			mark(taken, z->pcp[0].list[l].pfn[i],
			     1u << (l >= 12 ? pageblock_order : l / 3));
}

static void mark_slabs(uint8_t *taken, const struct mm_cache_state *c)
{
	if (c->cpu[0].slab.pfn)
		mark(taken, c->cpu[0].slab.pfn, 1u << c->order);
	for (uint32_t i = 0; i < c->cpu[0].nr_partial; i++)
		mark(taken, c->cpu[0].partial[i].pfn, 1u << c->order);
	for (uint32_t i = 0; i < c->nr_partial; i++)
		mark(taken, c->partial[i].pfn, 1u << c->order);
}

static uint32_t frames(const struct mm_state *s, const struct mm_all_slab *a)
{
	for (uint32_t i = 0; i < s->nr_cache; i++)
		if (s->cache[i].ptr == a->cache_ptr)
			return 1u << (a->objects == s->cache[i].objects ? s->cache[i].order :
									    s->cache[i].min_order);
	return 0;	/* its cache is gone */
}

int carry_over(const struct mm_state *first, struct mm_state *s, struct mm_error *err)
{
	uint8_t *taken = calloc(MAX_FRAMES + 1, 1);

	if (!s->nr_all_slab && first->nr_all_slab)
		s->all_slab = malloc(first->nr_all_slab * sizeof(*s->all_slab));
	if (!s->lru && first->nr_lru)
		s->lru = malloc(first->nr_lru);
	if (!taken || (first->nr_all_slab && !s->all_slab) || (first->nr_lru && !s->lru)) {
		free(taken);
		return mm_fail(err, -ENOMEM, "out of memory for a snapshot");
	}
	if (first->nr_lru)
		memcpy(s->lru, first->lru, first->nr_lru);
	s->nr_lru = first->nr_lru;
	/* an order-10 pageblock has 1024 frames: the machines here differ in this */
	for (int z = 0; z < MM_NR_ZONES; z++)
		mark_free(taken, &s->zone[z], s->zone[MM_ZONE_DMA].nr_pbmt > 4 ? 9 : 10);
	for (uint32_t i = 0; i < s->nr_cache; i++)
		mark_slabs(taken, &s->cache[i]);
	for (uint32_t i = 0; i < first->nr_all_slab && !s->has_all_slab; i++) {
		struct mm_all_slab a = first->all_slab[i];
		uint32_t n = frames(s, &a), k = 0;

		while (k < n && !taken[a.pfn + k])
			k++;
		a.inuse = a.objects;
		if (n && k == n)
			s->all_slab[s->nr_all_slab++] = a;
	}
	free(taken);
	return 0;
}
