/* SPDX-License-Identifier: MIT
 *
 * scripts/run-benches.sh and bench_json: what `make bench` and `make
 * bench-compare` do, with the toys as benchmark programs.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/libbench/internal.h"
#include "tests/bench/toys.h"

static char run_benches[4200], bench_json[4300];

static int group_setup(void **state)
{
	char top[4096];
	const char *binary = getenv("MMREPLAY");

	(void)state;
	toys_open();
	assert_non_null(getcwd(top, sizeof(top)));
	binary = binary ? binary : "build/mmreplay";
	snprintf(bench_json, sizeof(bench_json), "%s/%.*s/bench/tools/bench_json", *binary == '/' ? "" : top,
		 (int)(strrchr(binary, '/') - binary), binary);
	snprintf(run_benches, sizeof(run_benches), "%s/scripts/run-benches.sh", top);
	toys_compile_c("tests/bench/toy/toy.c", "toy");
	toys_compile_c("tests/bench/toy/edge.c", "edge");
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	toys_close();
	return 0;
}

static void test_run_benches(void **state)
{
	struct text *t = toys_run("%s %s 'BM_n/|slower' all.json ./toy ./edge", run_benches, bench_json);
	json_t *doc, *list;

	(void)state;
	assert_int_equal(t->status, 0);
	assert_true(strstr(t->out, "BM_n/8/iterations:50") != NULL);
	doc = toys_json(toys_run("cat all.json")->out);
	list = json_object_get(doc, "benchmarks");
	/* BM_n/8, BM_n/64, BigO, RMS; slower, of a further family. */
	assert_int_equal(json_array_size(list), 5);
	assert_true(toys_number(toys_benchmark(doc, "BM_n/8/iterations:50"), "family_index") == 0);
	assert_true(toys_number(toys_benchmark(doc, "slower/iterations:200/manual_time"), "family_index") == 1);
	assert_string_equal(json_string_value(json_object_get(json_object_get(doc, "context"), "executable")),
			    "./toy ./edge");
	json_decref(doc);
	/* Of a program without a match nothing is run. */
	t = toys_run("%s %s slower one.json ./toy ./edge", run_benches, bench_json);
	assert_int_equal(t->status, 0);
	assert_null(strstr(t->err, "Running ./toy"));
	doc = toys_json(toys_run("cat one.json")->out);
	assert_int_equal(json_array_size(json_object_get(doc, "benchmarks")), 1);
	json_decref(doc);
	/* No file asked for: none made. */
	t = toys_run("mkdir e && cd e && %s %s slower '' ../edge && ls | wc -l", run_benches, bench_json);
	assert_int_equal(t->status, 0);
	assert_true(strstr(t->out, "\n0\n") != NULL);
}

static void test_run_benches_fails(void **state)
{
	struct text *t = toys_run("%s %s nothing_of_that none.json ./toy ./edge", run_benches, bench_json);

	(void)state;
	assert_int_equal(t->status, 1);
	assert_true(strstr(t->err, "no benchmark matches 'nothing_of_that'") != NULL);
	assert_int_equal(toys_run("test -e none.json")->status, 1);
	t = toys_run("%s %s 'a(' none.json ./toy ./edge", run_benches, bench_json);
	assert_int_equal(t->status, 1);
	assert_true(strstr(t->err, "Could not compile") != NULL);
	t = toys_run("printf '#!/bin/sh\\n[ $1 = --benchmark_list_tests ] && echo x && exit\\nexit 3\\n' >bad; "
		     "chmod +x bad; %s %s x none.json ./bad", run_benches, bench_json);
	assert_int_equal(t->status, 1);
	assert_true(strstr(t->err, "./bad: failed") != NULL);
	t = toys_run("%s %s slower /nowhere/at/all.json ./edge", run_benches, bench_json);
	assert_int_equal(t->status, 1);
}

/* Results of a benchmark `name` with these times, as a document's rows. */
static char *rows(char *to, const char *name, const char *unit, size_t n, const double *ns)
{
	size_t i;

	for (i = 0; i < n; i++)
		to += sprintf(to, "%s{\"name\": \"%s\", \"run_type\": \"iteration\", \"real_time\": %g, "
			      "\"cpu_time\": %g, \"time_unit\": \"%s\"}", to[-1] == '[' ? "" : ",\n", name,
			      ns[i], ns[i] / 2, unit);
	return to;
}

#define ROWS(to, name, unit, ...) \
	rows(to, name, unit, sizeof((double[]){ __VA_ARGS__ }) / sizeof(double), (const double[]){ __VA_ARGS__ })

static void write_document(const char *file, char *text, char *end)
{
	strcpy(end, "]}\n");
	toys_file(file, text);
}

static void test_compare(void **state)
{
	char text[8000] = "{\"context\": {}, \"benchmarks\": [", *at = text + strlen(text), *end;
	struct text *t;

	(void)state;
	end = ROWS(at, "twice", "ns", 100, 101, 102, 103, 104);
	end = ROWS(end, "noise", "us", 1, 3, 5, 7, 9);
	end = ROWS(end, "once", "ns", 10);
	end = ROWS(end, "gone", "ns", 1);
	end += sprintf(end, ",{\"name\": \"twice_mean\", \"run_type\": \"aggregate\", \"real_time\": 1, \"cpu_time\": 1, "
		       "\"time_unit\": \"ns\"}");
	write_document("old.json", text, end);
	end = ROWS(at, "once", "ns", 5);
	end = ROWS(end, "twice", "us", 0.2, 0.203, 0.205, 0.206, 0.207);
	end = ROWS(end, "noise", "us", 2, 4, 6, 8, 10);
	end = ROWS(end, "added", "ns", 1);
	write_document("new.json", text, end);

	t = toys_run("%s compare old.json new.json | tr -s ' '", bench_json);
	assert_int_equal(t->status, 0);
	assert_true(strstr(t->out, "\ntwice 102ns 205ns 2.010 0.0079 slower 51ns 102.5ns 2.010 0.0079 slower\n") != NULL);
	assert_true(strstr(t->out, "\nnoise 5us 6us 1.200 0.6905 same ") != NULL);
	assert_true(strstr(t->out, "\nonce 10ns 5ns 0.500 - 5ns 2.5ns 0.500 - ") != NULL);
	assert_true(strstr(t->out, "geometric mean of new/old: time 1.064, CPU 1.064\n") != NULL);
	assert_true(strstr(t->out, "gone: only in old.json\nadded: only in new.json\n") != NULL);
	assert_null(strstr(t->out, "twice_mean"));
	assert_true(strstr(toys_run("%s compare new.json old.json", bench_json)->out, "faster") != NULL);
}

static void test_compare_bad(void **state)
{
	(void)state;
	toys_file("no.json", "{\"context\": {}}");
	toys_file("empty.json", "{\"context\": {}, \"benchmarks\": []}");
	toys_file("broken.json", "{\"context\": ");
	assert_int_equal(toys_run("%s compare no.json no.json", bench_json)->status, 2);
	assert_int_equal(toys_run("%s compare empty.json empty.json", bench_json)->status, 2);
	assert_int_equal(toys_run("%s compare broken.json empty.json", bench_json)->status, 2);
	assert_int_equal(toys_run("%s compare absent.json empty.json", bench_json)->status, 2);
	assert_int_equal(toys_run("%s compare '' ''", bench_json)->status, 2);
	assert_int_equal(toys_run("%s merge out.json empty.json no.json", bench_json)->status, 2);
}

/* Against tables of the exact distribution, and the definition by brute force. */
static void test_mann_whitney(void **state)
{
	static const double a[] = { 1, 2, 3 }, b[] = { 4, 5, 6 }, c[] = { 1, 3, 5 }, d[] = { 2, 4, 6, 7 };
	static const double same[] = { 5, 5, 5, 5 };
	double low[9], high[9], big[60], bigger[60];
	int i;

	(void)state;
	for (i = 0; i < 9; i++) {
		low[i] = i;
		high[i] = 100 + i;
	}
	for (i = 0; i < 60; i++) {
		big[i] = i;
		bigger[i] = i + 0.5;
	}
	/* 2 / C(6, 3), 2 / C(18, 9): complete separation. */
	assert_true(fabs(stat_mann_whitney(a, 3, b, 3) - 2.0 / 20) < 1e-12);
	assert_true(fabs(stat_mann_whitney(low, 9, high, 9) - 2.0 / 48620) < 1e-12);
	/* U = 3 of 12: 7 of the 35 orders have no more. */
	assert_true(fabs(stat_mann_whitney(c, 3, d, 4) - 14.0 / 35) < 1e-12);
	assert_true(stat_mann_whitney(d, 4, c, 3) == stat_mann_whitney(c, 3, d, 4));
	assert_true(stat_mann_whitney(same, 4, same, 4) == 1);
	assert_true(stat_mann_whitney(a, 3, a, 0) == 1);
	/* Normal approximation: U = 1770, sigma^2 = 60 * 60 * 121 / 12. */
	assert_true(fabs(stat_mann_whitney(big, 60, bigger, 60) - erfc(29.5 / sqrt(36300) / sqrt(2))) < 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_benches),
		cmocka_unit_test(test_run_benches_fails),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_compare_bad),
		cmocka_unit_test(test_mann_whitney),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
