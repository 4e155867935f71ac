/* SPDX-License-Identifier: MIT
 *
 * The hot loop of the sim backend: the frequent operations as they mostly go.
 *
 * Objects are taken from and put onto a CPU's slab inline (engine/mm_fast.h); other
 * objects, pages and local maps cost a call to the engine.  Whatever is not an
 * allocation, a free or a map of a live slot, or leaves the engine's fast paths, is
 * sim_any's.
 * Alloc and free of a kind have a case each in the switch: a common one would
 * test the kind again, by a branch that no history foretells.
 */
#include "replay/loop.h"
#include "replay/sim/sim.h"

#define LIKELY(x)	LOOP_LIKELY(x)
#define UNLIKELY(x)	LOOP_UNLIKELY(x)

/* The slot, if it holds something of this type; else NULL. */
LOOP_INLINE struct sim_slot *held(struct sim *s, const struct trace_op *op, enum sim_type type)
{
	struct sim_slot *slot = &s->slots[op->slot];

	if (UNLIKELY(op->slot >= s->nr_slots) || UNLIKELY(slot->is.type != type))
		return NULL;
	return slot;
}

/* The slot, if it exists and what comes can be put into it. */
LOOP_INLINE struct sim_slot *empty(struct sim *s, const struct trace_op *op)
{
	struct sim_slot *slot = &s->slots[op->slot];

	if (UNLIKELY(op->slot >= s->nr_slots) || UNLIKELY(sim_is_held(slot)))
		return NULL;
	return slot;
}

/* ---- objects ---- */

/* One of pc's objects into the slot. */
LOOP_INLINE bool take(struct mm_cpu_cache *pc, struct sim_slot *slot, uint32_t nr, uint32_t live,
		      unsigned int kmalloc)
{
	unsigned int i = mm_fast_take(pc, nr, live, &slot->value);

	if (UNLIKELY(i == MM_OBJ_NIL))
		return false;
	slot->is = sim_is_object(i, kmalloc);
	return true;
}

LOOP_INLINE bool put(struct sim *s, struct mm_cpu_cache *pc, struct sim_slot *slot, uint32_t nr)
{
	if (UNLIKELY(!mm_fast_put(pc, nr, slot->value, slot->is.index)) &&
	    UNLIKELY(!mm_fast_free(s->m, pc, nr, slot->value)))
		return false;
	slot->is.type = SIM_OBJECT | SIM_FREED;
	return true;
}

LOOP_INLINE bool cache_alloc(struct sim *s, const struct trace_op *op, uint32_t nr)
{
	struct sim_slot *slot = empty(s, op);
	struct mm_cpu_cache *pc;

	if (UNLIKELY(op->arg >= s->nr_cache || !slot))
		return false;
	pc = sim_cache_line(s, op);
	return LIKELY(!(op->gfp & pc->special)) && take(pc, slot, nr, MM_OBJ_LIVE, 0);
}

LOOP_INLINE bool cache_free(struct sim *s, const struct trace_op *op, uint32_t nr)
{
	struct sim_slot *slot = held(s, op, SIM_OBJECT);

	if (UNLIKELY(op->arg >= s->nr_cache || !slot))
		return false;
	return put(s, sim_cache_line(s, op), slot, nr);
}

LOOP_INLINE bool kmalloc(struct sim *s, const struct trace_op *op, uint32_t nr)
{
	unsigned int index = sim_kmalloc_index(s, op);
	struct sim_slot *slot = empty(s, op);
	struct mm_cpu_cache *pc;

	if (UNLIKELY(!index || !slot))
		return false;
	pc = sim_kmalloc_line(s, op, index);
	return take(pc, slot, nr, pc->room - op->size, index);
}

/* Of an object whose kmalloc cache is known. */
LOOP_INLINE bool kfree(struct sim *s, const struct trace_op *op, uint32_t nr)
{
	struct sim_slot *slot = held(s, op, SIM_OBJECT);
	unsigned int index;

	if (UNLIKELY(!slot))
		return false;
	index = slot->is.small;
	return LIKELY(index) && put(s, sim_kmalloc_line(s, op, index), slot, nr);
}

/* ---- pages ---- */

LOOP_INLINE bool page_alloc(struct sim *s, const struct trace_op *op, uint32_t nr)
{
	struct sim_slot *slot = empty(s, op);
	pfn_t pfn;

	if (UNLIKELY(op->order || !slot))
		return false;
	pfn = mm_fast_page(s->m, op->gfp, s->cpu[op->cpu], nr, op->site, op->task);
	if (UNLIKELY(pfn == MM_NO_PFN))
		return false;
	slot->value = pfn;
	slot->is = sim_is(SIM_PAGE);
	return true;
}

LOOP_INLINE bool page_free(struct sim *s, const struct trace_op *op, uint32_t nr)
{
	struct sim_slot *slot = held(s, op, SIM_PAGE);

	if (UNLIKELY(op->order || !slot) ||
	    UNLIKELY(!mm_fast_page_free(s->m, slot->value, s->cpu[op->cpu], nr)))
		return false;
	slot->is.type = SIM_PAGE | SIM_FREED;
	return true;
}

LOOP_INLINE bool lru_add(struct sim *s, const struct trace_op *op)
{
	struct sim_slot *slot = held(s, op, SIM_PAGE);

	if (LIKELY(slot != NULL))
		mm_set_lru(s->m, slot->value, slot->is.small, true);
	return slot != NULL;
}

LOOP_INLINE bool fast(struct backend *b, const struct trace_op *op, uint64_t nr)
{
	struct sim *s = (struct sim *)b;

	switch (op->kind) {
	case TRACE_PAGE_ALLOC:
		return loop_counted(b, TRACE_PAGE_ALLOC, page_alloc(s, op, (uint32_t)nr));
	case TRACE_PAGE_FREE:
		return loop_counted(b, TRACE_PAGE_FREE, page_free(s, op, (uint32_t)nr));
	case TRACE_LRU_ADD:
		return loop_counted(b, TRACE_LRU_ADD, lru_add(s, op));
	case TRACE_KMALLOC:
		return loop_counted(b, TRACE_KMALLOC, kmalloc(s, op, (uint32_t)nr));
	case TRACE_KFREE:
		return loop_counted(b, TRACE_KFREE, kfree(s, op, (uint32_t)nr));
	case TRACE_CACHE_ALLOC:
		return loop_counted(b, TRACE_CACHE_ALLOC, cache_alloc(s, op, (uint32_t)nr));
	case TRACE_CACHE_FREE:
		return loop_counted(b, TRACE_CACHE_FREE, cache_free(s, op, (uint32_t)nr));
	case TRACE_KMAP_LOCAL:
	case TRACE_KMAP_ATOMIC:
		return loop_counted(b, op->kind, sim_map_local(s, op, nr));
	case TRACE_KUNMAP_LOCAL:
	case TRACE_KUNMAP_ATOMIC:
		return loop_counted(b, op->kind, sim_unmap_local(s, op, nr));
	default:
		return false;
	}
}

/* ---- the loop ---- */

static void fetch(const struct backend *b, uint32_t slot)
{
	__builtin_prefetch(&((const struct sim *)b)->slots[slot], 1);
}

static uint64_t due(const struct backend *b)
{
	return ((const struct sim *)b)->next_tick;
}

static void work(struct backend *b, uint64_t now)
{
	sim_tick((struct sim *)b, now);
}

/* What was done up to now belongs to no operation. */
static void begin(struct backend *b)
{
	struct sim *s = (struct sim *)b;

	sim_steps_seen(s);
	if (s->cost)
		cost_sync(s->cost);
}

LOOP_INLINE enum op_cause cause(struct backend *b)
{
	struct sim *s = (struct sim *)b;

	return UNLIKELY(sim_has_cause(s)) ? sim_cause(s) : CAUSE_FAST;
}

static void add_cost(struct backend *b, const struct trace_op *op, enum op_cause c)
{
	sim_cost((struct sim *)b, op, c);
}

static const struct loop plain = {
	.fast = fast, .any = sim_any, .fetch = fetch, .due = due, .work = work,
	.begin = begin, .cause = cause,
};

static const struct loop costly = {
	.fast = fast, .any = sim_any, .fetch = fetch, .due = due, .work = work,
	.begin = begin, .cause = cause, .done = add_cost,
};

LOOP_FN(run_off, &plain, LATENCY_OFF)
LOOP_FN(run_one, &plain, LATENCY_SAMPLED)
LOOP_FN(run_all, &plain, LATENCY_ALL)
LOOP_FN(cost_off, &costly, LATENCY_OFF)
LOOP_FN(cost_one, &costly, LATENCY_SAMPLED)
LOOP_FN(cost_all, &costly, LATENCY_ALL)

enum backend_reason sim_run(struct backend *b, const struct trace_op *ops, size_t n,
			    size_t *pos, const struct backend_stop *stop)
{
	bool cost = ((struct sim *)b)->cost != NULL;

	switch (latency_mode(b->latency)) {
	case LATENCY_SAMPLED:
		return loop_sampled(b, ops, n, pos, stop, cost ? cost_off : run_off,
				    cost ? cost_one : run_one);
	case LATENCY_ALL:
		return (cost ? cost_all : run_all)(b, ops, n, pos, stop);
	case LATENCY_OFF:
		break;
	}
	return (cost ? cost_off : run_off)(b, ops, n, pos, stop);
}
