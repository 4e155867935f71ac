/* SPDX-License-Identifier: MIT
 * mmreplay import as a user runs it: real recordings in, a trace that replays,
 * the JSON that programs rely on, and a sentence for every kind of bad input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "tests/cli/run_cmd.h"

#define SAMPLE "tests/data/import/v7-zstd.dat"
#define SAMPLE_TEXT "tests/data/import/v7-zstd.report.txt.zst"

static char dir[64];

static const char *in_dir(const char *name)
{
	static char path[8][128];
	static int i;

	i = (i + 1) % 8;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	return path[i];
}

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

static void assert_refused(const struct run *r, const char *sentence)
{
	assert_int_equal(r->status, 2);
	assert_string_equal(r->out, "");
	assert_memory_equal(r->err, "mmreplay import: ", 17);
	if (!strstr(r->err, sentence))
		fail_msg("found: %s expected: %s", r->err, sentence);
	assert_int_equal(access(in_dir("x.mmt"), F_OK), -1);
}

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static json_int_t member(const json_t *j, const char *key)
{
	const json_t *v = json_object_get(j, key);

	if (!json_is_integer(v))
		fail_msg("import --json has no number '%s'", key);
	return json_integer_value(v);
}

/* What programs rely on, and the same numbers from the text. */
static void test_json(void **state)
{
	json_t *dat, *text;
	struct run *r;

	(void)state;
	r = MMREPLAY("import", SAMPLE, "-o", in_dir("a.mmt"), "--json");
	assert_int_equal(r->status, 0);
	dat = json_loads(r->out, 0, NULL);
	r = MMREPLAY("import", SAMPLE_TEXT, "-o", in_dir("b.mmt"), "--json");
	assert_int_equal(r->status, 0);
	text = json_loads(r->out, 0, NULL);
	assert_non_null(dat);
	assert_non_null(text);
	assert_true(member(dat, "operations") > 1000);
	assert_true(member(dat, "events") >= member(dat, "operations"));
	assert_int_equal(member(dat, "lost_events"), 0);
	assert_true(json_is_object(json_object_get(dat, "folded")));
	assert_true(json_is_object(json_object_get(dat, "unknown_events")));
	assert_true(json_is_number(json_object_get(dat, "seconds")));
	assert_int_equal(member(dat, "operations"), member(text, "operations"));
	assert_int_equal(member(dat, "orphan_frees"), member(text, "orphan_frees"));
	json_decref(dat);
	json_decref(text);
}

/* Imported through a pipe and replayed: every operation arrives. */
static void test_pipe_to_replay(void **state)
{
	static struct run r;
	char command[512];

	(void)state;
	snprintf(command, sizeof(command), "%s import %s -o - 2>/dev/null | %s replay - -o %s",
		 run_binary(), SAMPLE, run_binary(), in_dir("run"));
	run_program(&r, (const char *const[]){ "sh", "-c", command, NULL });
	assert_string_equal(r.err, "");
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "Machine check: clean"));
}

static void test_bad_input(void **state)
{
	static char data[200000];
	FILE *f = fopen(SAMPLE, "rb");
	const char *cut = in_dir("cut.dat"), *out = in_dir("x.mmt");
	size_t n;

	(void)state;
	assert_non_null(f);
	n = fread(data, 1, sizeof(data), f);
	fclose(f);
	assert_refused(MMREPLAY("import", in_dir("none.dat"), "-o", out), "No such file");
	write_file(cut, "dear reader\n", 12);
	assert_refused(MMREPLAY("import", cut, "-o", out), "neither a trace.dat");
	write_file(cut, "", 0);
	assert_refused(MMREPLAY("import", cut, "-o", out), "cut.dat");
	write_file(cut, data, n / 2);
	assert_refused(MMREPLAY("import", cut, "-o", out), "offset");
	assert_refused(MMREPLAY("import", cut, "-o", out), "section");
}

static void test_bad_options(void **state)
{
	const char *out = in_dir("x.mmt");

	(void)state;
	assert_refused(MMREPLAY("import", SAMPLE, "-o", out, "--probe", "foo"),
		       "'foo': expected EVENT=ROLE[,FIELD=NAME...]");
	assert_refused(MMREPLAY("import", SAMPLE, "-o", out, "--probe", "foo=dance"), "dance");
	assert_refused(MMREPLAY("import", SAMPLE, "-o", out, "--format", "pdf"),
		       "--format: found 'pdf', expected one of auto|");
	assert_refused(MMREPLAY("import", SAMPLE, "-o", out, "--probes", in_dir("none.ini")),
		       "none.ini");
	assert_refused(MMREPLAY("import", SAMPLE, "-o", out, "extra"), "unexpected operand 'extra'");
	assert_refused(MMREPLAY("import"), "found 0 operands");
	assert_refused(MMREPLAY("import", SAMPLE, "-o", in_dir("no/such/folder/x.mmt"), "--level",
				"999"), "level");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_json),
		TEST(test_pipe_to_replay),
		TEST(test_bad_input),
		TEST(test_bad_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
