/* SPDX-License-Identifier: MIT
 *
 * The encoder's model of slots within one chunk: the free stack that the
 * decoder will replay, and the number of the object that lives in each slot.
 */
#ifndef TRACE_SLOT_MODEL_H
#define TRACE_SLOT_MODEL_H

#include "traces/format/kinds.h"
#include "traces/format/mmt.h"
#include "traces/format/ops_wire.h"

/* The object that lives in a slot.  An entry counts only in its own chunk; chunks
 * are numbered modulo 2^32 - 1, and the tables cleared when that wraps. */
struct object_entry {
	uint32_t chunk, object;
};

struct far_entry {
	uint32_t slot;
	struct object_entry e;
};

/* Slots below this have an entry of their own (8 MiB at most); others, which
 * only a producer with a numbering of its own has, go through a hash table. */
#define NEAR_SLOTS	(1u << 20)

struct slot_model {
	uint32_t *stack;	/* slots freed in this chunk */
	size_t depth, stack_cap;
	struct mmt_buf reused;	/* COL_FREE: slots popped that the chunk did not push */
	uint32_t last_reused;

	struct object_entry *near;	/* by slot */
	size_t near_cap;
	struct far_entry *far;		/* open addressing; twice the records' number */
	size_t far_cap, far_want;
	uint32_t chunk;
	bool failed;			/* out of memory: then all slots share "none" */
	struct object_entry none;
	uint32_t objects;
	uint32_t last_import;
	uint32_t last_ref[TRACE_KIND_MAX + 1];
};

/* What the encoder is to write for one slot. */
struct slot_code {
	uint8_t action;		/* enum slot_action */
	uint32_t value;		/* ACT_REF..ACT_END_IMPORT: difference; ACT_NEW_*: COL_ODD */
};

int slot_model_begin(struct slot_model *m, size_t records);
void slot_model_free(struct slot_model *m);

/* The same as below where the usual case does not hold. */
struct object_entry *slot_model_entry(struct slot_model *m, uint32_t slot);
struct slot_code slot_model_reuse(struct slot_model *m, uint32_t slot);
struct slot_code slot_model_import(struct slot_model *m, uint8_t kind, uint32_t slot,
				   struct object_entry *e, bool end);

/* The entry of slot, perhaps of an earlier chunk. */
static inline struct object_entry *slot_entry(struct slot_model *m, uint32_t slot)
{
	return slot < m->near_cap ? &m->near[slot] : slot_model_entry(m, slot);
}

static inline void slot_new_object(struct slot_model *m, struct object_entry *e)
{
	*e = (struct object_entry){ .object = m->objects++, .chunk = m->chunk };
}

static inline struct slot_code slot_code_new(struct slot_model *m, uint32_t slot)
{
	slot_new_object(m, slot_entry(m, slot));
	if (!m->depth || m->stack[m->depth - 1] != slot)
		return slot_model_reuse(m, slot);
	m->depth--;
	return (struct slot_code){ .action = ACT_NEW };
}

static inline struct slot_code slot_code_ref(struct slot_model *m, uint8_t kind, uint32_t slot,
					     bool end)
{
	struct object_entry *e = slot_entry(m, slot);
	struct slot_code c = { .action = end ? ACT_END : ACT_REF };

	if (end)
		m->stack[m->depth++] = slot;
	if (e->chunk != m->chunk)
		return slot_model_import(m, kind, slot, e, end);
	c.value = e->object - m->last_ref[kind];
	m->last_ref[kind] = e->object;
	return c;
}

static inline struct slot_code slot_model_code(struct slot_model *m, uint8_t kind,
					       enum slot_use use, uint32_t slot)
{
	if (slot == TRACE_NO_SLOT)
		return (struct slot_code){ .action = ACT_NONE };
	if (use == SLOT_NEW)
		return slot_code_new(m, slot);
	return slot_code_ref(m, kind, slot, use == SLOT_END);
}

#endif
