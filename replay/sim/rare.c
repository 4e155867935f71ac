/* SPDX-License-Identifier: MIT
 *
 * The sim backend's operations outside of the hot loop: virtual areas, pages
 * that the trace did not allocate.
 */
#include "replay/sim/sim.h"

/* ---- virtual areas ---- */

/* Page slots of a vmap to frames; false: one of them is not held. */
static bool item_pfns(struct sim *s, const struct trace_op *op, size_t items, uint32_t *pfn)
{
	size_t i;

	for (i = 0; i < items; i++) {
		uint32_t slot = op[1 + i].slot, type;

		if (slot >= s->nr_slots)
			return false;
		type = s->slots[slot].is.type;
		if (type != SIM_PAGE && type != SIM_FOREIGN)
			return false;
		pfn[i] = s->slots[slot].value;
	}
	return true;
}

static size_t map_pages(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who)
{
	size_t items = sim_items(op, n);
	uint32_t *pfn = sim_scratch(s, items);
	enum mm_outcome r;
	vaddr_t addr = 0;

	if (!items || !pfn)
		return 1 + items;
	if (!item_pfns(s, op, items, pfn)) {
		sim_skip(s, op);
		sim_hold(s, op, who, MM_OK, 0, sim_is(SIM_FAILED));
		return 1 + items;
	}
	if (op->kind == TRACE_VMAP) {
		r = mm_vmap(s->m, who, pfn, (unsigned int)items, &addr);
		sim_hold(s, op, who, r, addr, sim_is(SIM_VMAP));
	} else {
		r = mm_vm_map_ram(s->m, who, pfn, (unsigned int)items, &addr);
		sim_hold(s, op, who, r, addr, sim_is_vm_ram((uint32_t)items));
	}
	return 1 + items;
}

static void make_area(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	enum mm_outcome r;
	vaddr_t addr = 0;

	if (op->kind == TRACE_VMALLOC) {
		r = mm_vmalloc(s->m, who, op->size, op->gfp, &addr);
		sim_hold(s, op, who, r, addr, sim_is(SIM_VMALLOC));
	} else {
		r = mm_ioremap(s->m, who, (paddr_t)op->arg << MM_PAGE_SHIFT, op->size, &addr);
		sim_hold(s, op, who, r, addr, sim_is(SIM_IOREMAP));
	}
}

/* ---- pages that the trace did not allocate ---- */

static void page_foreign(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	if (op->order < MM_MAX_ORDER && op->answer < s->max_pfn &&
	    (1u << op->order) <= s->max_pfn - op->answer) {
		sim_hold(s, op, who, MM_OK, op->answer, sim_is_pages(SIM_FOREIGN, op->order));
	} else {
		sim_leave_out(s, op, NOT_OUTSIDE_MACHINE);
		sim_hold(s, op, who, MM_OK, 0, sim_is(SIM_FAILED));
	}
}

static void lru_add(struct sim *s, const struct trace_op *op)
{
	struct sim_slot *slot = op->slot < s->nr_slots ? &s->slots[op->slot] : NULL;
	uint32_t type = slot ? slot->is.type : SIM_EMPTY;

	if (type == SIM_PAGE || (type == SIM_FOREIGN && s->state))
		mm_set_lru(s->m, slot->value, slot->is.small, true);
	else if (type == SIM_FOREIGN)
		sim_leave_out(s, op, NOT_FOREIGN_LRU);
	else
		sim_odd_page(s, op);
}

size_t sim_rare(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who)
{
	switch (op->kind) {
	case TRACE_PAGE_BULK:
		return sim_page_bulk(s, op, n, who);
	case TRACE_VMAP:
	case TRACE_VM_MAP_RAM:
		return map_pages(s, op, n, who);
	case TRACE_KMAP:
	case TRACE_KUNMAP:
	case TRACE_KMAP_LOCAL:
	case TRACE_KUNMAP_LOCAL:
	case TRACE_KMAP_ATOMIC:
	case TRACE_KUNMAP_ATOMIC:
		sim_map_any(s, op, who);
		return 1;
	case TRACE_PAGE_FOREIGN:
		page_foreign(s, op, who);
		return 1;
	case TRACE_LRU_ADD:
		lru_add(s, op);
		return 1;
	case TRACE_CACHE_CREATE:
	case TRACE_CACHE_DESTROY:
	case TRACE_CACHE_SHRINK:
		sim_cache_life(s, op, who);
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
		return 1 + sim_items(op, n);
	}
}
