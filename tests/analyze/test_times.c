/* SPDX-License-Identifier: MIT
 * latency.csv and percentile texts read back: values found by name, kinds in
 * the order of what they took, and refusals that name the place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyze/times.h"

#define HEAD "kind,cause,count,min_ns,mean_ns,p50_ns,p90_ns,p99_ns,p99_9_ns,max_ns\n"

static char path[] = "/tmp/mmreplay-times-XXXXXX";

static int set_up(void **state)
{
	int fd;

	(void)state;
	strcpy(path + sizeof(path) - 7, "XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void test_table(void **state)
{
	const struct an_times_row *row, *top[2];
	struct an_times t;
	struct mm_error err;

	(void)state;
	write_file(HEAD
		   "all,all,130,1,20.5,18,30,99,100,500\n"
		   "all,fast,130,1,20.5,18,30,99,100,500\n"
		   "kfree,all,20,1,10,9,20,40,41,41.50\n"
		   "kmalloc,all,10,5,200,150,300,400,400,500\n"
		   "kmap,all,100,1,4.55,4,5,9,10,11\n");
	assert_int_equal(an_times_load(&t, path, "ns", &err), 0);
	assert_int_equal(t.nr_rows, 5);
	row = an_times_find(&t, "kfree", "all");
	assert_non_null(row);
	assert_int_equal(row->count, 20);
	assert_true(row->mean == 10 && row->p99_9 == 41 && row->max == 41.5 && row->min == 1);
	assert_true(an_times_sum(row) == 200);
	assert_null(an_times_find(&t, "kfree", "fast"));
	assert_int_equal(an_times_top(&t, top, 2), 2);
	assert_string_equal(top[0]->kind, "kmalloc");
	assert_string_equal(top[1]->kind, "kmap");
	an_times_free(&t);
	assert_int_equal(an_times_load(&t, path, "cycles", &err), -22);
	assert_non_null(strstr(err.text, "min_cycles"));
}

static void test_bad_table(void **state)
{
	static const char *const bad[] = {
		HEAD "all,all,x,1,1,1,1,1,1,1\n", HEAD "all,all,1,1,1,nan,1,1,1,1\n",
		HEAD "all,all,1,1,1,1,1,1,1,-1\n", HEAD "all,all,1,1,1,1,1,1,1,1z\n",
	};
	struct an_times t;
	struct mm_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file(bad[i]);
		assert_int_equal(an_times_load(&t, path, "ns", &err), -22);
		assert_non_null(strstr(err.text, "line 2"));
		assert_null(t.csv);
	}
}

static void test_curve(void **state)
{
	struct an_curve c;
	struct mm_error err;

	(void)state;
	write_file("       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
		   "      10.000 0.000000000000          2           1.00\n"
		   "      20.500 0.500000000000          3           2.00\n"
		   "      40.000 1.000000000000          4\n"
		   "#[Mean    =       20.000, StdDeviation   =       12.247]\n");
	assert_int_equal(an_curve_load(&c, path, &err), 0);
	assert_int_equal(c.n, 3);
	assert_true(c.point[1].part == 0.5 && c.point[1].value == 20.5 && c.point[1].count == 3);
	an_curve_free(&c);
}

static void test_bad_curve(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "Value\n\n10 0.5 2\n", "ends at percentile 0.5" },
		{ "Value\n\n10 0.5 2\n9 1.0 4\n", "line 4: expected what ascends" },
		{ "Value\n\n10 0.5 2\n10 1.5 4\n", "line 4: expected what ascends" },
		{ "Value\n\n10 ten 2\n", "line 3: found '10 ten 2" },
	};
	struct an_curve c;
	struct mm_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file(bad[i].text);
		assert_int_equal(an_curve_load(&c, path, &err), -22);
		if (!strstr(err.text, bad[i].says))
			fail_msg("found '%s', expected '%s'", err.text, bad[i].says);
	}
	assert_int_equal(an_curve_load(&c, "/nonexistent", &err), -2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_table, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_table, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_curve, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_curve, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
