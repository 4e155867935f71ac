/* SPDX-License-Identifier: MIT
 * What a generator from measured distributions keeps (p_fitted.c). */
#ifndef SYNTH_FITTED_H
#define SYNTH_FITTED_H

#include "traces/synth/fit.h"
#include "traces/synth/gen.h"

enum { FITTED_SCALE };	/* its parameter */
enum { NEIGHBOURS = 4, RECENT = 256, AGAIN = 8, PENDING = 32 };

struct source {
	struct rng_alias site, size, life;
	uint32_t nr_sites, first_cls;	/* gen classes, one a site */
	uint32_t *follow;		/* by bin of the lifetime: dies with a neighbour, of 2^32 */
	uint32_t same;			/* of 2^32 */
	uint32_t bulk, lru, backward;	/* the same */
	bool sized, lives;
	uint64_t death[NEIGHBOURS];
	uint32_t nr;
	uint32_t pending[PENDING], nr_pending, flush;	/* for a bulk free */
};

struct fitted {
	struct fit *fit;
	struct source *source;
	uint16_t *source_of;		/* of each gen class */
	struct rng_alias choice[FIT_PHASES], gap, task;
	uint64_t stretch[FIT_PHASES];	/* gap / gap drawn, 32.32 fixed point; 0: nothing comes */
	uint64_t next, cycle;		/* when the next request is due; when the phases began anew */
	uint32_t last;			/* source of the last request */
	uint32_t task_id[FIT_TASKS], nr_tasks, change;
	uint32_t recent[RECENT], recent_nr[RECENT], nr_recent;	/* pages: slots, and which */
	uint32_t mapped[AGAIN], mapped_nr[AGAIN], nr_mapped;
	uint32_t again, deeper[FIT_DEPTH];
	uint32_t waiting;		/* objects in pending[] of all sources */
};

/* begin and end of the profiles (fitted_setup.c). */
int fitted_begin(struct gen *g);
void fitted_end(struct gen *g);

/* part of whole, of 2^32. */
static inline uint32_t fitted_share(uint64_t part, uint64_t whole)
{
	if (!whole || !part)
		return 0;
	return part >= whole ? UINT32_MAX : (uint32_t)(((unsigned __int128)part << 32) / whole);
}

/* True `part` times of 2^32. */
static inline bool fitted_happens(struct gen *g, uint32_t part)
{
	return (uint32_t)(rng_next(&g->rng) >> 32) < part;
}

#endif
