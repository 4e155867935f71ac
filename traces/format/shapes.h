/* SPDX-License-Identifier: MIT
 *
 * The encoder's table of shapes of one chunk.  Shapes are found by hashing all
 * constant fields ("full" shapes).  Where one combination of the other fields
 * comes with very many sizes or args (page touches, random allocation sizes), a
 * table entry for each would cost more than it saves: these full shapes are
 * merged into their "base", whose operations carry size and arg themselves.
 */
#ifndef TRACE_SHAPES_H
#define TRACE_SHAPES_H

#include "traces/format/mmt.h"
#include "traces/format/ops_wire.h"

struct shape_key {
	uint32_t size, arg, gfp, site;
	uint8_t kind, order, cpu, ctx;
	uint8_t flags;		/* action and SHAPE_ANSWER */
	uint8_t zero[3];
};

struct shape {
	struct shape_key key;
	uint32_t base;		/* of a full shape: its base */
	uint32_t count;		/* operations */
	uint32_t variants;	/* of a base: how many full shapes */
	uint32_t number;	/* in the chunk's table, once numbered */
	bool extra;		/* of a base: stands for its full shapes */
	bool answered;		/* an answer has been noted */
	uint8_t shift;		/* all answer differences are multiples of 1 << shift */
	uint32_t first, varying;	/* first answer; bits in which others differ from it */
	uint32_t answer, size, arg;	/* last ones written */
};

struct shape_table {
	struct shape *shape;
	size_t nr, cap;
	uint32_t *hash;		/* index + 1; 0: empty */
	size_t hash_cap;
};

struct shapes {
	struct shape_table full, base;
	uint32_t recent[256];	/* by kind and flags: full shape found last, + 1 */
	struct shape **order;	/* by number */
	size_t nr, order_cap;
};

/* Forget all shapes and make room for a chunk of n records. */
int shapes_begin(struct shapes *s, size_t n);

/* The full shape of an operation, counted; UINT32_MAX: out of memory.  An item
 * takes the operation that it belongs to as parent: items of different caches
 * then do not share the differences of their answers. */
uint32_t shapes_note(struct shapes *s, const struct trace_op *op,
		     const struct trace_op *parent, uint8_t flags);

/* Decide which bases stand for their full shapes. */
void shapes_merge(struct shapes *s);

/* The shape that a full shape's operations are written with. */
static inline struct shape *shapes_final(const struct shapes *s, uint32_t full)
{
	struct shape *f = &s->full.shape[full], *b = &s->base.shape[f->base];

	return b->extra ? b : f;
}

/* Remember an answer of a final shape. */
static inline void shape_note_answer(struct shape *f, uint32_t answer)
{
	if (!f->answered) {
		f->answered = true;
		f->first = answer;
	}
	f->varying |= answer ^ f->first;
}

/* Number the final shapes, most frequent first, and write the table. */
int shapes_number(struct shapes *s, struct mmt_buf *out);

void shapes_free(struct shapes *s);

#endif
