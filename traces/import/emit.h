/* SPDX-License-Identifier: MIT
 *
 * Operations on their way to the writer.
 *
 * They wait in a buffer for a while, because a stack belongs to the operation
 * before it and so comes too late: as long as the operation still waits, its
 * site can be set.
 *
 * The writer (columns, compression, disk) runs in a thread of its own, a batch
 * behind; it takes a third of an import's time.  Whoever calls the writer
 * himself, to name a site or a task, first waits for it with emit_quiet.
 */
#ifndef IMPORT_EMIT_H
#define IMPORT_EMIT_H

#include <pthread.h>

#include "traces/import/source.h"

struct emit {
	struct mmt_writer *w;
	struct trace_op *v;
	size_t n, cap;
	uint64_t written;	/* records given to the writer: number of v[0] */
	uint64_t start, last;	/* recording's clock at the first event; last ns written */
	uint64_t backward;
	bool keep;		/* the recording has stacks: hold some operations back */
	int status;		/* first error */
	struct mm_error *err;

	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool started, quit;
	struct trace_op *given;	/* the batch that the thread writes */
	size_t nr_given, cap_given; /* nr_given: 0 = it is idle */
	int write_status;
	struct mm_error write_err;
};

int emit_init(struct emit *e, struct mmt_writer *w, struct mm_error *err);
void emit_free(struct emit *e);

/* Append an operation of this kind at the event's time; the caller fills in the
 * rest.  Valid until the next append. */
struct trace_op *emit_op(struct emit *e, const struct import_event *ev, uint32_t task,
			 unsigned int kind);
void emit_item(struct emit *e, uint32_t slot, uint32_t answer);

/* The record appended last has this number + 1 (so 0 = none). */
static inline uint64_t emit_mark(const struct emit *e)
{
	return e->written + e->n;
}

/* The waiting record with this mark, NULL when it is written already. */
static inline struct trace_op *emit_at(struct emit *e, uint64_t mark)
{
	return mark > e->written ? &e->v[mark - 1 - e->written] : NULL;
}

/* Wait until the thread does nothing; the writer may then be called. */
void emit_quiet(struct emit *e);

/* Give the writer what need not wait.  all: everything, and wait until it is
 * written. */
int emit_flush(struct emit *e, bool all);

#define EMIT_BATCH 8192
static inline int emit_room(struct emit *e)
{
	return e->n < EMIT_BATCH * 2 ? e->status : emit_flush(e, false);
}

#endif
