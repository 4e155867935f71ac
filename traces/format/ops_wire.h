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
 * before; answers are differences within the shape.  These differences are one
 * token byte, which zstd compresses, and raw low bits, which nothing could.
 * Times have little to compress: four bits of class, chosen for the chunk's
 * distribution, and raw low bits.
 */
#ifndef TRACE_OPS_WIRE_H
#define TRACE_OPS_WIRE_H

#include <stdint.h>

#include "traces/format/wire.h"

enum ops_column {
	COL_SHAPES,		/* the shape table */
	COL_OP,			/* shape of each record, or SHAPE_WIDE */
	COL_WIDE,		/* 16-bit shape numbers that do not fit COL_OP */
	COL_CLASSES,		/* the classes of time differences */
	COL_TIME, COL_TIME_BITS,	/* ns since the record before: class, low bits */
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
/* Every operation of a chunk may have its own shape; the decoder's table has
 * one entry more and indexes of 16 bits. */
#define SHAPES_MAX	65535u

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
 * Tokens: a signed 32-bit number v in -8..7 is token v & 15.  Otherwise let u be
 * v, or ~v when v is negative, of b bits (b >= 4): the token says b, the two
 * bits of u after the leading one, and the sign.  The low b - 3 bits of v follow
 * in the bit column, lowest first.  So v is always the token's base plus bits.
 */
#define TOKEN_DIRECT	16u
#define TOKENS		(TOKEN_DIRECT + 8 * 28)

struct token {
	uint32_t base, mask, bits, unused;
};

/* All 256 entries; those from TOKENS on read as 0 and are never written. */
static inline void token_table(struct token t[256])
{
	unsigned int i;

	memset(t, 0, 256 * sizeof(*t));
	for (i = 0; i < TOKEN_DIRECT; i++)
		t[i].base = i < 8 ? i : i - 16;
	for (; i < TOKENS; i++) {
		unsigned int bits = 1 + (i - TOKEN_DIRECT) / 8;
		uint32_t low = (4 + (i - TOKEN_DIRECT) / 2 % 4) << bits;

		t[i].bits = bits;
		t[i].mask = ((uint32_t)1 << bits) - 1;
		t[i].base = i & 1 ? ~(low + t[i].mask) : low;
	}
}

static inline uint8_t token_of(uint32_t v, unsigned int *bits)
{
	uint32_t neg = v >> 31, u = neg ? ~v : v;

	*bits = 0;
	if (u < 8)
		return (uint8_t)(v & 15);
	*bits = 29 - (unsigned int)__builtin_clz(u);
	return (uint8_t)(TOKEN_DIRECT + 8 * (*bits - 1) + (u >> *bits & 3) * 2 + neg);
}

/* Signed differences of 32-bit fields, which wrap, in varints. */
static inline uint32_t zigzag32(uint32_t d)
{
	return d << 1 ^ (uint32_t)-(int32_t)(d >> 31);
}

static inline uint32_t unzigzag32(uint32_t v)
{
	return v >> 1 ^ -(v & 1);
}

/*
 * Time differences: class k stands for base..base + 2^bits - 1.  At most 56
 * bits, so that one unaligned 64-bit load reaches all of them.
 */
#define TIME_CLASSES	16u
#define TIME_BITS_MAX	56u

struct time_class {
	uint64_t base, mask;
	uint32_t bits, unused;
};

#endif
