/* SPDX-License-Identifier: MIT
 *
 * The sim backend's bulk operations.
 *
 * A bulk allocation of objects is what it is in the kernel: one request after the
 * other, and if one fails all go back together (Linux 6.1 kmem_cache_alloc_bulk).
 * Most objects come from the CPU's slab without a call and go directly to their
 * slots.
 */
#include "replay/sim/sim.h"

/* Items got..n of op did not get what they asked for. */
static void fail_items(struct sim *s, const struct trace_op *op, size_t got, size_t n,
		       const struct mm_caller *who)
{
	size_t i;

	for (i = got; i < n; i++)
		if (op[1 + i].slot != TRACE_NO_SLOT)
			sim_hold(s, &op[1 + i], who, MM_OK, 0, sim_is(SIM_FAILED));
}

size_t sim_page_bulk(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who)
{
	size_t items = sim_items(op, n), i;
	uint32_t *pfn = sim_scratch(s, items);
	unsigned int got = 0;
	enum mm_outcome r;

	if (!items || !pfn)
		return 1 + items;
	r = mm_alloc_pages_bulk(s->m, who, op->gfp, (unsigned int)items, pfn, &got);
	if (r != MM_OK)
		sim_not_ok(s, op, r);
	else if (got < items)
		s->b.counts.bulk_short++;
	for (i = 0; i < got; i++)
		sim_hold(s, &op[1 + i], who, MM_OK, pfn[i], sim_is(SIM_PAGE));
	fail_items(s, op, got, items, who);
	return 1 + items;
}

/* got objects, all that there are, go back as they do in the kernel. */
static void give_up(struct sim *s, const struct trace_op *op, size_t got, size_t items,
		    const vaddr_t *addr, uint32_t cache, enum mm_outcome r, const struct mm_caller *who)
{
	if (got)
		mm_cache_free_bulk(s->m, who, cache, (unsigned int)got, addr);
	sim_not_ok(s, op, r);
	fail_items(s, op, 0, items, who);
}

/* Items from..items one by one, by the engine: the CPU's slab is used up, the request
 * a special one, or a slot of one of them not just empty.  All are taken, then held;
 * those before have their slots. */
static void take_then_hold(struct sim *s, const struct trace_op *op, size_t from, size_t items,
			   uint32_t cache, const struct mm_caller *who)
{
	struct mm_cpu_cache *pc = sim_cache_line(s, op);
	vaddr_t *addr = sim_scratch(s, items);
	size_t i;

	if (!addr)
		return;
	for (i = 0; i < from; i++)
		addr[i] = s->slots[op[1 + i].slot].value;
	for (; i < items; i++) {
		enum mm_outcome r = mm_cache_alloc(s->m, who, cache, op->gfp, &addr[i]);

		if (r != MM_OK) {
			for (size_t k = 0; k < from; k++)
				s->slots[op[1 + k].slot].is = sim_is(SIM_EMPTY);
			give_up(s, op, i, items, addr, cache, r, who);
			return;
		}
	}
	for (i = from; i < items; i++)
		sim_hold(s, &op[1 + i], who, MM_OK, addr[i],
			 sim_is_object(mm_fast_index(pc, addr[i]), 0));
}

size_t sim_alloc_bulk(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who)
{
	size_t most = op->size < n - 1 ? op->size : n - 1, i = 0, items;
	uint32_t cache = sim_known_cache(s, op, who), nr = who->op, nr_slots = s->nr_slots;
	struct sim_slot *slots = s->slots;
	struct mm_cpu_cache *pc;
	struct mm_fast_run run;

	if (!cache) {
		items = sim_items(op, n);
		fail_items(s, op, 0, items, who);
		return 1 + items;
	}
	pc = sim_cache_line(s, op);
	if (op->gfp & pc->special)
		most = 0;
	for (mm_fast_begin(pc, &run); i < most && op[1 + i].kind == TRACE_ITEM; i++) {
		uint32_t to = op[1 + i].slot;
		unsigned int index;

		if (to >= nr_slots || sim_is_held(&slots[to]))
			break;
		index = mm_fast_next(&run, nr, &slots[to].value);
		if (index == MM_OBJ_NIL)
			break;
		slots[to].is = sim_is_object(index, 0);
	}
	mm_fast_end(pc, &run);
	if (i == op->size)
		return 1 + i;
	items = sim_items(op, n);
	if (i < items)
		take_then_hold(s, op, i, items, cache, who);
	return 1 + items;
}

/* An item stands for a free of its own: as the bulk operation's kind says. */
static void odd_item(struct sim *s, const struct trace_op *op, const struct trace_op *item,
		     const struct mm_caller *who)
{
	struct trace_op one = *op;

	one.slot = item->slot;
	one.answer = item->answer;
	sim_odd_free(s, &one, who, SIM_OBJECT);
}

/* A single object of a cache, in its only item: as a free of its own, if that is
 * all that there is to it. */
static inline bool free_one(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_slot *slot = &s->slots[op[1].slot];
	struct mm_cpu_cache *pc;

	if (op->kind != TRACE_CACHE_FREE_BULK || op->arg >= s->nr_cache || op[1].slot >= s->nr_slots ||
	    slot->is.type != SIM_OBJECT)
		return false;
	pc = sim_cache_line(s, op);
	if (!mm_fast_put(pc, who->op, slot->value, slot->is.index) &&
	    !mm_fast_free(s->m, pc, who->op, slot->value))
		return false;
	slot->is.type |= SIM_FREED;
	return true;
}

size_t sim_free_bulk(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who)
{
	size_t most = op->size < n - 1 ? op->size : n - 1, items = 0, live = 0;
	uint32_t *addr = sim_scratch(s, most);
	uint32_t cache = op->kind == TRACE_CACHE_FREE_BULK ? sim_known_cache(s, op, who) : 0;
	enum mm_outcome r;

	if (most == 1 && op[1].kind == TRACE_ITEM && free_one(s, op, who))
		return 2;
	for (; items < most && op[1 + items].kind == TRACE_ITEM; items++) {
		const struct trace_op *item = &op[1 + items];
		struct sim_slot *slot = &s->slots[item->slot];

		if (!addr)
			continue;
		if (item->slot < s->nr_slots && slot->is.type == SIM_OBJECT) {
			addr[live++] = slot->value;
			slot->is.type |= SIM_FREED;
		} else {
			odd_item(s, op, item, who);
		}
	}
	if (!live)
		return 1 + items;
	r = cache ? mm_cache_free_bulk(s->m, who, cache, (unsigned int)live, addr)
		  : mm_kfree_bulk(s->m, who, (unsigned int)live, addr);
	if (r != MM_OK)
		sim_not_ok(s, op, r);
	return 1 + items;
}
