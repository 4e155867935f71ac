/* SPDX-License-Identifier: MIT
 *
 * The slot allocator of trace producers: a stack of freed numbers.  Last freed
 * comes first, which keeps the live numbers dense (a table of live objects is
 * as small as the peak) and lets the trace encoder predict every allocation's
 * slot for nothing.  Get and put are O(1).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traces/format/mmt.h"

uint32_t trace_slot_get(struct trace_slots *s)
{
	if (s->nr)
		return s->stack[--s->nr];
	if (s->next == TRACE_NO_SLOT)
		return TRACE_NO_SLOT;
	return s->next++;
}

int trace_slot_put(struct trace_slots *s, uint32_t slot)
{
	if (s->nr == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 1024;
		uint32_t *stack = realloc(s->stack, cap * sizeof(*stack));

		if (!stack)
			return -ENOMEM;
		s->stack = stack;
		s->cap = cap;
	}
	s->stack[s->nr++] = slot;
	return 0;
}

void trace_slots_free(struct trace_slots *s)
{
	free(s->stack);
	memset(s, 0, sizeof(*s));
}
