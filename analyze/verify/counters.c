/* SPDX-License-Identifier: MIT
 *
 * An untraced operation's line of path.csv against the machine's counters.
 */
#include "analyze/verify/run.h"

#include <stdio.h>
#include <string.h>

/* What the machine's counters say, in path.csv's terms. */
static void read_counters(const struct run *r, struct oracle_path *p)
{
	const uint64_t *ev = mm_events(r->m);
	struct mm_vmalloc_info v;

	for (int z = 0; z < MM_NR_ZONES; z++) {
		struct mm_zone_info info;

		mm_zone_info(r->m, (enum mm_zone_id)z, &info);
		p->free[z] = (int32_t)info.nr_free_exact;
		p->pcp[z] = (int32_t)info.pcp[0].count;
		p->free_factor[z] = info.pcp[0].free_factor;
	}
	mm_vmalloc_info(r->m, &v);
	p->lazy = (int32_t)(v.lazy >> MM_PAGE_SHIFT);
	p->pgalloc = (uint32_t)(ev[MM_EV_PGALLOC_DMA] + ev[MM_EV_PGALLOC_NORMAL] +
				ev[MM_EV_PGALLOC_HIGH]);
	p->pgfree = (uint32_t)ev[MM_EV_PGFREE];
}

static bool has_path(const struct run *r)
{
	return r->list->path && r->list->path[r->op->i].there;
}

/* The cache whose lists the line tells of: the operation's own. */
static uint32_t cache_of(const struct run *r)
{
	const struct oracle_op *o = r->op;
	struct mm_frame_info f;

	switch (o->op) {
	case OP_KMALLOC: case OP_KZALLOC:
		return mm_kmalloc_cache(r->m, o->size, o->gfp);
	case OP_KFREE:
		mm_frame_info(r->m, (r->slot[o->id].addr - r->config.page_offset) >> MM_PAGE_SHIFT,
			      &f);
		return r->slot[o->id].held && f.kind == MM_FRAME_SLAB ? f.cache : 0;
	case OP_CACHE_FREE:
		return r->slot[o->id].cache;
	case OP_CACHE_ALLOC: case OP_CACHE_SHRINK:
		return r->list_cache[o->arg];
	case OP_VMALLOC: case OP_VFREE: case OP_VMAP: case OP_VUNMAP: case OP_IOREMAP:
	case OP_IOUNMAP:
		return r->vmap_area;
	default:
		return 0;
	}
}

static void read_lists(const struct run *r, struct oracle_path *p)
{
	struct mm_cache_lists l;

	if (!r->op_cache || !mm_cache_lists(r->m, r->op_cache, 0, &l))
		return;
	p->slabs = (int32_t)l.nr_slabs;
	p->partial = (int32_t)l.nr_partial;
	p->cpu_partial = (int32_t)l.cpu_partial;
	p->cpu_slab = l.cpu_slab;
	p->empty = l.cpu_free_empty;
}

void path_before(struct run *r)
{
	if (!has_path(r))
		return;
	r->op_cache = cache_of(r);
	memset(&r->counters, 0, sizeof(r->counters));
	read_counters(r, &r->counters);
	read_lists(r, &r->counters);
}

static void compare_pages(struct run *r, const struct oracle_path *want,
			  const struct oracle_path *was, const struct oracle_path *now)
{
	char text[300] = "";

	for (int z = 0; z < MM_NR_ZONES && !*text; z++)
		if (now->free[z] - was->free[z] != want->free[z] ||
		    now->pcp[z] - was->pcp[z] != want->pcp[z] ||
		    now->free_factor[z] != want->free_factor[z])
			snprintf(text, sizeof(text), "zone %d: free %+d, pcp %+d, free_factor %u, "
				 "expected %+d, %+d, %u", z, now->free[z] - was->free[z],
				 now->pcp[z] - was->pcp[z], now->free_factor[z], want->free[z],
				 want->pcp[z], want->free_factor[z]);
	if (!*text && (now->pgalloc - was->pgalloc != want->pgalloc ||
		       now->pgfree - was->pgfree != want->pgfree))
		snprintf(text, sizeof(text), "allocated %u, freed %u pages, expected %u, %u",
			 now->pgalloc - was->pgalloc, now->pgfree - was->pgfree, want->pgalloc,
			 want->pgfree);
	decided(r, VERIFY_PCP, !*text, text);
}

static void compare_lists(struct run *r, const struct oracle_path *want,
			  const struct oracle_path *was, const struct oracle_path *now)
{
	uint32_t empty = was->empty * 2 + now->empty;
	char text[300] = "";

	if (now->slabs - was->slabs != want->slabs || now->partial - was->partial != want->partial ||
	    now->cpu_partial - was->cpu_partial != want->cpu_partial ||
	    now->cpu_slab != want->cpu_slab || empty != want->empty)
		snprintf(text, sizeof(text), "slabs %+d, partial %+d, cpu partial %+d, cpu slab %u, empty %u%u, "
			 "expected %+d, %+d, %+d, %u, %u%u", now->slabs - was->slabs,
			 now->partial - was->partial, now->cpu_partial - was->cpu_partial,
			 now->cpu_slab, empty / 2, empty % 2, want->slabs, want->partial,
			 want->cpu_partial, want->cpu_slab, want->empty / 2, want->empty % 2);
	decided(r, VERIFY_SLAB_PAGE, !*text, text);
}

void path_after(struct run *r)
{
	const struct oracle_path *was = &r->counters, *want;
	struct oracle_path now = { 0 };

	if (!has_path(r))
		return;
	want = &r->list->path[r->op->i];
	read_counters(r, &now);
	read_lists(r, &now);
	compare_pages(r, want, was, &now);
	if (r->op_cache)
		compare_lists(r, want, was, &now);
	if (was->lazy != now.lazy || want->lazy)
		compare(r, VERIFY_PURGE, "change of lazily freed pages", (uint32_t)want->lazy,
			(uint32_t)(now.lazy - was->lazy));
}
