/* SPDX-License-Identifier: MIT
 *
 * Operations to columns (ops_wire.h has the idea).  Two passes over a chunk:
 * the first codes times, tasks and slots and notes every operation's shape;
 * then the shapes are numbered; the second writes shape numbers and what
 * depends on the shape, the answers above all.
 */
#include <errno.h>

#include "traces/format/codec.h"
#include "traces/format/kinds.h"
#include "traces/format/numbers.h"
#include "traces/format/shapes.h"
#include "traces/format/slot_model.h"

struct encoder {
	struct packer *packer;
	struct mmt_buf col[OPS_COLUMNS];
	struct number_column lane[LANES];
	struct shapes shapes;
	struct slot_model slots;
	uint32_t *full;		/* full shape of each record */
	size_t full_cap;
	uint32_t task[256];	/* running on each CPU, as the decoder will know */
	size_t task_at;		/* record of the last change */
};

struct encoder *encoder_new(int level)
{
	struct encoder *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->packer = packer_new(level);
	if (!e->packer) {
		free(e);
		return NULL;
	}
	return e;
}

void encoder_free(struct encoder *e)
{
	unsigned int i;

	if (!e)
		return;
	packer_free(e->packer);
	for (i = 0; i < OPS_COLUMNS; i++)
		buf_free(&e->col[i]);
	for (i = 0; i < LANES; i++)
		numbers_free(&e->lane[i]);
	shapes_free(&e->shapes);
	slot_model_free(&e->slots);
	free(e->full);
	free(e);
}

/* Differences of 32-bit fields wrap. */
static void put_difference(struct encoder *e, enum number_lane lane, uint32_t d)
{
	numbers_put(&e->lane[lane], (int32_t)d);
}

static int begin(struct encoder *e, size_t n)
{
	unsigned int i;

	for (i = 0; i < OPS_COLUMNS; i++)
		e->col[i].n = 0;
	for (i = 0; i < LANES; i++)
		if (numbers_begin(&e->lane[i], i == LANE_EXTRA ? 2 * n : n))
			return -ENOMEM;
	memset(e->task, 0, sizeof(e->task));
	e->task_at = 0;
	if (n > e->full_cap) {
		uint32_t *full = realloc(e->full, n * sizeof(*full));

		if (!full)
			return -ENOMEM;
		e->full = full;
		e->full_cap = n;
	}
	return shapes_begin(&e->shapes) || slot_model_begin(&e->slots, n) ? -ENOMEM : 0;
}

static void put_task(struct encoder *e, const struct trace_op *op, size_t at)
{
	struct mmt_buf *b = &e->col[COL_TASK];

	if (e->task[op->cpu] == op->task)
		return;
	buf_varint(b, at - e->task_at);
	buf_put8(b, op->cpu);
	buf_varint(b, op->task);
	e->task[op->cpu] = op->task;
	e->task_at = at;
}

static void put_slot(struct encoder *e, struct slot_code c)
{
	switch (c.action) {
	case ACT_REF: case ACT_END: case ACT_REF_IMPORT: case ACT_END_IMPORT:
		put_difference(e, LANE_SLOT, c.value);
		break;
	case ACT_NEW_ODD: case ACT_NEW_DROP:
		buf_put32(&e->col[COL_ODD], c.value);
		break;
	}
}

static int first_pass(struct encoder *e, const struct trace_op *ops, size_t n, uint64_t time,
		      uint32_t *flags)
{
	const struct trace_op *parent = ops;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct trace_op *op = &ops[i];
		enum slot_use use = mmt_kinds[op->kind].slot;
		struct slot_code c;

		numbers_put(&e->lane[LANE_TIME], (int64_t)(op->time - time));
		time = op->time;
		if (op->kind == TRACE_ITEM) {
			use = mmt_kinds[parent->kind].items;
		} else {
			parent = op;
			put_task(e, op, i);
		}
		c = slot_model_code(&e->slots, op->kind, use, op->slot);
		put_slot(e, c);
		if (op->answer != TRACE_NO_ANSWER) {
			c.action |= SHAPE_ANSWER;
			*flags = CHUNK_HAS_ANSWERS;
		}
		e->full[i] = shapes_note(&e->shapes, op, parent, c.action);
		if (e->full[i] == UINT32_MAX)
			return -ENOMEM;
	}
	return 0;
}

static void put_change(struct encoder *e, enum number_lane lane, uint32_t *last,
		       uint32_t value, unsigned int shift)
{
	uint32_t d = value - *last;

	/* An arithmetic shift: the difference is a multiple of 1 << shift. */
	put_difference(e, lane, (uint32_t)((int32_t)d >> shift));
	*last = value;
}

static void put_wide(struct encoder *e, uint32_t number)
{
	uint8_t wide[2];

	set16(wide, (uint16_t)number);
	buf_put(&e->col[COL_WIDE], wide, 2);
}

static void second_pass(struct encoder *e, const struct trace_op *ops, size_t n)
{
	uint8_t *out = buf_room(&e->col[COL_OP], n);
	size_t i;

	for (i = 0; out && i < n; i++) {
		uint32_t number = e->shapes.number[e->full[i]];
		struct shape_code *c = &e->shapes.code[number];

		out[i] = (uint8_t)(number < SHAPE_WIDE ? number : SHAPE_WIDE);
		if (number >= SHAPE_WIDE)
			put_wide(e, number);
		if (c->flags & SHAPE_EXTRA) {
			struct shape *s = e->shapes.order[number];

			put_change(e, LANE_EXTRA, &s->size, ops[i].size, 0);
			put_change(e, LANE_EXTRA, &s->arg, ops[i].arg, 0);
		}
		if (c->flags & SHAPE_ANSWER)
			put_change(e, LANE_ANSWER, &c->answer, ops[i].answer, c->shift);
	}
	if (out)
		e->col[COL_OP].n = n;
}

static int finish(struct encoder *e, struct mmt_buf *out)
{
	unsigned int i;

	for (i = 0; i < LANES; i++) {
		struct mmt_buf *column = &e->col[lane_column(i)];

		numbers_write(&e->lane[i], &e->col[COL_CLASSES], column, column + 1);
	}
	buf_put(&e->col[COL_FREE], e->slots.reused.p, e->slots.reused.n);
	if (e->slots.reused.failed || e->slots.failed)
		return -ENOMEM;
	return pack_columns(e->packer, e->col, OPS_COLUMNS, out);
}

int encoder_chunk(struct encoder *e, const struct trace_op *ops, size_t n, uint64_t base,
		  struct mmt_buf *out, uint32_t *flags, struct mm_error *err)
{
	int rc = begin(e, n);

	*flags = 0;
	if (!rc)
		rc = first_pass(e, ops, n, base, flags);
	if (rc)
		return mm_fail(err, rc, "out of memory for a chunk of %zu records", n);
	shapes_merge(&e->shapes);
	rc = shapes_number(&e->shapes, &e->col[COL_SHAPES]);
	if (rc)
		return mm_fail(err, rc, "out of memory for the shapes of a chunk");
	second_pass(e, ops, n);
	rc = finish(e, out);
	return rc ? mm_fail(err, rc, "cannot pack a chunk of %zu records", n) : 0;
}
