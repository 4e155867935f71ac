/* SPDX-License-Identifier: MIT
 *
 * frames: what all page frames hold: pageblock states (blocks.csv) and the
 * pages still held at the end by who asked for them (blame.csv).
 *
 * Both go block by block: the head of a free or allocated block tells of all
 * its pages, so a walk costs as many steps as there are blocks.
 */
#ifndef REPLAY_FRAMES_H
#define REPLAY_FRAMES_H

#include <stdio.h>

#include "engine/mm86.h"
#include "traces/format/mmt.h"

/* Call fn for each run of frames that share one description, cut at pageblock
 * boundaries: pfn..pfn+n-1; first = the run begins a block. */
typedef void frames_fn(void *arg, pfn_t pfn, uint32_t n, bool first,
		       const struct mm_frame_info *info);
void frames_walk(const struct mm_machine *m, frames_fn *fn, void *arg);

/* Pageblock states at up to 2 * moments moments.  Like the timeline of a pipe
 * (timeline.h): kept in memory, thinned when the duration was not known. */
struct blocks;
struct blocks *blocks_new(const struct mm_machine *m, uint32_t moments, uint64_t duration_ns,
			  struct mm_error *err);
uint64_t blocks_next_time(const struct blocks *b);
/* 0 or -ENOMEM. */
int blocks_sample(struct blocks *b, const struct mm_machine *m, uint64_t op, uint64_t time_ns,
		  struct mm_error *err);
void blocks_write(const struct blocks *b, FILE *f);
void blocks_free(struct blocks *b);

/* Who pins the most, for the verdicts. */
struct blame_top {
	uint32_t task, site;
	uint64_t pages, blocks_pinned;
};
int blame_write(const struct mm_machine *m, const struct mmt_reader *trace, FILE *f,
		struct blame_top *top, struct mm_error *err);

extern const char *const mm_zone_text[MM_NR_ZONES];	/* "DMA", "Normal", "HighMem" */
extern const char *const mm_type_text[MM_MIGRATE_TYPES]; /* "Unmovable", ... */

#endif
