/* SPDX-License-Identifier: MIT
 * The buffer of waiting operations. */
#include "traces/import/emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int emit_init(struct emit *e, struct mmt_writer *w, struct mm_error *err)
{
	memset(e, 0, sizeof(*e));
	e->w = w;
	e->err = err;
	e->cap = EMIT_BATCH * 3;
	e->v = malloc(e->cap * sizeof(*e->v));
	return e->v ? 0 : mm_fail(err, -ENOMEM, "out of memory");
}

void emit_free(struct emit *e)
{
	free(e->v);
	e->v = NULL;
}

static struct trace_op *append(struct emit *e)
{
	struct trace_op *grown, *op;

	if (e->n == e->cap) {
		grown = realloc(e->v, e->cap * 2 * sizeof(*grown));
		if (!grown) {
			e->status = mm_fail(e->err, -ENOMEM, "out of memory");
			e->n = 0; /* what is appended from here on is lost with the import */
		} else {
			e->v = grown;
			e->cap *= 2;
		}
	}
	op = &e->v[e->n++];
	memset(op, 0, sizeof(*op));
	op->slot = TRACE_NO_SLOT;
	op->answer = TRACE_NO_ANSWER;
	return op;
}

struct trace_op *emit_op(struct emit *e, const struct import_event *ev, uint32_t task,
			 unsigned int kind)
{
	struct trace_op *op = append(e);
	uint64_t t = ev->time - e->start;

	if (t < e->last || ev->time < e->start) {
		e->backward++;
		t = e->last;
	}
	e->last = t;
	op->time = t;
	op->kind = kind;
	op->cpu = ev->cpu;
	op->ctx = ev->ctx;
	op->task = task;
	return op;
}

void emit_item(struct emit *e, uint32_t slot, uint32_t answer)
{
	struct trace_op *op = append(e);

	op->time = e->last;
	op->kind = TRACE_ITEM;
	op->slot = slot;
	op->answer = answer;
}

int emit_flush(struct emit *e, bool all)
{
	size_t n = e->n;

	if (e->status)
		return e->status;
	if (!all && e->keep)
		n = e->n > EMIT_BATCH ? e->n - EMIT_BATCH : 0;
	while (n < e->n && e->v[n].kind == TRACE_ITEM)
		n++; /* an operation and its items go together */
	if (!n)
		return 0;
	e->status = mmt_write(e->w, e->v, n, e->err);
	memmove(e->v, e->v + n, (e->n - n) * sizeof(*e->v));
	e->n -= n;
	e->written += n;
	return e->status;
}
