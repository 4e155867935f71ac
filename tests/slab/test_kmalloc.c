/* SPDX-License-Identifier: MIT
 *
 * kmalloc: which cache or page serves a request, the order of objects in a new
 * slab, what is counted, and what happens when memory runs out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/slab/rig.h"

static vaddr_t get(struct mm_machine *m, uint32_t size, gfp_t gfp)
{
	struct mm_caller who = rig_caller(0);
	vaddr_t a = 0;

	assert_int_equal(slab_kmalloc(m, &who, size, gfp, &a), MM_OK);
	return a;
}

static void put(struct mm_machine *m, vaddr_t a)
{
	struct mm_caller who = rig_caller(0);

	assert_int_equal(slab_kfree(m, &who, a), MM_OK);
}

static const char *cache_name(const struct mm_machine *m, vaddr_t a)
{
	return slab_cache_get(m->slab, slab_cache_of(m, rig_pfn(m, a)))->name;
}

static void size_classes(void **state)
{
	static const struct { uint32_t size; const char *name; uint32_t room; } want[] = {
		{ 1, "kmalloc-8", 8 }, { 8, "kmalloc-8", 8 }, { 9, "kmalloc-16", 16 },
		{ 24, "kmalloc-32", 32 }, { 33, "kmalloc-64", 64 }, { 65, "kmalloc-96", 96 },
		{ 96, "kmalloc-96", 96 }, { 97, "kmalloc-128", 128 }, { 129, "kmalloc-192", 192 },
		{ 192, "kmalloc-192", 192 }, { 193, "kmalloc-256", 256 }, { 513, "kmalloc-1k", 1024 },
		{ 4097, "kmalloc-8k", 8192 }, { 8192, "kmalloc-8k", 8192 },
	};
	struct mm_machine *m = rig_boot(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		vaddr_t a = get(m, want[i].size, MM_GFP_KERNEL);

		assert_string_equal(cache_name(m, a), want[i].name);
		assert_int_equal(slab_ksize(m, a), want[i].room);
		put(m, a);
		assert_int_equal(slab_ksize(m, a), 0);
	}
	rig_free(m);
}

static void types(void **state)
{
	struct mm_machine *m = rig_boot(NULL);
	struct mm_frame_info info;
	vaddr_t a;

	(void)state;
	assert_string_equal(cache_name(m, get(m, 60, MM_GFP_KERNEL_ACCOUNT)), "kmalloc-cg-64");
	a = get(m, 60, MM_GFP_KERNEL_ACCOUNT | MM_GFP_RECLAIMABLE);
	assert_string_equal(cache_name(m, a), "kmalloc-rcl-64");
	phys_frame_info(m, rig_pfn(m, a), &info);
	assert_int_equal(info.migratetype, MM_RECLAIMABLE);
	a = get(m, 60, MM_GFP_KERNEL | MM_GFP_DMA_BIT | MM_GFP_RECLAIMABLE);
	assert_string_equal(cache_name(m, a), "dma-kmalloc-64");
	assert_true(rig_pfn(m, a) < 0x1000);
	/* Zone bits that slabs cannot have do not count. */
	a = get(m, 60, MM_GFP_KERNEL | MM_GFP_HIGHMEM_BIT | MM_GFP_DMA32_BIT);
	assert_string_equal(cache_name(m, a), "kmalloc-64");
	rig_free(m);

	m = rig_boot(NULL);
	for (unsigned int i = 1; i < NR_KMALLOC_SIZES; i++)
		assert_ptr_not_equal(m->slab->kmalloc[MM_KMALLOC_CGROUP][i],
				     m->slab->kmalloc[MM_KMALLOC_NORMAL][i]);
	rig_free(m);
}

static void large(void **state)
{
	struct mm_machine *m = rig_boot(NULL);
	struct mm_caller who = rig_caller(0);
	struct mm_slab_totals t;
	vaddr_t a = get(m, 8193, MM_GFP_KERNEL | MM_GFP_HIGHMEM_BIT), b = get(m, 4u << 20, MM_GFP_KERNEL);
	vaddr_t c = 0;

	(void)state;
	assert_int_equal(slab_ksize(m, a), 16384);
	assert_int_equal(phys_block_order(m, rig_pfn(m, a)), 2);
	assert_int_equal(slab_ksize(m, b), 4u << 20);
	slab_totals(m, &t);
	assert_int_equal(t.large_pages, 4 + 1024);
	assert_int_equal(slab_kmalloc(m, &who, (4u << 20) + 1, MM_GFP_KERNEL, &c), MM_FAIL);
	assert_int_equal(m->why.cause, MM_CAUSE_ORDER);
	assert_int_equal(slab_kmalloc(m, &who, 0xffffffffu, MM_GFP_KERNEL, &c), MM_FAIL);
	put(m, a);
	put(m, b);
	slab_totals(m, &t);
	assert_int_equal(t.large_pages, 0);
	rig_check(m);
	rig_free(m);
}

static uint32_t start_at(void *arg, uint32_t cache, pfn_t base, const uint16_t *seq, uint32_t nr)
{
	uint32_t *seen = arg;

	assert_non_null(seq);
	seen[0] = cache;
	seen[1] = base;
	seen[2] = nr;
	return seen[3];
}

/* A new slab hands its objects out along the permutation, cyclically. */
static void random_order_walks_the_sequence(void **state)
{
	static const uint16_t seq[16] = { 7, 3, 0, 12, 15, 9, 1, 4, 11, 2, 14, 5, 8, 6, 13, 10 };
	uint32_t seen[4] = { 0, 0, 0, 13 }, id;
	struct mm_machine *m = rig_boot(&(struct rig_want){ .random = true, .shuffle = start_at,
							   .shuffle_arg = seen });
	struct mm_cache_args args = { .name = "shuffled", .size = 256, .flags = MM_CACHE_NOMERGE,
				      .random_seq = seq, .nr_random_seq = 16 };
	struct mm_caller who = rig_caller(0);

	(void)state;
	assert_int_equal(slab_cache_create(m, &who, &args, &id), MM_OK);
	for (unsigned int i = 0; i < 16; i++) {
		vaddr_t a = rig_alloc(m, id);

		assert_int_equal(a % 4096 / 256, seq[(13 + i) % 16]);
		assert_int_equal(seen[0], id);
		assert_int_equal(seen[1], rig_pfn(m, a));
		assert_int_equal(seen[2], 16);
	}
	args.nr_random_seq = 15;	/* not a permutation of its objects */
	args.name = "short";
	assert_int_equal(slab_cache_create(m, &who, &args, &id), MM_UNSUPPORTED);
	rig_check(m);
	rig_free(m);
}

/* Without a callback the seed decides: same seed, same addresses. */
static void random_order_follows_the_seed(void **state)
{
	struct mm_machine *m = rig_boot(&(struct rig_want){ .random = true });
	struct mm_machine *n = rig_boot(&(struct rig_want){ .random = true });
	bool ascending = true;
	vaddr_t last = 0;

	(void)state;
	for (int i = 0; i < 500; i++) {
		vaddr_t a = get(m, 64, MM_GFP_KERNEL);

		assert_int_equal(a, get(n, 64, MM_GFP_KERNEL));
		ascending &= a > last;
		last = a;
	}
	assert_false(ascending);
	for (uint32_t i = 0; i < m->slab->nr_order; i++) {
		const struct slab_cache *c = m->slab->order[i];

		assert_int_equal(c->nr_seq, c->g.objects > 1 ? c->g.objects : 0);
		assert_true(slab_seq_valid(c->seq, c->nr_seq, c->g.objects));
		assert_true(c->seq_obj != 0);
	}
	rig_free(m);
	rig_free(n);
}

static uint64_t requested(const struct mm_machine *m, const char *name, struct mm_cache_info *info)
{
	for (uint32_t i = 0; slab_cache_info(m, i, info); i++) {
		if (!strcmp(info->name, name))
			return info->requested_bytes;
	}
	fail_msg("no cache %s", name);
	return 0;
}

static void counts(void **state)
{
	struct mm_machine *m = rig_boot(&(struct rig_want){ .cpus = 2 });
	struct mm_caller other = { .op = 1, .cpu = 1 };
	struct mm_slab_totals before, after;
	uint64_t zeroed = rig_events(m)[MM_EV_ZEROED_BYTES], hits = m->ev[MM_EV_SLAB_HIT];
	uint64_t freed = m->ev[MM_EV_SLAB_FREE];
	struct mm_cache_info info;
	vaddr_t a[3];

	(void)state;
	slab_totals(m, &before);
	assert_int_equal(requested(m, "kmalloc-4k", &info), 0);
	a[0] = get(m, 2100, MM_GFP_KERNEL);
	a[1] = get(m, 4096, MM_GFP_KERNEL);
	a[2] = get(m, 4000, MM_GFP_KERNEL);
	assert_int_equal(requested(m, "kmalloc-4k", &info), 2100 + 4096 + 4000);
	assert_int_equal(info.live_objects, 3);
	assert_int_equal(info.total_objects, 8);
	assert_int_equal(info.active_objects, 8); /* free ones on the cpu slab count as active */
	assert_int_equal(info.pages, 8);
	assert_int_equal(info.nr_slabs, 1);
	assert_int_equal(slab_kfree(m, &other, a[0]), MM_OK);	/* from another CPU */
	assert_int_equal(requested(m, "kmalloc-4k", &info), 4096 + 4000);
	assert_int_equal(info.live_objects, 2);
	slab_totals(m, &after);
	assert_int_equal(after.pages - before.pages, 8);
	assert_int_equal(after.capacity_bytes - before.capacity_bytes, 8 * 4096);
	assert_int_equal(after.live_bytes - before.live_bytes, 2 * 4096);
	assert_int_equal(after.requested_bytes - before.requested_bytes, 8096);
	assert_int_equal(rig_events(m)[MM_EV_SLAB_HIT] - hits, 2);
	assert_int_equal(m->ev[MM_EV_SLAB_FREE] - freed, 1);
	/* init_on_alloc: the slab's 8 pages and the three objects. */
	assert_int_equal(m->ev[MM_EV_ZEROED_BYTES] - zeroed, 8 * 4096 + 3 * 4096);
	rig_check(m);
	rig_free(m);
}

/* With only single pages left a cache of order 3 falls back to its least order. */
static void fallback_to_the_smallest_order(void **state)
{
	struct mm_machine *m = rig_boot(&(struct rig_want){ .mib = 64 });
	struct mm_caller who = rig_caller(0);
	static pfn_t held[32768];
	unsigned int nr = 0;
	vaddr_t a;
	uint32_t id = rig_new_cache(m, "pages", 4096, MM_CACHE_NOMERGE);

	(void)state;
	for (int round = 0; round < 2; round++) {	/* what per-CPU lists kept, too */
		while (nr < 32768 && phys_alloc_quiet(m, &who, MM_GFP_ATOMIC | MM_GFP_MEMALLOC, 0,
						      &held[nr]) == MM_OK)
			nr++;
		phys_drain_all(m);
	}
	assert_true(nr > 8000);
	for (unsigned int i = 0; i < nr; i++) {		/* every second frame: no pairs */
		if (held[i] % 2)
			phys_free(m, &who, held[i], 0);
	}
	phys_drain_all(m);
	a = rig_alloc(m, id);
	assert_int_equal(m->ev[MM_EV_SLAB_FALLBACK_ORDER], 1);
	assert_int_equal(m->fail_order[3], 0);		/* the first attempt leaves no trace */
	assert_int_equal(phys_block_order(m, rig_pfn(m, a)), 0);
	assert_int_equal(slab_cache_get(m->slab, id)->total_objects, 1);
	rig_check(m);
	rig_free_object(m, id, a);
	rig_check(m);
	rig_free(m);
}

static void out_of_memory(void **state)
{
	struct mm_machine *m = rig_boot(&(struct rig_want){ .mib = 64 });
	uint32_t id = rig_new_cache(m, "whole", 4096, MM_CACHE_NOMERGE);
	struct mm_caller who = rig_caller(0);
	enum mm_outcome r;
	vaddr_t a, p[200];
	uint32_t live;
	unsigned int n = 0;

	(void)state;
	while ((r = slab_cache_alloc(m, &who, id, MM_GFP_ATOMIC, &a)) == MM_OK)
		n++;
	assert_true(n > 8000);
	assert_int_equal(r, MM_FAIL);
	assert_int_equal(m->why.cause, MM_CAUSE_WATERMARK);
	/* A request that may sleep is not told that it failed. */
	assert_int_equal(slab_cache_alloc(m, &who, id, MM_GFP_KERNEL, &a), MM_WOULD_BLOCK);
	assert_int_equal(slab_kmalloc(m, &who, 5000, MM_GFP_ATOMIC, &a), MM_FAIL);
	rig_check(m);
	/* All or nothing. */
	live = slab_live(m, slab_cache_get(m->slab, id), NULL);
	assert_int_equal(slab_cache_alloc_bulk(m, &who, id, MM_GFP_ATOMIC, 200, p), MM_FAIL);
	assert_int_equal(slab_live(m, slab_cache_get(m->slab, id), NULL), live);
	rig_check(m);
	rig_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(size_classes),
		cmocka_unit_test(types),
		cmocka_unit_test(large),
		cmocka_unit_test(random_order_walks_the_sequence),
		cmocka_unit_test(random_order_follows_the_seed),
		cmocka_unit_test(counts),
		cmocka_unit_test(fallback_to_the_smallest_order),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests_name("kmalloc", tests, NULL, NULL);
}
