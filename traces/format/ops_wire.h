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
 * before; answers are differences within the shape; times are differences.
 *
 * Such numbers have little structure left that a general compressor would find,
 * and entropy decoding costs a nanosecond each.  So a column of numbers is four
 * bits of class each, the classes being ranges chosen for the chunk's own
 * distribution, and the raw low bits within the class.
 */
#ifndef TRACE_OPS_WIRE_H
#define TRACE_OPS_WIRE_H

#include <stdint.h>

#include "traces/format/wire.h"

enum ops_column {
	COL_SHAPES,		/* the shape table */
	COL_OP,			/* shape of each record, or SHAPE_WIDE */
	COL_WIDE,		/* 16-bit shape numbers that do not fit COL_OP */
	COL_TASK,		/* changes of the running task */
	COL_FREE,		/* the free slots that the chunk reuses, last one first */
	COL_ODD,		/* 32-bit slots and depths of unpredicted allocations */
	COL_CLASSES,		/* of the four columns of numbers below */
	COL_TIME, COL_TIME_BITS,	/* ns since the record before */
	COL_SLOT, COL_SLOT_BITS,	/* objects and slots, see enum slot_action */
	COL_EXTRA, COL_EXTRA_BITS,	/* size and arg of SHAPE_EXTRA shapes */
	COL_ANSWER, COL_ANSWER_BITS,
	OPS_COLUMNS
};

/* The columns of numbers, in the order of their classes in COL_CLASSES. */
enum number_lane { LANE_TIME, LANE_SLOT, LANE_EXTRA, LANE_ANSWER, LANES };

static inline enum ops_column lane_column(unsigned int lane)
{
	return (enum ops_column)(COL_TIME + 2 * lane);
}

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
 * Numbers: class 0 is the number 0; class k of the others stands for base to
 * base + 2^bits - 1.  Low bits follow each other lowest first; they are at most
 * 56, so that one unaligned 64-bit load reaches them all.  Two classes share a
 * byte, the first one in its low half.
 */
#define CLASSES		16u
#define CLASS_BITS_MAX	56u

#endif
