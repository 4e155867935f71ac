/* SPDX-License-Identifier: MIT
 *
 * frag: what the free lists of a zone can still serve.
 *
 * The unusable free space index is the kernel's (Linux 6.1 mm/vmstat.c
 * unusable_free_index): with n[k] free blocks of order k, F = sum n[k] 2^k
 * free pages and S = sum over k >= o of n[k] 2^(k-o) possible blocks of order
 * o, it is (F - S 2^o) / F: the share of the free memory that a request of
 * order o cannot use.  0: all of it serves; 1: none does.  Per-CPU lists do
 * not count, as in the kernel.
 */
#ifndef ANALYZE_FRAG_H
#define ANALYZE_FRAG_H

#include <stdbool.h>

#include "analyze/timeline.h"

/* Thousandths, rounded down, as /sys/kernel/debug/extfrag/unusable_index
 * prints them; 1000 when nothing is free. */
unsigned int frag_unusable(const uint64_t blocks[AN_ORDERS], int order);

/* Blocks of that order that could be cut from the free lists now. */
uint64_t frag_available(const uint64_t blocks[AN_ORDERS], int order);

/* The free lists of a zone at sample i. */
void frag_blocks(const struct an_timeline *t, int zone, size_t i, uint64_t blocks[AN_ORDERS]);

/* How one order fared in one zone over a run. */
struct frag_order {
	unsigned int first, worst, last;	/* unusable index, thousandths */
	size_t worst_at;			/* sample */
	bool gone;				/* some sample has no block of the order */
	size_t gone_at;				/* the first such sample */
	size_t gone_samples;
	uint64_t least_available, last_available;
	size_t least_at;
};

void frag_order(const struct an_timeline *t, int zone, int order, struct frag_order *f);

/* The largest order of which sample i has a free block; -1: nothing is free. */
int frag_largest(const struct an_timeline *t, int zone, size_t i);

/* A zone that has a page in any sample. */
bool frag_zone_exists(const struct an_timeline *t, int zone);

#endif
