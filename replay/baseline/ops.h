/* SPDX-License-Identifier: MIT
 *
 * The baselines' operations.  BASELINE_RUN() compiles them into each backend with a
 * constant struct baseline_heap and the loop that all backends share (loop.h):
 * the allocator is called directly, and the tests of `how` and of the latency mode
 * vanish where they are constants.
 */
#ifndef REPLAY_BASELINE_OPS_H
#define REPLAY_BASELINE_OPS_H

#include <errno.h>

#include "replay/baseline/baseline.h"
#include "replay/loop.h"

#define BL_INLINE	LOOP_INLINE
#define BL_LIKELY(x)	LOOP_LIKELY(x)
#define BL_UNLIKELY(x)	LOOP_UNLIKELY(x)

/* The first word of the memory, and of each page of it: the least that a kernel
 * user does to it.  A run that touches can afford to look at the alignment. */
static inline void bl_touch(struct baseline *b, char *p, size_t size, unsigned int lg_align)
{
	size_t i;

	if ((uintptr_t)p & (((uintptr_t)1 << lg_align) - 1))
		mm_fail(&b->b.err, -EFAULT, "operation %llu: found %zu bytes at %p, expected them aligned to %u",
			(unsigned long long)b->b.counts.operations - 1, size, (void *)p, 1u << lg_align);
	for (i = 0; i < size; i += 1u << BASELINE_LG_PAGE)
		*(volatile char *)(p + i) = 1;
}

/* Memory of size bytes into the slot, which holds none.  False: there is none, and
 * the slot is as it was. */
BL_INLINE bool bl_fill(struct baseline *b, const struct trace_op *op, struct baseline_slot *slot,
		       size_t size, unsigned int lg_align, enum baseline_type type,
		       const struct baseline_heap *h, unsigned int how)
{
	bool zero = (how & BASELINE_ZERO) && (op->gfp & MM_GFP_ZERO);
	void *p = size <= UINT32_MAX ? h->alloc(size, lg_align, zero) : NULL;

	if (BL_UNLIKELY(!p))
		return false;
	if (how & BASELINE_TOUCH)
		bl_touch(b, p, size, lg_align);
	slot->p = p;
	slot->size = (uint32_t)size;
	slot->meta = BASELINE_META(type, lg_align);
	b->requested += size;
	return true;
}

BL_INLINE void bl_release(struct baseline *b, struct baseline_slot *slot, const struct baseline_heap *h)
{
	slot->meta |= BASELINE_FREED;
	b->requested -= slot->size;
	h->free(slot->p, slot->size, BASELINE_LG_ALIGN(slot->meta));
}

BL_INLINE const struct baseline_cache *bl_cache(struct baseline *b, const struct trace_op *op)
{
	if (BL_LIKELY(op->arg < b->nr_cache && b->cache[op->arg].size))
		return &b->cache[op->arg];
	return NULL;
}

/* ---- the frequent operations as they mostly go ---- */

/* Memory for a slot that exists and holds none. */
BL_INLINE bool bl_take(struct baseline *b, const struct trace_op *op, size_t size,
		       unsigned int lg_align, enum baseline_type type, const struct baseline_heap *h,
		       unsigned int how)
{
	struct baseline_slot *slot = &b->slots[op->slot];

	if (BL_UNLIKELY(op->slot >= b->nr_slots) || BL_UNLIKELY(baseline_is_held(slot)))
		return false;
	return bl_fill(b, op, slot, size, lg_align, type, h, how);
}

BL_INLINE bool bl_put(struct baseline *b, const struct trace_op *op, enum baseline_type type,
		      const struct baseline_heap *h)
{
	struct baseline_slot *slot = &b->slots[op->slot];

	if (BL_UNLIKELY(op->slot >= b->nr_slots) ||
	    BL_UNLIKELY((slot->meta & BASELINE_TYPE_MASK) != (uint32_t)type))
		return false;
	bl_release(b, slot, h);
	return true;
}

BL_INLINE bool bl_take_object(struct baseline *b, const struct trace_op *op,
			      const struct baseline_heap *h, unsigned int how)
{
	const struct baseline_cache *c = bl_cache(b, op);

	return BL_LIKELY(c != NULL) && bl_take(b, op, c->size, c->lg_align, BASELINE_OBJECT, h, how);
}

/* A map, for which a host has no window: nothing is done, whatever the options. */
BL_INLINE bool bl_map(struct backend *backend, const struct trace_op *op)
{
	switch (op->kind) {
	case TRACE_KMAP:
	case TRACE_KUNMAP:
	case TRACE_KMAP_LOCAL:
	case TRACE_KUNMAP_LOCAL:
	case TRACE_KMAP_ATOMIC:
	case TRACE_KUNMAP_ATOMIC:
		return loop_counted(backend, op->kind, true);
	default:
		return false;
	}
}

BL_INLINE bool bl_fast(struct backend *backend, const struct trace_op *op,
		       const struct baseline_heap *h, unsigned int how)
{
	struct baseline *b = (struct baseline *)backend;

	switch (op->kind) {
	case TRACE_PAGE_ALLOC:
		return loop_counted(backend, TRACE_PAGE_ALLOC, BL_LIKELY(op->order < MM_MAX_ORDER) &&
				    bl_take(b, op, (size_t)1 << (BASELINE_LG_PAGE + op->order),
					    BASELINE_LG_PAGE, BASELINE_PAGE, h, how));
	case TRACE_PAGE_FREE:
		return loop_counted(backend, TRACE_PAGE_FREE, bl_put(b, op, BASELINE_PAGE, h));
	case TRACE_KMALLOC:
		return loop_counted(backend, TRACE_KMALLOC,
				    bl_take(b, op, op->size ? op->size : 1, 0, BASELINE_OBJECT, h, how));
	case TRACE_CACHE_ALLOC:
		return loop_counted(backend, TRACE_CACHE_ALLOC, bl_take_object(b, op, h, how));
	case TRACE_KFREE:
		return loop_counted(backend, TRACE_KFREE, bl_put(b, op, BASELINE_OBJECT, h));
	case TRACE_CACHE_FREE:
		return loop_counted(backend, TRACE_CACHE_FREE, bl_put(b, op, BASELINE_OBJECT, h));
	default:
		return bl_map(backend, op);
	}
}

/* ---- all operations, whatever they meet ---- */

/* Something new stands in the slot. */
static inline struct baseline_slot *bl_slot(struct baseline *b, uint32_t nr)
{
	struct baseline_slot *slot;

	if (nr >= b->nr_slots && !baseline_grow(b, nr))
		return NULL;
	slot = &b->slots[nr];
	if (baseline_is_held(slot))
		baseline_lose(b, slot);
	return slot;
}

/* Memory of size bytes goes into slot nr.  False: there was none. */
static inline bool bl_alloc(struct baseline *b, const struct trace_op *op, uint32_t nr, size_t size,
			    unsigned int lg_align, enum baseline_type type,
			    const struct baseline_heap *h, unsigned int how)
{
	struct baseline_slot *slot;
	void *p;

	if (nr == TRACE_NO_SLOT) {
		/* The recorded kernel refused: nobody will free this. */
		b->b.counts.recorded_failures++;
		p = h->alloc(size, lg_align, (how & BASELINE_ZERO) && (op->gfp & MM_GFP_ZERO));
		if (!p)
			return false;
		b->b.counts.recorded_failures_ok++;
		h->free(p, size, lg_align);
		return true;
	}
	slot = bl_slot(b, nr);
	if (!slot)
		return true;	/* b->b.err ends the run */
	if (bl_fill(b, op, slot, size, lg_align, type, h, how))
		return true;
	slot->meta = BASELINE_FAILED;
	return false;
}

static inline void bl_one(struct baseline *b, const struct trace_op *op, size_t size,
			  unsigned int lg_align, enum baseline_type type,
			  const struct baseline_heap *h, unsigned int how)
{
	if (!bl_alloc(b, op, op->slot, size, lg_align, type, h, how))
		baseline_not_ok(b, op, MM_FAIL);
}

static inline void bl_free(struct baseline *b, const struct trace_op *op, uint32_t nr,
			   enum baseline_type type, const struct baseline_heap *h)
{
	struct baseline_slot *slot = &b->slots[nr];

	if (BL_UNLIKELY(nr >= b->nr_slots) ||
	    BL_UNLIKELY((slot->meta & BASELINE_TYPE_MASK) != (uint32_t)type))
		baseline_odd_free(b, op, nr, type);
	else
		bl_release(b, slot, h);
}

static inline const struct baseline_cache *bl_any_cache(struct baseline *b, const struct trace_op *op)
{
	const struct baseline_cache *c = bl_cache(b, op);

	return c ? c : baseline_new_cache(b, op);
}

static inline void bl_cache_alloc(struct baseline *b, const struct trace_op *op,
				  const struct baseline_heap *h, unsigned int how)
{
	const struct baseline_cache *c = bl_any_cache(b, op);

	if (c)
		bl_one(b, op, c->size, c->lg_align, BASELINE_OBJECT, h, how);
	else
		baseline_hold_none(b, op->slot, BASELINE_FAILED);
}

/* n pages or objects, one allocation each: neither allocator has a bulk call
 * that fills an array from one size class. */
static inline size_t bl_alloc_bulk(struct baseline *b, const struct trace_op *op, size_t n,
			       const struct baseline_heap *h, unsigned int how)
{
	static const struct baseline_cache page = { 1u << BASELINE_LG_PAGE, BASELINE_LG_PAGE };
	bool pages = op->kind == TRACE_PAGE_BULK, ok = true;
	const struct baseline_cache *c = pages ? &page : bl_any_cache(b, op);
	size_t items = baseline_items(op, n), i;

	for (i = 1; i <= items; i++) {
		if (BL_LIKELY(c && ok))
			ok = bl_alloc(b, op, op[i].slot, c->size, c->lg_align,
				      pages ? BASELINE_PAGE : BASELINE_OBJECT, h, how);
		else
			baseline_hold_none(b, op[i].slot, BASELINE_FAILED);
	}
	if (BL_UNLIKELY(!ok))
		baseline_not_ok(b, op, MM_FAIL);
	return 1 + items;
}

static inline size_t bl_free_bulk(struct baseline *b, const struct trace_op *op, size_t n,
			      const struct baseline_heap *h)
{
	size_t items = baseline_items(op, n), i;

	for (i = 1; i <= items; i++)
		bl_free(b, op, op[i].slot, BASELINE_OBJECT, h);
	return 1 + items;
}

/* As loop.any. */
BL_INLINE size_t bl_any(struct backend *backend, const struct trace_op *op, size_t n,
			const struct baseline_heap *h)
{
	struct baseline *b = (struct baseline *)backend;
	unsigned int how = b->how;

	switch (op->kind) {
	case TRACE_PAGE_ALLOC:
		if (op->order >= MM_MAX_ORDER)
			return baseline_rare(b, op, n);
		bl_one(b, op, (size_t)1 << (BASELINE_LG_PAGE + op->order), BASELINE_LG_PAGE,
		       BASELINE_PAGE, h, how);
		return 1;
	case TRACE_PAGE_FREE:
		bl_free(b, op, op->slot, BASELINE_PAGE, h);
		return 1;
	case TRACE_KMALLOC:
		bl_one(b, op, op->size ? op->size : 1, 0, BASELINE_OBJECT, h, how);
		return 1;
	case TRACE_KFREE:
	case TRACE_CACHE_FREE:
		bl_free(b, op, op->slot, BASELINE_OBJECT, h);
		return 1;
	case TRACE_CACHE_ALLOC:
		bl_cache_alloc(b, op, h, how);
		return 1;
	case TRACE_PAGE_BULK:
	case TRACE_CACHE_ALLOC_BULK:
		return bl_alloc_bulk(b, op, n, h, how);
	case TRACE_KFREE_BULK:
	case TRACE_CACHE_FREE_BULK:
		return bl_free_bulk(b, op, n, h);
	case TRACE_VMALLOC:
		bl_one(b, op, ((size_t)op->size + !op->size + 4095) & ~(size_t)4095,
		       BASELINE_LG_PAGE, BASELINE_VMALLOC, h, how);
		return 1;
	case TRACE_VFREE:
		bl_free(b, op, op->slot, BASELINE_VMALLOC, h);
		return 1;
	default:
		return baseline_rare(b, op, n);
	}
}

/* ---- the loops ---- */

static inline void bl_fetch(const struct backend *b, uint32_t slot)
{
	__builtin_prefetch(&((const struct baseline *)b)->slots[slot], 1);
}

static inline void bl_begin(struct backend *b)
{
	b->odd = CAUSE_ANY;
}

LOOP_INLINE enum op_cause bl_cause(struct backend *b)
{
	enum op_cause c = b->odd;

	b->odd = CAUSE_ANY;
	return c;
}

/* Defines NAME, a struct backend_ops.run, with its loops on the constant heap. */
#define BASELINE_RUN(name, heap) \
	BL_INLINE bool name##_fast_plain(struct backend *b, const struct trace_op *op, uint64_t nr) \
	{ \
		(void)nr; \
		return bl_fast(b, op, heap, 0); \
	} \
	BL_INLINE bool name##_fast_memory(struct backend *b, const struct trace_op *op, uint64_t nr) \
	{ \
		unsigned int how = ((struct baseline *)b)->how; \
		\
		(void)nr; /* touching can find an error, which ends the loop after any */ \
		return how & BASELINE_TOUCH ? bl_map(b, op) : bl_fast(b, op, heap, how); \
	} \
	static size_t name##_any(struct backend *b, const struct trace_op *op, size_t n) \
	{ \
		return bl_any(b, op, n, heap); \
	} \
	static const struct loop name##_plain = { \
		.fast = name##_fast_plain, .any = name##_any, .fetch = bl_fetch, \
		.begin = bl_begin, .cause = bl_cause, \
	}; \
	static const struct loop name##_memory = { \
		.fast = name##_fast_memory, .any = name##_any, .fetch = bl_fetch, \
		.begin = bl_begin, .cause = bl_cause, \
	}; \
	LOOP_FN(name##_off, &name##_plain, LATENCY_OFF) \
	LOOP_FN(name##_off_memory, &name##_memory, LATENCY_OFF) \
	LOOP_FN(name##_one, &name##_memory, LATENCY_SAMPLED) \
	LOOP_FN(name##_all, &name##_memory, LATENCY_ALL) \
	static enum backend_reason name(struct backend *b, const struct trace_op *op, size_t n, \
					size_t *pos, const struct backend_stop *stop) \
	{ \
		loop_fn *off = ((struct baseline *)b)->how ? name##_off_memory : name##_off; \
		\
		if (latency_mode(b->latency) == LATENCY_SAMPLED) \
			return loop_sampled(b, op, n, pos, stop, off, name##_one); \
		return (latency_mode(b->latency) == LATENCY_ALL ? name##_all : off)(b, op, n, pos, stop); \
	}

#endif
