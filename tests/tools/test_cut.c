/* SPDX-License-Identifier: MIT
 * Pieces of traces: in order wherever the cut lies, and together the whole. */
#include "tests/tools/tool_traces.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

enum { OPS = 3000 };

static struct tool_summary cut(const char *in, const char *out, const struct cut_options *opt)
{
	struct tool_io io = { .input = in, .output = out, .history = "cut" };
	struct tool_summary sum;
	struct mm_error err;

	if (trace_cut(&io, opt, &sum, &err))
		fail_msg("%s", err.text);
	return sum;
}

static struct cut_options range(uint64_t from, uint64_t to)
{
	return (struct cut_options){ .from = { .value = from }, .to = { .value = to } };
}

static void assert_same(const struct trace_op *a, const struct trace_op *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!same_op(&a[i], &b[i]))
			fail_msg("record %zu differs: kind %u, found %u", i, a[i].kind, b[i].kind);
}

/* Records of the first n operations. */
static size_t records(const struct ops *o, uint64_t n)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (o->op[i].kind != TRACE_ITEM && !n--)
			break;
	return i;
}

static void test_whole(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct cut_options opt = range(0, UINT64_MAX);
	struct ops a, b;

	(void)state;
	make_trace(in, 1, OPS);
	cut(in, out, &opt);
	a = load_trace(in);
	b = load_trace(out);
	assert_int_equal(a.n, b.n);
	assert_same(a.op, b.op, a.n);
	free(a.op);
	free(b.op);
}

/* The two pieces of a cut, the second without what was carried in, are the whole. */
static void test_pieces(void **state)
{
	const char *in = temp_path("in.mmt"), *head = temp_path("head.mmt"), *tail = temp_path("tail.mmt");
	uint32_t seed;

	(void)state;
	for (seed = 1; seed <= 12; seed++) {
		uint64_t at = seed * 211 % 2000, base;
		struct cut_options first = range(0, at), second = range(at, UINT64_MAX);
		struct tool_summary sum;
		struct ops whole, a, b;
		size_t i, carried;

		make_trace(in, seed, OPS);
		cut(in, head, &first);
		sum = cut(in, tail, &second);
		check_trace(in);
		check_trace(head);
		check_trace(tail);
		whole = load_trace(in);
		a = load_trace(head);
		b = load_trace(tail);
		carried = records(&b, sum.carried);
		assert_int_equal(a.n + b.n - carried, whole.n);
		assert_same(whole.op, a.op, a.n);
		base = at ? whole.op[a.n].time : 0;
		for (i = carried; i < b.n; i++)
			b.op[i].time += base;
		assert_same(whole.op + a.n, b.op + carried, b.n - carried);
		assert_int_equal(sum.dropped, 0);
		free(whole.op);
		free(a.op);
		free(b.op);
	}
}

/* Long pieces, in which whole chunks pass as they stand: the same operations, the
 * same totals, wherever the piece begins and ends in a chunk. */
static void test_long(void **state)
{
	static const uint64_t ends[] = { UINT64_MAX, 230000, 204800 };
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct ops whole, piece;
	size_t k, i, carried, first;

	(void)state;
	make_trace(in, 31, 240000);
	whole = load_trace(in);
	for (k = 0; k < sizeof(ends) / sizeof(ends[0]); k++) {
		struct cut_options opt = range(k * 1777, ends[k]);
		struct tool_summary sum = cut(in, out, &opt);
		struct check c = check_trace(out);
		uint64_t base;

		piece = load_trace(out);
		carried = records(&piece, sum.carried);
		first = records(&whole, opt.from.value);
		base = opt.from.value ? whole.op[first].time : 0;
		for (i = carried; i < piece.n; i++)
			piece.op[i].time += base;
		assert_int_equal(piece.n - carried, records(&whole, ends[k]) - first);
		assert_same(whole.op + first, piece.op + carried, piece.n - carried);
		assert_int_equal(sum.totals.operations, c.operations);
		assert_int_equal(sum.totals.records, c.operations + c.items);
		assert_int_equal(sum.totals.records, piece.n);
		free(piece.op);
	}
	free(whole.op);
}

/* What is alive at the end of a piece is what is alive there in the whole. */
static void test_carried_population(void **state)
{
	const char *in = temp_path("in.mmt"), *head = temp_path("head.mmt"), *out = temp_path("out.mmt");
	struct cut_options upto = range(0, 2000), piece = range(1200, 2000);
	struct check a, b;

	(void)state;
	make_trace(in, 77, OPS);
	cut(in, head, &upto);
	cut(in, out, &piece);
	a = check_trace(head);
	b = check_trace(out);
	assert_true(a.live > 100);
	assert_int_equal(a.live, b.live);
	assert_int_equal(a.local, b.local);
}

static void test_no_carry(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	uint32_t seed;

	(void)state;
	for (seed = 1; seed <= 12; seed++) {
		struct cut_options opt = range(seed * 173, UINT64_MAX);
		struct tool_summary sum;
		struct check whole, piece;

		opt.no_carry = true;
		make_trace(in, seed, OPS);
		whole = check_trace(in);
		sum = cut(in, out, &opt);
		piece = check_trace(out);
		assert_int_equal(sum.carried, 0);
		assert_true(sum.orphaned > 10);
		assert_true(sum.foreign > 10);
		assert_true(piece.orphans >= sum.orphaned);
		assert_true(piece.orphans <= sum.orphaned + whole.orphans);
		assert_true(piece.foreign >= sum.foreign);
		assert_int_equal(piece.operations + opt.from.value,
				 whole.operations + sum.foreign - sum.dropped);
	}
}

/* Without recorded answers nothing from before can be named. */
static void test_no_carry_no_answers(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct cut_options opt = range(1500, UINT64_MAX);
	struct tool_io io = { .input = in, .output = out, .history = "cut", .write = { .no_answers = true } };
	struct tool_summary sum;
	struct mm_error err;

	(void)state;
	opt.no_carry = true;
	make_trace(in, 5, OPS);
	assert_int_equal(trace_cut(&io, &opt, &sum, &err), 0);
	assert_int_equal(sum.orphaned, 0);
	assert_int_equal(sum.foreign, 0);
	assert_true(sum.dropped > 10);
	assert_false(sum.totals.answers);
}

static void test_time_mark_count(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct cut_options opt = range(0, UINT64_MAX);
	struct tool_summary sum;
	struct ops whole, piece;
	uint64_t at, to;
	size_t first;

	(void)state;
	make_trace(in, 3, OPS);
	whole = load_trace(in);
	at = whole.op[whole.n / 3].time;
	to = whole.op[whole.n / 2].time;
	opt.from = (struct tool_when){ .unit = WHEN_TIME, .value = at };
	opt.to = (struct tool_when){ .unit = WHEN_TIME, .value = to };
	sum = cut(in, out, &opt);
	piece = load_trace(out);
	for (first = 0; whole.op[first].time < at; first++)
		;
	assert_int_equal(piece.op[records(&piece, sum.carried)].time, whole.op[first].time - at);
	assert_true(sum.totals.duration_ns < to - at);
	free(piece.op);
	free(whole.op);

	opt = range(0, UINT64_MAX);
	opt.from = (struct tool_when){ .unit = WHEN_MARK, .mark = "middle" };
	opt.count = 10;
	sum = cut(in, out, &opt);
	assert_int_equal(sum.totals.operations, sum.carried + 10);
	piece = load_trace(out);
	assert_int_equal(piece.op[records(&piece, sum.carried)].kind, TRACE_MARK);
	free(piece.op);
}

static void refused(const char *in, struct cut_options opt, const char *says)
{
	struct tool_io io = { .input = in, .output = temp_path("no.mmt"), .history = "cut" };
	struct tool_summary sum;
	struct mm_error err;
	FILE *f;

	assert_int_equal(trace_cut(&io, &opt, &sum, &err), -EINVAL);
	if (!strstr(err.text, says))
		fail_msg("'%s' does not say '%s'", err.text, says);
	f = fopen(io.output, "r");
	assert_null(f);
}

static void test_nothing_there(void **state)
{
	const char *in = temp_path("in.mmt");
	struct cut_options opt = range(0, UINT64_MAX);

	(void)state;
	make_trace(in, 3, 100);
	refused(in, range(100000, UINT64_MAX), "from operation 100000");
	opt.from = (struct tool_when){ .unit = WHEN_TIME, .value = 1ull << 60 };
	refused(in, opt, "the trace ends before");
	opt.from = (struct tool_when){ .unit = WHEN_MARK, .mark = "nowhere" };
	refused(in, opt, "no mark 'nowhere'");
	opt = range(0, 0);
	opt.to = (struct tool_when){ .unit = WHEN_MARK, .mark = "nowhere" };
	refused(in, opt, "no mark 'nowhere'");
}

static void test_history(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct cut_options opt = range(10, 20);
	char *v;

	(void)state;
	make_trace(in, 3, 100);
	cut(in, out, &opt);
	v = trace_meta(out, "history");
	assert_string_equal(v, "made by a test\ncut");
	free(v);
	v = trace_meta(out, "kernel");
	assert_string_equal(v, "6.1.0-test");
	free(v);
}

static void test_when(void **state)
{
	static const struct {
		const char *text;
		enum tool_when_unit unit;
		uint64_t value;
	} good[] = {
		{ "0", WHEN_OPERATION, 0 }, { "12345678901", WHEN_OPERATION, 12345678901 },
		{ "250ms", WHEN_TIME, 250000000 }, { "1.5s", WHEN_TIME, 1500000000 },
		{ "2m", WHEN_TIME, 120000000000 }, { "1h", WHEN_TIME, 3600000000000 },
		{ "17ns", WHEN_TIME, 17 }, { "0s", WHEN_TIME, 0 },
	};
	static const char *const wrong[] = { "", "x", "-5", "-5s", "5 s", "1.5", "5q", "mark:", "1e30s", "nan" };
	struct tool_when w;
	struct mm_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(tool_when_parse(good[i].text, "--from", &w, &err), 0);
		assert_int_equal(w.unit, good[i].unit);
		assert_int_equal(w.value, good[i].value);
	}
	assert_int_equal(tool_when_parse("mark:a b", "--from", &w, &err), 0);
	assert_string_equal(w.mark, "a b");
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(tool_when_parse(wrong[i], "--from", &w, &err), -EINVAL);
		assert_non_null(strstr(err.text, "--from: found"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_carried_population),
		cmocka_unit_test(test_no_carry),
		cmocka_unit_test(test_no_carry_no_answers),
		cmocka_unit_test(test_time_mark_count),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
