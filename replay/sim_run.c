/* SPDX-License-Identifier: MIT
 *
 * The hot loop of the sim backend.
 *
 * One switch over the kinds; the engine is called directly.  The costs that are
 * not the engine's: one load of the slot (two words, fetched PREFETCH records
 * ahead: the table of a large trace does not fit in the cache), a compare with
 * the next stop, one counter a kind.  Whatever is not an allocation, a free or
 * a map of a live slot leaves the loop (sim_rare, sim_odd_*).
 */
#include "replay/sim.h"

/* Timed work of the kernel runs at ticks; Debian's i386 kernels have HZ = 250. */
#define TICK_NS 4000000u

/* Records ahead.  A record takes some 10-20 ns, a miss to memory some 100. */
enum { PREFETCH = 16 };

#define LIKELY(x)	__builtin_expect(!!(x), 1)
#define UNLIKELY(x)	__builtin_expect(!!(x), 0)

static inline struct sim_slot *held(struct sim *s, const struct trace_op *op, enum sim_type type)
{
	struct sim_slot *slot = &s->slots[op->slot];

	if (UNLIKELY(op->slot >= s->nr_slots) || UNLIKELY((slot->meta & SIM_TYPE_MASK) != type))
		return NULL;
	return slot;
}

static inline void freed(struct sim *s, const struct trace_op *op, struct sim_slot *slot,
			 enum mm_outcome r)
{
	slot->meta |= SIM_FREED;
	if (UNLIKELY(r != MM_OK))
		sim_not_ok(s, op, r);
}

static inline void page_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_slot *slot = held(s, op, SIM_PAGE);

	if (LIKELY(slot != NULL))
		freed(s, op, slot, mm_free_pages(s->m, who, slot->value, op->order));
	else
		sim_odd_free(s, op, who, SIM_PAGE);
}

static inline void object_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_slot *slot = held(s, op, SIM_OBJECT);
	enum mm_outcome r;

	if (UNLIKELY(!slot)) {
		sim_odd_free(s, op, who, SIM_OBJECT);
		return;
	}
	if (op->kind == TRACE_KFREE)
		r = mm_kfree(s->m, who, slot->value);
	else
		r = sim_free(s, op, who, slot->value, slot->meta);
	freed(s, op, slot, r);
}

static inline void cache_op(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	uint32_t cache = op->arg < s->nr_cache ? s->cache[op->arg] : 0;
	struct sim_slot *slot;
	vaddr_t addr = 0;

	if (UNLIKELY(cache - 1 >= SIM_CACHE_UNKNOWN - 1))
		cache = sim_cache(s, op, who);
	if (op->kind == TRACE_CACHE_ALLOC) {
		enum mm_outcome r;

		if (UNLIKELY(!cache)) {
			if (op->slot < s->nr_slots)
				s->slots[op->slot].meta = SIM_FAILED;
			return;
		}
		r = mm_cache_alloc(s->m, who, cache, op->gfp, &addr);
		sim_hold(s, op, who, r, addr, SIM_META(SIM_OBJECT, 0, 0));
		return;
	}
	slot = held(s, op, SIM_OBJECT);
	if (LIKELY(slot && cache))
		freed(s, op, slot, mm_cache_free(s->m, who, cache, slot->value));
	else
		sim_odd_free(s, op, who, SIM_OBJECT);
}

/* The frame that a map names, MM_NO_PFN if its slot holds no page. */
static inline pfn_t mapped_pfn(struct sim *s, const struct trace_op *op)
{
	const struct sim_slot *slot = &s->slots[op->slot];
	uint32_t type;

	if (UNLIKELY(op->slot >= s->nr_slots))
		return MM_NO_PFN;
	type = slot->meta & SIM_TYPE_MASK;
	if (UNLIKELY(type != SIM_PAGE && type != SIM_FOREIGN) ||
	    UNLIKELY(op->arg >> SIM_ORDER(slot->meta)))
		return MM_NO_PFN;
	return slot->value + op->arg;
}

static inline struct sim_maps *task_maps(struct sim *s, uint32_t task)
{
	return LIKELY(task < s->nr_maps) ? &s->maps[task] : sim_new_maps(s, task);
}

static inline void map_local(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_maps *maps = task_maps(s, op->task);
	pfn_t pfn = mapped_pfn(s, op);
	enum mm_outcome r;
	vaddr_t addr = 0;

	if (UNLIKELY(!maps))
		return;
	if (UNLIKELY(pfn == MM_NO_PFN)) {
		sim_odd_page(s, op);
	} else {
		r = op->kind == TRACE_KMAP_LOCAL ? mm_kmap_local(s->m, who, pfn, &addr)
						 : mm_kmap_atomic(s->m, who, pfn, &addr);
		if (UNLIKELY(r != MM_OK)) {
			addr = 0;
			sim_not_ok(s, op, r);
		}
	}
	if (LIKELY(maps->depth < 15))
		maps->addr[maps->depth] = addr;
	maps->depth++;
}

static inline void unmap_local(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_maps *maps = task_maps(s, op->task);
	enum mm_outcome r;
	vaddr_t addr;

	if (UNLIKELY(!maps))
		return;
	if (LIKELY(maps->depth)) {
		maps->depth--;
		addr = maps->depth < 15 ? maps->addr[maps->depth] : 0;
		if (UNLIKELY(!addr)) {
			s->b.counts.skipped[op->kind]++;
			return;
		}
	} else {
		addr = mm_kmap_local_top(s->m, op->task); /* of a loaded state */
		if (!addr) {
			sim_leave_out(s, op, NOT_NO_MAPPING);
			return;
		}
	}
	r = op->kind == TRACE_KUNMAP_LOCAL ? mm_kunmap_local(s->m, who, addr)
					   : mm_kunmap_atomic(s->m, who, addr);
	if (UNLIKELY(r != MM_OK))
		sim_not_ok(s, op, r);
}

static inline void map_high(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	pfn_t pfn = mapped_pfn(s, op);
	enum mm_outcome r;
	vaddr_t addr;

	if (UNLIKELY(pfn == MM_NO_PFN)) {
		sim_odd_page(s, op);
		return;
	}
	r = op->kind == TRACE_KMAP ? mm_kmap(s->m, who, pfn, &addr) : mm_kunmap(s->m, who, pfn);
	if (UNLIKELY(r != MM_OK))
		sim_not_ok(s, op, r);
}

/* One operation; how many records it takes. */
static inline size_t execute(struct sim *s, const struct trace_op *op, size_t n,
			     const struct mm_caller *who)
{
	enum mm_outcome r;
	uint32_t value = 0;

	switch (op->kind) {
	case TRACE_PAGE_ALLOC:
		r = mm_alloc_pages(s->m, who, op->gfp, op->order, &value);
		sim_hold(s, op, who, r, value, SIM_META(SIM_PAGE, op->order, 0));
		return 1;
	case TRACE_PAGE_FREE:
		page_free(s, op, who);
		return 1;
	case TRACE_KMALLOC:
		r = mm_kmalloc(s->m, who, op->size, op->gfp, &value);
		sim_hold(s, op, who, r, value, SIM_META(SIM_OBJECT, 0, 0));
		return 1;
	case TRACE_KFREE:
		object_free(s, op, who);
		return 1;
	case TRACE_CACHE_ALLOC:
	case TRACE_CACHE_FREE:
		cache_op(s, op, who);
		return 1;
	case TRACE_KMAP_LOCAL:
	case TRACE_KMAP_ATOMIC:
		map_local(s, op, who);
		return 1;
	case TRACE_KUNMAP_LOCAL:
	case TRACE_KUNMAP_ATOMIC:
		unmap_local(s, op, who);
		return 1;
	case TRACE_KMAP:
	case TRACE_KUNMAP:
		map_high(s, op, who);
		return 1;
	default:
		return sim_rare(s, op, n, who);
	}
}

/* Timed work that has become due. */
static void tick(struct sim *s, uint64_t now)
{
	mm_advance(s->m, now);
	s->next_tick = now - now % TICK_NS + TICK_NS;
}

static inline uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

enum backend_reason sim_run(struct backend *b, const struct trace_op *ops, size_t n,
			    size_t *pos, const struct backend_stop *stop)
{
	struct sim *s = (struct sim *)b;
	uint64_t limit = earlier(stop->time, s->next_tick);
	uint64_t done = b->counts.operations;
	enum backend_reason reason = BACKEND_BATCH_END;
	struct mm_caller who;
	size_t i = *pos;

	while (i < n) {
		const struct trace_op *op = &ops[i];

		if (UNLIKELY(op->time >= limit)) {
			if (op->time >= stop->time) {
				reason = BACKEND_TIME;
				break;
			}
			tick(s, op->time);
			limit = earlier(stop->time, s->next_tick);
		}
		if (UNLIKELY(done == stop->operations)) {
			reason = BACKEND_OPERATIONS;
			break;
		}
		if (LIKELY(i + PREFETCH < n))
			__builtin_prefetch(&s->slots[ops[i + PREFETCH].slot], 1);
		who.op = (uint32_t)done++;
		who.task = op->task;
		who.site = op->site;
		who.cpu = s->cpu[op->cpu];
		who.context = op->ctx;
		b->counts.operations = done;
		b->counts.kind[op->kind & TRACE_KIND_MAX]++;
		i += execute(s, op, n - i, &who);
		if (UNLIKELY(op->kind == TRACE_MARK)) {
			reason = BACKEND_MARK;
			break;
		}
		if (UNLIKELY(b->err.code)) {
			reason = BACKEND_ERROR;
			break;
		}
	}
	*pos = i;
	return reason;
}
