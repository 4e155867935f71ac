/* SPDX-License-Identifier: MIT
 * --cost of mmreplay replay: what it writes, that it is the same in every run and
 * whatever else is measured, and that a host allocator has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "tests/cli/run_cmd.h"
#include "tests/cli/small_trace.h"

static char dir[64], trace[100], out[100];

static int set_up(void **state)
{
	(void)state;
	run_make_dir(dir);
	snprintf(trace, sizeof(trace), "%s/small.mmt", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	small_trace_write(trace);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_rm_dir(dir);
	return 0;
}

static char *slurp(const char *name)
{
	char path[200], *text = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", out, name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s is missing", path);
	if (getdelim(&text, &size, 0, f) < 0)
		fail_msg("%s is empty", path);
	fclose(f);
	return text;
}

static json_t *cost(void)
{
	char *text = slurp("run.json");
	json_t *j = json_loads(text, 0, NULL), *c = json_incref(json_object_get(j, "cost"));

	free(text);
	json_decref(j);
	return c;
}

static json_int_t number(const json_t *o, const char *key)
{
	assert_true(json_is_integer(json_object_get(o, key)));
	return json_integer_value(json_object_get(o, key));
}

/* Kinds add up to all; the files are there; the numbers are those of requests. */
static void test_what_it_writes(void **state)
{
	static const char head[] = "kind,cause,count,min_instructions,mean_instructions,p50_instructions,"
				   "p90_instructions,p99_instructions,p99_9_instructions,max_instructions\nall,all,";
	json_int_t count = 0, instructions = 0;
	json_t *c, *kinds, *row;
	const char *key;
	char *csv, *hgrm;
	struct run *r;

	(void)state;
	r = MMREPLAY("replay", trace, "-o", out, "--cost");
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "modelled instructions of"));
	csv = slurp("cost.csv");
	assert_memory_equal(csv, head, sizeof(head) - 1);
	c = cost();
	kinds = json_object_get(c, "by_kind");
	json_object_foreach(kinds, key, row) {
		if (!strcmp(key, "all"))
			continue;
		count += number(row, "count");
		instructions += number(row, "instructions");
		assert_in_range(number(row, "cycles"), number(row, "instructions") / 100, number(row, "instructions"));
	}
	row = json_object_get(kinds, "all");
	assert_int_equal(number(row, "count"), count);
	assert_in_range(count, 8, SMALL_TRACE_OPS);
	assert_int_equal(number(c, "instructions"), instructions);
	assert_int_equal(number(row, "instructions"), instructions);
	assert_true(number(json_object_get(kinds, "page_alloc"), "instructions") > 100);
	hgrm = slurp("cost/all.hgrm");
	assert_non_null(strstr(hgrm, "1/(1-Percentile)"));
	json_decref(c);
	free(csv);
	free(hgrm);
}

/* Neither measuring nor sampling nor the steps of the replay change it. */
static void test_same_bytes(void **state)
{
	static const char *const ways[][2] = {
		{ "--latency=off", "--cost" }, { "--latency=all", "--check=1" },
		{ "--latency=2", "--sample=3" }, { "--json", "--cost" },
	};
	json_t *first = NULL;
	char *csv = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		json_t *c;
		char *text;

		assert_int_equal(MMREPLAY("replay", trace, "-o", out, "--cost", ways[i][0], ways[i][1])->status, 0);
		c = cost();
		text = slurp("cost.csv");
		if (!first) {
			first = json_incref(c);
			csv = strdup(text);
		}
		assert_true(json_equal(c, first));
		assert_string_equal(text, csv);
		free(text);
		json_decref(c);
	}
	free(csv);
	json_decref(first);
}

static void test_without(void **state)
{
	char path[200];
	json_t *c;

	(void)state;
	assert_int_equal(MMREPLAY("replay", trace, "-o", out)->status, 0);
	c = cost();
	assert_true(json_is_null(c));
	json_decref(c);
	snprintf(path, sizeof(path), "%s/cost.csv", out);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void test_host_allocator(void **state)
{
	struct run *r = MMREPLAY("replay", trace, "-o", out, "--cost", "--backend", "libc");

	(void)state;
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, "--cost: found backend libc, expected sim"));
	assert_int_not_equal(access(out, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_it_writes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_same_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_host_allocator, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
