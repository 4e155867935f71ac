/* SPDX-License-Identifier: MIT
 *
 * What a range of frames holds, counted: the pictures of all pageblocks that
 * are taken many times a run.  One step a block, not a frame: the head tells
 * the order; only allocated heads need their frame record (one load).
 */
#include "engine/phys/phys.h"
#include "engine/phys/zone.h"

#include <string.h>

static enum mm_held held_as(const struct frame *f)
{
	switch ((enum phys_use)(f->gfp_use >> 24)) {
	case PHYS_USE_PAGE:
		return f->gfp_use & MM_GFP_MOVABLE_BIT ? MM_HELD_MOVABLE :
		       f->gfp_use & MM_GFP_RECLAIMABLE ? MM_HELD_RECLAIMABLE : MM_HELD_UNMOVABLE;
	case PHYS_USE_SLAB:
		return MM_HELD_SLAB;
	default:
		return MM_HELD_KERNEL;
	}
}

static enum mm_held held_of(const struct phys *p, pfn_t head)
{
	switch (p->pstate[head] & PS_KIND) {
	case PS_HOLE:
		return MM_HELD_HOLE;
	case PS_BUDDY:
	case PS_PCP:
		return MM_HELD_FREE;
	case PS_FOREIGN:
		return p->pstate[head] & PS_LRU ? MM_HELD_MOVABLE : MM_HELD_UNMOVABLE;
	case PS_ALLOC:
		return held_as(&p->frame[head]);
	default:
		return MM_HELD_KERNEL;
	}
}

void mm_frames_held(const struct mm_machine *m, pfn_t pfn, uint32_t n, uint32_t held[MM_NR_HELD])
{
	const struct phys *p = m->phys;
	pfn_t end = pfn < p->nr_frames && n < p->nr_frames - pfn ? pfn + n : p->nr_frames;

	memset(held, 0, MM_NR_HELD * sizeof(*held));
	while (pfn < end) {
		bool tail = (p->pstate[pfn] & PS_KIND) == PS_TAIL; /* only where the range begins */
		pfn_t head = tail ? phys_block_head(p, pfn) : pfn, next;

		next = head + (1u << (p->pstate[head] & PS_ORDER));
		if (next > end)
			next = end;
		held[held_of(p, head)] += next - pfn;
		pfn = next;
	}
}
