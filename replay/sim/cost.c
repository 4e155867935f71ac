/* SPDX-License-Identifier: MIT
 *
 * The modelled cost of an operation that the sim backend has just done: what
 * the cost model asks about it is read from the record and from where the
 * operation left its answer.
 */
#include "replay/sim/sim.h"

static uint32_t slot_value(const struct sim *s, const struct trace_op *op)
{
	return op->slot < s->nr_slots ? s->slots[op->slot].value : 0;
}

/* The address of the task's mapping at this depth, 0 if it is not known. */
static vaddr_t local_address(const struct sim *s, const struct trace_op *op, bool unmapped)
{
	const struct sim_maps *maps = op->task < s->nr_maps ? &s->maps[op->task] : NULL;
	uint32_t depth = maps ? maps->depth + unmapped : 0;

	return depth && depth <= SIM_MAPS ? maps->addr[depth - 1] : 0;
}

void sim_cost(struct sim *s, const struct trace_op *op, enum op_cause cause)
{
	struct cost_request q = { .kind = op->kind, .order = op->order, .gfp = op->gfp, .size = op->size };

	switch (op->kind) {
	case TRACE_PAGE_ALLOC:
	case TRACE_PAGE_FREE:
		q.value = slot_value(s, op);
		break;
	case TRACE_KMAP:
	case TRACE_KUNMAP:
		q.value = slot_value(s, op) + op->arg;
		break;
	case TRACE_KMAP_LOCAL:
	case TRACE_KMAP_ATOMIC:
		q.value = local_address(s, op, false);
		break;
	case TRACE_KUNMAP_LOCAL:
	case TRACE_KUNMAP_ATOMIC:
		q.value = local_address(s, op, true);
		break;
	case TRACE_CACHE_ALLOC:
	case TRACE_CACHE_ALLOC_BULK:
		q.cache = op->arg < s->nr_cache ? s->cache[op->arg] : 0;
		break;
	case TRACE_PAGE_FOREIGN:
	case TRACE_LRU_ADD:
	case TRACE_IDLE:
	case TRACE_MARK:
		cause = CAUSE_LEFT_OUT;	/* no requests: the kernel did nothing for them */
		break;
	default:
		break;
	}
	/* What was not executed has no cost, what an item of it did is nobody's. */
	if (cause == CAUSE_LEFT_OUT)
		cost_sync(s->cost);
	else
		cost_sum_add(s->cost_sum, s->cost, &q, cause);
}
