/* SPDX-License-Identifier: MIT
 *
 * baseline: a trace on a real allocator of the host, for comparison with the
 * simulated machine.  Internal to replay/baseline/: jemalloc.c and libc.c name
 * the allocator's functions, ops.h is the operations that both compile for
 * themselves (so that the allocator is called directly), baseline.c the tables and
 * whatever calls no allocator.
 *
 * What a request becomes (docs/baselines.md says why): pages an allocation of
 * 4096 << order bytes aligned to 4096, vmalloc one of whole pages, kmalloc its
 * size, a cache's object its size at the cache's alignment.  Maps (kmap, vmap,
 * ioremap) are nothing: a host has no such window.  Memory is not written
 * unless the run asks for it.
 *
 * No free can harm the allocator: only what a slot holds is freed, once.
 */
#ifndef REPLAY_BASELINE_H
#define REPLAY_BASELINE_H

#include "replay/backend.h"

enum baseline_type {
	BASELINE_EMPTY,
	BASELINE_FAILED,	/* the request got nothing: what follows is skipped */
	BASELINE_PAGE,
	BASELINE_FOREIGN,	/* a page allocated before the trace: no memory */
	BASELINE_OBJECT,	/* kmalloc or cache object */
	BASELINE_VMALLOC,
	BASELINE_VMAP, BASELINE_IOREMAP, BASELINE_VM_RAM, /* maps: no memory */
};

#define BASELINE_FREED		0x80000000u	/* a second free is seen, and not executed */
#define BASELINE_TYPE_MASK	(BASELINE_FREED | 0xfu)
#define BASELINE_META(type, lg_align) ((uint32_t)(type) | (uint32_t)(lg_align) << 4)
#define BASELINE_LG_ALIGN(meta)	((meta) >> 4 & 0xfu)

struct baseline_slot {
	void *p;		/* NULL: holds no memory */
	uint32_t size;		/* bytes asked for */
	uint32_t meta;
};

/* What the allocator is called for.  A backend hands a constant of this to
 * ops.h, where the compiler puts the functions in place. */
struct baseline_heap {
	/* NULL when there is no memory; lg_align 0: whatever malloc guarantees. */
	void *(*alloc)(size_t size, unsigned int lg_align, bool zero);
	void (*free)(void *p, size_t size, unsigned int lg_align);
};

struct baseline_cache {
	uint32_t size;		/* 0: not known, or not met yet */
	uint32_t lg_align;
};

enum { BASELINE_ZERO = 1, BASELINE_TOUCH = 2 };

enum { BASELINE_LG_PAGE = 12, BASELINE_MAX_FACTS = 8 };

struct baseline {
	struct backend b;
	const struct baseline_heap *heap;
	struct baseline_slot *slots;
	uint32_t nr_slots;
	unsigned int how;		/* BASELINE_ZERO | BASELINE_TOUCH */
	uint64_t requested;		/* bytes of what is held */
	struct baseline_cache *cache;	/* by the trace's cache id */
	uint32_t nr_cache;
	uint32_t cache_line;		/* of the machine: SLAB_HWCACHE_ALIGN */
	struct baseline_slot *lost;	/* what stood in slots that were given anew */
	size_t nr_lost, cap_lost;
	const struct mmt_reader *trace;
	backend_failed_fn *failed;
	void *failed_arg;
	struct backend_fact fact[BASELINE_MAX_FACTS];
	size_t nr_facts;
};

/* Open a baseline of `size` bytes (its own state behind struct baseline).  NULL and
 * a sentence on error. */
struct baseline *baseline_open(size_t size, const struct backend_ops *ops, const struct baseline_heap *heap,
			       const struct backend_setup *setup, struct mm_error *err);

/* Give back everything that is held, then the tables. */
void baseline_close(struct baseline *b);

/* A fact for run.json; beyond BASELINE_MAX_FACTS it is dropped. */
void baseline_fact(struct baseline *b, const char *key, const char *value);
/* struct backend_ops.facts */
const struct backend_fact *baseline_facts(struct backend *b, size_t *n);

/* struct backend_ops.machine and .advance of what is no machine. */
struct mm_machine *baseline_machine(struct backend *b);
void baseline_advance(struct backend *b, uint64_t now_ns);

/* The columns that every baseline fills in the same way. */
void baseline_sample(struct baseline *b, struct sample *s);

/* The operation did not end in ok: count it and tell the caller. */
void baseline_not_ok(struct baseline *b, const struct trace_op *op, enum mm_outcome r);

static inline void baseline_leave_out(struct baseline *b, const struct trace_op *op,
				      enum not_replayed why)
{
	b->b.counts.not_replayed[why]++;
	b->b.counts.left_out[op->kind & TRACE_KIND_MAX]++;
	backend_odd(&b->b, CAUSE_LEFT_OUT);
}

/* The slot table grows to hold the slot; false: out of memory (b->b.err). */
bool baseline_grow(struct baseline *b, uint32_t slot);

/* Does it hold something that was not freed?  (One compare: a freed one is negative.) */
static inline bool baseline_is_held(const struct baseline_slot *slot)
{
	return (int32_t)slot->meta > BASELINE_FAILED;
}

/* The slot's memory was not freed and another takes its place. */
void baseline_lose(struct baseline *b, struct baseline_slot *slot);

/* The slot holds something without memory: a map, a foreign page, a failure. */
void baseline_hold_none(struct baseline *b, uint32_t slot, enum baseline_type type);

/* A free of what is not held as it should be: orphan, failed before, freed
 * before, something else. */
void baseline_odd_free(struct baseline *b, const struct trace_op *op, uint32_t slot,
		       enum baseline_type type);

/* Size and alignment of a cache, from the trace; NULL: not known (counted). */
const struct baseline_cache *baseline_new_cache(struct baseline *b, const struct trace_op *op);

/* What neither allocates nor frees; returns the records it takes. */
size_t baseline_rare(struct baseline *b, const struct trace_op *op, size_t n);

/* The items that a bulk operation really has. */
static inline size_t baseline_items(const struct trace_op *op, size_t n)
{
	size_t i;

	for (i = 1; i < n && i <= op->size && op[i].kind == TRACE_ITEM; i++)
		;
	return i - 1;
}

#endif
