/* SPDX-License-Identifier: MIT
 *
 * Epochs: the life of a block of pages from its allocation to its free.
 *
 * What a page is used for shows only later: a kmem_cache_free names the cache
 * of its whole slab page, an object's address shows that a page is a slab.  So
 * the first pass numbers the lives of blocks in the order in which they begin
 * and notes what it learns of each; the second pass numbers them again, in the
 * same order, and finds the notes.  An epoch costs 12 bytes.
 */
#ifndef IMPORT_EPOCHS_H
#define IMPORT_EPOCHS_H

#include "traces/import/tables.h"

enum epoch_flags {
	EPOCH_SLAB = 1,		/* holds slab objects */
	EPOCH_LARGE = 2,	/* a kmalloc that went to the page allocator */
	EPOCH_PROBE = 4,	/* its cache is known from a probe */
	EPOCH_RECLAIM = 8,	/* allocated as reclaimable */
	EPOCH_DMA = 16,
};

struct epoch {
	uint16_t name;		/* of its cache, 0 = not known */
	uint8_t flags;
	uint32_t size, alloc;	/* bytes asked and given of an object in it */
};

struct epochs {
	struct pfn_table cur;	/* uint32_t: the epoch of each page, 0 = none */
	struct epoch *v;	/* v[0] is unused */
	uint32_t n, cap;	/* epochs begun in this pass */
	bool fixed;		/* second pass: v is complete */
};

int epochs_init(struct epochs *e);
void epochs_free(struct epochs *e);
void epochs_second_pass(struct epochs *e);

/* A block is allocated; its epoch (0: no memory or a strange pfn). */
uint32_t epochs_begin(struct epochs *e, uint64_t pfn, unsigned int order);
void epochs_end(struct epochs *e, uint64_t pfn, unsigned int order);

/* The epoch of a page, begun now when it was allocated before the trace. */
uint32_t epochs_of(struct epochs *e, uint64_t pfn);

#endif
