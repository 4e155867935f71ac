/* SPDX-License-Identifier: MIT
 * fmt, table, mm_error: text made from numbers, at the edges of each unit. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/fmt.h"
#include "base/mm_error.h"
#include "base/table.h"

static void test_numbers(void **state)
{
	char b[FMT_LEN];

	(void)state;
	assert_string_equal(fmt_count(b, 0), "0");
	assert_string_equal(fmt_count(b, 999), "999");
	assert_string_equal(fmt_count(b, 1000), "1.00 k");
	assert_string_equal(fmt_count(b, 999600), "1.00 M");
	assert_string_equal(fmt_count(b, 12.345), "12.3");
	assert_string_equal(fmt_count(b, -2500), "-2.50 k");
	assert_string_equal(fmt_bytes(b, 8.3e6), "8.30 MB");
	assert_string_equal(fmt_mem(b, 2ull << 30), "2.00 GiB");
	assert_string_equal(fmt_mem(b, 1020 << 20), "1020 MiB");
	assert_string_equal(fmt_grouped(b, 1234567), "1,234,567");
	assert_string_equal(fmt_grouped(b, 999), "999");
	assert_string_equal(fmt_grouped(b, UINT64_MAX), "18,446,744,073,709,551,615");
	assert_string_equal(fmt_seconds(b, 312e-9), "312 ns");
	assert_string_equal(fmt_seconds(b, 0.0045), "4.50 ms");
	assert_string_equal(fmt_seconds(b, 3.214), "3.21 s");
	assert_string_equal(fmt_seconds(b, 125), "2 min 05 s");
	assert_string_equal(fmt_seconds(b, 3725), "1 h 02 min");
}

static void test_table(void **state)
{
	struct table *t = table_new("<zone|>free|>share");
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	table_cell(t, "DMA");
	table_cell(t, "%d", 12);
	table_cell(t, "1 %%");
	table_cell(t, "Höhe");
	table_cell(t, "%d", 123456);
	table_cell(t, "100 %%");
	assert_int_equal(table_print(t, f, 2), 0);
	fclose(f);
	assert_string_equal(text, "  zone    free  share\n"
				  "  DMA       12    1 %\n"
				  "  Höhe  123456  100 %\n");
	free(text);
	table_free(t);
}

static void test_error_prefix(void **state)
{
	struct mm_error err;
	char lengthy[sizeof(err.text) * 2];

	(void)state;
	assert_int_equal(mm_fail(&err, -EINVAL, "found %d, expected %d", 1, 2), -EINVAL);
	assert_int_equal(mm_fail_in(&err, "a.mmt"), -EINVAL);
	assert_string_equal(err.text, "a.mmt: found 1, expected 2");
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	mm_fail(&err, -EIO, "%s", lengthy);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	mm_fail_in(&err, "here");
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, "here: xxx", 9);
	mm_fail_in(&err, lengthy);
	assert_true(strlen(err.text) < sizeof(err.text));
	assert_non_null(strstr(err.text, ": here: x"));
	assert_int_equal(mm_fail(NULL, -EIO, "nobody asks"), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_error_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
