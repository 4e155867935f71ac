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
#include "traces/format/shapes.h"
#include "traces/format/slot_model.h"
#include "traces/format/times.h"

struct bit_column {
	struct mmt_buf *tokens, *bits;
	uint64_t pending;	/* bits not yet in the buffer, lowest first */
	unsigned int nr;
};

struct encoder {
	struct packer *packer;
	struct mmt_buf col[OPS_COLUMNS];
	struct bit_column time, slot, extra, answer;
	struct time_model times;
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
	shapes_free(&e->shapes);
	slot_model_free(&e->slots);
	free(e->full);
	free(e);
}

static void put_bits(struct bit_column *c, uint64_t v, unsigned int bits)
{
	/* At most 7 bits wait, and a number has 56 at most: they fit. */
	c->pending |= (v & (((uint64_t)1 << bits) - 1)) << c->nr;
	for (c->nr += bits; c->nr >= 8; c->nr -= 8) {
		buf_put8(c->bits, (uint8_t)c->pending);
		c->pending >>= 8;
	}
}

static void put_difference(struct bit_column *c, uint32_t v)
{
	unsigned int bits;
	uint8_t token = token_of(v, &bits);

	buf_put8(c->tokens, token);
	put_bits(c, v, bits);
}

static void begin_bits(struct encoder *e, struct bit_column *c, enum ops_column column)
{
	*c = (struct bit_column){ .tokens = &e->col[column], .bits = &e->col[column + 1] };
}

static void end_bits(struct bit_column *c)
{
	if (c->nr)
		buf_put8(c->bits, (uint8_t)c->pending);
}

static int begin(struct encoder *e, size_t n)
{
	unsigned int i;

	for (i = 0; i < OPS_COLUMNS; i++)
		e->col[i].n = 0;
	begin_bits(e, &e->time, COL_TIME);
	begin_bits(e, &e->slot, COL_SLOT);
	begin_bits(e, &e->extra, COL_EXTRA);
	begin_bits(e, &e->answer, COL_ANSWER);
	times_begin(&e->times);
	memset(e->task, 0, sizeof(e->task));
	e->task_at = 0;
	if (n > e->full_cap) {
		uint32_t *full = realloc(e->full, n * sizeof(*full));

		if (!full)
			return -ENOMEM;
		e->full = full;
		e->full_cap = n;
	}
	return shapes_begin(&e->shapes, n) || slot_model_begin(&e->slots, n) ? -ENOMEM : 0;
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
		put_difference(&e->slot, c.value);
		break;
	case ACT_NEW_ODD: case ACT_NEW_DROP:
		buf_put32(&e->col[COL_ODD], c.value);
		break;
	}
}

static int first_pass(struct encoder *e, const struct trace_op *ops, size_t n, uint64_t time)
{
	const struct trace_op *parent = ops;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct trace_op *op = &ops[i];
		enum slot_use use = mmt_kinds[op->kind].slot;
		struct slot_code c;

		times_note(&e->times, op->time - time);
		time = op->time;
		if (op->kind == TRACE_ITEM) {
			use = mmt_kinds[parent->kind].items;
		} else {
			parent = op;
			put_task(e, op, i);
		}
		c = slot_model_code(&e->slots, op->kind, use, op->slot);
		put_slot(e, c);
		if (op->answer != TRACE_NO_ANSWER)
			c.action |= SHAPE_ANSWER;
		e->full[i] = shapes_note(&e->shapes, op, parent, c.action);
		if (e->full[i] == UINT32_MAX)
			return -ENOMEM;
	}
	return 0;
}

static void note_answers(struct encoder *e, const struct trace_op *ops, size_t n,
			 uint32_t *flags)
{
	size_t i;

	*flags = 0;
	for (i = 0; i < n; i++) {
		if (ops[i].answer == TRACE_NO_ANSWER)
			continue;
		shape_note_answer(shapes_final(&e->shapes, e->full[i]), ops[i].answer);
		*flags = CHUNK_HAS_ANSWERS;
	}
}

/* Two records a byte, the first one in the low bits. */
static void put_times(struct encoder *e, const struct trace_op *ops, size_t n, uint64_t time)
{
	uint8_t byte = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		uint64_t v = ops[i].time - time;
		uint8_t k = e->times.class_of[time_bucket(v)];

		put_bits(&e->time, v - e->times.classes[k].base, e->times.classes[k].bits);
		byte |= (uint8_t)(k << (i & 1) * 4);
		if ((i & 1) || i + 1 == n) {
			buf_put8(e->time.tokens, byte);
			byte = 0;
		}
		time = ops[i].time;
	}
}

static void put_change(struct bit_column *c, uint32_t *last, uint32_t value,
		       unsigned int shift)
{
	uint32_t d = value - *last;

	/* An arithmetic shift: the difference is a multiple of 1 << shift. */
	put_difference(c, (uint32_t)((int32_t)d >> shift));
	*last = value;
}

static void second_pass(struct encoder *e, const struct trace_op *ops, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct shape *s = shapes_final(&e->shapes, e->full[i]);

		if (s->number < SHAPE_WIDE) {
			buf_put8(&e->col[COL_OP], (uint8_t)s->number);
		} else {
			uint8_t wide[2];

			buf_put8(&e->col[COL_OP], SHAPE_WIDE);
			set16(wide, (uint16_t)s->number);
			buf_put(&e->col[COL_WIDE], wide, 2);
		}
		if (s->extra) {
			put_change(&e->extra, &s->size, ops[i].size, 0);
			put_change(&e->extra, &s->arg, ops[i].arg, 0);
		}
		if (s->key.flags & SHAPE_ANSWER)
			put_change(&e->answer, &s->answer, ops[i].answer, s->shift);
	}
}

int encoder_chunk(struct encoder *e, const struct trace_op *ops, size_t n, uint64_t base,
		  struct mmt_buf *out, uint32_t *flags, struct mm_error *err)
{
	int rc = begin(e, n);

	if (!rc)
		rc = first_pass(e, ops, n, base);
	if (rc)
		return mm_fail(err, rc, "out of memory for a chunk of %zu records", n);
	times_choose(&e->times, &e->col[COL_CLASSES]);
	put_times(e, ops, n, base);
	shapes_merge(&e->shapes);
	note_answers(e, ops, n, flags);
	rc = shapes_number(&e->shapes, &e->col[COL_SHAPES]);
	if (rc)
		return mm_fail(err, rc, "out of memory for the shapes of a chunk");
	second_pass(e, ops, n);
	end_bits(&e->time);
	end_bits(&e->slot);
	end_bits(&e->extra);
	end_bits(&e->answer);
	buf_put(&e->col[COL_FREE], e->slots.reused.p, e->slots.reused.n);
	if (e->slots.reused.failed)
		rc = -ENOMEM;
	if (!rc)
		rc = pack_columns(e->packer, e->col, OPS_COLUMNS, out);
	return rc ? mm_fail(err, rc, "cannot pack a chunk of %zu records", n) : 0;
}
