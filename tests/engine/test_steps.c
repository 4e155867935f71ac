/* SPDX-License-Identifier: MIT
 *
 * Steps: fast paths count nothing, slow ones what they did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/mm86.h"
#include "engine/mm_steps.h"

static struct mm_caller who = { .task = 1 };

struct around { struct mm_machine *m; struct mm_steps before; };

static int setup(void **state)
{
	static struct around a;
	struct mm_config c;
	struct mm_error err;

	mm_config_init(&c);
	a.m = mm_machine_create(&c, &err);
	*state = &a;
	return a.m ? 0 : -1;
}

static int teardown(void **state)
{
	mm_machine_destroy(((struct around *)*state)->m);
	return 0;
}

static void begin(struct around *a)
{
	a->before = *mm_steps(a->m);
	who.op++;
}

static uint32_t steps(const struct around *a, enum mm_step s)
{
	return mm_steps(a->m)->n[s] - a->before.n[s];
}

static bool nothing(const struct around *a)
{
	return mm_steps(a->m)->changed == a->before.changed &&
	       !memcmp(mm_steps(a->m)->n, a->before.n, sizeof(a->before.n));
}

static void test_pages(void **state)
{
	struct around *a = *state;
	pfn_t pfn[200];
	uint32_t refills = 0;

	for (int i = 0; i < 200; i++) {
		uint64_t was = mm_events(a->m)[MM_EV_PCP_REFILL];

		begin(a);
		assert_int_equal(mm_alloc_pages(a->m, &who, MM_GFP_KERNEL, 0, &pfn[i]), MM_OK);
		if (mm_events(a->m)[MM_EV_PCP_REFILL] == was) {
			assert_true(nothing(a));
			continue;
		}
		refills++;
		assert_int_equal(steps(a, MM_STEP_REFILL), 1);
		assert_int_equal(steps(a, MM_STEP_REFILL_BLOCKS), 63);
	}
	assert_in_range(refills, 3, 4);
	begin(a);
	for (int i = 0; i < 200; i++)
		mm_free_pages(a->m, &who, pfn[i], 0);
	assert_true(nothing(a));	/* below the high mark */
	begin(a);
	mm_drain_all_pages(a->m);
	assert_true(steps(a, MM_STEP_DRAIN) > 0);
	assert_true(steps(a, MM_STEP_DRAIN_BLOCKS) >= 200);
	assert_int_equal(steps(a, MM_STEP_SPLIT), 0);
	assert_true(steps(a, MM_STEP_MERGE) > 0);
	begin(a);
	assert_int_equal(mm_alloc_pages(a->m, &who, MM_GFP_KERNEL, 9, &pfn[0]), MM_OK);
	assert_int_equal(steps(a, MM_STEP_BUDDY_TAKE), 1);
	mm_free_pages(a->m, &who, pfn[0], 9);
	assert_int_equal(steps(a, MM_STEP_BUDDY_FREE), 1);
	assert_int_equal(steps(a, MM_STEP_SPLIT), steps(a, MM_STEP_MERGE));
}

static void test_objects(void **state)
{
	struct around *a = *state;
	vaddr_t addr[64], other;
	uint32_t slabs = 0;

	for (int i = 0; i < 64; i++) {
		uint64_t was = mm_events(a->m)[MM_EV_SLAB_HIT];

		begin(a);
		assert_int_equal(mm_kmalloc(a->m, &who, 1024, MM_GFP_KERNEL, &addr[i]), MM_OK);
		if (mm_events(a->m)[MM_EV_SLAB_HIT] != was)
			assert_true(nothing(a));
		if (steps(a, MM_STEP_SLAB_NEW)) {
			slabs++;
			assert_int_equal(steps(a, MM_STEP_PAGE_REQUEST), 1);
			assert_int_equal(steps(a, MM_STEP_SLAB_NEW_OBJECTS), 8);
			assert_int_equal(steps(a, MM_STEP_COMPOUND_TAILS), 1);
		}
	}
	assert_in_range(slabs, 7, 8);
	begin(a);
	mm_kfree(a->m, &who, addr[63]);
	mm_kmalloc(a->m, &who, 1024, MM_GFP_KERNEL, &addr[63]);
	assert_true(nothing(a));
	mm_kfree(a->m, &who, addr[20]);	/* of a full slab */
	assert_int_equal(steps(a, MM_STEP_SLAB_FREE_SLOW), 1);
	assert_int_equal(steps(a, MM_STEP_SLAB_FREE_FULL), 1);
	begin(a);
	assert_int_equal(mm_kmalloc(a->m, &who, 20000, MM_GFP_KERNEL, &other), MM_OK);
	assert_int_equal(steps(a, MM_STEP_SLAB_LARGE), 1);
	mm_kfree(a->m, &who, other);
	assert_int_equal(steps(a, MM_STEP_SLAB_LARGE_FREE), 1);
	assert_int_equal(steps(a, MM_STEP_FREE_TAILS), 7);
}

static void test_vmalloc(void **state)
{
	struct around *a = *state;
	vaddr_t addr, small;

	begin(a);
	assert_int_equal(mm_vmalloc(a->m, &who, 250 * 4096, MM_GFP_KERNEL, &addr), MM_OK);
	assert_int_equal(steps(a, MM_STEP_VMALLOC_PAGES), 250);
	assert_int_equal(steps(a, MM_STEP_PTE_SET), 250);
	assert_int_equal(steps(a, MM_STEP_BULK), 3);	/* 100, 100, 50 */
	assert_int_equal(steps(a, MM_STEP_VMAP_AREA), 1);
	assert_true(steps(a, MM_STEP_TREE_STEPS) > 0);
	begin(a);
	assert_int_equal(mm_vmalloc(a->m, &who, 1, MM_GFP_KERNEL, &small), MM_OK);
	assert_int_equal(steps(a, MM_STEP_BULK), 0);	/* one page: an ordinary request */
	assert_true(steps(a, MM_STEP_PAGE_REQUEST) >= 1);
	begin(a);
	mm_vfree(a->m, &who, addr);
	mm_vfree(a->m, &who, small);
	assert_int_equal(steps(a, MM_STEP_VFREE_PAGES), 251);
	assert_int_equal(steps(a, MM_STEP_PTE_CLEAR), 251);
	assert_int_equal(steps(a, MM_STEP_PURGE), 0);
	begin(a);
	mm_vm_unmap_aliases(a->m, &who);
	assert_int_equal(steps(a, MM_STEP_PURGE), 1);
	assert_int_equal(steps(a, MM_STEP_PURGE_AREAS), 1);	/* neighbours: joined before */
	assert_int_equal(steps(a, MM_STEP_TLB_ALL), 1);
}

static void test_kmap(void **state)
{
	struct around *a = *state;
	pfn_t high = 0x40000;
	uint32_t chain = 0;
	struct mm_error err;
	vaddr_t addr;

	for (uint32_t i = 0; i < 1023; i++) {
		begin(a);
		assert_int_equal(mm_kmap(a->m, &who, high + i, &addr), MM_OK);
		assert_int_equal(steps(a, MM_STEP_KMAP_NEW), 1);
		assert_int_equal(steps(a, MM_STEP_KMAP_SCAN), 1);
		chain += steps(a, MM_STEP_KMAP_CHAIN);
		begin(a);
		assert_int_equal(mm_kunmap(a->m, &who, high + i), MM_OK);
		assert_int_equal(steps(a, MM_STEP_KMAP_NEW), 0);
	}
	/* 1,023 pages over 128 chains: on average some 4 entries before each */
	assert_in_range(chain / 1023, 3, 4);
	assert_int_equal(mm_check(a->m, &err), 0);
	begin(a);
	assert_int_equal(mm_kmap(a->m, &who, high + 2000, &addr), MM_OK);
	assert_int_equal(steps(a, MM_STEP_KMAP_FLUSH), 1);
	assert_int_equal(steps(a, MM_STEP_KMAP_FLUSH_SLOTS), 1023);
	assert_int_equal(mm_check(a->m, &err), 0);
	begin(a);
	assert_int_equal(mm_kmap_local(a->m, &who, high, &addr), MM_OK);
	assert_int_equal(mm_kunmap_local(a->m, &who, addr), MM_OK);
	assert_true(nothing(a));
}

static void test_names(void **state)
{
	(void)state;
	for (int s = 0; s < MM_NR_STEPS; s++) {
		assert_non_null(mm_step_name((enum mm_step)s));
		assert_true(*mm_step_text((enum mm_step)s));
	}
	assert_string_equal(mm_step_name(MM_STEP_REFILL_BLOCKS), "REFILL_BLOCKS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_objects, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vmalloc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kmap, setup, teardown),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
