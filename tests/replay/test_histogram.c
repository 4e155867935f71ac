/* SPDX-License-Identifier: MIT
 *
 * The histogram against values sorted one by one: every quantile within the
 * derived error, exact sums and ends, merging, buckets that leave no gap; its
 * percentile text read back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <math.h>
#include <stdio.h>

#include <cmocka.h>

#include "replay/hgrm.h"
#include "replay/histogram.h"

static uint64_t rnd(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Bucket i ends where i + 1 begins, and its ends are found in it. */
static void test_buckets(void **state)
{
	(void)state;
	assert_int_equal(hist_low(0), 0);
	for (unsigned int i = 0; i < HIST_BUCKETS; i++) {
		uint64_t low = hist_low(i), high = hist_low(i + 1) - 1;

		assert_true(low <= high);
		assert_int_equal(hist_index(low), i);
		assert_int_equal(hist_index(high), i);
		/* the error that the header derives */
		assert_true((double)(high - low) / 2 <= (double)low / (2 << HIST_BITS));
	}
	assert_int_equal(hist_low(HIST_BUCKETS) - 1, HIST_MAX);
}

static void check_quantiles(const struct histogram *h, uint64_t *v, size_t n)
{
	static const double q[] = { 0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1 };

	qsort(v, n, sizeof(*v), by_value);
	for (size_t i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		double rank = ceil(q[i] * (double)n), found = hist_quantile(h, q[i]);
		double exact = (double)v[rank < 1 ? 0 : (size_t)rank - 1];

		if (fabs(found - exact) > exact / (2 << HIST_BITS))
			fail_msg("n %zu quantile %g: found %g, expected %g", n, q[i], found, exact);
	}
	assert_int_equal(hist_min(h), v[0]);
	assert_int_equal(h->max, v[n - 1]);
}

/* Values of every magnitude, of few, and of one. */
static void test_quantiles(void **state)
{
	static uint64_t v[20000];
	struct histogram *h;
	uint64_t seed = 88172645463325252u;

	(void)state;
	for (int round = 0; round < 60; round++) {
		size_t n = 1 + (size_t)(rnd(&seed) % (round % 3 ? sizeof(v) / sizeof(v[0]) : 10));
		unsigned int bits = 1 + (unsigned int)round % HIST_MAX_BITS;
		uint64_t sum = 0;

		h = calloc(1, sizeof(*h));
		assert_non_null(h);
		for (size_t i = 0; i < n; i++) {
			v[i] = rnd(&seed) >> (64 - 1 - rnd(&seed) % bits);
			hist_add(h, v[i]);
			sum += v[i];
		}
		assert_int_equal(hist_count(h), n);
		assert_int_equal(h->sum, sum);
		check_quantiles(h, v, n);
		free(h);
	}
}

static void test_moments(void **state)
{
	struct histogram *h = calloc(1, sizeof(*h));

	(void)state;
	assert_non_null(h);
	assert_int_equal(hist_min(h), 0);
	assert_true(hist_mean(h) == 0 && hist_stddev(h) == 0 && hist_quantile(h, 0.5) == 0);
	for (uint64_t v = 1; v <= 100; v++)
		hist_add(h, v);
	assert_true(hist_mean(h) == 50.5);
	assert_true(fabs(hist_stddev(h) - 28.86607) < 1e-4);
	free(h);
}

static void test_merge(void **state)
{
	struct histogram *part[3], *all = calloc(1, sizeof(*all)), *sum = calloc(1, sizeof(*sum));
	uint64_t seed = 42;

	(void)state;
	assert_true(all && sum);
	for (int i = 0; i < 3; i++) {
		part[i] = calloc(1, sizeof(*part[i]));
		assert_non_null(part[i]);
		for (int k = 0; i < 2 && k < 1000; k++) { /* the third stays empty */
			uint64_t v = rnd(&seed) >> (20 + rnd(&seed) % 40);

			hist_add(part[i], v);
			hist_add(all, v);
		}
	}
	for (int i = 2; i >= 0; i--) {
		hist_merge(sum, part[i]);
		free(part[i]);
	}
	assert_memory_equal(sum, all, sizeof(*all));
	free(all);
	free(sum);
}

/* What is more than the largest value counts as that. */
static void test_too_large(void **state)
{
	struct histogram *h = calloc(1, sizeof(*h));

	(void)state;
	assert_non_null(h);
	hist_add(h, UINT64_MAX);
	hist_add(h, HIST_MAX + 1);
	hist_add(h, HIST_MAX);
	assert_int_equal(h->bucket[HIST_BUCKETS - 1], 3);
	assert_int_equal(h->max, HIST_MAX);
	assert_int_equal(hist_min(h), HIST_MAX);
	free(h);
}

static char *hgrm_text(const struct histogram *h, double scale)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	hgrm_write(h, scale, f);
	fclose(f);
	return text;
}

/* All of a small one, as HdrHistogram writes it for these values. */
static void test_hgrm_text(void **state)
{
	static const char expected[] =
		"       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
		"      10.000 0.000000000000          2           1.00\n"
		"      10.000 0.100000000000          2           1.11\n"
		"      10.000 0.200000000000          2           1.25\n"
		"      10.000 0.300000000000          2           1.43\n"
		"      10.000 0.400000000000          2           1.67\n"
		"      10.000 0.500000000000          2           2.00\n"
		"      20.000 0.550000000000          3           2.22\n"
		"      20.000 0.600000000000          3           2.50\n"
		"      20.000 0.650000000000          3           2.86\n"
		"      20.000 0.700000000000          3           3.33\n"
		"      20.000 0.750000000000          3           4.00\n"
		"      40.000 0.775000000000          4           4.44\n"
		"      40.000 1.000000000000          4\n"
		"#[Mean    =       20.000, StdDeviation   =       12.247]\n"
		"#[Max     =       40.000, Total count    =            4]\n"
		"#[Buckets =           34, SubBuckets     =          128]\n";
	struct histogram *h = calloc(1, sizeof(*h));
	char *text;

	(void)state;
	assert_non_null(h);
	hist_add(h, 20);
	hist_add(h, 20);
	hist_add(h, 40);
	hist_add(h, 80);
	text = hgrm_text(h, 0.5);
	assert_string_equal(text, expected);
	free(text);
	memset(h, 0, sizeof(*h));
	text = hgrm_text(h, 1);
	assert_null(strstr(text, "1.000000000000"));
	assert_non_null(strstr(text, "Total count    =            0]"));
	free(text);
	free(h);
}

/* Read back: percentiles and counts ascend, each value is the quantile. */
static void test_hgrm_values(void **state)
{
	struct histogram *h = calloc(1, sizeof(*h));
	double value, p, last_p = -1, last_value = -1;
	unsigned long long count, last_count = 0;
	char *text, *line, *save;
	uint64_t seed = 7;
	int lines = 0;

	(void)state;
	assert_non_null(h);
	for (int i = 0; i < 100000; i++)
		hist_add(h, rnd(&seed) >> (30 + rnd(&seed) % 30));
	text = hgrm_text(h, 1);
	strtok_r(text, "\n", &save);
	while ((line = strtok_r(NULL, "\n", &save)) && *line != '#') {
		assert_int_equal(sscanf(line, "%lf %lf %llu", &value, &p, &count), 3);
		assert_true(p > last_p && value >= last_value && count >= last_count);
		/* the value is its bucket's highest, the quantile the middle */
		assert_true(fabs(value - hist_quantile(h, p)) <= value / (1 << HIST_BITS));
		assert_true((double)count >= p * 100000);
		last_p = p;
		last_value = value;
		last_count = count;
		lines++;
	}
	assert_true(lines > 50 && last_p == 1 && last_count == 100000);
	assert_true(last_value == (double)h->max);
	free(text);
	free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_hgrm_text),
		cmocka_unit_test(test_hgrm_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
