/* SPDX-License-Identifier: MIT
 *
 * Traces that are odd as such: from a pipe, of times and caches that cannot be.
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

#include "replay/machine_file.h"
#include "replay/run.h"
#include "tests/replay/trace_help.h"

static int set_up(void **state)
{
	*state = tt_mkdir();
	return 0;
}

static int tear_down(void **state)
{
	tt_rmdir(*state);
	return 0;
}

static void run(const char *trace, struct run_result *r)
{
	struct run_options o = { .trace = trace, .machine = "x86_32-512m", .check_every = 1,
				 .timeline = { .samples = 10 } };
	struct mm_error err;

	if (run_replay(&o, r, &err))
		fail_msg("%s", err.text);
	assert_string_equal(r->check, "clean");
}

/* The same, read from a pipe, which cannot tell before how many slots it needs. */
static void run_from_pipe(const char *trace, const char *dir, struct run_result *r)
{
	char fifo[300], command[700];
	pid_t pid;

	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	snprintf(command, sizeof(command), "cat %s >%s", trace, fifo);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(system(command) != 0);
	run(fifo, r);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	unlink(fifo);
}

/* An object of a cache of no known size, in a slot beyond those that a pipe's
 * replay begins with: what becomes of its free is the same. */
static void test_file_and_pipe_agree(void **state)
{
	struct run_result file, piped;
	uint32_t nameless;
	struct tt t;

	tt_open(&t, *state, "u.mmt");
	nameless = mmt_cache(t.w, &(struct trace_cache){ "of_no_known_size", 0, 0, 0 });
	TT(&t, TRACE_CACHE_ALLOC, 5000, .arg = nameless, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_CACHE_FREE, 5000, .arg = nameless);
	tt_close(&t);
	run(t.path, &file);
	run_from_pipe(t.path, *state, &piped);
	assert_int_equal(file.skipped, 1);
	assert_int_equal(piped.skipped, 1);
	assert_int_equal(file.counts.orphan_frees + piped.counts.orphan_frees, 0);
	run_result_free(&file);
	run_result_free(&piped);
}

/* A damaged trace refers to a cache that it does not have: no table grows for
 * it, and each operation is counted. */
static void test_no_such_cache(void **state)
{
	static const uint8_t kinds[] = { TRACE_KMALLOC, TRACE_CACHE_FREE, TRACE_CACHE_ALLOC, TRACE_CACHE_FREE,
					 TRACE_CACHE_CREATE, TRACE_CACHE_DESTROY, TRACE_KMALLOC };
	const struct backend_stop never = { UINT64_MAX, UINT64_MAX };
	struct trace_op op[sizeof(kinds)];
	struct backend_setup setup = { 0 };
	struct mm_config cfg;
	struct mmt_reader *r;
	struct backend *b;
	struct mm_error err;
	size_t i, pos = 0;
	struct tt t;

	tt_open(&t, *state, "none.mmt");
	TT(&t, TRACE_KMALLOC, 0, .size = 64, .gfp = MM_GFP_KERNEL);
	tt_close(&t);
	assert_int_equal(machine_file_read("x86_32-512m", &cfg, &err), 0);
	r = mmt_open(t.path, NULL, &err);
	assert_non_null(r);
	setup.machine = &cfg;
	setup.trace = r;
	b = backend_find("sim", &err)->open(&setup, &err);
	assert_non_null(b);
	for (i = 0; i < sizeof(kinds); i++)
		op[i] = (struct trace_op){ .kind = kinds[i], .slot = (uint32_t)i / 2, .arg = UINT32_MAX - 1,
					   .size = 64, .gfp = MM_GFP_KERNEL, .answer = TRACE_NO_ANSWER };
	while (pos < sizeof(kinds))
		assert_int_not_equal(backend_find("sim", &err)->run(b, op, sizeof(kinds), &pos, &never), BACKEND_ERROR);
	assert_int_equal(b->counts.operations, sizeof(kinds));
	assert_int_equal(b->counts.not_replayed[NOT_UNKNOWN_CACHE], 2);
	assert_int_equal(b->counts.skipped[TRACE_CACHE_DESTROY], 1);
	backend_find("sim", &err)->close(b);
	mmt_close(r);
}

/* 292 years are replayed, whatever is due on the way; what lies behind is refused, because
 * nothing could be due after it. */
static void test_times(void **state)
{
	struct run_options o = { .machine = "x86_32-512m", .timeline = { .samples = 10 } };
	struct run_result r;
	struct mm_error err;
	struct tt t;

	tt_open(&t, *state, "late.mmt");
	TT(&t, TRACE_KMALLOC, 0, .size = 64, .gfp = MM_GFP_KERNEL);
	t.time = INT64_MAX - 1500;
	TT(&t, TRACE_KFREE, 0);
	tt_close(&t);
	run(t.path, &r);
	assert_int_equal(r.counts.operations, 2);
	run_result_free(&r);

	tt_open(&t, *state, "later.mmt");
	TT(&t, TRACE_KMALLOC, 0, .size = 64, .gfp = MM_GFP_KERNEL);
	t.time = (uint64_t)INT64_MAX + 1;
	TT(&t, TRACE_KFREE, 0);
	tt_close(&t);
	o.trace = t.path;
	assert_int_equal(run_replay(&o, &r, &err), -EINVAL);
	assert_non_null(strstr(err.text, "later.mmt: operation 1: found time 92233720368547"));
	assert_non_null(strstr(err.text, "expected at most 9223372036854775807 ns (292 years)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file_and_pipe_agree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_such_cache, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_times, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("odd traces", tests, NULL, NULL);
}
