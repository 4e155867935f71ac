/* SPDX-License-Identifier: MIT
 * CSV: what RFC 4180 allows is read, what it does not is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/csv.h"

static char path[64];

static struct an_csv *load(const char *text, size_t n, struct mm_error *err)
{
	int fd;

	strcpy(path, "/tmp/mmreplay-csv-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	close(fd);
	return an_csv_load(path, err);
}

static void refused(const char *text, size_t n, const char *expected)
{
	struct mm_error err;
	struct an_csv *c = load(text, n, &err);
	char sentence[256];

	snprintf(sentence, sizeof(sentence), "%s: %s", path, expected);
	unlink(path);
	assert_null(c);
	assert_string_equal(err.text, sentence);
	assert_true(err.code < 0);
}

#define REFUSED(text, expected) refused(text, sizeof(text) - 1, expected)

static void fields_of_all_kinds(void **state)
{
	static const char text[] = "op,name,\"odd, name\"\r\n1,plain,\"a \"\"b\"\"\"\n"
				   "0x1f,\"two\nlines\",\n18446744073709551615,,x";
	struct mm_error err;
	struct an_csv *c = load(text, sizeof(text) - 1, &err);
	uint64_t v;

	(void)state;
	unlink(path);
	assert_non_null(c);
	assert_int_equal(an_csv_rows(c), 3);
	assert_int_equal(an_csv_column(c, "odd, name", &err), 2);
	assert_string_equal(an_csv_text(c, 0, 2), "a \"b\"");
	assert_string_equal(an_csv_text(c, 1, 1), "two\nlines");
	assert_string_equal(an_csv_text(c, 1, 2), "");
	assert_string_equal(an_csv_text(c, 2, 2), "x");
	assert_int_equal(an_csv_u64(c, 1, 0, &v, &err), 0);
	assert_int_equal(v, 31);
	assert_int_equal(an_csv_u64(c, 2, 0, &v, &err), 0);
	assert_true(v == UINT64_MAX);
	an_csv_free(c);
}

static void bad_fields_are_named_with_line_and_column(void **state)
{
	static const char text[] = "op,pages\n1,\"2\n2\"\n3,-4\n5,18446744073709551616\n6,\n";
	struct mm_error err;
	struct an_csv *c = load(text, sizeof(text) - 1, &err);
	char expected[256];
	uint64_t v;

	(void)state;
	unlink(path);
	assert_non_null(c);
	assert_int_equal(an_csv_u64(c, 1, 1, &v, &err), -EINVAL);
	snprintf(expected, sizeof(expected), "%s: line 4, column pages: found '-4', expected a whole number", path);
	assert_string_equal(err.text, expected);
	assert_int_equal(an_csv_u64(c, 2, 1, &v, &err), -EINVAL);
	assert_non_null(strstr(err.text, "expected a number below 2^64"));
	assert_int_equal(an_csv_u64(c, 3, 1, &v, &err), -EINVAL);
	assert_non_null(strstr(err.text, "line 6, column pages: found ''"));
	assert_int_equal(an_csv_column(c, "zone", &err), -EINVAL);
	snprintf(expected, sizeof(expected), "%s: line 1: found no column zone, expected it among the 2 of the header", path);
	assert_string_equal(err.text, expected);
	an_csv_free(c);
}

static void damaged_files(void **state)
{
	(void)state;
	REFUSED("", "the file is empty, expected a header line");
	REFUSED("a,b\n1,2\n3", "line 3: found 1 fields, expected 2 as in the header");
	REFUSED("a,b\n1,2,3\n", "line 2: found 3 fields, expected 2 as in the header");
	REFUSED("a,b\n1,\"2\n3,4\n", "line 2: a quote opens and never closes");
	REFUSED("a,b\n1,\"2\"3\n", "line 2: found '3' beside a quote, expected a comma");
	REFUSED("a,b\n1,2\"\n", "line 2: found '\"' beside a quote, expected a comma");
	REFUSED("a,b\n1,\0" "2\n", "byte 6 is NUL, expected text");
}

static void no_file(void **state)
{
	struct mm_error err;

	(void)state;
	assert_null(an_csv_load("/tmp/mmreplay-no-such-file.csv", &err));
	assert_int_equal(err.code, -ENOENT);
	assert_string_equal(err.text, "/tmp/mmreplay-no-such-file.csv: No such file or directory");
	assert_null(an_csv_load("/tmp", &err));
	assert_string_equal(err.text, "/tmp: not a regular file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_of_all_kinds),
		cmocka_unit_test(bad_fields_are_named_with_line_and_column),
		cmocka_unit_test(damaged_files),
		cmocka_unit_test(no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
