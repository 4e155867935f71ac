/* SPDX-License-Identifier: MIT
 * The test runner itself: that it counts, and that nothing that went wrong can
 * end in "0 failed".  The programs that it runs here are shell scripts that
 * print what cmocka prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "tests/cli/run_cmd.h"

static char dir[64];
static struct run r;

static int set_up(void **state)
{
	(void)state;
	run_make_dir(dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_rm_dir(dir);
	return 0;
}

static const char *program(const char *name, const char *script)
{
	static char path[4][128];
	static int i;
	FILE *f;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	f = fopen(path[i], "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path[i], 0755), 0);
	return path[i];
}

static void assert_last_line(const char *want)
{
	size_t n = strlen(r.out), w = strlen(want);

	assert_true(n > w + 2);
	assert_string_equal(r.out + n - w, want);
	assert_int_equal(r.out[n - w - 1], '\n');
}

#define RUN(...) run_program(&r, (const char *const[]){ "scripts/run-tests.sh", dir, "", \
							__VA_ARGS__, NULL })
#define GOOD "echo '[  PASSED  ] 3 test(s).'"

static void test_good(void **state)
{
	(void)state;
	RUN(program("a", GOOD), program("b", GOOD "; echo '[  SKIPPED ] x: 1 test(s), listed below:'"));
	assert_int_equal(r.status, 0);
	assert_last_line("6 passed, 0 failed\n");
	assert_non_null(strstr(r.out, "1 skipped"));
}

static void test_failed_cases(void **state)
{
	(void)state;
	RUN(program("a", GOOD), program("b", GOOD "; echo '[  FAILED  ] tests: 2 test(s), listed below:'"
					     "; exit 2"));
	assert_int_equal(r.status, 1);
	assert_last_line("6 passed, 2 failed\n");
}

static void test_crash(void **state)
{
	(void)state;
	RUN(program("a", GOOD "; kill -KILL $$"));
	assert_int_equal(r.status, 1);
	assert_last_line("3 passed, 1 failed\n");
}

static void test_bad_status_and_silence(void **state)
{
	(void)state;
	RUN(program("a", GOOD "; exit 7"));
	assert_int_equal(r.status, 1);
	assert_last_line("3 passed, 1 failed\n");
	RUN(program("a", "exit 0"));
	assert_int_equal(r.status, 1);
	assert_last_line("0 passed, 1 failed\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failed_cases, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_crash, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_status_and_silence, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
