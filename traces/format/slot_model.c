/* SPDX-License-Identifier: MIT
 *
 * Coding slots.  Producers hand out the slot freed last (trace_slots), so a new
 * object's slot is predicted by a stack of the slots freed in this chunk; pops
 * below its bottom are listed once (COL_FREE), in the order of use.  A producer
 * with another policy, or one that frees without an operation, is detected
 * slot by slot and coded explicitly.
 *
 * A free or a mapping names its object by number of birth, as the difference
 * from the object that the same kind named before: objects allocated together
 * are freed together, whatever their slots (on a recorded kernel build 4.4 bits
 * an entropy for a page free, against 12.3 bits for differences of slots).
 */
#include "traces/format/slot_model.h"

#include <errno.h>

/* How deep below the top a reused slot is looked for before giving up. */
#define DROP_MAX 64u

int slot_model_begin(struct slot_model *m, size_t records)
{
	m->far_want = 1024;
	while (m->far_want < 2 * records)
		m->far_want *= 2;
	if (records > m->stack_cap) {
		uint32_t *stack = realloc(m->stack, records * sizeof(*stack));

		if (!stack)
			return -ENOMEM;
		m->stack = stack;
		m->stack_cap = records;
	}
	if (++m->chunk == 0) {
		memset(m->near, 0, m->near_cap * sizeof(*m->near));
		free(m->far);
		m->far = NULL;
		m->far_cap = 0;
		m->chunk = 1;
	}
	m->depth = 0;
	m->objects = 0;
	m->reused.n = 0;
	m->last_reused = m->last_import = 0;
	memset(m->last_ref, 0, sizeof(m->last_ref));
	return 0;
}

/* Where slots that cannot be looked up go when memory is short: the encoder
 * gives up after the pass. */
static struct object_entry *no_entry(struct slot_model *m)
{
	m->failed = true;
	return &m->none;
}

static struct object_entry *far_entry(struct slot_model *m, uint32_t slot)
{
	size_t i;

	if (m->far_cap < m->far_want) {
		struct far_entry *far = calloc(m->far_want, sizeof(*far)), *old = m->far;

		if (!far)
			return no_entry(m);
		m->far = far;
		m->far_cap = m->far_want;
		free(old);
	}
	i = (slot * 0x9e3779b97f4a7c15ull >> 32) & (m->far_cap - 1);
	while (m->far[i].e.chunk == m->chunk && m->far[i].slot != slot)
		i = (i + 1) & (m->far_cap - 1);
	m->far[i].slot = slot;
	return &m->far[i].e;
}

struct object_entry *slot_model_entry(struct slot_model *m, uint32_t slot)
{
	if (slot < NEAR_SLOTS) {
		size_t cap = m->near_cap ? m->near_cap : 4096;
		struct object_entry *near;

		while (cap <= slot)
			cap *= 2;
		near = realloc(m->near, cap * sizeof(*near));
		if (!near)
			return no_entry(m);
		memset(near + m->near_cap, 0, (cap - m->near_cap) * sizeof(*near));
		m->near = near;
		m->near_cap = cap;
		return &m->near[slot];
	}
	return far_entry(m, slot);
}

struct slot_code slot_model_reuse(struct slot_model *m, uint32_t slot)
{
	size_t d;

	if (!m->depth) {
		buf_varint(&m->reused, zigzag32(slot - m->last_reused));
		m->last_reused = slot;
		return (struct slot_code){ .action = ACT_NEW };
	}
	/* The top one has been looked at. */
	for (d = 1; d < DROP_MAX && d < m->depth; d++) {
		if (m->stack[m->depth - 1 - d] != slot)
			continue;
		m->depth -= d + 1;
		return (struct slot_code){ .action = ACT_NEW_DROP, .value = (uint32_t)d };
	}
	return (struct slot_code){ .action = ACT_NEW_ODD, .value = slot };
}

struct slot_code slot_model_import(struct slot_model *m, uint8_t kind, uint32_t slot,
				   struct object_entry *e, bool end)
{
	struct slot_code c = {
		.action = end ? ACT_END_IMPORT : ACT_REF_IMPORT, .value = slot - m->last_import,
	};

	slot_new_object(m, e);
	m->last_ref[kind] = e->object;
	m->last_import = slot;
	return c;
}

void slot_model_free(struct slot_model *m)
{
	free(m->stack);
	free(m->near);
	free(m->far);
	buf_free(&m->reused);
	memset(m, 0, sizeof(*m));
}
