/* SPDX-License-Identifier: MIT
 *
 * Taking operations: mmt_write checks them, counts them and gathers them into the
 * chunk.  Nearly all are plain (valid, without items) or a further item, and both
 * are taken by runs: one loop over what the caller gave, all limits and totals
 * in registers.  What ends a run (an operation with items, a refusal, a gap of
 * years) goes through the full check alone.
 */
#include <errno.h>

#include "traces/format/kinds.h"
#include "traces/format/writer.h"

/* A difference of times has fewer bits: a longer gap begins a new chunk. */
#define GAP_BITS 56u

static int more_room(struct mmt_writer *w)
{
	struct trace_op *o = realloc(w->ops, w->cap * 2 * sizeof(*o));

	if (!o)
		return mm_fail(&w->error, -ENOMEM, "%s: out of memory for a chunk", w->out.path);
	w->ops = o;
	w->cap *= 2;
	return 0;
}

/* Take the plain operations that op begins with, into a chunk that has room for n. */
static size_t take_plain(struct mmt_writer *w, const struct trace_op *op, size_t n)
{
	const uint32_t arg_max[] = {
		[ARG_NUMBER] = UINT32_MAX, [ARG_CACHE] = w->names.nr_caches,
		[ARG_STRING] = w->names.nr_strings,
	};
	uint32_t sites = w->names.nr_sites, tasks = w->names.nr_tasks;
	uint32_t no_answer = w->no_answers ? TRACE_NO_ANSWER : 0;
	struct trace_totals *t = &w->totals;
	struct trace_op *to = &w->ops[w->nr];
	uint64_t last = t->duration_ns;
	uint32_t slots = t->slots, cpus = t->cpus;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct trace_op *o = &op[i];
		const struct kind_info *k = &mmt_kinds[o->kind & TRACE_KIND_MAX];

		if (o->kind > TRACE_KIND_MAX || !o->kind || !k->name || k->items != SLOT_NONE ||
		    o->time < last || (o->time - last) >> GAP_BITS || o->site > sites ||
		    o->task > tasks || o->ctx > TRACE_HARDIRQ || o->arg > arg_max[k->arg])
			break;
		to[i] = *o;
		to[i].answer |= no_answer;
		last = o->time;
		t->by_kind[o->kind]++;
		/* TRACE_NO_SLOT + 1 is 0. */
		slots = o->slot + 1 > slots ? o->slot + 1 : slots;
		cpus = o->cpu + 1u > cpus ? o->cpu + 1u : cpus;
	}
	t->duration_ns = last;
	t->slots = slots;
	t->cpus = cpus;
	t->records += i;
	t->operations += i;
	w->nr += i;
	return i;
}

/* Take items that the operation before wants, up to n of them. */
static size_t take_items(struct mmt_writer *w, const struct trace_op *op, size_t n)
{
	struct trace_totals *t = &w->totals;
	struct trace_op item = { .time = t->duration_ns, .kind = TRACE_ITEM };
	uint32_t slots = t->slots;
	size_t i;

	for (i = 0; i < n && op[i].kind == TRACE_ITEM; i++) {
		item.slot = op[i].slot;
		item.answer = w->no_answers ? TRACE_NO_ANSWER : op[i].answer;
		w->ops[w->nr + i] = item;
		slots = item.slot + 1 > slots ? item.slot + 1 : slots;
	}
	t->slots = slots;
	t->by_kind[TRACE_ITEM] += i;
	t->records += i;
	w->items_due -= (uint32_t)i;
	w->nr += i;
	return i;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t take_run(struct mmt_writer *w, const struct trace_op *op, size_t n)
{
	if (w->items_due)
		return take_items(w, op, least(least(n, w->items_due), w->cap - w->nr));
	return take_plain(w, op, least(n, MMT_CHUNK_RECORDS - w->nr));
}

/* Take the operation that ended a run: one with items, or after a gap. */
static int take_other(struct mmt_writer *w, const struct trace_op *op, struct mm_error *err)
{
	struct trace_totals *t = &w->totals;
	int rc = writer_check(w, op, err);

	if (rc)
		return rc;
	if ((op->time - t->duration_ns) >> GAP_BITS) {
		if (writer_put_ops(w))
			return writer_fail(w, err);
		w->chunk_time = op->time;
	}
	t->duration_ns = op->time;
	if (!kind_has_items(op->kind)) {
		take_plain(w, op, 1);
		return 0;
	}
	w->ops[w->nr] = *op;
	if (w->no_answers)
		w->ops[w->nr].answer = TRACE_NO_ANSWER;
	w->nr++;
	t->records++;
	t->operations++;
	t->by_kind[op->kind]++;
	if (op->slot != TRACE_NO_SLOT && op->slot >= t->slots)
		t->slots = op->slot + 1;
	if (op->cpu >= t->cpus)
		t->cpus = op->cpu + 1u;
	w->items_due = op->size;
	w->bulk_kind = op->kind;
	return 0;
}

int mmt_write(struct mmt_writer *w, const struct trace_op *op, size_t n,
	      struct mm_error *err)
{
	size_t i = 0;

	if (w->error.code)
		return writer_fail(w, err);
	while (i < n) {
		size_t taken;
		int rc;

		/* Only items can fill more than a chunk. */
		if (w->nr == w->cap && more_room(w))
			return writer_fail(w, err);
		taken = take_run(w, op + i, n - i);
		if (!taken) {
			rc = take_other(w, &op[i], err);
			if (rc)
				return rc;
			taken = 1;
		}
		i += taken;
		if (w->nr >= MMT_CHUNK_RECORDS && !w->items_due && writer_put_ops(w))
			return writer_fail(w, err);
	}
	return 0;
}
