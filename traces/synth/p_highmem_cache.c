/* SPDX-License-Identifier: MIT
 *
 * highmem-cache: a page cache in high memory that the kernel reads through
 * short mappings.
 *
 * Files are read page by page: a page that is not there is allocated and put on
 * the LRU, with one radix tree node for 64 of them and a buffer head for those
 * that were written; every page is then mapped, copied from and unmapped.  When
 * the cache has its size the oldest pages go.
 */
#include <stdlib.h>

#include "traces/synth/gen.h"

enum { RAM, FILE_PAGES, HITS, WRITES, MAP };
enum { NODE_PAGES = 64 };

#define NOTHING UINT32_MAX

struct cache {
	struct gen_queue pages;		/* oldest first; tag: what goes with the page */
	uint32_t page_cls, node_cls, head_cls, map_site, lru_site, task;
	uint8_t map, unmap;
};

static const struct synth_param params[] = {
	[RAM] = { "ram", SYNTH_BYTES, 384u << 20, 1 << 20, 3ull << 30, NULL, "size of the cache" },
	[FILE_PAGES] = { "file", SYNTH_NUMBER, 16, 1, 65536, NULL, "pages of a file, in the mean" },
	[HITS] = { "hits", SYNTH_PERCENT, 50, 0, 99, NULL, "reads of what is in the cache" },
	[WRITES] = { "writes", SYNTH_PERCENT, 20, 0, 100, NULL, "files that are written: two pages mapped at once, buffer heads" },
	[MAP] = { "map", SYNTH_CHOICE, 0, 0, 2, "kmap_local|kmap_atomic|kmap", "the way in which pages are mapped" },
	{ .name = NULL },
};

static int begin(struct gen *g)
{
	static const uint8_t map[] = { TRACE_KMAP_LOCAL, TRACE_KMAP_ATOMIC, TRACE_KMAP };
	static const uint8_t unmap[] = { TRACE_KUNMAP_LOCAL, TRACE_KUNMAP_ATOMIC, TRACE_KUNMAP };
	struct cache *s = g->part->state = gen_alloc(g, 1, sizeof(*s));
	uint32_t node, head;

	if (!s || !gen_queue_init(g, &s->pages, gen_param(g, RAM) >> 12))
		return g->rc;
	node = gen_cache(g, "radix_tree_node", 300, TRACE_CACHE_RECLAIM);
	head = gen_cache(g, "buffer_head", 60, TRACE_CACHE_RECLAIM);
	s->page_cls = gen_pages(g, 0, MM_GFP_HIGHUSER_MOVABLE | MM_GFP_NORETRY | MM_GFP_NOWARN, "page_cache_ra_unbounded", "truncate_inode_pages_range");
	s->node_cls = gen_objects(g, node, MM_GFP_NOFS | MM_GFP_RECLAIMABLE, "xas_alloc", "radix_tree_node_rcu_free");
	s->head_cls = gen_objects(g, head, MM_GFP_NOFS | MM_GFP_ACCOUNT, "alloc_buffer_head", "free_buffer_head");
	s->map_site = gen_site(g, "copy_page_to_iter");
	s->lru_site = gen_site(g, "filemap_add_folio");
	s->task = gen_task(g, 700, "reader");
	s->map = map[gen_param(g, MAP)];
	s->unmap = unmap[gen_param(g, MAP)];
	return g->rc;
}

static void evict(struct gen *g, struct cache *s)
{
	uint32_t page = gen_queue_take(&s->pages);

	if (g->tag[page] != NOTHING)
		gen_end(g, g->tag[page]);
	gen_end(g, page);
}

/* The page of a file that is not in the cache. */
static uint32_t read_page(struct gen *g, struct cache *s, uint32_t index, bool written)
{
	uint32_t page, with = NOTHING;

	if (s->pages.nr == s->pages.cap)
		evict(g, s);
	page = gen_new(g, s->page_cls);
	if (page == TRACE_NO_SLOT)
		return page;
	gen_on(g, TRACE_LRU_ADD, page, s->lru_site);
	if (index % NODE_PAGES == 0)
		with = gen_new(g, s->node_cls);
	else if (written)
		with = gen_new(g, s->head_cls);
	g->tag[page] = with;
	gen_queue_put(&s->pages, page);
	return page;
}

static void map_page(struct gen *g, struct cache *s, uint32_t page)
{
	gen_on(g, s->map, page, s->map_site);
}

static void unmap_page(struct gen *g, struct cache *s, uint32_t page)
{
	if (s->unmap == TRACE_KUNMAP)
		gen_on(g, s->unmap, page, s->map_site);
	else
		gen_op(g, s->unmap)->site = s->map_site;
}

static void use(struct gen *g, struct cache *s, uint32_t page, bool written)
{
	uint32_t other = gen_queue_at(&s->pages, rng_below(&g->rng, s->pages.nr));

	if (page == TRACE_NO_SLOT)
		return;
	if (written)
		map_page(g, s, other);
	map_page(g, s, page);
	unmap_page(g, s, page);
	if (written)
		unmap_page(g, s, other);
}

static void step(struct gen *g)
{
	struct cache *s = g->part->state;
	uint32_t n = 1 + (uint32_t)rng_exp(&g->rng, g->exp, gen_param(g, FILE_PAGES) - 1), i, at;
	bool written = rng_percent(&g->rng, gen_param(g, WRITES));

	g->task = s->task;
	if (n > s->pages.cap)
		n = s->pages.cap;
	if (s->pages.nr >= n && rng_percent(&g->rng, gen_param(g, HITS))) {
		at = rng_below(&g->rng, s->pages.nr - n + 1);
		for (i = 0; i < n; i++)
			use(g, s, gen_queue_at(&s->pages, at + i), false);
	} else {
		for (i = 0; i < n; i++)
			use(g, s, read_page(g, s, i, written), written);
	}
	gen_pause_about(g, 100000);
}

static void end(struct gen *g)
{
	struct cache *s = g->part->state;

	free(s->pages.slot);
	free(s);
}

const struct synth_profile synth_highmem_cache = {
	.name = "highmem-cache",
	.about = "page cache in high memory, read through kmap_local, kmap_atomic or kmap",
	.stresses = "The zone fallback of movable pages from HighMem to Normal, the per-CPU lists, and a mapping for every page "
		    "that is read: slots of kmap_local and kmap_atomic, or the pkmap window.",
	.source = "The order of requests: Linux 6.1 mm/readahead.c, mm/filemap.c, Documentation/mm/highmem.rst.",
	.machine = "x86_32-1g",
	.operations = 1000000,
	.rate = 500000,
	.params = params,
	.begin = begin, .step = step, .end = end,
};
