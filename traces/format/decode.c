/* SPDX-License-Identifier: MIT
 *
 * Columns to operations.  A piece of PIECE records is decoded in two loops that
 * have hardly a branch to mispredict: copy each record's shape and add the time,
 * noting which records have a slot or an answer; then slots and answers
 * (decode_slots.c).  Bounds: columns have MMT_SLACK readable bytes behind them,
 * more than a piece can overrun, so positions are checked once a piece; only
 * what indexes a table is checked at each record.
 */
#include "traces/format/decode.h"

#include <errno.h>

#define unlikely(x) __builtin_expect(!!(x), 0)

/* Nothing was read past the end of a column. */
static bool inside(const struct decoder *d)
{
	unsigned int i;

	for (i = 0; i < LANES; i++) {
		const struct mmt_buf *classes = &d->expanded[i];

		if (d->lane[i].class > classes->p + classes->n ||
		    d->lane[i].bit > (uint64_t)d->col[lane_column(i) + 1].n * 8)
			return false;
	}
	return !d->bad && !d->wide.bad && !d->odd.bad && !d->tasks.bad;
}

/* The shape of record i of the piece, if it needs more than a copy. */
static __attribute__((noinline)) uint32_t special_shape(struct decoder *d, uint32_t nr, size_t i)
{
	struct ready_shape *s;

	if (nr == SHAPE_WIDE) {
		const uint8_t *wide = view_take(&d->wide, 2);

		nr = ready_index(wide ? get16(wide) : 0);
	}
	if (nr >= d->shapes_end) {
		d->bad = true;
		return 0;
	}
	s = &d->shapes[nr];
	if (s->flags & SHAPE_EXTRA) {
		struct lane *extra = &d->lane[LANE_EXTRA];

		s->op.size += (uint32_t)next_number(d->classes[LANE_EXTRA], extra);
		s->op.arg += (uint32_t)next_number(d->classes[LANE_EXTRA], extra);
	}
	if (s->flags & SHAPE_ITEMS) {
		uint32_t at = d->done + (uint32_t)i;

		if (s->op.size >= d->done + d->left - at || at < d->items_upto)
			d->bad = true;
		else
			d->items_upto = at + 1 + s->op.size;
		d->items_total += s->op.size;
	}
	return nr;
}

/* All fields but the time: two 16-byte moves. */
static inline void copy_op(struct trace_op *to, const struct trace_op *from)
{
	memcpy(&to->slot, &from->slot, sizeof(*to) - offsetof(struct trace_op, slot));
}

/* Records i..stop-1 of the piece, during which no task changes: copies with their
 * times, and the list of those that have a slot or an answer.  It grows by 0 or 1: an entry
 * that is not wanted is overwritten. */
static uint32_t copy_shapes(struct decoder *d, struct trace_op *ops, size_t i, size_t stop,
			    uint32_t steps)
{
	const struct ready_shape *shapes = d->shapes;
	const struct number_class *classes = d->classes[LANE_TIME];
	struct lane lane = d->lane[LANE_TIME];
	const uint8_t *op = d->op - i, *class = lane.class - i;
	uint64_t now = d->now;

	for (; i < stop; i++) {
		uint32_t nr = op[i];

		if (unlikely(shapes[nr].special))
			nr = special_shape(d, nr, i);
		copy_op(&ops[i], &shapes[nr].op);
		now += class_number(&classes[class[i]], &lane);
		ops[i].time = now;
		ops[i].task = d->task[shapes[nr].task];
		d->todo[STEPS_TODO(steps)] = TODO(i, nr);
		steps += shapes[nr].steps;
	}
	d->op = op + i;
	lane.class = class + i;
	d->lane[LANE_TIME] = lane;
	d->now = now;
	return steps;
}

/* Decode n <= PIECE records to ops. */
static void decode_piece(struct decoder *d, struct trace_op *ops, size_t n)
{
	uint32_t steps = 0;
	size_t i = 0;

	while (i < n) {
		size_t stop = n;

		while (d->task_at <= d->done + i)
			decode_next_task(d);
		if (d->task_at - d->done < stop)
			stop = d->task_at - d->done;
		steps = copy_shapes(d, ops, i, stop, steps);
		i = stop;
	}
	if (d->bad)
		return;
	decode_slots(d, ops, STEPS_TODO(steps));
	d->items += STEPS_ITEM(steps);
	d->done += (uint32_t)n;
	d->left -= (uint32_t)n;
}

/* After the last record every column must be used up (the last class may be
 * half a byte's padding), and the items must be as many as announced. */
static bool all_used(const struct decoder *d)
{
	unsigned int i;

	for (i = 0; i < LANES; i++) {
		const struct mmt_buf *classes = &d->expanded[i];

		if (i == LANE_ANSWER && d->no_answers)
			continue;
		if (classes->p + classes->n - d->lane[i].class > 1 ||
		    (uint64_t)d->col[lane_column(i) + 1].n * 8 - d->lane[i].bit > 7)
			return false;
	}
	return d->items == d->items_total && d->task_at == UINT32_MAX &&
	       !view_left(&d->wide) && !view_left(&d->odd);
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

int decoder_batch(struct decoder *d, const struct trace_op **ops, size_t *n,
		  struct mm_error *err)
{
	size_t have = 0;

	if (!d->left)
		return 0;
	do {
		/* The items of the last operation belong to the batch. */
		size_t want = have ? d->items_upto - d->done : PIECE;

		if (want > d->left)
			want = d->left;
		if (want > PIECE)
			want = PIECE;
		if (!room_for(d, have + want))
			return mm_fail(err, -ENOMEM, "out of memory for a batch");
		decode_piece(d, d->ops + have, want);
		if (!inside(d))
			return mm_fail(err, -EINVAL, "the columns do not fit together near "
				       "record %u", d->done);
		have += want;
	} while (d->done < d->items_upto);
	if (!d->left && !all_used(d))
		return mm_fail(err, -EINVAL, "the columns hold more than the %u records",
			       d->done);
	*ops = d->ops;
	*n = have;
	return 1;
}
