/* SPDX-License-Identifier: MIT
 * The unusable free space index against values computed by hand, and against
 * what a real 6.1 kernel printed (DMA zone of a 2 GiB machine at rest). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/frag.h"

static void real_kernel_dma_at_rest(void **state)
{
	/* 3840 free pages: one block of order 8, one of order 9, three of
	 * order 10.  unusable_index printed 0.066 for order 9, 0.200 for 10. */
	const uint64_t blocks[AN_ORDERS] = { [8] = 1, [9] = 1, [10] = 3 };
	int o;

	(void)state;
	for (o = 0; o <= 8; o++)
		assert_int_equal(frag_unusable(blocks, o), 0);
	assert_int_equal(frag_unusable(blocks, 9), 66);
	assert_int_equal(frag_unusable(blocks, 10), 200);
}

static void by_hand(void **state)
{
	/* 5 + 3*2 + 1*8 = 19 pages */
	const uint64_t blocks[AN_ORDERS] = { 5, 3, 0, 1 };

	(void)state;
	assert_int_equal(frag_unusable(blocks, 0), 0);
	assert_int_equal(frag_unusable(blocks, 1), 263);	/* 5/19 */
	assert_int_equal(frag_unusable(blocks, 2), 578);	/* 11/19 */
	assert_int_equal(frag_unusable(blocks, 3), 578);
	assert_int_equal(frag_unusable(blocks, 4), 1000);
	assert_int_equal(frag_available(blocks, 0), 19);
	assert_int_equal(frag_available(blocks, 1), 7);		/* 3 + 4 */
	assert_int_equal(frag_available(blocks, 2), 2);
	assert_int_equal(frag_available(blocks, 4), 0);
}

static void nothing_free_serves_nothing(void **state)
{
	const uint64_t blocks[AN_ORDERS] = { 0 };

	(void)state;
	assert_int_equal(frag_unusable(blocks, 0), 1000);
	assert_int_equal(frag_unusable(blocks, 10), 1000);
}

/* Four samples of one zone: order 3 goes, comes back. */
static void an_order_over_time(void **state)
{
	uint64_t o0[4] = { 0, 6, 10, 2 }, o3[4] = { 2, 1, 0, 1 }, none[4] = { 0 };
	struct an_timeline t = { .n = 4 };
	struct frag_order f;
	int o;

	(void)state;
	for (o = 0; o < AN_ORDERS; o++)
		t.blocks[1][o] = none;
	t.blocks[1][0] = o0;
	t.blocks[1][3] = o3;
	frag_order(&t, 1, 3, &f);
	assert_int_equal(f.first, 0);
	assert_int_equal(f.worst, 1000);
	assert_int_equal(f.worst_at, 2);
	assert_int_equal(f.last, 200);		/* 2 of 10 pages */
	assert_true(f.gone);
	assert_int_equal(f.gone_at, 2);
	assert_int_equal(f.gone_samples, 1);
	assert_int_equal(f.least_available, 0);
	assert_int_equal(f.last_available, 1);
	assert_int_equal(frag_largest(&t, 1, 1), 3);
	assert_int_equal(frag_largest(&t, 1, 2), 0);
	assert_int_equal(frag_largest(&t, 1, 3), 3);
	frag_order(&t, 1, 0, &f);
	assert_false(f.gone);
	assert_int_equal(f.least_available, 10);
	assert_int_equal(f.least_at, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_kernel_dma_at_rest),
		cmocka_unit_test(by_hand),
		cmocka_unit_test(nothing_free_serves_nothing),
		cmocka_unit_test(an_order_over_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
