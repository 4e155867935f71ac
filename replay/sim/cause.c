/* SPDX-License-Identifier: MIT
 *
 * Why an operation took as long as it did: the machine's counts of steps before
 * and after it.  The engine counts what is off its fast paths (mm_steps.h), so
 * that one comparison tells most operations' cause.  Of all that happened the
 * highest cause counts (enum op_cause); an outcome that is not ok stands above
 * all of them.
 */
#include "replay/sim/sim.h"

static const struct {
	enum mm_step step;
	enum op_cause cause;
} causes[] = {
	{ MM_STEP_SLAB_CPU_SLAB, CAUSE_SLAB_LIST },
	{ MM_STEP_SLAB_CPU_PARTIAL, CAUSE_SLAB_LIST },
	{ MM_STEP_SLAB_NODE_PARTIAL, CAUSE_SLAB_LIST },
	{ MM_STEP_SLAB_FREE_SLOW, CAUSE_SLAB_FREE },
	{ MM_STEP_SLAB_UNFREEZE, CAUSE_SLAB_FREE },
	{ MM_STEP_SLAB_NEW, CAUSE_NEW_SLAB },
	{ MM_STEP_SLAB_DISCARD, CAUSE_SLAB_DISCARD },
	{ MM_STEP_BUDDY_TAKE, CAUSE_BUDDY },
	{ MM_STEP_BUDDY_FREE, CAUSE_BUDDY },
	{ MM_STEP_DRAIN, CAUSE_DRAIN },
	{ MM_STEP_REFILL, CAUSE_REFILL },
	{ MM_STEP_SPLIT, CAUSE_SPLIT },
	{ MM_STEP_KMAP_FLUSH, CAUSE_PKMAP_FLUSH },
	{ MM_STEP_PURGE, CAUSE_VMAP_PURGE },
	{ MM_STEP_STEAL, CAUSE_STEAL },
	{ MM_STEP_STEAL_CLAIM, CAUSE_STEAL },
	{ MM_STEP_SLOWPATH, CAUSE_SLOW_PATH },
};

_Static_assert(sizeof(causes) / sizeof(causes[0]) == SIM_NR_CAUSE_STEPS, "room for each");

void sim_steps_seen(struct sim *s)
{
	s->b.odd = CAUSE_ANY;
	s->steps_changed = s->steps->changed;
	for (int i = 0; i < SIM_NR_CAUSE_STEPS; i++)
		s->steps_seen[i] = s->steps->n[causes[i].step];
}

enum op_cause sim_cause(struct sim *s)
{
	enum op_cause c = CAUSE_FAST;

	for (int i = 0; i < SIM_NR_CAUSE_STEPS; i++)
		if (s->steps->n[causes[i].step] != s->steps_seen[i] && causes[i].cause > c)
			c = causes[i].cause;
	if (s->b.odd > c)
		c = s->b.odd;
	sim_steps_seen(s);
	return c;
}
