/* SPDX-License-Identifier: MIT
 *
 * mm_steps: what requests made the allocators do, as counts.
 *
 * A request on its fast path (a page from or to a per-CPU list, an object from
 * or to the CPU slab) changes nothing here: what it costs follows from its kind,
 * size and flags.  Everything slower counts its steps, so that the difference
 * of this vector around a request is the path that it took, and `changed` tells
 * in one comparison whether there was any.  Counts wrap; only differences mean
 * something.  The steps are those whose number the kernel's instruction count
 * depends on (Linux 6.1; docs/cost-model.md has the functions).
 */
#ifndef MM_STEPS_H
#define MM_STEPS_H

#include <stdint.h>

struct mm_machine;

/* name, what one of it is */
#define MM_STEP_LIST(X) \
	/* pages: requests from inside (slabs, vmalloc, page tables) */ \
	X(PAGE_REQUEST, "page request made inside of another request") \
	X(BULK, "request for an array of pages") \
	X(BULK_PAGES, "page that it gave") \
	X(COMPOUND_TAILS, "page behind the first of a block taken for a slab") \
	X(PAGE_FREE, "block given back from inside") \
	X(FREE_TAILS, "page behind the first of such a block") \
	/* pages: zones and watermarks */ \
	X(ZONE_PASSED, "zone that could not serve") \
	X(WMARK_ORDERS, "order without a free block that a watermark test passed") \
	X(WMARK_TYPES, "migratetype without one, at the first order that has some") \
	X(SLOWPATH, "request that no zone served above its low mark") \
	X(KSWAPD_WAKE, "kswapd woken") \
	/* pages: per-CPU lists */ \
	X(REFILL, "per-CPU list filled") \
	X(REFILL_BLOCKS, "block that this took") \
	X(DRAIN, "per-CPU lists drained") \
	X(DRAIN_BLOCKS, "block that this gave back") \
	X(DRAIN_LISTS, "step from list to list in it") \
	/* pages: buddy */ \
	X(CHECKED_PAGES, "page checked as it left the buddy lists") \
	X(BUDDY_TAKE, "block taken for a request itself") \
	X(BUDDY_FREE, "block freed past the per-CPU lists") \
	X(TAKE_MISS, "migratetype's lists without a block that fits") \
	X(SPLIT, "block halved") \
	X(MERGE, "block joined with its buddy") \
	X(MERGE_TAIL, "freed block put last, as its buddy is likely to come") \
	X(COUNTER_CARRY, "CPU's page count carried to the zone's") \
	/* pages: fallback to another migratetype */ \
	X(STEAL, "fallback") \
	X(STEAL_ORDERS, "order looked at for one") \
	X(STEAL_CLAIM, "pageblock whose type changed") \
	X(MOVE_FRAMES, "frame or free block looked at in a pageblock") \
	X(MOVE_BLOCKS, "free block moved to other lists") \
	X(HIGHATOMIC_RESERVE, "pageblock reserved for high-order atomic requests") \
	/* slab */ \
	X(SLAB_CPU_SLAB, "CPU slab's own free list taken over") \
	X(SLAB_CPU_PARTIAL, "slab from the per-CPU partial list") \
	X(SLAB_NODE_PARTIAL, "slab from the node's partial list") \
	X(SLAB_NODE_MORE, "further slab taken with it") \
	X(SLAB_NEW, "new slab") \
	X(SLAB_NEW_OBJECTS, "object of it") \
	X(SLAB_SHUFFLED, "new slab linked in random order") \
	X(SLAB_NEW_OLD_CPU, "CPU slab given up as full") \
	X(SLAB_FREE_SLOW, "object freed to its slab's own list") \
	X(SLAB_FREE_FULL, "slab no longer full: to the per-CPU partial list") \
	X(SLAB_UNFREEZE, "per-CPU partial list moved to the node") \
	X(SLAB_UNFREEZE_SLABS, "slab of it") \
	X(SLAB_EMPTY_LISTED, "slab that became empty taken off the node's list") \
	X(SLAB_DISCARD, "slab given back") \
	X(SLAB_DEACTIVATE, "CPU slab given up by a flush") \
	X(SLAB_SHRINK, "shrink of a cache") \
	X(SLAB_LARGE, "kmalloc of pages") \
	X(SLAB_LARGE_FREE, "its free") \
	X(SLAB_INNER, "object taken inside of another request") \
	X(SLAB_INNER_BYTES, "byte of it, by its cache; all are cleared") \
	X(SLAB_INNER_FREE, "object given back inside of another request") \
	X(CACHE_CREATE, "cache made") \
	X(CACHE_MERGE, "cache request answered by an existing one") \
	X(CACHE_DESTROY, "cache destroyed") \
	/* vmap areas */ \
	X(VMAP_AREA, "range of addresses reserved") \
	X(VMAP_OBJECT, "vmap_area object taken") \
	X(VMAP_AREA_FAIL, "no range found") \
	X(VMAP_BUSY_DEPTH, "level of the busy areas' tree, by their number") \
	X(TREE_STEPS, "node of the free tree visited by a search") \
	X(TREE_DESCENT, "node passed on the way to an insertion") \
	X(TREE_UP, "node whose subtree maximum was renewed") \
	X(TREE_INSERT, "free range linked") \
	X(TREE_ERASE, "free range unlinked") \
	X(TREE_ROTATE, "rotation") \
	X(TREE_RECOLOUR, "change of colours without one") \
	X(VMAP_LAZY, "range freed lazily") \
	X(VMAP_LAZY_DEPTH, "level of the lazy areas' tree, by their number") \
	X(VMAP_LAZY_MERGE, "lazy range joined with a neighbour") \
	X(PURGE, "purge of the lazy ranges") \
	X(PURGE_AREAS, "range that it gave back") \
	X(PURGE_MERGE, "free range joined with a neighbour") \
	X(PURGE_SWITCH, "task switched out for a purge and in again") \
	/* mappings */ \
	X(VMALLOC_PAGES, "page of a vmalloc area") \
	X(VMALLOC_HIGH, "HighMem page among them") \
	X(VFREE_PAGES, "page of one given back") \
	X(PTE_SET, "entry written") \
	X(PTE_SET_IO, "entry written by ioremap") \
	X(PTE_CLEAR, "entry cleared") \
	X(PTE_WINDOWS, "page table entered") \
	X(PTE_TABLE, "page table made") \
	X(TLB_RANGE, "range of addresses flushed") \
	X(TLB_PAGES, "page flushed singly") \
	X(TLB_ALL, "whole TLB flushed") \
	/* kmap */ \
	X(KMAP_NEW, "pkmap slot taken") \
	X(KMAP_SCAN, "slot looked at for it") \
	X(KMAP_CHAIN, "entry of a hash chain passed") \
	X(KMAP_FLUSH, "unused slots flushed") \
	X(KMAP_FLUSH_SLOTS, "slot of them") \
	X(KMAP_HELD_SLOTS, "slot in use passed by it")

enum mm_step {
#define MM_STEP_ENUM(name, what) MM_STEP_##name,
	MM_STEP_LIST(MM_STEP_ENUM)
#undef MM_STEP_ENUM
	MM_NR_STEPS
};

struct mm_steps {
	uint32_t changed;	/* another value whenever one of n has */
	uint32_t n[MM_NR_STEPS];
};

/* The machine's own: stays valid and current as long as the machine lives. */
const struct mm_steps *mm_steps(const struct mm_machine *m);
const char *mm_step_name(enum mm_step s);	/* "REFILL_BLOCKS" */
const char *mm_step_text(enum mm_step s);	/* what one is */

/* Bytes of an object that kmalloc gives for size and gfp, 0: it gives pages;
 * that an allocation from a cache with these flags clears. */
uint32_t mm_kmalloc_bytes(const struct mm_machine *m, uint32_t size, uint32_t gfp);
uint32_t mm_cache_cleared(const struct mm_machine *m, uint32_t cache, uint32_t gfp);

#endif
