/* SPDX-License-Identifier: MIT
 * datadir: the source tree above the executable, and the environment. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/datadir.h"

static void test_source_tree(void **state)
{
	struct mm_error err = { 0, "" };
	char *path, *real;

	(void)state;
	unsetenv("MMREPLAY_DATA");
	path = datadir_find("base/datadir.h", &err);
	assert_string_equal(err.text, "");
	assert_non_null(path);
	real = realpath("base/datadir.h", NULL);
	assert_string_equal(path, real);
	free(path);
	free(real);
}

static void test_missing(void **state)
{
	struct mm_error err;

	(void)state;
	unsetenv("MMREPLAY_DATA");
	assert_null(datadir_find("no/such/file", &err));
	assert_int_equal(err.code, -ENOENT);
	assert_non_null(strstr(err.text, "no/such/file: found neither in "));
	assert_non_null(strstr(err.text, "MMREPLAY_DATA"));
}

/* A set variable is the only place: a wrong one must not go unnoticed. */
static void test_environment(void **state)
{
	struct mm_error err;
	char *path;

	(void)state;
	setenv("MMREPLAY_DATA", "base", 1);
	path = datadir_find("datadir.h", &err);
	assert_non_null(path);
	assert_string_equal(path, "base/datadir.h");
	free(path);
	assert_null(datadir_find("base/datadir.h", &err));
	assert_string_equal(err.text,
			    "base/datadir.h: not found in base (from MMREPLAY_DATA)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source_tree),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
