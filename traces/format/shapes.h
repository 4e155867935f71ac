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

/* A key as it is looked up: three words, put together in registers. */
struct shape_words {
	uint64_t w[3];
};

/* What pass one finds and notes of a full shape, in one cache line. */
struct shape_slot {
	struct shape_words words;
	uint32_t shape;		/* index + 1; 0: empty */
	uint32_t count;		/* operations */
	uint32_t first, varying; /* first answer; bits in which later ones differ from it */
	uint32_t unused[6];	/* to 64 bytes */
};

struct shape {
	struct shape_key key;
	uint32_t base;		/* of a full shape: its base */
	uint32_t count;
	uint32_t variants;	/* of a base: how many full shapes */
	uint32_t number;	/* in the chunk's table, once numbered */
	uint32_t first, varying;
	uint32_t size, arg;	/* of an extra one: last ones written */
	bool extra;		/* of a base: stands for its full shapes */
	uint8_t shift;		/* all answer differences are multiples of 1 << shift */
};

/* Open addressing, half full at most. */
struct shape_table {
	struct shape *shape;
	size_t nr, cap;
	struct shape_slot *slot;
	unsigned int slot_bits;	/* 1 << slot_bits slots */
};

/* What pass two wants of a numbered shape. */
struct shape_code {
	uint32_t answer;	/* last one written */
	uint8_t flags, shift;
};

struct shapes {
	struct shape_table full, base;
	struct shape **order;	/* by number */
	struct shape_code *code; /* by number */
	uint32_t *number;	/* by full shape */
	size_t nr, order_cap;
};

/* Forget all shapes. */
int shapes_begin(struct shapes *s);

/* The slot where the search for a key begins. */
static inline size_t shape_slot(const struct shape_table *t, const struct shape_words *k)
{
	uint64_t h = k->w[0] * 0x9e3779b97f4a7c15ull + k->w[1] * 0xbf58476d1ce4e5b9ull +
		     k->w[2] * 0x94d049bb133111ebull;

	return (h ^ h << 29) >> (64 - t->slot_bits);
}

static inline bool shape_slot_is(const struct shape_slot *s, const struct shape_words *k)
{
	const uint64_t *a = s->words.w, *b = k->w;

	return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2])) && s->shape;
}

/* Items of different caches do not share the differences of their answers: their
 * parent, the operation that they belong to, is part of their key. */
static inline struct shape_words shape_words(const struct trace_op *op,
					     const struct trace_op *parent, uint8_t flags)
{
	if (op->kind == TRACE_ITEM)
		return (struct shape_words){ {
			parent->kind | (uint64_t)parent->arg << 32, 0, (uint64_t)flags << 32,
		} };
	return (struct shape_words){ {
		op->size | (uint64_t)op->arg << 32, op->gfp | (uint64_t)op->site << 32,
		op->kind | (uint32_t)op->order << 8 | (uint32_t)op->cpu << 16 |
			(uint32_t)op->ctx << 24 | (uint64_t)flags << 32,
	} };
}

/* The full shape with this key, wherever its slot is, made if need be; NULL: out of
 * memory.  Valid until the next call. */
struct shape_slot *shapes_find(struct shapes *s, const struct shape_words *k, uint32_t answer);

/* The full shape of an operation or of a parent's item, counted with its answer;
 * UINT32_MAX: out of memory. */
static inline uint32_t shapes_note(struct shapes *s, const struct trace_op *op,
				   const struct trace_op *parent, uint8_t flags)
{
	struct shape_words k = shape_words(op, parent, flags);
	struct shape_slot *slot = &s->full.slot[shape_slot(&s->full, &k)];

	if (!shape_slot_is(slot, &k)) {
		slot = shapes_find(s, &k, op->answer);
		if (!slot)
			return UINT32_MAX;
	}
	slot->count++;
	slot->varying |= op->answer ^ slot->first;
	return slot->shape - 1;
}

/* Decide which bases stand for their full shapes. */
void shapes_merge(struct shapes *s);

/* Number the final shapes, most frequent first, for pass two, and write the table. */
int shapes_number(struct shapes *s, struct mmt_buf *out);

void shapes_free(struct shapes *s);

#endif
