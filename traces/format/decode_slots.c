/* SPDX-License-Identifier: MIT
 *
 * Slots of decoded operations: replays the free stack and the numbering of
 * objects (enum slot_action).  Which action comes next is hard to predict, so
 * the common three are one straight path: every quantity is computed for each
 * of them, and the shape's constants select.  Stores that an action does not
 * want land above the top of an array, where the next one overwrites them.
 */
#include "traces/format/decode.h"

/* Imports and unpredicted slots; returns the slot. */
static uint32_t rare_slot(struct decoder *d, const struct ready_shape *s)
{
	uint32_t slot = 0, v;

	switch (s->action) {
	case ACT_REF_IMPORT: case ACT_END_IMPORT:
		slot = d->last_import += next_difference(d->tokens, &d->slot);
		d->last_ref[s->op.kind] = d->next_object;
		if (s->action == ACT_END_IMPORT)
			d->slot_of[++d->top] = slot;
		break;
	case ACT_NEW_ODD:
		slot = view_get32(&d->odd);
		break;
	case ACT_NEW_DROP:
		v = view_get32(&d->odd);
		if (v >= d->top - d->bottom) {
			d->bad = true;
			return 0;
		}
		d->top -= v;
		slot = d->slot_of[d->top--];
		break;
	}
	d->slot_of[d->next_object++] = slot;
	return slot;
}

void decode_slots(struct decoder *d, struct trace_op *ops, size_t n)
{
	const struct token *tokens = d->tokens;
	const struct ready_shape *shapes = d->shapes;
	uint32_t *slot_of = d->slot_of;
	struct lane lane = d->slot;
	uint64_t top = d->top;
	uint32_t next_object = d->next_object;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct ready_shape *s = &shapes[TODO_SHAPE(d->slots[i])];
		uint32_t *out = &ops[TODO_AT(d->slots[i])].slot;
		uint32_t at, slot;

		if (__builtin_expect(s->rare, 0)) {
			d->slot = lane;
			d->top = (uint32_t)top;
			d->next_object = next_object;
			*out = rare_slot(d, s);
			lane = d->slot;
			top = d->top;
			next_object = d->next_object;
			continue;
		}
		/* ACT_NEW: token 0, a difference of 0 to a last reference of 0. */
		at = token_value(&tokens[*lane.token & s->token_mask], &lane);
		lane.token += s->takes_token;
		at += d->last_ref[s->last];
		d->last_ref[s->last] = at;
		at += (uint32_t)top & s->new_mask;
		if (__builtin_expect(at >= next_object, 0)) {
			d->bad = true;
			break;
		}
		slot = slot_of[at];
		slot_of[top + 1] = slot;
		top += (uint64_t)(int64_t)s->depth;
		slot_of[next_object] = slot;
		next_object += s->is_new;
		*out = slot;
	}
	d->slot = lane;
	d->top = (uint32_t)top;
	d->next_object = next_object;
	/* The sentinels below the stack took what a bad chunk popped too much. */
	d->bad |= (int32_t)(d->top - d->bottom) < 0;
}
