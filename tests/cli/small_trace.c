/* SPDX-License-Identifier: MIT
 * The small trace, written with the trace library. */
#include "tests/cli/small_trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "traces/format/mmt.h"

/* Slots: 0 a highmem page, 1 an order-3 block, 2 kmalloc, 3 vmalloc, 4 the
 * vmalloc that fails, 5 an object of a cache. */
static const struct trace_op ops[SMALL_TRACE_OPS] = {
	{ .kind = TRACE_PAGE_ALLOC, .slot = 0, .gfp = MM_GFP_HIGHUSER_MOVABLE },
	{ .kind = TRACE_PAGE_ALLOC, .slot = 1, .order = 3, .gfp = MM_GFP_KERNEL },
	{ .kind = TRACE_KMALLOC, .slot = 2, .size = 100, .gfp = MM_GFP_KERNEL },
	{ .kind = TRACE_VMALLOC, .slot = 3, .size = 65536, .gfp = MM_GFP_KERNEL },
	{ .kind = TRACE_KMAP, .slot = 0 },
	{ .kind = TRACE_KUNMAP, .slot = 0 },
	{ .kind = TRACE_KUNMAP, .slot = 0 },
	{ .kind = TRACE_VMALLOC, .slot = 4, .size = 512u << 20, .gfp = MM_GFP_KERNEL },
	{ .kind = TRACE_CACHE_ALLOC, .slot = 5, .arg = 1, .gfp = MM_GFP_KERNEL },
	{ .kind = TRACE_VFREE, .slot = 3 },
	{ .kind = TRACE_KFREE, .slot = 2 },
	{ .kind = TRACE_PAGE_FREE, .slot = 1, .order = 3 },
	{ .kind = TRACE_PAGE_FREE, .slot = 0 },
};

void small_trace_write(const char *path)
{
	struct trace_op op[SMALL_TRACE_OPS];
	const struct trace_cache cache = { .name = "small_cache", .size = 200 };
	struct mm_error err = { 0, "" };
	struct mmt_writer *w = mmt_create(path, NULL, &err);
	uint32_t task;
	int i;

	assert_non_null(w);
	assert_int_equal(mmt_meta(w, "kernel", "6.1.0-50-686"), 0);
	task = mmt_task(w, 42, "small");
	assert_int_equal(mmt_cache(w, &cache), 1);
	for (i = 0; i < SMALL_TRACE_OPS; i++) {
		op[i] = ops[i];
		op[i].time = 1000 * (uint64_t)i;
		op[i].task = task;
		op[i].answer = TRACE_NO_ANSWER;
	}
	if (mmt_write(w, op, SMALL_TRACE_OPS, &err) || mmt_finish(w, NULL, &err))
		fail_msg("%s", err.text);
}
