/* SPDX-License-Identifier: MIT
 *
 * latency: host time of replayed operations, by kind and cause.
 *
 * Three modes, chosen per run; a backend's loop is compiled once for each, with
 * the mode as a constant, so that a loop without latency has no trace of it:
 *
 *	LATENCY_OFF	nothing
 *	LATENCY_SAMPLED	one operation in N, at random distances (1 .. 2N-1, equal
 *			chances: a fixed distance would always meet the same half
 *			of alloc, free, alloc, free).  The loop without latency
 *			runs up to the operation (latency_next), which is then done
 *			alone between two fenced reads: the others cost nothing.
 *	LATENCY_ALL	every operation, one read at each boundary: the end of one
 *			is the begin of the next.
 *
 * What measuring itself costs is measured when a run begins, by doing it around
 * nothing, and subtracted: in LATENCY_ALL a read and the recording of the
 * operation before, in LATENCY_SAMPLED two reads.  What is left is the
 * operation with its part of the replay loop (the slot's load, the counters).
 *
 * Use in a loop, mode constant:
 *
 *	struct latency_timer t;
 *
 *	latency_start(l, &t, mode);
 *	for each operation {
 *		latency_before(l, &t, mode);
 *		execute;
 *		latency_after(l, &t, mode);
 *		latency_count(l, &t, mode, kind, cause);
 *	}
 *
 * Whatever is done between operations and belongs to none (timed work) is
 * followed by latency_start.
 */
#ifndef REPLAY_LATENCY_H
#define REPLAY_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mm_error.h"
#include "replay/hists.h"
#include "replay/ticks.h"

enum latency_mode { LATENCY_OFF, LATENCY_SAMPLED, LATENCY_ALL };

struct latency {
	enum latency_mode mode;
	bool tsc;
	uint32_t every;			/* N of LATENCY_SAMPLED, else 1 */
	uint64_t next;			/* number of the operation to measure next */
	uint64_t random;
	uint64_t overhead;		/* ticks, subtracted from each */
	uint64_t begin_ticks, begin_ns;
	double ns_per_tick;		/* known after latency_finish */
	struct hists table;		/* in ticks */
};

/* every: 0 off (returns NULL without an error), 1 all, N one in N.  NULL and a
 * sentence: no memory.  Takes a millisecond, for the cost of measuring. */
struct latency *latency_new(uint32_t every, struct mm_error *err);
void latency_free(struct latency *l);

/* After the last operation: learn the length of a tick, from the whole run (of
 * at least 20 ms: it waits for the rest). */
void latency_finish(struct latency *l);

/* Sampled: operation number `done` was just measured (or is the first): draw
 * l->next, the number of operations after which the next one is measured. */
void latency_draw(struct latency *l, uint64_t done);

static inline enum latency_mode latency_mode(const struct latency *l)
{
	return l ? l->mode : LATENCY_OFF;
}

static inline void latency_record(struct latency *l, uint8_t kind, enum op_cause c,
				  uint64_t ticks)
{
	/* A clock that is read out of order can go back by some ticks. */
	int64_t v = (int64_t)(ticks - l->overhead);

	hist_add(hists_at(&l->table, kind, c), v > 0 ? (uint64_t)v : 0);
}

struct latency_timer {
	uint64_t last, now;	/* begin and end of the operation, ticks */
};

#define LATENCY_INLINE static inline __attribute__((always_inline))

LATENCY_INLINE void latency_start(const struct latency *l, struct latency_timer *t,
				  enum latency_mode mode)
{
	if (mode == LATENCY_ALL)
		t->last = ticks_now(l->tsc);
}

LATENCY_INLINE void latency_before(const struct latency *l, struct latency_timer *t,
				   enum latency_mode mode)
{
	if (mode == LATENCY_SAMPLED)
		t->last = ticks_fenced(l->tsc);
}

LATENCY_INLINE void latency_after(const struct latency *l, struct latency_timer *t,
				  enum latency_mode mode)
{
	if (mode != LATENCY_OFF)
		t->now = mode == LATENCY_ALL ? ticks_now(l->tsc) : ticks_fenced(l->tsc);
}

LATENCY_INLINE void latency_count(struct latency *l, struct latency_timer *t,
				  enum latency_mode mode, uint8_t kind, enum op_cause c)
{
	if (mode != LATENCY_OFF) {
		latency_record(l, kind, c, t->now - t->last);
		t->last = t->now;
	}
}

#endif
