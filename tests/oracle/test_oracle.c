/* SPDX-License-Identifier: MIT
 *
 * Operation lists of real kernels against the engine: every decision must agree
 * and every snapshot be equal, run free from the recorded start state.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/verify/verify.h"

/* A bundled list: as many decisions as it is known to have, all right. */
static void check_list(const char *dir, uint64_t decisions, uint64_t snapshots)
{
	const struct verify_options opt = { .check = true };
	struct verify_result res;
	uint64_t all, wrong;
	struct mm_error err;

	if (verify_oracle(dir, &opt, &res, &err))
		fail_msg("%s", err.text);
	assert_string_equal(res.first_mismatch, "");
	verify_totals(&res, VERIFY_FREE, &all, &wrong);
	assert_int_equal(wrong, 0);
	assert_int_equal(all, decisions);
	assert_int_equal(res.row[VERIFY_END_STATE][VERIFY_FREE].matches, 3 * snapshots);
	verify_result_free(&res);
}

static void test_pages_mix(void **state)
{
	(void)state;
	check_list("tests/data/oracle/pages_mix", 134666, 20);
}

static void test_pages_order0(void **state)
{
	(void)state;
	check_list("tests/data/oracle/pages_order0", 100014, 18);
}

static void test_kmap_wrap(void **state)
{
	(void)state;
	check_list("tests/data/oracle/kmap_wrap", 38918, 18);
}

static void test_slab_one(void **state)
{
	(void)state;
	check_list("tests/data/oracle/slab_one", 53188, 50);
}

static void test_vmalloc_churn(void **state)
{
	(void)state;
	check_list("tests/data/oracle/vmalloc_churn", 435832, 23);
}

static void test_kmap_wrap_pae(void **state)
{
	(void)state;
	check_list("tests/data/oracle/kmap_wrap_pae", 24510, 18);
}

/* Recorded without tracing: the counters around each operation as well. */
static void test_pages_pile(void **state)
{
	(void)state;
	check_list("tests/data/oracle/pages_pile.notrace", 144560, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_mix),
		cmocka_unit_test(test_pages_order0),
		cmocka_unit_test(test_kmap_wrap),
		cmocka_unit_test(test_slab_one),
		cmocka_unit_test(test_vmalloc_churn),
		cmocka_unit_test(test_kmap_wrap_pae),
		cmocka_unit_test(test_pages_pile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
