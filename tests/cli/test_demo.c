/* SPDX-License-Identifier: MIT
 * make demo's steps: they end with two reports, and a step that fails ends the
 * demonstration with that step's status and a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
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

static void demo(const char *exe)
{
	run_program(&r, (const char *const[]){ "scripts/demo.sh", exe, dir, NULL });
}

static void assert_report(const char *run)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s/report.html", dir, run);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 10000);
	assert_non_null(strstr(r.out, path));
}

static void test_demo(void **state)
{
	(void)state;
	demo(run_binary());
	assert_string_equal(r.err, "");
	assert_int_equal(r.status, 0);
	assert_report("demo");
	assert_report("demo-small");
	assert_non_null(strstr(r.out, "No request failed."));
	assert_non_null(strstr(r.out, "Machine check: clean"));
}

static void script(char path[128], const char *name, const char *text)
{
	FILE *f;

	snprintf(path, 128, "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static void test_failing_step(void **state)
{
	char exe[128];

	(void)state;
	script(exe, "broken", "#!/bin/sh\n[ \"$1\" != report ] || exit 7\n");
	demo(exe);
	assert_int_equal(r.status, 7);
	assert_non_null(strstr(r.err, "demo: 'mmreplay report' ended with status 7"));
}

/* A report that says 0 and writes nothing is a failure too. */
static void test_no_report(void **state)
{
	char exe[128];

	(void)state;
	script(exe, "idle", "#!/bin/sh\nexit 0\n");
	demo(exe);
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.err, "report wrote no "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_demo, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failing_step, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_report, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
