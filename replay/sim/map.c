/* SPDX-License-Identifier: MIT
 *
 * The sim backend's maps of pages: kmap, kmap_local, kmap_atomic and their ends.
 *
 * A trace names the page by its slot, and an unmap of a local mapping by nothing:
 * it ends the task's last one.  So each task has a small stack of addresses.
 */
#include "replay/sim/sim.h"

/* The frame that a map names, MM_NO_PFN if its slot holds no page. */
static inline pfn_t mapped_pfn(struct sim *s, const struct trace_op *op)
{
	const struct sim_slot *slot = &s->slots[op->slot];
	uint32_t type;

	if (op->slot >= s->nr_slots)
		return MM_NO_PFN;
	type = slot->is.type;
	if ((type != SIM_PAGE && type != SIM_FOREIGN) || op->arg >> slot->is.small)
		return MM_NO_PFN;
	return slot->value + op->arg;
}

static inline struct sim_maps *task_maps(struct sim *s, uint32_t task)
{
	return task < s->nr_maps ? &s->maps[task] : NULL;
}

static inline void push(struct sim_maps *maps, vaddr_t addr)
{
	if (maps->depth < SIM_MAPS)
		maps->addr[maps->depth] = addr;
	maps->depth++;
}

static inline enum mm_outcome map(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
				  pfn_t pfn, vaddr_t *addr)
{
	return op->kind == TRACE_KMAP_LOCAL ? mm_kmap_local(s->m, who, pfn, addr)
					    : mm_kmap_atomic(s->m, who, pfn, addr);
}

static inline enum mm_outcome unmap(struct sim *s, const struct trace_op *op,
				    const struct mm_caller *who, vaddr_t addr)
{
	return op->kind == TRACE_KUNMAP_LOCAL ? mm_kunmap_local(s->m, who, addr)
					      : mm_kunmap_atomic(s->m, who, addr);
}

/* Called by the hot loop, which has not counted operation nr yet. */
static __attribute__((noinline)) void not_ok(struct sim *s, const struct trace_op *op, uint64_t nr,
					     enum mm_outcome r)
{
	s->b.counts.operations = nr + 1;
	sim_not_ok(s, op, r);
}

bool sim_map_local(struct sim *s, const struct trace_op *op, uint64_t nr)
{
	struct sim_maps *maps = task_maps(s, op->task);
	pfn_t pfn = mapped_pfn(s, op);
	struct mm_caller who;
	enum mm_outcome r;
	vaddr_t addr = 0;

	if (!maps || pfn == MM_NO_PFN)
		return false;
	r = map(s, op, sim_who(s, op, (uint32_t)nr, &who), pfn, &addr);
	push(maps, r == MM_OK ? addr : 0);
	if (r != MM_OK)
		not_ok(s, op, nr, r);
	return true;
}

bool sim_unmap_local(struct sim *s, const struct trace_op *op, uint64_t nr)
{
	struct sim_maps *maps = task_maps(s, op->task);
	struct mm_caller who;
	enum mm_outcome r;

	if (!maps || maps->depth - 1 >= SIM_MAPS || !maps->addr[maps->depth - 1])
		return false;
	maps->depth--;
	r = unmap(s, op, sim_who(s, op, (uint32_t)nr, &who), maps->addr[maps->depth]);
	if (r != MM_OK)
		not_ok(s, op, nr, r);
	return true;
}

static struct sim_maps *new_maps(struct sim *s, uint32_t task)
{
	void *p = s->maps;

	if (sim_grow(s, "task", &p, &s->nr_maps, task, sizeof(*s->maps)))
		return NULL;
	s->maps = p;
	return &s->maps[task];
}

static void map_odd(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
		    struct sim_maps *maps)
{
	pfn_t pfn = mapped_pfn(s, op);
	enum mm_outcome r;
	vaddr_t addr = 0;

	if (pfn == MM_NO_PFN) {
		sim_odd_page(s, op);
	} else {
		r = map(s, op, who, pfn, &addr);
		if (r != MM_OK) {
			addr = 0;
			sim_not_ok(s, op, r);
		}
	}
	push(maps, addr);
}

/* The end of a mapping that was not made, that lies too deep to be known, or that
 * a loaded state has. */
static void unmap_odd(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
		      struct sim_maps *maps)
{
	enum mm_outcome r;
	vaddr_t addr;

	if (maps->depth) {
		maps->depth--;
		sim_skip(s, op);
		return;
	}
	addr = mm_kmap_local_top(s->m, op->task);
	if (!addr) {
		sim_leave_out(s, op, NOT_NO_MAPPING);
		return;
	}
	r = unmap(s, op, who, addr);
	if (r != MM_OK)
		sim_not_ok(s, op, r);
}

static void map_high(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	pfn_t pfn = mapped_pfn(s, op);
	enum mm_outcome r;
	vaddr_t addr;

	if (pfn == MM_NO_PFN) {
		sim_odd_page(s, op);
		return;
	}
	r = op->kind == TRACE_KMAP ? mm_kmap(s->m, who, pfn, &addr) : mm_kunmap(s->m, who, pfn);
	if (r != MM_OK)
		sim_not_ok(s, op, r);
}

void sim_map_any(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_maps *maps;

	if (op->kind == TRACE_KMAP || op->kind == TRACE_KUNMAP) {
		map_high(s, op, who);
		return;
	}
	maps = task_maps(s, op->task);
	if (!maps)
		maps = new_maps(s, op->task);
	if (!maps)
		return;
	if (op->kind == TRACE_KMAP_LOCAL || op->kind == TRACE_KMAP_ATOMIC)
		map_odd(s, op, who, maps);
	else
		unmap_odd(s, op, who, maps);
}
