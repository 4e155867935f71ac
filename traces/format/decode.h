/* SPDX-License-Identifier: MIT
 *
 * Inside the decoder: what decode.c (the hot loops), decode_slots.c and
 * decode_setup.c (opening a chunk) share.
 */
#ifndef TRACE_DECODE_H
#define TRACE_DECODE_H

#include "traces/format/codec.h"
#include "traces/format/ops_wire.h"

/* Records decoded at a time: 20 KiB, which stay in the first-level cache until
 * the caller has read them.  A batch is one piece, or more when an operation
 * has many items. */
#define PIECE 256u

/* The most bytes that a piece takes from a column: 8 a record. */
_Static_assert(PIECE * 8 + 8 <= MMT_SLACK, "the slack covers a piece");

/* A shape ready to be copied: one cache line. */
struct ready_shape {
	struct trace_op op;	/* prototype: slot and answer absent */
	uint32_t answer;	/* last one */
	uint32_t steps;		/* what one record adds to the counts of enum step */
	uint16_t task;		/* index into decoder.task: the CPU, TASK_NONE for items */
	uint8_t special;	/* SHAPE_EXTRA, items follow, or no such shape */
	uint8_t shift;		/* of answers */

	/* How decode_slots handles the action, without branches. */
	uint8_t rare;		/* import, odd or drop: does branch */
	uint8_t last;		/* index into decoder.last_ref */
	uint8_t token_mask;	/* 0xff if the action takes a token, else 0 */
	uint8_t takes_token;	/* 1 or 0 */
	int8_t depth;		/* change of the free stack's depth */
	uint8_t is_new;		/* 1 or 0 */
	uint8_t action;
	uint8_t flags;		/* SHAPE_EXTRA, and SHAPE_ITEMS */
	uint32_t new_mask;	/* all ones for ACT_NEW, else 0 */
};

_Static_assert(sizeof(struct ready_shape) == 64, "one cache line");

#define SHAPE_ITEMS	0x80u	/* in flags: items follow */

/* Where the shape of a number is in decoder.shapes: entry SHAPE_WIDE is no
 * shape, so that this byte of COL_OP finds an entry marked special. */
static inline uint32_t ready_index(uint32_t number)
{
	return number + (number >= SHAPE_WIDE);
}

/* Three counters in one word: records with a slot, with an answer, items. */
#define STEP_SLOT	1u
#define STEP_ANSWER	(1u << 10)
#define STEP_ITEM	(1u << 20)
#define STEP_COUNT(steps, what) ((steps) / (what) & 1023u)

/* Index into last_ref of ACT_NEW, which refers to nothing: its entry stays 0. */
#define LAST_NONE	(TRACE_KIND_MAX + 1u)
#define TASK_NONE	256u

/* A pair of token and bit columns. */
struct lane {
	const uint8_t *token, *bits;
	uint64_t bit;
};

struct span {
	const uint8_t *p;
	uint32_t n;
};

/* A record of the piece that has a slot, or an answer, and its shape. */
#define TODO(at, shape)	((uint32_t)(shape) << 16 | (uint32_t)(at))
#define TODO_AT(todo)	((todo) & 0xffffu)
#define TODO_SHAPE(todo) ((todo) >> 16)

struct decoder {
	struct token tokens[256];
	struct time_class classes[TIME_CLASSES];
	uint32_t slots[PIECE + 1], answers[PIECE + 1];	/* TODO() */
	struct ready_shape *shapes;
	uint32_t shapes_end;		/* indexes from here on have no shape */
	const uint8_t *op, *time;	/* next of COL_OP and COL_TIME */
	struct lane slot, answer, extra;
	const uint8_t *time_bits;
	uint64_t time_bit;
	struct mmt_view wide, odd, tasks;
	uint64_t now;
	bool bad;			/* the columns contradict each other */

	/* Slots in one array, so that one load serves every action: first the
	 * free stack with PIECE sentinels below its bottom, then the slot of
	 * each object.  Positions are indexes of this array. */
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
	struct unpacker *unpacker;
	bool no_answers;
	size_t shapes_cap, slots_cap;
};

static inline __attribute__((always_inline))
uint32_t token_value(const struct token *t, struct lane *l)
{
	uint32_t word = (uint32_t)(get64(l->bits + (l->bit >> 3)) >> (l->bit & 7));

	l->bit += t->bits;
	return t->base + (word & t->mask);
}

static inline __attribute__((always_inline))
uint32_t next_difference(const struct token *tokens, struct lane *l)
{
	return token_value(&tokens[*l->token++], l);
}

/* Fill in the slots of n records of the piece at ops. */
void decode_slots(struct decoder *d, struct trace_op *ops, size_t n);

/* Apply the change of task that is due, find the next. */
void decode_next_task(struct decoder *d);

#endif
