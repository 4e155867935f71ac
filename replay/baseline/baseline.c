/* SPDX-License-Identifier: MIT
 *
 * The baselines' tables, and the operations that call no allocator: orphans,
 * second frees, maps, marks.  Everything is counted as the sim backend counts
 * it, but for what a host allocator cannot see: the order that a free names,
 * the cache that it names, and whether a mapped page is held.
 */
#include "replay/baseline/baseline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SLOTS = 1 << 28, MAX_CACHES = 1 << 20 };

struct baseline *baseline_open(size_t size, const struct backend_ops *ops, const struct baseline_heap *heap,
			       const struct backend_setup *setup, struct mm_error *err)
{
	struct baseline *b;

	if (setup->state) {
		mm_fail(err, -EINVAL, "backend %s: found a state to start from, expected none: a host "
			"allocator cannot start in the middle of a machine's life", ops->name);
		return NULL;
	}
	b = calloc(1, size);
	if (b)
		b->slots = backend_slots(setup, sizeof(*b->slots), &b->nr_slots);
	if (!b || !b->slots) {
		free(b);
		mm_fail(err, -ENOMEM, "no memory for the replay's tables");
		return NULL;
	}
	b->b.ops = ops;
	b->heap = heap;
	b->how = (setup->zero ? BASELINE_ZERO : 0) | (setup->touch ? BASELINE_TOUCH : 0);
	b->cache_line = setup->machine->cache_line ? setup->machine->cache_line : 64;
	b->trace = setup->trace;
	b->failed = setup->failed;
	b->failed_arg = setup->failed_arg;
	b->b.latency = setup->latency;
	return b;
}

static void give_back(struct baseline *b, struct baseline_slot *slot)
{
	uint32_t type = slot->meta & BASELINE_TYPE_MASK;

	if (type == BASELINE_PAGE || type == BASELINE_OBJECT || type == BASELINE_VMALLOC)
		b->heap->free(slot->p, slot->size, BASELINE_LG_ALIGN(slot->meta));
}

void baseline_close(struct baseline *b)
{
	size_t i;

	for (i = 0; i < b->nr_slots; i++)
		give_back(b, &b->slots[i]);
	for (i = 0; i < b->nr_lost; i++)
		give_back(b, &b->lost[i]);
	for (i = 0; i < b->nr_facts; i++)
		free(b->fact[i].value);
	free(b->slots);
	free(b->lost);
	free(b->cache);
	free(b);
}

void baseline_fact(struct baseline *b, const char *key, const char *value)
{
	char *copy = b->nr_facts < BASELINE_MAX_FACTS ? strdup(value) : NULL;

	if (copy)
		b->fact[b->nr_facts++] = (struct backend_fact){ key, copy };
}

const struct backend_fact *baseline_facts(struct backend *b, size_t *n)
{
	*n = ((struct baseline *)b)->nr_facts;
	return ((struct baseline *)b)->fact;
}

struct mm_machine *baseline_machine(struct backend *b)
{
	(void)b;
	return NULL;
}

void baseline_advance(struct backend *b, uint64_t now_ns)
{
	(void)b;
	(void)now_ns;
}

void baseline_sample(struct baseline *b, struct sample *s)
{
	int k;

	s->v[SAMPLE_requested_bytes] = b->requested;
	for (k = 0; k <= TRACE_KIND_MAX; k++)
		s->v[SAMPLE_failures] += b->b.counts.outcome[MM_FAIL][k];
}

void baseline_not_ok(struct baseline *b, const struct trace_op *op, enum mm_outcome r)
{
	b->b.counts.outcome[r][op->kind & TRACE_KIND_MAX]++;
	backend_odd(&b->b, backend_outcome_cause(r));
	if (b->failed)
		b->failed(b->failed_arg, op, b->b.counts.operations - 1, r, NULL);
}

/* ---- tables ---- */

static int grow(struct baseline *b, const char *what, void **table, uint32_t *nr, uint32_t need,
		uint32_t most, size_t size)
{
	size_t n = *nr ? *nr : 64;
	void *p;

	while (n <= need)
		n *= 2;
	p = need < most ? realloc(*table, n * size) : NULL;
	if (!p)
		return mm_fail(&b->b.err, -ENOMEM, "operation %llu: no memory for %s number %u",
			       (unsigned long long)b->b.counts.operations - 1, what, need);
	memset((char *)p + *nr * size, 0, (n - *nr) * size);
	*table = p;
	*nr = (uint32_t)n;
	return 0;
}

bool baseline_grow(struct baseline *b, uint32_t slot)
{
	void *p = b->slots;

	if (grow(b, "slot", &p, &b->nr_slots, slot, MAX_SLOTS, sizeof(*b->slots)))
		return false;
	b->slots = p;
	return true;
}

void baseline_lose(struct baseline *b, struct baseline_slot *slot)
{
	b->b.counts.slots_lost++;
	if (b->nr_lost == b->cap_lost) {
		size_t cap = b->cap_lost ? 2 * b->cap_lost : 64;
		void *p = realloc(b->lost, cap * sizeof(*b->lost));

		if (!p) {
			mm_fail(&b->b.err, -ENOMEM, "operation %llu: no memory for what was not freed",
				(unsigned long long)b->b.counts.operations - 1);
			return;
		}
		b->lost = p;
		b->cap_lost = cap;
	}
	b->lost[b->nr_lost++] = *slot;
}

/* The kernel's alignment of a cache's objects (Linux 6.1 mm/slab_common.c
 * calculate_alignment): a cache line, halved while the object still fits twice. */
static uint32_t lg_alignment(const struct trace_cache *t, uint32_t line)
{
	uint32_t align = t->align, lg = 0;

	if (t->flags & TRACE_CACHE_HWALIGN) {
		while (line > 1 && t->size <= line / 2)
			line /= 2;
		if (align < line)
			align = line;
	}
	while (lg < BASELINE_LG_PAGE && 1u << lg < align)
		lg++;
	return lg;
}

const struct baseline_cache *baseline_new_cache(struct baseline *b, const struct trace_op *op)
{
	struct trace_cache t = mmt_get_cache(b->trace, op->arg);
	void *p = b->cache;

	if (!t.size) {
		baseline_leave_out(b, op, NOT_UNKNOWN_CACHE);
		return NULL;
	}
	if (op->arg >= b->nr_cache) {
		if (grow(b, "cache", &p, &b->nr_cache, op->arg, MAX_CACHES, sizeof(*b->cache)))
			return NULL;
		b->cache = p;
	}
	b->cache[op->arg] = (struct baseline_cache){ t.size, lg_alignment(&t, b->cache_line) };
	return &b->cache[op->arg];
}

/* ---- what calls no allocator ---- */

/* The operation is on something whose request failed. */
static void skip(struct baseline *b, const struct trace_op *op)
{
	b->b.counts.skipped[op->kind]++;
	backend_odd(&b->b, CAUSE_LEFT_OUT);
}

static void orphan(struct baseline *b, const struct trace_op *op)
{
	b->b.counts.orphan_frees++;
	backend_odd(&b->b, CAUSE_LEFT_OUT);
	if (op->kind != TRACE_KFREE_BULK && op->kind != TRACE_CACHE_FREE_BULK)
		b->b.counts.left_out[op->kind]++;
}

void baseline_odd_free(struct baseline *b, const struct trace_op *op, uint32_t nr,
		       enum baseline_type type)
{
	struct baseline_slot *slot = nr < b->nr_slots ? &b->slots[nr] : NULL;

	if (!slot || slot->meta == BASELINE_EMPTY) {
		orphan(b, op);
	} else if ((slot->meta & 0xf) == BASELINE_FAILED) {
		skip(b, op);
	} else if ((slot->meta & BASELINE_TYPE_MASK) == BASELINE_FOREIGN && type == BASELINE_PAGE) {
		slot->meta |= BASELINE_FREED;
		orphan(b, op);
	} else if (slot->meta & BASELINE_FREED && (slot->meta & 0xf) == (uint32_t)type) {
		baseline_not_ok(b, op, MM_MISUSE);
	} else {
		baseline_leave_out(b, op, NOT_OTHER_KIND);
	}
}

void baseline_hold_none(struct baseline *b, uint32_t nr, enum baseline_type type)
{
	struct baseline_slot *slot;

	if (nr == TRACE_NO_SLOT || (nr >= b->nr_slots && !baseline_grow(b, nr)))
		return;
	slot = &b->slots[nr];
	if (baseline_is_held(slot))
		baseline_lose(b, slot);
	*slot = (struct baseline_slot){ NULL, 0, BASELINE_META(type, 0) };
}

static void unmap(struct baseline *b, const struct trace_op *op, enum baseline_type type)
{
	if (op->slot < b->nr_slots && (b->slots[op->slot].meta & BASELINE_TYPE_MASK) == (uint32_t)type)
		b->slots[op->slot].meta |= BASELINE_FREED;
	else
		baseline_odd_free(b, op, op->slot, type);
}

static void lru_add(struct baseline *b, const struct trace_op *op)
{
	uint32_t meta = op->slot < b->nr_slots ? b->slots[op->slot].meta : BASELINE_EMPTY;

	switch (meta & BASELINE_TYPE_MASK) {
	case BASELINE_PAGE:
		return;
	case BASELINE_FAILED:
		skip(b, op);
		return;
	case BASELINE_FOREIGN:
		baseline_leave_out(b, op, NOT_FOREIGN_LRU);
		return;
	default:
		baseline_leave_out(b, op, NOT_OTHER_KIND);
	}
}

/* A page request of an order that does not exist. */
static void no_such_order(struct baseline *b, const struct trace_op *op)
{
	baseline_hold_none(b, op->slot, BASELINE_FAILED);
	baseline_not_ok(b, op, MM_FAIL);
}

size_t baseline_rare(struct baseline *b, const struct trace_op *op, size_t n)
{
	switch (op->kind) {
	case TRACE_PAGE_ALLOC:
		no_such_order(b, op);
		return 1;
	case TRACE_PAGE_FOREIGN:
		baseline_hold_none(b, op->slot, BASELINE_FOREIGN);
		return 1;
	case TRACE_VMAP:
		baseline_hold_none(b, op->slot, BASELINE_VMAP);
		return 1 + baseline_items(op, n);
	case TRACE_VM_MAP_RAM:
		baseline_hold_none(b, op->slot, BASELINE_VM_RAM);
		return 1 + baseline_items(op, n);
	case TRACE_IOREMAP:
		baseline_hold_none(b, op->slot, BASELINE_IOREMAP);
		return 1;
	case TRACE_VUNMAP:
		unmap(b, op, BASELINE_VMAP);
		return 1;
	case TRACE_VM_UNMAP_RAM:
		unmap(b, op, BASELINE_VM_RAM);
		return 1;
	case TRACE_IOUNMAP:
		unmap(b, op, BASELINE_IOREMAP);
		return 1;
	case TRACE_LRU_ADD:
		lru_add(b, op);
		return 1;
	case TRACE_CACHE_CREATE:
	case TRACE_CACHE_DESTROY:
	case TRACE_CACHE_SHRINK:
	case TRACE_UNMAP_ALIASES:
	case TRACE_DRAIN:
	case TRACE_IDLE:
	case TRACE_MARK:
		return 1;
	case TRACE_MMAP:
	case TRACE_TOUCH:
	case TRACE_MUNMAP:
	case TRACE_EXIT:
		baseline_leave_out(b, op, NOT_USER_SPACE);
		return 1;
	default:
		baseline_leave_out(b, op, NOT_UNKNOWN_KIND);
		return 1 + baseline_items(op, n);
	}
}
