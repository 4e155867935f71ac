/* SPDX-License-Identifier: MIT
 *
 * The results folder: what is in it, that the same trace gives the same bytes,
 * that an interrupted or failing run leaves nothing, samples, marks, and one
 * run.json kept whole (tests/data/replay/golden-run.json).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/stop.h"
#include "replay/run.h"
#include "tests/replay/trace_help.h"

#define GOLDEN "tests/data/replay/golden-run.json"

static const char *const files[] = {
	"run.json", "timeline.csv", "failures.csv", "blocks.csv", "blame.csv",
	"proc/end-buddyinfo", "proc/end-pagetypeinfo", "proc/end-zoneinfo", "proc/end-slabinfo",
	"proc/end-vmallocinfo", "proc/end-meminfo", "proc/end-vmstat", "proc/end-unusable_index",
	"proc/end-extfrag_index", "proc/001-half_way-buddyinfo", "proc/001-half_way-slabinfo",
};

static char *dir;
static struct tt trace;

/* A small load: pages of several orders and types, objects, maps, one failure. */
static void write_trace(void)
{
	struct tt *t = &trace;
	uint32_t seed = 1, i;

	tt_open(t, dir, "t.mmt");
	mmt_meta(t->w, "kernel", "test");
	for (i = 0; i < 4000; i++) {
		seed = seed * 1103515245 + 12345;
		t->time += 9000;
		if (i == 2000)
			TT(t, TRACE_MARK, NO, .arg = mmt_string(t->w, "half way"), .size = 1);
		TT(t, TRACE_PAGE_ALLOC, i, .order = seed >> 20 & 3,
		   .gfp = seed >> 24 & 1 ? MM_GFP_HIGHUSER_MOVABLE : MM_GFP_KERNEL);
		TT(t, TRACE_KMALLOC, 4000 + i, .size = 8 + (seed >> 16 & 2047), .gfp = MM_GFP_KERNEL);
		if (seed >> 28 & 1)
			TT(t, TRACE_KFREE, 4000 + i);
		if (seed >> 29 & 1)
			TT(t, TRACE_PAGE_FREE, i, .order = seed >> 20 & 3);
	}
	TT(t, TRACE_VMALLOC, 9000, .size = 300u << 20, .gfp = MM_GFP_KERNEL);
	tt_close(t);
}

static int set_up(void **state)
{
	(void)state;
	dir = tt_mkdir();
	write_trace();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tt_rmdir(dir);
	return 0;
}

static int replay(const char *name, struct run_options o, struct run_result *r, struct mm_error *err)
{
	char out[300];

	snprintf(out, sizeof(out), "%s/%s", dir, name);
	o.out = out;
	if (!o.trace)
		o.trace = trace.path;
	if (!o.timeline.every && !o.timeline.samples)
		o.timeline.samples = 50;
	return run_replay(&o, r, err);
}

static void replay_ok(const char *name, struct run_options o)
{
	struct run_result r;
	struct mm_error err;

	if (replay(name, o, &r, &err))
		fail_msg("%s", err.text);
	assert_string_equal(r.check, "clean");
	run_result_free(&r);
}

/* run.json without what the host gives. */
static json_t *load(const char *name)
{
	static const char *const host[] = { "seconds", "operations_per_second", "peak_rss_bytes", "host" };
	char path[400];
	json_error_t e;
	json_t *j;
	size_t i;

	snprintf(path, sizeof(path), "%s/%s/run.json", dir, name);
	j = json_load_file(path, 0, &e);
	if (!j)
		fail_msg("%s: %s", path, e.text);
	for (i = 0; i < 4; i++)
		assert_int_equal(json_object_del(j, host[i]), 0);
	json_object_del(json_object_get(j, "trace"), "path");
	return j;
}

static void test_same_bytes(void **state)
{
	json_t *ja, *jb;
	size_t i;

	(void)state;
	replay_ok("a", (struct run_options){ .latency_every = 16 });
	replay_ok("b", (struct run_options){ .check_every = 500, .latency_every = 1 });
	for (i = 1; i < sizeof(files) / sizeof(files[0]); i++) {
		char name[100], *a, *b;

		snprintf(name, sizeof(name), "a/%s", files[i]);
		a = tt_slurp(dir, name);
		*name = 'b';
		b = tt_slurp(dir, name);
		if (strcmp(a, b))
			fail_msg("%s differs between two runs", files[i]);
		free(a);
		free(b);
	}
	ja = load("a");
	jb = load("b");
	assert_int_equal(json_object_del(ja, "latency") | json_object_del(jb, "latency"), 0);
	assert_true(json_equal(ja, jb));
	json_decref(ja);
	json_decref(jb);
}

/* Another seed shuffles the slabs otherwise, and says so. */
static void test_seed(void **state)
{
	json_t *a, *b;

	(void)state;
	replay_ok("seed1", (struct run_options){ .seed_set = true, .seed = 1 });
	replay_ok("seed7", (struct run_options){ .seed_set = true, .seed = 7 });
	a = load("seed1");
	b = load("seed7");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(b, "machine"), "seed")), 7);
	assert_false(json_equal(a, b));
	json_decref(a);
	json_decref(b);
}

static void test_golden(void **state)
{
	json_t *now, *golden;
	json_error_t e;

	(void)state;
	replay_ok("golden", (struct run_options){ 0 });
	now = load("golden");
	if (getenv("MMREPLAY_UPDATE"))
		assert_int_equal(json_dump_file(now, GOLDEN, JSON_INDENT(1)), 0);
	golden = json_load_file(GOLDEN, 0, &e);
	if (!golden)
		fail_msg("%s: %s", GOLDEN, e.text);
	if (!json_equal(now, golden)) {
		const char *key;
		json_t *v;

		json_object_foreach(golden, key, v)
			if (!json_equal(v, json_object_get(now, key)))
				fail_msg("run.json differs from " GOLDEN " in %s: found %s", key,
					 json_dumps(json_object_get(now, key), JSON_ENCODE_ANY));
		fail_msg("run.json has keys that " GOLDEN " has not");
	}
	json_decref(now);
	json_decref(golden);
}

/* Pageblock rows account for every frame: their sum is what the zones have. */
static void test_blocks_account_for_all(void **state)
{
	char *csv, *line;
	unsigned long present = 0, last_op = 0;
	json_t *j;

	(void)state;
	replay_ok("blocks", (struct run_options){ 0 });
	csv = tt_slurp(dir, "blocks/blocks.csv");
	for (line = strchr(csv, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
		unsigned long op, p[6];
		int i;

		assert_int_equal(sscanf(line, "%lu,%*u,%*u,%*u,%*[A-Za-z],%*[A-Za-z],%lu,%lu,%lu,%lu,%lu,%lu",
					&op, &p[0], &p[1], &p[2], &p[3], &p[4], &p[5]), 7);
		if (op != last_op)
			present = 0;
		last_op = op;
		for (i = 0; i < 6; i++)
			present += p[i];
	}
	j = load("blocks");
	assert_int_equal(last_op, json_integer_value(json_object_get(j, "operations")));
	assert_int_equal(present, 3998 + 220158 + 299999);
	json_decref(j);
	free(csv);
}

static int count_lines(const char *name)
{
	char *s = tt_slurp(dir, name), *p;
	int n = 0;

	for (p = s; *p; p++)
		n += *p == '\n';
	free(s);
	return n;
}

static void test_samples(void **state)
{
	uint64_t operations;
	json_t *j;
	int n;

	(void)state;
	replay_ok("s", (struct run_options){ .timeline = { .samples = 20 } });
	n = count_lines("s/timeline.csv");
	assert_in_range(n, 21, 23);	/* header, the start, 20 moments, the end */
	replay_ok("e", (struct run_options){ .timeline = { .every = 1000 } });
	j = load("e");
	operations = (uint64_t)json_integer_value(json_object_get(j, "operations"));
	assert_int_equal(count_lines("e/timeline.csv"), 1 + 1 + (operations + 999) / 1000);
	json_decref(j);
}

static void test_marks(void **state)
{
	const json_t *mark;
	json_t *j;

	(void)state;
	replay_ok("m", (struct run_options){ 0 });
	j = load("m");
	assert_int_equal(json_array_size(json_object_get(j, "marks")), 1);
	mark = json_array_get(json_object_get(j, "marks"), 0);
	assert_string_equal(json_string_value(json_object_get(mark, "name")), "half way");
	assert_int_equal(tt_count(dir, "m"), 1);
	json_decref(j);
}

/* Nothing but the trace stands in the folder afterwards. */
static void assert_nothing_left(const char *name)
{
	if (tt_count(dir, name))
		fail_msg("something was left of %s", name);
}

static void test_interrupted(void **state)
{
	struct run_result r;
	struct mm_error err;

	(void)state;
	stop_signal = SIGINT;
	assert_int_equal(replay("int", (struct run_options){ 0 }, &r, &err), RUN_INTERRUPTED);
	stop_signal = 0;
	assert_nothing_left("int");
}

static void test_bad_input(void **state)
{
	static const struct { struct run_options o; int code; const char *says; } bad[] = {
		{ { .trace = "/no/such.mmt" }, -ENOENT, "/no/such.mmt" },
		{ { .machine = "no-such" }, -ENOENT, "no machine 'no-such'" },
		{ { .backend = "malloc" }, -EINVAL, "backend: found 'malloc', expected one of: sim" },
		{ { .state_dir = "/no/such/state" }, 0, "/no/such/state" }, /* any code */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct run_result r;
		struct mm_error err = { 0 };

		int ret = replay("bad", bad[i].o, &r, &err);

		assert_true(ret < 0 && (!bad[i].code || ret == bad[i].code));
		if (!strstr(err.text, bad[i].says))
			fail_msg("\"%s\" does not say \"%s\"", err.text, bad[i].says);
		assert_nothing_left("bad");
	}
}

/* A cut trace: refused without --salvage, used up to the damage with it. */
static void test_cut_trace(void **state)
{
	struct run_options o = { 0 };
	struct run_result r;
	struct mm_error err;
	char path[300], *whole;
	FILE *f;

	(void)state;
	whole = tt_slurp(dir, "t.mmt");
	free(whole);
	snprintf(path, sizeof(path), "%s/cut.mmt", dir);
	f = fopen(trace.path, "r");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	long size = ftell(f);

	rewind(f);
	whole = malloc((size_t)size);
	assert_int_equal(fread(whole, 1, (size_t)size, f), size);
	fclose(f);
	f = fopen(path, "w");
	fwrite(whole, 1, (size_t)size - 40, f);
	fclose(f);
	free(whole);
	o.trace = path;
	assert_true(replay("cutrun", o, &r, &err) < 0);
	assert_non_null(strstr(err.text, path));
	assert_nothing_left("cutrun");
	o.salvage = true;
	if (replay("cutrun", o, &r, &err))
		fail_msg("%s", err.text);
	assert_non_null(r.damage);
	assert_true(r.counts.operations > 0);
	assert_string_equal(json_string_value(json_object_get(json_object_get(r.json, "trace"), "damage")),
			    r.damage);
	run_result_free(&r);
}

/* The trace on standard input, which cannot tell how long it is. */
static void feed_stdin(pid_t *child)
{
	int end[2];

	assert_int_equal(pipe(end), 0);
	fflush(NULL);
	*child = fork();
	if (!*child) {
		dup2(end[1], 1);
		close(end[0]);
		execlp("cat", "cat", trace.path, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(dup2(end[0], 0), 0);
	close(end[0]);
	close(end[1]);
}

static void test_pipe(void **state)
{
	static const char *const same[] = { "operations", "by_kind", "events", "causes", "machine" };
	int keep = dup(0), rows;
	json_t *a, *b;
	pid_t child;
	size_t i;

	(void)state;
	replay_ok("file", (struct run_options){ .timeline = { .samples = 4 } });
	feed_stdin(&child);
	replay_ok("pipe", (struct run_options){ .trace = "-", .timeline = { .samples = 4 } });
	waitpid(child, NULL, 0);
	dup2(keep, 0);
	close(keep);
	a = load("file");
	b = load("pipe");
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_true(json_equal(json_object_get(a, same[i]), json_object_get(b, same[i])));
	rows = count_lines("pipe/timeline.csv") - 1;
	assert_in_range(rows, 8, 17);	/* room for 16, then thinned to half; the end */
	json_decref(a);
	json_decref(b);
}

/* An earlier run is replaced, another folder is not. */
static void test_output_folder(void **state)
{
	struct run_result r;
	struct mm_error err;
	char path[300];

	(void)state;
	replay_ok("again", (struct run_options){ 0 });
	replay_ok("again", (struct run_options){ 0 });
	snprintf(path, sizeof(path), "%s/mine/file", dir);
	*strrchr(path, '/') = '\0';
	assert_int_equal(mkdir(path, 0755), 0);
	strcat(path, "/file");
	fclose(fopen(path, "w"));
	assert_int_equal(replay("mine", (struct run_options){ 0 }, &r, &err), -EEXIST);
	assert_int_equal(access(path, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_seed),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_blocks_account_for_all),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_cut_trace),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_output_folder),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
