/* SPDX-License-Identifier: MIT
 *
 * Traces as the benchmarks use them: a family has its kinds and their items and
 * nothing else, in memory as in a file of its own; a closed round can be done
 * again and again and leaves nothing behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/bench_trace.h"
#include "replay/backend.h"
#include "tests/replay/trace_help.h"

static char *dir;
static struct tt trace;

static int set_up(void **state)
{
	struct tt *t = &trace;
	uint32_t cache;

	(void)state;
	dir = tt_mkdir();
	tt_open(t, dir, "some.trace.mmt");
	mmt_meta(t->w, "machine", "x86_32-512m");
	mmt_cache(t->w, &(struct trace_cache){ "unused", 64, 0, 0 });
	cache = mmt_cache(t->w, &(struct trace_cache){ "objects", 200, 0, 0 });
	TT(t, TRACE_MARK, NO, .arg = mmt_string(t->w, "begin"));
	TT(t, TRACE_CACHE_CREATE, NO, .arg = cache);
	TT(t, TRACE_PAGE_ALLOC, 0, .order = 1, .gfp = MM_GFP_KERNEL);
	TT(t, TRACE_KMAP_LOCAL, 0);
	TT(t, TRACE_KUNMAP_LOCAL, NO);
	tt_bulk(t, (struct trace_op){ .kind = TRACE_CACHE_ALLOC_BULK, .slot = NO, .arg = cache,
				      .gfp = MM_GFP_KERNEL, .answer = TRACE_NO_ANSWER }, 10, 5);
	TT(t, TRACE_CACHE_FREE, 12, .arg = cache);
	tt_bulk(t, (struct trace_op){ .kind = TRACE_PAGE_BULK, .slot = NO, .gfp = MM_GFP_KERNEL,
				      .answer = TRACE_NO_ANSWER }, 20, 4);
	TT(t, TRACE_KMALLOC, 30, .size = 70, .gfp = MM_GFP_KERNEL);
	TT(t, TRACE_VMALLOC, 31, .size = 9000, .gfp = MM_GFP_KERNEL);
	TT(t, TRACE_PAGE_FREE, 21);
	TT(t, TRACE_KFREE, NO);
	tt_close(t);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tt_rmdir(dir);
	return 0;
}

static void load(struct bench_ops *o, const char *path, enum bench_family f)
{
	struct mm_error err;

	if (bench_ops_load(o, path, f, 0, &err))
		fail_msg("%s", err.text);
}

static void test_families(void **state)
{
	static const uint64_t operations[NR_FAMILIES] = { 12, 5, 3, 10 };
	static const size_t records[NR_FAMILIES] = { 21, 10, 7, 19 };
	struct bench_ops o;
	int f;

	(void)state;
	for (f = 0; f < NR_FAMILIES; f++) {
		load(&o, trace.path, (enum bench_family)f);
		assert_int_equal(o.operations, operations[f]);
		assert_int_equal(o.n, records[f]);
		bench_ops_free(&o);
	}
}

/* The file of a family decodes to what the family is in memory, names included. */
static void test_family_files(void **state)
{
	struct mm_error err;
	int f;

	(void)state;
	for (f = 0; f < NR_FAMILIES; f++) {
		char *file = bench_family_file(trace.path, (enum bench_family)f, &err);
		struct bench_ops a, b;
		size_t i;

		assert_non_null(file);
		load(&a, trace.path, (enum bench_family)f);
		load(&b, file, FAMILY_ALL);
		assert_int_equal(a.n, b.n);
		for (i = 0; i < a.n; i++) {
			assert_int_equal(a.op[i].kind, b.op[i].kind);
			assert_int_equal(a.op[i].slot, b.op[i].slot);
			assert_int_equal(a.op[i].time, b.op[i].time);
			if (a.op[i].kind == TRACE_CACHE_ALLOC_BULK)
				assert_string_equal(mmt_get_cache(b.r, b.op[i].arg).name, "objects");
			if (a.op[i].kind == TRACE_MARK)
				assert_string_equal(mmt_get_string(b.r, b.op[i].arg), "begin");
		}
		bench_ops_free(&a);
		bench_ops_free(&b);
		free(file);
	}
}

static uint64_t requested(struct backend *b)
{
	struct sample s = { .v = { 0 } };

	b->ops->sample(b, &s);
	return s.v[SAMPLE_requested_bytes];
}

static void test_round(void **state)
{
	const struct backend_stop never = { UINT64_MAX, UINT64_MAX };
	const struct backend_ops *ops;
	struct bench_ops o;
	struct mm_config cfg;
	struct mm_error err;
	unsigned int i, round;

	(void)state;
	load(&o, trace.path, FAMILY_ALL);
	assert_int_equal(bench_ops_close(&o, &err), 0);
	assert_int_equal(o.operations, 12 + 1 + 4 + 3 + 1 + 1); /* a block, objects, pages, kmalloc, vmalloc */
	assert_int_equal(o.op[o.n - 1].slot, 0);		/* newest first: the block comes last */
	assert_int_equal(bench_machine(trace.path, NULL, &cfg, &err), 0);
	assert_string_equal(cfg.name, "x86_32-512m");
	for (i = 0; (ops = backend_at(i)); i++) {
		struct backend_setup setup = { .machine = &cfg, .trace = o.r };
		struct backend *b = ops->open(&setup, &err);
		uint64_t before;

		assert_non_null(b);
		before = requested(b);
		for (round = 0; round < 3; round++) {
			size_t pos = 0;

			while (pos < o.n)
				assert_int_not_equal(ops->run(b, o.op, o.n, &pos, &never), BACKEND_ERROR);
		}
		assert_int_equal(b->counts.slots_lost, 0);
		assert_int_equal(b->counts.orphan_frees, 3);	/* the trace's own, once a round */
		if (!ops->machine(b))
			assert_int_equal(requested(b), before);
		ops->close(b);
	}
	bench_ops_free(&o);
}

static void test_names(void **state)
{
	static char **list;	/* never freed */
	char *given[] = { "a.mmt", NULL }, *name;

	(void)state;
	name = bench_trace_name("/x/some.trace.mmt");
	assert_string_equal(name, "some.trace");
	free(name);
	assert_string_equal(*bench_traces(given, 1), "a.mmt");
	setenv("MMREPLAY_BENCH_TRACES", "one.mmt:two.mmt", 1);
	list = bench_traces(NULL, 0);
	assert_string_equal(list[1], "two.mmt");
	assert_null(list[2]);
	unsetenv("MMREPLAY_BENCH_TRACES");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_family_files),
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
