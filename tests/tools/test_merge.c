/* SPDX-License-Identifier: MIT
 * Merged traces: in order, nothing lost, what must be apart is apart. */
#include "tests/tools/tool_traces.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OPS = 1500 };

static struct tool_summary merge(const char *const *in, size_t n, const char *out,
				 struct merge_options opt)
{
	struct tool_io io = { .output = out, .history = "merge" };
	struct tool_summary sum;
	struct mm_error err;

	if (trace_merge(&io, in, n, &opt, &sum, &err))
		fail_msg("%s", err.text);
	return sum;
}

static void test_one(void **state)
{
	const char *in = temp_path("a.mmt"), *out = temp_path("out.mmt");
	struct ops a, b;
	char *history;
	size_t i;

	(void)state;
	make_trace(in, 9, OPS);
	merge(&in, 1, out, (struct merge_options){ 0 });
	a = load_trace(in);
	b = load_trace(out);
	assert_int_equal(a.n, b.n);
	for (i = 0; i < a.n; i++)
		assert_true(same_op(&a.op[i], &b.op[i]));
	history = trace_meta(out, "history");
	assert_string_equal(history, "made by a test\nmerge");
	free(history);
	free(a.op);
	free(b.op);
}

/* All of each; the one cache that each makes is made once. */
static void test_three(void **state)
{
	const char *in[3] = { temp_path("a.mmt"), temp_path("b.mmt"), temp_path("c.mmt") };
	const char *out = temp_path("out.mmt");
	static const struct merge_options options[] = {
		{ 0 }, { .delay = 5000 }, { .append = true }, { .cpus_apart = true },
		{ .caches_apart = true, .delay = 100 },
	};
	struct check all, each;
	size_t i, k;

	(void)state;
	for (k = 0; k < sizeof(options) / sizeof(options[0]); k++) {
		struct check sum = { 0 };
		struct tool_summary s;

		for (i = 0; i < 3; i++) {
			make_trace(in[i], (uint32_t)(10 * k + i + 1), OPS);
			each = check_trace(in[i]);
			sum.operations += each.operations;
			sum.items += each.items;
			sum.live += each.live;
			sum.orphans += each.orphans;
			sum.local += each.local;
		}
		s = merge(in, 3, out, options[k]);
		all = check_trace(out);
		assert_int_equal(s.dropped, options[k].caches_apart ? 0 : 2);
		assert_int_equal(all.operations, sum.operations - s.dropped);
		assert_int_equal(all.items, sum.items);
		assert_int_equal(all.live, sum.live);
		assert_int_equal(all.orphans, sum.orphans);
		assert_int_equal(all.local, sum.local);
		assert_int_equal(s.totals.tasks, 3 * 8 + 1);
		assert_int_equal(s.totals.caches, options[k].caches_apart ? 3 * 8 + 1 : 8 + 1);
		assert_int_equal(s.totals.cpus, options[k].cpus_apart ? 6 : 2);
	}
}

static void test_times(void **state)
{
	const char *in[2] = { temp_path("a.mmt"), temp_path("b.mmt") }, *out = temp_path("out.mmt");
	struct ops a, b, all;
	uint64_t end;

	(void)state;
	make_trace(in[0], 1, OPS);
	make_trace(in[1], 2, OPS);
	a = load_trace(in[0]);
	b = load_trace(in[1]);
	end = a.op[a.n - 1].time;
	merge(in, 2, out, (struct merge_options){ .append = true, .delay = 77 });
	all = load_trace(out);
	assert_int_equal(all.op[a.n - 1].time, end);
	/* b's first operation makes a cache that is there. */
	assert_int_equal(all.op[a.n].time, end + 77 + b.op[1].time);
	assert_int_equal(all.op[all.n - 1].time, end + 77 + b.op[b.n - 1].time);
	free(a.op);
	free(b.op);
	free(all.op);
}

static void test_meta(void **state)
{
	const char *in[2] = { temp_path("a.mmt"), temp_path("b.mmt") }, *out = temp_path("out.mmt");
	char *v;

	(void)state;
	make_trace(in[0], 1, 100);
	make_trace(in[1], 2, 100);
	merge(in, 2, out, (struct merge_options){ 0 });
	v = trace_meta(out, "kernel");
	assert_string_equal(v, "6.1.0-test");
	free(v);
	v = trace_meta(out, "history");
	assert_string_equal(v, "1: made by a test\n2: made by a test\nmerge");
	free(v);
}

static void test_refused(void **state)
{
	const char *in[2] = { temp_path("a.mmt"), "/no/such/trace.mmt" };
	struct tool_io io = { .output = temp_path("no.mmt"), .history = "merge" };
	struct merge_options opt = { 0 };
	struct tool_summary sum;
	struct mm_error err;

	(void)state;
	make_trace(in[0], 1, 100);
	assert_int_equal(trace_merge(&io, in, 2, &opt, &sum, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/no/such/trace.mmt"));
	assert_null(fopen(io.output, "r"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_three),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_meta),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
