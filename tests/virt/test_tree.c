/* SPDX-License-Identifier: MIT
 *
 * The tree of free ranges against a naive model: a sorted array, first fit.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/virt/virt_internal.h"
#include "tests/virt/virt_fixture.h"

#define LO	0x10000000u
#define HI	0x14000000u	/* 16384 pages */
#define PAGES	((HI - LO) >> MM_PAGE_SHIFT)

static uint32_t seed;
static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* A machine of nothing but an empty vmalloc range. */
static int tree_setup(void **state)
{
	struct mm_machine *m = calloc(1, sizeof(*m));
	uint32_t i;

	assert_non_null(m);
	m->virt = calloc(1, sizeof(*m->virt));
	assert_non_null(m->virt);
	m->layout.vmalloc_start = LO;
	m->layout.vmalloc_end = HI;
	assert_int_equal(area_pool_create(m, NULL), 0);
	i = area_new(m->virt);
	m->virt->area[i].start = LO;
	m->virt->area[i].end = HI;
	tree_insert(m->virt, i);
	*state = m;
	seed = 1;
	return 0;
}

static int tree_teardown(void **state)
{
	struct mm_machine *m = *state;

	area_pool_destroy(m->virt);
	free(m->virt);
	free(m);
	return 0;
}

/* Take size bytes out; 0 if there is no fit. */
static vaddr_t take(struct virt *v, uint32_t size, uint32_t align)
{
	struct tree_fit fit;
	enum tree_clip kind;
	uint32_t left = 0;

	assert_true(area_pool_reserve(v, 1));
	if (!tree_search(v, size, align, LO, HI, &fit))
		return 0;
	kind = tree_clip_kind(v, &fit, size);
	if (kind == CLIP_MIDDLE)
		left = area_new(v);
	tree_clip(v, &fit, size, left);
	if (kind == CLIP_EXACT)
		area_release(v, fit.area);
	return fit.start;
}

static void give(struct virt *v, vaddr_t start, uint32_t size)
{
	vaddr_t freed[2];
	uint32_t i;

	assert_true(area_pool_reserve(v, 1));
	i = area_new(v);
	v->area[i].start = start;
	v->area[i].end = start + size;
	tree_merge_or_add(v, i, freed);
}

static void check_invariants(const struct virt *v)
{
	struct mm_error err;

	if (tree_check(v, &err))
		fail_msg("%s", err.text);
}

/* One flag a page. */
struct model { bool used[PAGES]; };

static vaddr_t model_take(struct model *f, uint32_t pages)
{
	uint32_t run = 0;

	for (uint32_t p = 0; p < PAGES; p++) {
		run = f->used[p] ? 0 : run + 1;
		if (run == pages) {
			memset(&f->used[p + 1 - pages], 1, pages);
			return LO + (p + 1 - pages) * MM_PAGE_SIZE;
		}
	}
	return 0;
}

static uint32_t model_largest(const struct model *f, uint32_t from, uint32_t to)
{
	uint32_t run = 0, best = 0;

	for (uint32_t p = from; p < to; p++) {
		run = f->used[p] ? 0 : run + 1;
		best = run > best ? run : best;
	}
	return best * MM_PAGE_SIZE;
}

static void compare_holes(const struct virt *v, const struct model *f)
{
	uint32_t from = rnd(PAGES), to = from + rnd(PAGES - from) + 1;

	assert_int_equal(tree_largest_hole(v, LO, HI), model_largest(f, 0, PAGES));
	assert_int_equal(tree_largest_hole(v, LO + from * MM_PAGE_SIZE, LO + to * MM_PAGE_SIZE),
			 model_largest(f, from, to));
}

static void test_first_fit(void **state)
{
	static struct model f;
	static struct { vaddr_t start; uint32_t pages; } held[2000];
	struct mm_machine *m = *state;
	uint32_t n = 0, failed = 0, k, p;

	memset(&f, 0, sizeof(f));
	for (int op = 0; op < 12000; op++) {
		if (n < 2000 && rnd(100) < 52) {
			held[n].pages = rnd(20) ? 1 + rnd(16) : 1 + rnd(900);
			held[n].start = take(m->virt, held[n].pages * MM_PAGE_SIZE, 1);
			assert_int_equal(held[n].start, model_take(&f, held[n].pages));
			failed += !held[n].start;
			n += held[n].start != 0;
		} else if (n) {
			k = rnd(n);
			p = (held[k].start - LO) >> MM_PAGE_SHIFT;
			memset(&f.used[p], 0, held[k].pages);
			give(m->virt, held[k].start, held[k].pages * MM_PAGE_SIZE);
			held[k] = held[--n];
		}
		if (op % 64 == 0) {
			check_invariants(m->virt);
			compare_holes(m->virt, &f);
		}
	}
	assert_in_range(failed, 1, 11999);	/* the range did fill up */
	while (n--)
		give(m->virt, held[n].start, held[n].pages * MM_PAGE_SIZE);
	check_invariants(m->virt);
	assert_int_equal(m->virt->tree.nr, 1);	/* all of it merged again */
}

/* With an alignment above a page: any answer is aligned, in a hole, and no
 * hole of size + align - 1 is passed over. */
static void test_aligned(void **state)
{
	static bool used[PAGES];
	struct mm_machine *m = *state;
	uint32_t missed = 0;

	memset(used, 0, sizeof(used));
	for (int op = 0; op < 3000; op++) {
		uint32_t pages = 1 + rnd(32), align = MM_PAGE_SIZE << (1 + rnd(5));
		uint32_t largest = tree_largest_hole(m->virt, LO, HI), p;
		vaddr_t at = take(m->virt, pages * MM_PAGE_SIZE, align);

		if (!at) {
			assert_true(largest < pages * MM_PAGE_SIZE + align - 1);
			missed++;
			p = rnd(PAGES - 64);	/* make room: a few pages here and there */
			for (uint32_t k = p; k < p + 64; k++) {
				if (used[k] && rnd(2)) {
					give(m->virt, LO + k * MM_PAGE_SIZE, MM_PAGE_SIZE);
					used[k] = false;
				}
			}
			continue;
		}
		assert_int_equal(at % align, 0);
		p = (at - LO) >> MM_PAGE_SHIFT;
		for (uint32_t k = p; k < p + pages; k++) {
			assert_false(used[k]);
			used[k] = true;
		}
		check_invariants(m->virt);
	}
	assert_true(missed > 0);
}

/* A perfectly aligned hole of just the size is found when the search comes by
 * it, and is not looked for elsewhere (41 of 1,110 recorded requests failed
 * although a hole fitted). */
static void test_tight_hole(void **state)
{
	struct mm_machine *m = *state;
	struct virt *v = m->virt;
	vaddr_t all = take(v, HI - LO, 1);

	assert_int_equal(all, LO);
	give(v, LO + 0x10000, 0x4000);	/* 16 KiB at a 64 KiB boundary */
	give(v, LO + 0x20000, 0x4000);
	give(v, LO + 0x30000, 0x4000);
	/* The root is the middle one; both subtrees ask for 16 + 16 KiB - 1. */
	assert_int_equal(take(v, 0x4000, 0x4000), LO + 0x20000);
	assert_int_equal(take(v, 0x4000, 1), LO + 0x10000);
	assert_int_equal(take(v, 0x4000, 0x4000), LO + 0x30000);
	assert_int_equal(take(v, 0x4000, 0x4000), 0);
}

static void test_clipping(void **state)
{
	struct mm_machine *m = *state;
	struct virt *v = m->virt;
	vaddr_t freed[2];
	uint32_t i;

	take(v, HI - LO, 1);
	give(v, LO + 0x1000, 0x9000);
	assert_int_equal(take(v, 0x1000, 1), LO + 0x1000);	/* left edge */
	assert_int_equal(take(v, 0x2000, 0x4000), LO + 0x4000);	/* middle */
	assert_int_equal(v->tree.nr, 2);
	assert_int_equal(take(v, 0x4000, 0x2000), LO + 0x6000);	/* exact */
	assert_int_equal(v->tree.nr, 1);
	/* [0x2000, 0x4000) is left; both neighbours merge into the lower one. */
	give(v, LO + 0x6000, 0x2000);
	i = area_new(v);
	v->area[i] = (struct area){ .start = LO + 0x4000, .end = LO + 0x6000, .obj = 7 };
	v->area[v->tree.first].obj = 1;
	v->area[v->area[v->tree.first].next].obj = 2;
	assert_int_equal(tree_merge_or_add(v, i, freed), 2);
	assert_int_equal(freed[0], 7);	/* first the new one, into the one behind */
	assert_int_equal(freed[1], 2);	/* then that, into the one before */
	assert_int_equal(v->tree.nr, 1);
	assert_int_equal(v->area[v->tree.root].start, LO + 0x2000);
	assert_int_equal(v->area[v->tree.root].end, LO + 0x8000);
	assert_int_equal(v->area[v->tree.root].obj, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_fit, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_aligned, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_tight_hole, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_clipping, tree_setup, tree_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
