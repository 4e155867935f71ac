/* SPDX-License-Identifier: MIT
 * mmreplay info --plot as a user runs it: the page, the charts, the numbers; a
 * pipe, an empty trace, a folder that is something else. */
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

static char dir[64], in[96], out[96];

static int set_up(void **state)
{
	(void)state;
	run_make_dir(dir);
	snprintf(in, sizeof(in), "%s/it's <a> trace.mmt", dir);
	snprintf(out, sizeof(out), "%s/shape", dir);
	make_trace(in, 1, 2000);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_rm_dir(dir);
	return 0;
}

static char *slurp(const char *name)
{
	char path[256];
	size_t n;
	char *text;

	snprintf(path, sizeof(path), "%s/%s", out, name);
	text = read_file(path, &n);
	text[n] = '\0';
	return text;
}

static void test_plot(void **state)
{
	static const char *const charts[] = { "trace-rate", "trace-live", "trace-sizes", "trace-lifetimes" };
	struct run *r = MMREPLAY("info", in, "--plot", "-o", out);
	char name[64], *text;
	size_t i;

	(void)state;
	assert_string_equal(r->err, "");
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "trace.html"));
	for (i = 0; i < sizeof(charts) / sizeof(charts[0]); i++) {
		snprintf(name, sizeof(name), "%s.svg", charts[i]);
		text = slurp(name);
		assert_non_null(strstr(text, "</svg>"));
		free(text);
		snprintf(name, sizeof(name), "%s.png", charts[i]);
		free(slurp(name));
		text = slurp("trace.html");
		snprintf(name, sizeof(name), "id=\"chart-%s\"", charts[i]);
		assert_non_null(strstr(text, name));
		free(text);
	}
	text = slurp("trace.html");
	assert_non_null(strstr(text, "it's &lt;a&gt; trace"));
	free(text);
}

/* The same bytes again, over the first. */
static void test_again_and_json(void **state)
{
	char *page = slurp("trace.html"), *again, *file;
	struct run *r = MMREPLAY("info", in, "--plot", "-o", out, "--json");
	json_t *o = json_loads(r->out, 0, NULL), *stored;

	(void)state;
	assert_int_equal(r->status, 0);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "schema")), "mmreplay-shape-1");
	file = slurp("shape.json");
	stored = json_loads(file, 0, NULL);
	assert_true(json_equal(o, stored));
	again = slurp("trace.html");
	assert_string_equal(page, again);
	json_decref(o);
	json_decref(stored);
	free(file);
	free(page);
	free(again);
}

static void test_pipe(void **state)
{
	char command[512];
	struct run r;

	(void)state;
	snprintf(command, sizeof(command), "cat \"%s\" | %s info - --plot -o %s", in, run_binary(), out);
	run_program(&r, (const char *const[]){ "sh", "-c", command, NULL });
	assert_string_equal(r.err, "");
	assert_int_equal(r.status, 0);
}

static void test_empty(void **state)
{
	char empty[96];
	struct mm_error err;
	struct run *r;

	(void)state;
	snprintf(empty, sizeof(empty), "%s/empty.mmt", dir);
	assert_int_equal(mmt_finish(mmt_create(empty, NULL, &err), NULL, &err), 0);
	r = MMREPLAY("info", empty, "--plot", "-o", out);
	assert_string_equal(r->err, "");
	assert_int_equal(r->status, 0);
}

/* A folder with something else in it stays as it is. */
static void test_refused(void **state)
{
	struct run *r = MMREPLAY("info", in, "--plot", "-o", dir);

	(void)state;
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, "shape.json"));
	assert_int_equal(access(in, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plot),
		cmocka_unit_test(test_again_and_json),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
