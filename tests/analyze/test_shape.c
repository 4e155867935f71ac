/* SPDX-License-Identifier: MIT
 * The shape of a trace: rates, live bytes, sizes and lifetimes against counts
 * made from the whole trace at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/trace_shape.h"
#include "tests/tools/tool_traces.h"

static struct trace_shape *shape_of(const char *path)
{
	struct mm_error err;
	struct mmt_reader *r = mmt_open(path, NULL, &err);
	struct trace_shape *s = r ? trace_shape_read(r, NULL, NULL, &err) : NULL;

	if (!s)
		fail_msg("%s", err.text);
	mmt_close(r);
	return s;
}

static struct mmt_writer *writer(const char *path)
{
	struct mm_error err;
	struct mmt_writer *w = mmt_create(path, NULL, &err);

	assert_non_null(w);
	return w;
}

static void finish(struct mmt_writer *w, const struct trace_op *op, size_t n)
{
	struct mm_error err;

	if (mmt_write(w, op, n, &err) || mmt_finish(w, NULL, &err))
		fail_msg("%s", err.text);
}

/* A page for 3 us, 4 pages for 100 us, an object of kmalloc-96 that stays, a vmalloc area. */
static void test_small(void **state)
{
	static const struct trace_op ops[] = {
		{ .kind = TRACE_PAGE_ALLOC, .slot = 0, .time = 1000, .answer = 5 },
		{ .kind = TRACE_PAGE_ALLOC, .slot = 1, .time = 2000, .order = 2, .answer = 8 },
		{ .kind = TRACE_PAGE_FREE, .slot = 0, .time = 4000, .answer = TRACE_NO_ANSWER },
		{ .kind = TRACE_KMALLOC, .slot = 0, .time = 5000, .size = 65, .answer = 0xc0001000 },
		{ .kind = TRACE_KMALLOC, .slot = TRACE_NO_SLOT, .time = 6000, .size = 9000, .answer = 0 },
		{ .kind = TRACE_VMALLOC, .slot = 2, .time = 7000, .size = 4097, .answer = TRACE_NO_ANSWER },
		{ .kind = TRACE_KMAP_LOCAL, .slot = 1, .time = 8000, .task = 0, .answer = TRACE_NO_ANSWER },
		{ .kind = TRACE_KUNMAP_LOCAL, .slot = TRACE_NO_SLOT, .time = 8016, .answer = TRACE_NO_ANSWER },
		{ .kind = TRACE_PAGE_FREE, .slot = 1, .time = 102000, .order = 2, .answer = TRACE_NO_ANSWER },
	};
	const char *path = temp_path("small.mmt");
	struct trace_shape *s;

	(void)state;
	finish(writer(path), ops, sizeof(ops) / sizeof(ops[0]));
	s = shape_of(path);
	assert_int_equal(s->operations, 9);
	assert_int_equal(s->duration_ns, 102000);
	assert_int_equal(s->family[SHAPE_PAGE], 4);
	assert_int_equal(s->family[SHAPE_SLAB], 2);
	assert_int_equal(s->family[SHAPE_VMALLOC], 1);
	assert_int_equal(s->family[SHAPE_KMAP], 2);
	assert_int_equal(s->peak[SHAPE_PAGE], 5 * 4096);
	assert_int_equal(s->peak_ns[SHAPE_PAGE], 2000);
	assert_int_equal(s->peak[SHAPE_SLAB], 65);
	assert_int_equal(s->peak[SHAPE_VMALLOC], 8192);
	assert_int_equal(s->order[0], 1);
	assert_int_equal(s->order[2], 1);
	assert_int_equal(s->kmalloc[4], 1);
	assert_int_equal(s->kmalloc[13], 1);
	assert_int_equal(s->life[SHAPE_PAGE].nr_ended, 2);
	assert_int_equal(s->life[SHAPE_SLAB].alive, 1);
	assert_int_equal(s->life[SHAPE_VMALLOC].alive, 1);
	/* 3000 ns lies in [2048, 3072), 16 in [16, 24), 100000 in [98304, 131072). */
	assert_int_equal(s->life[SHAPE_PAGE].ended[22], 1);
	assert_int_equal(s->life[SHAPE_PAGE].ended[33], 1);
	assert_int_equal(s->life[SHAPE_KMAP].ended[8], 1);
	assert_true(trace_shape_time(33) == 98304);
	assert_true(trace_shape_quantile(&s->life[SHAPE_PAGE], 0.25) == 3072);
	assert_true(trace_shape_quantile(&s->life[SHAPE_PAGE], 0.9) == 131072);
	assert_true(trace_shape_quantile(&s->life[SHAPE_VMALLOC], 0.5) == 0);
	/* Live bytes last until they change. */
	assert_int_equal(s->nr_bins, 103);
	assert_int_equal(s->bin[3].live[SHAPE_PAGE], 5 * 4096);
	assert_int_equal(s->bin[50].live[SHAPE_PAGE], 4 * 4096);
	free(s);
}

/* Whatever the length, the bins' sums are the trace's. */
static void test_sums(void **state)
{
	const char *path = temp_path("in.mmt");
	uint64_t most[SHAPE_LIVE], sum[SHAPE_FAMILIES];
	struct trace_shape *s;
	struct check c;
	uint32_t seed;
	size_t i, k;

	(void)state;
	for (seed = 1; seed <= 5; seed++) {
		uint64_t alive = 0, orders = 0;

		memset(most, 0, sizeof(most));
		memset(sum, 0, sizeof(sum));
		make_trace(path, seed, 500 * seed * seed);
		c = check_trace(path);
		s = shape_of(path);
		assert_true(s->nr_bins > SHAPE_BINS / 4 && s->nr_bins <= SHAPE_BINS);
		assert_int_equal(s->nr_bins, s->duration_ns / s->bin_ns + 1);
		for (i = 0; i < s->nr_bins; i++) {
			for (k = 0; k < SHAPE_FAMILIES; k++)
				sum[k] += s->bin[i].operations[k];
			for (k = 0; k < SHAPE_LIVE; k++)
				most[k] = s->bin[i].live[k] > most[k] ? s->bin[i].live[k] : most[k];
		}
		assert_memory_equal(sum, s->family, sizeof(sum));
		assert_memory_equal(most, s->peak, sizeof(most));
		for (k = 0; k < SHAPE_FAMILIES; k++)
			c.operations -= sum[k];
		assert_int_equal(c.operations, 0);
		assert_int_equal(s->life[SHAPE_KMAP].alive, c.local);
		for (k = 0; k < SHAPE_LIVE; k++)
			alive += s->life[k].alive;
		/* Foreign pages and user mappings are not counted. */
		assert_true(alive <= c.live && alive > c.live / 2);
		for (k = 0; k < SHAPE_ORDERS; k++)
			orders += s->order[k];
		assert_int_equal(orders, s->life[SHAPE_PAGE].nr_ended + s->life[SHAPE_PAGE].alive);
		assert_int_equal(s->nr_marks, 2);
		assert_string_equal(s->mark[0].name, "middle");
		free(s);
	}
}

static void test_empty(void **state)
{
	const char *path = temp_path("empty.mmt");
	struct trace_shape *s;

	(void)state;
	finish(writer(path), NULL, 0);
	s = shape_of(path);
	assert_int_equal(s->operations, 0);
	assert_int_equal(s->nr_bins, 0);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
