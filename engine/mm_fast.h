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
 * can be computed when somebody asks is not counted at each operation: objects
 * allocated and freed here since the counts were last brought up to date (at
 * least once a second of simulated time), and the states of those ever allocated
 * less those of the freed, which over all CPUs is MM_OBJ_LIVE for each live object
 * and their waste. */
struct mm_cpu_cache {
	struct mm_object *obj;	/* of the cpu slab */
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
	uint32_t allocs, frees;
	uint32_t states;	/* modulo 2^32 */
} __attribute__((aligned(64)));

/* An object of this state is counted as allocated, or no longer. */
static inline void mm_count_alloc(struct mm_cpu_cache *pc, uint32_t state)
{
	pc->allocs++;
	pc->states += state;
}

static inline void mm_count_free(struct mm_cpu_cache *pc, uint32_t state)
{
	pc->frees++;
	pc->states -= state;
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

/* Which object of the CPU's slab is at addr?  MM_OBJ_NIL: addr is the begin of none. */
static inline unsigned int mm_fast_index(const struct mm_cpu_cache *pc, vaddr_t addr)
{
	uint32_t off = addr - pc->base, i;
	bool first;

	if (off >= pc->span)
		return MM_OBJ_NIL;
	i = mm_object_index(pc->recip, pc->size, off, &first);
	return first ? i : MM_OBJ_NIL;
}

/* The first object of the CPU's free list, for operation op; live is its state.
 * Its index, which mm_fast_put asks for; MM_OBJ_NIL: the list is empty. */
static inline __attribute__((always_inline)) unsigned int
mm_fast_take(struct mm_cpu_cache *pc, uint32_t op, uint32_t live, vaddr_t *addr)
{
	unsigned int i = pc->free;
	struct mm_object *o;

	if (__builtin_expect(i == MM_OBJ_NIL, 0))
		return i;
	o = &pc->obj[i];
	pc->free = o->next;
	o->op = op;
	o->state = (uint16_t)live;
	mm_count_alloc(pc, live);
	*addr = pc->base + i * pc->size;
	return i;
}

/* Several by one operation, each of state MM_OBJ_LIVE: begin, next for each, end.  The
 * line is read and written once, which compilers cannot do by themselves: what is
 * stored in between might lie in it. */
struct mm_fast_run {
	struct mm_object *obj;
	vaddr_t base;
	uint32_t size, free, n;
};

static inline void mm_fast_begin(const struct mm_cpu_cache *pc, struct mm_fast_run *r)
{
	*r = (struct mm_fast_run){ .obj = pc->obj, .base = pc->base, .size = pc->size, .free = pc->free };
}

/* As mm_fast_take. */
static inline unsigned int mm_fast_next(struct mm_fast_run *r, uint32_t op, vaddr_t *addr)
{
	unsigned int i = r->free;

	if (i == MM_OBJ_NIL)
		return i;
	r->free = r->obj[i].next;
	r->obj[i].op = op;
	r->obj[i].state = MM_OBJ_LIVE;
	r->n++;
	*addr = r->base + i * r->size;
	return i;
}

static inline void mm_fast_end(struct mm_cpu_cache *pc, const struct mm_fast_run *r)
{
	pc->free = (uint16_t)r->free;
	pc->allocs += r->n;
	pc->states += r->n * MM_OBJ_LIVE;
}

/* Operation op frees the object at addr, of this cache; i is its index, or
 * anything.  False: it is not a live object i of the CPU's slab, or a very old
 * one.  (An object's index is given and not computed because the next
 * allocation waits for it: as it is, an object that is freed and taken again
 * costs the wait for two loads, and no multiplications.) */
static inline __attribute__((always_inline)) bool
mm_fast_put(struct mm_cpu_cache *pc, uint32_t op, vaddr_t addr, unsigned int i)
{
	uint32_t off = i * pc->size, age;
	struct mm_object *o;

	if (__builtin_expect(pc->base + off != addr || off >= pc->span, 0))
		return false;
	o = &pc->obj[i];
	age = op - o->op;
	if (__builtin_expect(!(o->state & MM_OBJ_LIVE) || age >= MM_OBJ_AGE_LONG, 0))
		return false;
	mm_count_free(pc, o->state);
	o->next = pc->free;
	o->state = (uint16_t)age;
	pc->free = (uint16_t)i;
	return true;
}

/* Operation op frees an object of pc's cache, of any age and in any slab.  False: it
 * is no live object of this cache. */
bool mm_fast_free(struct mm_machine *m, struct mm_cpu_cache *pc, uint32_t op, vaddr_t addr);

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

/* kmalloc's caches, for requests of 1 to MM_KMALLOC_MAX bytes without the flags in
 * special: cpus[mm_kmalloc_index()] is CPU 0's line.  Of each type as many classes,
 * of which number 0 is none. */
enum { MM_KMALLOC_MAX = 8192, MM_KMALLOC_CLASSES = 14 };
enum { MM_KMALLOC_NORMAL, MM_KMALLOC_CGROUP, MM_KMALLOC_RECLAIM, MM_KMALLOC_DMA, MM_KMALLOC_TYPES };

struct mm_kmalloc {
	struct mm_cpu_cache *cpus[MM_KMALLOC_TYPES * MM_KMALLOC_CLASSES];
	gfp_t special;
	uint8_t class_of[MM_KMALLOC_MAX / 8 + 1];
};

/* Linux 6.1 include/linux/slab.h kmalloc_type */
static inline unsigned int mm_kmalloc_type(gfp_t gfp)
{
	if (__builtin_expect(!(gfp & (MM_GFP_DMA_BIT | MM_GFP_RECLAIMABLE | MM_GFP_ACCOUNT)), 1))
		return MM_KMALLOC_NORMAL;
	if (gfp & MM_GFP_DMA_BIT)
		return MM_KMALLOC_DMA;
	return gfp & MM_GFP_RECLAIMABLE ? MM_KMALLOC_RECLAIM : MM_KMALLOC_CGROUP;
}

static inline unsigned int mm_kmalloc_index(const struct mm_kmalloc *k, uint32_t size, gfp_t gfp)
{
	return mm_kmalloc_type(gfp) * MM_KMALLOC_CLASSES + k->class_of[(size + 7) / 8];
}

/* Stays where it is and as it is. */
const struct mm_kmalloc *mm_kmalloc_lines(const struct mm_machine *m);

#endif
