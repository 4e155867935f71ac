/* SPDX-License-Identifier: MIT
 *
 * The sim backend's operations outside of the hot loop: bulk requests, virtual
 * areas, the lives of caches, pages that the trace did not allocate.
 */
#include <string.h>

#include "replay/sim/sim.h"

/* ---- caches ---- */

static uint32_t find_cache(struct sim *s, const char *name)
{
	struct mm_cache_info info;
	uint32_t i;

	for (i = 0; mm_cache_info(s->m, i, &info); i++)
		if (!strcmp(info.name, name))
			return info.id;
	return 0;
}

static uint32_t make_cache(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct trace_cache t = mmt_get_cache(s->trace, op->arg);
	struct mm_cache_args a = { .name = t.name, .size = t.size, .align = t.align, .flags = t.flags };
	uint32_t id = 0;
	enum mm_outcome r;

	if (!t.size)
		return SIM_CACHE_UNKNOWN;
	r = mm_cache_create(s->m, who, &a, &id);
	if (r == MM_OK)
		return id;
	sim_not_ok(s, op, r);
	return SIM_CACHE_UNKNOWN;
}

static struct sim_cache *cache_entry(struct sim *s, const struct trace_op *op)
{
	void *p = s->cache;

	if (op->arg >= s->nr_cache) {
		if (sim_grow(s, "cache", &p, &s->nr_cache, op->arg, sizeof(*s->cache)))
			return NULL;
		s->cache = p;
	}
	return &s->cache[op->arg];
}

static void set_cache(struct sim *s, struct sim_cache *c, uint32_t id)
{
	c->id = id;
	c->cpus = mm_cache_cpus(s->m, id);
}

/* A cache that the trace uses without having made it: one of the machine's own,
 * or one that was made before the trace and is made now. */
uint32_t sim_cache(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_cache *c = cache_entry(s, op);

	if (!c)
		return 0;
	if (!c->id)
		set_cache(s, c, find_cache(s, mmt_get_cache(s->trace, op->arg).name));
	if (!c->id)
		set_cache(s, c, make_cache(s, op, who));
	if (c->id != SIM_CACHE_UNKNOWN)
		return c->id;
	if (op->kind == TRACE_CACHE_ALLOC || op->kind == TRACE_CACHE_ALLOC_BULK)
		sim_leave_out(s, op, NOT_UNKNOWN_CACHE);
	return 0;
}

static void cache_life(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_cache *c;
	enum mm_outcome r;
	uint32_t cache;

	if (op->kind == TRACE_CACHE_CREATE) {
		c = cache_entry(s, op);
		if (c)
			set_cache(s, c, make_cache(s, op, who));
		return;
	}
	cache = sim_cache(s, op, who);
	if (!cache) {
		sim_skip(s, op);
		return;
	}
	r = op->kind == TRACE_CACHE_DESTROY ? mm_cache_destroy(s->m, who, cache)
					    : mm_cache_shrink(s->m, who, cache);
	if (r != MM_OK)
		sim_not_ok(s, op, r);
	for (uint32_t i = 0; i < s->nr_cache; i++) /* whoever shared it */
		set_cache(s, &s->cache[i], s->cache[i].id);
}

/* ---- bulk ---- */

/* The items that a bulk operation really has. */
static size_t nr_items(const struct trace_op *op, size_t n)
{
	size_t i;

	for (i = 1; i < n && i <= op->size && op[i].kind == TRACE_ITEM; i++)
		;
	return i - 1;
}

/* Items got..n of op did not get what they asked for. */
static void fail_items(struct sim *s, const struct trace_op *op, size_t got, size_t n,
		       const struct mm_caller *who)
{
	size_t i;

	for (i = got; i < n; i++)
		if (op[1 + i].slot != TRACE_NO_SLOT)
			sim_hold(s, &op[1 + i], who, MM_OK, 0, SIM_FAILED);
}

static size_t page_bulk(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who)
{
	size_t items = nr_items(op, n), i;
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
		sim_hold(s, &op[1 + i], who, MM_OK, pfn[i], SIM_META(SIM_PAGE, 0, 0));
	fail_items(s, op, got, items, who);
	return 1 + items;
}

/* The engine's cache of a bulk operation, 0: none. */
static inline uint32_t bulk_cache(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	uint32_t cache = op->arg < s->nr_cache ? s->cache[op->arg].id : 0;

	return cache - 1 < SIM_CACHE_UNKNOWN - 1 ? cache : sim_cache(s, op, who);
}

static size_t cache_alloc_bulk(struct sim *s, const struct trace_op *op, size_t n,
			       const struct mm_caller *who)
{
	size_t items = nr_items(op, n), i;
	uint32_t *addr = sim_scratch(s, items);
	uint32_t cache = bulk_cache(s, op, who);
	enum mm_outcome r;

	if (!items || !addr)
		return 1 + items;
	if (!cache) {
		fail_items(s, op, 0, items, who);
		return 1 + items;
	}
	r = mm_cache_alloc_bulk(s->m, who, cache, op->gfp, (unsigned int)items, addr);
	if (r != MM_OK) {
		sim_not_ok(s, op, r);
		fail_items(s, op, 0, items, who);
		return 1 + items;
	}
	for (i = 0; i < items; i++)
		sim_hold(s, &op[1 + i], who, MM_OK, addr[i], SIM_META(SIM_OBJECT, 0, 0));
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

static size_t free_bulk(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who)
{
	size_t most = op->size < n - 1 ? op->size : n - 1, items = 0, live = 0;
	uint32_t *addr = sim_scratch(s, most);
	uint32_t cache = op->kind == TRACE_CACHE_FREE_BULK ? bulk_cache(s, op, who) : 0;
	enum mm_outcome r;

	for (; items < most && op[1 + items].kind == TRACE_ITEM; items++) {
		const struct trace_op *item = &op[1 + items];
		struct sim_slot *slot = &s->slots[item->slot];

		if (!addr)
			continue;
		if (item->slot < s->nr_slots && (slot->meta & SIM_TYPE_MASK) == SIM_OBJECT) {
			addr[live++] = slot->value;
			slot->meta |= SIM_FREED;
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

/* ---- virtual areas ---- */

/* Page slots of a vmap to frames; false: one of them is not held. */
static bool item_pfns(struct sim *s, const struct trace_op *op, size_t items, uint32_t *pfn)
{
	size_t i;

	for (i = 0; i < items; i++) {
		uint32_t slot = op[1 + i].slot, type;

		if (slot >= s->nr_slots)
			return false;
		type = s->slots[slot].meta & SIM_TYPE_MASK;
		if (type != SIM_PAGE && type != SIM_FOREIGN)
			return false;
		pfn[i] = s->slots[slot].value;
	}
	return true;
}

static size_t map_pages(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who)
{
	size_t items = nr_items(op, n);
	uint32_t *pfn = sim_scratch(s, items);
	enum mm_outcome r;
	vaddr_t addr = 0;

	if (!items || !pfn)
		return 1 + items;
	if (!item_pfns(s, op, items, pfn)) {
		sim_skip(s, op);
		sim_hold(s, op, who, MM_OK, 0, SIM_FAILED);
		return 1 + items;
	}
	if (op->kind == TRACE_VMAP) {
		r = mm_vmap(s->m, who, pfn, (unsigned int)items, &addr);
		sim_hold(s, op, who, r, addr, SIM_META(SIM_VMAP, 0, 0));
	} else {
		r = mm_vm_map_ram(s->m, who, pfn, (unsigned int)items, &addr);
		sim_hold(s, op, who, r, addr, SIM_META(SIM_VM_RAM, 0, items));
	}
	return 1 + items;
}

static void make_area(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	enum mm_outcome r;
	vaddr_t addr = 0;

	if (op->kind == TRACE_VMALLOC) {
		r = mm_vmalloc(s->m, who, op->size, op->gfp, &addr);
		sim_hold(s, op, who, r, addr, SIM_META(SIM_VMALLOC, 0, 0));
	} else {
		r = mm_ioremap(s->m, who, (paddr_t)op->arg << MM_PAGE_SHIFT, op->size, &addr);
		sim_hold(s, op, who, r, addr, SIM_META(SIM_IOREMAP, 0, 0));
	}
}

/* ---- pages that the trace did not allocate ---- */

static void page_foreign(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	if (op->order < MM_MAX_ORDER && op->answer < s->max_pfn &&
	    (1u << op->order) <= s->max_pfn - op->answer) {
		sim_hold(s, op, who, MM_OK, op->answer, SIM_META(SIM_FOREIGN, op->order, 0));
	} else {
		sim_leave_out(s, op, NOT_OUTSIDE_MACHINE);
		sim_hold(s, op, who, MM_OK, 0, SIM_FAILED);
	}
}

static void lru_add(struct sim *s, const struct trace_op *op)
{
	struct sim_slot *slot = op->slot < s->nr_slots ? &s->slots[op->slot] : NULL;
	uint32_t type = slot ? slot->meta & SIM_TYPE_MASK : SIM_EMPTY;

	if (type == SIM_PAGE || (type == SIM_FOREIGN && s->state))
		mm_set_lru(s->m, slot->value, SIM_ORDER(slot->meta), true);
	else if (type == SIM_FOREIGN)
		sim_leave_out(s, op, NOT_FOREIGN_LRU);
	else
		sim_odd_page(s, op);
}

size_t sim_rare(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who)
{
	switch (op->kind) {
	case TRACE_PAGE_BULK:
		return page_bulk(s, op, n, who);
	case TRACE_KFREE_BULK:
	case TRACE_CACHE_FREE_BULK:
		return free_bulk(s, op, n, who);
	case TRACE_CACHE_ALLOC_BULK:
		return cache_alloc_bulk(s, op, n, who);
	case TRACE_VMAP:
	case TRACE_VM_MAP_RAM:
		return map_pages(s, op, n, who);
	case TRACE_PAGE_FOREIGN:
		page_foreign(s, op, who);
		return 1;
	case TRACE_LRU_ADD:
		lru_add(s, op);
		return 1;
	case TRACE_CACHE_CREATE:
	case TRACE_CACHE_DESTROY:
	case TRACE_CACHE_SHRINK:
		cache_life(s, op, who);
		return 1;
	case TRACE_VMALLOC:
	case TRACE_IOREMAP:
		make_area(s, op, who);
		return 1;
	case TRACE_VFREE:
		sim_one_free(s, op, who, SIM_VMALLOC);
		return 1;
	case TRACE_VUNMAP:
		sim_one_free(s, op, who, SIM_VMAP);
		return 1;
	case TRACE_IOUNMAP:
		sim_one_free(s, op, who, SIM_IOREMAP);
		return 1;
	case TRACE_VM_UNMAP_RAM:
		sim_one_free(s, op, who, SIM_VM_RAM);
		return 1;
	case TRACE_UNMAP_ALIASES:
		mm_vm_unmap_aliases(s->m, who);
		return 1;
	case TRACE_DRAIN:
		mm_drain_all_pages(s->m);
		return 1;
	case TRACE_IDLE:
		mm_advance(s->m, op->time);
		return 1;
	case TRACE_MARK:
		return 1;
	case TRACE_MMAP:
	case TRACE_TOUCH:
	case TRACE_MUNMAP:
	case TRACE_EXIT:
		sim_leave_out(s, op, NOT_USER_SPACE);
		return 1;
	default:
		sim_leave_out(s, op, NOT_UNKNOWN_KIND);
		return 1 + nr_items(op, n);
	}
}
