/* SPDX-License-Identifier: MIT
 *
 * The page allocator on a freshly booted machine: worked examples of the
 * reference, the rules of flags and zones, and random operations with a full
 * check in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/phys/zone.h"

static const struct mm_caller who = { .op = 7, .task = 3, .site = 4 };

static int setup_mib(void **state, uint32_t mib)
{
	struct mm_machine *m = calloc(1, sizeof(*m));
	struct mm_error err;

	mm_config_init(&m->cfg);
	m->cfg.ram_bytes = (uint64_t)mib << 20;
	machine_default_e820(&m->cfg);
	if (phys_create(m, &err))
		return -1;
	phys_boot_finish(m);
	*state = m;
	return 0;
}

static int setup(void **state)
{
	return setup_mib(state, 2048);
}

static int setup_small(void **state)
{
	return setup_mib(state, 1024);
}

static int teardown(void **state)
{
	struct mm_machine *m = *state;

	phys_destroy(m);
	free(m);
	return 0;
}

static void checked(struct mm_machine *m)
{
	struct mm_error err;

	if (phys_check(m, &err))
		fail_msg("%s", err.text);
}

/* Reference 6.3: order-0 Movable requests on fresh HighMem take the smallest
 * block whole, ascending, then split the next. */
static void test_fresh_highmem(void **state)
{
	struct mm_machine *m = *state;
	pfn_t first, pfn;

	assert_int_equal(phys_alloc(m, &who, MM_GFP_HIGHUSER_MOVABLE, 0, &first), MM_OK);
	assert_int_equal(first, 0x7ffdc);	/* max_pfn 0x7ffdd: one page at order 0 */
	assert_int_equal(phys_alloc(m, &who, MM_GFP_HIGHUSER_MOVABLE, 0, &pfn), MM_OK);
	assert_int_equal(pfn, 0x7ffd8);		/* then order 2 */
	for (int i = 1; i < 4; i++) {
		assert_int_equal(phys_alloc(m, &who, MM_GFP_HIGHUSER_MOVABLE, 0, &pfn), MM_OK);
		assert_int_equal(pfn, 0x7ffd8 + i);
	}
	assert_int_equal(phys_alloc(m, &who, MM_GFP_HIGHUSER_MOVABLE, 0, &pfn), MM_OK);
	assert_int_equal(pfn, 0x7ffd0);		/* order 3 */
	phys_free(m, &who, first, 0);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_HIGHUSER_MOVABLE, 0, &pfn), MM_OK);
	assert_int_equal(pfn, first);		/* freed last, taken first */
	checked(m);
}

/* The Unmovable stub of HighMem, then the head of Movable order 10 is claimed. */
static void test_steal_whole_block(void **state)
{
	struct mm_machine *m = *state;
	pfn_t pfn;

	assert_int_equal(phys_alloc(m, &who, MM_GFP_HIGHUSER, 0, &pfn), MM_OK);
	assert_int_equal(pfn, 0x36bfe);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_HIGHUSER, 0, &pfn), MM_OK);
	assert_int_equal(pfn, 0x36bff);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_HIGHUSER, 0, &pfn), MM_OK);
	assert_int_equal(pfn, 0x7f800);
	assert_int_equal(pageblock_type(m, zone_of(m->phys, pfn), pfn), MM_UNMOVABLE);
	assert_int_equal(m->ev[MM_EV_STEAL_CLAIM], 1);
	checked(m);
}

static void test_zones_of_flags(void **state)
{
	struct mm_machine *m = *state;
	pfn_t pfn;

	assert_int_equal(phys_alloc(m, &who, MM_GFP_KERNEL, 0, &pfn), MM_OK);
	assert_in_range(pfn, 0x1000, 0x36bfd);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_KERNEL | MM_GFP_DMA_BIT, 0, &pfn), MM_OK);
	assert_in_range(pfn, 1, 0xfff);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_KERNEL | MM_GFP_DMA32_BIT, 0, &pfn), MM_OK);
	assert_in_range(pfn, 0x1000, 0x36bfd);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_DMA_BIT | MM_GFP_HIGHMEM_BIT, 0, &pfn), MM_FAIL);
	assert_int_equal(m->why.cause, MM_CAUSE_GFP);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_KERNEL, 11, &pfn), MM_FAIL);
	assert_int_equal(m->why.cause, MM_CAUSE_ORDER);
}

/* Drain sizes without allocations in between: 63, 126, 252 ... up to 2016. */
static void test_drain_doubles(void **state)
{
	static const uint32_t expect[] = { 63, 126, 252, 504, 1008, 2016, 2016 };
	struct mm_machine *m = *state;
	struct zone *z = &m->phys->zone[MM_ZONE_NORMAL];
	enum { N = 30000 };
	pfn_t *pfn = malloc(N * sizeof(*pfn));
	unsigned int seen = 0;

	for (int i = 0; i < N; i++)
		assert_int_equal(phys_alloc(m, &who, MM_GFP_KERNEL, 0, &pfn[i]), MM_OK);
	z->pcp[0].free_factor = 0;
	for (int i = 0; i < N && seen < sizeof(expect) / sizeof(expect[0]); i++) {
		uint64_t before = m->ev[MM_EV_PCP_DRAIN_PAGES];

		phys_free(m, &who, pfn[i], 0);
		if (m->ev[MM_EV_PCP_DRAIN_PAGES] != before)
			assert_int_equal(m->ev[MM_EV_PCP_DRAIN_PAGES] - before, expect[seen++]);
	}
	assert_int_equal(seen, 7);
	checked(m);
	free(pfn);
}

/* GFP_ATOMIC reaches below min: half, then three quarters of that. */
static void test_exhaustion(void **state)
{
	struct mm_machine *m = *state;
	struct zone *z = &m->phys->zone[MM_ZONE_NORMAL];
	enum mm_outcome out;
	pfn_t pfn;

	while ((out = phys_alloc(m, &who, MM_GFP_KERNEL, 3, &pfn)) == MM_OK)
		;
	assert_int_equal(out, MM_WOULD_BLOCK);
	assert_true(m->why.reclaim_would_run);
	assert_true(m->why.kswapd_woken);
	assert_int_equal(m->why.cause, MM_CAUSE_WATERMARK);
	assert_true(z->nr_free + z->free_diff[0] <= z->wmark[MM_WMARK_MIN] + z->boost + 8 + 10);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_KERNEL, 4, &pfn), MM_FAIL);
	while ((out = phys_alloc(m, &who, MM_GFP_KERNEL, 0, &pfn)) == MM_OK)
		;
	assert_int_equal(out, MM_WOULD_BLOCK);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_KERNEL | MM_GFP_NORETRY, 0, &pfn), MM_FAIL);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_NOWAIT, 0, &pfn), MM_FAIL);
	while (phys_alloc(m, &who, MM_GFP_ATOMIC, 0, &pfn) == MM_OK)
		;
	/* min 10601: 10601 - 5300 = 5301, 5301 - 1325 = 3976; a refill takes 63 */
	assert_in_range(z->nr_free, 3976 - 63 - 10, 3976);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_HIGHUSER, 0, &pfn), MM_OK);
	checked(m);
}

/* An order-1 atomic request served from the reserves keeps its pageblock. */
static void test_highatomic(void **state)
{
	struct mm_machine *m = *state;
	struct zone *z = &m->phys->zone[MM_ZONE_NORMAL];
	pfn_t pfn;

	while (phys_alloc(m, &who, MM_GFP_KERNEL, 3, &pfn) == MM_OK)
		;
	assert_int_equal(z->nr_highatomic, 0);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_ATOMIC, 1, &pfn), MM_OK);
	assert_int_equal(z->nr_highatomic, 1024);
	assert_int_equal(pageblock_type(m, z, pfn), MM_HIGHATOMIC);
	checked(m);
}

static void test_misuse(void **state)
{
	struct mm_machine *m = *state;
	pfn_t pfn;

	assert_int_equal(phys_alloc(m, &who, MM_GFP_KERNEL, 2, &pfn), MM_OK);
	assert_int_equal(phys_free_misuse(m, pfn, 2), MM_NR_MISUSE);
	assert_int_equal(phys_free_misuse(m, pfn, 1), MM_MISUSE_WRONG_ORDER);
	assert_int_equal(phys_free_misuse(m, pfn + 1, 0), MM_MISUSE_NOT_HEAD);
	assert_int_equal(phys_free_misuse(m, 0x1000, 0), MM_MISUSE_NOT_ALLOCATED);
	assert_int_equal(phys_free_misuse(m, 0xfffff, 0), MM_MISUSE_NOT_ALLOCATED);
	phys_set_use(m, pfn, 2, PHYS_USE_SLAB, 5);
	assert_int_equal(phys_free_misuse(m, pfn, 2), MM_MISUSE_SLAB_PAGE);
	assert_int_equal(phys_slab_of(m, pfn + 3), 5);
	phys_free(m, &who, pfn, 2);
	assert_int_equal(phys_slab_of(m, pfn + 3), PHYS_NOT_SLAB);
	assert_int_equal(phys_free_misuse(m, pfn, 2), MM_MISUSE_DOUBLE_FREE);
	assert_int_equal(phys_free_misuse(m, pfn + 1, 0), MM_MISUSE_DOUBLE_FREE);
}

static uint32_t rnd(uint64_t *s)
{
	*s = *s * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*s >> 33);
}

/* All orders, types and zones at random around exhaustion: every answer must be
 * free memory of the right zone, and the machine stays whole. */
static void test_random(void **state)
{
	static const gfp_t gfps[] = { MM_GFP_KERNEL, MM_GFP_HIGHUSER, MM_GFP_HIGHUSER_MOVABLE,
		MM_GFP_KERNEL | MM_GFP_RECLAIMABLE, MM_GFP_ATOMIC, MM_GFP_NOWAIT | MM_GFP_DMA_BIT };
	struct mm_machine *m = *state;
	enum { SLOTS = 3000 };
	struct { pfn_t pfn; unsigned int order; } slot[SLOTS] = { { 0, 0 } };
	uint64_t seed = 42;

	for (int i = 0; i < 200000; i++) {
		uint32_t s = rnd(&seed) % SLOTS;

		if (slot[s].pfn) {
			assert_int_equal(phys_free_misuse(m, slot[s].pfn, slot[s].order), MM_NR_MISUSE);
			phys_free(m, &who, slot[s].pfn, slot[s].order);
			slot[s].pfn = 0;
		} else {
			unsigned int order = rnd(&seed) % 8 ? rnd(&seed) % 4 : rnd(&seed) % 11;
			pfn_t pfn;

			if (phys_alloc(m, &who, gfps[rnd(&seed) % 6], order, &pfn) != MM_OK)
				continue;
			assert_int_equal(pfn & ((1u << order) - 1), 0);
			slot[s].pfn = pfn;
			slot[s].order = order;
		}
		if (i % 10000 == 0)
			checked(m);
	}
	assert_true(m->ev[MM_EV_STEAL] > 0 && m->ev[MM_EV_MERGE] > 0);
	phys_drain_all(m);
	for (int z = 0; z < MM_NR_ZONES; z++)
		assert_int_equal(m->phys->zone[z].pcp[0].count, 0);
	checked(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fresh_highmem, setup, teardown),
		cmocka_unit_test_setup_teardown(test_steal_whole_block, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zones_of_flags, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drain_doubles, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exhaustion, setup_small, teardown),
		cmocka_unit_test_setup_teardown(test_highatomic, setup_small, teardown),
		cmocka_unit_test_setup_teardown(test_misuse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random, setup_small, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
