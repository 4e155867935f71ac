/* SPDX-License-Identifier: MIT
 * Filters: what is kept is in order, kept and not kept are together the whole,
 * and what is kept is what was asked for. */
#include "tests/tools/tool_traces.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OPS = 3000 };

static struct tool_summary filter(const char *in, const char *out, const struct filter_options *opt)
{
	struct tool_io io = { .input = in, .output = out, .history = "filter" };
	struct tool_summary sum;
	struct mm_error err;

	if (trace_filter(&io, opt, &sum, &err))
		fail_msg("%s", err.text);
	return sum;
}

/* Operations that stay whatever is asked for: two marks, idle, a cache's creation. */
static uint64_t always(const char *path)
{
	struct ops o = load_trace(path);
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < o.n; i++)
		n += o.op[i].kind == TRACE_MARK || o.op[i].kind == TRACE_IDLE ||
		     o.op[i].kind == TRACE_CACHE_CREATE;
	free(o.op);
	return n;
}

/* Bulk frees are divided: their operations may stand in both parts, or if they
 * are empty in one. */
static uint64_t bulk_frees(const char *path)
{
	struct ops o = load_trace(path);
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < o.n; i++)
		n += o.op[i].kind == TRACE_KFREE_BULK;
	free(o.op);
	return n;
}

static void partition(struct filter_options *opt)
{
	const char *in = temp_path("in.mmt"), *a = temp_path("a.mmt"), *b = temp_path("b.mmt");
	uint32_t seed;

	for (seed = 1; seed <= 6; seed++) {
		struct tool_summary sa, sb;
		struct check whole, ca, cb;

		make_trace(in, seed, OPS);
		opt->invert = false;
		sa = filter(in, a, opt);
		opt->invert = true;
		sb = filter(in, b, opt);
		whole = check_trace(in);
		ca = check_trace(a);
		cb = check_trace(b);
		assert_true(ca.operations > 50 && cb.operations > 50);
		assert_int_equal(whole.operations - bulk_frees(in) + always(in),
				 ca.operations - bulk_frees(a) + cb.operations - bulk_frees(b) +
				 sa.dropped + sb.dropped);
		assert_int_equal(whole.orphans, ca.orphans + cb.orphans);
		assert_true(whole.live >= ca.live + cb.live);
	}
}

static void test_task(void **state)
{
	const char *const tasks[] = { "comm[1-3]", "700" };
	struct filter_options opt = { .tasks = tasks, .nr_tasks = 2 };

	(void)state;
	partition(&opt);
}

static void test_site(void **state)
{
	const char *const sites[] = { "function_1", "function_2+0x*", "caller" };
	struct filter_options opt = { .sites = sites, .nr_sites = 3 };

	(void)state;
	partition(&opt);
}

static void test_kind(void **state)
{
	const char *const kinds[] = { "kmalloc,page_alloc", "cache_alloc" };
	struct filter_options opt = { .kinds = kinds, .nr_kinds = 2 };

	(void)state;
	partition(&opt);
}

static void test_slab(void **state)
{
	const char *const families[] = { "slab" };
	struct filter_options opt = { .families = families, .nr_families = 1 };
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct ops o;
	size_t i;

	(void)state;
	make_trace(in, 3, OPS);
	filter(in, out, &opt);
	assert_true(check_trace(out).operations > 500);
	o = load_trace(out);
	for (i = 0; i < o.n; i++)
		assert_true(o.op[i].kind == TRACE_ITEM || o.op[i].kind >= TRACE_DRAIN ||
			    (o.op[i].kind >= TRACE_KMALLOC && o.op[i].kind <= TRACE_CACHE_FREE_BULK));
	free(o.op);
}

/* Of one task only: all that is made is its, and nothing of it is missing. */
static void test_is_of_task(void **state)
{
	const char *const tasks[] = { "comm4" };
	struct filter_options opt = { .tasks = tasks, .nr_tasks = 1 };
	const char *in = temp_path("in.mmt"), *out = temp_path("out.mmt");
	struct ops whole, part;
	uint32_t task = 0;
	size_t i, made[2] = { 0 };

	(void)state;
	make_trace(in, 4, OPS);
	filter(in, out, &opt);
	check_trace(out);
	whole = load_trace(in);
	part = load_trace(out);
	for (i = 0; i < part.n; i++)
		if (part.op[i].kind == TRACE_KMALLOC) {
			task = task ? task : part.op[i].task;
			assert_int_equal(part.op[i].task, task);
			made[0]++;
		}
	for (i = 0; i < whole.n; i++)
		made[1] += whole.op[i].kind == TRACE_KMALLOC && whole.op[i].task == task;
	assert_true(made[0] > 5);
	assert_int_equal(made[0], made[1]);
	free(whole.op);
	free(part.op);
}

/* Families that need pages bring them; nokmap is the rest. */
static void test_kmap_families(void **state)
{
	const char *const kmap[] = { "kmap" }, *const nokmap[] = { "nokmap" };
	struct filter_options opt = { .families = kmap, .nr_families = 1 };
	const char *in = temp_path("in.mmt"), *a = temp_path("a.mmt"), *b = temp_path("b.mmt");
	struct ops o;
	size_t i, maps = 0, pages = 0;

	(void)state;
	make_trace(in, 5, OPS);
	filter(in, a, &opt);
	check_trace(a);
	o = load_trace(a);
	for (i = 0; i < o.n; i++) {
		maps += o.op[i].kind == TRACE_KMAP_LOCAL;
		pages += o.op[i].kind == TRACE_PAGE_ALLOC;
		assert_int_not_equal(o.op[i].kind, TRACE_KMALLOC);
	}
	assert_true(maps && pages);
	free(o.op);
	opt.families = nokmap;
	filter(in, b, &opt);
	check_trace(b);
	o = load_trace(b);
	for (i = 0; i < o.n; i++)
		assert_false(o.op[i].kind >= TRACE_KMAP && o.op[i].kind <= TRACE_KUNMAP_ATOMIC);
	free(o.op);
}

static void refused(struct filter_options opt, const char *says)
{
	struct tool_io io = { .input = temp_path("in.mmt"), .output = temp_path("no.mmt"), .history = "" };
	struct tool_summary sum;
	struct mm_error err;

	assert_int_equal(trace_filter(&io, &opt, &sum, &err), -EINVAL);
	if (!strstr(err.text, says))
		fail_msg("'%s' does not say '%s'", err.text, says);
}

static void test_refused(void **state)
{
	const char *const words[] = { "nothing", "kfree" };

	(void)state;
	refused((struct filter_options){ 0 }, "nothing to filter by");
	refused((struct filter_options){ .families = words, .nr_families = 1 }, "expected one of page, slab");
	refused((struct filter_options){ .kinds = words, .nr_kinds = 1 }, "'nothing', which is no kind");
	refused((struct filter_options){ .kinds = words + 1, .nr_kinds = 1 }, "kfree goes with");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_task),
		cmocka_unit_test(test_site),
		cmocka_unit_test(test_kind),
		cmocka_unit_test(test_slab),
		cmocka_unit_test(test_is_of_task),
		cmocka_unit_test(test_kmap_families),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
