/* SPDX-License-Identifier: MIT
 *
 * mm_fast: frequent requests as they mostly go.
 *
 * For callers that live on such requests (the replay loop).  Objects from and to
 * a CPU's slab are inline: the line that a CPU keeps of a cache, and the common
 * allocation and free on it, which cost some fifteen instructions without the
 * call, the table of caches and the caller's description that mm_cache_alloc and
 * mm_cache_free need.  Whatever is not the case that a function is for, it refuses,
 * and has changed nothing then: the functions of mm86.h are to be called.  These
 * are built on the same paths.
 */
#ifndef MM_FAST_H
#define MM_FAST_H

#include "engine/mm86.h"

#define MM_OBJ_NIL	0xffffu	/* no object: end of a free list */
#define MM_OBJ_LIVE	0x8000u	/* mm_object.state: allocated; bits 0..11: bytes of the
				 * object that were not asked for */
#define MM_OBJ_AGE_LONG	0x7fffu	/* free: operations from its allocation to its free; this
				 * value: more than it can hold, see the slab layer's past */

/* One object: the operation that last allocated it, and what state says. */
struct mm_object {
	uint32_t op;
	uint16_t next;		/* on a free list: the next object's index */
	uint16_t state;
};

/* What a CPU keeps of a cache: one line, all that an allocation needs.  What
 * can be computed when somebody asks is not counted at each operation: sum has
 * mm_object_counted() of each object allocated here less those freed here,
 * modulo 2^64, so that over all CPUs its high half is the number of live objects
 * and its low half their waste; allocs is counted, frees follow from it. */
struct mm_cpu_cache {
	struct mm_object *obj;	/* of the cpu slab */
	uint64_t sum;
	uint64_t recip;		/* the cache's: see mm_object_index */
	vaddr_t base;
	uint32_t span;		/* bytes of the cpu slab's objects, 0: none */
	uint32_t slab;		/* cpu slab, 0: none */
	uint32_t partial;	/* head of the per-CPU partial list, 0: empty */
	uint32_t size;		/* the cache's */
	uint32_t room;		/* MM_OBJ_LIVE + object_size: less the size asked for, a state */
	gfp_t special;		/* requests with these flags are not the common case */
	uint16_t clears;	/* does every allocation clear its object? */
	uint16_t free;		/* cpu free list, MM_OBJ_NIL: empty */
	uint64_t allocs;	/* since the last fold; not beside sum: compilers would add to
				 * both by one load that waits for a free's smaller store */
} __attribute__((aligned(64)));

/* What a live object of this state adds to mm_cpu_cache.sum: below 2^20 objects
 * of less than 2^12 bytes of waste keep the halves apart. */
static inline uint64_t mm_object_counted(uint32_t state)
{
	return state + ((1ull << 32) - MM_OBJ_LIVE);
}

/* Byte off of a slab: which object holds it, and is it the object's first?
 * With recip = (2^44 + e) / size, 0 <= e < size: off * recip / 2^44 = off / size
 * + off * e / (size * 2^44).  Blocks are at most 2^22 bytes, so off * e < 2^44,
 * the error is below 1 / size and the quotient exact; the product is below
 * 2^22 * 2^41 (sizes are at least 8). */
static inline uint32_t mm_object_index(uint64_t recip, uint32_t size, uint32_t off, bool *first)
{
	uint32_t i = (uint32_t)(off * recip >> 44);

	*first = i * size == off;
	return i;
}

/* The first object of the CPU's free list, for operation op; live is its state.
 * False: the list is empty. */
static inline __attribute__((always_inline)) bool
mm_fast_take(struct mm_cpu_cache *pc, uint32_t op, uint32_t live, vaddr_t *addr)
{
	unsigned int i = pc->free;
	struct mm_object *o = &pc->obj[i];

	if (__builtin_expect(i == MM_OBJ_NIL, 0))
		return false;
	pc->free = o->next;
	o->op = op;
	o->state = (uint16_t)live;
	pc->sum += mm_object_counted(live);
	pc->allocs++;
	*addr = pc->base + i * pc->size;
	return true;
}

/* Operation op frees an object of this cache.  False: it is not a live one of
 * the CPU's slab, or a very old one. */
static inline __attribute__((always_inline)) bool
mm_fast_put(struct mm_cpu_cache *pc, uint32_t op, vaddr_t addr)
{
	uint32_t off = addr - pc->base, i, age;
	struct mm_object *o;
	bool first;

	if (__builtin_expect(off >= pc->span, 0))
		return false;
	i = mm_object_index(pc->recip, pc->size, off, &first);
	o = &pc->obj[i];
	age = op - o->op;
	if (__builtin_expect(!first || !(o->state & MM_OBJ_LIVE) || age >= MM_OBJ_AGE_LONG, 0))
		return false;
	pc->sum -= mm_object_counted(o->state);
	o->next = pc->free;
	o->state = (uint16_t)age;
	pc->free = (uint16_t)i;
	return true;
}

/* mm_alloc_pages of order 0, if the preferred zone is above its low mark and the
 * CPU's list has a page.  MM_NO_PFN: something else is the case.  What struct
 * mm_caller says comes in registers. */
pfn_t mm_fast_page(struct mm_machine *m, gfp_t gfp, unsigned int cpu, uint32_t op, uint32_t site,
		   uint32_t task);
/* mm_free_pages of an order-0 page onto the CPU's list, which it may fill. */
bool mm_fast_page_free(struct mm_machine *m, pfn_t pfn, unsigned int cpu, uint32_t op);

/* Until *mm_next_work(m) (ns), mm_advance has nothing to do and need not be called; 0:
 * something waits for time to pass.  The functions of this header leave it as it is,
 * all others may change it. */
const uint64_t *mm_next_work(const struct mm_machine *m);

/* CPU 0's line of a cache, those of the others follow it; it stays where it is
 * until the cache is destroyed.  NULL: no such cache. */
struct mm_cpu_cache *mm_cache_cpus(struct mm_machine *m, uint32_t cache);

#endif
