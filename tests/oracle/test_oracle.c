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

struct want { enum verify_layer layer; uint64_t decisions; };

/* A bundled list: in each layer named as many decisions as the list is known to
 * have, all of them right, in both modes; and no other layer has a mismatch. */
static void check_list(const char *dir, const struct want *want, uint32_t resyncs)
{
	const struct verify_options opt = { .check = true };
	struct verify_result res;
	struct mm_error err;

	if (verify_oracle(dir, &opt, &res, &err))
		fail_msg("%s", err.text);
	assert_string_equal(res.first_mismatch, "");
	for (int m = 0; m < VERIFY_NR_MODES; m++) {
		uint64_t all, wrong, sum = 0;

		verify_totals(&res, (enum verify_mode)m, &all, &wrong);
		assert_int_equal(wrong, 0);
		for (const struct want *w = want; w->decisions; w++) {
			if (res.row[w->layer][m].decisions != w->decisions)
				fail_msg("%s: %s has %llu decisions, expected %llu", dir,
					 verify_layer_name(w->layer),
					 (unsigned long long)res.row[w->layer][m].decisions,
					 (unsigned long long)w->decisions);
			sum += w->decisions;
		}
		assert_int_equal(all, sum);
		assert_int_equal(res.resyncs[m], resyncs);
	}
	verify_result_free(&res);
}

/* Frame numbers of all orders and zones, refill, drain, steal. */
static void test_pages_mix(void **state)
{
	static const struct want want[] = {
		{ VERIFY_PAGE, 68724 }, { VERIFY_PCP, 30541 }, { VERIFY_STEAL, 28 },
		{ VERIFY_SLAB_OBJECT, 10 }, { VERIFY_ZONE, 67323 }, { VERIFY_OUTCOME, 134656 },
		{ VERIFY_END_STATE, 60 }, { 0 }
	};

	(void)state;
	check_list("tests/data/oracle/pages_mix", want, 0);
}

/* Slots of pkmap and the moments of its flush. */
static void test_kmap_wrap(void **state)
{
	static const struct want want[] = {
		{ VERIFY_PAGE, 3000 }, { VERIFY_PCP, 3339 }, { VERIFY_STEAL, 3 },
		{ VERIFY_SLAB_OBJECT, 3 }, { VERIFY_PKMAP, 16456 }, { VERIFY_PKMAP_FLUSH, 34 },
		{ VERIFY_ZONE, 3000 }, { VERIFY_OUTCOME, 38915 }, { VERIFY_END_STATE, 54 }, { 0 }
	};

	(void)state;
	check_list("tests/data/oracle/kmap_wrap", want, 0);
}

/* 512 slots, three-level page tables. */
static void test_kmap_wrap_pae(void **state)
{
	static const struct want want[] = {
		{ VERIFY_PAGE, 1500 }, { VERIFY_PCP, 1386 }, { VERIFY_STEAL, 1 },
		{ VERIFY_SLAB_OBJECT, 3 }, { VERIFY_PKMAP, 10752 }, { VERIFY_PKMAP_FLUSH, 45 },
		{ VERIFY_ZONE, 1500 }, { VERIFY_OUTCOME, 24507 }, { VERIFY_END_STATE, 54 },
		{ 0 }
	};

	(void)state;
	check_list("tests/data/oracle/kmap_wrap_pae", want, 0);
}

/* Addresses of kmap_local and kmap_atomic, nested. */
static void test_kmap_local(void **state)
{
	static const struct want want[] = {
		{ VERIFY_PAGE, 256 }, { VERIFY_PCP, 126 }, { VERIFY_SLAB_OBJECT, 2 },
		{ VERIFY_PKMAP, 39 }, { VERIFY_KMAP_LOCAL, 20005 }, { VERIFY_ZONE, 256 },
		{ VERIFY_OUTCOME, 40602 }, { VERIFY_END_STATE, 18 }, { 0 }
	};

	(void)state;
	check_list("tests/data/oracle/kmap_local", want, 0);
}

/* Which slab page, which object, the order of partial lists (snapshots). */
static void test_slab_one(void **state)
{
	static const struct want want[] = {
		{ VERIFY_PCP, 1084 }, { VERIFY_STEAL, 6 }, { VERIFY_SLAB_PAGE, 1593 },
		{ VERIFY_SLAB_OBJECT, 26594 }, { VERIFY_OUTCOME, 53179 }, { VERIFY_END_STATE, 150 },
		{ 0 }
	};

	(void)state;
	check_list("tests/data/oracle/slab_one", want, 0);
}

/* Addresses and pages of areas; purges: due, range, what comes back. */
static void test_vmalloc_churn(void **state)
{
	static const struct want want[] = {
		{ VERIFY_SLAB_OBJECT, 13 }, { VERIFY_VMALLOC, 415437 }, { VERIFY_PURGE, 37 },
		{ VERIFY_OUTCOME, 40723 }, { VERIFY_END_STATE, 69 }, { 0 }
	};

	(void)state;
	check_list("tests/data/oracle/vmalloc_churn", want, 0);
}

/* Recorded without tracing: every column of path.csv around each operation. */
static void test_pages_pile(void **state)
{
	static const struct want want[] = {
		{ VERIFY_PAGE, 36140 }, { VERIFY_PCP, 72280 }, { VERIFY_ZONE, 36140 },
		{ VERIFY_OUTCOME, 72280 }, { VERIFY_END_STATE, 36 }, { 0 }
	};

	(void)state;
	check_list("tests/data/oracle/pages_pile.notrace", want, 0);
}
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_mix),
		cmocka_unit_test(test_kmap_wrap),
		cmocka_unit_test(test_slab_one),
		cmocka_unit_test(test_vmalloc_churn),
		cmocka_unit_test(test_kmap_wrap_pae),
		cmocka_unit_test(test_kmap_local),
		cmocka_unit_test(test_pages_pile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
