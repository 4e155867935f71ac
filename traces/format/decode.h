/* SPDX-License-Identifier: MIT
 *
 * Inside the decoder: what decode.c (the hot loops), decode_slots.c and
 * decode_setup.c (opening a chunk) share.
 */
#ifndef TRACE_DECODE_H
#define TRACE_DECODE_H

#include "traces/format/codec.h"
#include "traces/format/ops_wire.h"

/* Records decoded at a time: 10 KiB, which stay in the first-level cache until
 * the caller has read them.  A batch is one piece, or more when an operation
 * has many items. */
#define PIECE 256u

/* The most bytes that a piece takes from a column: 8 a record, and as much
 * again for an extra number. */
_Static_assert(PIECE * 16 + 8 <= MMT_SLACK, "the slack covers a piece");

/* A shape ready to be copied: one cache line. */
struct ready_shape {
	struct trace_op op;	/* prototype: slot and answer absent */
	uint32_t answer;	/* last one; TRACE_NO_ANSWER if it has none */
	uint32_t steps;		/* what one record adds to the counts below */
	uint16_t task;		/* index into decoder.task: the CPU, TASK_NONE for items */
	uint8_t special;	/* SHAPE_EXTRA, items follow, or no such shape */
	uint8_t flags;		/* SHAPE_EXTRA, and SHAPE_ITEMS */

	/* How decode_slots handles the action, without branches. */
	uint8_t rare;		/* import, odd or drop: does branch */
	uint8_t action;
	uint8_t last;		/* index into decoder.last_ref */
	uint8_t slot_mask;	/* all ones if the action takes a number, else 0 */
	uint8_t answer_mask;	/* the same of the answer */
	uint8_t answer_shift;
	int8_t depth;		/* change of the free stack's depth */
	uint8_t is_new;		/* 1 for ACT_NEW, else 0 */
	uint32_t new_mask;	/* all ones for ACT_NEW, else 0 */
};

_Static_assert(sizeof(struct ready_shape) == 64, "one cache line");

#define SHAPE_ITEMS	0x80u	/* in flags: items follow */

/* Two counters in one word: records that decode_slots is to handle, and items. */
#define STEP_TODO	1u
#define STEP_ITEM	0x10000u
#define STEPS_TODO(steps) ((steps) & 0xffffu)
#define STEPS_ITEM(steps) ((steps) >> 16)

/* A record of the piece that has a slot or an answer, and its shape. */
#define TODO(at, shape)	((uint32_t)(shape) << 16 | (uint32_t)(at))
#define TODO_AT(todo)	((todo) & 0xffffu)
#define TODO_SHAPE(todo) ((todo) >> 16)

/* Where the shape of a number is in decoder.shapes: entry SHAPE_WIDE is no
 * shape, so that this byte of COL_OP finds an entry marked special. */
static inline uint32_t ready_index(uint32_t number)
{
	return number + (number >= SHAPE_WIDE);
}

/* Index into last_ref of actions that refer to nothing: its entry stays 0. */
#define LAST_NONE	(TRACE_KIND_MAX + 1u)
#define TASK_NONE	256u

struct number_class {
	uint64_t base, mask;
	uint32_t bits, unused;
};

/* A column of numbers being read: classes one a byte, low bits, position. */
struct lane {
	const uint8_t *class, *bits;
	uint64_t bit;
};

struct span {
	const uint8_t *p;
	uint32_t n;
};

struct decoder {
	struct number_class classes[LANES][CLASSES];
	uint32_t todo[PIECE + 1];
	struct ready_shape *shapes;
	uint32_t shapes_end;		/* indexes from here on have no shape */
	const uint8_t *op;		/* next of COL_OP */
	struct lane lane[LANES];
	struct mmt_view wide, odd, tasks;
	uint64_t now;
	bool bad;			/* the columns contradict each other */

	/* Slots in one array, so that one load serves every action: first
	 * TRACE_NO_SLOT, then the free stack with PIECE spare elements below
	 * its bottom, then the slot of each object.  Positions are indexes. */
	uint32_t *slot_of;
	uint32_t top;			/* of the free stack */
	uint32_t bottom;		/* top, when the stack is empty */
	uint32_t objects, next_object;	/* first object, and the next to come */
	uint32_t last_import;
	uint32_t last_ref[TRACE_KIND_MAX + 2];
	uint32_t task[TASK_NONE + 1];	/* running on each CPU; 0 */

	uint32_t done, left;		/* records of the chunk */
	uint32_t task_at;		/* record of the next change of task */
	uint32_t items_upto;		/* records below this are items of an operation */
	uint32_t items;			/* so far */
	uint32_t items_total;

	struct trace_op *ops;
	size_t ops_cap;

	struct span col[OPS_COLUMNS];
	struct mmt_buf unpacked[OPS_COLUMNS];
	struct mmt_buf expanded[LANES];	/* classes, one a byte */
	struct unpacker *unpacker;
	bool no_answers;
	size_t shapes_cap, slots_cap;
};

static inline __attribute__((always_inline))
uint64_t class_number(const struct number_class *c, struct lane *l)
{
	uint64_t word = get64(l->bits + (l->bit >> 3)) >> (l->bit & 7);

	l->bit += c->bits;
	return c->base + (word & c->mask);
}

static inline __attribute__((always_inline))
uint64_t next_number(const struct number_class *classes, struct lane *l)
{
	return class_number(&classes[*l->class++], l);
}

/* Fill in slots and answers of the n records of d->todo. */
void decode_slots(struct decoder *d, struct trace_op *ops, size_t n);

/* Apply the change of task that is due, find the next. */
void decode_next_task(struct decoder *d);

#endif
