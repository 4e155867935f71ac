/* SPDX-License-Identifier: MIT
 * mmreplay replay, report, machine, map as a user runs them: what they write,
 * what they say, how they end, and what they answer to bad input. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "tests/cli/run_cmd.h"
#include "tests/cli/small_trace.h"

static char dir[64];

/* dir/name, for as long as fifteen more have not been asked for. */
static const char *in_dir(const char *name)
{
	static char path[16][128];
	static int i;

	i = (i + 1) % 16;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	return path[i];
}

static int set_up(void **state)
{
	(void)state;
	run_make_dir(dir);
	small_trace_write(in_dir("small.mmt"));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_rm_dir(dir);
	return 0;
}

static void assert_file(const char *name)
{
	struct stat st;

	if (stat(in_dir(name), &st) || st.st_size == 0)
		fail_msg("%s is missing or empty", name);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void assert_refused(const struct run *r, const char *sentence)
{
	assert_int_equal(r->status, 2);
	assert_string_equal(r->out, "");
	if (!strstr(r->err, sentence))
		fail_msg("found: %s expected: %s", r->err, sentence);
}

/* Runs on each backend beside each other. */
static void test_compare(void **state)
{
	struct run *r;
	json_t *j;

	(void)state;
	assert_int_equal(MMREPLAY("replay", in_dir("small.mmt"), "-o", in_dir("c1"))->status, 0);
	assert_int_equal(MMREPLAY("replay", in_dir("small.mmt"), "--backend", "jemalloc", "--touch",
				  "-o", in_dir("c2"))->status, 0);
	assert_int_equal(MMREPLAY("replay", in_dir("small.mmt"), "--backend=libc", "--zero",
				  "-o", in_dir("c3"))->status, 0);
	r = MMREPLAY("compare", in_dir("c1"), in_dir("c2"), in_dir("c3"));
	assert_int_equal(r->status, 0);
	assert_string_equal(r->err, "");
	assert_non_null(strstr(r->out, "What is configured differently"));
	assert_non_null(strstr(r->out, "rate, the first run's being 1"));
	r = MMREPLAY("compare", "--json", in_dir("c1"), in_dir("c2"), "-o", in_dir("cmp"));
	assert_int_equal(r->status, 0);
	j = json_loads(r->out, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(j, "schema")), "mmreplay-compare-1");
	assert_int_equal(json_array_size(json_object_get(j, "runs")), 2);
	json_decref(j);
	assert_file("cmp/compare.html");
	assert_file("cmp/compare-memory.svg");

	assert_refused(MMREPLAY("compare", in_dir("c1"), in_dir("nowhere")), "nowhere");
	assert_int_equal(MMREPLAY("compare", in_dir("c1"))->status, 2);
	assert_refused(MMREPLAY("report", in_dir("c2")), "found a run on jemalloc");
	assert_refused(MMREPLAY("replay", in_dir("small.mmt"), "--backend", "tcmalloc"),
		       "expected one of: sim, jemalloc, libc");
}

/* LD_PRELOAD replaces what libc is, and run.json says so. */
static void test_preload(void **state)
{
	json_t *j;
	int status;

	(void)state;
	/* A sanitizer wants to be the first library; here that does not matter. */
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
	setenv("LD_PRELOAD", "libm.so.6", 1);
	status = MMREPLAY("replay", in_dir("small.mmt"), "--backend", "libc", "-o", in_dir("pre"))->status;
	unsetenv("LD_PRELOAD");
	unsetenv("ASAN_OPTIONS");
	assert_int_equal(status, 0);
	j = json_load_file(in_dir("pre/run.json"), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json_object_get(j, "allocator"), "LD_PRELOAD")),
			    "libm.so.6");
	json_decref(j);
}

static void test_replay(void **state)
{
	struct run *r = MMREPLAY("replay", in_dir("small.mmt"), "-o", in_dir("run"));

	(void)state;
	assert_string_equal(r->err, "");
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "operations"));
	assert_non_null(strstr(r->out, "Machine check: clean"));
	assert_file("run/run.json");
	assert_file("run/timeline.csv");
	assert_file("run/failures.csv");
	assert_file("run/proc/end-buddyinfo");
}

static json_int_t member(const json_t *j, const char *key)
{
	const json_t *v = json_object_get(j, key);

	if (!json_is_integer(v))
		fail_msg("run.json has no number '%s'", key);
	return json_integer_value(v);
}

static void test_replay_json(void **state)
{
	struct run *r = MMREPLAY("replay", in_dir("small.mmt"), "-o", in_dir("run"), "--json");
	json_t *j = json_loads(r->out, 0, NULL);

	(void)state;
	assert_int_equal(r->status, 0);
	assert_non_null(j);
	assert_int_equal(member(j, "operations"), SMALL_TRACE_OPS);
	assert_int_equal(member(j, "failures"), 1);
	assert_int_equal(member(j, "misuse"), 1);
	assert_true(member(j, "peak_rss_bytes") > 0);
	assert_string_equal(json_string_value(json_object_get(j, "check")), "clean");
	assert_true(json_is_object(json_object_get(j, "machine")));
	assert_true(json_is_object(json_object_get(j, "trace")));
	json_decref(j);
}

static void test_fail_on(void **state)
{
	const char *trace = in_dir("small.mmt"), *out = in_dir("run");

	(void)state;
	assert_int_equal(MMREPLAY("replay", trace, "-o", out, "--fail-on", "would-block")->status, 0);
	assert_int_equal(MMREPLAY("replay", trace, "-o", out, "--fail-on", "failures")->status, 1);
	assert_int_equal(MMREPLAY("replay", trace, "-o", out, "--fail-on=orphans,misuse")->status, 1);
	assert_refused(MMREPLAY("replay", trace, "-o", out, "--fail-on", "failures,bad"),
		       "--fail-on: found 'bad', expected failures, ");
}

/* The same trace, machine and seed: the same bytes, host times aside. */
static void test_deterministic(void **state)
{
	static struct run r;

	(void)state;
	assert_int_equal(MMREPLAY("replay", in_dir("small.mmt"), "-o", in_dir("a"))->status, 0);
	assert_int_equal(MMREPLAY("replay", in_dir("small.mmt"), "-o", in_dir("b"))->status, 0);
	run_program(&r, (const char *const[]){ "diff", "-r", "-x", "run.json", in_dir("a"),
					       in_dir("b"), NULL });
	assert_string_equal(r.out, "");
	assert_int_equal(r.status, 0);
}

/* A folder that is not a run's is never replaced. */
static void test_output_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_dir("mine"), 0777), 0);
	write_text(in_dir("mine/letter"), "dear");
	assert_refused(MMREPLAY("replay", in_dir("small.mmt"), "-o", in_dir("mine")),
		       "mine: the folder is not empty and has no run.json");
	assert_file("mine/letter");
}

static void test_bad_traces(void **state)
{
	const char *bad = in_dir("bad.mmt");
	struct stat st;

	(void)state;
	assert_refused(MMREPLAY("replay", in_dir("none.mmt"), "-o", in_dir("x")),
		       "none.mmt: cannot open: No such file");
	write_text(bad, "this is no trace at all, but a letter of some length\n");
	assert_refused(MMREPLAY("replay", bad, "-o", in_dir("x")), "bad.mmt");
	write_text(bad, "");
	assert_refused(MMREPLAY("replay", bad, "-o", in_dir("x")), "bad.mmt");
	assert_int_equal(stat(in_dir("small.mmt"), &st), 0);
	assert_int_equal(truncate(in_dir("small.mmt"), st.st_size - 20), 0);
	assert_refused(MMREPLAY("replay", in_dir("small.mmt"), "-o", in_dir("x")), "offset");
	assert_int_equal(access(in_dir("x"), F_OK), -1);
}

static void test_bad_machines(void **state)
{
	const char *trace = in_dir("small.mmt"), *ini = in_dir("m.ini");

	(void)state;
	assert_refused(MMREPLAY("replay", trace, "--machine", "toaster", "-o", in_dir("x")),
		       "no machine 'toaster'");
	write_text(ini, "[machine]\nram = 12Q\n");
	assert_refused(MMREPLAY("machine", ini), "m.ini");
	assert_refused(MMREPLAY("machine", in_dir("none.ini")), "none.ini");
	assert_refused(MMREPLAY("map", "--machine", "toaster"), "no machine 'toaster'");
}

static void test_machine_and_map(void **state)
{
	struct run *r = MMREPLAY("machine", "x86_32-512m");
	json_t *j;

	(void)state;
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "Normal"));
	r = MMREPLAY("machine", "x86_32-2g", "--json");
	j = json_loads(r->out, 0, NULL);
	assert_non_null(j);
	json_decref(j);
	r = MMREPLAY("map");
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "0xfec00000"));
	r = MMREPLAY("map", "--svg", in_dir("map.svg"));
	assert_int_equal(r->status, 0);
	assert_file("map.svg");
}

static void test_report(void **state)
{
	const char *run = in_dir("run");
	struct run *r;

	(void)state;
	assert_int_equal(MMREPLAY("replay", in_dir("small.mmt"), "-o", run)->status, 0);
	r = MMREPLAY("report", run);
	assert_string_equal(r->err, "");
	assert_int_equal(r->status, 0);
	assert_file("run/report.html");
	assert_refused(MMREPLAY("report", in_dir("none")), "none");
	assert_int_equal(mkdir(in_dir("empty"), 0777), 0);
	assert_refused(MMREPLAY("report", in_dir("empty")), "run.json");
	write_text(in_dir("run/run.json"), "{ not json");
	assert_refused(MMREPLAY("report", run), "run.json");
}

/* Ctrl-C in a replay that waits for its pipe: status 130 and nothing left. */
static void test_interrupted(void **state)
{
	static struct run r;
	char command[512], *exe = realpath(run_binary(), NULL);

	(void)state;
	assert_non_null(exe);
	snprintf(command, sizeof(command),
		 "cd %s && mkfifo p && { sleep 20 > p & } && "
		 "{ timeout -s INT --preserve-status 0.5 \"$0\" replay - -o run < p; s=$?; kill $!; "
		 "ls; exit $s; }", dir);
	run_program(&r, (const char *const[]){ "sh", "-c", command, exe, NULL });
	free(exe);
	assert_int_equal(r.status, 130);
	assert_non_null(strstr(r.err, "mmreplay replay: interrupted"));
	assert_string_equal(r.out, "p\nsmall.mmt\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_replay), TEST(test_compare), TEST(test_preload),
		TEST(test_replay_json),
		TEST(test_fail_on),
		TEST(test_deterministic),
		TEST(test_output_refused),
		TEST(test_bad_traces),
		TEST(test_bad_machines),
		TEST(test_machine_and_map),
		TEST(test_report),
		TEST(test_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
