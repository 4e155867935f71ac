/* SPDX-License-Identifier: MIT
 *
 * backend: what a trace is replayed on.
 *
 * A backend executes batches of decoded operations; its hot loop is its own, so
 * that no operation costs an indirect call.  backends.c holds one line a
 * backend.  The caller (run.c) decides when to stop within a batch: to sample,
 * to check, at marks.
 */
#ifndef REPLAY_BACKEND_H
#define REPLAY_BACKEND_H

#include "engine/mm86.h"
#include "engine/mm_state.h"
#include "replay/latency.h"
#include "replay/sample.h"
#include "traces/format/mmt.h"

/* What a trace asked for and this replay did not execute.  Counted, never
 * hidden: run.json names each (not_replayed). */
enum not_replayed {
	NOT_USER_SPACE,		/* mmap, touch, munmap, exit: no user address spaces yet */
	NOT_OUTSIDE_MACHINE,	/* a foreign page beyond the machine's memory */
	NOT_UNKNOWN_CACHE,	/* a cache whose object size the trace does not tell */
	NOT_OTHER_KIND,		/* the slot holds something that the operation cannot mean */
	NOT_NO_MAPPING,		/* kunmap_local without a mapping of that task in the trace */
	NOT_FOREIGN_LRU,	/* LRU insertion of a page allocated before the trace */
	NOT_UNKNOWN_KIND,	/* a kind of operation of a later format */
	NR_NOT_REPLAYED
};

const char *not_replayed_name(enum not_replayed n);

enum { NR_OUTCOMES = MM_UNSUPPORTED + 1 };

struct backend_counts {
	uint64_t operations;			/* items are not operations */
	uint64_t kind[TRACE_KIND_MAX + 1];
	uint64_t outcome[NR_OUTCOMES][TRACE_KIND_MAX + 1]; /* MM_OK stays 0: it is the rest */
	uint64_t skipped[TRACE_KIND_MAX + 1];	/* on something whose request failed */
	uint64_t left_out[TRACE_KIND_MAX + 1];	/* orphan_frees and not_replayed, by kind */
	uint64_t orphan_frees;			/* not executed: freed object was never seen */
	uint64_t foreign_frees;			/* executed: a loaded state holds them */
	uint64_t slots_lost;			/* a slot was given anew before its free */
	uint64_t bulk_short;			/* bulk page requests that got fewer pages */
	uint64_t recorded_failures;		/* requests that the recorded kernel refused */
	uint64_t recorded_failures_ok;		/* ... and this machine granted */
	uint64_t not_replayed[NR_NOT_REPLAYED];
};

/* Called for each request that did not end in MM_OK; nr is its number, m NULL
 * where the backend is no machine. */
typedef void backend_failed_fn(void *arg, const struct trace_op *op, uint64_t nr,
			       enum mm_outcome outcome, const struct mm_machine *m);

struct cost_sum;

struct backend_setup {
	const struct mm_config *machine;
	const struct mm_state *state;	/* NULL: freshly booted */
	const struct mmt_reader *trace;	/* names of caches; outlives the backend */
	uint32_t slots;			/* how many the trace has, 0: not known */
	backend_failed_fn *failed;
	void *failed_arg;
	struct latency *latency;	/* NULL: not measured */
	struct cost_sum *cost;		/* NULL: not modelled; only a machine can */
	/* Of backends that give real memory; the simulated machine moves no bytes. */
	bool zero;			/* __GFP_ZERO zeroes */
	bool touch;			/* each page of new memory is written once */
};

/* What run.json should tell of a backend besides its name. */
struct backend_fact {
	const char *key;
	char *value;		/* the backend's */
};

/* Where to stop before the batch ends. */
struct backend_stop {
	uint64_t time;		/* before the first operation at or after this time, ns */
	uint64_t operations;	/* when so many have been done in all */
};

enum backend_reason {
	BACKEND_BATCH_END,
	BACKEND_TIME,
	BACKEND_OPERATIONS,
	BACKEND_MARK,		/* op[*pos - 1] was a TRACE_MARK */
	BACKEND_ERROR,		/* see backend.err */
};

struct backend;

struct backend_ops {
	const char *name;
	const char *help;
	/* NULL and a sentence on error. */
	struct backend *(*open)(const struct backend_setup *s, struct mm_error *err);
	/* Execute op[*pos..n) until *stop; *pos is left at the first record not executed. */
	enum backend_reason (*run)(struct backend *b, const struct trace_op *op, size_t n,
				   size_t *pos, const struct backend_stop *stop);
	/* All columns but op and time_ns; what a backend does not have stays 0. */
	void (*sample)(struct backend *b, struct sample *s);
	/* The simulated machine, NULL if it is none. */
	struct mm_machine *(*machine)(struct backend *b);
	/* Facts about it for run.json, *n of them; NULL: it has none. */
	const struct backend_fact *(*facts)(struct backend *b, size_t *n);
	/* Time passes to now_ns without an operation. */
	void (*advance)(struct backend *b, uint64_t now_ns);
	void (*close)(struct backend *b);
};

/* The part that all backends share; their own state follows it. */
struct backend {
	const struct backend_ops *ops;
	struct backend_counts counts;
	struct mm_error err;
	struct latency *latency;
	/* What the operation came to when it was not plainly done (the highest
	 * of a bulk's items); whoever measures resets it to CAUSE_ANY. */
	enum op_cause odd;
};

/* Part of each such event; off the fast path. */
static inline void backend_odd(struct backend *b, enum op_cause c)
{
	if (c > b->odd)
		b->odd = c;
}

/* A zeroed table for the setup's slots, of entries of `size` bytes, in memory that the
 * first operations need not touch anew: *nr entries; NULL: no memory.  free() it. */
void *backend_slots(const struct backend_setup *s, size_t size, uint32_t *nr);

/* The cause that an outcome other than MM_OK is. */
enum op_cause backend_outcome_cause(enum mm_outcome r);

/* By name; NULL and a sentence that lists them. */
const struct backend_ops *backend_find(const char *name, struct mm_error *err);
/* i-th backend, NULL past the last. */
const struct backend_ops *backend_at(unsigned int i);

#endif
