/* SPDX-License-Identifier: MIT
 *
 * Replaying small traces: every kind of operation, failures with their causes,
 * orphans and foreign pages, what follows a failed request, bad calls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/run.h"
#include "replay/state/state.h"
#include "tests/replay/trace_help.h"

static int set_up(void **state)
{
	*state = tt_mkdir();
	return 0;
}

static int tear_down(void **state)
{
	tt_rmdir(*state);
	return 0;
}

static void run(const char *trace, struct run_result *r)
{
	struct run_options o = { .trace = trace, .machine = "x86_32-512m", .check_every = 1,
				 .timeline = { .samples = 10 } };
	struct mm_error err;

	if (run_replay(&o, r, &err))
		fail_msg("%s", err.text);
	assert_string_equal(r->check, "clean");
}

static uint64_t member(const struct run_result *r, const char *object, const char *key)
{
	const json_t *v = json_object_get(json_object_get(r->json, object), key);

	if (!v)
		fail_msg("run.json has no %s.%s", object, key);
	return (uint64_t)json_integer_value(v);
}

static uint64_t kind(const struct run_result *r, const char *name, const char *key)
{
	const json_t *k = json_object_get(json_object_get(r->json, "by_kind"), name);

	if (!k)
		fail_msg("run.json has no by_kind.%s", name);
	return (uint64_t)json_integer_value(json_object_get(k, key));
}

/* Each kind of operation that the machine can do, once and undone. */
static void test_every_kind(void **state)
{
	struct run_result r;
	struct tt t;
	uint32_t cache;

	tt_open(&t, *state, "t.mmt");
	cache = mmt_cache(t.w, &(struct trace_cache){ "my_cache", 200, 0, TRACE_CACHE_NOMERGE });
	TT(&t, TRACE_MARK, NO, .arg = mmt_string(t.w, "begin"));
	TT(&t, TRACE_PAGE_ALLOC, 0, .order = 2, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_LRU_ADD, 0);
	TT(&t, TRACE_KMAP, 0, .arg = 3);
	TT(&t, TRACE_KMAP_LOCAL, 0, .arg = 1);
	TT(&t, TRACE_KMAP_ATOMIC, 0);
	TT(&t, TRACE_KUNMAP_ATOMIC, NO);
	TT(&t, TRACE_KUNMAP_LOCAL, NO);
	TT(&t, TRACE_KUNMAP, 0, .arg = 3);
	tt_bulk(&t, (struct trace_op){ .kind = TRACE_PAGE_BULK, .slot = TRACE_NO_SLOT, .gfp = MM_GFP_KERNEL,
				       .answer = TRACE_NO_ANSWER }, 1, 8);
	tt_bulk(&t, (struct trace_op){ .kind = TRACE_VMAP, .slot = 20, .answer = TRACE_NO_ANSWER }, 1, 8);
	tt_bulk(&t, (struct trace_op){ .kind = TRACE_VM_MAP_RAM, .slot = 21, .answer = TRACE_NO_ANSWER }, 1, 8);
	TT(&t, TRACE_VM_UNMAP_RAM, 21);
	TT(&t, TRACE_VUNMAP, 20);
	TT(&t, TRACE_KMALLOC, 22, .size = 100, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_KFREE, 22);
	TT(&t, TRACE_CACHE_CREATE, NO, .arg = cache);
	TT(&t, TRACE_CACHE_ALLOC, 22, .arg = cache, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_CACHE_FREE, 22, .arg = cache);
	tt_bulk(&t, (struct trace_op){ .kind = TRACE_CACHE_ALLOC_BULK, .slot = TRACE_NO_SLOT, .arg = cache,
				       .gfp = MM_GFP_KERNEL, .answer = TRACE_NO_ANSWER }, 30, 16);
	tt_bulk(&t, (struct trace_op){ .kind = TRACE_CACHE_FREE_BULK, .slot = TRACE_NO_SLOT, .arg = cache,
				       .answer = TRACE_NO_ANSWER }, 30, 8);
	tt_bulk(&t, (struct trace_op){ .kind = TRACE_KFREE_BULK, .slot = TRACE_NO_SLOT,
				       .answer = TRACE_NO_ANSWER }, 38, 8);
	TT(&t, TRACE_CACHE_SHRINK, NO, .arg = cache);
	TT(&t, TRACE_CACHE_DESTROY, NO, .arg = cache);
	TT(&t, TRACE_VMALLOC, 23, .size = 20000, .gfp = MM_GFP_KERNEL | MM_GFP_HIGHMEM_BIT);
	TT(&t, TRACE_VFREE, 23);
	TT(&t, TRACE_IOREMAP, 23, .size = 8192, .arg = 0xfe000);
	TT(&t, TRACE_IOUNMAP, 23);
	TT(&t, TRACE_UNMAP_ALIASES, NO);
	TT(&t, TRACE_PAGE_FREE, 0, .order = 2);
	TT(&t, TRACE_DRAIN, NO);
	t.time = 2000000000;
	TT(&t, TRACE_IDLE, NO);
	TT(&t, TRACE_MARK, NO, .arg = mmt_string(t.w, "end"), .size = 1);
	tt_close(&t);

	run(t.path, &r);
	assert_int_equal(r.counts.operations, 33);
	assert_int_equal(r.failures + r.would_block + r.misuse + r.unsupported + r.skipped, 0);
	assert_int_equal(r.counts.orphan_frees, 0);
	assert_int_equal(kind(&r, "vm_unmap_ram", "ok"), 1);
	assert_int_equal(kind(&r, "cache_free_bulk", "ok"), 1);
	assert_int_equal(kind(&r, "mark", "count"), 2);
	assert_int_equal(json_array_size(json_object_get(r.json, "marks")), 2);
	assert_int_equal(r.duration_ns, 2000001000);
	run_result_free(&r);
}

/* What a user address space asks for is counted, not hidden. */
static void test_user_space_is_counted(void **state)
{
	struct run_result r;
	struct tt t;

	tt_open(&t, *state, "t.mmt");
	TT(&t, TRACE_MMAP, 0, .size = 8192);
	TT(&t, TRACE_TOUCH, 0, .arg = 1);
	TT(&t, TRACE_MUNMAP, 0);
	TT(&t, TRACE_EXIT, NO);
	tt_close(&t);
	run(t.path, &r);
	assert_int_equal(member(&r, "not_replayed", "user_address_space"), 4);
	run_result_free(&r);
}

/* An order that the machine cannot give fails; its users are skipped. */
static void test_failure_and_what_follows(void **state)
{
	struct run_result r;
	struct tt t;
	uint32_t i;

	tt_open(&t, *state, "t.mmt");
	TT(&t, TRACE_VMALLOC, 0, .size = 900u << 20, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_VFREE, 0);
	/* 512 MiB hold fewer than 128 blocks of order 10; nothing may be reclaimed. */
	for (i = 0; i < 140; i++)
		TT(&t, TRACE_PAGE_ALLOC, 1 + i, .order = 10, .gfp = MM_GFP_NOWAIT | MM_GFP_NOWARN);
	TT(&t, TRACE_KMAP_LOCAL, 140);
	TT(&t, TRACE_KUNMAP_LOCAL, NO);
	TT(&t, TRACE_KMAP, 140);
	for (i = 0; i < 140; i++)
		TT(&t, TRACE_PAGE_FREE, 1 + i, .order = 10);
	tt_close(&t);
	run(t.path, &r);
	assert_true(kind(&r, "page_alloc", "fail") > 12);
	assert_int_equal(kind(&r, "page_alloc", "fail"), kind(&r, "page_free", "skipped"));
	assert_int_equal(kind(&r, "vmalloc", "fail"), 1);
	assert_int_equal(kind(&r, "vfree", "skipped"), 1);
	assert_int_equal(kind(&r, "kmap_local", "skipped"), 1);
	assert_int_equal(kind(&r, "kunmap_local", "skipped"), 1);
	assert_int_equal(kind(&r, "kmap", "skipped"), 1);
	assert_int_equal(r.failures, kind(&r, "page_alloc", "fail") + 1);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(r.json, "failures_by_order"), 10)),
			 kind(&r, "page_alloc", "fail"));
	run_result_free(&r);
}

/* failures.csv: a row a failure, with the cause and who asked. */
static void test_failures_csv(void **state)
{
	struct run_options o = { .machine = "x86_32-2g", .timeline = { .samples = 10 } };
	char out[300], *csv;
	struct run_result r;
	struct mm_error err;
	struct tt t;

	tt_open(&t, *state, "t.mmt");
	TT(&t, TRACE_VMALLOC, 0, .size = 200u << 20, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_KMALLOC, 1, .size = 64, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_KFREE, 1);
	TT(&t, TRACE_KFREE, 1);
	tt_close(&t);
	snprintf(out, sizeof(out), "%s/run", (char *)*state);
	o.trace = t.path;
	o.out = out;
	if (run_replay(&o, &r, &err))
		fail_msg("%s", err.text);
	assert_int_equal(r.failures, 1);
	assert_int_equal(r.misuse, 1);
	csv = tt_slurp(out, "failures.csv");
	assert_non_null(strstr(csv, "\n0,0,vmalloc,fail,"));
	assert_non_null(strstr(csv, "vmalloc_space"));
	assert_non_null(strstr(csv, "GFP_KERNEL,1,tester,test_site+0x10,"));
	assert_non_null(strstr(csv, "\n3,3000,kfree,misuse,double free,"));
	free(csv);
	run_result_free(&r);
}

/* Frees of what was allocated before the trace: counted, with and without a slot. */
static void test_orphans(void **state)
{
	struct run_result r;
	struct tt t;

	tt_open(&t, *state, "t.mmt");
	TT(&t, TRACE_KFREE, NO, .answer = 0xc5000000);
	TT(&t, TRACE_PAGE_FREE, NO, .answer = 0x5000);
	TT(&t, TRACE_VFREE, NO, .answer = 0xe1000000);
	TT(&t, TRACE_PAGE_FOREIGN, 3, .answer = 0x5000);
	TT(&t, TRACE_KMAP_LOCAL, 3);
	TT(&t, TRACE_KUNMAP_LOCAL, NO);
	TT(&t, TRACE_PAGE_FREE, 3);
	TT(&t, TRACE_PAGE_FOREIGN, 3, .answer = 0x70000);
	TT(&t, TRACE_KMAP, 3);
	TT(&t, TRACE_KUNMAP_LOCAL, NO);
	tt_close(&t);
	run(t.path, &r);
	assert_int_equal(r.counts.orphan_frees, 4);
	assert_int_equal(r.misuse, 0);
	assert_int_equal(kind(&r, "kmap_local", "ok"), 1);
	assert_int_equal(member(&r, "not_replayed", "page_outside_machine"), 1);
	assert_int_equal(member(&r, "not_replayed", "kunmap_local_without_mapping"), 1);
	assert_int_equal(kind(&r, "kmap", "skipped"), 1);
	run_result_free(&r);
}

/* A request that the recorded kernel refused has no slot: granted here, it is
 * given back, or nobody would free it. */
static void test_recorded_failure(void **state)
{
	struct run_result r;
	struct tt t;
	int i;

	tt_open(&t, *state, "t.mmt");
	for (i = 0; i < 200; i++)
		TT(&t, TRACE_PAGE_ALLOC, NO, .order = 10, .gfp = MM_GFP_NOWAIT);
	tt_close(&t);
	run(t.path, &r);
	assert_int_equal(r.failures, 0);
	assert_int_equal(member(&r, "not_replayed", "of_these_granted_here_and_given_back"), 200);
	run_result_free(&r);
}

static void test_bad_calls(void **state)
{
	struct run_result r;
	struct tt t;

	tt_open(&t, *state, "t.mmt");
	TT(&t, TRACE_PAGE_ALLOC, 0, .order = 1, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_PAGE_FREE, 0, .order = 2);
	TT(&t, TRACE_KMALLOC, 1, .size = 64, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_VFREE, 1);
	TT(&t, TRACE_PAGE_ALLOC, 2, .gfp = MM_GFP_HIGHUSER);
	TT(&t, TRACE_PAGE_FREE, 2);
	TT(&t, TRACE_PAGE_FREE, 2);
	TT(&t, TRACE_KMALLOC, 1, .size = 64, .gfp = MM_GFP_KERNEL);
	tt_close(&t);
	run(t.path, &r);
	assert_int_equal(r.misuse, 2);
	assert_int_equal(kind(&r, "page_free", "misuse"), 2);
	assert_int_equal(member(&r, "not_replayed", "slot_holds_other_kind"), 1);
	assert_int_equal(member(&r, "not_replayed", "slots_given_anew_before_their_free"), 1);
	run_result_free(&r);
}

/* A cache that the trace did not make: the machine's own by name, another is
 * made, one without a size cannot be. */
static void test_caches_from_before(void **state)
{
	struct run_result r;
	uint32_t own, old, unknown;
	struct tt t;

	tt_open(&t, *state, "t.mmt");
	own = mmt_cache(t.w, &(struct trace_cache){ "kmalloc-64", 0, 0, 0 });
	old = mmt_cache(t.w, &(struct trace_cache){ "dentry", 136, 0, TRACE_CACHE_RECLAIM });
	unknown = mmt_cache(t.w, &(struct trace_cache){ "mystery", 0, 0, 0 });
	TT(&t, TRACE_CACHE_ALLOC, 0, .arg = own, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_CACHE_ALLOC, 1, .arg = old, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_CACHE_ALLOC, 2, .arg = unknown, .gfp = MM_GFP_KERNEL);
	TT(&t, TRACE_CACHE_FREE, 2, .arg = unknown);
	TT(&t, TRACE_CACHE_FREE, 1, .arg = old);
	TT(&t, TRACE_CACHE_FREE, 0, .arg = own);
	tt_close(&t);
	run(t.path, &r);
	assert_int_equal(member(&r, "not_replayed", "cache_of_unknown_size"), 1);
	assert_int_equal(kind(&r, "cache_free", "skipped"), 1);
	assert_int_equal(kind(&r, "cache_free", "ok"), 2);
	assert_int_equal(r.misuse, 0);
	run_result_free(&r);
}

/* A full pkmap lets the task sleep: no failure. */
static void test_full_pkmap(void **state)
{
	struct run_options o = { .machine = "x86_32-2g", .timeline = { .samples = 10 } };
	struct run_result r;
	struct mm_error err;
	struct tt t;
	uint32_t i;

	tt_open(&t, *state, "t.mmt");
	for (i = 0; i < 1030; i++)
		TT(&t, TRACE_PAGE_ALLOC, i, .gfp = MM_GFP_HIGHUSER);
	for (i = 0; i < 1030; i++)
		TT(&t, TRACE_KMAP, i);
	tt_close(&t);
	o.trace = t.path;
	if (run_replay(&o, &r, &err))
		fail_msg("%s", err.text);
	assert_int_equal(r.failures, 0);
	assert_int_equal(r.would_block, 1030 - 1024);
	assert_int_equal(member(&r, "causes", "would_block/pkmap_full"), 6);
	run_result_free(&r);
}

/* The first frame that the snapshot holds as in use and not as a slab's. */
static pfn_t page_of_state(const char *dir)
{
	struct mm_state st = { 0 };
	struct mm_config cfg;
	struct mm_machine *m;
	struct mm_frame_info info;
	struct mm_error err;
	pfn_t pfn;

	if (state_read_snapshot(dir, 0, &st, &cfg, &err))
		fail_msg("%s", err.text);
	m = mm_machine_load(&cfg, &st, &err);
	if (!m)
		fail_msg("%s", err.text);
	for (pfn = mm_machine_layout(m)->max_low_pfn; ; pfn++) {
		mm_frame_info(m, pfn, &info);
		if (info.kind == MM_FRAME_FOREIGN)
			break;
	}
	mm_machine_destroy(m);
	mm_state_free(&st);
	return pfn;
}

/* With the machine's state a free of what was allocated before the trace is
 * executed; the machine is that of the state. */
static void test_state(void **state)
{
	static const char dir[] = "tests/data/oracle/pages_mix";
	struct run_options o = { .state_dir = dir, .check_every = 1, .timeline = { .samples = 10 } };
	pfn_t pfn = page_of_state(dir);
	const json_t *from;
	struct run_result r;
	struct mm_error err;
	struct tt t;

	tt_open(&t, *state, "t.mmt");
	TT(&t, TRACE_PAGE_FREE, NO, .answer = pfn);
	TT(&t, TRACE_PAGE_FREE, NO, .answer = pfn);
	TT(&t, TRACE_PAGE_FOREIGN, 0, .answer = pfn);
	TT(&t, TRACE_PAGE_ALLOC, 1, .gfp = MM_GFP_HIGHUSER_MOVABLE);
	TT(&t, TRACE_PAGE_FREE, 1);
	tt_close(&t);
	o.trace = t.path;
	if (run_replay(&o, &r, &err))
		fail_msg("%s", err.text);
	assert_string_equal(r.check, "clean");
	assert_int_equal(r.counts.foreign_frees, 2);
	assert_int_equal(r.counts.orphan_frees, 0);
	assert_int_equal(r.misuse, 1);	/* the second of them */
	from = json_object_get(r.json, "state");
	assert_string_equal(json_string_value(json_object_get(from, "source")), dir);
	assert_string_equal(json_string_value(json_object_get(from, "kind")), "exact");
	assert_int_equal(json_array_size(json_object_get(from, "assumed")), 0);
	run_result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_kind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_user_space_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failure_and_what_follows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failures_csv, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_orphans, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_recorded_failure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_calls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_caches_from_before, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full_pkmap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_state, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
