/* SPDX-License-Identifier: MIT
 *
 * How the operations of a chunk become columns (docs/mmt-format.md,
 * "Operations"): what encode*.c and decode*.c agree on.
 *
 * The idea: operations repeat.  All fields but time, slot, task and answer
 * recur in a few hundred combinations, the shapes; an operation is then one
 * byte of shape number, and decoding it is copying 40 bytes and filling in the
 * rest.  Slots of allocations are predicted (last freed, first reused), slots
 * of frees are named by when the object was allocated relative to the one freed
 * before; answers are differences within the shape.  All of these numbers are
 * one token byte, which zstd compresses, and raw low bits, which nothing could.
 */
#ifndef TRACE_OPS_WIRE_H
#define TRACE_OPS_WIRE_H

#include <stdint.h>

#include "traces/format/wire.h"

enum ops_column {
	COL_SHAPES,		/* the shape table */
	COL_OP,			/* shape of each record, or SHAPE_WIDE */
	COL_WIDE,		/* 16-bit shape numbers that do not fit COL_OP */
	COL_TIME, COL_TIME_BITS,	/* ns since the operation before */
	COL_SLOT, COL_SLOT_BITS,	/* objects and slots, see enum slot_action */
	COL_ODD,		/* 32-bit slots and depths of unpredicted allocations */
	COL_FREE,		/* the free slots that the chunk reuses, last one first */
	COL_TASK,		/* changes of the running task */
	COL_EXTRA, COL_EXTRA_BITS,	/* size and arg of SHAPE_EXTRA shapes */
	COL_ANSWER, COL_ANSWER_BITS,
	OPS_COLUMNS
};

/* In COL_OP: the shape number is the next of COL_WIDE. */
#define SHAPE_WIDE	255u
/* Every operation of a chunk may have its own shape. */
#define SHAPES_MAX	65536u

/*
 * What an operation does with its slot.  Within a chunk, objects are numbered
 * as they come up: each NEW and each IMPORT is the next object.
 */
enum slot_action {
	ACT_NONE,		/* TRACE_NO_SLOT */
	ACT_NEW,		/* the slot on top of the free stack */
	ACT_REF,		/* an object, relative to its kind's last reference */
	ACT_END,		/* the same, and its slot goes onto the free stack */
	ACT_REF_IMPORT,		/* a slot not seen in this chunk, relative to the last such */
	ACT_END_IMPORT,
	ACT_NEW_ODD,		/* the slot is in COL_ODD; the free stack stays */
	ACT_NEW_DROP,		/* COL_ODD says how many free slots to drop before the pop */
	ACTIONS
};

/* Flags byte of a shape: the action in the low bits, and */
#define SHAPE_ACTION	0x07u
#define SHAPE_ANSWER	0x08u	/* has a recorded answer */
#define SHAPE_EXTRA	0x10u	/* size and arg come from COL_EXTRA */
#define SHAPE_FLAGS	0x1fu

/*
 * Tokens: a number v < 16 is token v.  Otherwise, with b bits (b >= 5), the
 * token says b and the two bits after the leading one; the b - 3 bits below
 * follow in the bit column, lowest first.  Numbers have at most 59 bits, so one
 * unaligned 64-bit load reaches all of them.
 */
#define TOKEN_DIRECT	16u
#define TOKEN_VALUE_BITS 59u
#define TOKENS		(TOKEN_DIRECT + 4 * (TOKEN_VALUE_BITS - 4))

struct token {
	uint64_t base, mask;
	uint32_t bits;
};

/* All 256 entries; those from TOKENS on are read as 0 and never written. */
static inline void token_table(struct token t[256])
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		unsigned int b = 5 + (i - TOKEN_DIRECT) / 4;

		t[i] = (struct token){ 0 };
		if (i < TOKEN_DIRECT) {
			t[i].base = i;
		} else if (i < TOKENS) {
			t[i].base = (uint64_t)(4 + (i - TOKEN_DIRECT) % 4) << (b - 3);
			t[i].bits = b - 3;
			t[i].mask = ((uint64_t)1 << (b - 3)) - 1;
		}
	}
}

static inline uint8_t token_of(uint64_t v, unsigned int *bits)
{
	unsigned int b;

	*bits = 0;
	if (v < TOKEN_DIRECT)
		return (uint8_t)v;
	b = 64 - (unsigned int)__builtin_clzll(v);
	*bits = b - 3;
	return (uint8_t)(TOKEN_DIRECT + 4 * (b - 5) + ((v >> (b - 3)) & 3));
}

/* Signed differences of 32-bit fields, which wrap. */
static inline uint32_t zigzag32(uint32_t d)
{
	return d << 1 ^ (uint32_t)-(int32_t)(d >> 31);
}

static inline uint32_t unzigzag32(uint32_t v)
{
	return v >> 1 ^ -(v & 1);
}

#endif
