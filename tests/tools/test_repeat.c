/* SPDX-License-Identifier: MIT
 * A trace several times in a row: in order, each round the trace itself. */
#include "tests/tools/tool_traces.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OPS = 2000 };

static struct tool_summary repeat(const char *in, const char *out, uint64_t times, bool leak)
{
	struct tool_io io = { .input = in, .output = out, .history = "repeat" };
	struct repeat_options opt = { .times = times, .leak = leak, .gap = 1000 };
	struct tool_summary sum;
	struct mm_error err;

	if (trace_repeat(&io, &opt, &sum, &err))
		fail_msg("%s", err.text);
	return sum;
}

static void test_once(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct ops a, b;
	size_t i;

	(void)state;
	make_trace(in, 9, OPS);
	repeat(in, out, 1, false);
	a = load_trace(in);
	b = load_trace(out);
	assert_int_equal(a.n, b.n);
	for (i = 0; i < a.n; i++)
		assert_true(same_op(&a.op[i], &b.op[i]));
	free(a.op);
	free(b.op);
}

/* The foreign pages that the trace leaves alive are there once, whatever the rounds. */
static void test_freed(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	uint32_t seed;

	(void)state;
	for (seed = 1; seed <= 6; seed++) {
		struct tool_summary sum;
		struct check one, all;

		make_trace(in, seed, OPS);
		one = check_trace(in);
		sum = repeat(in, out, 4, false);
		all = check_trace(out);
		assert_true(one.orphans > 5);
		assert_int_equal(all.orphans, one.orphans);
		assert_true(all.foreign >= one.foreign && all.foreign < 2 * one.foreign);
		assert_int_equal(all.local, one.local);
		/* Foreign pages of which the last round holds no more may stay. */
		assert_true(all.live >= one.live && all.live <= one.live + one.foreign);
		assert_int_equal(all.operations, 4 * one.operations + sum.added - sum.dropped);
		assert_true(sum.added > one.live);
	}
}

static void test_leak(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct tool_summary sum;
	struct check one, all;

	(void)state;
	make_trace(in, 21, OPS);
	one = check_trace(in);
	sum = repeat(in, out, 5, true);
	all = check_trace(out);
	assert_true(all.live > 4 * (one.live - one.foreign));
	assert_true(all.live <= 5 * one.live + one.foreign);
	assert_true(sum.totals.slots <= all.live + 2 * one.operations);
}

/* Each round is as the first: the same kinds at the same distances. */
static void test_rounds(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct ops whole, all;
	struct check one;
	uint64_t rounds = 0, base = 0, last = 0;
	size_t i;

	(void)state;
	make_trace(in, 4, OPS);
	one = check_trace(in);
	repeat(in, out, 3, false);
	whole = load_trace(in);
	all = load_trace(out);
	for (i = 0; i < all.n; i++) {
		if (all.op[i].kind == TRACE_MARK && all.op[i].arg == whole.op[whole.n - 1].arg) {
			assert_int_equal(all.op[i].time - base, whole.op[whole.n - 1].time);
			base = all.op[i].time + 1000;
			rounds++;
		}
		last = all.op[i].time;
	}
	assert_int_equal(rounds, 3);
	assert_int_equal(last, 3 * whole.op[whole.n - 1].time + 2000);
	assert_true(one.operations > 1000);
	free(whole.op);
	free(all.op);
}

/* The table of live things does not grow with the rounds. */
static void test_memory(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct tool_summary few, many;

	(void)state;
	make_trace(in, 8, OPS);
	few = repeat(in, out, 3, false);
	many = repeat(in, out, 40, false);
	assert_int_equal(few.totals.slots, many.totals.slots);
	assert_int_equal(few.totals.sites, many.totals.sites);
	assert_int_equal(few.totals.caches, many.totals.caches);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_freed),
		cmocka_unit_test(test_leak),
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
