/* SPDX-License-Identifier: MIT
 * mmreplay info as a user runs it: the table, JSON, the dump, a pipe, and cut
 * or damaged traces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/cli/run_cmd.h"
#include "tests/cli/small_trace.h"

static char dir[64], trace[96], cut[96];

static int set_up(void **state)
{
	(void)state;
	run_make_dir(dir);
	snprintf(trace, sizeof(trace), "%s/small.mmt", dir);
	snprintf(cut, sizeof(cut), "%s/cut.mmt", dir);
	small_trace_write(trace);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_rm_dir(dir);
	return 0;
}

/* The trace without its last bytes. */
static void make_cut(long drop)
{
	static char data[1 << 20];
	FILE *f = fopen(trace, "rb");
	size_t n;

	assert_non_null(f);
	n = fread(data, 1, sizeof(data), f);
	fclose(f);
	assert_true((long)n > drop);
	f = fopen(cut, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n - (size_t)drop, f), n - (size_t)drop);
	fclose(f);
}

static void test_table(void **state)
{
	struct run *r = MMREPLAY("info", trace);
	char want[32];

	(void)state;
	assert_int_equal(r->status, 0);
	assert_string_equal(r->err, "");
	snprintf(want, sizeof(want), " %d\n", SMALL_TRACE_OPS);
	assert_non_null(strstr(r->out, want));
	assert_non_null(strstr(r->out, "bytes an operation"));
	assert_non_null(strstr(r->out, "page_alloc"));
}

static void test_json(void **state)
{
	struct run *r = MMREPLAY("info", "--json", trace);
	json_t *o = json_loads(r->out, 0, NULL), *kinds, *n;
	json_int_t sum = 0;
	const char *key;

	(void)state;
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "schema")), "mmreplay-info-1");
	assert_int_equal(json_integer_value(json_object_get(o, "operations")), SMALL_TRACE_OPS);
	kinds = json_object_get(o, "by_kind");
	json_object_foreach(kinds, key, n)
		sum += json_integer_value(n);
	assert_int_equal(sum, SMALL_TRACE_OPS);
	json_decref(o);
}

static int lines(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

static void test_dump(void **state)
{
	struct run *r;
	char first[4096];

	(void)state;
	r = MMREPLAY("info", "--dump", trace);
	assert_int_equal(r->status, 0);
	assert_true(lines(r->out) >= SMALL_TRACE_OPS);
	r = MMREPLAY("info", "--dump", "--count", "1", "--from", "2", trace);
	assert_int_equal(lines(r->out), 1);
	assert_int_equal(strtol(r->out, NULL, 10), 2);
	snprintf(first, sizeof(first), "%.4000s", r->out);
	r = MMREPLAY("info", "--dump", "--count", "2", "--from", "1", trace);
	assert_non_null(strstr(r->out, first));
}

static void test_pipe(void **state)
{
	char command[512];
	struct run r;

	(void)state;
	snprintf(command, sizeof(command), "cat %s | %s info -", trace, run_binary());
	run_program(&r, (const char *const[]){ "sh", "-c", command, NULL });
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "page_alloc"));
}

static void test_cut(void **state)
{
	struct run *r;

	(void)state;
	make_cut(10);
	r = MMREPLAY("info", cut);
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, cut));
	assert_non_null(strstr(r->err, "cut"));
	assert_non_null(strstr(r->err, "offset"));
	r = MMREPLAY("info", "--salvage", cut);
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "read up to the damage"));
	assert_non_null(strstr(r->out, "page_alloc"));
}

static void test_bad_input(void **state)
{
	FILE *f = fopen(cut, "w");
	struct run *r;

	(void)state;
	assert_non_null(f);
	fputs("this is no trace at all, but long enough to be looked at as one\n", f);
	fclose(f);
	r = MMREPLAY("info", cut);
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, cut));
	r = MMREPLAY("info", "/no/such/trace.mmt");
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, "/no/such/trace.mmt"));
	r = MMREPLAY("info");
	assert_int_equal(r->status, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_bad_input),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
