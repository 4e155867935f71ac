/* SPDX-License-Identifier: MIT
 *
 * cost: the sum of counts times coefficients.
 *
 * The facts of a request are added up by one function that takes the
 * coefficients as an argument, so that there is one definition of each count:
 * with a coefficient of 1 for one count and 0 for the others it gives that
 * count, which is what fitting reads.
 */
#include "replay/cost_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traces/format/mmt.h"

static const char *const fact_names[COST_NR_FACTS] = {
#define FACT_NAME(name, what) [COST_##name] = #name,
	COST_FACT_LIST(FACT_NAME)
#undef FACT_NAME
};

static const char *const fact_texts[COST_NR_FACTS] = {
#define FACT_TEXT(name, what) [COST_##name] = what,
	COST_FACT_LIST(FACT_TEXT)
#undef FACT_TEXT
};

const char *cost_name(unsigned int i)
{
	return i < COST_NR_FACTS ? fact_names[i] : mm_step_name((enum mm_step)(i - COST_NR_FACTS));
}

const char *cost_text(unsigned int i)
{
	return i < COST_NR_FACTS ? fact_texts[i] : mm_step_text((enum mm_step)(i - COST_NR_FACTS));
}

struct cost_model *cost_new(const struct mm_machine *m, const int32_t *table, struct mm_error *err)
{
	const struct mm_layout *l = mm_machine_layout(m);
	struct cost_model *c = calloc(1, sizeof(*c));

	if (!c) {
		mm_fail(err, -ENOMEM, "out of memory for the cost model");
		return NULL;
	}
	c->m = m;
	c->steps = mm_steps(m);
	c->init = mm_machine_config(m)->init_on_alloc;
	for (int z = 0; z < MM_NR_ZONES; z++) {
		struct mm_zone_info info;

		mm_zone_info(m, (enum mm_zone_id)z, &info);
		if (info.managed)
			c->top_zone = (uint8_t)z;
	}
	c->max_low_pfn = l->max_low_pfn;
	c->page_offset = l->page_offset;
	c->high_memory = l->high_memory;
	c->local_slot0 = l->fixaddr_top - l->fix_kmap_begin * MM_PAGE_SIZE;
	for (uint32_t i = 1; i < COST_KMALLOC_CLASSES; i++)
		c->class_bytes[i] = (uint16_t)mm_kmalloc_bytes(m, i * 8, MM_GFP_KERNEL);
	memcpy(c->w, table ? table : cost_table, sizeof(c->w));
	for (int i = 0; i < COST_NR && !table && mm_machine_config(m)->pae; i++)
		c->w[i] += cost_table_pae[i];
	cost_sync(c);
	return c;
}

void cost_free(struct cost_model *c)
{
	free(c);
}

void cost_sync(struct cost_model *c)
{
	c->last = *c->steps;
	c->seen = c->steps->changed;
}

/* ---- facts ---- */

/* How many zones stand before the first that these flags allow. */
static inline int zones_above(const struct cost_model *c, gfp_t gfp)
{
	if (gfp & MM_GFP_HIGHMEM_BIT)
		return 0;
	return c->top_zone - (gfp & MM_GFP_DMA_BIT ? MM_ZONE_DMA : MM_ZONE_NORMAL);
}

static inline int64_t page_request(const struct cost_model *c, const int32_t *w,
				   const struct cost_request *r)
{
	bool low = r->value < c->max_low_pfn;
	int above = zones_above(c, r->gfp);
	int64_t sum = w[COST_PAGE_ALLOC];

	sum += r->address ? w[COST_PAGE_ALLOC_ADDRESS] : 0;
	sum += r->gfp & MM_GFP_DIRECT_RECLAIM ? w[COST_PAGE_ALLOC_SLEEP] : 0;
	sum += above > 0 ? w[COST_PAGE_ALLOC_BELOW] : 0;
	sum += above > 1 ? w[COST_PAGE_ALLOC_BELOW_TWO] : 0;
	sum += r->order ? w[COST_PAGE_ALLOC_ORDERED] : 0;
	if (!c->init && !(r->gfp & MM_GFP_ZERO))
		return sum;
	sum += w[COST_CLEAR_PAGES] + (c->init ? 0 : w[COST_CLEAR_ASKED]);
	return sum + (int64_t)w[low ? COST_CLEAR_LOW : COST_CLEAR_HIGH] * (1 << r->order);
}

static inline int64_t page_free(const struct cost_model *c, const int32_t *w,
				const struct cost_request *r)
{
	int64_t sum = w[COST_PAGE_FREE_TOP];

	sum += r->address ? w[COST_PAGE_FREE_ADDRESS] : 0;
	sum += r->value < c->max_low_pfn ? w[COST_PAGE_FREE_LOW] : 0;
	if (r->order)
		sum += w[COST_PAGE_FREE_ORDERED] +
		       (int64_t)w[COST_PAGE_FREE_TAILS] * ((1 << r->order) - 1);
	return sum;
}

static inline int64_t object_clear(const int32_t *w, uint32_t bytes)
{
	return bytes ? w[COST_OBJECT_CLEAR] + (int64_t)w[COST_OBJECT_BYTES] * bytes : 0;
}

/* The pages of a kmalloc too large for a cache. */
static int64_t kmalloc_pages(const struct cost_model *c, const int32_t *w,
			     const struct cost_request *r)
{
	int64_t sum = w[COST_PAGE_ALLOC] + w[COST_PAGE_ALLOC_ORDERED];
	uint32_t pages = 1;

	sum += zones_above(c, MM_GFP_KERNEL) > 0 ? w[COST_PAGE_ALLOC_BELOW] : 0;
	while (pages < 1024 && pages * MM_PAGE_SIZE < r->size)
		pages *= 2;
	sum += (int64_t)w[COST_NR_FACTS + MM_STEP_COMPOUND_TAILS] * (pages - 1);
	if (c->init || r->gfp & MM_GFP_ZERO)
		sum += w[COST_CLEAR_PAGES] + (int64_t)w[COST_CLEAR_LOW] * pages;
	return sum;
}

static inline int64_t kmalloc(const struct cost_model *c, const int32_t *w,
			      const struct cost_request *r)
{
	int64_t sum = w[COST_KMALLOC];

	sum += r->gfp & MM_GFP_DIRECT_RECLAIM ? w[COST_OBJECT_SLEEP] : 0;
	sum += r->gfp & MM_GFP_ZERO ? w[COST_OBJECT_ZERO] : 0;
	if (__builtin_expect(r->gfp & (MM_GFP_DMA_BIT | MM_GFP_RECLAIMABLE | MM_GFP_ACCOUNT), 0))
		sum += w[r->gfp & MM_GFP_DMA_BIT ? COST_KMALLOC_DMA :
			 r->gfp & MM_GFP_RECLAIMABLE ? COST_KMALLOC_RECLAIMABLE : COST_KMALLOC_ACCOUNT];
	sum += r->size > 192 ? w[COST_KMALLOC_BIG] : 0;
	if (__builtin_expect(r->size - 1 >= (COST_KMALLOC_CLASSES - 1) * 8, 0))
		return r->size ? sum + kmalloc_pages(c, w, r) : sum;
	return sum + (c->init || r->gfp & MM_GFP_ZERO ?
		      object_clear(w, c->class_bytes[(r->size + 7) / 8]) : 0);
}

static inline int64_t cache_alloc(const struct cost_model *c, const int32_t *w,
				  const struct cost_request *r)
{
	int64_t sum = w[COST_CACHE_ALLOC];

	sum += r->gfp & MM_GFP_DIRECT_RECLAIM ? w[COST_OBJECT_SLEEP] : 0;
	sum += r->gfp & MM_GFP_ZERO ? w[COST_OBJECT_ZERO] : 0;
	return sum + object_clear(w, mm_cache_cleared(c->m, r->cache, r->gfp));
}

/* The clearing that steps imply. */
static int64_t steps_clear(const struct cost_model *c, const int32_t *w,
			   const struct cost_request *r)
{
	const uint32_t *d = c->delta;
	uint32_t low = d[MM_STEP_PTE_TABLE], high = 0, requests = low;
	int64_t sum = 0;

	if (c->init) {
		low += d[MM_STEP_SLAB_NEW] + d[MM_STEP_COMPOUND_TAILS];
		requests += d[MM_STEP_SLAB_NEW];
		sum += (int64_t)d[MM_STEP_VMAP_OBJECT] * object_clear(w, 32);
	}
	if (c->init || r->gfp & MM_GFP_ZERO) {
		high += d[MM_STEP_VMALLOC_HIGH];
		low += d[MM_STEP_VMALLOC_PAGES] - d[MM_STEP_VMALLOC_HIGH];
		requests += d[MM_STEP_VMALLOC_PAGES];
	}
	sum += (int64_t)w[COST_OBJECT_CLEAR] * d[MM_STEP_SLAB_INNER];
	sum += (int64_t)w[COST_OBJECT_BYTES] * d[MM_STEP_SLAB_INNER_BYTES];
	return sum + (int64_t)w[COST_CLEAR_LOW] * low + (int64_t)w[COST_CLEAR_HIGH] * high +
	       (int64_t)w[COST_CLEAR_PAGES] * requests;
}

static inline int64_t local_map(const struct cost_model *c, const int32_t *w, vaddr_t addr)
{
	if (cost_lowmem(c, addr))
		return 0;
	return w[COST_KMAP_LOCAL_HIGH] + (cost_first_slot(c, addr) ? w[COST_KMAP_LOCAL_FIRST] : 0);
}

static inline int64_t local_unmap(const struct cost_model *c, const int32_t *w, vaddr_t addr)
{
	if (cost_lowmem(c, addr))
		return 0;
	return w[COST_KUNMAP_LOCAL_HIGH] + (cost_first_slot(c, addr) ? w[COST_KUNMAP_LOCAL_FIRST] : 0);
}

static inline int64_t facts(const struct cost_model *c, const int32_t *w,
			    const struct cost_request *r)
{
	bool high = r->value >= c->max_low_pfn;

	switch (r->kind) {
	case TRACE_PAGE_ALLOC: return page_request(c, w, r);
	case TRACE_PAGE_FREE: return page_free(c, w, r);
	case TRACE_KMALLOC: return kmalloc(c, w, r);
	case TRACE_KFREE: return w[COST_KFREE];
	case TRACE_CACHE_ALLOC: return cache_alloc(c, w, r);
	case TRACE_CACHE_FREE: return w[COST_CACHE_FREE];
	case TRACE_KFREE_BULK: case TRACE_CACHE_FREE_BULK:
		return (int64_t)w[COST_CACHE_FREE] * r->size;
	case TRACE_CACHE_ALLOC_BULK: return cache_alloc(c, w, r) * r->size;
	case TRACE_PAGE_BULK: return w[COST_PAGE_BULK];
	case TRACE_CACHE_CREATE: return w[COST_CACHE_CREATED];
	case TRACE_CACHE_DESTROY: return w[COST_CACHE_DESTROYED];
	case TRACE_CACHE_SHRINK: return w[COST_CACHE_SHRINK];
	case TRACE_VMALLOC: return w[COST_VMALLOC];
	case TRACE_VFREE: return w[COST_VFREE];
	case TRACE_VMAP: case TRACE_VM_MAP_RAM: return w[COST_VMAP];
	case TRACE_VUNMAP: case TRACE_VM_UNMAP_RAM: return w[COST_VUNMAP];
	case TRACE_IOREMAP: return w[COST_IOREMAP];
	case TRACE_IOUNMAP: return w[COST_IOUNMAP];
	case TRACE_UNMAP_ALIASES: return w[COST_UNMAP_ALIASES];
	case TRACE_KMAP: return w[COST_KMAP] + (high ? w[COST_KMAP_HIGH] : 0);
	case TRACE_KUNMAP: return w[COST_KUNMAP] + (high ? w[COST_KUNMAP_HIGH] : 0);
	case TRACE_KMAP_LOCAL: return w[COST_KMAP_LOCAL] + local_map(c, w, r->value);
	case TRACE_KMAP_ATOMIC: return w[COST_KMAP_ATOMIC] + local_map(c, w, r->value);
	case TRACE_KUNMAP_LOCAL: return w[COST_KUNMAP_LOCAL] + local_unmap(c, w, r->value);
	case TRACE_KUNMAP_ATOMIC: return w[COST_KUNMAP_ATOMIC] + local_unmap(c, w, r->value);
	case TRACE_DRAIN: return w[COST_DRAIN_ALL];
	default: return 0;
	}
}

/* ---- the model ---- */

/* The steps since the last time, and what they cost.  Most are none: a test is
 * cheaper than a store and a product. */
static int64_t take_steps(struct cost_model *c)
{
	const int32_t *w = c->w + COST_NR_FACTS;
	int64_t sum = 0;

	for (int i = 0; i < MM_NR_STEPS; i++) {
		uint32_t d = c->steps->n[i] - c->last.n[i];

		c->delta[i] = d;
		if (d) {
			c->last.n[i] = c->steps->n[i];
			sum += (int64_t)w[i] * d;
		}
	}
	c->seen = c->steps->changed;
	return sum;
}

static __attribute__((noinline)) int64_t slow_part(struct cost_model *c, const struct cost_request *r)
{
	int64_t sum = take_steps(c);

	return sum + steps_clear(c, c->w, r);
}

uint32_t cost_of(struct cost_model *c, const struct cost_request *r)
{
	int64_t sum = facts(c, c->w, r);

	c->stepped = c->steps->changed != c->seen;
	if (c->stepped)
		sum += slow_part(c, r);
	if (sum < 0)
		return 0;
	sum = (sum + COST_UNIT / 2) / COST_UNIT;
	return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

void cost_counts(const struct cost_model *c, const struct cost_request *r, uint32_t *count)
{
	int32_t w[COST_NR] = { 0 };

	for (int i = 0; i < COST_NR; i++) {
		w[i] = 1;
		count[i] = (uint32_t)facts(c, w, r);
		if (c->stepped) {
			count[i] += (uint32_t)steps_clear(c, w, r);
			if (i >= COST_NR_FACTS)
				count[i] += c->delta[i - COST_NR_FACTS];
		}
		w[i] = 0;
	}
}

static bool gives_memory(uint8_t kind)
{
	return kind == TRACE_PAGE_ALLOC || kind == TRACE_KMALLOC || kind == TRACE_CACHE_ALLOC ||
	       kind == TRACE_CACHE_ALLOC_BULK;
}

/* One step clears four bytes of a page (rep stosl), one byte of an object
 * (rep stosb): see docs/cost-model.md. */
struct cost_clearing cost_clearing(const struct cost_model *c, const struct cost_request *r)
{
	static const int32_t page[COST_NR] = { [COST_CLEAR_LOW] = 1, [COST_CLEAR_HIGH] = 1 };
	static const int32_t byte[COST_NR] = { [COST_OBJECT_BYTES] = 1 };
	uint32_t pages = 0, bytes = 0;

	if (gives_memory(r->kind)) {
		pages = (uint32_t)facts(c, page, r);
		bytes = (uint32_t)facts(c, byte, r);
	}
	if (c->stepped) {
		pages += (uint32_t)steps_clear(c, page, r);
		bytes += (uint32_t)steps_clear(c, byte, r);
	}
	return (struct cost_clearing){ .steps = pages * (MM_PAGE_SIZE / 4) + bytes,
				       .bytes = pages * MM_PAGE_SIZE + bytes };
}

/* Three instructions a cycle for code in the first-level cache; clearing with
 * rep stos 16 bytes a cycle (docs/cost-model.md, "Cycles"). */
uint64_t cost_cycles(uint64_t instructions, uint64_t clearing_steps, uint64_t cleared_bytes)
{
	uint64_t rest = instructions > clearing_steps ? instructions - clearing_steps : 0;

	return (rest + 1) / 3 + cleared_bytes / 16;
}
