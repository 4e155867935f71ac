/* SPDX-License-Identifier: MIT
 *
 * The hot loop of the baselines.  BASELINE_RUN() compiles it into each backend
 * with a constant struct baseline_heap: the allocator is called directly, and
 * the tests of `how` and of the latency mode vanish where they are constants.
 *
 * Its own costs are those of the simulated machine's loop (sim/run.c), so that
 * a ratio of the two compares allocators: a load of the slot, fetched PREFETCH
 * records ahead, a compare with the next stop, a counter a kind.
 */
#ifndef REPLAY_BASELINE_OPS_H
#define REPLAY_BASELINE_OPS_H

#include <errno.h>

#include "replay/baseline/baseline.h"
#include "replay/latency.h"

#define BL_INLINE	static inline __attribute__((always_inline))
#define BL_LIKELY(x)	__builtin_expect(!!(x), 1)
#define BL_UNLIKELY(x)	__builtin_expect(!!(x), 0)

enum { BL_PREFETCH = 16 };

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

/* Something new stands in the slot. */
BL_INLINE struct baseline_slot *bl_slot(struct baseline *b, uint32_t nr)
{
	struct baseline_slot *slot;

	if (BL_UNLIKELY(nr >= b->nr_slots) && !baseline_grow(b, nr))
		return NULL;
	slot = &b->slots[nr];
	if (BL_UNLIKELY((slot->meta & BASELINE_TYPE_MASK) >= BASELINE_PAGE &&
			!(slot->meta & BASELINE_FREED)))
		baseline_lose(b, slot);
	return slot;
}

/* Memory of size bytes goes into slot nr.  False: there was none. */
BL_INLINE bool bl_alloc(struct baseline *b, const struct trace_op *op, uint32_t nr, size_t size,
			unsigned int lg_align, enum baseline_type type,
			const struct baseline_heap *h, unsigned int how)
{
	bool zero = (how & BASELINE_ZERO) && (op->gfp & MM_GFP_ZERO);
	struct baseline_slot *slot;
	void *p;

	if (BL_UNLIKELY(nr == TRACE_NO_SLOT)) {
		/* The recorded kernel refused: nobody will free this. */
		b->b.counts.recorded_failures++;
		p = h->alloc(size, lg_align, zero);
		if (!p)
			return false;
		b->b.counts.recorded_failures_ok++;
		h->free(p, size, lg_align);
		return true;
	}
	slot = bl_slot(b, nr);
	if (BL_UNLIKELY(!slot))
		return true;	/* b->b.err ends the run */
	p = size <= UINT32_MAX ? h->alloc(size, lg_align, zero) : NULL;
	if (BL_UNLIKELY(!p)) {
		slot->meta = BASELINE_FAILED;
		return false;
	}
	if (how & BASELINE_TOUCH)
		bl_touch(b, p, size, lg_align);
	slot->p = p;
	slot->size = (uint32_t)size;
	slot->meta = BASELINE_META(type, lg_align);
	b->requested += size;
	return true;
}

BL_INLINE void bl_one(struct baseline *b, const struct trace_op *op, size_t size,
		      unsigned int lg_align, enum baseline_type type,
		      const struct baseline_heap *h, unsigned int how)
{
	if (BL_UNLIKELY(!bl_alloc(b, op, op->slot, size, lg_align, type, h, how)))
		baseline_not_ok(b, op, MM_FAIL);
}

BL_INLINE void bl_free(struct baseline *b, const struct trace_op *op, uint32_t nr,
		       enum baseline_type type, const struct baseline_heap *h)
{
	struct baseline_slot *slot = &b->slots[nr];

	if (BL_UNLIKELY(nr >= b->nr_slots) ||
	    BL_UNLIKELY((slot->meta & BASELINE_TYPE_MASK) != (uint32_t)type)) {
		baseline_odd_free(b, op, nr, type);
		return;
	}
	slot->meta |= BASELINE_FREED;
	b->requested -= slot->size;
	h->free(slot->p, slot->size, BASELINE_LG_ALIGN(slot->meta));
}

BL_INLINE const struct baseline_cache *bl_cache(struct baseline *b, const struct trace_op *op)
{
	if (BL_LIKELY(op->arg < b->nr_cache && b->cache[op->arg].size))
		return &b->cache[op->arg];
	return baseline_new_cache(b, op);
}

BL_INLINE void bl_cache_alloc(struct baseline *b, const struct trace_op *op,
			      const struct baseline_heap *h, unsigned int how)
{
	const struct baseline_cache *c = bl_cache(b, op);

	if (BL_LIKELY(c != NULL))
		bl_one(b, op, c->size, c->lg_align, BASELINE_OBJECT, h, how);
	else
		baseline_hold_none(b, op->slot, BASELINE_FAILED);
}

/* n pages or objects, one allocation each: neither allocator has a bulk call
 * that fills an array from one size class. */
BL_INLINE size_t bl_alloc_bulk(struct baseline *b, const struct trace_op *op, size_t n,
			       const struct baseline_heap *h, unsigned int how)
{
	static const struct baseline_cache page = { 1u << BASELINE_LG_PAGE, BASELINE_LG_PAGE };
	bool pages = op->kind == TRACE_PAGE_BULK, ok = true;
	const struct baseline_cache *c = pages ? &page : bl_cache(b, op);
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

BL_INLINE size_t bl_free_bulk(struct baseline *b, const struct trace_op *op, size_t n,
			      const struct baseline_heap *h)
{
	size_t items = baseline_items(op, n), i;

	for (i = 1; i <= items; i++)
		bl_free(b, op, op[i].slot, BASELINE_OBJECT, h);
	return 1 + items;
}

/* One operation; how many records it takes. */
BL_INLINE size_t bl_execute(struct baseline *b, const struct trace_op *op, size_t n,
			    const struct baseline_heap *h, unsigned int how)
{
	switch (op->kind) {
	case TRACE_PAGE_ALLOC:
		if (BL_UNLIKELY(op->order >= MM_MAX_ORDER))
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
	case TRACE_KMAP:
	case TRACE_KUNMAP:
	case TRACE_KMAP_LOCAL:
	case TRACE_KUNMAP_LOCAL:
	case TRACE_KMAP_ATOMIC:
	case TRACE_KUNMAP_ATOMIC:
		return 1;
	default:
		return baseline_rare(b, op, n);
	}
}

/* The loop; mode and how are constants where the backend's speed is measured. */
BL_INLINE enum backend_reason bl_loop(struct baseline *b, const struct trace_op *ops, size_t n,
				      size_t *pos, const struct backend_stop *stop,
				      const struct baseline_heap *h, unsigned int how,
				      enum latency_mode mode)
{
	uint64_t done = b->b.counts.operations;
	enum backend_reason reason = BACKEND_BATCH_END;
	struct latency *l = b->b.latency;
	struct latency_timer timer;
	size_t i = *pos;

	b->b.odd = CAUSE_ANY;
	latency_start(l, &timer, mode);
	while (i < n) {
		const struct trace_op *op = &ops[i];

		if (BL_UNLIKELY(op->time >= stop->time)) {
			reason = BACKEND_TIME;
			break;
		}
		if (BL_UNLIKELY(done == stop->operations)) {
			reason = BACKEND_OPERATIONS;
			break;
		}
		if (BL_LIKELY(i + BL_PREFETCH < n))
			__builtin_prefetch(&b->slots[ops[i + BL_PREFETCH].slot], 1);
		latency_before(l, &timer, mode);
		b->b.counts.operations = ++done;
		b->b.counts.kind[op->kind & TRACE_KIND_MAX]++;
		i += bl_execute(b, op, n - i, h, how);
		latency_after(l, &timer, mode);
		if (mode != LATENCY_OFF) {
			latency_count(l, &timer, mode, op->kind, b->b.odd);
			b->b.odd = CAUSE_ANY;
		}
		if (BL_UNLIKELY(op->kind == TRACE_MARK)) {
			reason = BACKEND_MARK;
			break;
		}
		if (BL_UNLIKELY(b->b.err.code)) {
			reason = BACKEND_ERROR;
			break;
		}
	}
	*pos = i;
	return reason;
}

typedef enum backend_reason baseline_run_fn(struct baseline *b, const struct trace_op *op, size_t n,
					    size_t *pos, const struct backend_stop *stop);

/* The loop without measuring (run) up to the next operation of the sample, then
 * that one (one). */
static inline enum backend_reason bl_sampled(struct baseline *b, const struct trace_op *op, size_t n,
					     size_t *pos, const struct backend_stop *stop,
					     baseline_run_fn *run, baseline_run_fn *one)
{
	struct latency *l = b->b.latency;
	struct backend_stop here = *stop;
	enum backend_reason reason;

	for (;;) {
		here.operations = stop->operations < l->next ? stop->operations : l->next;
		reason = run(b, op, n, pos, &here);
		if (reason != BACKEND_OPERATIONS || here.operations == stop->operations)
			return reason;
		here.operations++;
		reason = one(b, op, n, pos, &here);
		latency_draw(l, here.operations);
		if (reason != BACKEND_OPERATIONS)
			return reason;
	}
}

/* One of the loops that BASELINE_RUN compiles. */
#define BASELINE_LOOP(name, heap, how, mode) \
	static enum backend_reason name(struct baseline *b, const struct trace_op *op, size_t n, \
					size_t *pos, const struct backend_stop *stop) \
	{ \
		return bl_loop(b, op, n, pos, stop, heap, how, mode); \
	}

/* Defines NAME, a struct backend_ops.run, with its loops on the constant heap. */
#define BASELINE_RUN(name, heap) \
	BASELINE_LOOP(name##_plain, heap, 0, LATENCY_OFF) \
	BASELINE_LOOP(name##_memory, heap, b->how, LATENCY_OFF) \
	BASELINE_LOOP(name##_one, heap, b->how, LATENCY_SAMPLED) \
	BASELINE_LOOP(name##_all, heap, b->how, LATENCY_ALL) \
	static enum backend_reason name(struct backend *backend, const struct trace_op *op, size_t n, \
					size_t *pos, const struct backend_stop *stop) \
	{ \
		struct baseline *b = (struct baseline *)backend; \
		baseline_run_fn *run = b->how ? name##_memory : name##_plain; \
		\
		if (latency_mode(backend->latency) == LATENCY_SAMPLED) \
			return bl_sampled(b, op, n, pos, stop, run, name##_one); \
		if (latency_mode(backend->latency) == LATENCY_ALL) \
			run = name##_all; \
		return run(b, op, n, pos, stop); \
	}

#endif
