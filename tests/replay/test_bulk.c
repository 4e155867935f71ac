/* SPDX-License-Identifier: MIT
 *
 * Bulk operations of the sim backend, which takes most objects without the engine's
 * bulk calls: a second machine gets the same by those calls, and both are alike
 * after each, also when memory runs out in the middle of one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/backend.h"
#include "tests/replay/trace_help.h"

enum { SLOTS = 3000, MOST = 24, OPS = 30000 };

struct both {
	struct backend *b;		/* replays */
	struct mm_machine *m;		/* is called */
	uint32_t cache;			/* its id there; in the trace it is number 1 */
	vaddr_t at[SLOTS];		/* what a slot holds; 0: nothing */
	uint32_t nr;			/* of the operation */
	uint32_t lost;			/* slots that were given anew */
	uint32_t unslotted, failed;
	uint64_t seed;
};

static uint32_t draw(struct both *x)
{
	x->seed = x->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(x->seed >> 33);
}

static void run(struct both *x, const struct trace_op *op, size_t n)
{
	const struct backend_stop never = { UINT64_MAX, UINT64_MAX };
	size_t pos = 0;

	assert_int_equal(x->b->ops->run(x->b, op, n, &pos, &never), BACKEND_BATCH_END);
	assert_int_equal(pos, n);
}

static struct mm_caller caller(const struct both *x)
{
	return (struct mm_caller){ .op = x->nr };
}

/* Slots are often free, sometimes held (their object is lost), new, or none. */
static uint32_t draw_slot(struct both *x)
{
	uint32_t kind = draw(x) % 40, slot = draw(x) % SLOTS;

	if (kind == 0)
		return TRACE_NO_SLOT;
	while (kind > 1 && x->at[slot])
		slot = draw(x) % SLOTS;
	return slot;
}

static uint32_t nr_held(const struct both *x)
{
	uint32_t i, n = 0;

	for (i = 0; i < SLOTS; i++)
		n += x->at[i] != 0;
	return n;
}

static void alloc(struct both *x, gfp_t gfp)
{
	uint32_t n = 1 + draw(x) % MOST, i;
	struct trace_op op[1 + MOST] = { {
		.kind = TRACE_CACHE_ALLOC_BULK, .slot = TRACE_NO_SLOT, .size = n, .arg = 1, .gfp = gfp,
	} };
	struct mm_caller who = caller(x);
	vaddr_t addr[MOST];
	enum mm_outcome r;

	for (i = 0; i < n; i++)
		op[1 + i] = (struct trace_op){ .kind = TRACE_ITEM, .slot = draw_slot(x), .size = i };
	run(x, op, 1 + n);
	r = mm_cache_alloc_bulk(x->m, &who, x->cache, gfp, n, addr);
	for (i = 0; i < n; i++) {
		uint32_t slot = op[1 + i].slot;

		if (slot == TRACE_NO_SLOT && r == MM_OK) {
			x->unslotted++;
			assert_int_equal(mm_kfree(x->m, &who, addr[i]), MM_OK);
		}
		if (slot == TRACE_NO_SLOT)
			continue;
		x->lost += x->at[slot] != 0;
		x->at[slot] = r == MM_OK ? addr[i] : 0;
	}
	x->failed += r != MM_OK;
	x->nr++;
}

/* Objects go back in the order of the items; one that no slot holds ends them. */
static void release(struct both *x, uint8_t kind)
{
	uint32_t n = draw(x) % 3 ? 1 + draw(x) % MOST : 1, live = 0, i;
	struct trace_op op[1 + MOST] = { {
		.kind = kind, .slot = TRACE_NO_SLOT, .size = n, .arg = kind == TRACE_KFREE_BULK ? 0 : 1,
	} };
	struct mm_caller who = caller(x);
	vaddr_t addr[MOST];

	for (i = 0; i < n; i++) {
		uint32_t slot = draw(x) % SLOTS;

		while (!x->at[slot] && nr_held(x) > SLOTS / 10)
			slot = draw(x) % SLOTS;
		if (!x->at[slot])
			break;
		op[1 + i] = (struct trace_op){ .kind = TRACE_ITEM, .slot = slot, .answer = TRACE_NO_ANSWER };
		addr[live++] = x->at[slot];
		x->at[slot] = 0;
	}
	op[0].size = live;
	if (!live)
		return;
	run(x, op, 1 + live);
	if (kind == TRACE_KFREE_BULK)
		assert_int_equal(mm_kfree_bulk(x->m, &who, live, addr), MM_OK);
	else
		assert_int_equal(mm_cache_free_bulk(x->m, &who, x->cache, live, addr), MM_OK);
	x->nr++;
}

static void compare(struct both *x)
{
	struct mm_machine *m = x->b->ops->machine(x->b);
	struct mm_slab_totals one, other;
	struct mm_error err;

	assert_memory_equal(mm_events(m), mm_events(x->m), MM_NR_EVENTS * sizeof(uint64_t));
	mm_slab_totals(m, &one);
	mm_slab_totals(x->m, &other);
	assert_memory_equal(&one, &other, sizeof(one));
	if (mm_check(m, &err) || mm_check(x->m, &err))
		fail_msg("%s", err.text);
}

static void lockstep(const char *dir, uint32_t mib, uint32_t size, bool init_on_alloc, gfp_t gfp)
{
	static const struct mm_cache_args args = { .name = "bulky" };
	struct mm_cache_args a = args;
	struct mm_config cfg;
	struct mm_error err;
	struct both *x = calloc(1, sizeof(*x));
	struct backend_setup setup = { .machine = &cfg };
	struct trace_op create = { .kind = TRACE_CACHE_CREATE, .slot = TRACE_NO_SLOT, .arg = 1 };
	struct mm_caller who = { .op = 0 };
	struct mmt_reader *r;
	const struct trace_op *none;
	size_t n;
	struct tt t;

	assert_non_null(x);
	x->seed = mib + size;
	tt_open(&t, dir, "bulk.mmt");
	assert_int_equal(mmt_cache(t.w, &(struct trace_cache){ "bulky", size, 0, 0 }), 1);
	TT(&t, TRACE_CACHE_CREATE, NO, .arg = 1);
	tt_close(&t);
	r = mmt_open(t.path, NULL, &err);
	assert_non_null(r);
	while (mmt_next(r, &none, &n, &err) == 1)
		;	/* names are known from here on */
	mm_config_init(&cfg);
	cfg.nr_e820 = 0;
	cfg.ram_bytes = (paddr_t)mib << 20;
	cfg.init_on_alloc = init_on_alloc;
	setup.trace = r;
	x->b = backend_find("sim", &err)->open(&setup, &err);
	x->m = mm_machine_create(&cfg, &err);
	assert_true(x->b && x->m);
	run(x, &create, 1);
	a.size = size;
	assert_int_equal(mm_cache_create(x->m, &who, &a, &x->cache), MM_OK);
	for (x->nr = 1; x->nr < OPS;) {
		uint32_t what = draw(x) % 10, held = nr_held(x);

		if (what < 5 && held < SLOTS - 2 * MOST)
			alloc(x, what ? gfp : gfp | MM_GFP_ZERO);
		else if (held > SLOTS / 10)
			release(x, what % 2 ? TRACE_CACHE_FREE_BULK : TRACE_KFREE_BULK);
		if (x->nr % 1000 == 0)
			compare(x);
	}
	compare(x);
	assert_int_equal(x->b->counts.slots_lost, x->lost);
	assert_int_equal(x->b->counts.outcome[MM_FAIL][TRACE_CACHE_ALLOC_BULK] +
			 x->b->counts.outcome[MM_WOULD_BLOCK][TRACE_CACHE_ALLOC_BULK], x->failed);
	assert_true(x->unslotted > 0 && x->lost > 0);
	assert_true(mib > 64 || x->failed > 10);
	x->b->ops->close(x->b);
	mm_machine_destroy(x->m);
	mmt_close(r);
	free(x);
}

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

static void small_objects(void **state)
{
	lockstep(*state, 256, 200, true, MM_GFP_KERNEL);
}

/* Without init_on_alloc a request for cleared objects is special. */
static void cleared_objects(void **state)
{
	lockstep(*state, 256, 100, false, MM_GFP_KERNEL);
}

/* 3,000 objects of 16 KiB do not fit. */
static void no_memory(void **state)
{
	lockstep(*state, 64, 16000, true, MM_GFP_NOWAIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(small_objects, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cleared_objects, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_memory, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("bulk operations", tests, NULL, NULL);
}
