/* SPDX-License-Identifier: MIT
 * mmreplay fit and gen --profile as a user runs them: measure a trace, make another
 * from it, compare the two; what is not understood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/cli/run_cmd.h"

static char dir[64], real[96], ini[96], made[96];

static int set_up(void **state)
{
	(void)state;
	run_make_dir(dir);
	snprintf(real, sizeof(real), "%s/real.mmt", dir);
	snprintf(ini, sizeof(ini), "%s/real.ini", dir);
	snprintf(made, sizeof(made), "%s/made.mmt", dir);
	return MMREPLAY("gen", "slab-heavy", "files=3000", "-n", "150000", "-o", real)->status;
}

static int tear_down(void **state)
{
	(void)state;
	run_rm_dir(dir);
	return 0;
}

static void assert_says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("expected '%s' in: %s", what, text);
}

static void test_measure_make_compare(void **state)
{
	struct run *r = MMREPLAY("fit", real);
	json_t *o;

	(void)state;
	assert_int_equal(r->status, 0);
	assert_says(r->out, "ext4_inode_cache");
	assert_int_equal(access(ini, F_OK), 0);

	r = MMREPLAY("gen", "--profile", ini, "-o", made);
	assert_int_equal(r->status, 0);
	assert_says(r->out, "lifetimes of objects and areas");
	r = MMREPLAY("info", made);
	assert_says(r->out, "synthetic: 1");
	assert_says(r->out, "profile: fitted");
	assert_says(r->out, "compared_with: real.mmt");
	assert_says(r->out, "distance: size 0.0");

	/* A million operations a second. */
	assert_int_equal(MMREPLAY("gen", "--profile", ini, "--rate", "1000000", "-o", made)->status, 0);
	r = MMREPLAY("info", "--json", made);
	assert_in_range(atoll(strstr(r->out, "\"duration_ns\"") + 15), 130000000, 170000000);
	assert_int_equal(MMREPLAY("gen", "--profile", ini, "-o", made)->status, 0);

	r = MMREPLAY("fit", "--compare", "--json", "--machine", "x86_32-512m", real, made);
	assert_int_equal(r->status, 0);
	o = json_loads(r->out, 0, NULL);
	assert_non_null(o);
	assert_true(json_real_value(json_object_get(json_object_get(o, "size"), "ks")) < 0.05);
	assert_true(json_real_value(json_object_get(o, "mix")) < 0.05);
	assert_int_equal(json_array_size(json_object_get(json_object_get(o, "unusable"), "Normal")), 11);
	json_decref(o);
	/* A trace that comes with the command, by its name. */
	assert_int_equal(MMREPLAY("fit", "--compare", "net-rx", real)->status, 0);
	r = MMREPLAY("fit", "--compare", real, real);
	assert_int_equal(r->status, 0);
	assert_says(r->out, "rate over time                     0.000");
	assert_says(r->out, "HighMem    0.000  0.000  0.000  0.000  0.000");
}

/* Another trace than its own source: far away. */
static void test_against(void **state)
{
	struct run *r = MMREPLAY("gen", "net-rx", "-n", "20000", "--against", real, "-o", made);

	(void)state;
	assert_int_equal(r->status, 0);
	assert_says(r->out, "mix of requests                    1.000");
	assert_int_equal(MMREPLAY("gen", "net-rx", "-n", "20000", "-o", made)->status, 0);
	assert_null(strstr(MMREPLAY("info", made)->out, "distance"));
}

static void refused(const char *const *args, const char *what)
{
	struct run *r = run_mmreplay_args(args);

	assert_int_equal(r->status, 2);
	assert_says(r->err, what);
}

#define REFUSED(what, ...) refused((const char *const[]){ __VA_ARGS__, NULL }, what)

static void test_bad_usage(void **state)
{
	(void)state;
	REFUSED("cannot open", "fit", "/nonexistent.mmt");
	REFUSED("found 1 traces, expected two", "fit", "--compare", real);
	REFUSED("found 2 traces, expected one", "fit", real, real);
	REFUSED("expected KEY = VALUE", "gen", "--profile", "README.md", "-o", made);
	REFUSED("--profile FILE", "gen", "fitted", "-o", made);
	REFUSED("expected none or 'fitted'", "gen", "net-rx", "--profile", ini, "-o", made);
	REFUSED("cannot open", "gen", "net-rx", "--against", "/nonexistent.mmt", "-o", made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measure_make_compare),
		cmocka_unit_test(test_against),
		cmocka_unit_test(test_bad_usage),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
