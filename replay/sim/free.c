/* SPDX-License-Identifier: MIT
 *
 * The sim backend's tables as they grow, and every free that does not meet what
 * it expects: orphans, things whose request failed, things freed before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/sim/sim.h"

void sim_not_ok(struct sim *s, const struct trace_op *op, enum mm_outcome r)
{
	s->b.counts.outcome[r][op->kind]++;
	backend_odd(&s->b, backend_outcome_cause(r));
	if (s->failed)
		s->failed(s->failed_arg, op, s->b.counts.operations - 1, r, s->m);
}

/* ---- tables ---- */

enum { MAX_SLOTS = 1 << 28 }; /* 2 GiB of table: a trace with more live objects is damaged */

int sim_grow(struct sim *s, const char *what, void **table, uint32_t *nr, uint32_t need, size_t size)
{
	size_t n = *nr ? *nr : 1024;
	void *p;

	if (s->b.err.code) /* what went wrong first is what is told */
		return s->b.err.code;
	while (n <= need)
		n *= 2;
	p = need < MAX_SLOTS ? realloc(*table, n * size) : NULL;
	if (!p)
		return mm_fail(&s->b.err, -ENOMEM, "operation %llu: no memory for %s number %u",
			       (unsigned long long)s->b.counts.operations - 1, what, need);
	memset((char *)p + *nr * size, 0, (n - *nr) * size);
	*table = p;
	*nr = (uint32_t)n;
	return 0;
}

struct sim_slot *sim_new_slot(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
			      enum mm_outcome r, uint32_t value, struct sim_what is)
{
	void *p = s->slots;

	if (op->slot == TRACE_NO_SLOT) {
		/* The recorded kernel refused: nobody will free what this machine gave. */
		s->b.counts.recorded_failures++;
		if (r == MM_OK) {
			s->b.counts.recorded_failures_ok++;
			r = sim_free(s, op, who, value, is);
		}
		if (r != MM_OK)
			sim_not_ok(s, op, r);
		return NULL;
	}
	if (sim_grow(s, "slot", &p, &s->nr_slots, op->slot, sizeof(*s->slots)))
		return NULL;
	s->slots = p;
	return &s->slots[op->slot];
}

uint32_t *sim_scratch(struct sim *s, size_t n)
{
	if (n > s->nr_scratch) {
		uint32_t *p = realloc(s->scratch, n * sizeof(*p));

		if (!p) {
			mm_fail(&s->b.err, -ENOMEM, "operation %llu: no memory for %zu items",
				(unsigned long long)s->b.counts.operations - 1, n);
			return NULL;
		}
		s->scratch = p;
		s->nr_scratch = n;
	}
	return s->scratch;
}

/* ---- frees ---- */

enum mm_outcome sim_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
			 uint32_t value, struct sim_what is)
{
	uint32_t cache;

	switch (is.type & ~SIM_FREED) {
	case SIM_PAGE:
	case SIM_FOREIGN:
		return mm_free_pages(s->m, who, value,
				     op->kind == TRACE_PAGE_FREE ? op->order : is.small);
	case SIM_OBJECT:
		cache = op->kind == TRACE_CACHE_FREE || op->kind == TRACE_CACHE_FREE_BULK ?
			sim_cache(s, op, who) : 0;
		return cache ? mm_cache_free(s->m, who, cache, value) : mm_kfree(s->m, who, value);
	case SIM_VMALLOC:
		return mm_vfree(s->m, who, value);
	case SIM_VMAP:
		return mm_vunmap(s->m, who, value);
	case SIM_IOREMAP:
		return mm_iounmap(s->m, who, value);
	case SIM_VM_RAM:
		return mm_vm_unmap_ram(s->m, who, value, sim_vm_ram_pages(is));
	default:
		return MM_OK;
	}
}

static bool is_bulk_free(const struct trace_op *op)
{
	return op->kind == TRACE_KFREE_BULK || op->kind == TRACE_CACHE_FREE_BULK;
}

/* The freed thing was allocated before the trace: only a loaded state has it. */
static void foreign_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
			 uint32_t value, enum sim_type type)
{
	enum mm_outcome r;

	if (!s->state || value == TRACE_NO_ANSWER || type == SIM_VM_RAM) {
		s->b.counts.orphan_frees++;
		if (!is_bulk_free(op)) /* of whose items others are executed */
			s->b.counts.left_out[op->kind]++;
		backend_odd(&s->b, CAUSE_LEFT_OUT);
		return;
	}
	s->b.counts.foreign_frees++;
	r = sim_free(s, op, who, value, sim_is_pages(type, op->order));
	if (r != MM_OK)
		sim_not_ok(s, op, r);
}

void sim_odd_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
		  enum sim_type type)
{
	struct sim_slot *slot = op->slot < s->nr_slots ? &s->slots[op->slot] : NULL;
	enum mm_outcome r;

	if (!slot || slot->is.type == SIM_EMPTY) {
		foreign_free(s, op, who, op->answer, type);
	} else if (slot->is.type == SIM_FAILED) {
		slot->is.type = SIM_FAILED | SIM_FREED;
		sim_skip(s, op);
	} else if (slot->is.type == SIM_FOREIGN && type == SIM_PAGE) {
		slot->is.type |= SIM_FREED;
		foreign_free(s, op, who, slot->value, SIM_PAGE);
	} else if ((slot->is.type & ~SIM_FREED) == type) {
		/* Freed before, or of a cache that is not known: the machine judges. */
		r = sim_free(s, op, who, slot->value, slot->is);
		slot->is.type |= SIM_FREED;
		if (r != MM_OK)
			sim_not_ok(s, op, r);
	} else {
		sim_leave_out(s, op, NOT_OTHER_KIND);
	}
}

void sim_odd_page(struct sim *s, const struct trace_op *op)
{
	if (op->slot < s->nr_slots && s->slots[op->slot].is.type == SIM_FAILED)
		sim_skip(s, op);
	else
		sim_leave_out(s, op, NOT_OTHER_KIND);
}

void sim_one_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
		     enum sim_type type)
{
	struct sim_slot *slot = op->slot < s->nr_slots ? &s->slots[op->slot] : NULL;
	enum mm_outcome r;

	if (!slot || slot->is.type != type) {
		sim_odd_free(s, op, who, type);
		return;
	}
	r = sim_free(s, op, who, slot->value, slot->is);
	slot->is.type |= SIM_FREED;
	if (r != MM_OK)
		sim_not_ok(s, op, r);
}
