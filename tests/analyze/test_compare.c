/* SPDX-License-Identifier: MIT
 *
 * Comparing runs: what differs in their configuration and nothing else, values
 * beside each other with null where a run has none, overhead from the timelines,
 * runs of different traces, the page with its charts.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/compare.h"
#include "plots/compare.h"
#include "replay/run.h"
#include "tests/replay/trace_help.h"

static char *dir;
static char path_sim[300], path_small[300], path_jemalloc[300], path_libc[300], path_sampled[300], path_other[300];

static void write_trace(struct tt *t, const char *name, uint32_t n)
{
	uint32_t i;

	tt_open(t, dir, name);
	for (i = 0; i < n; i++) {
		t->time += 50000;
		TT(t, TRACE_PAGE_ALLOC, i, .order = i % 3, .gfp = MM_GFP_KERNEL);
		TT(t, TRACE_KMALLOC, n + i, .size = 100, .gfp = MM_GFP_KERNEL);
		if (i % 2)
			TT(t, TRACE_KFREE, n + i);
	}
	TT(t, TRACE_VMALLOC, 2 * n, .size = 300u << 20, .gfp = MM_GFP_KERNEL); /* fails on a machine */
	tt_close(t);
}

static void replay(char *out, const char *name, const struct run_options *of)
{
	struct run_options o = *of;
	struct run_result r;
	struct mm_error err;

	snprintf(out, 300, "%s/%s", dir, name);
	o.out = out;
	o.timeline.samples = 40;
	if (run_replay(&o, &r, &err))
		fail_msg("%s", err.text);
	run_result_free(&r);
}

static int set_up(void **state)
{
	struct tt t, other;

	(void)state;
	dir = tt_mkdir();
	write_trace(&t, "t.mmt", 1000);
	write_trace(&other, "other.mmt", 10);
	replay(path_sim, "sim", &(struct run_options){ .trace = t.path, .machine = "x86_32-1g",
						       .latency_every = 1, .cost = true });
	replay(path_small, "small", &(struct run_options){ .trace = t.path, .machine = "x86_32-512m",
							   .seed_set = true, .seed = 9 });
	replay(path_jemalloc, "jemalloc", &(struct run_options){ .trace = t.path, .backend = "jemalloc",
								 .latency_every = 1 });
	replay(path_libc, "libc", &(struct run_options){ .trace = t.path, .backend = "libc", .touch = true });
	replay(path_sampled, "sampled", &(struct run_options){ .trace = t.path, .backend = "libc", .latency_every = 64 });
	replay(path_other, "other", &(struct run_options){ .trace = other.path, .latency_every = 1, .cost = true });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tt_rmdir(dir);
	return 0;
}

static void load(struct an_compare *c, char *const *dirs, size_t n, bool force)
{
	struct mm_error err;

	if (an_compare_load(c, dirs, n, force, &err))
		fail_msg("%s", err.text);
}

static const json_t *row(const struct an_compare *c, const char *section, const char *key)
{
	const json_t *rows = an_compare_rows(c, section);
	size_t i;

	for (i = 0; i < json_array_size(rows); i++)
		if (!strcmp(json_string_value(json_object_get(json_array_get(rows, i), "key")), key))
			return json_array_get(rows, i);
	return NULL;
}

static const json_t *value(const struct an_compare *c, const char *section, const char *key, size_t run)
{
	const json_t *r = row(c, section, key);

	if (!r)
		fail_msg("no row %s in %s", key, section);
	assert_int_equal(json_array_size(json_object_get(r, "values")), c->n);
	return json_array_get(json_object_get(r, "values"), run);
}

static void test_same_configuration_has_no_differences(void **state)
{
	char *dirs[] = { path_sim, path_sim };
	struct an_compare c;

	(void)state;
	load(&c, dirs, 2, false);
	assert_int_equal(json_array_size(an_compare_rows(&c, "configuration")), 0);
	assert_string_equal(c.name[0], "sim");
	assert_string_equal(c.name[1], "sim (2)");
	assert_true(json_equal((json_t *)value(&c, "memory", "resident_peak", 0),
			       (json_t *)value(&c, "memory", "resident_peak", 1)));
	an_compare_free(&c);
}

static void test_machines(void **state)
{
	char *dirs[] = { path_sim, path_small };
	struct an_compare c;
	char cell[COMPARE_CELL];

	(void)state;
	load(&c, dirs, 2, false);
	assert_int_equal(json_integer_value(value(&c, "configuration", "machine/seed", 1)), 9);
	assert_string_equal(json_string_value(value(&c, "configuration", "machine/name", 0)), "x86_32-1g");
	assert_non_null(row(&c, "configuration", "machine/zones/Normal/managed"));
	assert_null(row(&c, "configuration", "machine/zones/Normal/free"));
	assert_null(row(&c, "configuration", "machine/cpus"));
	assert_null(row(&c, "configuration", "backend"));
	/* 512 MiB has no HighMem. */
	assert_true(json_is_null(value(&c, "free_memory", "high_free_end", 1)));
	assert_string_equal(an_compare_cell(cell, row(&c, "free_memory", "high_free_end"), 1), "-");
	assert_true(json_integer_value(value(&c, "free_memory", "high_free_end", 0)) > 0);
	assert_int_equal(json_integer_value(value(&c, "totals", "failures", 0)), 1);
	an_compare_free(&c);
}

static void test_backends(void **state)
{
	char *dirs[] = { path_sim, path_jemalloc, path_libc };
	struct an_compare c;
	size_t i;

	(void)state;
	load(&c, dirs, 3, false);
	assert_string_equal(json_string_value(value(&c, "configuration", "backend", 1)), "jemalloc");
	assert_null(row(&c, "configuration", "machine/name"));
	assert_true(json_is_true(value(&c, "configuration", "allocator/touch", 2)));
	/* The host has room for what the machine's vmalloc area has not. */
	assert_int_equal(json_integer_value(value(&c, "totals", "failures", 2)), 0);
	for (i = 0; i < 3; i++)
		assert_true(json_integer_value(value(&c, "memory", "requested_peak", i)) > 9000000);
	assert_true(json_real_value(value(&c, "memory", "overhead_mean", 0)) >= 0);
	assert_true(json_is_object(value(&c, "latency", "page_alloc", 0)));
	assert_true(json_is_object(value(&c, "latency", "page_alloc", 1)));
	assert_true(json_is_null(value(&c, "latency", "page_alloc", 2)));
	an_compare_free(&c);
}

/* Runs of which one measured more: a warning each, and the modes as configuration. */
static void test_measured_differently(void **state)
{
	char *dirs[] = { path_sim, path_jemalloc, path_libc, path_sampled }, *same[] = { path_libc, path_small };
	const json_t *warnings;
	struct an_compare c;

	(void)state;
	load(&c, dirs, 4, false);
	warnings = json_object_get(c.json, "warnings");
	assert_int_equal(json_array_size(warnings), 3);
	assert_non_null(strstr(json_string_value(json_array_get(warnings, 0)), "was run with --cost"));
	assert_non_null(strstr(json_string_value(json_array_get(warnings, 1)), "one operation in 1 and in 0"));
	assert_non_null(strstr(json_string_value(json_array_get(warnings, 2)), "one operation in 1 and in 64"));
	assert_string_equal(json_string_value(value(&c, "configuration", "latency/mode", 0)), "all");
	assert_string_equal(json_string_value(value(&c, "configuration", "latency/mode", 3)), "sampled");
	assert_int_equal(json_integer_value(value(&c, "configuration", "latency/every", 3)), 64);
	an_compare_free(&c);
	load(&c, same, 2, false);
	assert_int_equal(json_array_size(json_object_get(c.json, "warnings")), 0);
	an_compare_free(&c);
}

/* Totals and distributions where a run has them; the smaller machine's has none. */
static void test_cost(void **state)
{
	char *dirs[] = { path_small, path_sim };
	char cell[COMPARE_CELL];
	const json_t *kmalloc;
	struct an_compare c;

	(void)state;
	load(&c, dirs, 2, false);
	assert_true(json_is_null(value(&c, "cost", "instructions", 0)));
	assert_true(json_integer_value(value(&c, "cost", "instructions", 1)) > 1000 * 100);
	kmalloc = value(&c, "cost_kinds", "kmalloc", 1);
	assert_int_equal(json_integer_value(json_object_get(kmalloc, "count")), 1000);
	assert_string_equal(an_compare_cell(cell, row(&c, "cost_kinds", "kmalloc"), 0), "-");
	assert_non_null(strstr(an_compare_cell(cell, row(&c, "cost_causes", "fast"), 1), " / "));
	an_compare_free(&c);
}

/* The overhead is what the samples say, computed here once more. */
static void test_overhead(void **state)
{
	char *dirs[] = { path_sim, path_jemalloc };
	struct an_compare c;
	size_t run, i;

	(void)state;
	load(&c, dirs, 2, false);
	for (run = 0; run < 2; run++) {
		const struct an_timeline *t = &c.run[run]->tl;
		double held = 0, asked = 0;

		for (i = 0; i < t->n; i++) {
			held += (double)t->v[TL_resident_bytes][i];
			asked += (double)t->v[TL_requested_bytes][i];
		}
		assert_true(asked > 0);
		assert_true(fabs(json_real_value(value(&c, "memory", "overhead_mean", run)) -
				 (held / asked - 1) * 100) < 1e-6);
	}
	an_compare_free(&c);
}

static void test_other_traces(void **state)
{
	char *dirs[] = { path_sim, path_other }, *one[] = { path_sim };
	struct an_compare c;
	struct mm_error err;

	(void)state;
	assert_int_equal(an_compare_load(&c, dirs, 2, false, &err), -22);
	assert_non_null(strstr(err.text, "expected runs of one trace"));
	assert_int_equal(an_compare_load(&c, one, 1, false, &err), -22);
	load(&c, dirs, 2, true);
	assert_int_equal(json_array_size(json_object_get(c.json, "warnings")), 1);
	an_compare_free(&c);
}

static void test_page(void **state)
{
	char *dirs[] = { path_sim, path_jemalloc, path_libc }, *hosts[] = { path_jemalloc, path_libc }, out[300];
	struct an_compare c;
	struct mm_error err;
	char *page;

	(void)state;
	load(&c, dirs, 3, false);
	snprintf(out, sizeof(out), "%s/cmp", dir);
	if (plots_compare(&c, out, &err))
		fail_msg("%s", err.text);
	an_compare_free(&c);
	page = tt_slurp(dir, "cmp/compare.html");
	assert_non_null(strstr(page, "id=\"chart-compare-free\""));
	assert_non_null(strstr(page, "Memory held for what was asked for"));
	free(page);
	free(tt_slurp(dir, "cmp/compare-latency.png"));

	/* No machine: no chart of its zones. */
	load(&c, hosts, 2, false);
	snprintf(out, sizeof(out), "%s/hosts", dir);
	if (plots_compare(&c, out, &err))
		fail_msg("%s", err.text);
	an_compare_free(&c);
	page = tt_slurp(dir, "hosts/compare.html");
	assert_null(strstr(page, "id=\"chart-compare-free\""));
	assert_non_null(strstr(page, "id=\"chart-compare-memory\""));
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_configuration_has_no_differences),
		cmocka_unit_test(test_machines),
		cmocka_unit_test(test_backends),
		cmocka_unit_test(test_measured_differently),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_overhead),
		cmocka_unit_test(test_other_traces),
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
