/* SPDX-License-Identifier: MIT
 *
 * The buffer of waiting operations, and the thread that writes them.
 *
 * One batch is handed over at a time: the importer fills the next one while the
 * thread writes, and waits for it when it is first.  Errors of the thread are
 * taken over at the next hand-over.
 */
#include "traces/import/emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void *write_batches(void *arg)
{
	struct emit *e = arg;
	int status;

	pthread_mutex_lock(&e->lock);
	for (;;) {
		while (!e->nr_given && !e->quit)
			pthread_cond_wait(&e->change, &e->lock);
		if (!e->nr_given)
			break;
		pthread_mutex_unlock(&e->lock);
		status = e->write_status ? e->write_status
					 : mmt_write(e->w, e->given, e->nr_given, &e->write_err);
		pthread_mutex_lock(&e->lock);
		e->write_status = status;
		e->nr_given = 0;
		pthread_cond_signal(&e->change);
	}
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

int emit_init(struct emit *e, struct mmt_writer *w, struct mm_error *err)
{
	memset(e, 0, sizeof(*e));
	e->w = w;
	e->err = err;
	e->cap = e->cap_given = EMIT_BATCH * 3;
	e->v = malloc(e->cap * sizeof(*e->v));
	e->given = malloc(e->cap_given * sizeof(*e->given));
	if (!e->v || !e->given)
		return mm_fail(err, -ENOMEM, "out of memory");
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->change, NULL);
	if (pthread_create(&e->thread, NULL, write_batches, e))
		return mm_fail(err, -EAGAIN, "cannot start a thread to write the trace");
	e->started = true;
	return 0;
}

void emit_free(struct emit *e)
{
	if (e->started) {
		pthread_mutex_lock(&e->lock);
		e->quit = true;
		pthread_cond_signal(&e->change);
		pthread_mutex_unlock(&e->lock);
		pthread_join(e->thread, NULL);
		pthread_mutex_destroy(&e->lock);
		pthread_cond_destroy(&e->change);
		e->started = false;
	}
	free(e->v);
	free(e->given);
	e->v = e->given = NULL;
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

void emit_quiet(struct emit *e)
{
	pthread_mutex_lock(&e->lock);
	while (e->nr_given)
		pthread_cond_wait(&e->change, &e->lock);
	pthread_mutex_unlock(&e->lock);
	if (e->write_status && !e->status) {
		e->status = e->write_status;
		*e->err = e->write_err;
	}
}

/* Copy the first n operations to the thread's batch; it is idle. */
static int give(struct emit *e, size_t n)
{
	struct trace_op *grown;

	if (n > e->cap_given) {
		grown = realloc(e->given, n * sizeof(*grown));
		if (!grown)
			return e->status = mm_fail(e->err, -ENOMEM, "out of memory");
		e->given = grown;
		e->cap_given = n;
	}
	memcpy(e->given, e->v, n * sizeof(*e->v));
	memmove(e->v, e->v + n, (e->n - n) * sizeof(*e->v));
	e->n -= n;
	e->written += n;
	pthread_mutex_lock(&e->lock);
	e->nr_given = n;
	pthread_cond_signal(&e->change);
	pthread_mutex_unlock(&e->lock);
	return 0;
}

int emit_flush(struct emit *e, bool all)
{
	size_t n = e->n;

	emit_quiet(e);
	if (e->status)
		return e->status;
	if (!all && e->keep)
		n = e->n > EMIT_BATCH ? e->n - EMIT_BATCH : 0;
	while (n < e->n && e->v[n].kind == TRACE_ITEM)
		n++; /* an operation and its items go together */
	if (n && give(e, n))
		return e->status;
	if (all)
		emit_quiet(e);
	return e->status;
}
