/* SPDX-License-Identifier: MIT
 *
 * The unmodified compare.py of Debian's libbenchmark-tools on libbench's files
 * and programs, in its three modes: it reads them, pairs the benchmarks by name,
 * and (from 2 repetitions on) tests their difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/bench/toys.h"

#define COMPARE "/usr/bin/python3 /usr/share/benchmark/compare.py --no-color "
#define FLAGS "--benchmark_min_time=0.001 --benchmark_repetitions=9"

static bool have_compare;

static int group_setup(void **state)
{
	(void)state;
	toys_open();
	have_compare = !toys_run(COMPARE "--help")->status;
	if (have_compare) {
		toys_compile_c("tests/bench/toy/edge.c", "edge");
		toys_compile_c("tests/bench/toy/toy.c", "toy");
		assert_int_equal(toys_run("./edge --benchmark_out=a.json && ./edge --benchmark_out=b.json && "
					  "./toy --benchmark_filter='BM_n' " FLAGS " --benchmark_out=n.json")->status, 0);
	}
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	toys_close();
	return 0;
}

static void expect(struct text *t, const char *words)
{
	if (t->status || !strstr(t->out, words))
		fail_msg("status %d, no \"%s\" in\n%s\n%s", t->status, words, t->out, t->err);
}

static void test_benchmarks(void **state)
{
	struct text *t;

	(void)state;
	if (!have_compare)
		skip();
	t = toys_run(COMPARE "benchmarks a.json b.json");
	expect(t, "\nstrange \"name\"\\/iterations:200 ");
	expect(t, "\nslower/iterations:200/manual_time ");
	t = toys_run(COMPARE "benchmarks n.json n.json");
	expect(t, "U Test, Repetitions: 9 vs 9");
	expect(t, "OVERALL_GEOMEAN");
	/* A file and a program; a document of the differences. */
	t = toys_run(COMPARE "-d diff.json benchmarks a.json ./edge && cat diff.json");
	expect(t, "faster/iterations:200/manual_time");
}

static void test_filters(void **state)
{
	struct text *t;

	(void)state;
	if (!have_compare)
		skip();
	t = toys_run(COMPARE "filters b.json faster slower");
	expect(t, "[faster vs. slower]/iterations:200/manual_time ");
	expect(t, "+2.0000 ");
	t = toys_run(COMPARE "filters n.json BM_n/8/ BM_n/64/");
	expect(t, "_pvalue ");
	expect(t, "U Test, Repetitions: 9 vs 9");
	expect(t, "_cv ");
}

static void test_benchmarksfiltered(void **state)
{
	struct text *t;

	(void)state;
	if (!have_compare)
		skip();
	t = toys_run(COMPARE "benchmarksfiltered a.json faster b.json slower");
	expect(t, "[faster vs. slower]/iterations:200/manual_time ");
	t = toys_run(COMPARE "benchmarksfiltered ./toy BM_n/8/ ./toy BM_n/64/ " FLAGS);
	expect(t, "U Test, Repetitions: 9 vs 9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_benchmarks),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_benchmarksfiltered),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
