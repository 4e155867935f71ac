/* SPDX-License-Identifier: MIT
 *
 * What is written is read back: operations of every kind, names, metadata,
 * totals, through files and pipes, with and without answers, from any place.
 */
#include <setjmp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

#include <cmocka.h>

#include "tests/format/make_ops.h"

static struct mmt_reader *must_open(const char *path, const struct mmt_read_options *opt)
{
	struct mm_error err;
	struct mmt_reader *r = mmt_open(path, opt, &err);

	if (!r)
		fail_msg("%s", err.text);
	return r;
}

/* Everything from here to the end equals ops from record `from`; with
 * no_answers the answers read as none. */
static void expect_rest(struct mmt_reader *r, const struct ops *ops, size_t from,
			bool no_answers)
{
	const struct trace_op *op;
	struct mm_error err;
	size_t n, i, at = from;
	int rc;

	while ((rc = mmt_next(r, &op, &n, &err)) > 0) {
		assert_true(n > 0);
		assert_int_not_equal(op[0].kind, TRACE_ITEM);
		for (i = 0; i < n; i++, at++) {
			struct trace_op want;

			assert_true(at < ops->n);
			want = ops->op[at];
			if (no_answers)
				want.answer = TRACE_NO_ANSWER;
			if (!same_op(&op[i], &want))
				fail_msg("record %zu of %zu differs", at, ops->n);
		}
	}
	if (rc)
		fail_msg("%s", err.text);
	assert_int_equal(at, ops->n);
}

static void check_roundtrip(enum ops_style style, uint32_t seed, size_t n)
{
	struct mmt_read_options no_answers = { .no_answers = true };
	struct ops ops = make_ops(style, seed, n);
	const char *path = temp_path("roundtrip.mmt");
	struct trace_totals totals = write_ops(path, &ops, NULL);
	struct mmt_reader *r = must_open(path, NULL);

	assert_int_equal(totals.records, ops.n);
	expect_rest(r, &ops, 0, false);
	mmt_close(r);
	r = must_open(path, &no_answers);
	expect_rest(r, &ops, 0, true);
	mmt_close(r);
	free(ops.op);
}

static void test_like_kernel(void **state)
{
	(void)state;
	check_roundtrip(OPS_LIKE_KERNEL, 1, 300000);
	check_roundtrip(OPS_LIKE_KERNEL, 2, 1);
	check_roundtrip(OPS_LIKE_KERNEL, 3, 70000);
}

static void test_wild(void **state)
{
	uint32_t seed;

	(void)state;
	check_roundtrip(OPS_WILD, 1, 200000);
	for (seed = 2; seed < 60; seed++)
		check_roundtrip(OPS_WILD, seed, seed * 7);
}

static void test_empty(void **state)
{
	struct ops none = { 0 };
	const char *path = temp_path("empty.mmt");
	struct trace_totals totals = write_ops(path, &none, NULL);
	struct mmt_reader *r = must_open(path, NULL);

	(void)state;
	expect_rest(r, &none, 0, false);
	assert_int_equal(totals.operations, 0);
	assert_string_equal(mmt_get_meta(r, "kernel"), "6.1.0-test");
	mmt_close(r);
}

static void test_dropped_answers(void **state)
{
	struct mmt_write_options drop = { .no_answers = true };
	struct ops ops = make_ops(OPS_LIKE_KERNEL, 9, 5000);
	const char *path = temp_path("dropped.mmt");
	struct trace_totals totals = write_ops(path, &ops, &drop);
	struct mmt_reader *r = must_open(path, NULL);

	(void)state;
	assert_false(totals.answers);
	expect_rest(r, &ops, 0, true);
	mmt_close(r);
	free(ops.op);
}

/* mmreplay ... | mmreplay ...: written to and read from a pipe. */
static void test_pipe(void **state)
{
	struct ops ops = make_ops(OPS_LIKE_KERNEL, 5, 150000);
	struct trace_totals totals, expected = write_ops(temp_path("pipe.mmt"), &ops, NULL);
	int fds[2], keep_in = dup(0), keep_out, status;
	struct mmt_reader *r;
	struct mm_error err;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		write_ops("-", &ops, NULL);
		_exit(0);
	}
	close(fds[1]);
	keep_out = dup2(fds[0], 0);
	assert_int_equal(keep_out, 0);
	close(fds[0]);
	r = must_open("-", NULL);
	assert_int_equal(mmt_totals(r, &totals, &err), -ESPIPE);
	assert_int_equal(mmt_seek(r, 0, NULL, &err), -ESPIPE);
	expect_rest(r, &ops, 0, false);
	assert_int_equal(mmt_totals(r, &totals, &err), 0);
	assert_memory_equal(&totals, &expected, sizeof(totals));
	assert_int_equal(mmt_size(r), 0);
	mmt_close(r);
	dup2(keep_in, 0);
	close(keep_in);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	free(ops.op);
}

static size_t record_of(const struct ops *ops, uint64_t operation)
{
	size_t i;

	for (i = 0; i < ops->n; i++)
		if (ops->op[i].kind != TRACE_ITEM && !operation--)
			return i;
	return ops->n;
}

static void test_seek(void **state)
{
	struct ops ops = make_ops(OPS_LIKE_KERNEL, 6, 400000);
	const char *path = temp_path("seek.mmt");
	struct trace_totals totals = write_ops(path, &ops, NULL);
	struct mmt_reader *r = must_open(path, NULL);
	uint64_t nr, first, last = 0;
	struct mm_error err;

	(void)state;
	for (nr = 0; nr < totals.operations; nr += totals.operations / 7) {
		assert_int_equal(mmt_seek(r, nr, &first, &err), 0);
		assert_true(first <= nr && nr - first < 65536);
		assert_true(first >= last);
		last = first;
		expect_rest(r, &ops, record_of(&ops, first), false);
	}
	assert_true(last > 0);
	assert_int_equal(mmt_seek(r, totals.operations, &first, &err), 0);
	assert_int_equal(first, totals.operations);
	expect_rest(r, &ops, ops.n, false);
	mmt_close(r);
	free(ops.op);
}

static void test_totals(void **state)
{
	struct ops ops = make_ops(OPS_LIKE_KERNEL, 7, 100000);
	const char *path = temp_path("totals.mmt");
	struct trace_totals written = write_ops(path, &ops, NULL), totals, want = { 0 };
	struct mmt_reader *r = must_open(path, NULL);
	struct mm_error err;
	size_t i;

	(void)state;
	for (i = 0; i < ops.n; i++) {
		want.by_kind[ops.op[i].kind]++;
		if (ops.op[i].slot != TRACE_NO_SLOT && ops.op[i].slot >= want.slots)
			want.slots = ops.op[i].slot + 1;
	}
	assert_int_equal(mmt_totals(r, &totals, &err), 0);
	assert_memory_equal(&totals, &written, sizeof(totals));
	assert_memory_equal(totals.by_kind, want.by_kind, sizeof(want.by_kind));
	assert_int_equal(totals.slots, want.slots);
	assert_int_equal(totals.operations, ops.n - want.by_kind[TRACE_ITEM]);
	assert_int_equal(totals.duration_ns, ops.op[ops.n - 1].time);
	assert_int_equal(totals.cpus, 2);
	assert_int_equal(totals.sites, 20);
	assert_int_equal(totals.file_bytes, mmt_size(r));
	assert_true(totals.answers);
	mmt_close(r);
	free(ops.op);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_kernel),
		cmocka_unit_test(test_wild),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_dropped_answers),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_seek),
		cmocka_unit_test(test_totals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
