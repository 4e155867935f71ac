/* SPDX-License-Identifier: MIT
 *
 * Columns to operations: the hot loop.  A record costs one byte of shape, a
 * copy of the shape's 40 bytes, one token for the time, and mostly one for the
 * slot or the answer.  Bounds: columns have MMT_SLACK zeros behind them, more
 * than a batch can overrun; positions are checked once a batch.  Only what
 * indexes a table is checked record by record.
 */
#include "traces/format/decode.h"

#include <errno.h>

#include "traces/format/kinds.h"

/* The most bytes that one batch (or piece of items) takes from a column. */
_Static_assert(BATCH * 8 + 8 < MMT_SLACK, "slack covers a batch");

#define unlikely(x) __builtin_expect(!!(x), 0)

static inline uint64_t next_number(const struct decoder *d, struct lane *l)
{
	const struct token *t = &d->tokens[*l->token++];
	uint64_t word = get64(l->bits + (l->bit >> 3)) >> (l->bit & 7);

	l->bit += t->bits;
	return t->base + (word & t->mask);
}

static inline int32_t next_difference(const struct decoder *d, struct lane *l)
{
	return (int32_t)unzigzag32((uint32_t)next_number(d, l));
}

/* Unpredicted slots: rare, so out of the way. */
static uint32_t new_odd(struct decoder *d, struct hot *h, uint8_t action)
{
	uint32_t v = view_get32(&d->odd);

	if (action == ACT_NEW_ODD)
		return v;
	if (v >= h->depth) {
		h->bad = true;
		return 0;
	}
	h->depth -= v + 1;
	return d->stack[h->depth];
}

static inline uint32_t next_slot(struct decoder *d, struct hot *h, uint8_t action,
				 uint8_t kind)
{
	uint32_t slot, object;

	switch (action) {
	case ACT_NONE:
		return TRACE_NO_SLOT;
	case ACT_NEW:
		if (unlikely(!h->depth)) {
			h->bad = true;
			return 0;
		}
		slot = d->stack[--h->depth];
		d->object[h->objects++] = slot;
		return slot;
	case ACT_REF: case ACT_END:
		object = d->last_ref[kind] + (uint32_t)next_difference(d, &h->slot);
		if (unlikely(object >= h->objects)) {
			h->bad = true;
			return 0;
		}
		d->last_ref[kind] = object;
		slot = d->object[object];
		if (action == ACT_END)
			d->stack[h->depth++] = slot;
		return slot;
	case ACT_REF_IMPORT: case ACT_END_IMPORT:
		slot = h->last_import + (uint32_t)next_difference(d, &h->slot);
		h->last_import = slot;
		d->last_ref[kind] = h->objects;
		d->object[h->objects++] = slot;
		if (action == ACT_END_IMPORT)
			d->stack[h->depth++] = slot;
		return slot;
	}
	slot = new_odd(d, h, action);
	d->object[h->objects++] = slot;
	return slot;
}

static inline uint32_t next_answer(struct decoder *d, struct hot *h, struct ready_shape *s)
{
	s->answer += (uint32_t)next_difference(d, &h->answer) << s->shift;
	return s->answer;
}

static inline struct ready_shape *next_shape(struct decoder *d, struct hot *h)
{
	uint32_t nr = *h->op++;
	const uint8_t *wide;

	if (unlikely(nr == SHAPE_WIDE)) {
		wide = view_take(&d->wide, 2);
		nr = wide ? get16(wide) : 0;
		if (nr >= d->nr_shapes) {
			h->bad = true;
			nr = 0;
		}
	}
	return &d->shapes[nr];
}

static bool lane_inside(const struct lane *l, struct span tokens, struct span bits)
{
	return l->token <= tokens.p + tokens.n && l->bit <= (uint64_t)bits.n * 8;
}

/* Nothing was read past the end of a column. */
static bool inside(const struct decoder *d)
{
	const struct hot *h = &d->hot;

	return !h->bad && !d->wide.bad && !d->odd.bad && !d->tasks.bad &&
	       lane_inside(&h->time, d->col[COL_TIME], d->col[COL_TIME_BITS]) &&
	       lane_inside(&h->slot, d->col[COL_SLOT], d->col[COL_SLOT_BITS]) &&
	       lane_inside(&d->extra, d->col[COL_EXTRA], d->col[COL_EXTRA_BITS]) &&
	       lane_inside(&h->answer, d->col[COL_ANSWER], d->col[COL_ANSWER_BITS]);
}

static bool room_for(struct decoder *d, size_t n)
{
	struct trace_op *ops;

	if (n <= d->ops_cap)
		return true;
	ops = realloc(d->ops, n * sizeof(*ops));
	if (!ops)
		return false;
	d->ops = ops;
	d->ops_cap = n;
	return true;
}

/* The items of the operation at i - 1; its number of items is not more than
 * the records that the chunk has left. */
static void decode_items(struct decoder *d, size_t i, size_t n)
{
	struct hot *h = &d->hot;
	size_t end = i + n;

	for (; i < end; i++) {
		struct ready_shape *s = next_shape(d, h);
		struct trace_op *o = &d->ops[i];

		*o = s->op;
		if (!s->exists || s->op.kind != TRACE_ITEM ||
		    (i % BATCH == 0 && !inside(d))) {
			h->bad = true;
			return;
		}
		o->time = h->now;
		o->slot = next_slot(d, h, s->action, TRACE_ITEM);
		if (s->has_answer)
			o->answer = next_answer(d, h, s);
	}
}

/* A record that the hot loop leaves alone; returns the index after it. */
static size_t special_record(struct decoder *d, struct ready_shape *s, size_t i)
{
	struct hot *h = &d->hot;
	struct trace_op *o = &d->ops[i];

	if (!s->exists || s->op.kind == TRACE_ITEM) {
		h->bad = true;
		return i + 1;
	}
	if (s->extra) {
		s->op.size += (uint32_t)next_difference(d, &d->extra);
		s->op.arg += (uint32_t)next_difference(d, &d->extra);
		h->bad |= !inside(d);
	}
	*o = s->op;
	h->now += next_number(d, &h->time);
	o->time = h->now;
	o->task = d->task[o->cpu];
	o->slot = next_slot(d, h, s->action, o->kind);
	if (s->has_answer)
		o->answer = next_answer(d, h, s);
	d->operations++;
	if (!s->items || h->bad)
		return i + 1;
	if (s->op.size > d->left - (i + 1) || !room_for(d, i + 1 + s->op.size)) {
		h->bad = true;
		return i + 1;
	}
	decode_items(d, i + 1, s->op.size);
	return i + 1 + d->ops[i].size;
}

/* Records i..stop-1 of the batch, during which no task changes.  Returns the
 * index after the last one, which is above stop if that one has items. */
static size_t decode_run(struct decoder *d, size_t i, size_t stop)
{
	struct hot h = d->hot;
	uint32_t operations = 0;

	while (i < stop && !h.bad) {
		struct ready_shape *s = next_shape(d, &h);
		struct trace_op *o = &d->ops[i];

		if (unlikely(s->special)) {
			d->hot = h;
			i = special_record(d, s, i);
			h = d->hot;
			continue;
		}
		*o = s->op;
		h.now += next_number(d, &h.time);
		o->time = h.now;
		o->task = d->task[s->op.cpu];
		o->slot = next_slot(d, &h, s->action, s->op.kind);
		if (s->has_answer)
			o->answer = next_answer(d, &h, s);
		operations++;
		i++;
	}
	d->hot = h;
	d->operations += operations;
	return i;
}

/* After the last record every column must be used up. */
static bool all_used(const struct decoder *d)
{
	const struct hot *h = &d->hot;

	return d->operations == d->operations_due && d->task_at == UINT32_MAX &&
	       !view_left(&d->wide) && !view_left(&d->odd) &&
	       h->time.token == d->col[COL_TIME].p + d->col[COL_TIME].n &&
	       h->slot.token == d->col[COL_SLOT].p + d->col[COL_SLOT].n &&
	       d->extra.token == d->col[COL_EXTRA].p + d->col[COL_EXTRA].n &&
	       h->answer.token == d->col[COL_ANSWER].p + d->col[COL_ANSWER].n;
}

int decoder_batch(struct decoder *d, const struct trace_op **ops, size_t *n,
		  struct mm_error *err)
{
	uint32_t want = d->left < BATCH ? d->left : BATCH;
	size_t i = 0;

	if (!d->left)
		return 0;
	while (i < want && !d->hot.bad) {
		uint32_t stop = want;

		while (d->task_at <= d->done + i)
			decode_next_task(d);
		if (d->task_at - d->done < stop)
			stop = d->task_at - d->done;
		i = decode_run(d, i, stop);
	}
	if (!inside(d))
		return mm_fail(err, -EINVAL, "the columns do not fit together near record %u",
			       d->done);
	d->done += (uint32_t)i;
	d->left -= (uint32_t)i;
	if (!d->left && !all_used(d))
		return mm_fail(err, -EINVAL, "the columns hold more than the %u records",
			       d->done);
	*ops = d->ops;
	*n = i;
	return 1;
}
