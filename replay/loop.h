/* SPDX-License-Identifier: MIT
 *
 * loop: the replay loop that all backends share.
 *
 * A backend describes itself by a constant struct loop; LOOP_INLINE puts its
 * functions in place, so that the compiled loop calls nothing but allocators.
 * What the loop itself costs an operation is the same for every backend, so that
 * a ratio of two compares allocators: a compare with the end of the stretch, a fetch
 * of the slot that is needed LOOP_AHEAD records later, the jump by kind, a counter.
 *
 * An operation is first offered to `fast`, which knows the frequent kinds as they
 * mostly go.  What it refuses goes to `any`, a call, so that the rare cases take
 * no registers from the frequent ones: with everything inlined compilers keep the
 * position in memory, and each operation waits for the store of the last one.
 */
#ifndef REPLAY_LOOP_H
#define REPLAY_LOOP_H

#include "replay/backend.h"
#include "replay/latency.h"

/* Records ahead at which a slot is fetched, and the records themselves: a record takes
 * some 5-20 ns, a miss to memory some 100.  Hardware fetches records too, but begins
 * anew at each page of the host, which are hundred records. */
enum { LOOP_AHEAD = 16, LOOP_RECORDS_AHEAD = 64 };

#define LOOP_INLINE	LATENCY_INLINE
#define LOOP_LIKELY(x)	__builtin_expect(!!(x), 1)
#define LOOP_UNLIKELY(x) __builtin_expect(!!(x), 0)

struct loop {
	/* Operation number nr, counted in counts.kind; false: nothing was done and counted,
	 * `any` is to do it. */
	bool (*fast)(struct backend *b, const struct trace_op *op, uint64_t nr);
	/* The same, whatever it is; n = records from op on.  How many of them it takes;
	 * it is counted already. */
	size_t (*any)(struct backend *b, const struct trace_op *op, size_t n);
	/* What slot number `slot` holds is needed soon. */
	void (*fetch)(const struct backend *b, uint32_t slot);
	/* Trace time at which timed work comes next, and doing it; due is asked again
	 * after each `any` and each work.  NULL: there is none. */
	uint64_t (*due)(const struct backend *b);
	void (*work)(struct backend *b, uint64_t now);
	/* Only where something is measured.  begin: what was done until now belongs to no
	 * operation (may be NULL).  cause: of the operation just done; ready for the next. */
	void (*begin)(struct backend *b);
	enum op_cause (*cause)(struct backend *b);
	/* Of an operation just done, its time taken (may be NULL). */
	void (*done)(struct backend *b, const struct trace_op *op, enum op_cause c);
};

/* An operation of a kind known where this is compiled: one instruction. */
LOOP_INLINE bool loop_counted(struct backend *b, unsigned int kind, bool ok)
{
	if (LOOP_LIKELY(ok))
		b->counts.kind[kind]++;
	return ok;
}

LOOP_INLINE uint64_t loop_earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

LOOP_INLINE uint64_t loop_limit(const struct backend *b, const struct backend_stop *stop,
				const struct loop *l)
{
	return l->due ? loop_earlier(stop->time, l->due(b)) : stop->time;
}

/* What was done until now belongs to no operation. */
LOOP_INLINE void loop_begin(struct backend *b, const struct loop *l, enum latency_mode mode)
{
	if (l->begin && (mode != LATENCY_OFF || l->done))
		l->begin(b);
}

/* A measured operation goes to its kind and cause.  Finding a rare cause must
 * not count to the operation that follows. */
LOOP_INLINE void loop_count(struct backend *b, struct latency_timer *timer, const struct trace_op *op,
			    const struct loop *l, enum latency_mode mode)
{
	enum op_cause cause;

	if (mode == LATENCY_OFF && !l->done)
		return;
	cause = l->cause(b);
	latency_count(b->latency, timer, mode, op->kind, cause);
	if (l->done)
		l->done(b, op, cause);
	if (l->done || LOOP_UNLIKELY(cause != CAUSE_FAST))
		latency_start(b->latency, timer, mode);
}

/* How far the next stretch goes: no operation of it is at or after `limit`, none
 * passes the count to stop at (each takes a record or more), and all fetch within the
 * batch, or none (*ahead = 0).  So the loop compares only its place. */
static inline const struct trace_op *loop_stretch(const struct trace_op *op, const struct trace_op *end,
						  uint64_t limit, uint64_t left, size_t *ahead)
{
	size_t n = (size_t)(end - op), from = 0;

	*ahead = n > LOOP_AHEAD ? LOOP_AHEAD : 0;
	n -= *ahead;
	if (n > left)
		n = (size_t)left;
	if (!n || op[n - 1].time < limit)
		return op + n;
	while (from < n) {	/* those before op[from] are before the limit, op[n] is not */
		size_t middle = from + (n - from) / 2;

		if (op[middle].time < limit)
			from = middle + 1;
		else
			n = middle;
	}
	return op + n;
}

/* Execute op[*pos..n) until *stop, as backend_ops.run; l and mode are constants. */
LOOP_INLINE enum backend_reason loop_run(struct backend *b, const struct trace_op *ops, size_t n,
					 size_t *pos, const struct backend_stop *stop,
					 const struct loop *l, enum latency_mode mode)
{
	const struct trace_op *op = ops + *pos, *end = ops + n, *last = op, *this;
	uint64_t limit = loop_limit(b, stop, l), done = b->counts.operations;
	enum backend_reason reason = BACKEND_BATCH_END;
	struct latency_timer timer = { 0, 0 };
	size_t ahead = 0;

	loop_begin(b, l, mode);
	latency_start(b->latency, &timer, mode);
	for (;;) {
		if (LOOP_UNLIKELY(op >= last)) {
			if (op >= end)
				break;
			if (op->time >= stop->time) {
				reason = BACKEND_TIME;
				break;
			}
			if (l->due && op->time >= l->due(b)) {
				l->work(b, op->time);
				loop_begin(b, l, mode);
				latency_start(b->latency, &timer, mode);
			}
			limit = loop_limit(b, stop, l);
			last = loop_stretch(op, end, limit, stop->operations - done, &ahead);
			if (op == last) {
				reason = BACKEND_OPERATIONS;
				break;
			}
		}
		__builtin_prefetch(op + LOOP_RECORDS_AHEAD);
		l->fetch(b, op[ahead].slot);
		latency_before(b->latency, &timer, mode);
		this = op;
		if (LOOP_LIKELY(l->fast(b, op, done))) {
			done++;
			op++;
			latency_after(b->latency, &timer, mode);
			loop_count(b, &timer, this, l, mode);
			continue;
		}
		b->counts.operations = ++done;
		b->counts.kind[op->kind & TRACE_KIND_MAX]++;
		op += l->any(b, op, (size_t)(end - op));
		latency_after(b->latency, &timer, mode);
		loop_count(b, &timer, this, l, mode);
		if (LOOP_UNLIKELY(this->kind == TRACE_MARK)) {
			reason = BACKEND_MARK;
			break;
		}
		if (LOOP_UNLIKELY(b->err.code))
			break;
		if (LOOP_UNLIKELY(loop_limit(b, stop, l) < limit))
			last = op;
	}
	b->counts.operations = done;
	*pos = (size_t)(op - ops);
	return LOOP_UNLIKELY(b->err.code) ? BACKEND_ERROR : reason;
}

typedef enum backend_reason loop_fn(struct backend *b, const struct trace_op *ops, size_t n,
				    size_t *pos, const struct backend_stop *stop);

/* The loop that measures nothing (off) up to the next operation of the sample,
 * then that one (one). */
static inline enum backend_reason loop_sampled(struct backend *b, const struct trace_op *ops, size_t n,
					       size_t *pos, const struct backend_stop *stop,
					       loop_fn *off, loop_fn *one)
{
	struct latency *l = b->latency;
	struct backend_stop here = *stop;
	enum backend_reason reason;

	for (;;) {
		here.operations = loop_earlier(stop->operations, l->next);
		reason = off(b, ops, n, pos, &here);
		if (reason != BACKEND_OPERATIONS || here.operations == stop->operations)
			return reason;
		here.operations++;
		reason = one(b, ops, n, pos, &here);
		latency_draw(l, here.operations);
		if (reason != BACKEND_OPERATIONS)
			return reason;
	}
}

/* Define a loop_fn of these constants. */
#define LOOP_FN(name, loop, mode) \
	static enum backend_reason name(struct backend *b, const struct trace_op *ops, size_t n, \
					size_t *pos, const struct backend_stop *stop) \
	{ \
		return loop_run(b, ops, n, pos, stop, loop, mode); \
	}

#endif
