/* SPDX-License-Identifier: MIT
 *
 * bm_slab: the slab allocator alone, after the slab_bulk_test01 module:
 *
 *	kmalloc_kfree/size:N		a pair
 *	kmem_cache_alloc_free		a pair of a cache of 256-byte objects
 *	slab_bulk_test01/bulk:N		N objects in one bulk allocation, one bulk free
 *	slab_bulk_test01_fallback/bulk:N the same one by one
 *	kfree_bulk/bulk:N		N kmallocs of 256 bytes, one kfree_bulk
 *
 * items_per_second counts objects, each allocated and freed.
 */
#include "base/gfp.h"
#include "bench/bench_machine.h"

enum { OBJECT = 256, BULK_MOST = 250 };

/* The sizes of bulk that slab_bulk_test01 tries. */
static const int64_t bulk[] = { 1, 2, 3, 4, 8, 16, 30, 32, 34, 48, 64, 128, 158, BULK_MOST };
static const struct bench_list bulks = { bulk, sizeof(bulk) / sizeof(*bulk) };
static const char *const bulk_name[] = { "bulk" };

static bool open_cache(struct bench_machine *b, struct bench_state *s, uint32_t *cache)
{
	struct mm_cache_args args = { .name = "slab_bulk_test01", .size = OBJECT,
				      .flags = MM_CACHE_HWALIGN | MM_CACHE_NOMERGE };

	return bench_machine_open(b, s, 1, 0) && bench_ok(s, mm_cache_create(b->m, &b->who, &args, cache));
}

static void finish(struct bench_state *s, struct bench_machine *b, uint64_t objects)
{
	bench_set_items(s, bench_iterations(s) * objects);
	bench_machine_close(b);
}

static void kmalloc_kfree(struct bench_state *s)
{
	uint32_t size = (uint32_t)bench_arg(s, 0);
	struct bench_machine b;
	vaddr_t addr;

	if (!bench_machine_open(&b, s, 1, 0))
		return;
	BENCH_LOOP(s) {
		if (!bench_ok(s, mm_kmalloc(b.m, &b.who, size, MM_GFP_KERNEL, &addr)) ||
		    !bench_ok(s, mm_kfree(b.m, &b.who, addr)))
			break;
	}
	finish(s, &b, 1);
}
BENCH(kmalloc_kfree, bench_arg_names(b, 1, (const char *const[]){ "size" }),
      bench_range_multiplier(b, 2), bench_add_range(b, 8, 16384), bench_add_arg(b, 96),
      bench_add_arg(b, 192));

static void kmem_cache_alloc_free(struct bench_state *s)
{
	struct bench_machine b;
	uint32_t cache;
	vaddr_t addr;

	if (!open_cache(&b, s, &cache))
		return;
	BENCH_LOOP(s) {
		if (!bench_ok(s, mm_cache_alloc(b.m, &b.who, cache, MM_GFP_KERNEL, &addr)) ||
		    !bench_ok(s, mm_cache_free(b.m, &b.who, cache, addr)))
			break;
	}
	finish(s, &b, 1);
}
BENCH(kmem_cache_alloc_free);

static void slab_bulk_test01(struct bench_state *s)
{
	unsigned int n = (unsigned int)bench_arg(s, 0);
	vaddr_t addr[BULK_MOST];
	struct bench_machine b;
	uint32_t cache;

	if (!open_cache(&b, s, &cache))
		return;
	BENCH_LOOP(s) {
		if (!bench_ok(s, mm_cache_alloc_bulk(b.m, &b.who, cache, MM_GFP_KERNEL, n, addr)) ||
		    !bench_ok(s, mm_cache_free_bulk(b.m, &b.who, cache, n, addr)))
			break;
	}
	finish(s, &b, n);
}
BENCH(slab_bulk_test01, bench_arg_names(b, 1, bulk_name), bench_add_product(b, 1, &bulks));

static void slab_bulk_test01_fallback(struct bench_state *s)
{
	unsigned int n = (unsigned int)bench_arg(s, 0), i;
	vaddr_t addr[BULK_MOST];
	struct bench_machine b;
	uint32_t cache;

	if (!open_cache(&b, s, &cache))
		return;
	BENCH_LOOP(s) {
		for (i = 0; i < n && bench_ok(s, mm_cache_alloc(b.m, &b.who, cache, MM_GFP_KERNEL, &addr[i])); i++)
			;
		while (i > 0 && bench_ok(s, mm_cache_free(b.m, &b.who, cache, addr[i - 1])))
			i--;
		if (bench_skipped(s))
			break;
	}
	finish(s, &b, n);
}
BENCH(slab_bulk_test01_fallback, bench_arg_names(b, 1, bulk_name), bench_add_product(b, 1, &bulks));

static void kfree_bulk(struct bench_state *s)
{
	unsigned int n = (unsigned int)bench_arg(s, 0), i;
	vaddr_t addr[BULK_MOST];
	struct bench_machine b;

	if (!bench_machine_open(&b, s, 1, 0))
		return;
	BENCH_LOOP(s) {
		for (i = 0; i < n && bench_ok(s, mm_kmalloc(b.m, &b.who, OBJECT, MM_GFP_KERNEL, &addr[i])); i++)
			;
		if (i < n || !bench_ok(s, mm_kfree_bulk(b.m, &b.who, n, addr)))
			break;
	}
	finish(s, &b, n);
}
BENCH(kfree_bulk, bench_arg_names(b, 1, bulk_name), bench_add_product(b, 1, &bulks));

BENCH_MAIN();
