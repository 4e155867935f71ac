/* SPDX-License-Identifier: MIT
 *
 * Save, load, and what the check notices.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/mm_state.h"
#include "engine/virt/virt_internal.h"
#include "tests/virt/virt_fixture.h"

#define PAGE MM_PAGE_SIZE

static uint32_t seed;
static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* A machine in the middle of its life: areas of all kinds, holes, lazy ones,
 * pkmap slots in every state. */
static void live(struct mm_machine *m)
{
	struct mm_caller who = virt_caller(1);
	vaddr_t held[400], a;
	uint32_t n = 0, k;

	seed = 7;
	for (int op = 0; op < 1500; op++) {
		if (n < 400 && rnd(100) < 55) {
			if (rnd(3))
				k = mm_vmalloc(m, &who, (1 + rnd(9)) * PAGE, MM_GFP_KERNEL, &held[n]);
			else
				k = mm_ioremap(m, &who, 0xfd000000u, 1 + rnd(0x20000), &held[n]);
			n += k == MM_OK;
		} else if (n) {
			k = rnd(n);
			if (mm_vfree(m, &who, held[k]) != MM_OK)
				assert_int_equal(mm_iounmap(m, &who, held[k]), MM_OK);
			held[k] = held[--n];
		}
		if (op == 1400)
			mm_run_work(m, &who, MM_WORK_VMAP_PURGE);
	}
	for (k = 0; k < 100; k++)
		assert_int_equal(mm_kmap(m, &who, 0x40000 + k, &a), MM_OK);
	for (k = 0; k < 50; k++)
		assert_int_equal(mm_kunmap(m, &who, 0x40000 + k), MM_OK);
	assert_clean(m);
}

static void assert_same_virt(const struct mm_state *a, const struct mm_state *b)
{
	assert_int_equal(a->nr_vmap, b->nr_vmap);
	assert_memory_equal(a->vmap, b->vmap, a->nr_vmap * sizeof(*a->vmap));
	assert_int_equal(a->nr_vfree, b->nr_vfree);
	for (uint32_t k = 0; k < a->nr_vfree; k++) {
		assert_int_equal(a->vfree[k].depth, b->vfree[k].depth);
		assert_int_equal(a->vfree[k].start, b->vfree[k].start);
		assert_int_equal(a->vfree[k].end, b->vfree[k].end);
		assert_int_equal(a->vfree[k].black, b->vfree[k].black);
	}
	assert_int_equal(a->nr_vmap_obj, b->nr_vmap_obj);
	assert_memory_equal(a->vmap_obj, b->vmap_obj, a->nr_vmap_obj * sizeof(*a->vmap_obj));
	assert_int_equal(a->nr_pmd, b->nr_pmd);
	assert_memory_equal(a->pmd_pte, b->pmd_pte, a->nr_pmd * sizeof(*a->pmd_pte));
	assert_int_equal(a->nr_pkmap, b->nr_pkmap);
	assert_memory_equal(a->pkmap, b->pkmap, a->nr_pkmap * sizeof(*a->pkmap));
	assert_int_equal(a->last_pkmap_nr, b->last_pkmap_nr);
	assert_int_equal(a->lazy_pages, b->lazy_pages);
}

static void test_round_trip(void **state)
{
	struct mm_machine *m = *state, *again;
	struct mm_state s = { 0 }, t = { 0 };
	struct mm_caller who = virt_caller(2);
	struct mm_error err;
	vaddr_t a, b;

	live(m);
	assert_int_equal(mm_machine_save(m, &s, NULL), 0);
	assert_true(s.nr_vfree > 20);
	assert_true(s.lazy_pages > 0);
	again = mm_machine_load(mm_machine_config(m), &s, &err);
	if (!again)
		fail_msg("%s", err.text);
	assert_int_equal(mm_machine_save(again, &t, NULL), 0);
	assert_same_virt(&s, &t);
	for (int k = 0; k < 300; k++) {	/* both go on alike */
		uint32_t size = 1 + rnd(0x30000);

		if (rnd(2)) {
			assert_int_equal(mm_ioremap(m, &who, 0xfd000000u, size, &a),
					 mm_ioremap(again, &who, 0xfd000000u, size, &b));
		} else {
			assert_int_equal(mm_vmalloc(m, &who, size, MM_GFP_KERNEL, &a),
					 mm_vmalloc(again, &who, size, MM_GFP_KERNEL, &b));
		}
		assert_int_equal(a, b);
		assert_int_equal(mm_kmap(m, &who, 0x50000 + k, &a), MM_OK);
		assert_int_equal(mm_kmap(again, &who, 0x50000 + k, &b), MM_OK);
		assert_int_equal(a, b);
	}
	assert_clean(again);
	mm_state_free(&s);
	mm_state_free(&t);
	mm_machine_destroy(again);
}

/* A loaded area is freed without its frames, and that is counted. */
static void test_foreign_vfree(void **state)
{
	struct mm_machine *m = *state, *again;
	struct mm_caller who = virt_caller(2);
	struct mm_state s = { 0 };
	uint64_t objects, frames;
	vaddr_t a;

	assert_int_equal(mm_vmalloc(m, &who, 3 * PAGE, MM_GFP_KERNEL, &a), MM_OK);
	assert_int_equal(mm_machine_save(m, &s, NULL), 0);
	again = mm_machine_load(mm_machine_config(m), &s, NULL);
	assert_non_null(again);
	assert_int_equal(mm_vfree(again, &who, a), MM_OK);
	virt_unknown(again, &objects, &frames);
	assert_int_equal(frames, 3);
	assert_int_equal(objects, 2);	/* page array and vm_struct */
	assert_int_equal(mm_vfree(again, &who, a), MM_MISUSE);
	assert_clean(again);
	mm_state_free(&s);
	mm_machine_destroy(again);
}

/* Where the rotation stands follows from the mapped slots. */
static void test_rotation_is_inferred(void **state)
{
	struct mm_machine *m = *state, *again;
	struct mm_caller who = virt_caller(2);
	struct mm_state s = { 0 };
	vaddr_t a;

	for (uint32_t k = 0; k < 1024 + 30; k++) {
		assert_int_equal(mm_kmap(m, &who, 0x40000 + k, &a), MM_OK);
		if (k != 500)
			assert_int_equal(mm_kunmap(m, &who, 0x40000 + k), MM_OK);
	}
	assert_int_equal(mm_machine_save(m, &s, NULL), 0);
	assert_true(s.has_last_pkmap_nr);
	s.has_last_pkmap_nr = false;
	again = mm_machine_load(mm_machine_config(m), &s, NULL);
	assert_non_null(again);
	assert_int_equal(again->virt->last_pkmap_nr, m->virt->last_pkmap_nr);
	assert_int_equal(again->virt->pkmap_stale, 32);	/* slots 0 to 30, and 501 */
	mm_state_free(&s);
	mm_machine_destroy(again);
}

typedef void (*spoil_fn)(struct mm_state *s);

static void overlap(struct mm_state *s) { s->vmap[1].start = s->vmap[0].start; }
static void outside(struct mm_state *s) { s->vmap[s->nr_vmap - 1].end = 0xfec00000u; }
static void unaligned(struct mm_state *s) { s->vmap[1].start += 8; }
static void too_many(struct mm_state *s) { s->vmap[2].nr_pages = 100000; }
static void bad_depth(struct mm_state *s) { s->vfree[1].depth = 60; }
static void two_roots(struct mm_state *s) { s->vfree[1].depth = 0; }
static void red_root(struct mm_state *s) { s->vfree[0].black = false; }
static void wrong_side(struct mm_state *s) { s->vfree[1].start = 0xfe000000u; }
static void bad_slot(struct mm_state *s) { s->pkmap[0].slot = 1024; }
static void lowmem_slot(struct mm_state *s) { s->pkmap[0].pfn = 5; }
static void twice(struct mm_state *s) { s->pkmap[1].pfn = s->pkmap[0].pfn; }
static void bad_rotation(struct mm_state *s) { s->last_pkmap_nr = 4096; }
static void other_tables(struct mm_state *s) { s->pmd_size = 0x200000; }

static void test_bad_states(void **state)
{
	static const spoil_fn spoil[] = {
		overlap, outside, unaligned, too_many, bad_depth, two_roots, red_root, wrong_side,
		bad_slot, lowmem_slot, twice, bad_rotation, other_tables,
	};
	struct mm_machine *m = *state, *again;
	struct mm_error err;

	live(m);
	for (size_t k = 0; k < sizeof(spoil) / sizeof(spoil[0]); k++) {
		struct mm_state s = { 0 };

		assert_int_equal(mm_machine_save(m, &s, NULL), 0);
		spoil[k](&s);
		err.code = 0;
		again = mm_machine_load(mm_machine_config(m), &s, &err);
		if (again)
			fail_msg("spoilt state %zu was loaded", k);
		assert_true(err.code == -EINVAL || err.code == -EUCLEAN);
		mm_state_free(&s);
	}
}

/* ---- the check notices ---- */

static void cut_entry(struct mm_machine *m, uint32_t i)
{
	*pt_entry(m->virt, m->virt->area[i].start) = 0;
}

static void other_frame(struct mm_machine *m, uint32_t i)
{
	*pt_entry(m->virt, m->virt->area[i].start) = PTE_MAKE(0x1000, PTE_RW);
}

static void mapped_guard(struct mm_machine *m, uint32_t i)
{
	*pt_entry(m->virt, m->virt->area[i].end - PAGE) = PTE_MAKE(0x1000, PTE_RW);
}

static void lost_area(struct mm_machine *m, uint32_t i)
{
	area_unindex(m, i);
}

static void wrong_count(struct mm_machine *m, uint32_t i)
{
	(void)i;
	m->virt->busy_pages++;
}

static void wrong_max(struct mm_machine *m, uint32_t i)
{
	(void)i;
	m->virt->area[m->virt->tree.root].subtree_max--;
}

static void wrong_colour(struct mm_machine *m, uint32_t i)
{
	(void)i;
	m->virt->area[m->virt->tree.first].red ^= true;
}

static void slot_count(struct mm_machine *m, uint32_t i)
{
	(void)i;
	m->virt->slot[1].count = 0;
}

static void slot_table(struct mm_machine *m, uint32_t i)
{
	(void)i;
	m->virt->slot_of[0x39000 - m->layout.max_low_pfn] = 3;
}

static void local_entry(struct mm_machine *m, uint32_t i)
{
	(void)i;
	*kl_entry(m->virt, 0, 2) = PTE_MAKE(0x40000, PTE_RW);
}

static void direct_map(struct mm_machine *m, uint32_t i)
{
	(void)i;
	m->virt->pmd[0xc4000000u >> 22] = 0;
}

static void table_count(struct mm_machine *m, uint32_t i)
{
	(void)i;
	m->virt->nr_pte_pages++;
}

static void test_check_notices(void **state)
{
	static void (*const spoil[])(struct mm_machine *m, uint32_t i) = {
		cut_entry, other_frame, mapped_guard, lost_area, wrong_count, wrong_max,
		wrong_colour, slot_count, slot_table, local_entry, direct_map, table_count,
	};

	(void)state;
	for (size_t k = 0; k < sizeof(spoil) / sizeof(spoil[0]); k++) {
		struct mm_machine *m = virt_machine(1024, 1);
		struct mm_caller who = virt_caller(1);
		struct mm_error err;
		vaddr_t a;

		assert_int_equal(mm_vmalloc(m, &who, 3 * PAGE, MM_GFP_KERNEL, &a), MM_OK);
		assert_int_equal(mm_kmap(m, &who, 0x38000, &a), MM_OK);
		assert_clean(m);
		spoil[k](m, m->virt->by_first[0]);
		if (virt_check(m, &err) != -EUCLEAN)
			fail_msg("damage %zu was not noticed", k);
		assert_true(strlen(err.text) > 20);
		mm_machine_destroy(m);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, virt_setup, virt_teardown)
	const struct CMUnitTest tests[] = {
		T(test_round_trip), T(test_foreign_vfree), T(test_rotation_is_inferred),
		T(test_bad_states), cmocka_unit_test(test_check_notices),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
