/* SPDX-License-Identifier: MIT
 *
 * The cost model against a kernel's instruction counts: two bundled lists (the
 * first operations of recorded ones) meet the goal, a constant for each kind
 * does not; what the sheet counts; what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyze/verify/cost.h"
#include "analyze/verify/verify.h"

#define DATA "tests/data/oracle/"

static void run(const char *dir, FILE *features, struct verify_result *r)
{
	struct verify_options opt = { .cost = true, .features = features };
	struct mm_error err;

	if (verify_folder(dir, &opt, r, &err))
		fail_msg("%s", err.text);
}

static const struct cost_row *row_of(const struct cost_row *row, uint32_t nr, const char *path)
{
	for (uint32_t i = 0; i < nr; i++)
		if (!strcmp(row[i].path, path))
			return &row[i];
	fail_msg("no path %s", path);
	return NULL;
}

static void test_list(const char *dir, uint64_t operations)
{
	const struct cost_row *row, *bad;
	struct verify_result r;
	uint64_t sum = 0;
	uint32_t nr;

	run(dir, NULL, &r);
	row = cost_sheet_rows(r.cost, &nr);
	bad = cost_rows_bad(row, nr);
	if (bad)
		fail_msg("%s: %s: total %.4f median %.4f p90 %.4f", dir, bad->path,
			 bad->total_error, bad->median_error, bad->p90_error);
	assert_string_equal(row[0].path, "all");
	assert_int_equal(row[0].operations + cost_sheet_nr_left_out(r.cost), operations);
	for (uint32_t i = 1; i < nr; i++)
		sum += row[i].measured;
	assert_int_equal(sum, row[0].measured);
	assert_true(row_of(row, nr, "page alloc order 0 per-CPU hit")->operations > 100);
	assert_true(row_of(row, nr, "kfree CPU hit")->p90_error < 0.001);
	verify_result_free(&r);
}

static void test_lists(void **state)
{
	(void)state;
	test_list(DATA "mixed.notrace", 3999);
	test_list(DATA "zero_mix.noinit.notrace", 2496);
}

/* One number for each kind of operation, the best there is for its total: its mean. */
struct kind { char name[32]; uint64_t sum, nr; };

static struct kind *kind_at(struct kind *k, const char *name)
{
	while (*k->name && strcmp(k->name, name))
		k++;
	snprintf(k->name, sizeof(k->name), "%s", name);
	return k;
}

static void test_constant_fails(void **state)
{
	char line[4096], kind[32], path[64];
	struct kind kinds[40] = { 0 };
	struct cost_sheet *s = cost_sheet_new();
	const struct cost_row *row;
	struct verify_result r;
	uint32_t cost, nr;
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	assert_non_null(s);
	run(DATA "zero_mix.noinit.notrace", f, &r);
	verify_result_free(&r);
	for (int pass = 0; pass < 2; pass++) {
		rewind(f);
		assert_non_null(fgets(line, sizeof(line), f));
		assert_memory_equal(line, "operation,traced,pae,kind,path,measured,modelled,PAGE_ALLOC,", 60);
		while (fgets(line, sizeof(line), f)) {
			struct kind *k;

			assert_int_equal(sscanf(line, "%*u,0,0,%31[^,],%63[^,],%u,", kind, path, &cost), 3);
			k = kind_at(kinds, kind);
			if (!pass) {
				k->sum += cost;
				k->nr++;
			} else {
				cost_sheet_add(s, path, cost, (uint32_t)(k->sum / k->nr));
			}
		}
	}
	row = cost_sheet_rows(s, &nr);
	assert_true(row[0].operations > 2000);
	assert_true(row[0].total_error > -0.001 && row[0].total_error < 0.001);
	assert_ptr_equal(cost_rows_bad(row, nr), row);	/* its 90th percentile */
	assert_true(row[0].p90_error > 0.5);
	cost_sheet_free(s);
	fclose(f);
}

static void test_sheet(void **state)
{
	struct cost_sheet *s = cost_sheet_new();
	const struct cost_row *row;
	uint32_t nr;

	(void)state;
	cost_sheet_rows(s, &nr);
	assert_int_equal(nr, 0);
	for (uint32_t i = 0; i < 9; i++)
		assert_int_equal(cost_sheet_add(s, "b", 100, 100 + i), 0);
	assert_int_equal(cost_sheet_add(s, "b", 100, 50), 0);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(cost_sheet_add(s, "a", 1000, 1000), 0);
	row = cost_sheet_rows(s, &nr);
	assert_int_equal(nr, 3);
	assert_string_equal(row[0].path, "all");
	assert_string_equal(row[1].path, "a");
	assert_int_equal(row[1].median_error, 0);
	assert_float_equal(row[2].median_error, 0.04, 1e-9);
	assert_float_equal(row[2].p90_error, 0.08, 1e-9);
	assert_float_equal(row[2].total_error, -0.014, 1e-9);
	assert_null(cost_rows_bad(row, nr));
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(cost_sheet_add(s, "c", 1, 2), 0);
	row = cost_sheet_rows(s, &nr);
	assert_ptr_equal(cost_rows_bad(row, nr), row);	/* a third of all is 100 % off */
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(cost_sheet_add(s, "a", 1000, 1000), 0);
	row = cost_sheet_rows(s, &nr);
	assert_string_equal(cost_rows_bad(row, nr)->path, "c");
	cost_sheet_free(s);
}

static void test_refused(void **state)
{
	struct verify_options opt = { .cost = true };
	struct verify_result r;
	struct mm_error err;

	(void)state;
	assert_int_not_equal(verify_folder(DATA "kmap_local", &opt, &r, &err), 0);
	assert_non_null(strstr(err.text, "untraced list"));
	/* without the column cycles */
	assert_int_not_equal(verify_folder(DATA "pages_pile.notrace", &opt, &r, &err), 0);
	assert_non_null(strstr(err.text, "cycles"));
	assert_int_not_equal(verify_folder(DATA "const-686-512", &opt, &r, &err), 0);
	assert_non_null(strstr(err.text, "operation list"));
}

static void test_fit(void **state)
{
	char dir[] = "/tmp/mmreplay-fit-XXXXXX", cmd[1000], line[200];
	const char *mmreplay = getenv("MMREPLAY");
	bool kfree = false;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_non_null(mmreplay);
	for (int i = 0; i < 2; i++) {
		const char *list = i ? "mixed.notrace" : "zero_mix.noinit.notrace";

		snprintf(cmd, sizeof(cmd), "%s verify " DATA "%s --features %s/%s.csv >/dev/null",
			 mmreplay, list, dir, list);
		assert_int_equal(system(cmd), 0);
	}
	snprintf(cmd, sizeof(cmd), "scripts/fit-cost.py --table %s/t.c %s/*.csv >%s/out 2>&1", dir, dir, dir);
	assert_int_equal(system(cmd), 0);
	snprintf(cmd, sizeof(cmd), "%s/t.c", dir);
	f = fopen(cmd, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))	/* 103 instructions, in parts of 256 */
		kfree |= strstr(line, "[COST_KFREE] = 26368,") != NULL;
	fclose(f);
	assert_true(kfree);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	assert_int_equal(system(cmd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists), cmocka_unit_test(test_constant_fails),
		cmocka_unit_test(test_sheet), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
