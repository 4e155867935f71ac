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
#include <string.h>

#include "replay/sim/sim.h"

/* Site and task stand together, in this order, in both: one load, one store. */
_Static_assert(offsetof(struct mm_caller, task) == offsetof(struct mm_caller, site) + 4 &&
	       offsetof(struct trace_op, task) == offsetof(struct trace_op, site) + 4,
	       "site and task are copied together");

/* Timed work of the kernel runs at ticks; Debian's i386 kernels have HZ = 250. */
#define TICK_NS 4000000u

/* Records ahead.  A record takes some 10-20 ns, a miss to memory some 100. */
enum { PREFETCH = 16 };

#define LIKELY(x)	__builtin_expect(!!(x), 1)
#define UNLIKELY(x)	__builtin_expect(!!(x), 0)

LATENCY_INLINE struct sim_slot *held(struct sim *s, const struct trace_op *op, enum sim_type type)
{
	struct sim_slot *slot = &s->slots[op->slot];

	if (UNLIKELY(op->slot >= s->nr_slots) || UNLIKELY((slot->meta & SIM_TYPE_MASK) != type))
		return NULL;
	return slot;
}

LATENCY_INLINE void freed(struct sim *s, const struct trace_op *op, struct sim_slot *slot,
			 enum mm_outcome r)
{
	slot->meta |= SIM_FREED;
	if (UNLIKELY(r != MM_OK))
		sim_not_ok(s, op, r);
}

LATENCY_INLINE void page_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_slot *slot = held(s, op, SIM_PAGE);

	if (LIKELY(slot != NULL))
		freed(s, op, slot, mm_free_pages(s->m, who, slot->value, op->order));
	else
		sim_odd_free(s, op, who, SIM_PAGE);
}

/* False: not a page of this replay's. */
LATENCY_INLINE bool lru_add(struct sim *s, const struct trace_op *op)
{
	struct sim_slot *slot = held(s, op, SIM_PAGE);

	if (LIKELY(slot != NULL))
		mm_set_lru(s->m, slot->value, SIM_ORDER(slot->meta), true);
	return slot != NULL;
}

LATENCY_INLINE void object_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct sim_slot *slot = held(s, op, SIM_OBJECT);

	if (LIKELY(slot != NULL))
		freed(s, op, slot, mm_kfree(s->m, who, slot->value));
	else
		sim_odd_free(s, op, who, SIM_OBJECT);
}

/* Whatever is not the common case of a cache's object. */
static __attribute__((noinline)) void cache_alloc_any(struct sim *s, const struct trace_op *op,
						      const struct mm_caller *who)
{
	uint32_t cache = sim_cache(s, op, who);
	enum mm_outcome r;
	vaddr_t addr = 0;

	if (UNLIKELY(!cache)) {
		if (op->slot < s->nr_slots)
			s->slots[op->slot].meta = SIM_FAILED;
		return;
	}
	r = mm_cache_alloc(s->m, who, cache, op->gfp, &addr);
	sim_hold(s, op, who, r, addr, SIM_META(SIM_OBJECT, 0, 0));
}

static __attribute__((noinline)) void cache_free_any(struct sim *s, const struct trace_op *op,
						     const struct mm_caller *who)
{
	uint32_t cache = sim_cache(s, op, who);
	struct sim_slot *slot = held(s, op, SIM_OBJECT);

	if (LIKELY(slot && cache))
		freed(s, op, slot, mm_cache_free(s->m, who, cache, slot->value));
	else
		sim_odd_free(s, op, who, SIM_OBJECT);
}

/* This CPU's line of the operation's cache, NULL: not known. */
LATENCY_INLINE struct mm_cpu_cache *cache_line(struct sim *s, const struct trace_op *op)
{
	struct mm_cpu_cache *cpus;

	if (UNLIKELY(op->arg >= s->nr_cache))
		return NULL;
	cpus = s->cache[op->arg].cpus;
	return LIKELY(cpus != NULL) ? cpus + s->cpu[op->cpu] : NULL;
}

/* Objects of caches are the most frequent operations of all, and an allocation
 * or free that meets the CPU's slab is done here without the engine (mm_fast.h).
 * Alloc and free have a case each in the switch: a common one would test the
 * kind again, by a branch that no history foretells. */
LATENCY_INLINE bool cache_alloc(struct sim *s, const struct trace_op *op, uint32_t nr)
{
	struct mm_cpu_cache *pc = cache_line(s, op);
	struct sim_slot *slot = &s->slots[op->slot];

	if (UNLIKELY(!pc || op->gfp & pc->special || op->slot >= s->nr_slots || sim_is_held(slot)) ||
	    UNLIKELY(!mm_fast_take(pc, nr, MM_OBJ_LIVE, &slot->value)))
		return false;
	slot->meta = SIM_META(SIM_OBJECT, 0, 0);
	return true;
}

LATENCY_INLINE bool cache_free(struct sim *s, const struct trace_op *op, uint32_t nr)
{
	struct mm_cpu_cache *pc = cache_line(s, op);
	struct sim_slot *slot = held(s, op, SIM_OBJECT);

	if (UNLIKELY(!pc || !slot) || UNLIKELY(!mm_fast_put(pc, nr, slot->value)))
		return false;
	slot->meta |= SIM_FREED;
	return true;
}

/* The frame that a map names, MM_NO_PFN if its slot holds no page. */
LATENCY_INLINE pfn_t mapped_pfn(struct sim *s, const struct trace_op *op)
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

LATENCY_INLINE struct sim_maps *task_maps(struct sim *s, uint32_t task)
{
	return LIKELY(task < s->nr_maps) ? &s->maps[task] : sim_new_maps(s, task);
}

LATENCY_INLINE void map_local(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
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

LATENCY_INLINE void unmap_local(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
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
			sim_skip(s, op);
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

LATENCY_INLINE void map_high(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
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

/* Operation number nr's caller. */
LATENCY_INLINE const struct mm_caller *fill(const struct sim *s, const struct trace_op *op,
					    uint32_t nr, struct mm_caller *who)
{
	who->op = nr;
	memcpy(&who->site, &op->site, sizeof(who->site) + sizeof(who->task));
	who->cpu = s->cpu[op->cpu];
	who->context = op->ctx;
	return who;
}

/* Operation number nr, if the loop knows it by itself; false: it is sim_rare's. */
LATENCY_INLINE bool execute(struct sim *s, const struct trace_op *op, uint32_t nr)
{
	struct mm_caller who;
	enum mm_outcome r;
	uint32_t value = 0;

	switch (op->kind) {
	case TRACE_PAGE_ALLOC:
		r = mm_alloc_pages(s->m, fill(s, op, nr, &who), op->gfp, op->order, &value);
		sim_hold(s, op, &who, r, value, SIM_META(SIM_PAGE, op->order, 0));
		return true;
	case TRACE_PAGE_FREE:
		page_free(s, op, fill(s, op, nr, &who));
		return true;
	case TRACE_LRU_ADD:
		return lru_add(s, op);
	case TRACE_KMALLOC:
		r = mm_kmalloc(s->m, fill(s, op, nr, &who), op->size, op->gfp, &value);
		sim_hold(s, op, &who, r, value, SIM_META(SIM_OBJECT, 0, 0));
		return true;
	case TRACE_KFREE:
		object_free(s, op, fill(s, op, nr, &who));
		return true;
	case TRACE_CACHE_ALLOC:
		if (UNLIKELY(!cache_alloc(s, op, nr)))
			cache_alloc_any(s, op, fill(s, op, nr, &who));
		return true;
	case TRACE_CACHE_FREE:
		if (UNLIKELY(!cache_free(s, op, nr)))
			cache_free_any(s, op, fill(s, op, nr, &who));
		return true;
	case TRACE_KMAP_LOCAL:
	case TRACE_KMAP_ATOMIC:
		map_local(s, op, fill(s, op, nr, &who));
		return true;
	case TRACE_KUNMAP_LOCAL:
	case TRACE_KUNMAP_ATOMIC:
		unmap_local(s, op, fill(s, op, nr, &who));
		return true;
	case TRACE_KMAP:
	case TRACE_KUNMAP:
		map_high(s, op, fill(s, op, nr, &who));
		return true;
	default:
		return false;
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

/* A measured operation goes to its kind and cause.  Finding a rare cause must
 * not count to the operation that follows. */
LATENCY_INLINE void count(struct sim *s, struct latency_timer *timer, enum latency_mode mode,
			  bool cost, const struct trace_op *op)
{
	enum op_cause cause = CAUSE_FAST;

	if (mode == LATENCY_OFF && !cost)
		return;
	if (UNLIKELY(sim_has_cause(s)))
		cause = sim_cause(s);
	latency_count(s->b.latency, timer, mode, op->kind, cause);
	if (cost)
		sim_cost(s, op, cause);
	if (cost || UNLIKELY(cause != CAUSE_FAST))
		latency_start(s->b.latency, timer, mode);
}

/* What was done up to now belongs to no operation. */
static void begin(struct sim *s)
{
	sim_steps_seen(s);
	if (s->cost)
		cost_sync(s->cost);
}

/* The loop; compiled once for each mode of measuring (latency.h), and once more
 * for all of them with the modelled cost.  Marks and
 * errors are looked for where they come from: an operation of the loop's own can
 * only fail to grow a table, and then the batch ends as any other (sim_grow). */
LATENCY_INLINE enum backend_reason loop(struct sim *s, const struct trace_op *ops, size_t n,
					size_t *pos, const struct backend_stop *stop,
					enum latency_mode mode, bool cost)
{
	struct backend *b = &s->b;
	struct latency *l = b->latency;
	uint64_t limit = earlier(stop->time, s->next_tick);
	uint64_t done = b->counts.operations;
	enum backend_reason reason = BACKEND_BATCH_END;
	struct latency_timer timer = { 0, 0 };
	struct mm_caller who;
	const struct trace_op *op = ops + *pos, *end = ops + n;

	latency_start(l, &timer, mode);
	while (op < end) {
		const struct trace_op *this = op;

		if (UNLIKELY(op->time >= limit)) {
			if (op->time >= stop->time) {
				reason = BACKEND_TIME;
				break;
			}
			tick(s, op->time);
			limit = earlier(stop->time, s->next_tick);
			if (mode != LATENCY_OFF || cost)
				begin(s);
			latency_start(l, &timer, mode);
		}
		if (UNLIKELY(done == stop->operations)) {
			reason = BACKEND_OPERATIONS;
			break;
		}
		if (LIKELY(end - op > PREFETCH))
			__builtin_prefetch(&s->slots[op[PREFETCH].slot], 1);
		latency_before(l, &timer, mode);
		b->counts.operations = ++done;
		b->counts.kind[op->kind & TRACE_KIND_MAX]++;
		if (LIKELY(execute(s, op, (uint32_t)(done - 1)))) {
			op++;
			latency_after(l, &timer, mode);
			count(s, &timer, mode, cost, this);
			continue;
		}
		op += sim_rare(s, op, (size_t)(end - op), fill(s, op, (uint32_t)(done - 1), &who));
		latency_after(l, &timer, mode);
		count(s, &timer, mode, cost, this);
		if (UNLIKELY(this->kind == TRACE_MARK)) {
			reason = BACKEND_MARK;
			break;
		}
		if (UNLIKELY(b->err.code))
			break;
	}
	*pos = (size_t)(op - ops);
	return UNLIKELY(b->err.code) ? BACKEND_ERROR : reason;
}

typedef enum backend_reason run_fn(struct sim *s, const struct trace_op *ops, size_t n,
				   size_t *pos, const struct backend_stop *stop);

static enum backend_reason run_off(struct sim *s, const struct trace_op *ops, size_t n,
				   size_t *pos, const struct backend_stop *stop)
{
	return loop(s, ops, n, pos, stop, LATENCY_OFF, false);
}

static enum backend_reason run_one(struct sim *s, const struct trace_op *ops, size_t n,
				   size_t *pos, const struct backend_stop *stop)
{
	begin(s);
	return loop(s, ops, n, pos, stop, LATENCY_SAMPLED, false);
}

static enum backend_reason run_all(struct sim *s, const struct trace_op *ops, size_t n,
				   size_t *pos, const struct backend_stop *stop)
{
	begin(s);
	return loop(s, ops, n, pos, stop, LATENCY_ALL, false);
}

/* With the modelled cost, which takes longer than branches on the mode. */
static __attribute__((noinline)) enum backend_reason
run_cost(struct sim *s, const struct trace_op *ops, size_t n, size_t *pos,
	 const struct backend_stop *stop, enum latency_mode mode)
{
	begin(s);
	return loop(s, ops, n, pos, stop, mode, true);
}

static enum backend_reason run_off_cost(struct sim *s, const struct trace_op *ops, size_t n,
					size_t *pos, const struct backend_stop *stop)
{
	return run_cost(s, ops, n, pos, stop, LATENCY_OFF);
}

static enum backend_reason run_one_cost(struct sim *s, const struct trace_op *ops, size_t n,
					size_t *pos, const struct backend_stop *stop)
{
	return run_cost(s, ops, n, pos, stop, LATENCY_SAMPLED);
}

/* The loop that measures nothing up to the next operation of the sample, then
 * that one. */
static enum backend_reason run_sampled(struct sim *s, const struct trace_op *ops, size_t n,
				       size_t *pos, const struct backend_stop *stop)
{
	run_fn *off = s->cost ? run_off_cost : run_off, *one = s->cost ? run_one_cost : run_one;
	struct latency *l = s->b.latency;
	struct backend_stop here = *stop;
	enum backend_reason reason;

	for (;;) {
		here.operations = earlier(stop->operations, l->next);
		reason = off(s, ops, n, pos, &here);
		if (reason != BACKEND_OPERATIONS || here.operations == stop->operations)
			return reason;
		here.operations++;
		reason = one(s, ops, n, pos, &here);
		latency_draw(l, here.operations);
		if (reason != BACKEND_OPERATIONS)
			return reason;
	}
}

enum backend_reason sim_run(struct backend *b, const struct trace_op *ops, size_t n,
			    size_t *pos, const struct backend_stop *stop)
{
	struct sim *s = (struct sim *)b;

	switch (latency_mode(b->latency)) {
	case LATENCY_SAMPLED:
		return run_sampled(s, ops, n, pos, stop);
	case LATENCY_ALL:
		return s->cost ? run_cost(s, ops, n, pos, stop, LATENCY_ALL) : run_all(s, ops, n, pos, stop);
	case LATENCY_OFF:
		break;
	}
	return s->cost ? run_cost(s, ops, n, pos, stop, LATENCY_OFF) : run_off(s, ops, n, pos, stop);
}
