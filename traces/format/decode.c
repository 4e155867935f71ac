/* SPDX-License-Identifier: MIT
 *
 * Columns to operations.  A piece of PIECE records is decoded in three loops
 * that have hardly a branch to mispredict: copy each record's shape and fill in
 * time and task, noting which records have a slot and which an answer; then the
 * slots (decode_slots.c); then the answers.  Bounds: columns have MMT_SLACK
 * readable bytes behind them, more than a piece can overrun, so positions are
 * checked once a piece; only what indexes a table is checked at each record.
 */
#include "traces/format/decode.h"

#include <errno.h>

#define unlikely(x) __builtin_expect(!!(x), 0)

static bool lane_inside(const struct lane *l, struct span tokens, struct span bits)
{
	return l->token <= tokens.p + tokens.n && l->bit <= (uint64_t)bits.n * 8;
}

/* Nothing was read past the end of a column. */
static bool inside(const struct decoder *d)
{
	return !d->bad && !d->wide.bad && !d->odd.bad && !d->tasks.bad &&
	       d->time_bit <= (uint64_t)d->col[COL_TIME_BITS].n * 8 &&
	       lane_inside(&d->slot, d->col[COL_SLOT], d->col[COL_SLOT_BITS]) &&
	       lane_inside(&d->extra, d->col[COL_EXTRA], d->col[COL_EXTRA_BITS]) &&
	       lane_inside(&d->answer, d->col[COL_ANSWER], d->col[COL_ANSWER_BITS]);
}

/* The shape of record i of the piece, if it needs more than a copy. */
static uint32_t special_shape(struct decoder *d, uint32_t nr, size_t i)
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
		s->op.size += next_difference(d->tokens, &d->extra);
		s->op.arg += next_difference(d->tokens, &d->extra);
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

/* Records i..stop-1 of the piece, during which no task changes: copies, and
 * todo lists of the records that have a slot or an answer.  The lists grow by 0
 * or 1: what is not wanted is overwritten. */
static uint32_t copy_shapes(struct decoder *d, struct trace_op *ops, size_t i, size_t stop,
			    uint32_t steps)
{
	const struct ready_shape *shapes = d->shapes;
	const uint8_t *op = d->op - i;

	for (; i < stop; i++) {
		uint32_t nr = op[i];

		if (unlikely(shapes[nr].special))
			nr = special_shape(d, nr, i);
		ops[i] = shapes[nr].op;
		ops[i].task = d->task[shapes[nr].task];
		d->slots[STEP_COUNT(steps, STEP_SLOT)] = TODO(i, nr);
		d->answers[STEP_COUNT(steps, STEP_ANSWER)] = TODO(i, nr);
		steps += shapes[nr].steps;
	}
	d->op = op + i;
	return steps;
}

static inline uint64_t next_time(const struct time_class *k, const uint8_t *bits, uint64_t *bit)
{
	uint64_t word = get64(bits + (*bit >> 3)) >> (*bit & 7);

	*bit += k->bits;
	return k->base + (word & k->mask);
}

/* Two records a byte: an odd piece leaves half a byte to the next one. */
static void fill_times(struct decoder *d, struct trace_op *ops, size_t n)
{
	const struct time_class *classes = d->classes;
	const uint8_t *bits = d->time_bits, *time = d->time;
	uint64_t now = d->now, bit = d->time_bit;
	size_t i = 0;

	if (d->done & 1) {
		now += next_time(&classes[*time++ >> 4], bits, &bit);
		ops[i++].time = now;
	}
	for (; i + 1 < n; i += 2) {
		uint8_t two = *time++;

		now += next_time(&classes[two & 15], bits, &bit);
		ops[i].time = now;
		now += next_time(&classes[two >> 4], bits, &bit);
		ops[i + 1].time = now;
	}
	if (i < n) {
		now += next_time(&classes[*time & 15], bits, &bit);
		ops[i].time = now;
	}
	d->time = time;
	d->time_bit = bit;
	d->now = now;
}

static void fill_answers(struct decoder *d, struct trace_op *ops, size_t n)
{
	const struct token *tokens = d->tokens;
	struct lane lane = d->answer;
	size_t i;

	for (i = 0; i < n; i++) {
		struct ready_shape *s = &d->shapes[TODO_SHAPE(d->answers[i])];

		s->answer += next_difference(tokens, &lane) << s->shift;
		ops[TODO_AT(d->answers[i])].answer = s->answer;
	}
	d->answer = lane;
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
	fill_times(d, ops, n);
	decode_slots(d, ops, STEP_COUNT(steps, STEP_SLOT));
	fill_answers(d, ops, STEP_COUNT(steps, STEP_ANSWER));
	d->items += STEP_COUNT(steps, STEP_ITEM);
	d->done += (uint32_t)n;
	d->left -= (uint32_t)n;
}

/* After the last record every column must be used up, and the items must be as
 * many as their operations announced. */
static bool all_used(const struct decoder *d)
{
	return d->items == d->items_total && d->task_at == UINT32_MAX &&
	       !view_left(&d->wide) && !view_left(&d->odd) &&
	       d->slot.token == d->col[COL_SLOT].p + d->col[COL_SLOT].n &&
	       d->extra.token == d->col[COL_EXTRA].p + d->col[COL_EXTRA].n &&
	       d->answer.token == d->col[COL_ANSWER].p + d->col[COL_ANSWER].n;
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
