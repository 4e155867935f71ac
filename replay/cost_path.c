/* SPDX-License-Identifier: MIT
 *
 * Names of paths, for reports: the kind of an operation and the deepest thing
 * that it did.
 */
#include <stdio.h>

#include "replay/cost_model.h"
#include "traces/format/mmt.h"

static const char *page_part(const uint32_t *d, bool alloc)
{
	if (d[MM_STEP_SLOWPATH])
		return "slow path";
	if (d[MM_STEP_STEAL])
		return "steal";
	if (d[MM_STEP_REFILL])
		return "refill";
	if (d[MM_STEP_DRAIN])
		return "drain";
	if (d[MM_STEP_BUDDY_TAKE] || d[MM_STEP_BUDDY_FREE])
		return "buddy";
	return alloc ? "per-CPU hit" : "to per-CPU list";
}

static const char *object_part(const uint32_t *d)
{
	if (d[MM_STEP_SLAB_LARGE])
		return "pages";
	if (d[MM_STEP_SLAB_NEW])
		return d[MM_STEP_REFILL] ? "new slab with refill" : "new slab";
	if (d[MM_STEP_SLAB_NODE_PARTIAL])
		return "node partial slab";
	if (d[MM_STEP_SLAB_CPU_PARTIAL])
		return "per-CPU partial slab";
	if (d[MM_STEP_SLAB_CPU_SLAB])
		return "CPU slab's own list";
	return "CPU hit";
}

static const char *object_free_part(const uint32_t *d)
{
	if (d[MM_STEP_SLAB_LARGE_FREE])
		return "pages";
	if (d[MM_STEP_SLAB_DISCARD])
		return "slab given back";
	if (d[MM_STEP_SLAB_UNFREEZE])
		return "partial list to node";
	if (d[MM_STEP_SLAB_FREE_FULL])
		return "to per-CPU partial list";
	return d[MM_STEP_SLAB_FREE_SLOW] ? "slow" : "CPU hit";
}

static const char *pages_range(uint32_t n)
{
	return n <= 1 ? "1 page" : n <= 16 ? "2-16 pages" : n <= 100 ? "17-100 pages" : "over 100 pages";
}

static const char *kmap_part(const struct cost_model *c, const struct cost_request *r)
{
	if (r->value < c->max_low_pfn)
		return "lowmem";
	if (c->delta[MM_STEP_KMAP_FLUSH])
		return "flush";
	return c->delta[MM_STEP_KMAP_NEW] ? "new" : "still mapped";
}

/* A kind without paths of its own: its name, and whether pages are HighMem. */
static const char *plain(const struct cost_model *c, const struct cost_request *r)
{
	bool high = r->value >= c->max_low_pfn;

	switch (r->kind) {
	case TRACE_KUNMAP: return high ? "kunmap" : "kunmap lowmem";
	case TRACE_KMAP_LOCAL: return cost_lowmem(c, r->value) ? "kmap_local lowmem" : "kmap_local";
	case TRACE_KMAP_ATOMIC: return cost_lowmem(c, r->value) ? "kmap_atomic lowmem" : "kmap_atomic";
	case TRACE_KUNMAP_LOCAL: return cost_lowmem(c, r->value) ? "kunmap_local lowmem" : "kunmap_local";
	case TRACE_KUNMAP_ATOMIC: return cost_lowmem(c, r->value) ? "kunmap_atomic lowmem" : "kunmap_atomic";
	case TRACE_CACHE_CREATE: return "cache create";
	case TRACE_CACHE_DESTROY: return "cache destroy";
	case TRACE_CACHE_SHRINK: return "cache shrink";
	case TRACE_VMAP: return "vmap";
	case TRACE_VUNMAP: return "vunmap";
	case TRACE_IOREMAP: return "ioremap";
	case TRACE_IOUNMAP: return "iounmap";
	case TRACE_UNMAP_ALIASES: return "unmap_aliases";
	default: return "other";
	}
}

const char *cost_path(const struct cost_model *c, const struct cost_request *r,
		      char buf[COST_PATH_LEN])
{
	static const uint32_t none[MM_NR_STEPS];
	const uint32_t *d = c->stepped ? c->delta : none;
	const char *purge = d[MM_STEP_PURGE] ? " with purge" : "";

	switch (r->kind) {
	case TRACE_PAGE_ALLOC: case TRACE_PAGE_FREE:
		snprintf(buf, COST_PATH_LEN, "page %s order %u %s",
			 r->kind == TRACE_PAGE_ALLOC ? "alloc" : "free", r->order,
			 page_part(d, r->kind == TRACE_PAGE_ALLOC));
		break;
	case TRACE_KMALLOC:
		snprintf(buf, COST_PATH_LEN, "kmalloc %s", object_part(d));
		break;
	case TRACE_CACHE_ALLOC:
		snprintf(buf, COST_PATH_LEN, "cache alloc %s", object_part(d));
		break;
	case TRACE_KFREE:
		snprintf(buf, COST_PATH_LEN, "kfree %s", object_free_part(d));
		break;
	case TRACE_CACHE_FREE:
		snprintf(buf, COST_PATH_LEN, "cache free %s", object_free_part(d));
		break;
	case TRACE_VMALLOC:
		snprintf(buf, COST_PATH_LEN, "vmalloc %s%s", pages_range(d[MM_STEP_VMALLOC_PAGES]), purge);
		break;
	case TRACE_VFREE:
		snprintf(buf, COST_PATH_LEN, "vfree %s%s", pages_range(d[MM_STEP_VFREE_PAGES]), purge);
		break;
	case TRACE_KMAP:
		snprintf(buf, COST_PATH_LEN, "kmap %s", c->stepped || r->value < c->max_low_pfn ?
			 kmap_part(c, r) : "still mapped");
		break;
	default:
		snprintf(buf, COST_PATH_LEN, "%s", plain(c, r));
	}
	return buf;
}
