/* SPDX-License-Identifier: MIT
 *
 * What the writer accepts and refuses, names and metadata, the temporary file,
 * slots, and the checksum against its published values.
 */
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/format/make_ops.h"
#include "traces/format/xxh64.h"

static struct mmt_writer *must_create(const char *path)
{
	struct mm_error err;
	struct mmt_writer *w = mmt_create(path, NULL, &err);

	if (!w)
		fail_msg("%s", err.text);
	return w;
}

static void must_write(struct mmt_writer *w, struct trace_op op)
{
	struct mm_error err;

	if (mmt_write(w, &op, 1, &err))
		fail_msg("%s", err.text);
}

static void expect_refused(struct mmt_writer *w, struct trace_op op, const char *words)
{
	struct mm_error err;

	assert_int_equal(mmt_write(w, &op, 1, &err), -EINVAL);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" lacks \"%s\"", err.text, words);
}

static struct trace_op alloc_op(uint64_t time)
{
	return (struct trace_op){ .kind = TRACE_PAGE_ALLOC, .time = time,
				  .answer = TRACE_NO_ANSWER };
}

static void test_refusals(void **state)
{
	struct trace_op op, item = { .kind = TRACE_ITEM };
	const char *path = temp_path("refused.mmt");
	struct mmt_writer *w = must_create(path);
	struct trace_totals totals;
	struct mm_error err;

	(void)state;
	must_write(w, alloc_op(1000));
	expect_refused(w, alloc_op(999), "time 999 ns, before the previous one's 1000 ns");
	op = alloc_op(1000);
	op.kind = 100;
	expect_refused(w, op, "kind 100");
	op.kind = 200;
	expect_refused(w, op, "kind 200");
	op = alloc_op(1000);
	op.site = 1;
	expect_refused(w, op, "site id 1");
	op = alloc_op(1000);
	op.task = 7;
	expect_refused(w, op, "task id 7");
	op = alloc_op(1000);
	op.ctx = 3;
	expect_refused(w, op, "context 3");
	op = alloc_op(1000);
	op.kind = TRACE_CACHE_ALLOC;
	op.arg = 1;
	expect_refused(w, op, "cache id 1");
	op.kind = TRACE_MARK;
	expect_refused(w, op, "string id 1");
	expect_refused(w, item, "item");
	op.kind = TRACE_KFREE_BULK;
	op.size = (1u << 20) + 1;
	expect_refused(w, op, "number of items");
	op.size = 2;
	must_write(w, op);
	must_write(w, item);
	expect_refused(w, alloc_op(2000), "kfree_bulk) still lacks 1 items");
	must_write(w, item);
	expect_refused(w, item, "no (further) items");
	must_write(w, alloc_op(2000));
	assert_int_equal(mmt_finish(w, &totals, &err), 0);
	assert_int_equal(totals.operations, 3);
	assert_int_equal(totals.records, 5);
}

static void test_finish_wants_all_items(void **state)
{
	const char *path = temp_path("items.mmt");
	struct mmt_writer *w = must_create(path);
	struct trace_op op = { .kind = TRACE_PAGE_BULK, .size = 1, .slot = TRACE_NO_SLOT };
	struct mm_error err;

	(void)state;
	must_write(w, op);
	assert_int_equal(mmt_finish(w, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "page_bulk) still lacks 1 items"));
	assert_int_equal(access(path, F_OK), -1);
}

/* Nothing under the final name until the end, and nothing at all after an abort. */
static void test_appears_only_when_whole(void **state)
{
	const char *path = temp_path("whole.mmt");
	char pattern[200];
	glob_t found;
	struct mmt_writer *w = must_create(path);

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s*", path);
	must_write(w, alloc_op(5));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	globfree(&found);
	mmt_abort(w);
	assert_int_equal(glob(pattern, 0, NULL, &found), GLOB_NOMATCH);

	w = must_create(path);
	assert_int_equal(mmt_finish(w, NULL, NULL), 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	globfree(&found);
}

static void test_cannot_create(void **state)
{
	struct mm_error err;

	(void)state;
	assert_null(mmt_create("/nonexistent/folder/x.mmt", NULL, &err));
	assert_int_equal(err.code, -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/folder/x.mmt"));
}

static void test_full_device(void **state)
{
	struct mm_error err;
	struct mmt_writer *w;

	(void)state;
	assert_null(mmt_create("/dev/full", NULL, &err));
	assert_int_equal(err.code, -ENOSPC);
	assert_non_null(strstr(err.text, "cannot write at offset 0"));
	w = must_create("/dev/null");
	assert_int_equal(mmt_finish(w, NULL, &err), 0);
}

static void test_names(void **state)
{
	const char *path = temp_path("names.mmt");
	struct mmt_writer *w = must_create(path);
	struct trace_cache cache = { "kmalloc-64", 64, 8, TRACE_CACHE_DMA }, got;
	uint32_t frames[3], site, stack, task, id;
	struct trace_site s;
	struct mmt_reader *r;
	struct mm_error err;

	(void)state;
	frames[0] = mmt_string(w, "alloc_pages");
	frames[1] = mmt_string(w, "do_fork");
	frames[2] = mmt_string(w, "alloc_pages");
	assert_int_equal(frames[0], frames[2]);
	site = mmt_site(w, "do_fork");
	stack = mmt_stack(w, frames, 3);
	assert_int_not_equal(site, stack);
	assert_int_equal(mmt_site(w, "do_fork"), site);
	assert_int_equal(mmt_stack(w, frames, 3), stack);
	assert_int_not_equal(mmt_stack(w, frames, 2), stack);
	task = mmt_task(w, -1, "swapper");
	assert_int_equal(mmt_task(w, -1, "swapper"), task);
	assert_int_not_equal(mmt_task(w, 1, "swapper"), task);
	id = mmt_cache(w, &cache);
	assert_int_equal(mmt_cache(w, &cache), id + 1);
	assert_int_equal(mmt_meta(w, "kernel", "old"), 0);
	assert_int_equal(mmt_meta(w, "note", ""), 0);
	assert_int_equal(mmt_meta(w, "kernel", "6.1.0 \xc3\xa4"), 0);
	assert_int_equal(mmt_finish(w, NULL, &err), 0);

	r = mmt_open(path, NULL, &err);
	assert_non_null(r);
	assert_string_equal(mmt_get_site(r, site).name, "do_fork");
	s = mmt_get_site(r, stack);
	assert_null(s.name);
	assert_int_equal(s.nr_frames, 3);
	assert_string_equal(mmt_get_string(r, s.frames[1]), "do_fork");
	assert_string_equal(mmt_get_site(r, 0).name, "?");
	assert_string_equal(mmt_get_site(r, 99).name, "?");
	assert_int_equal(mmt_get_task(r, task).pid, -1);
	assert_string_equal(mmt_get_task(r, task).comm, "swapper");
	assert_string_equal(mmt_get_task(r, 99).comm, "?");
	got = mmt_get_cache(r, id);
	assert_string_equal(got.name, "kmalloc-64");
	assert_true(got.size == 64 && got.align == 8 && got.flags == TRACE_CACHE_DMA);
	assert_string_equal(mmt_get_cache(r, 0).name, "?");
	assert_string_equal(mmt_get_meta(r, "kernel"), "6.1.0 \xc3\xa4");
	assert_string_equal(mmt_get_meta(r, "note"), "");
	assert_null(mmt_get_meta(r, "absent"));
	assert_int_equal(mmt_nr_sites(r), 4);
	assert_int_equal(mmt_nr_tasks(r), 3);
	assert_int_equal(mmt_nr_caches(r), 3);
	mmt_close(r);
}

/* More names than one chunk of names holds, each defined when first used. */
static void test_many_names(void **state)
{
	const char *path = temp_path("many.mmt");
	struct mmt_writer *w = must_create(path);
	char name[64];
	uint32_t i;
	struct mmt_reader *r;
	struct mm_error err;

	(void)state;
	for (i = 1; i <= 100000; i++) {
		struct trace_op op = alloc_op(i);

		snprintf(name, sizeof(name), "a_rather_long_function_name_%u+0x10", i);
		op.site = mmt_site(w, name);
		assert_int_equal(op.site, i);
		op.slot = i;
		must_write(w, op);
	}
	assert_int_equal(mmt_finish(w, NULL, &err), 0);
	r = mmt_open(path, NULL, &err);
	assert_non_null(r);
	assert_string_equal(mmt_get_site(r, 77777).name,
			    "a_rather_long_function_name_77777+0x10");
	mmt_close(r);
}

static void test_impossible_names(void **state)
{
	const char *path = temp_path("impossible.mmt");
	struct mmt_writer *w = must_create(path);
	uint32_t unknown = 5;
	struct trace_op op = alloc_op(0);
	struct mm_error err;
	char *text = malloc((1 << 20) + 2);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', (1 << 20) + 1);
	text[(1 << 20) + 1] = '\0';
	assert_int_equal(mmt_string(w, text), 0);
	assert_int_equal(mmt_write(w, &op, 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "longer than 1 MiB"));
	mmt_abort(w);
	w = must_create(path);
	assert_int_equal(mmt_stack(w, &unknown, 1), 0);
	assert_int_equal(mmt_finish(w, NULL, &err), -EINVAL);
	assert_int_equal(access(path, F_OK), -1);
	free(text);
}

/* A gap of years in the middle, times at both ends of the range. */
static void test_long_times(void **state)
{
	static const uint64_t time[] = { 3, 1ull << 57, (1ull << 57) + 1, 1ull << 63,
					 UINT64_MAX };
	const char *path = temp_path("years.mmt");
	struct mmt_writer *w = must_create(path);
	const struct trace_op *op;
	struct mmt_reader *r;
	struct mm_error err;
	size_t i, n, k;

	(void)state;
	for (i = 0; i < 5; i++)
		must_write(w, alloc_op(time[i]));
	assert_int_equal(mmt_finish(w, NULL, &err), 0);
	r = mmt_open(path, NULL, &err);
	assert_non_null(r);
	for (i = 0; mmt_next(r, &op, &n, &err) > 0;)
		for (k = 0; k < n; k++)
			assert_true(op[k].time == time[i++]);
	assert_int_equal(i, 5);
	mmt_close(r);
}

static void test_slots(void **state)
{
	struct trace_slots s = { 0 };

	(void)state;
	assert_int_equal(trace_slot_get(&s), 0);
	assert_int_equal(trace_slot_get(&s), 1);
	assert_int_equal(trace_slot_get(&s), 2);
	assert_int_equal(trace_slot_put(&s, 1), 0);
	assert_int_equal(trace_slot_put(&s, 0), 0);
	assert_int_equal(trace_slot_get(&s), 0);
	assert_int_equal(trace_slot_get(&s), 1);
	assert_int_equal(trace_slot_get(&s), 3);
	trace_slots_free(&s);
	s.next = TRACE_NO_SLOT;
	assert_int_equal(trace_slot_get(&s), TRACE_NO_SLOT);
}

/* Slots as trace_slots gives them cost next to nothing: less than half a byte an
 * operation is left for everything. */
static void test_predicted_slots_are_small(void **state)
{
	const char *path = temp_path("lifo.mmt");
	struct mmt_writer *w = must_create(path);
	struct trace_slots slots = { 0 };
	struct trace_totals totals;
	uint32_t i, slot;

	(void)state;
	for (i = 0; i < 200000; i++) {
		struct trace_op op = alloc_op(i * 8);

		op.slot = slot = trace_slot_get(&slots);
		must_write(w, op);
		if (i % 16 < 8)
			continue;
		op.kind = TRACE_PAGE_FREE;
		must_write(w, op);
		assert_int_equal(trace_slot_put(&slots, slot), 0);
	}
	assert_int_equal(mmt_finish(w, &totals, NULL), 0);
	trace_slots_free(&slots);
	assert_in_range(totals.file_bytes, 1000, totals.operations / 2);
}

/* From the xxHash specification's own test vectors (empty input) and its
 * reference program (the others). */
static void test_checksum(void **state)
{
	(void)state;
	assert_true(mmt_xxh64("", 0, 0) == 0xef46db3751d8e999ull);
	assert_true(mmt_xxh64("a", 1, 0) == 0xd24ec4f1a98c6e5bull);
	assert_true(mmt_xxh64("abc", 3, 0) == 0x44bc2cf5ad770999ull);
	assert_true(mmt_xxh64("Nobody inspects the spammish repetition", 39, 0) ==
		    0xfbcea83c8a378bf1ull);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_finish_wants_all_items),
		cmocka_unit_test(test_appears_only_when_whole),
		cmocka_unit_test(test_cannot_create),
		cmocka_unit_test(test_full_device),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_impossible_names),
		cmocka_unit_test(test_long_times),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_predicted_slots_are_small),
		cmocka_unit_test(test_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
