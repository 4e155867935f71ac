/* SPDX-License-Identifier: MIT
 *
 * cost_sum: the modelled cost of a run's operations, by kind and cause.  The
 * same table as that of host times (hists.h), in instructions of the simulated
 * machine; the same on every host.
 */
#ifndef REPLAY_COST_SUM_H
#define REPLAY_COST_SUM_H

#include "replay/cost.h"
#include "replay/hists.h"

struct cost_sum {
	struct hists table;		/* instructions */
	/* Of these, by kind: what clears memory (cost.h). */
	uint64_t clear_steps[HISTS_KINDS], clear_bytes[HISTS_KINDS];
};

struct cost_sum *cost_sum_new(struct mm_error *err);	/* NULL: no memory */
void cost_sum_free(struct cost_sum *s);

/* An operation was done: ask the model, add what it says. */
void cost_sum_add(struct cost_sum *s, struct cost_model *c, const struct cost_request *r,
		  enum op_cause cause);

/* Instructions and cycles of a kind, or of all (HISTS_ALL). */
uint64_t cost_sum_instructions(const struct cost_sum *s, int kind);
uint64_t cost_sum_cycles(const struct cost_sum *s, int kind);

#endif
