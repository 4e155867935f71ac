/* SPDX-License-Identifier: MIT
 *
 * SLUB's lists, each rule in a scenario worked out by hand.
 *
 * The cache used has 8 objects of 1024 bytes in a slab of order 1; on one CPU
 * its per-CPU partial list holds 6 slabs and its node keeps 5 empty ones.
 * Slabs are named by the order in which they were made: 0, 1, 2 ...
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/slab/rig.h"

#define PER_SLAB 8

struct bench {
	struct mm_machine *m;
	uint32_t cache;
	pfn_t pfn[64];			/* of slab i */
	vaddr_t obj[64][PER_SLAB];	/* its objects, as they were handed out */
	unsigned int nr;
};

/* n full slabs. */
static void fill(struct bench *b, unsigned int n)
{
	for (; n--; b->nr++) {
		for (int i = 0; i < PER_SLAB; i++)
			b->obj[b->nr][i] = rig_alloc(b->m, b->cache);
		b->pfn[b->nr] = rig_pfn(b->m, b->obj[b->nr][0]);
		assert_int_equal(rig_pfn(b->m, b->obj[b->nr][PER_SLAB - 1]) & ~1u, b->pfn[b->nr]);
	}
}

static void start(struct bench *b, const struct rig_want *want)
{
	memset(b, 0, sizeof(*b));
	b->m = rig_boot(want);
	b->cache = rig_new_cache(b->m, "test", 1024, MM_CACHE_NOMERGE);
}

static void stop(struct bench *b)
{
	rig_check(b->m);
	rig_free(b->m);
}

static void put(struct bench *b, unsigned int slab, unsigned int i)
{
	rig_free_object(b->m, b->cache, b->obj[slab][i]);
}

static void put_all(struct bench *b, unsigned int slab)
{
	for (unsigned int i = 0; i < PER_SLAB; i++)
		put(b, slab, i);
}

/* The list must hold exactly these slabs, head first; the names end with -1. */
static void expect(struct bench *b, const struct mm_slab_state *list, uint32_t nr, ...)
{
	uint32_t i = 0;
	va_list ap;

	va_start(ap, nr);
	for (int want = va_arg(ap, int); want >= 0; want = va_arg(ap, int), i++) {
		assert_true(i < nr);
		assert_int_equal(list[i].pfn, b->pfn[want]);
	}
	va_end(ap);
	assert_int_equal(i, nr);
}

#define EXPECT_CPU_PARTIAL(b, ...) do { struct mm_state s_; \
	const struct mm_cache_state *c_ = rig_cache((b)->m, "test", &s_); \
	expect(b, c_->cpu[0].partial, c_->cpu[0].nr_partial, __VA_ARGS__, -1); \
	mm_state_free(&s_); } while (0)
#define EXPECT_NODE_PARTIAL(b, ...) do { struct mm_state s_; \
	const struct mm_cache_state *c_ = rig_cache((b)->m, "test", &s_); \
	expect(b, c_->partial, c_->nr_partial, __VA_ARGS__, -1); \
	mm_state_free(&s_); } while (0)
#define NOTHING -1

static uint32_t nr_slabs(struct bench *b)
{
	return slab_cache_get(b->m->slab, b->cache)->nr_slabs;
}

static void the_cpu_free_list_is_last_in_first_out(void **state)
{
	struct bench b;
	vaddr_t x, y, z;

	(void)state;
	start(&b, NULL);
	x = rig_alloc(b.m, b.cache);
	y = rig_alloc(b.m, b.cache);
	z = rig_alloc(b.m, b.cache);
	assert_int_equal(y, x + 1024);	/* ascending without randomisation */
	assert_int_equal(z, y + 1024);
	rig_free_object(b.m, b.cache, x);
	rig_free_object(b.m, b.cache, z);
	rig_free_object(b.m, b.cache, y);
	assert_int_equal(rig_alloc(b.m, b.cache), y);
	assert_int_equal(rig_alloc(b.m, b.cache), z);
	assert_int_equal(rig_alloc(b.m, b.cache), x);
	stop(&b);
}

/* A full slab's first free puts it on the freeing CPU's list; it is used again
 * once the cpu slab is exhausted. */
static void first_free_of_a_full_slab_goes_to_the_cpu_partial_list(void **state)
{
	struct bench b;

	(void)state;
	start(&b, NULL);
	fill(&b, 3);
	put(&b, 0, 5);
	EXPECT_CPU_PARTIAL(&b, 0);
	put(&b, 1, 2);
	put(&b, 0, 6);	/* frozen already: stays where it is */
	EXPECT_CPU_PARTIAL(&b, 1, 0);
	EXPECT_NODE_PARTIAL(&b, NOTHING);
	put(&b, 2, 7);	/* the cpu slab */
	EXPECT_CPU_PARTIAL(&b, 1, 0);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[2][7]);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[1][2]);
	EXPECT_CPU_PARTIAL(&b, 0);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[0][6]);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[0][5]);
	assert_int_equal(nr_slabs(&b), 3);
	stop(&b);
}

/* Six slabs fit; the seventh moves all six out, most recent first, each to the
 * node list's tail. */
static void a_full_cpu_partial_list_moves_to_the_node(void **state)
{
	struct bench b;

	(void)state;
	start(&b, NULL);
	fill(&b, 9);
	for (unsigned int i = 0; i < 6; i++)
		put(&b, i, 0);
	EXPECT_CPU_PARTIAL(&b, 5, 4, 3, 2, 1, 0);
	put(&b, 6, 0);
	EXPECT_CPU_PARTIAL(&b, 6);
	EXPECT_NODE_PARTIAL(&b, 5, 4, 3, 2, 1, 0);
	put(&b, 7, 0);
	EXPECT_CPU_PARTIAL(&b, 7, 6);
	stop(&b);
}

/* Slabs that became empty while frozen stay until the list moves out; then they
 * are given back once the node has five, the last found first. */
static void empty_frozen_slabs_are_freed_when_the_list_moves_out(void **state)
{
	struct bench b;

	(void)state;
	start(&b, NULL);
	fill(&b, 14);
	for (unsigned int i = 0; i < 6; i++)
		put(&b, i, 0);
	put_all(&b, 6);		/* 5..0 to the node; 6 alone, empty */
	put_all(&b, 7);
	put(&b, 8, 3);
	put_all(&b, 9);
	assert_int_equal(nr_slabs(&b), 14);
	EXPECT_CPU_PARTIAL(&b, 9, 8, 7, 6);
	put(&b, 10, 0);
	put(&b, 11, 0);
	put(&b, 12, 0);		/* moves out 11 10 9 8 7 6 */
	EXPECT_CPU_PARTIAL(&b, 12);
	EXPECT_NODE_PARTIAL(&b, 5, 4, 3, 2, 1, 0, 11, 10, 8);
	assert_int_equal(nr_slabs(&b), 11);
	assert_int_equal(b.m->ev[MM_EV_SLAB_DISCARD], 3);
	/* Put aside 9 7 6, freed 6 7 9: the page lists hand out 9 first. */
	for (unsigned int i = 0; i < 3; i++) {
		static const unsigned int back[] = { 9, 7, 6 };
		struct mm_caller who = rig_caller(0);
		pfn_t pfn;

		assert_int_equal(phys_alloc(b.m, &who, MM_GFP_KERNEL | MM_GFP_COMP, 1, &pfn), MM_OK);
		assert_int_equal(pfn, b.pfn[back[i]]);
	}
	stop(&b);
}

/* On the node's list: emptied slabs stay while the node has fewer than five. */
static void an_emptied_node_slab_is_freed_if_the_node_has_enough(void **state)
{
	struct bench b;

	(void)state;
	start(&b, NULL);
	fill(&b, 8);
	for (unsigned int i = 0; i < 7; i++)
		put(&b, i, 0);
	EXPECT_NODE_PARTIAL(&b, 5, 4, 3, 2, 1, 0);
	for (unsigned int i = 1; i < PER_SLAB; i++)
		put(&b, 3, i);
	EXPECT_NODE_PARTIAL(&b, 5, 4, 2, 1, 0);
	for (unsigned int i = 1; i < PER_SLAB; i++)
		put(&b, 0, i);	/* five on the list when it becomes empty: goes */
	EXPECT_NODE_PARTIAL(&b, 5, 4, 2, 1);
	for (unsigned int i = 1; i < PER_SLAB; i++)
		put(&b, 1, i);	/* four: stays */
	EXPECT_NODE_PARTIAL(&b, 5, 4, 2, 1);
	assert_int_equal(nr_slabs(&b), 6);
	stop(&b);
}

/* cpu_partial_slabs is 6: the first node slab becomes the cpu slab, then four
 * more are taken (more than 6 / 2 end it), each pushed in front. */
static void refill_from_the_node_takes_several(void **state)
{
	struct bench b;

	(void)state;
	start(&b, NULL);
	fill(&b, 13);
	for (unsigned int i = 0; i < 12; i++)
		put(&b, i, 0);
	/* 0..5 left when 6 came; 6..11 are the CPU's. Use up what the CPU has. */
	EXPECT_NODE_PARTIAL(&b, 5, 4, 3, 2, 1, 0);
	EXPECT_CPU_PARTIAL(&b, 11, 10, 9, 8, 7, 6);
	for (unsigned int i = 11; i >= 6; i--)
		assert_int_equal(rig_alloc(b.m, b.cache), b.obj[i][0]);
	EXPECT_CPU_PARTIAL(&b, NOTHING);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[5][0]);
	EXPECT_CPU_PARTIAL(&b, 1, 2, 3, 4);
	EXPECT_NODE_PARTIAL(&b, 0);
	stop(&b);
}

/* Objects freed by another CPU wait on the slab's own list. */
static void the_owner_takes_back_what_others_freed(void **state)
{
	struct bench b;
	struct mm_caller other;

	(void)state;
	start(&b, &(struct rig_want){ .cpus = 2 });
	/* Two CPUs: 16 objects in a slab of order 2. */
	assert_int_equal(slab_cache_get(b.m->slab, b.cache)->g.objects, 16);
	fill(&b, 1);
	for (unsigned int i = 0; i < 3; i++) {
		other = rig_caller(1);
		assert_int_equal(slab_cache_free(b.m, &other, b.cache, b.obj[0][i]), MM_OK);
	}
	put(&b, 0, 7);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[0][7]);
	for (int i = 0; i < 8; i++)
		rig_alloc(b.m, b.cache);	/* the rest of the cpu free list */
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[0][2]);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[0][1]);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[0][0]);
	assert_int_equal(nr_slabs(&b), 1);
	stop(&b);
}

/* Shrink: the cpu slab goes to the node (in front), empty slabs are freed, the
 * others are sorted by free objects, equal ones in reverse order. */
static void shrink_sorts_and_frees(void **state)
{
	struct bench b;
	struct mm_caller who;

	(void)state;
	start(&b, NULL);
	fill(&b, 7);
	for (unsigned int i = 0; i < 6; i++)
		put(&b, i, 0);			/* cpu partial 5 4 3 2 1 0 */
	for (unsigned int i = 1; i < 4; i++)
		put(&b, 4, i);			/* 4 free in slab 4 */
	put(&b, 2, 1);				/* 2 free in slab 2 */
	for (unsigned int i = 1; i < PER_SLAB; i++)
		put(&b, 1, i);			/* slab 1 empty */
	put(&b, 6, 0);				/* cpu slab: 3 free */
	put(&b, 6, 1);
	put(&b, 6, 2);
	who = rig_caller(0);
	assert_int_equal(slab_cache_shrink(b.m, &who, b.cache), MM_OK);
	/* Node before sorting: 6, 5 4 3 2 1 0.  Free: 6:3 5:1 4:4 3:1 2:2 1:8 0:1. */
	EXPECT_NODE_PARTIAL(&b, 0, 3, 5, 2, 6, 4);
	EXPECT_CPU_PARTIAL(&b, NOTHING);
	assert_int_equal(nr_slabs(&b), 6);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[0][0]);
	stop(&b);
}

/* A cpu slab goes to the head of the node's list, to the tail if others freed
 * objects of it.  (Slabs with more than 32 free objects are not sorted.) */
static void deactivation_chooses_the_end(void **state)
{
	(void)state;
	for (int remote = 0; remote < 2; remote++) {
		struct mm_caller one = { .op = 1, .cpu = 1 };
		struct bench b;
		vaddr_t a = 0;

		start(&b, &(struct rig_want){ .cpus = 2 });
		assert_int_equal(slab_cache_destroy(b.m, &one, b.cache), MM_OK);
		b.cache = rig_new_cache(b.m, "test", 64, MM_CACHE_NOMERGE);
		for (int i = 0; i < 20; i++) {		/* 44 of 64 stay free on each CPU */
			b.pfn[0] = rig_pfn(b.m, rig_alloc(b.m, b.cache));
			assert_int_equal(slab_cache_alloc(b.m, &one, b.cache, MM_GFP_KERNEL, &a), MM_OK);
			b.pfn[1] = rig_pfn(b.m, a);
		}
		if (remote)
			rig_free_object(b.m, b.cache, a);
		assert_int_equal(slab_cache_shrink(b.m, &one, b.cache), MM_OK);
		if (remote)
			EXPECT_NODE_PARTIAL(&b, 0, 1);
		else
			EXPECT_NODE_PARTIAL(&b, 1, 0);
		stop(&b);
	}
}

/* A one-object slab is full with one object: freed, it goes empty onto the
 * CPU's list. */
static void one_object_slabs_wait_empty_on_the_cpu_list(void **state)
{
	struct bench b;
	vaddr_t a, x;

	(void)state;
	start(&b, NULL);
	b.cache = rig_new_cache(b.m, "large", 20000, MM_CACHE_NOMERGE);
	assert_int_equal(slab_cache_get(b.m->slab, b.cache)->g.objects, 1);
	a = rig_alloc(b.m, b.cache);
	x = rig_alloc(b.m, b.cache);
	rig_free_object(b.m, b.cache, a);
	assert_int_equal(nr_slabs(&b), 2);
	assert_int_equal(slab_cache_get(b.m->slab, b.cache)->nr_partial, 0);
	assert_int_not_equal(slab_cache_get(b.m->slab, b.cache)->cpu[0].partial, 0);
	assert_int_equal(rig_alloc(b.m, b.cache), a);
	rig_free_object(b.m, b.cache, x);
	stop(&b);
}

/* Rounds from the array's end; the third stranger ends a walk; the first taken
 * is the first handed out. */
static void bulk_free_groups_with_a_look_ahead_of_three(void **state)
{
	struct bench b;
	struct mm_caller who;

	(void)state;
	start(&b, NULL);
	fill(&b, 4);
	{
		/* From the end: 0[5]; 1[0] and 1[1] passed; 0[4] joins; 2[0] ends.
		 * Then 1[1] 1[0] .. with 2[0], 0[3] passed, ends at the front. */
		vaddr_t p[] = { b.obj[0][3], b.obj[2][0], b.obj[0][4], b.obj[1][0],
				b.obj[1][1], b.obj[0][5] };

		who = rig_caller(0);
		assert_int_equal(slab_cache_free_bulk(b.m, &who, b.cache, 6, p), MM_OK);
	}
	/* Groups: {0[5] 0[4]}; then what is left is 0[3] 2[0] 1[1] 1[0] (the
	 * exchanges moved 1[0] behind 1[1]): {1[0] 1[1]}, {2[0]}, {0[3]}. */
	EXPECT_CPU_PARTIAL(&b, 2, 1, 0);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[2][0]);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[1][0]);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[1][1]);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[0][3]);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[0][5]);
	assert_int_equal(rig_alloc(b.m, b.cache), b.obj[0][4]);
	stop(&b);
}

/* A full slab freed whole in one group is never partly free: with enough slabs
 * on the node it still goes to the CPU's list, as the kernel's does. */
static void bulk_free_is_one_step(void **state)
{
	struct bench b;
	struct mm_caller who;

	(void)state;
	start(&b, NULL);
	fill(&b, 9);
	for (unsigned int i = 0; i < 7; i++)
		put(&b, i, 0);
	who = rig_caller(0);
	assert_int_equal(slab_cache_free_bulk(b.m, &who, b.cache, PER_SLAB, b.obj[7]), MM_OK);
	EXPECT_CPU_PARTIAL(&b, 7, 6);
	/* One of the node's slabs emptied by a group: freed at once. */
	assert_int_equal(slab_cache_free_bulk(b.m, &who, b.cache, PER_SLAB - 1, &b.obj[2][1]), MM_OK);
	EXPECT_NODE_PARTIAL(&b, 5, 4, 3, 1, 0);
	/* p[0..n-1] of one slab come back p[n-1] first. */
	assert_int_equal(slab_cache_free_bulk(b.m, &who, b.cache, 3, &b.obj[8][2]), MM_OK);
	for (unsigned int i = 5; i-- > 2;)
		assert_int_equal(rig_alloc(b.m, b.cache), b.obj[8][i]);
	stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cpu_free_list_is_last_in_first_out),
		cmocka_unit_test(first_free_of_a_full_slab_goes_to_the_cpu_partial_list),
		cmocka_unit_test(a_full_cpu_partial_list_moves_to_the_node),
		cmocka_unit_test(empty_frozen_slabs_are_freed_when_the_list_moves_out),
		cmocka_unit_test(an_emptied_node_slab_is_freed_if_the_node_has_enough),
		cmocka_unit_test(refill_from_the_node_takes_several),
		cmocka_unit_test(the_owner_takes_back_what_others_freed),
		cmocka_unit_test(shrink_sorts_and_frees),
		cmocka_unit_test(deactivation_chooses_the_end),
		cmocka_unit_test(one_object_slabs_wait_empty_on_the_cpu_list),
		cmocka_unit_test(bulk_free_groups_with_a_look_ahead_of_three),
		cmocka_unit_test(bulk_free_is_one_step),
	};

	return cmocka_run_group_tests_name("slub lists", tests, NULL, NULL);
}
