/* SPDX-License-Identifier: MIT
 * The commands that make traces from traces as a user runs them: files, pipes,
 * JSON, the history, bad usage, and that what comes out replays. */
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
#include "tests/tools/tool_traces.h"

static char dir[64], in[96], out[96], run_dir[96];

static int set_up(void **state)
{
	(void)state;
	run_make_dir(dir);
	snprintf(in, sizeof(in), "%s/in.mmt", dir);
	snprintf(out, sizeof(out), "%s/out.mmt", dir);
	snprintf(run_dir, sizeof(run_dir), "%s/run", dir);
	make_trace(in, 1, 2000);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_rm_dir(dir);
	return 0;
}

static json_int_t number(const char *json, const char *key)
{
	json_t *o = json_loads(json, 0, NULL), *v = json_object_get(o, key);
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v))
		fail_msg("no number '%s' in %s", key, json);
	json_decref(o);
	return n;
}

static void assert_history(const char *ends)
{
	char *v = trace_meta(out, "history"), *last;

	assert_non_null(v);
	last = strrchr(v, '\n');
	assert_string_equal(last ? last + 1 : v, ends);
	free(v);
}

/* The simulated machine finds nothing to complain of. */
static void assert_replays(void)
{
	struct run *r = MMREPLAY("replay", out, "-o", run_dir, "--json", "--fail-on", "misuse,skipped");

	if (r->status)
		fail_msg("replay of %s: status %d, %s", out, r->status, r->err);
}

static void test_cut(void **state)
{
	struct run *r = MMREPLAY("cut", in, "--from", "500", "--to", "1500", "-o", out, "--json");

	(void)state;
	assert_int_equal(r->status, 0);
	assert_int_equal(number(r->out, "operations"), 1000 + number(r->out, "carried"));
	assert_history("cut in.mmt --from 500 --to 1500 --json");
	assert_replays();
	r = MMREPLAY("cut", in, "--from", "mark:middle", "--no-carry", "-o", out);
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "frees that became orphans"));
	assert_string_equal(r->err, "");
	check_trace(out);
}

static void test_repeat(void **state)
{
	struct run *r = MMREPLAY("repeat", "-n", "3", in, "--gap=1s", "-o", out, "--json");

	(void)state;
	assert_int_equal(r->status, 0);
	assert_int_equal(number(r->out, "operations_read") % 3, 0);
	assert_history("repeat -n 3 in.mmt --gap=1s --json");
	assert_replays();
}

static void test_filter(void **state)
{
	struct run *r = MMREPLAY("filter", in, "--task", "comm[1-4]", "-f", "page,slab", "-o", out, "--json");

	(void)state;
	assert_int_equal(r->status, 0);
	assert_true(number(r->out, "operations") > 100);
	assert_true(number(r->out, "operations") < number(r->out, "operations_read"));
	assert_history("filter in.mmt --task comm[1-4] -f page,slab --json");
	assert_replays();
}

static void test_merge(void **state)
{
	struct run *r = MMREPLAY("merge", in, in, in, "--delay=1ms", "-o", out, "--json");

	(void)state;
	assert_int_equal(r->status, 0);
	assert_int_equal(number(r->out, "operations"),
			 number(r->out, "operations_read") - number(r->out, "dropped"));
	assert_history("merge in.mmt in.mmt in.mmt --delay=1ms --json");
	assert_replays();
}

static void test_scale(void **state)
{
	struct run *r = MMREPLAY("scale", in, "--duration", "10s", "-o", out, "--json");

	(void)state;
	assert_int_equal(r->status, 0);
	assert_in_range(number(r->out, "duration_ns"), 9999999999, 10000000000);
	assert_replays();
}

static void test_anon(void **state)
{
	struct run *r = MMREPLAY("anon", in, "--key", "hidden", "-o", out);

	(void)state;
	assert_int_equal(r->status, 0);
	assert_history("anon");
	assert_replays();
	r = MMREPLAY("info", out);
	assert_null(strstr(r->out, "function_"));
	assert_null(strstr(r->out, "hidden"));
}

/* Bundled traces by their bare names, where no file has that name. */
static void test_traces(void **state)
{
	struct run *r = MMREPLAY("traces");
	json_t *list, *o, *found = NULL;
	char here[128];
	size_t i;

	(void)state;
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "build2g"));
	r = MMREPLAY("traces", "--json");
	list = json_loads(r->out, 0, NULL);
	json_array_foreach(list, i, o)
		if (!strcmp(json_string_value(json_object_get(o, "name")), "build2g"))
			found = o;
	assert_non_null(found);
	assert_int_equal(json_integer_value(json_object_get(found, "operations")), 1034174);
	assert_string_equal(json_string_value(json_object_get(found, "origin")), "recorded");
	json_decref(list);

	r = MMREPLAY("cut", "build2g", "-n", "100", "-o", out, "--json");
	assert_int_equal(r->status, 0);
	assert_int_equal(number(r->out, "operations"), 100);
	r = MMREPLAY("info", "build2g", "--dump", "-n", "1");
	assert_int_equal(r->status, 0);
	r = MMREPLAY("info", "no-such-name");
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, "no-such-name: cannot open"));
	snprintf(here, sizeof(here), "%s/build2g", dir);
	assert_int_equal(symlink(in, here), 0);
	r = MMREPLAY("info", here, "--json");
	assert_int_not_equal(number(r->out, "operations"), 1034174);
}

static void test_pipe(void **state)
{
	char command[512];
	struct run r;

	(void)state;
	snprintf(command, sizeof(command), "%s cut %s --to 900 -o - | %s cut - --from 300 -o - | %s info -",
		 run_binary(), in, run_binary(), run_binary());
	run_program(&r, (const char *const[]){ "sh", "-c", command, NULL });
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	assert_non_null(strstr(r.out, "page_alloc"));
	assert_non_null(strstr(r.out, "history: made by a test\ncut in.mmt --to 900\ncut - --from 300"));
}

static void refused(const char *const *args, const char *says)
{
	struct run *r = run_mmreplay_args(args);

	assert_int_equal(r->status, 2);
	if (!strstr(r->err, says))
		fail_msg("'%s' does not say '%s'", r->err, says);
	assert_int_not_equal(access(out, F_OK), 0);
}

#define REFUSED(says, ...) refused((const char *const[]){ __VA_ARGS__, NULL }, says)

static void test_refused(void **state)
{
	(void)state;
	remove(out);
	REFUSED("no output", "cut", in);
	REFUSED("--from: found '5q'", "cut", in, "--from", "5q", "-o", out);
	REFUSED("/no/such.mmt: cannot open", "cut", "/no/such.mmt", "-o", out);
	REFUSED("from operation 9999999", "cut", in, "--from", "9999999", "-o", out);
	REFUSED("--gap: found '5'", "repeat", in, "--gap", "5", "-o", out);
	REFUSED("--family: found 'pages'", "filter", in, "-f", "slab,pages", "-o", out);
	REFUSED("nothing to filter by", "filter", in, "-o", out);
	REFUSED("expected one of --factor", "scale", in, "-o", out);
	REFUSED("expected one of --factor", "scale", in, "-f", "2", "--rate", "5", "-o", out);
	REFUSED("times", "repeat", in, "-n", "0", "-o", out);
}

static void test_repeat_pipe(void **state)
{
	char command[512];
	struct run r;

	(void)state;
	snprintf(command, sizeof(command), "cat %s | %s repeat - -o %s", in, run_binary(), out);
	run_program(&r, (const char *const[]){ "sh", "-c", command, NULL });
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.err, "it cannot be a pipe"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_anon),
		cmocka_unit_test(test_traces),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_repeat_pipe),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
