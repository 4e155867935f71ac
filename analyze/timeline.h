/* SPDX-License-Identifier: MIT
 *
 * timeline: the samples of timeline.csv as columns of numbers.
 */
#ifndef ANALYZE_TIMELINE_H
#define ANALYZE_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/mm_error.h"

enum { AN_ZONES = 3, AN_ORDERS = 11 };	/* DMA, Normal, HighMem; orders 0..10 */
#define AN_PAGE 4096u			/* bytes of a page */

/* The columns, under the names of docs/results-format.md. */
#define TL_COLUMNS(X) \
	X(op) X(time_ns) \
	X(free_dma) X(free_normal) X(free_high) \
	X(pcp_dma) X(pcp_normal) X(pcp_high) \
	X(pkmap_in_use) X(pkmap_stale) X(pkmap_slots) X(kmap_local_in_use) \
	X(vmalloc_total) X(vmalloc_used) X(vmalloc_lazy) X(vmalloc_largest_hole) X(vmalloc_areas) \
	X(slab_pages) X(slab_reclaimable_pages) X(slab_large_pages) \
	X(slab_capacity_bytes) X(slab_live_bytes) X(slab_requested_bytes) \
	X(alloc_calls) X(free_calls) X(failures) X(steals) X(refills) X(drains) \
	X(requested_bytes) X(allocated_bytes) X(active_bytes) X(resident_bytes) X(mapped_bytes)

#define TL_ENUM(name) TL_##name,
enum tl_column { TL_COLUMNS(TL_ENUM) TL_NR,
		 TL_MAY_MISS = TL_requested_bytes }; /* from here on 0 when missing: an older run */

struct an_timeline {
	size_t n;			/* samples, at least 1 */
	uint64_t *v[TL_NR];		/* v[column][sample] */
	uint64_t *blocks[AN_ZONES][AN_ORDERS]; /* free blocks */
};

extern const char *const an_tl_names[TL_NR];
extern const char *const an_zone_names[AN_ZONES];	/* as people write them */
extern const char *const an_zone_keys[AN_ZONES];	/* as in column names */

/* Read path.  Refused: a missing column, a field that is no number, no sample
 * at all, time or operations that go backwards. */
int an_timeline_load(struct an_timeline *t, const char *path, struct mm_error *err);
void an_timeline_free(struct an_timeline *t);

/* Samples with the lowest and the highest value of a column (first of equals). */
size_t an_timeline_min(const struct an_timeline *t, enum tl_column c);
size_t an_timeline_max(const struct an_timeline *t, enum tl_column c);

/* Nanoseconds from the first sample to sample i. */
uint64_t an_timeline_ns(const struct an_timeline *t, size_t i);

/* The column of a zone: free_dma + zone, pcp_dma + zone. */
static inline enum tl_column tl_free(int zone)
{
	return (enum tl_column)(TL_free_dma + zone);
}

static inline enum tl_column tl_pcp(int zone)
{
	return (enum tl_column)(TL_pcp_dma + zone);
}

#endif
