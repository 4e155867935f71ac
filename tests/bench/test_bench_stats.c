/* SPDX-License-Identifier: MIT
 *
 * libbench's numbers, part by part: aggregates, fits, counters, ranges, and how
 * numbers are written for people.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bench/libbench/internal.h"

static void near(double a, double b)
{
	if (!(fabs(a - b) <= 1e-12 * (1 + fabs(b))))
		fail_msg("%.17g, expected %.17g", a, b);
}

static void test_aggregates(void **state)
{
	static const double v[] = { 4, 1, 3, 2, 10 }, same[] = { 0.1, 0.1, 0.1 };
	/* Naive sums of squares lose these. */
	static const double far[] = { 1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16 };

	(void)state;
	near(stat_mean(v, 5), 4);
	near(stat_median(v, 5), 3);
	near(stat_median(v, 4), 2.5);
	near(stat_median(v, 2), 2.5);
	near(stat_stddev(v, 5), sqrt(50.0 / 4));
	near(stat_cv(v, 5), sqrt(50.0 / 4) / 4);
	near(stat_stddev(far, 4), sqrt(30));
	assert_true(stat_stddev(same, 3) == 0);
	assert_true(stat_stddev(v, 1) == 0);
	assert_true(stat_cv((const double[]){ 0, 0 }, 2) == 0);
	assert_true(stat_mean(v, 0) == 0);
}

static void nothing(struct bench_state *s)
{
	(void)s;
}

/* Times c * f(n) give back f and c, and no remainder. */
static void fit(enum bench_big_o o, double c)
{
	struct bench *b = bench_complexity(bench_register("fit", nothing), BENCH_O_AUTO);
	struct instance of = { .b = b, .family_name = "fit" };
	struct run run[5] = { { 0 } };
	const struct run *runs[5];
	struct runs out = { NULL, 0 };
	int i;

	for (i = 0; i < 5; i++) {
		double n = 8 << i, f = o == BENCH_O_1 ? 1 : o == BENCH_O_N ? n : o == BENCH_O_LOG_N ? log2(n) :
			    o == BENCH_O_N_LOG_N ? n * log2(n) : o == BENCH_O_N_SQUARED ? n * n : n * n * n;

		run[i] = (struct run){ .of = &of, .run_name = "fit", .complexity = BENCH_O_AUTO,
				       .iterations = 10, .complexity_n = (int64_t)n, .cpu = 10 * c * f,
				       .real = 20 * c * f };
		runs[i] = &run[i];
	}
	complexity_compute(runs, 5, &out);
	assert_int_equal(out.n, 2);
	assert_int_equal(out.r[0].complexity, o);
	near(out.r[0].cpu, c);
	near(out.r[0].real, 2 * c);
	assert_true(out.r[1].cpu < 1e-9);
	assert_true(out.r[1].rms);
	runs_free(&out);
	complexity_compute(runs, 1, &out);
	assert_int_equal(out.n, 0);
	bench_reset();
}

static void test_complexity(void **state)
{
	enum bench_big_o o;

	(void)state;
	for (o = BENCH_O_1; o <= BENCH_O_N_LOG_N; o++)
		fit(o, 3e-9);
}

static void test_counters(void **state)
{
	struct counters a = { NULL, 0 }, b = { NULL, 0 };

	(void)state;
	counters_set(&a, "m", 6, BENCH_RATE | BENCH_AVG_THREADS | BENCH_INVERT);
	counters_set(&a, "a", 1, BENCH_COUNTER);
	counters_set(&b, "z", 5, BENCH_AVG_ITERATIONS);
	counters_set(&b, "a", 2, BENCH_COUNTER);
	counters_add(&a, &b);
	assert_int_equal(a.n, 3);
	assert_string_equal(a.c[0].name, "a");
	assert_string_equal(a.c[1].name, "m");
	assert_string_equal(a.c[2].name, "z");
	assert_false(counters_same_names(&a, &b));
	counters_finish(&a, 10, 0.5, 2);
	near(a.c[0].value, 3);
	near(a.c[1].value, 1 / (6 / 0.5 / 2));
	near(a.c[2].value, 0.5);
	counters_copy(&b, &a);
	assert_true(counters_same_names(&a, &b));
	assert_null(counters_find(&a, "b"));
	counters_free(&a);
	counters_free(&b);
}

static void ranged(int64_t lo, int64_t hi, int64_t by, size_t n, const int64_t *expected)
{
	struct int_list l = { NULL, 0 };

	list_add_range(&l, lo, hi, by);
	assert_int_equal(l.n, n);
	assert_memory_equal(l.v, expected, n * sizeof(*expected));
	free(l.v);
}

#define RANGED(lo, hi, by, ...) \
	ranged(lo, hi, by, sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), (const int64_t[]){ __VA_ARGS__ })

static void test_ranges(void **state)
{
	(void)state;
	RANGED(8, 8192, 8, 8, 64, 512, 4096, 8192);
	RANGED(0, 0, 2, 0);
	RANGED(0, 1, 2, 0, 1);
	RANGED(-1, 1, 2, -1, 0, 1);
	RANGED(-5, -1, 2, -5, -4, -2, -1);
	RANGED(3, 3, 2, 3);
	RANGED(INT64_MAX - 1, INT64_MAX, 2, INT64_MAX - 1, INT64_MAX);
	RANGED(INT64_MIN, INT64_MIN + 1, 2, INT64_MIN, INT64_MIN + 1);
	RANGED(1, INT64_MAX, INT64_MAX, 1, INT64_MAX);
}

static void human(double v, double k, const char *expected)
{
	char text[32];

	bench_human_number(text, v, k);
	assert_string_equal(text, expected);
}

static void test_human_numbers(void **state)
{
	(void)state;
	human(0, 1000, "0");
	human(1, 1000, "1");
	human(1100, 1000, "1100");
	human(1101, 1000, "1.101k");
	human(-2500000, 1000, "-2.5M");
	human(2048, 1024, "2k");
	human(0.01, 1000, "0.01");
	human(0.005, 1000, "5m");
	human(1.5e-9, 1000, "1.5n");
	human(3e30, 1000, "3e+30");
	human(INFINITY, 1000, "inf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aggregates),
		cmocka_unit_test(test_complexity),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_human_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
