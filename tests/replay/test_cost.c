/* SPDX-License-Identifier: MIT
 *
 * The cost model on a booted machine: what it counts, that a fast path needs no
 * steps, that its numbers are sane where no list has any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "replay/cost.h"
#include "traces/format/mmt.h"

struct rig { struct mm_machine *m; struct cost_model *c; struct mm_caller who; };

static int make(struct rig *r, bool init, bool pae)
{
	struct mm_config cfg;
	struct mm_error err;

	mm_config_init(&cfg);
	cfg.init_on_alloc = init;
	cfg.pae = pae;
	*r = (struct rig){ .who = { .task = 1 } };
	r->m = mm_machine_create(&cfg, &err);
	r->c = r->m ? cost_new(r->m, NULL, &err) : NULL;
	return r->c ? 0 : -1;
}

static void drop(struct rig *r)
{
	cost_free(r->c);
	mm_machine_destroy(r->m);
}

static uint32_t kmalloc_cost(struct rig *r, uint32_t size, gfp_t gfp, vaddr_t *addr)
{
	struct cost_request q = { .kind = TRACE_KMALLOC, .size = size, .gfp = gfp };

	assert_int_equal(mm_kmalloc(r->m, &r->who, size, gfp, addr), MM_OK);
	r->who.op++;
	return cost_of(r->c, &q);
}

static uint32_t kfree_cost(struct rig *r, vaddr_t addr)
{
	struct cost_request q = { .kind = TRACE_KFREE };

	assert_int_equal(mm_kfree(r->m, &r->who, addr), MM_OK);
	r->who.op++;
	return cost_of(r->c, &q);
}

static uint32_t page_cost(struct rig *r, unsigned int order, gfp_t gfp, pfn_t *pfn)
{
	struct cost_request q = { .kind = TRACE_PAGE_ALLOC, .order = (uint8_t)order, .gfp = gfp };

	assert_int_equal(mm_alloc_pages(r->m, &r->who, gfp, order, pfn), MM_OK);
	r->who.op++;
	q.value = *pfn;
	return cost_of(r->c, &q);
}

/* docs/cost-model.md, "Cycles": published figures are of this size. */
static void test_fast(void **state)
{
	struct cost_request q = { .kind = TRACE_PAGE_FREE };
	struct rig r;
	vaddr_t a, b;
	uint32_t pair, page;
	pfn_t pfn;

	(void)state;
	assert_int_equal(make(&r, false, false), 0);
	kmalloc_cost(&r, 256, MM_GFP_KERNEL, &a);
	pair = kmalloc_cost(&r, 256, MM_GFP_KERNEL, &b);
	pair += kfree_cost(&r, b);
	assert_in_range(pair, 240, 270);	/* measured: 152 + 103 */
	assert_in_range(cost_cycles(pair, 0, 0), 40, 90);
	page_cost(&r, 0, MM_GFP_KERNEL, &pfn);
	page = page_cost(&r, 0, MM_GFP_KERNEL, &pfn);
	assert_int_equal(mm_free_pages(r.m, &r.who, pfn, 0), MM_OK);
	q.value = pfn;
	page += cost_of(r.c, &q);
	assert_in_range(page, 660, 700);	/* measured: 361 + 318 */
	assert_in_range(cost_cycles(page, 0, 0), 190, 240);
	drop(&r);
}

static void test_clearing(void **state)
{
	struct cost_request q = { .kind = TRACE_KMALLOC, .size = 1000, .gfp = MM_GFP_KERNEL };
	struct cost_clearing clear;
	struct rig r;
	vaddr_t a;
	uint32_t with, without;
	pfn_t pfn;

	(void)state;
	assert_int_equal(make(&r, false, false), 0);
	kmalloc_cost(&r, 1000, MM_GFP_KERNEL, &a);
	without = kmalloc_cost(&r, 1000, MM_GFP_KERNEL, &a);
	clear = cost_clearing(r.c, &q);
	assert_int_equal(clear.steps, 0);
	q.gfp |= MM_GFP_ZERO;
	with = kmalloc_cost(&r, 1000, q.gfp, &a);
	clear = cost_clearing(r.c, &q);
	assert_int_equal(clear.steps, 1024);	/* the object, a byte a step */
	assert_int_equal(clear.bytes, 1024);
	assert_in_range(with - without, 1024, 1080);
	drop(&r);

	assert_int_equal(make(&r, true, false), 0);
	page_cost(&r, 3, MM_GFP_KERNEL, &pfn);
	q = (struct cost_request){ .kind = TRACE_PAGE_ALLOC, .order = 3, .gfp = MM_GFP_KERNEL };
	with = page_cost(&r, 3, MM_GFP_KERNEL, &pfn);
	q.value = pfn;
	clear = cost_clearing(r.c, &q);
	assert_int_equal(clear.steps, 8 * 1024);
	assert_int_equal(clear.bytes, 8 * 4096);
	assert_true(with > clear.steps && with < clear.steps + 1200);
	drop(&r);
}

static void test_slow(void **state)
{
	char path[COST_PATH_LEN];
	struct cost_request q = { .kind = TRACE_PAGE_ALLOC, .gfp = MM_GFP_KERNEL };
	uint32_t refill, hit, count[COST_NR];
	struct rig r;
	pfn_t pfn;

	(void)state;
	assert_int_equal(make(&r, false, false), 0);
	mm_drain_all_pages(r.m);
	cost_sync(r.c);
	refill = page_cost(&r, 0, q.gfp, &q.value);
	assert_string_equal(cost_path(r.c, &q, path), "page alloc order 0 refill");
	cost_counts(r.c, &q, count);
	assert_int_equal(count[COST_PAGE_ALLOC], 1);
	assert_int_equal(count[COST_NR_FACTS + MM_STEP_REFILL_BLOCKS], 63);
	hit = page_cost(&r, 0, q.gfp, &pfn);
	assert_string_equal(cost_path(r.c, &q, path), "page alloc order 0 per-CPU hit");
	cost_counts(r.c, &q, count);
	assert_int_equal(count[COST_NR_FACTS + MM_STEP_REFILL_BLOCKS], 0);
	assert_true(refill > 10 * hit);
	mm_drain_all_pages(r.m);
	cost_sync(r.c);		/* not the next operation's */
	q.kind = TRACE_KFREE;
	assert_in_range(cost_of(r.c, &q), 100, 106);
	drop(&r);
}

/* Kinds that no recorded list has: positive, and growing with the pages. */
static void test_areas(void **state)
{
	struct cost_request q = { .kind = TRACE_IOREMAP };
	struct rig r, pae;
	uint32_t one, many, pae_one;
	vaddr_t addr;

	(void)state;
	assert_int_equal(make(&r, true, false), 0);
	assert_int_equal(make(&pae, true, true), 0);
	for (int i = 0; i < 9; i++)	/* page tables, slabs */
		mm_ioremap(r.m, &r.who, 0xf0000000, 4096, &addr);
	cost_sync(r.c);
	assert_int_equal(mm_ioremap(r.m, &r.who, 0xf0000000, 4096, &addr), MM_OK);
	one = cost_of(r.c, &q);
	assert_int_equal(mm_ioremap(r.m, &r.who, 0xf0000000, 101 * 4096, &addr), MM_OK);
	many = cost_of(r.c, &q);
	assert_in_range(one, 500, 6000);
	assert_in_range(many - one, 1000, 3000);
	q.kind = TRACE_IOUNMAP;
	assert_int_equal(mm_iounmap(r.m, &r.who, addr), MM_OK);
	assert_in_range(cost_of(r.c, &q), 1000, 5000);
	q = (struct cost_request){ .kind = TRACE_PAGE_ALLOC, .gfp = MM_GFP_HIGHUSER };
	page_cost(&r, 0, q.gfp, &q.value);
	one = page_cost(&r, 0, q.gfp, &q.value);
	page_cost(&pae, 0, q.gfp, &q.value);
	pae_one = page_cost(&pae, 0, q.gfp, &q.value);
	assert_in_range(pae_one, one, one + 100);	/* mapping it takes more with PAE */
	drop(&r);
	drop(&pae);
}

static void test_names(void **state)
{
	uint32_t negative = 0;

	(void)state;
	for (unsigned int i = 0; i < COST_NR; i++) {
		assert_true(*cost_name(i) && *cost_text(i));
		negative += cost_table[i] < 0;
		assert_true(cost_table[i] + cost_table_pae[i] >= 0);
	}
	assert_int_equal(negative, 0);	/* no path can cost less than nothing */
	assert_string_equal(cost_name(COST_KMALLOC), "KMALLOC");
	assert_string_equal(cost_name(COST_NR_FACTS + MM_STEP_SPLIT), "SPLIT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fast), cmocka_unit_test(test_clearing),
		cmocka_unit_test(test_slow), cmocka_unit_test(test_areas),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
