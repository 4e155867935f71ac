/* SPDX-License-Identifier: MIT
 *
 * Real recordings: known counts, and the same operations from a trace.dat and
 * from its text.  Times agree to the microsecond that text prints; contexts
 * stand only in the binary and in the kernel's own text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/import/import_help.h"

static void same_site(const struct imported *a, const struct imported *b, size_t i)
{
	struct trace_site x = mmt_get_site(a->r, a->op[i].site), y = mmt_get_site(b->r, b->op[i].site);
	uint32_t k;

	assert_int_equal(x.nr_frames, y.nr_frames);
	if (x.name || y.name)
		assert_string_equal(x.name, y.name);
	for (k = 0; k < x.nr_frames; k++)
		assert_string_equal(mmt_get_string(a->r, x.frames[k]), mmt_get_string(b->r, y.frames[k]));
}

static void same_operations(const struct imported *a, const struct imported *b, bool contexts)
{
	struct trace_task s, t;
	struct trace_op x, y;
	size_t i;

	assert_int_equal(a->n, b->n);
	for (i = 0; i < a->n; i++) {
		x = a->op[i];
		y = b->op[i];
		assert_true(x.time < y.time + 1001 && y.time < x.time + 1001);
		same_site(a, b, i);
		s = mmt_get_task(a->r, x.task);
		t = mmt_get_task(b->r, y.task);
		assert_int_equal(s.pid, t.pid);
		assert_string_equal(s.comm, t.comm);
		x.time = y.time = 0;
		x.site = y.site = x.task = y.task = 0;
		if (!contexts)
			x.ctx = y.ctx = 0;
		if (memcmp(&x, &y, sizeof(x)))
			fail_msg("operation %zu: %s slot %u, and %s slot %u", i,
				 trace_kind_name(x.kind), x.slot, trace_kind_name(y.kind), y.slot);
	}
}

static void compare(const char *dat, const char *text, bool contexts)
{
	struct imported a, b;

	import_file(&a, dat, NULL);
	import_file(&b, text, NULL);
	assert_int_equal(a.sum.events, b.sum.events);
	assert_int_equal(b.sum.bad_lines, 0);
	same_operations(&a, &b, contexts);
	assert_all_events_accounted(&a.sum);
	assert_all_events_accounted(&b.sum);
	imported_free(&a);
	imported_free(&b);
}

static void v6_and_its_text(void **state)
{
	(void)state;
	compare(DATA "v6.dat", DATA "v6.report.txt.zst", false);
}

static void v7_and_its_text(void **state)
{
	(void)state;
	compare(DATA "v7-zstd.dat", DATA "v7-zstd.report.txt.zst", false);
}

static void stacks_and_their_text(void **state)
{
	(void)state;
	compare(DATA "stack.dat", DATA "stack.report.txt.zst", false);
	compare(DATA "stack-start.dat", DATA "stack-start.report.txt.zst", false);
}

static void stacks_and_the_kernels_text(void **state)
{
	(void)state;
	compare(DATA "stack-start.dat", DATA "stack-start.ftrace.txt.zst", true);
}

static void counts_of_v6(void **state)
{
	struct imported im;

	(void)state;
	import_file(&im, DATA "v6.dat", NULL);
	assert_int_equal(im.sum.events, 3500);
	assert_int_equal(im.sum.totals.operations, 3039);
	assert_int_equal(im.sum.kfree_null, 155);
	assert_int_equal(im.sum.folded[FOLD_BATCHED], 124);
	assert_int_equal(im.sum.folded[FOLD_PAGE_INTERNAL], 63);
	assert_int_equal(im.sum.attribution[ATTR_LATER_FREE], 997);
	assert_int_equal(im.sum.attribution[ATTR_SIZE], 6);
	assert_int_equal(im.sum.lost_events, 0);
	assert_int_equal(im.sum.unknown.n, 0);
	assert_int_equal(im.sum.informational.n, 1);
	assert_string_equal(im.sum.informational.v[0].name, "rss_stat");
	assert_int_equal(im.sum.informational.v[0].count, 159);
	assert_string_equal(mmt_get_meta(im.r, "kernel"), "Linux (none) 6.1.0-50-686 i686");
	assert_string_equal(mmt_get_meta(im.r, "source.format"), "trace.dat version 6");
	assert_string_equal(mmt_get_meta(im.r, "source.file"), "v6.dat");
	imported_free(&im);
}

static void counts_of_v7(void **state)
{
	struct imported im;

	(void)state;
	import_file(&im, DATA "v7-zstd.dat", NULL);
	assert_int_equal(im.sum.events, 14409);
	assert_int_equal(im.sum.totals.operations, 11318);
	assert_int_equal(im.sum.kfree_null, 1862);
	assert_int_equal(im.sum.folded[FOLD_SLAB_PAGE], 73);
	assert_int_equal(im.sum.orphan_frees, 511);
	assert_int_equal(im.sum.orphan_pages, 18);
	assert_int_equal(im.sum.attribution[ATTR_LATER_FREE], 3603);
	assert_int_equal(im.sum.attribution[ATTR_CALL_SITE], 688);
	assert_int_equal(im.sum.attribution[ATTR_SIZE], 658);
	imported_free(&im);
}

/* The first event of v6.dat's text:
 *   bash-148 [000] 19.337805: kmem_cache_alloc: call_site=getname_flags.part.0+0x24
 *   ptr=0xc21a2000 bytes_req=4096 bytes_alloc=4096 gfp_flags=GFP_KERNEL
 * names_cache is what a later kmem_cache_free of this address says. */
static void first_operation_of_v6(void **state)
{
	const struct trace_op *op;
	struct imported im;

	(void)state;
	import_file(&im, DATA "v6.dat", NULL);
	op = nth(&im, TRACE_CACHE_ALLOC, 0);
	assert_non_null(op);
	assert_int_equal(op->time, 0);
	assert_int_equal(op->gfp, MM_GFP_KERNEL);
	assert_int_equal(op->answer, 0xc21a2000);
	assert_string_equal(mmt_get_site(im.r, op->site).name, "getname_flags.part.0+0x24");
	assert_string_equal(mmt_get_task(im.r, op->task).comm, "bash");
	assert_int_equal(mmt_get_task(im.r, op->task).pid, 148);
	assert_string_equal(mmt_get_cache(im.r, op->arg).name, "names_cache");
	assert_int_equal(mmt_get_cache(im.r, op->arg).size, 4096);
	imported_free(&im);
}

/* stack.dat begins with a kmalloc by alloc_bprm and its stack. */
static void stack_of_the_first_kmalloc(void **state)
{
	const struct trace_op *op;
	struct trace_site site;
	struct imported im;

	(void)state;
	import_file(&im, DATA "stack.dat", NULL);
	assert_int_equal(im.sum.folded[FOLD_STACK], 2103);
	assert_int_equal(im.sum.stacks + im.sum.kfree_null, 2103);
	op = nth(&im, TRACE_KMALLOC, 0);
	site = mmt_get_site(im.r, op->site);
	assert_null(site.name);
	assert_int_equal(site.nr_frames, 9);
	assert_string_equal(mmt_get_string(im.r, site.frames[0]), "kmalloc_trace");
	assert_string_equal(mmt_get_string(im.r, site.frames[1]), "alloc_bprm");
	assert_string_equal(mmt_get_string(im.r, site.frames[8]), "entry_SYSENTER_32");
	imported_free(&im);
}

/* A slot is given out once until it is freed, and freed once. */
static void check_slot(uint8_t *live, const struct trace_op *op)
{
	if (op->slot == TRACE_NO_SLOT)
		return;
	switch (op->kind) {
	case TRACE_PAGE_ALLOC:
	case TRACE_PAGE_FOREIGN:
	case TRACE_KMALLOC:
	case TRACE_CACHE_ALLOC:
		assert_false(live[op->slot]++);
		break;
	case TRACE_PAGE_FREE:
	case TRACE_KFREE:
	case TRACE_CACHE_FREE:
		assert_true(live[op->slot]--);
		break;
	}
}

static void slots_are_consistent(void **state)
{
	static const char *const files[] = { DATA "v6.dat", DATA "v7-zstd.dat", DATA "stack.dat" };
	struct imported im;
	uint8_t *live;
	size_t i, f;

	(void)state;
	for (f = 0; f < 3; f++) {
		import_file(&im, files[f], NULL);
		live = calloc(im.sum.totals.slots + 1, 1);
		for (i = 0; i < im.n; i++)
			check_slot(live, &im.op[i]);
		free(live);
		imported_free(&im);
	}
}

static void importing_twice_gives_the_same(void **state)
{
	struct imported a, b;

	(void)state;
	import_file(&a, DATA "v7-zstd.dat", NULL);
	import_file(&b, DATA "v7-zstd.dat", NULL);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.op, b.op, a.n * sizeof(*a.op));
	assert_string_equal(mmt_get_meta(a.r, "import"), mmt_get_meta(b.r, "import"));
	imported_free(&a);
	imported_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v6_and_its_text),
		cmocka_unit_test(v7_and_its_text),
		cmocka_unit_test(stacks_and_their_text),
		cmocka_unit_test(stacks_and_the_kernels_text),
		cmocka_unit_test(counts_of_v6),
		cmocka_unit_test(counts_of_v7),
		cmocka_unit_test(first_operation_of_v6),
		cmocka_unit_test(stack_of_the_first_kmalloc),
		cmocka_unit_test(slots_are_consistent),
		cmocka_unit_test(importing_twice_gives_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
