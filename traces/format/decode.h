/* SPDX-License-Identifier: MIT
 *
 * Inside the decoder: what decode.c (the hot loop) and decode_setup.c (opening
 * a chunk) share.
 */
#ifndef TRACE_DECODE_H
#define TRACE_DECODE_H

#include "traces/format/codec.h"
#include "traces/format/ops_wire.h"

/* Records of a batch: 20 KiB, which stay in the first-level cache until the
 * caller has read them; an operation with many items makes it longer. */
#define BATCH 512u

/* A shape ready to be copied: one cache line. */
struct ready_shape {
	struct trace_op op;	/* prototype: slot and answer absent */
	uint32_t answer;	/* last one */
	uint8_t action;		/* enum slot_action */
	uint8_t shift;
	bool has_answer;	/* recorded and wanted */
	bool special;		/* an item, SHAPE_EXTRA, items follow, or no such shape */
	bool extra, items, exists;
	uint8_t pad[13];
};

_Static_assert(sizeof(struct ready_shape) == 64, "one cache line");

/* A pair of token and bit columns. */
struct lane {
	const uint8_t *token, *bits;
	uint64_t bit;
};

/* What changes with every record. */
struct hot {
	const uint8_t *op;		/* COL_OP */
	struct lane time, slot, answer;
	uint64_t now;
	uint32_t depth;			/* of the free stack */
	uint32_t objects;
	uint32_t last_import;
	bool bad;
};

struct span {
	const uint8_t *p;
	uint32_t n;
};

struct decoder {
	struct token tokens[256];
	struct hot hot;
	struct ready_shape *shapes;
	uint32_t nr_shapes;
	uint32_t *stack, *object;	/* of the records' number and more */
	uint32_t last_ref[TRACE_KIND_MAX + 1];
	uint32_t task[256];		/* running on each CPU */

	uint32_t done, left;		/* records of the chunk */
	uint32_t operations, operations_due;
	uint32_t task_at;		/* record at which the next change happens */
	struct mmt_view wide, odd, tasks;
	struct lane extra;

	struct trace_op *ops;
	size_t ops_cap;

	struct span col[OPS_COLUMNS];
	struct mmt_buf unpacked[OPS_COLUMNS];
	struct unpacker *unpacker;
	bool no_answers;
	size_t shapes_cap, stack_cap, object_cap;
};

/* The record number of the next change of task after the current position. */
void decode_next_task(struct decoder *d);

#endif
