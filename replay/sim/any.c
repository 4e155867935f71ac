/* SPDX-License-Identifier: MIT
 *
 * The sim backend's operations outside of the hot loop, whatever they are: the
 * frequent kinds when they do not go as they mostly do, and all others
 * (rare.c).  After each of these the loop asks anew when timed work comes:
 * here is all that can make work for kswapd or for the purge of vmap areas.
 */
#include "replay/sim/sim.h"

/* Timed work of the kernel runs at ticks; Debian's i386 kernels have HZ = 250. */
#define TICK_NS 4000000u

static inline uint64_t next_tick(uint64_t now)
{
	return now - now % TICK_NS + TICK_NS;
}

void sim_tick(struct sim *s, uint64_t now)
{
	mm_advance(s->m, now);
	s->next_tick = *s->next_work ? *s->next_work : next_tick(now);
}

static struct sim_slot *held(struct sim *s, const struct trace_op *op, enum sim_type type)
{
	struct sim_slot *slot = op->slot < s->nr_slots ? &s->slots[op->slot] : NULL;

	return slot && slot->is.type == type ? slot : NULL;
}

static void freed(struct sim *s, const struct trace_op *op, struct sim_slot *slot, enum mm_outcome r)
{
	slot->is.type |= SIM_FREED;
	if (r != MM_OK)
		sim_not_ok(s, op, r);
}

static void page_alloc(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	pfn_t pfn = MM_NO_PFN;
	enum mm_outcome r = mm_alloc_pages(s->m, who, op->gfp, op->order, &pfn);

	sim_hold(s, op, who, r, pfn, sim_is_pages(SIM_PAGE, op->order));
}

static void page_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_slot *slot = held(s, op, SIM_PAGE);

	if (slot)
		freed(s, op, slot, mm_free_pages(s->m, who, slot->value, op->order));
	else
		sim_odd_free(s, op, who, SIM_PAGE);
}

/* Where the hot loop will look for the object when it is freed. */
static struct sim_what object_at(vaddr_t addr, const struct mm_cpu_cache *pc, unsigned int kmalloc)
{
	return sim_is_object(pc ? mm_fast_index(pc, addr) : MM_OBJ_NIL, kmalloc);
}

static void kmalloc(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	unsigned int index = sim_kmalloc_index(s, op);
	const struct mm_cpu_cache *pc = index ? sim_kmalloc_line(s, op, index) : NULL;
	vaddr_t addr = 0;
	enum mm_outcome r = mm_kmalloc(s->m, who, op->size, op->gfp, &addr);

	sim_hold(s, op, who, r, addr, object_at(addr, pc, index));
}

static void kfree(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_slot *slot = held(s, op, SIM_OBJECT);

	if (slot)
		freed(s, op, slot, mm_kfree(s->m, who, slot->value));
	else
		sim_odd_free(s, op, who, SIM_OBJECT);
}

static void cache_alloc(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	uint32_t cache = sim_known_cache(s, op, who);
	enum mm_outcome r;
	vaddr_t addr = 0;

	if (!cache) {
		if (op->slot != TRACE_NO_SLOT)
			sim_hold(s, op, who, MM_OK, 0, sim_is(SIM_FAILED));
		return;
	}
	r = mm_cache_alloc(s->m, who, cache, op->gfp, &addr);
	sim_hold(s, op, who, r, addr, object_at(addr, sim_cache_line(s, op), 0));
}

static void cache_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	uint32_t cache = sim_known_cache(s, op, who);
	struct sim_slot *slot = held(s, op, SIM_OBJECT);

	if (slot && cache)
		freed(s, op, slot, mm_cache_free(s->m, who, cache, slot->value));
	else
		sim_odd_free(s, op, who, SIM_OBJECT);
}

size_t sim_any(struct backend *b, const struct trace_op *op, size_t n)
{
	struct sim *s = (struct sim *)b;
	struct mm_caller who;
	size_t records = 1;

	sim_who(s, op, (uint32_t)(b->counts.operations - 1), &who);
	switch (op->kind) {
	case TRACE_PAGE_ALLOC:
		page_alloc(s, op, &who);
		break;
	case TRACE_PAGE_FREE:
		page_free(s, op, &who);
		break;
	case TRACE_KMALLOC:
		kmalloc(s, op, &who);
		break;
	case TRACE_KFREE:
		kfree(s, op, &who);
		break;
	case TRACE_CACHE_ALLOC:
		cache_alloc(s, op, &who);
		break;
	case TRACE_CACHE_FREE:
		cache_free(s, op, &who);
		break;
	case TRACE_CACHE_ALLOC_BULK:
		records = sim_alloc_bulk(s, op, n, &who);
		break;
	case TRACE_CACHE_FREE_BULK:
	case TRACE_KFREE_BULK:
		records = sim_free_bulk(s, op, n, &who);
		break;
	default:
		records = sim_rare(s, op, n, &who);
	}
	if (!*s->next_work)	/* the next tick is soon enough */
		s->next_tick = next_tick(op->time);
	return records;
}
