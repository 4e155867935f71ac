/* SPDX-License-Identifier: MIT
 * --latency of mmreplay replay: what it writes in each of its modes, that each
 * operation stands there once, and what it answers to anything else. */
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

static const char *in_out(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", out, name);
	return path;
}

static json_t *run_json(void)
{
	json_error_t e;
	json_t *j = json_load_file(in_out("run.json"), 0, &e);

	if (!j)
		fail_msg("run.json: %s", e.text);
	return j;
}

static int access_out(const char *name)
{
	return access(in_out(name), F_OK);
}

/* What latency.csv counts for a kind and a cause; every row is in order. */
static unsigned long long csv_count(const char *kind, const char *cause)
{
	char line[500], k[64], c[64];
	unsigned long long n, sum = 0;
	double v[7];
	FILE *f = fopen(in_out("latency.csv"), "r");

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_string_equal(line, "kind,cause,count,min_ns,mean_ns,p50_ns,p90_ns,p99_ns,p99_9_ns,max_ns\n");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63[^,],%63[^,],%llu,%lf,%lf,%lf,%lf,%lf,%lf,%lf", k, c, &n, &v[0],
			   &v[1], &v[2], &v[3], &v[4], &v[5], &v[6]) != 10)
			fail_msg("latency.csv: %s", line);
		for (int i = 2; i < 6; i++)
			assert_true(v[i] <= v[i + 1]);
		assert_true(v[0] <= v[1] && v[0] <= v[2] && v[1] <= v[6]);
		if (!strcmp(k, kind) && !strcmp(c, cause))
			sum += n;
	}
	fclose(f);
	return sum;
}

static void test_all(void **state)
{
	json_t *j, *l, *by_kind, *row;
	unsigned long long n = 0;
	const char *key;

	(void)state;
	assert_int_equal(MMREPLAY("replay", trace, "-o", out, "--latency", "all")->status, 0);
	j = run_json();
	l = json_object_get(j, "latency");
	assert_string_equal(json_string_value(json_object_get(l, "mode")), "all");
	assert_true(json_number_value(json_object_get(l, "tick_ns")) > 0);
	by_kind = json_object_get(j, "by_kind");
	json_object_foreach(by_kind, key, row) {
		char name[100];

		n += csv_count(key, "all") + csv_count(key, "left_out");
		assert_int_equal(csv_count(key, "all") + csv_count(key, "left_out"),
				 json_integer_value(json_object_get(row, "count")));
		snprintf(name, sizeof(name), "latency/%s.hgrm", key);
		assert_int_equal(access_out(name), 0);
	}
	assert_int_equal(n, SMALL_TRACE_OPS);
	assert_int_equal(access_out("latency/all.hgrm"), 0);
	assert_int_equal(csv_count("vmalloc", "fail"), 1);
	assert_int_equal(csv_count("kunmap", "misuse"), 1);
	assert_int_equal(csv_count("all", "all") + csv_count("all", "left_out"), SMALL_TRACE_OPS);
	json_decref(j);
}

static void test_off(void **state)
{
	json_t *j;

	(void)state;
	assert_int_equal(MMREPLAY("replay", trace, "-o", out, "--latency=off")->status, 0);
	assert_int_not_equal(access_out("latency.csv"), 0);
	assert_int_not_equal(access_out("latency"), 0);
	j = run_json();
	assert_true(json_is_null(json_object_get(j, "latency")));
	json_decref(j);
}

/* Without the option and with a number: a sample. */
static void test_sampled(void **state)
{
	static const struct { const char *option; int every; } as[] = {
		{ "--latency=3", 3 }, { "--json", 128 },
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		json_t *j, *l;

		assert_int_equal(MMREPLAY("replay", trace, "-o", out, as[i].option)->status, 0);
		j = run_json();
		l = json_object_get(j, "latency");
		assert_string_equal(json_string_value(json_object_get(l, "mode")), "sampled");
		assert_int_equal(json_integer_value(json_object_get(l, "every")), as[i].every);
		assert_true(csv_count("all", "all") <= SMALL_TRACE_OPS);
		json_decref(j);
	}
}

static void test_tables(void **state)
{
	struct run *r;

	(void)state;
	r = MMREPLAY("replay", trace, "-o", out, "--latency", "1");
	assert_non_null(strstr(r->out, "host time of"));
	assert_non_null(strstr(r->out, "by cause"));
	r = MMREPLAY("replay", trace, "-o", out, "--latency", "off");
	assert_null(strstr(r->out, "host time of"));
}

static void test_bad(void **state)
{
	static const char *const bad[] = { "", "0", "-1", "some", "1x", "4294967296", "all,off" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct run *r = MMREPLAY("replay", trace, "-o", out, "--latency", bad[i]);

		assert_int_equal(r->status, 2);
		assert_non_null(strstr(r->err, "--latency: found"));
		assert_int_not_equal(access(out, F_OK), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sampled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_tables, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
