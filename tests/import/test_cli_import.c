/* SPDX-License-Identifier: MIT
 * mmreplay import as a user runs it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "tests/cli/run_cmd.h"

#define V6 "tests/data/import/v6.dat"

static char dir[64], out[128];

static int set_up(void **state)
{
	(void)state;
	run_make_dir(dir);
	snprintf(out, sizeof(out), "%s/v6.mmt", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_rm_dir(dir);
	return 0;
}

static json_int_t count(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v))
		fail_msg("no number '%s'", key);
	return json_integer_value(v);
}

static void the_json_contract(void **state)
{
	struct run *r = MMREPLAY("import", V6, "-o", out, "--json");
	json_error_t e;
	json_t *o = json_loads(r->out, 0, &e);

	(void)state;
	assert_int_equal(r->status, 0);
	assert_non_null(o);
	assert_int_equal(count(o, "events"), 3500);
	assert_int_equal(count(o, "operations"), 3039);
	assert_int_equal(count(o, "orphan_frees"), 316);
	assert_int_equal(count(o, "lost_events"), 0);
	assert_int_equal(count(json_object_get(o, "folded"), "page_free_batched"), 124);
	assert_int_equal(json_object_size(json_object_get(o, "unknown_events")), 0);
	assert_int_equal(count(json_object_get(o, "attribution"), "later_free"), 997);
	assert_true(json_is_real(json_object_get(o, "seconds")));
	json_decref(o);
	assert_int_equal(access(out, F_OK), 0);
}

static void the_table(void **state)
{
	struct run *r = MMREPLAY("import", V6, "-o", out);

	(void)state;
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "trace.dat version 6, Linux (none) 6.1.0-50-686 i686"));
	assert_non_null(strstr(r->out, "events           3,500\n"));
	assert_non_null(strstr(r->out, "kfree(NULL)        155\n"));
	assert_non_null(strstr(r->out, "  page_free_batched  124\n"));
}

static void metadata_and_no_answers(void **state)
{
	struct run *r = MMREPLAY("import", V6, "-o", out, "--meta", "command=true", "--no-answers");

	(void)state;
	assert_int_equal(r->status, 0);
	r = MMREPLAY("import", V6, "-o", out, "--meta", "command");
	assert_int_equal(r->status, 2);
	assert_string_equal(r->err, "mmreplay import: 'command': expected KEY=VALUE\n");
}

static void bad_usage_and_input(void **state)
{
	struct run *r = MMREPLAY("import");

	(void)state;
	assert_int_equal(r->status, 2);
	r = MMREPLAY("import", "/nonexistent", "-o", out);
	assert_int_equal(r->status, 2);
	assert_string_equal(r->err, "mmreplay import: /nonexistent: No such file or directory\n");
	r = MMREPLAY("import", V6, "-o", out, "--format", "perf");
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, "holds no memory event"));
	r = MMREPLAY("import", V6, "-o", out, "--gfp-version", "x");
	assert_int_equal(r->status, 2);
	assert_string_equal(r->err, "mmreplay import: 'x' is no kernel version (4.9, 6.1)\n");
	r = MMREPLAY("import", V6, "-o", "/nonexistent/x.mmt");
	assert_int_equal(r->status, 2);
}

static void default_output(void **state)
{
	char cmd[512], path[160];
	struct run r;
	const char *argv[] = { "sh", "-c", cmd, NULL };

	(void)state;
	/* the endings go, and a pipe is read like a file */
	snprintf(cmd, sizeof(cmd), "cp tests/data/import/v6.report.txt.zst %s/a.txt.zst && "
		 "%s import %s/a.txt.zst && cat " V6 " | %s import - -o %s/pipe.mmt",
		 dir, run_binary(), dir, run_binary(), dir);
	run_program(&r, argv);
	if (r.status)
		fail_msg("%s", r.err);
	snprintf(path, sizeof(path), "%s/a.mmt", dir);
	assert_int_equal(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/pipe.mmt", dir);
	assert_int_equal(access(path, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_json_contract, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_table, set_up, tear_down),
		cmocka_unit_test_setup_teardown(metadata_and_no_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_usage_and_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(default_output, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
