/* SPDX-License-Identifier: MIT
 *
 * frag-adversary: memory that is free and of no use.
 *
 * A cycle fills memory with small blocks, gives most of it back in the worst
 * places, asks for every larger order and keeps what it gets, and clears up:
 *
 *   every-other  pages in order of allocation, each second one freed: the bad
 *                program of Robson's bound, half of memory free, no two pages
 *                together
 *   random-half  the same with the half chosen by chance
 *   sprinkle     movable pages fill memory; unmovable ones are put among them, a
 *                few at a time as room is made; then all movable pages go
 *   fragments    order-3 blocks of a page-fragment cache, of which one in `keep`
 *                stays because one packet holds a piece of it
 */
#include <stdlib.h>

#include "traces/synth/gen.h"

enum way { EVERY_OTHER, RANDOM_HALF, SPRINKLE, FRAGMENTS };
enum { WAY, RAM, KEEP, SPRINKLED, PROBES, HOLD };
enum phase { FILL, CHURN, RELEASE, PROBE, CLEAR };

struct adversary {
	enum phase phase;
	struct gen_pool all, kept;
	uint32_t at, done, target;	/* pages or blocks to fill with */
	uint32_t fill_cls, unmovable, probe[11];
	unsigned int order;
};

static const struct synth_param params[] = {
	[WAY] = { "way", SYNTH_CHOICE, EVERY_OTHER, 0, 3, "every-other|random-half|sprinkle|fragments",
		  "how memory is broken up" },
	[RAM] = { "ram", SYNTH_BYTES, 460u << 20, 1 << 20, 3ull << 30, NULL, "memory to fill: what the machine has free" },
	[KEEP] = { "keep", SYNTH_NUMBER, 4, 2, 64, NULL, "fragments: one block in so many stays" },
	[SPRINKLED] = { "sprinkled", SYNTH_NUMBER, 16000, 1, 1000000, NULL, "sprinkle: unmovable pages of a cycle" },
	[PROBES] = { "probes", SYNTH_NUMBER, 20, 1, 10000, NULL, "requests of each order from 1 to 10 that follow" },
	[HOLD] = { "hold", SYNTH_TIME, 1000000000, 0, 86400000000000, NULL, "quiet time before memory is given back" },
	{ .name = NULL },
};

static int begin(struct gen *g)
{
	struct adversary *s = g->part->state = gen_alloc(g, 1, sizeof(*s));
	const gfp_t probe = MM_GFP_ATOMIC | MM_GFP_NOWARN | MM_GFP_COMP;
	gfp_t gfp = MM_GFP_KERNEL;
	unsigned int order;

	if (!s)
		return g->rc;
	if (gen_param(g, WAY) == SPRINKLE)
		gfp = MM_GFP_HIGHUSER_MOVABLE;
	if (gen_param(g, WAY) == FRAGMENTS) {
		s->order = 3;
		gfp = MM_GFP_ATOMIC | MM_GFP_NOWARN | MM_GFP_COMP | MM_GFP_NORETRY | MM_GFP_NOMEMALLOC;
	}
	s->target = (uint32_t)(gen_param(g, RAM) >> (12 + s->order));
	if (!gen_pool_init(g, &s->all, s->target) || !gen_pool_init(g, &s->kept, s->target + gen_param(g, SPRINKLED) + 10 * gen_param(g, PROBES)))
		return g->rc;
	s->fill_cls = gen_pages(g, s->order, gfp, "fill_memory", "give_back");
	s->unmovable = gen_pages(g, 0, MM_GFP_KERNEL, "sprinkle", "clear");
	for (order = 1; order <= 10; order++)
		s->probe[order] = gen_pages(g, order, probe, "probe", "probe");
	g->task = gen_task(g, 666, "adversary");
	return g->rc;
}

/* Whether block i of the fill stays. */
static bool stays(struct gen *g, uint32_t i)
{
	switch (gen_param(g, WAY)) {
	case EVERY_OTHER:
		return i & 1;
	case RANDOM_HALF:
		return rng_next(&g->rng) >> 63;
	case FRAGMENTS:
		return i % gen_param(g, KEEP) == 0;
	default:
		return false;
	}
}

static void next_phase(struct gen *g, struct adversary *s, enum phase phase, const char *name)
{
	s->phase = phase;
	s->at = 0;
	s->done = 0;
	if (name)
		gen_mark(g, name, false);
}

static void fill(struct gen *g, struct adversary *s)
{
	if (s->all.nr < s->target)
		gen_pool_put(&s->all, gen_new(g, s->fill_cls));
	else
		next_phase(g, s, gen_param(g, WAY) == SPRINKLE ? CHURN : RELEASE, NULL);
}

/* Room is made in random places, and an unmovable page takes it. */
static void churn(struct gen *g, struct adversary *s)
{
	uint32_t i, room = s->all.nr < 64 ? s->all.nr : 64;

	if (s->done >= gen_param(g, SPRINKLED) || !room) {
		next_phase(g, s, RELEASE, NULL);
		return;
	}
	for (i = 0; i < room; i++)
		gen_end(g, gen_pool_take(&s->all, rng_below(&g->rng, s->all.nr)));
	for (i = 0; i < room && s->done < gen_param(g, SPRINKLED); i++, s->done += i & 1)
		if (i & 1)
			gen_pool_put(&s->kept, gen_new(g, s->unmovable));
		else
			gen_pool_put(&s->all, gen_new(g, s->fill_cls));
}

static void release(struct gen *g, struct adversary *s)
{
	if (s->at == s->all.nr) {
		s->all.nr = 0;
		next_phase(g, s, PROBE, "free, and of no use");
		return;
	}
	if (stays(g, s->at))
		gen_pool_put(&s->kept, s->all.slot[s->at]);
	else
		gen_end(g, s->all.slot[s->at]);
	s->at++;
}

static void probe(struct gen *g, struct adversary *s)
{
	uint32_t order = 1 + s->done % 10;

	if (s->done++ == 10 * gen_param(g, PROBES)) {
		gen_pause(g, gen_param(g, HOLD));
		next_phase(g, s, CLEAR, NULL);
		return;
	}
	gen_pool_put(&s->kept, gen_new(g, s->probe[order]));
}

static void clear(struct gen *g, struct adversary *s)
{
	if (s->at == s->kept.nr) {
		s->kept.nr = 0;
		gen_pause(g, gen_param(g, HOLD));
		next_phase(g, s, FILL, "cleared");
		return;
	}
	gen_end(g, s->kept.slot[s->at++]);
}

static void step(struct gen *g)
{
	static void (*const phases[])(struct gen *, struct adversary *) = { fill, churn, release, probe, clear };
	struct adversary *s = g->part->state;

	phases[s->phase](g, s);
}

static void end(struct gen *g)
{
	struct adversary *s = g->part->state;

	free(s->all.slot);
	free(s->kept.slot);
	free(s);
}

const struct synth_profile synth_frag_adversary = {
	.name = "frag-adversary",
	.about = "fragmentation adversary: memory that is free in pieces too small to use",
	.stresses = "The buddy's merging, mobility grouping and stealing. Unusable free space goes towards 1 for every order "
		    "above the pieces, and the probes of these orders fail with cause fragmented.",
	.source = "every-other: J. M. Robson, Worst case fragmentation of first fit and best fit storage allocation strategies, "
		  "Computer Journal 20(3), 1977. sprinkle: M. Gorman, A. Whitcroft, The what, the why and the where to of "
		  "anti-fragmentation, Ottawa Linux Symposium 2006. fragments: E. Dumazet, net: avoid 32 x truesize "
		  "under-estimation for tiny skbs, 2021.",
	.machine = "x86_32-512m",
	.operations = 300000,
	.rate = 100000,
	.params = params,
	.begin = begin, .step = step, .end = end,
};
