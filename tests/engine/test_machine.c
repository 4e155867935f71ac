/* SPDX-License-Identifier: MIT
 *
 * The whole machine through its public header: boot, the page interface by
 * address, what a mixed load leaves behind, outcomes with their causes, time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/mm_fast.h"

static struct mm_caller who = { .task = 1 };

static struct mm_machine *boot(uint32_t mib)
{
	struct mm_config c;
	struct mm_error err = { 0 };
	struct mm_machine *m;

	mm_config_init(&c);
	c.ram_bytes = (uint64_t)mib << 20;
	m = mm_machine_create(&c, &err);
	if (!m)
		fail_msg("%s", err.text);
	return m;
}

static void checked(const struct mm_machine *m)
{
	struct mm_error err;

	if (mm_check(m, &err))
		fail_msg("%s", err.text);
}

static void test_fresh(void **state)
{
	struct mm_machine *m = boot(2048);
	struct mm_zone_info z;
	paddr_t phys;

	(void)state;
	checked(m);
	mm_zone_info(m, MM_ZONE_NORMAL, &z);
	assert_int_equal(z.managed, 211217);
	assert_int_equal(z.wmark[MM_WMARK_MIN], 10473);
	assert_int_equal(mm_machine_layout(m)->vmalloc_start, 0xf73fe000u);
	assert_true(mm_translate(m, 0xc0100123u, &phys));
	assert_int_equal(phys, 0x100123);
	assert_false(mm_translate(m, 0xf7000000u, &phys));
	mm_machine_destroy(m);
}

static void test_page_addresses(void **state)
{
	struct mm_machine *m = boot(1024);
	vaddr_t a;
	pfn_t pfn;

	(void)state;
	assert_int_equal(mm_get_free_pages(m, &who, MM_GFP_KERNEL, 3, &a), MM_OK);
	assert_in_range(a, 0xc0000000u, 0xf6bfdfffu);
	assert_int_equal(a & 0x7fff, 0);
	assert_int_equal(mm_free_pages_addr(m, &who, a, 2), MM_MISUSE);
	assert_non_null(strstr(mm_misuse(m)->text, "wrong order"));
	assert_int_equal(mm_free_pages_addr(m, &who, a, 3), MM_OK);
	assert_int_equal(mm_free_pages_addr(m, &who, a, 3), MM_MISUSE);
	assert_int_equal(mm_misuse(m)->kind, MM_MISUSE_DOUBLE_FREE);
	assert_int_equal(mm_free_pages_addr(m, &who, 0, 3), MM_OK);
	assert_int_equal(mm_free_pages_addr(m, &who, 0x1000, 0), MM_MISUSE);
	assert_int_equal(mm_get_zeroed_page(m, &who, MM_GFP_HIGHUSER, &a), MM_OK);
	assert_in_range(a, 0xc0000000u, 0xf6bfdfffu);
	assert_int_equal(mm_alloc_pages(m, &who, MM_GFP_HIGHUSER, 0, &pfn), MM_OK);
	assert_true(pfn >= mm_machine_layout(m)->max_low_pfn);
	checked(m);
	mm_machine_destroy(m);
}

/* History: the sentence names the operations that allocated and freed. */
static void test_history(void **state)
{
	struct mm_machine *m = boot(512);
	struct mm_caller w = { .op = 100 };
	vaddr_t a;

	(void)state;
	assert_int_equal(mm_kmalloc(m, &w, 100, MM_GFP_KERNEL, &a), MM_OK);
	w.op = 200;
	assert_int_equal(mm_kfree(m, &w, a + 4), MM_MISUSE);
	assert_int_equal(mm_misuse(m)->kind, MM_MISUSE_INSIDE_OBJECT);
	assert_int_equal(mm_misuse(m)->alloc_op, 100);
	assert_int_equal(mm_kfree(m, &w, a), MM_OK);
	w.op = 300;
	assert_int_equal(mm_kfree(m, &w, a), MM_MISUSE);
	assert_int_equal(mm_misuse(m)->kind, MM_MISUSE_DOUBLE_FREE);
	assert_int_equal(mm_misuse(m)->free_op, 200);
	assert_non_null(strstr(mm_misuse(m)->text, "last freed by operation 200"));
	assert_int_equal(mm_vfree(m, &w, 0xf8000000u), MM_MISUSE);
	assert_int_equal(mm_kunmap(m, &w, 0x1ff00), MM_OK);	/* lowmem: nothing to do */
	checked(m);
	mm_machine_destroy(m);
}

enum what { PAGE, OBJECT, AREA };
struct slot { uint32_t value; uint8_t what, order; };

static uint32_t rnd(uint64_t *s)
{
	*s = *s * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*s >> 33);
}

enum { NR_SLOTS = 40000 };

static void release(struct mm_machine *m, struct slot *s)
{
	enum mm_outcome out = s->what == PAGE ? mm_free_pages(m, &who, s->value, s->order) :
			      s->what == OBJECT ? mm_kfree(m, &who, s->value) : mm_vfree(m, &who, s->value);

	assert_int_equal(out, MM_OK);
	s->value = 0;
}

static void obtain(struct mm_machine *m, struct slot *s, uint64_t *seed)
{
	enum mm_outcome out;

	s->what = (uint8_t)(rnd(seed) % 3);
	s->order = (uint8_t)(rnd(seed) % 5);
	if (s->what == PAGE)
		out = mm_alloc_pages(m, &who, rnd(seed) & 1 ? MM_GFP_HIGHUSER_MOVABLE : MM_GFP_KERNEL,
				     s->order, &s->value);
	else if (s->what == OBJECT)
		out = mm_kmalloc(m, &who, 1 + rnd(seed) % (rnd(seed) % 50 ? 3000 : 60000), MM_GFP_KERNEL,
				 &s->value);
	else
		out = mm_vmalloc(m, &who, 1 + rnd(seed) % 200000, MM_GFP_KERNEL, &s->value);
	if (out != MM_OK) {
		assert_int_not_equal(mm_why(m)->cause, MM_CAUSE_NONE);
		s->value = 0;
	}
}

/* Everything at once until memory is short; afterwards every page is back. */
static void test_mixed(void **state)
{
	struct mm_machine *m = boot(512);
	static struct slot slot[NR_SLOTS];
	struct mm_vmalloc_info v;
	struct mm_slab_totals t;
	uint64_t seed = 7, at_boot;

	(void)state;
	/* The first area splits the free range, the second fills the spare vmap_area. */
	for (int i = 0; i < 2; i++) {
		slot[i].what = AREA;
		assert_int_equal(mm_vmalloc(m, &who, 4096, MM_GFP_KERNEL, &slot[i].value), MM_OK);
	}
	release(m, &slot[0]);
	release(m, &slot[1]);
	mm_run_work(m, &who, MM_WORK_VMAP_PURGE);
	mm_slab_totals(m, &t);
	at_boot = t.requested_bytes;	/* the caches' own arrays, the spare vmap_area */
	for (uint32_t i = 0; i < 500000; i++) {
		struct slot *s = &slot[rnd(&seed) % NR_SLOTS];

		who.op = i;
		if (s->value)
			release(m, s);
		else
			obtain(m, s, &seed);
		mm_advance(m, i * 20000ull);
		if (i % 50000 == 0)
			checked(m);
	}
	for (size_t i = 0; i < NR_SLOTS; i++)
		if (slot[i].value)
			release(m, &slot[i]);
	mm_run_work(m, &who, MM_WORK_VMAP_PURGE);
	checked(m);
	mm_vmalloc_info(m, &v);
	assert_int_equal(v.nr_areas, 0);
	assert_int_equal(v.lazy, 0);
	mm_slab_totals(m, &t);
	assert_int_equal(t.large_pages, 0);
	assert_int_equal(t.requested_bytes, at_boot);
	assert_true(mm_events(m)[MM_EV_WOULD_RECLAIM] > 0);
	mm_machine_destroy(m);
}

static void test_determinism(void **state)
{
	uint32_t last[2] = { 0, 0 };

	(void)state;
	for (int run = 0; run < 2; run++) {
		struct mm_machine *m = boot(512);
		uint64_t seed = 9;

		for (int i = 0; i < 20000; i++) {
			vaddr_t a;

			assert_int_equal(mm_kmalloc(m, &who, 1 + rnd(&seed) % 500, MM_GFP_KERNEL, &a), MM_OK);
			last[run] = last[run] * 31 + a;
		}
		mm_machine_destroy(m);
	}
	assert_int_equal(last[0], last[1]);
}

static void test_full_pkmap_blocks(void **state)
{
	struct mm_machine *m = boot(2048);
	struct mm_caller irq = { .context = MM_CTX_HARDIRQ };
	pfn_t pfn;
	vaddr_t a;

	(void)state;
	for (int i = 0; i < 1024; i++) {
		assert_int_equal(mm_alloc_pages(m, &who, MM_GFP_HIGHUSER, 0, &pfn), MM_OK);
		assert_int_equal(mm_kmap(m, &who, pfn, &a), MM_OK);
	}
	assert_int_equal(mm_alloc_pages(m, &who, MM_GFP_HIGHUSER, 0, &pfn), MM_OK);
	assert_int_equal(mm_kmap(m, &who, pfn, &a), MM_WOULD_BLOCK);
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_PKMAP_FULL);
	assert_int_not_equal(mm_kmap(m, &irq, pfn, &a), MM_OK);
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_CONTEXT);
	checked(m);
	mm_machine_destroy(m);
}

/* When timed work comes: at each whole second, and as soon as something waits. */
static void test_next_work(void **state)
{
	const uint64_t second = 1000000000;
	struct mm_machine *m = boot(2048);
	const uint64_t *next = mm_next_work(m);
	struct mm_vmalloc_info v;
	enum mm_outcome r;
	vaddr_t a;
	pfn_t pfn;

	(void)state;
	mm_advance(m, 5);
	assert_int_equal(*next, second);
	assert_int_equal(mm_vmalloc(m, &who, 30u << 20, MM_GFP_KERNEL, &a), MM_OK);
	assert_int_equal(mm_vfree(m, &who, a), MM_OK);
	assert_int_equal(*next, second);	/* 7,680 lazy pages are not too many */
	assert_int_equal(mm_vmalloc(m, &who, 4u << 20, MM_GFP_KERNEL, &a), MM_OK);
	assert_int_equal(mm_vfree(m, &who, a), MM_OK);
	assert_int_equal(*next, 0);
	mm_advance(m, 5 * second + 7);
	assert_int_equal(*next, 6 * second);
	mm_vmalloc_info(m, &v);
	assert_int_equal(v.lazy, 0);
	do {
		r = mm_alloc_pages(m, &who, MM_GFP_HIGHUSER_MOVABLE, 0, &pfn);
		assert_true(r == MM_OK || mm_work_due(m, MM_WORK_KSWAPD));
	} while (!mm_work_due(m, MM_WORK_KSWAPD));
	assert_int_equal(*next, 0);
	mm_advance(m, 5 * second + 8);
	assert_int_equal(*next, 6 * second);
	assert_false(mm_work_due(m, MM_WORK_KSWAPD));
	mm_machine_destroy(m);
}

/* A machine that is told the time only when it has asked for it is the same as one
 * that is told always. */
static void test_time_when_asked(void **state)
{
	struct mm_machine *always = boot(1024), *asked = boot(1024);
	static struct slot slot[2][NR_SLOTS];
	uint64_t seed = 5, same, told = 0;

	(void)state;
	memset(slot, 0, sizeof(slot));
	for (uint32_t i = 1; i < 300000; i++) {
		uint32_t k = rnd(&seed) % NR_SLOTS;
		uint64_t now = i * 40000ull;

		who.op = i;
		mm_advance(always, now);
		if (now >= *mm_next_work(asked)) {
			mm_advance(asked, now);
			told++;
		}
		same = seed;
		if (slot[0][k].value)
			release(always, &slot[0][k]);
		else
			obtain(always, &slot[0][k], &seed);
		if (slot[1][k].value)
			release(asked, &slot[1][k]);
		else
			obtain(asked, &slot[1][k], &same);
		assert_int_equal(slot[0][k].value, slot[1][k].value);
		if (i % 30000 == 0)
			assert_memory_equal(mm_events(always), mm_events(asked), MM_NR_EVENTS * sizeof(uint64_t));
	}
	assert_true(told >= 11);	/* seconds */
	assert_true(told < 100000);
	checked(asked);
	mm_machine_destroy(always);
	mm_machine_destroy(asked);
}

static void test_refused_configs(void **state)
{
	struct mm_config c;
	struct mm_error err;

	(void)state;
	mm_config_init(&c);
	c.ram_bytes = 1 << 20;
	assert_null(mm_machine_create(&c, &err));
	assert_non_null(strstr(err.text, "expected 64 MiB to 64 GiB"));
	mm_config_init(&c);
	c.cpus = 33;
	assert_null(mm_machine_create(&c, &err));
	assert_non_null(strstr(err.text, "33 CPUs"));
	mm_config_init(&c);
	c.slab = MM_SLOB;
	assert_null(mm_machine_create(&c, &err));
	assert_non_null(strstr(err.text, "must be SLUB"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_page_addresses),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_determinism),
		cmocka_unit_test(test_full_pkmap_blocks),
		cmocka_unit_test(test_next_work),
		cmocka_unit_test(test_time_when_asked),
		cmocka_unit_test(test_refused_configs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
