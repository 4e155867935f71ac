/* SPDX-License-Identifier: MIT
 *
 * sample: one row of timeline.csv, as an array of columns.
 *
 * The columns stand in one list (SAMPLE_COLUMNS): the CSV header, the rows and
 * the peaks in run.json are all made from it.  Units: docs/results-format.md.
 */
#ifndef REPLAY_SAMPLE_H
#define REPLAY_SAMPLE_H

#include <stdint.h>

#define SAMPLE_BLOCKS(X, z) \
	X(blocks_##z##_0) X(blocks_##z##_1) X(blocks_##z##_2) X(blocks_##z##_3) \
	X(blocks_##z##_4) X(blocks_##z##_5) X(blocks_##z##_6) X(blocks_##z##_7) \
	X(blocks_##z##_8) X(blocks_##z##_9) X(blocks_##z##_10)

#define SAMPLE_COLUMNS(X) \
	X(op) X(time_ns) \
	X(free_dma) X(free_normal) X(free_high) \
	X(pcp_dma) X(pcp_normal) X(pcp_high) \
	SAMPLE_BLOCKS(X, dma) SAMPLE_BLOCKS(X, normal) SAMPLE_BLOCKS(X, high) \
	X(pkmap_in_use) X(pkmap_stale) X(pkmap_slots) X(kmap_local_in_use) \
	X(vmalloc_total) X(vmalloc_used) X(vmalloc_lazy) X(vmalloc_largest_hole) \
	X(vmalloc_areas) \
	X(slab_pages) X(slab_reclaimable_pages) X(slab_large_pages) \
	X(slab_capacity_bytes) X(slab_live_bytes) X(slab_requested_bytes) \
	X(alloc_calls) X(free_calls) X(failures) X(steals) X(refills) X(drains) \
	X(requested_bytes) X(allocated_bytes) X(active_bytes) X(resident_bytes) X(mapped_bytes)

enum sample_column {
#define SAMPLE_ENUM(name) SAMPLE_##name,
	SAMPLE_COLUMNS(SAMPLE_ENUM)
#undef SAMPLE_ENUM
	NR_SAMPLE_COLUMNS
};

struct sample {
	uint64_t v[NR_SAMPLE_COLUMNS];
};

extern const char *const sample_column_name[NR_SAMPLE_COLUMNS];

#endif
