/* SPDX-License-Identifier: MIT
 *
 * Bad calls: each kind is refused with a sentence that names the operation, the
 * address and its history, and the machine stays consistent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/slab/rig.h"

static struct mm_machine *m;

static int start(void **state)
{
	(void)state;
	m = rig_boot(NULL);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	rig_check(m);
	rig_free(m);
	return 0;
}

static vaddr_t at(uint32_t op, uint32_t size)
{
	struct mm_caller who = { .op = op };
	vaddr_t addr = 0;

	assert_int_equal(slab_kmalloc(m, &who, size, MM_GFP_KERNEL, &addr), MM_OK);
	return addr;
}

static enum mm_outcome drop(uint32_t op, vaddr_t addr)
{
	struct mm_caller who = { .op = op };

	return slab_kfree(m, &who, addr);
}

static void expect(enum mm_misuse_kind kind, vaddr_t addr, uint32_t alloc_op, uint32_t free_op,
		   const char *text)
{
	char want[200];

	snprintf(want, sizeof(want), text, addr);
	assert_int_equal(m->misuse.kind, kind);
	assert_int_equal(m->misuse.address, addr);
	assert_int_equal(m->misuse.alloc_op, alloc_op);
	assert_int_equal(m->misuse.free_op, free_op);
	assert_string_equal(m->misuse.text, want);
}

static void double_free(void **state)
{
	vaddr_t a = at(5, 100);

	(void)state;
	assert_int_equal(drop(9, a), MM_OK);
	assert_int_equal(drop(12, a), MM_MISUSE);
	expect(MM_MISUSE_DOUBLE_FREE, a, 5, 9, "operation 12: kfree(0x%x): double free; "
	       "last allocated by operation 5, last freed by operation 9");
	assert_int_equal(at(13, 100), a);	/* once on the list, once handed out */
	assert_int_not_equal(at(14, 100), a);
}

/* 40,000 operations later the record itself no longer holds the allocation. */
static void double_free_of_an_object_that_lived_long(void **state)
{
	vaddr_t a = at(5, 100), b = at(6, 100);

	(void)state;
	assert_int_equal(drop(40005, a), MM_OK);
	assert_int_equal(drop(40006, b), MM_OK);
	assert_int_equal(drop(40007, a), MM_MISUSE);
	expect(MM_MISUSE_DOUBLE_FREE, a, 5, 40005, "operation 40007: kfree(0x%x): double free; "
	       "last allocated by operation 5, last freed by operation 40005");
	for (uint32_t i = 0; i < SLAB_NR_PAST; i++)
		assert_int_equal(drop(100000 + 50000 * (i + 1), at(100000 + 50000 * i, 8)), MM_OK);
	assert_int_equal(drop(7, a), MM_MISUSE);
	assert_int_equal(m->misuse.alloc_op, 5);
	assert_int_equal(m->misuse.free_op, MM_NO_OP);	/* forgotten */
}

/* Its slab has gone back to the page allocator: the page's history is told. */
static void double_free_after_the_slab_is_gone(void **state)
{
	uint32_t cache = rig_new_cache(m, "gone", 3000, MM_CACHE_NOMERGE);
	struct mm_caller who = { .op = 30 };
	vaddr_t a = 0;

	(void)state;
	assert_int_equal(slab_cache_alloc(m, &who, cache, MM_GFP_KERNEL, &a), MM_OK);
	who.op = 31;
	assert_int_equal(slab_cache_free(m, &who, cache, a), MM_OK);
	who.op = 32;
	assert_int_equal(slab_cache_shrink(m, &who, cache), MM_OK);
	who.op = 33;
	assert_int_equal(slab_cache_free(m, &who, cache, a), MM_MISUSE);
	expect(MM_MISUSE_DOUBLE_FREE, a, 30, 32, "operation 33: kmem_cache_free(0x%x): double free; "
	       "last allocated by operation 30, last freed by operation 32");
}

static void free_inside_an_object(void **state)
{
	vaddr_t a = at(5, 192);

	(void)state;
	assert_int_equal(drop(6, a + 8), MM_MISUSE);
	expect(MM_MISUSE_INSIDE_OBJECT, a + 8, 5, MM_NO_OP, "operation 6: kfree(0x%x): inside "
	       "an object; last allocated by operation 5, not freed in this run");
	/* Behind the 21st object of the page lies nothing. */
	assert_int_equal(drop(7, (a & ~0xfffu) + 21 * 192), MM_MISUSE);
	assert_int_equal(m->misuse.kind, MM_MISUSE_INSIDE_OBJECT);
	assert_int_equal(drop(8, a), MM_OK);
}

static void free_into_the_wrong_cache(void **state)
{
	uint32_t one = rig_new_cache(m, "one", 200, MM_CACHE_NOMERGE);
	uint32_t two = rig_new_cache(m, "two", 200, MM_CACHE_NOMERGE);
	struct mm_caller who = { .op = 20 };
	vaddr_t a = 0;

	(void)state;
	assert_int_equal(slab_cache_alloc(m, &who, one, MM_GFP_KERNEL, &a), MM_OK);
	who.op = 21;
	assert_int_equal(slab_cache_free(m, &who, two, a), MM_MISUSE);
	expect(MM_MISUSE_WRONG_CACHE, a, 20, MM_NO_OP, "operation 21: kmem_cache_free(0x%x): wrong "
	       "cache; last allocated by operation 20, not freed in this run");
	assert_int_equal(slab_kfree(m, &who, a), MM_OK); /* SLUB's kfree takes any object */
}

static void kfree_of_what_is_no_object(void **state)
{
	struct mm_caller who = { .op = 3 };
	vaddr_t a;
	pfn_t pfn;

	(void)state;
	assert_int_equal(phys_alloc(m, &who, MM_GFP_KERNEL, 1, &pfn), MM_OK);
	a = machine_lowmem_addr(m, pfn);
	assert_int_equal(drop(4, a), MM_MISUSE);
	expect(MM_MISUSE_NOT_SLAB, a, 3, MM_NO_OP, "operation 4: kfree(0x%x): no slab object; "
	       "last allocated by operation 3, not freed in this run");
	assert_int_equal(drop(4, a + 4096), MM_MISUSE);
	assert_int_equal(m->misuse.kind, MM_MISUSE_NOT_SLAB);
	assert_int_equal(drop(4, 0x1000), MM_MISUSE);		/* user space */
	assert_int_equal(m->misuse.kind, MM_MISUSE_NOT_SLAB);
	assert_int_equal(drop(4, 0xf8000000), MM_MISUSE);	/* vmalloc area */
	assert_int_equal(m->misuse.kind, MM_MISUSE_NOT_SLAB);
	assert_int_equal(drop(4, 0xc1000000), MM_MISUSE);	/* the kernel image */
	assert_int_equal(m->misuse.kind, MM_MISUSE_NOT_SLAB);
}

static void large_kmalloc(void **state)
{
	vaddr_t a = at(5, 20000);
	uint32_t pages = m->slab->large_pages;

	(void)state;
	assert_int_equal(drop(6, a + 4096), MM_MISUSE);
	assert_int_equal(m->misuse.kind, MM_MISUSE_INSIDE_OBJECT);
	assert_int_equal(m->misuse.alloc_op, 5);
	assert_int_equal(drop(6, a + 16), MM_MISUSE);
	assert_int_equal(m->misuse.kind, MM_MISUSE_INSIDE_OBJECT);
	assert_int_equal(m->slab->large_pages, pages);
	assert_int_equal(drop(7, a), MM_OK);
	assert_int_equal(drop(8, a), MM_MISUSE);
	expect(MM_MISUSE_DOUBLE_FREE, a, 5, 7, "operation 8: kfree(0x%x): double free; "
	       "last allocated by operation 5, last freed by operation 7");
}

static void caches(void **state)
{
	uint32_t cache = rig_new_cache(m, "busy", 200, MM_CACHE_NOMERGE);
	struct mm_caller who = { .op = 20 };
	vaddr_t a = rig_alloc(m, cache), b;

	(void)state;
	assert_int_equal(slab_cache_destroy(m, &who, cache), MM_MISUSE);
	assert_int_equal(m->misuse.kind, MM_MISUSE_CACHE);
	assert_int_equal(m->misuse.address, cache);
	rig_free_object(m, cache, a);
	assert_int_equal(slab_cache_destroy(m, &who, cache), MM_OK);
	assert_int_equal(slab_cache_destroy(m, &who, cache), MM_MISUSE);
	assert_int_equal(slab_cache_alloc(m, &who, cache, MM_GFP_KERNEL, &b), MM_MISUSE);
	assert_int_equal(slab_cache_free(m, &who, cache, a), MM_MISUSE);
	assert_int_equal(slab_cache_shrink(m, &who, cache), MM_MISUSE);
	assert_int_equal(slab_cache_alloc_bulk(m, &who, cache, MM_GFP_KERNEL, 1, &b), MM_MISUSE);
	assert_int_equal(slab_cache_free_bulk(m, &who, cache, 1, &a), MM_MISUSE);
	assert_int_equal(slab_cache_alloc(m, &who, 0, MM_GFP_KERNEL, &b), MM_MISUSE);
	assert_int_equal(slab_cache_alloc(m, &who, 1u << 31, MM_GFP_KERNEL, &b), MM_MISUSE);
	assert_int_equal(m->misuse.kind, MM_MISUSE_CACHE);
	/* The boot caches stay. */
	assert_int_equal(slab_cache_destroy(m, &who, slab_find_cache(m, "kmalloc-64")), MM_MISUSE);
	assert_int_equal(slab_cache_destroy(m, &who, slab_find_cache(m, "kmem_cache")), MM_MISUSE);
}

/* One bad element refuses the whole array; nothing of it is freed. */
static void bulk(void **state)
{
	vaddr_t p[4] = { at(1, 64), at(2, 64), at(3, 20000), at(4, 64) }, bad[4];
	struct mm_caller who = { .op = 20 };
	uint64_t freed = rig_events(m)[MM_EV_SLAB_FREE];

	(void)state;
	memcpy(bad, p, sizeof(p));
	bad[3] = p[0];
	assert_int_equal(slab_kfree_bulk(m, &who, 4, bad), MM_MISUSE);
	expect(MM_MISUSE_DOUBLE_FREE, p[0], 1, 20, "operation 20: kfree_bulk(0x%x): double free; "
	       "last allocated by operation 1, last freed by operation 20");
	bad[3] = p[2];
	assert_int_equal(slab_kfree_bulk(m, &who, 4, bad), MM_MISUSE);
	assert_int_equal(m->misuse.kind, MM_MISUSE_DOUBLE_FREE);
	bad[3] = p[1] + 1;
	assert_int_equal(slab_kfree_bulk(m, &who, 4, bad), MM_MISUSE);
	assert_int_equal(m->misuse.kind, MM_MISUSE_INSIDE_OBJECT);
	bad[3] = 0xc1000000;
	assert_int_equal(slab_kfree_bulk(m, &who, 4, bad), MM_MISUSE);
	assert_int_equal(m->misuse.kind, MM_MISUSE_NOT_SLAB);
	assert_int_equal(slab_cache_free_bulk(m, &who, slab_find_cache(m, "kmalloc-96"), 2, p), MM_MISUSE);
	assert_int_equal(m->misuse.kind, MM_MISUSE_WRONG_CACHE);
	assert_int_equal(slab_cache_free_bulk(m, &who, slab_find_cache(m, "kmalloc-64"), 3, p), MM_MISUSE);
	assert_int_equal(m->misuse.kind, MM_MISUSE_NOT_SLAB);	/* p[2] is large */
	rig_check(m);
	assert_int_equal(rig_events(m)[MM_EV_SLAB_FREE], freed);
	assert_int_equal(slab_kfree_bulk(m, &who, 4, p), MM_OK);
	assert_int_equal(rig_events(m)[MM_EV_SLAB_FREE], freed + 3);
	assert_int_equal(m->slab->large_pages, 0);
	assert_int_equal(slab_kfree_bulk(m, &who, 0, p), MM_OK);
}

static void not_misuse(void **state)
{
	vaddr_t a;

	(void)state;
	assert_int_equal(drop(1, 0), MM_OK);
	a = at(2, 0);
	assert_int_equal(a, MM_ZERO_SIZE_PTR);
	assert_int_equal(drop(3, a), MM_OK);
	assert_int_equal(drop(4, a), MM_OK);
	assert_int_equal(m->ev[MM_EV_MISUSE], 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(double_free),
		CASE(double_free_of_an_object_that_lived_long),
		CASE(double_free_after_the_slab_is_gone),
		CASE(free_inside_an_object),
		CASE(free_into_the_wrong_cache),
		CASE(kfree_of_what_is_no_object),
		CASE(large_kmalloc),
		CASE(caches),
		CASE(bulk),
		CASE(not_misuse),
	};

	return cmocka_run_group_tests_name("slab misuse", tests, NULL, NULL);
}
