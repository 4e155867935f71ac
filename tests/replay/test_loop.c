/* SPDX-License-Identifier: MIT
 *
 * The loop that backends share (replay/loop.h) against a plain model of it: which
 * operations are done, when timed work comes, where and why a batch stops, what
 * is measured, whatever the times, the stops and the mix of kinds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/loop.h"

enum { RECORDS = 400, MAX_LOG = 4 * RECORDS, ROUNDS = 3000 };

/* What happened, in order: records done (their index), and work (WORK + its time). */
enum { WORK = 1 << 24 };

struct fake {
	struct backend b;
	const struct trace_op *ops;	/* index 0 */
	uint64_t next;			/* when timed work is due */
	uint32_t log[MAX_LOG], n;
	uint32_t fetched, measured;
};

static void note(struct fake *f, uint64_t what)
{
	assert_true(f->n < MAX_LOG);
	f->log[f->n++] = (uint32_t)what;
}

/* Work is due every 1,000; a TRACE_VFREE makes some that is due at the next ten. */
static uint64_t regular(uint64_t now)
{
	return now - now % 1000 + 1000;
}

static uint64_t soon(uint64_t now)
{
	return now - now % 10 + 10;
}

LOOP_INLINE bool fast(struct backend *b, const struct trace_op *op, uint64_t nr)
{
	struct fake *f = (struct fake *)b;

	if (op->kind != TRACE_KMALLOC)
		return false;
	assert_int_equal(nr, op->answer);	/* its number */
	note(f, (uint64_t)(op - f->ops));
	return loop_counted(b, TRACE_KMALLOC, true);
}

static size_t any(struct backend *b, const struct trace_op *op, size_t n)
{
	struct fake *f = (struct fake *)b;

	assert_int_equal(b->counts.operations - 1, op->answer);
	assert_true(op->size < n);
	note(f, (uint64_t)(op - f->ops));
	if (op->kind == TRACE_VFREE && soon(op->time) < f->next)
		f->next = soon(op->time);
	if (op->kind == TRACE_VMALLOC)
		b->err.code = -1;
	return 1 + op->size;
}

static void fetch(const struct backend *b, uint32_t slot)
{
	((struct fake *)b)->fetched += slot < RECORDS;
}

static uint64_t due(const struct backend *b)
{
	return ((const struct fake *)b)->next;
}

static void work(struct backend *b, uint64_t now)
{
	struct fake *f = (struct fake *)b;

	note(f, WORK + now);
	f->next = regular(now);
}

static enum op_cause cause(struct backend *b)
{
	((struct fake *)b)->measured++;
	return CAUSE_FAST;
}

static const struct loop calls = { .fast = fast, .any = any, .fetch = fetch, .due = due, .work = work,
				   .cause = cause };
static const struct loop no_time = { .fast = fast, .any = any, .fetch = fetch, .cause = cause };

LOOP_FN(run_plain, &calls, LATENCY_OFF)
LOOP_FN(run_one, &calls, LATENCY_SAMPLED)
LOOP_FN(run_all, &calls, LATENCY_ALL)
LOOP_FN(run_without, &no_time, LATENCY_OFF)

static enum backend_reason run_sampled(struct backend *b, const struct trace_op *ops, size_t n,
				       size_t *pos, const struct backend_stop *stop)
{
	return loop_sampled(b, ops, n, pos, stop, run_plain, run_one);
}

/* What the loop should do, an operation at a time. */
static enum backend_reason model(struct fake *f, const struct trace_op *ops, size_t n, size_t *pos,
				 const struct backend_stop *stop, bool timed)
{
	while (*pos < n) {
		const struct trace_op *op = &ops[*pos];

		if (op->time >= stop->time)
			return BACKEND_TIME;
		if (timed && op->time >= f->next) {
			note(f, WORK + op->time);
			f->next = regular(op->time);
		}
		if (f->b.counts.operations == stop->operations)
			return BACKEND_OPERATIONS;
		note(f, *pos);
		f->b.counts.operations++;
		f->b.counts.kind[op->kind]++;
		*pos += 1 + op->size;
		if (op->kind == TRACE_VFREE && soon(op->time) < f->next)
			f->next = soon(op->time);
		if (op->kind == TRACE_MARK)
			return BACKEND_MARK;
		if (op->kind == TRACE_VMALLOC)
			return BACKEND_ERROR;
	}
	return BACKEND_BATCH_END;
}

static uint32_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/* Records of one batch; how many.  answer is the operation's number. */
static size_t batch(struct trace_op *op, uint64_t *seed)
{
	static const uint8_t rare[] = { TRACE_VFREE, TRACE_KFREE_BULK, TRACE_MARK, TRACE_IDLE };
	size_t n = draw(seed) % RECORDS, i;
	uint64_t time = draw(seed) % 3000;
	uint32_t pace = 1 + draw(seed) % 400, often = 2 + draw(seed) % 60, nr = 0;

	memset(op, 0, RECORDS * sizeof(*op));
	for (i = 0; i < n;) {
		uint32_t items = 0, k;

		time += draw(seed) % 3 ? 0 : draw(seed) % pace;
		op[i].kind = draw(seed) % often ? TRACE_KMALLOC : rare[draw(seed) % sizeof(rare)];
		if (op[i].kind == TRACE_KFREE_BULK)
			items = draw(seed) % 6;
		if (items > n - i - 1)
			items = (uint32_t)(n - i - 1);
		op[i].size = items;
		op[i].answer = nr++;
		for (k = 0; k <= items; k++, i++) {
			op[i].time = time;
			op[i].slot = (uint32_t)i;
			if (k)
				op[i].kind = TRACE_ITEM;
		}
	}
	return n;
}

static void stop_somewhere(struct backend_stop *stop, const struct fake *f, uint64_t *seed)
{
	*stop = (struct backend_stop){ UINT64_MAX, UINT64_MAX };
	if (draw(seed) % 2)
		stop->operations = f->b.counts.operations + draw(seed) % 40;
	if (draw(seed) % 3 == 0)
		stop->time = draw(seed) % 12000;
}

static void against_model(loop_fn *run, bool timed, struct latency *l, uint32_t *measured)
{
	static struct trace_op op[RECORDS];
	uint64_t seed = 17;

	for (int round = 0; round < ROUNDS; round++) {
		size_t n = batch(op, &seed), here = 0, there = 0;
		struct fake real = { .b.latency = l, .ops = op }, want = { .ops = op };
		enum backend_reason r;

		if (l)
			latency_draw(l, 0);
		do {
			struct backend_stop stop;

			stop_somewhere(&stop, &want, &seed);
			r = model(&want, op, n, &there, &stop, timed);
			assert_int_equal(run(&real.b, op, n, &here, &stop), r);
			assert_int_equal(here, there);
			assert_int_equal(real.b.counts.operations, want.b.counts.operations);
			/* A time that has come stops it for good. */
		} while (r != BACKEND_BATCH_END && (r != BACKEND_TIME || draw(&seed) % 4));
		assert_int_equal(real.n, want.n);
		assert_memory_equal(real.log, want.log, want.n * sizeof(*want.log));
		assert_memory_equal(real.b.counts.kind, want.b.counts.kind, sizeof(want.b.counts.kind));
		*measured += real.measured;
	}
}

static void unmeasured(void **state)
{
	uint32_t measured = 0;

	(void)state;
	against_model(run_plain, true, NULL, &measured);
	against_model(run_without, false, NULL, &measured);
	assert_int_equal(measured, 0);
}

static void every_one_measured(void **state)
{
	struct mm_error err;
	struct latency *l = latency_new(1, &err);
	struct histogram all;
	uint32_t measured = 0;

	(void)state;
	assert_non_null(l);
	against_model(run_all, true, l, &measured);
	hists_sum(&l->table, HISTS_ALL, HISTS_ALL, &all);
	assert_int_equal(measured, hist_count(&all));
	assert_true(measured > 10 * ROUNDS);
	latency_free(l);
}

static void some_measured(void **state)
{
	struct mm_error err;
	struct latency *l = latency_new(8, &err);
	uint32_t measured = 0;

	(void)state;
	assert_non_null(l);
	against_model(run_sampled, true, l, &measured);
	assert_true(measured > ROUNDS);
	latency_free(l);
}

/* The batch ends with the operation that found the error. */
static void an_error_ends_it(void **state)
{
	struct trace_op op[60] = { { .kind = TRACE_KMALLOC } };
	const struct backend_stop never = { UINT64_MAX, UINT64_MAX };
	struct fake f = { .ops = op };
	size_t pos = 0;

	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		op[i] = (struct trace_op){ .kind = i == 30 ? TRACE_VMALLOC : TRACE_KMALLOC, .answer = i };
	assert_int_equal(run_plain(&f.b, op, 60, &pos, &never), BACKEND_ERROR);
	assert_int_equal(pos, 31);
	assert_int_equal(f.b.counts.operations, 31);
	assert_int_equal(f.b.counts.kind[TRACE_VMALLOC], 1);
}

/* Slots are fetched ahead as long as the batch has them, and never beyond it. */
static void fetches_stay_inside(void **state)
{
	struct trace_op *op = calloc(50, sizeof(*op));	/* a sanitizer sees what is behind */
	const struct backend_stop never = { UINT64_MAX, UINT64_MAX };
	struct fake f = { .ops = op };
	size_t pos = 0;

	(void)state;
	assert_non_null(op);
	for (uint32_t i = 0; i < 50; i++)
		op[i] = (struct trace_op){ .kind = TRACE_KMALLOC, .answer = i, .slot = i };
	assert_int_equal(run_plain(&f.b, op, 50, &pos, &never), BACKEND_BATCH_END);
	assert_int_equal(f.fetched, 50);
	free(op);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unmeasured),
		cmocka_unit_test(every_one_measured),
		cmocka_unit_test(some_measured),
		cmocka_unit_test(an_error_ends_it),
		cmocka_unit_test(fetches_stay_inside),
	};

	return cmocka_run_group_tests_name("replay loop", tests, NULL, NULL);
}
