/* SPDX-License-Identifier: MIT
 *
 * blocks: what the pageblocks held, at some moments of a run (blocks.csv).
 */
#ifndef ANALYZE_BLOCKS_H
#define ANALYZE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/mm_error.h"

/* What keeps a pageblock from being free. */
enum an_block_kind {
	AN_BLOCK_FREE,		/* nothing: it is one free block, or its parts are */
	AN_BLOCK_MOVABLE,	/* movable pages only: compaction can empty it */
	AN_BLOCK_MIXED,		/* movable pages and others */
	AN_BLOCK_UNMOVABLE,	/* only pages that cannot be moved: kernel's, slab */
	AN_BLOCK_RESERVED,	/* nothing but pages that were never given out */
	AN_BLOCK_KINDS
};

struct an_block {
	uint32_t pfn, pages;	/* first frame, frames that exist */
	uint8_t zone;		/* 0 DMA, 1 Normal, 2 HighMem */
	uint8_t kind;		/* enum an_block_kind */
};

struct an_moment {
	uint64_t op, time_ns;
	struct an_block *block;	/* by ascending pfn */
	size_t n;
	size_t count[3][AN_BLOCK_KINDS]; /* blocks by zone and kind */
};

struct an_blocks {
	struct an_block *all;
	struct an_moment *moment;
	size_t nr_moments;	/* 0: the run has no blocks.csv, or an empty one */
};

int an_blocks_load(struct an_blocks *b, const char *path, struct mm_error *err);
void an_blocks_free(struct an_blocks *b);

/* Blocks of that kind in all zones. */
size_t an_blocks_count(const struct an_moment *m, enum an_block_kind kind);

#endif
