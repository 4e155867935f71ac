/* SPDX-License-Identifier: MIT
 * Traces at other times, and without names. */
#include "tests/tools/tool_traces.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "traces/tools/siphash.h"

enum { OPS = 1500 };

static struct tool_summary scale(const char *in, const char *out, struct scale_options opt)
{
	struct tool_io io = { .input = in, .output = out, .history = "scale" };
	struct tool_summary sum;
	struct mm_error err;

	if (trace_scale(&io, &opt, &sum, &err))
		fail_msg("%s", err.text);
	return sum;
}

static void test_scale(void **state)
{
	static const double factors[] = { 1, 0.5, 3, 1e-9, 1000.25 };
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct ops a, b;
	size_t i, k;

	(void)state;
	make_trace(in, 1, OPS);
	a = load_trace(in);
	for (k = 0; k < sizeof(factors) / sizeof(factors[0]); k++) {
		scale(in, out, (struct scale_options){ .factor = factors[k] });
		check_trace(out);
		b = load_trace(out);
		assert_int_equal(a.n, b.n);
		for (i = 0; i < a.n; i++) {
			assert_int_equal(b.op[i].time, (uint64_t)(a.op[i].time * (long double)factors[k]));
			b.op[i].time = a.op[i].time;
			assert_true(same_op(&a.op[i], &b.op[i]));
		}
		free(b.op);
	}
	free(a.op);
}

static void test_duration_rate(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct tool_summary sum;

	(void)state;
	make_trace(in, 2, OPS);
	sum = scale(in, out, (struct scale_options){ .duration = 60000000000 });
	assert_in_range(sum.totals.duration_ns, 59999999990, 60000000000);
	sum = scale(in, out, (struct scale_options){ .rate = 1000 });
	assert_in_range(sum.totals.duration_ns, sum.read * 1000000 - 10, sum.read * 1000000);
}

static void test_scale_refused(void **state)
{
	struct tool_io io = { .input = temp_path("in.mmt"), .output = temp_path("no.mmt"), .history = "" };
	struct scale_options opt = { .factor = 1e18 };
	struct tool_summary sum;
	struct mm_error err;

	(void)state;
	make_trace(io.input, 2, 100);
	assert_int_equal(trace_scale(&io, &opt, &sum, &err), -EINVAL);
	assert_non_null(strstr(err.text, "292 years"));
	assert_null(fopen(io.output, "r"));
}

static void anon(const char *in, const char *out, struct anon_options opt)
{
	struct tool_io io = { .input = in, .output = out, .history = "anon" };
	struct tool_summary sum;
	struct mm_error err;

	if (trace_anon(&io, &opt, &sum, &err))
		fail_msg("%s", err.text);
}

/* Does the file hold this text anywhere?  Names stand in it as they are: its
 * columns are too short to be compressed. */
static bool holds(const char *path, const char *text)
{
	size_t n, len = strlen(text), i;
	char *data = read_file(path, &n);
	bool found = false;

	for (i = 0; i + len <= n && !found; i++)
		found = !memcmp(data + i, text, len);
	free(data);
	return found;
}

static void test_names_are_gone(void **state)
{
	static const char *const secrets[] = { "function_", "caller", "comm", "middle", "6.1.0-test", "made by" };
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	static const char *const keys[] = { NULL, "a secret" };
	size_t i, k;

	(void)state;
	make_trace(in, 1, OPS);
	for (k = 0; k < 2; k++) {
		anon(in, out, (struct anon_options){ .key = keys[k] });
		check_trace(out);
		for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
			assert_true(holds(in, secrets[i]));
			assert_false(holds(out, secrets[i]));
		}
		assert_true(holds(out, "cache-3"));
		assert_true(holds(out, "Linux 6.1.0"));
		assert_true(holds(out, "made\nanon"));
	}
	anon(in, out, (struct anon_options){ .caches = true });
	assert_false(holds(out, "cache-3"));
	assert_true(holds(out, "cache_3"));
}

/* One name stays one, two stay two, and all else is as it was. */
static void test_stable(void **state)
{
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt"), *again = temp_path("again.mmt");
	uint32_t site[OPS], task[OPS];
	struct ops a, b, c;
	size_t i, k, n = 0;

	(void)state;
	make_trace(in, 1, OPS);
	anon(in, out, (struct anon_options){ .key = "k1" });
	anon(in, again, (struct anon_options){ .key = "k1" });
	a = load_trace(in);
	b = load_trace(out);
	c = load_trace(again);
	assert_int_equal(a.n, b.n);
	for (i = 0; i < a.n; i++) {
		assert_true(same_op(&b.op[i], &c.op[i]));
		assert_int_equal(a.op[i].time, b.op[i].time);
		assert_int_equal(a.op[i].slot, b.op[i].slot);
		assert_int_equal(a.op[i].size, b.op[i].size);
		if (n < OPS && a.op[i].site) {
			site[n] = (uint32_t)i;
			task[n++] = (uint32_t)i;
		}
	}
	for (i = 0; i < n; i++)
		for (k = 0; k < i && k < 200; k++) {
			assert_int_equal(a.op[site[i]].site == a.op[site[k]].site,
					 b.op[site[i]].site == b.op[site[k]].site);
			assert_int_equal(a.op[task[i]].task == a.op[task[k]].task,
					 b.op[task[i]].task == b.op[task[k]].task);
		}
	free(c.op);
	anon(in, again, (struct anon_options){ .key = "k2" });
	c = load_trace(again);
	assert_int_not_equal(b.op[site[0]].site, c.op[site[0]].site);
	free(a.op);
	free(b.op);
	free(c.op);
}

static void test_keep(void **state)
{
	const char *const keep[] = { "kernel" };
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	char *v;

	(void)state;
	make_trace(in, 1, 100);
	anon(in, out, (struct anon_options){ .keep = keep, .nr_keep = 1 });
	v = trace_meta(out, "kernel");
	assert_string_equal(v, "6.1.0-test");
	free(v);
}

/* The vectors of the paper (appendix A): key 00 01 .. 0f, message 00 01 .. 0e. */
static void test_siphash(void **state)
{
	uint8_t m[15];
	unsigned int i;

	(void)state;
	for (i = 0; i < 15; i++)
		m[i] = (uint8_t)i;
	assert_true(siphash(0x0706050403020100u, 0x0f0e0d0c0b0a0908u, m, 15) == 0xa129ca6149be45e5u);
	assert_true(siphash(0x0706050403020100u, 0x0f0e0d0c0b0a0908u, m, 0) == 0x726fdb47dd0e0e31u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_duration_rate),
		cmocka_unit_test(test_scale_refused),
		cmocka_unit_test(test_names_are_gone),
		cmocka_unit_test(test_stable),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_siphash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
