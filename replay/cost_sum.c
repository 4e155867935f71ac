/* SPDX-License-Identifier: MIT
 * Adding up the modelled cost of operations. */
#include "replay/cost_sum.h"

#include <errno.h>
#include <stdlib.h>

struct cost_sum *cost_sum_new(struct mm_error *err)
{
	struct cost_sum *s = calloc(1, sizeof(*s));

	if (!s || hists_init(&s->table, err)) {
		free(s);
		mm_fail(err, -ENOMEM, "no memory for the cost of operations");
		return NULL;
	}
	return s;
}

void cost_sum_free(struct cost_sum *s)
{
	if (s)
		hists_free(&s->table);
	free(s);
}

void cost_sum_add(struct cost_sum *s, struct cost_model *c, const struct cost_request *r,
		  enum op_cause cause)
{
	uint32_t instructions = cost_of(c, r);
	struct cost_clearing clear = cost_clearing(c, r);

	hist_add(hists_at(&s->table, r->kind, cause), instructions);
	s->clear_steps[r->kind % HISTS_KINDS] += clear.steps;
	s->clear_bytes[r->kind % HISTS_KINDS] += clear.bytes;
}

uint64_t cost_sum_instructions(const struct cost_sum *s, int kind)
{
	struct histogram sum;

	hists_sum(&s->table, kind, HISTS_ALL, &sum);
	return sum.sum;
}

uint64_t cost_sum_cycles(const struct cost_sum *s, int kind)
{
	uint64_t steps = 0, bytes = 0;

	for (int k = 0; k < HISTS_KINDS; k++)
		if (kind == HISTS_ALL || kind == k) {
			steps += s->clear_steps[k];
			bytes += s->clear_bytes[k];
		}
	return cost_cycles(cost_sum_instructions(s, kind), steps, bytes);
}
