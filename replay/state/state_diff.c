/* SPDX-License-Identifier: MIT
 *
 * Two states compared, lists in list order.  Every value and every list that
 * differs counts once; the first of each layer gets a sentence.
 */
#include "replay/state/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct cmp {
	unsigned int nr;
	struct mm_error *first;
	char where[96];
};

static void differ(struct cmp *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void differ(struct cmp *c, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (c->nr++)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mm_fail(c->first, -1, "%s: %s", c->where, text);
}

static void value(struct cmp *c, const char *what, int64_t want, int64_t got)
{
	if (want != got)
		differ(c, "%s is %" PRId64 ", expected %" PRId64, what, got, want);
}

static void pfns(struct cmp *c, const struct mm_pfn_list *want, const struct mm_pfn_list *got)
{
	uint32_t i = 0;

	while (i < want->nr && i < got->nr && want->pfn[i] == got->pfn[i])
		i++;
	if (i == want->nr && i == got->nr)
		return;
	if (i < want->nr && i < got->nr)
		differ(c, "entry %u of %u is pfn %u, expected %u (of %u)", i, got->nr, got->pfn[i],
		       want->pfn[i], want->nr);
	else
		differ(c, "has %u entries, expected %u; the first %u agree", got->nr, want->nr, i);
}

static void indices(struct cmp *c, const char *what, const struct mm_idx_list *want,
		    const struct mm_idx_list *got)
{
	uint32_t i = 0;

	while (i < want->nr && i < got->nr && want->idx[i] == got->idx[i])
		i++;
	if (i == want->nr && i == got->nr)
		return;
	if (i < want->nr && i < got->nr)
		differ(c, "%s: entry %u is object %u, expected %u", what, i, got->idx[i],
		       want->idx[i]);
	else
		differ(c, "%s: %u objects, expected %u", what, got->nr, want->nr);
}

/* ---- pages ---- */

static void diff_counters(struct cmp *c, const struct mm_zone_state *w,
			  const struct mm_zone_state *g, unsigned int leave_out)
{
	int64_t want = w->nr_free, got = g->nr_free;

	for (int i = 0; i < MM_NR_CPUS; i++) {
		want += w->free_diff[i];
		got += g->free_diff[i];
		if (!(leave_out & STATE_DIFF_FOLD))
			value(c, "free_diff", w->free_diff[i], g->free_diff[i]);
	}
	value(c, "free pages", want, got);
	if (!(leave_out & STATE_DIFF_FOLD))
		value(c, "nr_free", w->nr_free, g->nr_free);
}

static void diff_pcp(struct cmp *c, int z, const struct mm_zone_state *w,
		     const struct mm_zone_state *g)
{
	for (int cpu = 0; cpu < MM_NR_CPUS; cpu++) {
		const struct mm_pcp_state *a = &w->pcp[cpu], *b = &g->pcp[cpu];

		snprintf(c->where, sizeof(c->where), "zone %d pcp of CPU %d", z, cpu);
		value(c, "count", a->count, b->count);
		value(c, "free_factor", a->free_factor, b->free_factor);
		if (a->high) {
			value(c, "high", a->high, b->high);
			value(c, "batch", a->batch, b->batch);
		}
		for (int i = 0; i < MM_NR_PCP_LISTS; i++) {
			snprintf(c->where, sizeof(c->where), "zone %d pcp of CPU %d list %d", z,
				 cpu, i);
			pfns(c, &a->list[i], &b->list[i]);
		}
	}
}

static void diff_zone(struct cmp *c, int z, const struct mm_zone_state *w,
		      const struct mm_zone_state *g, unsigned int leave_out)
{
	snprintf(c->where, sizeof(c->where), "zone %d", z);
	value(c, "present in state", w->present_in_state, g->present_in_state);
	value(c, "start", w->start, g->start);
	value(c, "spanned", w->spanned, g->spanned);
	value(c, "present", w->present, g->present);
	value(c, "managed", w->managed, g->managed);
	for (int i = 0; i < MM_NR_WMARK; i++)
		value(c, "watermark", w->wmark[i], g->wmark[i]);
	for (int i = 0; i < 4; i++)
		value(c, "lowmem_reserve", w->reserve[i], g->reserve[i]);
	value(c, "boost", w->boost, g->boost);
	value(c, "nr_highatomic", w->nr_highatomic, g->nr_highatomic);
	value(c, "boosted flag", w->flags & 1, g->flags & 1);
	value(c, "stat_threshold", w->stat_threshold, g->stat_threshold);
	diff_counters(c, w, g, leave_out);
	for (int o = 0; o < MM_MAX_ORDER; o++)
		for (int t = 0; t < MM_MIGRATE_TYPES; t++) {
			snprintf(c->where, sizeof(c->where), "zone %d free list %d/%d", z, o, t);
			pfns(c, &w->free[o][t], &g->free[o][t]);
		}
	diff_pcp(c, z, w, g);
	snprintf(c->where, sizeof(c->where), "zone %d pageblocks", z);
	value(c, "first", w->pb_start, g->pb_start);
	value(c, "number", w->nr_pbmt, g->nr_pbmt);
	for (uint32_t i = 0; i < w->nr_pbmt && i < g->nr_pbmt; i++)
		if (w->pbmt[i] != g->pbmt[i])
			differ(c, "type of block %u is %u, expected %u", i, g->pbmt[i], w->pbmt[i]);
}

/* ---- slabs ---- */

static void diff_slab(struct cmp *c, const char *what, const struct mm_slab_state *w,
		      const struct mm_slab_state *g)
{
	value(c, what, w->pfn, g->pfn);
	if (w->pfn != g->pfn || !w->pfn)
		return;
	value(c, "objects", w->objects, g->objects);
	value(c, "inuse", w->inuse, g->inuse);
	value(c, "frozen", w->frozen, g->frozen);
	indices(c, "slab freelist", &w->free, &g->free);
}

static void diff_slab_list(struct cmp *c, const char *what, const struct mm_slab_state *w,
			   uint32_t nw, const struct mm_slab_state *g, uint32_t ng)
{
	value(c, what, nw, ng);
	for (uint32_t i = 0; i < nw && i < ng; i++)
		diff_slab(c, what, &w[i], &g[i]);
}

static void diff_cache(struct cmp *c, const struct mm_cache_state *w,
		       const struct mm_cache_state *g)
{
	snprintf(c->where, sizeof(c->where), "cache %.64s", w->name);
	value(c, "size", w->size, g->size);
	value(c, "order", w->order, g->order);
	value(c, "objects", w->objects, g->objects);
	value(c, "cpu_partial_slabs", w->cpu_partial_slabs, g->cpu_partial_slabs);
	value(c, "min_partial", w->min_partial, g->min_partial);
	value(c, "nr_slabs", w->nr_slabs, g->nr_slabs);
	for (int i = 0; i < MM_NR_CPUS; i++) {
		diff_slab(c, "cpu slab", &w->cpu[i].slab, &g->cpu[i].slab);
		if (w->cpu[i].slab.pfn == g->cpu[i].slab.pfn)
			indices(c, "cpu freelist", &w->cpu[i].free, &g->cpu[i].free);
		diff_slab_list(c, "cpu partial", w->cpu[i].partial, w->cpu[i].nr_partial,
			       g->cpu[i].partial, g->cpu[i].nr_partial);
	}
	diff_slab_list(c, "node partial", w->partial, w->nr_partial, g->partial, g->nr_partial);
}

static const struct mm_cache_state *find_cache(const struct mm_state *s, const char *name)
{
	for (uint32_t i = 0; i < s->nr_cache; i++)
		if (!strcmp(s->cache[i].name, name))
			return &s->cache[i];
	return NULL;
}

static void diff_slabs(struct cmp *c, const struct mm_state *w, const struct mm_state *g)
{
	snprintf(c->where, sizeof(c->where), "slab caches");
	value(c, "number", w->nr_cache, g->nr_cache);
	for (uint32_t i = 0; i < w->nr_cache; i++) {
		const struct mm_cache_state *got = find_cache(g, w->cache[i].name);

		if (got) {
			diff_cache(c, &w->cache[i], got);
		} else {
			snprintf(c->where, sizeof(c->where), "slab caches");
			differ(c, "%s is missing", w->cache[i].name);
		}
	}
}

/* ---- virtual ---- */

static void diff_areas(struct cmp *c, const struct mm_state *w, const struct mm_state *g)
{
	snprintf(c->where, sizeof(c->where), "vmalloc areas");
	value(c, "number", w->nr_vmap, g->nr_vmap);
	for (uint32_t i = 0; i < w->nr_vmap && i < g->nr_vmap; i++) {
		const struct mm_vmap_state *a = &w->vmap[i], *b = &g->vmap[i];

		if (a->start != b->start || a->end != b->end || a->nr_pages != b->nr_pages ||
		    (a->flags & 7) != (b->flags & 7))
			differ(c, "area %u is 0x%x-0x%x flags %x, %u pages, expected 0x%x-0x%x flags %x, %u pages",
			       i, b->start, b->end, b->flags & 7, b->nr_pages, a->start, a->end,
			       a->flags & 7, a->nr_pages);
	}
}

static void diff_free_tree(struct cmp *c, const struct mm_state *w, const struct mm_state *g)
{
	if (!w->has_vfree || !g->has_vfree)
		return;
	snprintf(c->where, sizeof(c->where), "tree of free vmalloc ranges");
	value(c, "nodes", w->nr_vfree, g->nr_vfree);
	for (uint32_t i = 0; i < w->nr_vfree && i < g->nr_vfree; i++) {
		const struct mm_vfree_state *a = &w->vfree[i], *b = &g->vfree[i];

		if (a->start != b->start || a->end != b->end || a->depth != b->depth ||
		    a->black != b->black)
			differ(c, "node %u is 0x%x-0x%x at depth %u %s, expected 0x%x-0x%x at depth %u %s",
			       i, b->start, b->end, b->depth, b->black ? "black" : "red", a->start,
			       a->end, a->depth, a->black ? "black" : "red");
	}
}

static void diff_objs(struct cmp *c, const struct mm_state *w, const struct mm_state *g)
{
	if (!w->has_vmap_obj || !g->has_vmap_obj)
		return;
	snprintf(c->where, sizeof(c->where), "vmap_area objects");
	value(c, "number", w->nr_vmap_obj, g->nr_vmap_obj);
	for (uint32_t i = 0; i < w->nr_vmap_obj; i++) {
		uint32_t j = 0;

		while (j < g->nr_vmap_obj && g->vmap_obj[j].start != w->vmap_obj[i].start)
			j++;
		if (j == g->nr_vmap_obj || g->vmap_obj[j].obj != w->vmap_obj[i].obj)
			differ(c, "of 0x%x is 0x%x, expected 0x%x", w->vmap_obj[i].start,
			       j == g->nr_vmap_obj ? 0 : g->vmap_obj[j].obj, w->vmap_obj[i].obj);
	}
}

static void diff_pmds(struct cmp *c, const struct mm_state *w, const struct mm_state *g)
{
	if (!w->has_pmd || !g->has_pmd)
		return;
	snprintf(c->where, sizeof(c->where), "page tables of the vmalloc range");
	value(c, "start", w->pmd_start, g->pmd_start);
	value(c, "number", w->nr_pmd, g->nr_pmd);
	for (uint32_t i = 0; i < w->nr_pmd && i < g->nr_pmd; i++)
		if (w->pmd_pte[i] != g->pmd_pte[i])
			differ(c, "table %u is pfn %u, expected %u", i, g->pmd_pte[i], w->pmd_pte[i]);
}

/* Slots are a set: pkmap and kmap_local alike, through the same two loops. */
#define DIFF_SLOTS(c, w, g, member, title) do {						\
	snprintf((c)->where, sizeof((c)->where), title);				\
	value((c), "mappings", (w)->nr_##member, (g)->nr_##member);			\
	for (uint32_t i_ = 0; i_ < (w)->nr_##member; i_++) {				\
		uint32_t j_ = 0;							\
											\
		while (j_ < (g)->nr_##member &&						\
		       (g)->member[j_].slot != (w)->member[i_].slot)			\
			j_++;								\
		if (j_ == (g)->nr_##member)						\
			differ((c), "slot %u is empty, expected pfn %u",		\
			       (w)->member[i_].slot, (w)->member[i_].pfn);		\
		else if ((g)->member[j_].pfn != (w)->member[i_].pfn)			\
			differ((c), "slot %u maps pfn %u, expected %u",			\
			       (w)->member[i_].slot, (g)->member[j_].pfn,		\
			       (w)->member[i_].pfn);					\
	}										\
} while (0)

unsigned int state_diff(const struct mm_state *want, const struct mm_state *got,
			unsigned int leave_out, struct state_diff *diff)
{
	memset(diff, 0, sizeof(*diff));
	struct cmp pages = { .first = &diff->first_pages }, slab = { .first = &diff->first_slab },
		   virt = { .first = &diff->first_virt };

	for (int z = 0; z < MM_NR_ZONES && !(leave_out & STATE_DIFF_PAGES); z++)
		diff_zone(&pages, z, &want->zone[z], &got->zone[z], leave_out);
	if (!(leave_out & STATE_DIFF_SLAB))
		diff_slabs(&slab, want, got);
	if (!(leave_out & STATE_DIFF_VIRT)) {
		diff_areas(&virt, want, got);
		diff_free_tree(&virt, want, got);
		diff_objs(&virt, want, got);
		diff_pmds(&virt, want, got);
		DIFF_SLOTS(&virt, want, got, pkmap, "pkmap");
		DIFF_SLOTS(&virt, want, got, kmap_local, "kmap_local");
	}
	diff->pages = pages.nr;
	diff->slab = slab.nr;
	diff->virt = virt.nr;
	return pages.nr + slab.nr + virt.nr;
}
