/* SPDX-License-Identifier: MIT
 *
 * The baselines, both allocators of the host: every kind of operation, bad
 * traces counted as the simulated machine counts them, random operations
 * against a naive model of what is held, the program's own malloc left alone.
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "replay/run.h"
#include "tests/replay/trace_help.h"

static const char *const baselines[] = { "jemalloc", "libc" };

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

static void run_with(struct run_options o, struct run_result *r)
{
	struct mm_error err;

	o.machine = "x86_32-512m";
	o.timeline.samples = 10;
	if (run_replay(&o, r, &err))
		fail_msg("%s", err.text);
}

static void run_on(const char *backend, const char *trace, struct run_result *r)
{
	run_with((struct run_options){ .trace = trace, .backend = backend, .zero = true, .touch = true }, r);
}

static uint64_t at(const struct run_result *r, const char *object, const char *column)
{
	const json_t *v = json_object_get(json_object_get(json_object_get(r->json, object), column), "value");

	assert_non_null(v);
	return (uint64_t)json_integer_value(v);
}

/* Each kind once and undone; two pages and an object stay. */
static void write_every_kind(struct tt *t, const char *dir)
{
	uint32_t cache;

	tt_open(t, dir, "every.mmt");
	cache = mmt_cache(t->w, &(struct trace_cache){ "my_cache", 200, 0, TRACE_CACHE_HWALIGN });
	TT(t, TRACE_MARK, NO, .arg = mmt_string(t->w, "begin"));
	TT(t, TRACE_PAGE_ALLOC, 0, .order = 2, .gfp = MM_GFP_KERNEL | MM_GFP_ZERO);
	TT(t, TRACE_LRU_ADD, 0);
	TT(t, TRACE_KMAP, 0, .arg = 3);
	TT(t, TRACE_KUNMAP, 0, .arg = 3);
	tt_bulk(t, (struct trace_op){ .kind = TRACE_PAGE_BULK, .slot = NO, .gfp = MM_GFP_KERNEL,
				      .answer = TRACE_NO_ANSWER }, 1, 8);
	tt_bulk(t, (struct trace_op){ .kind = TRACE_VMAP, .slot = 20, .answer = TRACE_NO_ANSWER }, 1, 8);
	tt_bulk(t, (struct trace_op){ .kind = TRACE_VM_MAP_RAM, .slot = 21, .answer = TRACE_NO_ANSWER }, 1, 8);
	TT(t, TRACE_VM_UNMAP_RAM, 21);
	TT(t, TRACE_VUNMAP, 20);
	TT(t, TRACE_KMALLOC, 22, .size = 0, .gfp = MM_GFP_KERNEL);
	TT(t, TRACE_KFREE, 22);
	TT(t, TRACE_CACHE_CREATE, NO, .arg = cache);
	TT(t, TRACE_CACHE_ALLOC, 22, .arg = cache, .gfp = MM_GFP_KERNEL | MM_GFP_ZERO);
	TT(t, TRACE_CACHE_FREE, 22, .arg = cache);
	tt_bulk(t, (struct trace_op){ .kind = TRACE_CACHE_ALLOC_BULK, .slot = NO, .arg = cache,
				      .gfp = MM_GFP_KERNEL, .answer = TRACE_NO_ANSWER }, 30, 16);
	tt_bulk(t, (struct trace_op){ .kind = TRACE_CACHE_FREE_BULK, .slot = NO, .arg = cache,
				      .answer = TRACE_NO_ANSWER }, 30, 8);
	tt_bulk(t, (struct trace_op){ .kind = TRACE_KFREE_BULK, .slot = NO, .answer = TRACE_NO_ANSWER }, 38, 8);
	TT(t, TRACE_VMALLOC, 23, .size = 20000, .gfp = MM_GFP_KERNEL);
	TT(t, TRACE_VFREE, 23);
	TT(t, TRACE_IOREMAP, 23, .size = 8192, .arg = 0xfe000);
	TT(t, TRACE_IOUNMAP, 23);
	TT(t, TRACE_UNMAP_ALIASES, NO);
	TT(t, TRACE_PAGE_FREE, 0, .order = 2);
	TT(t, TRACE_DRAIN, NO);
	TT(t, TRACE_IDLE, NO);
	tt_close(t);
}

static void test_every_kind(void **state)
{
	struct run_result r;
	struct tt t;
	size_t i, k;

	write_every_kind(&t, *state);
	for (i = 0; i < 2; i++) {
		run_on(baselines[i], t.path, &r);
		assert_int_equal(r.counts.operations, 26);
		assert_int_equal(r.failures + r.would_block + r.misuse + r.unsupported + r.skipped, 0);
		assert_int_equal(r.counts.orphan_frees + r.counts.slots_lost, 0);
		for (k = 0; k <= TRACE_KIND_MAX; k++)
			assert_int_equal(r.counts.left_out[k], 0);
		assert_int_equal(at(&r, "lows", "requested_bytes"), 0);
		assert_true(at(&r, "peaks", "resident_bytes") < 1u << 30);
		assert_null(json_object_get(r.json, "machine"));
		assert_non_null(json_object_get(json_object_get(r.json, "allocator"), "statistics"));
		run_result_free(&r);
	}
}

/* Slots that were never filled, filled twice, freed twice, or hold something else. */
static void write_bad(struct tt *t, const char *dir)
{
	uint32_t nameless;

	tt_open(t, dir, "bad.mmt");
	nameless = mmt_cache(t->w, &(struct trace_cache){ "of_no_known_size", 0, 0, 0 });
	TT(t, TRACE_KMALLOC, 1, .size = 100, .gfp = MM_GFP_KERNEL);
	TT(t, TRACE_KMALLOC, 1, .size = 200, .gfp = MM_GFP_KERNEL);	/* lost */
	TT(t, TRACE_KFREE, 1);
	TT(t, TRACE_KFREE, 1);						/* double free */
	TT(t, TRACE_PAGE_ALLOC, 2, .gfp = MM_GFP_KERNEL);
	TT(t, TRACE_KFREE, 2);						/* other kind */
	TT(t, TRACE_VFREE, 2);						/* other kind */
	TT(t, TRACE_PAGE_FREE, 2);
	TT(t, TRACE_PAGE_FREE, 70000, .order = 1);			/* orphan: beyond the table */
	TT(t, TRACE_VFREE, NO);						/* orphan */
	TT(t, TRACE_PAGE_FOREIGN, 3, .answer = 1000);
	TT(t, TRACE_PAGE_FREE, 3);					/* orphan */
	TT(t, TRACE_CACHE_ALLOC, 4, .arg = nameless, .gfp = MM_GFP_KERNEL); /* unknown size */
	TT(t, TRACE_CACHE_FREE, 4, .arg = nameless);			/* skipped */
	TT(t, TRACE_KMALLOC, NO, .size = 64, .gfp = MM_GFP_KERNEL);	/* the recorded kernel refused */
	tt_bulk(t, (struct trace_op){ .kind = TRACE_KFREE_BULK, .slot = NO, .answer = TRACE_NO_ANSWER }, 500, 3);
	TT(t, TRACE_TOUCH, 9);						/* user space */
	tt_close(t);
}

static void test_bad_traces_count_as_on_the_machine(void **state)
{
	struct run_result sim, r;
	struct tt t;
	size_t i;

	write_bad(&t, *state);
	run_on("sim", t.path, &sim);
	for (i = 0; i < 2; i++) {
		run_on(baselines[i], t.path, &r);
		assert_int_equal(r.misuse, 1);
		assert_int_equal(r.misuse, sim.misuse);
		assert_int_equal(r.skipped, sim.skipped);
		assert_int_equal(r.counts.orphan_frees, 6);
		assert_int_equal(r.counts.orphan_frees, sim.counts.orphan_frees);
		assert_int_equal(r.counts.slots_lost, 1);
		assert_int_equal(r.counts.slots_lost, sim.counts.slots_lost);
		assert_int_equal(r.counts.recorded_failures_ok, sim.counts.recorded_failures_ok);
		assert_memory_equal(r.counts.not_replayed, sim.counts.not_replayed, sizeof(r.counts.not_replayed));
		assert_memory_equal(r.counts.left_out, sim.counts.left_out, sizeof(r.counts.left_out));
		assert_int_equal(at(&r, "peaks", "requested_bytes") > 0, 1);
		run_result_free(&r);
	}
	run_result_free(&sim);
}

/* ---- random operations ---- */

enum { SLOTS = 300, STEPS = 20000 };

struct model {
	uint64_t size[SLOTS];	/* held there, 0: nothing */
	uint8_t kind[SLOTS];	/* of the free that it needs */
	uint64_t lost;
};

static uint32_t draw(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static uint64_t bytes_of(const struct trace_op *op)
{
	if (op->kind == TRACE_PAGE_ALLOC)
		return op->order < MM_MAX_ORDER ? 4096ull << op->order : 0;
	if (op->kind == TRACE_VMALLOC)
		return ((uint64_t)op->size + !op->size + 4095) & ~4095ull;
	return op->size ? op->size : 1;
}

static void model_op(struct model *m, const struct trace_op *op)
{
	static const uint8_t undo[TRACE_KIND_MAX + 1] = {
		[TRACE_PAGE_ALLOC] = TRACE_PAGE_FREE, [TRACE_KMALLOC] = TRACE_KFREE,
		[TRACE_VMALLOC] = TRACE_VFREE,
	};

	if (undo[op->kind]) {
		m->lost += m->size[op->slot];
		m->size[op->slot] = bytes_of(op);
		m->kind[op->slot] = undo[op->kind];
	} else if (m->kind[op->slot] == op->kind) {
		m->size[op->slot] = 0;
	}
}

static uint64_t model_sum(const struct model *m)
{
	uint64_t sum = m->lost;
	int i;

	for (i = 0; i < SLOTS; i++)
		sum += m->size[i];
	return sum;
}

static void random_ops(const char *name, const struct mm_config *cfg, unsigned int how)
{
	static const uint8_t kinds[] = {
		TRACE_PAGE_ALLOC, TRACE_KMALLOC, TRACE_KMALLOC, TRACE_VMALLOC,
		TRACE_PAGE_FREE, TRACE_KFREE, TRACE_KFREE, TRACE_VFREE,
	};
	struct backend_setup setup = { .machine = cfg, .zero = how & 1, .touch = how & 2 };
	struct backend_stop never = { UINT64_MAX, UINT64_MAX };
	const struct backend_ops *ops;
	struct model m = { .lost = 0 };
	struct mm_error err;
	struct backend *b;
	uint32_t seed = how + 1;
	int i;

	ops = backend_find(name, &err);
	assert_non_null(ops);
	b = ops->open(&setup, &err);
	assert_non_null(b);
	for (i = 0; i < STEPS; i++) {
		struct trace_op op = { .kind = kinds[draw(&seed) % sizeof(kinds)], .slot = draw(&seed) % SLOTS,
				       .gfp = draw(&seed) & 1 ? MM_GFP_ZERO : 0 };
		struct sample s = { .v = { 0 } };
		size_t pos = 0;

		op.order = (uint8_t)(draw(&seed) % 64 ? draw(&seed) % 3 : 200);
		op.size = draw(&seed) % (draw(&seed) % 8 ? 500 : 30000);
		assert_int_equal(ops->run(b, &op, 1, &pos, &never), BACKEND_BATCH_END);
		assert_int_equal(pos, 1);
		model_op(&m, &op);
		if (i % 1000)
			continue;
		ops->sample(b, &s);
		assert_int_equal(s.v[SAMPLE_requested_bytes], model_sum(&m));
	}
	ops->close(b);
}

static void test_random_operations(void **state)
{
	struct mm_config cfg;
	unsigned int i;

	(void)state;
	mm_config_init(&cfg);
	for (i = 0; i < 8; i++)
		random_ops(baselines[i / 4], &cfg, i % 4);
}

/* Objects of each size have the alignment that their cache asks for: a run that
 * touches memory looks at it. */
static void test_alignment(void **state)
{
	struct run_result r;
	struct tt t;
	uint32_t slot = 0, size, align, i;
	size_t k;

	tt_open(&t, *state, "align.mmt");
	for (align = 8; align <= 4096; align *= 2)
		for (size = 24; size < 20000; size += size / 3) {
			uint32_t cache = mmt_cache(t.w, &(struct trace_cache){ "aligned", size, align, 0 });

			for (i = 0; i < 5; i++)
				TT(&t, TRACE_CACHE_ALLOC, slot++, .arg = cache, .gfp = i ? 0 : MM_GFP_ZERO);
			TT(&t, TRACE_CACHE_FREE, slot - 3, .arg = cache);
		}
	for (i = 0; i < 11; i++)
		TT(&t, TRACE_PAGE_ALLOC, slot++, .order = (uint8_t)i);
	tt_close(&t);
	for (k = 0; k < 2; k++) {
		run_on(baselines[k], t.path, &r);
		assert_int_equal(r.failures, 0);
		run_result_free(&r);
		run_with((struct run_options){ .trace = t.path, .backend = baselines[k], .touch = true }, &r);
		assert_int_equal(r.failures, 0);
		run_result_free(&r);
	}
}

/* jemalloc's fork handlers: a child goes on with what its parent had. */
static void test_fork(void **state)
{
	struct run_result r;
	struct tt t;
	int status;
	pid_t pid;

	write_every_kind(&t, *state);
	run_on("jemalloc", t.path, &r);
	run_result_free(&r);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		run_on("jemalloc", t.path, &r);
		_exit(r.counts.operations == 26 ? 42 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

/* jemalloc is in the program, but nothing can meet it by its names. */
static void test_malloc_is_not_jemalloc(void **state)
{
	(void)state;
	assert_null(dlsym(RTLD_DEFAULT, "mallocx"));
	assert_null(dlsym(RTLD_DEFAULT, "private_mallocx"));
	assert_non_null(dlsym(RTLD_DEFAULT, "malloc"));
}

static void test_state_is_refused(void **state)
{
	static const struct mm_state some;
	struct mm_config cfg;
	struct backend_setup setup = { .machine = &cfg, .state = &some };
	struct mm_error err;
	size_t i;

	(void)state;
	mm_config_init(&cfg);
	for (i = 0; i < 2; i++) {
		const struct backend_ops *ops = backend_find(baselines[i], &err);

		assert_null(ops->open(&setup, &err));
		assert_int_equal(err.code, -22);
		assert_non_null(strstr(err.text, "expected none"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_kind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_traces_count_as_on_the_machine, set_up, tear_down),
		cmocka_unit_test(test_random_operations),
		cmocka_unit_test_setup_teardown(test_alignment, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fork, set_up, tear_down),
		cmocka_unit_test(test_malloc_is_not_jemalloc),
		cmocka_unit_test(test_state_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
