/* SPDX-License-Identifier: MIT
 * The release of a machine state's arrays. */
#include "engine/mm_state.h"

#include <stdlib.h>
#include <string.h>

static void free_zone(struct mm_zone_state *z)
{
	for (int o = 0; o < MM_MAX_ORDER; o++)
		for (int mt = 0; mt < MM_MIGRATE_TYPES; mt++)
			free(z->free[o][mt].pfn);
	for (int cpu = 0; cpu < MM_NR_CPUS; cpu++)
		for (int i = 0; i < MM_NR_PCP_LISTS; i++)
			free(z->pcp[cpu].list[i].pfn);
	free(z->pbmt);
}

static void free_slabs(struct mm_slab_state *s, uint32_t nr)
{
	for (uint32_t i = 0; s && i < nr; i++)
		free(s[i].free.idx);
	free(s);
}

static void free_cache(struct mm_cache_state *c)
{
	free(c->random_seq);
	free_slabs(c->partial, c->nr_partial);
	for (int cpu = 0; cpu < MM_NR_CPUS; cpu++) {
		free(c->cpu[cpu].slab.free.idx);
		free(c->cpu[cpu].free.idx);
		free_slabs(c->cpu[cpu].partial, c->cpu[cpu].nr_partial);
	}
}

void mm_state_free(struct mm_state *s)
{
	for (int i = 0; i < MM_NR_ZONES; i++)
		free_zone(&s->zone[i]);
	free(s->lru);
	for (uint32_t i = 0; s->cache && i < s->nr_cache; i++)
		free_cache(&s->cache[i]);
	free(s->cache);
	free(s->all_slab);
	free(s->kmalloc);
	free(s->vmap);
	free(s->vfree);
	free(s->vmap_obj);
	free(s->pmd_pte);
	free(s->pkmap);
	free(s->kmap_local);
	memset(s, 0, sizeof(*s));
}
