/* SPDX-License-Identifier: MIT
 *
 * Slots and answers of decoded operations: replays the free stack and the
 * numbering of objects (enum slot_action).  Which action comes next is hard to
 * predict, so the common ones are one straight path: every quantity is computed
 * for each of them, and the shape's constants select.  Stores that an action
 * does not want land above the top of an array, where the next one overwrites
 * them; a number that is not wanted is read as class 0, which is 0.
 */
#include "traces/format/decode.h"

/* Imports and unpredicted slots; returns the slot. */
static uint32_t rare_slot(struct decoder *d, const struct ready_shape *s)
{
	uint32_t slot = 0, v;

	switch (s->action) {
	case ACT_REF_IMPORT: case ACT_END_IMPORT:
		v = (uint32_t)next_number(d->classes[LANE_SLOT], &d->lane[LANE_SLOT]);
		slot = d->last_import += v;
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

/* One more number of a lane if mask is all ones; 0 if it is 0. */
static inline __attribute__((always_inline))
uint32_t maybe_number(const struct number_class *classes, struct lane *l, uint8_t mask)
{
	uint32_t v = (uint32_t)class_number(&classes[*l->class & mask], l);

	l->class += mask & 1;
	return v;
}

static inline __attribute__((always_inline))
void slots_and_answers(struct decoder *d, struct trace_op *ops, size_t n, bool answers)
{
	const struct number_class *slot_classes = d->classes[LANE_SLOT];
	const struct number_class *answer_classes = d->classes[LANE_ANSWER];
	struct lane lane = d->lane[LANE_SLOT], answer = d->lane[LANE_ANSWER];
	uint32_t *slot_of = d->slot_of;
	uint64_t top = d->top;
	uint32_t next_object = d->next_object;
	size_t i;

	for (i = 0; i < n; i++) {
		struct ready_shape *s = &d->shapes[TODO_SHAPE(d->todo[i])];
		struct trace_op *o = &ops[TODO_AT(d->todo[i])];
		uint32_t at, slot;

		if (answers) {
			s->answer += maybe_number(answer_classes, &answer, s->answer_mask)
				     << s->answer_shift;
			o->answer = s->answer;
		}
		if (__builtin_expect(s->rare, 0)) {
			d->lane[LANE_SLOT] = lane;
			d->top = (uint32_t)top;
			d->next_object = next_object;
			o->slot = rare_slot(d, s);
			lane = d->lane[LANE_SLOT];
			top = d->top;
			next_object = d->next_object;
			continue;
		}
		at = d->last_ref[s->last] + maybe_number(slot_classes, &lane, s->slot_mask);
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
		o->slot = slot;
	}
	d->lane[LANE_SLOT] = lane;
	d->lane[LANE_ANSWER] = answer;
	d->top = (uint32_t)top;
	d->next_object = next_object;
	/* The spare elements below the stack took what was popped too much. */
	d->bad |= (int32_t)(d->top - d->bottom) < 0;
}

void decode_slots(struct decoder *d, struct trace_op *ops, size_t n)
{
	if (d->no_answers)
		slots_and_answers(d, ops, n, false);
	else
		slots_and_answers(d, ops, n, true);
}
