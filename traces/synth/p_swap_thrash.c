/* SPDX-License-Identifier: MIT
 *
 * swap-thrash: processes whose pages together do not fit.
 *
 * In the way "pages" the trace holds what the kernel's reclaim did: the resident
 * pages stay at `ram`; each fault on a page that is out gives up another one
 * first, a few at a time as kswapd does (SWAP_CLUSTER_MAX is 32), and brings back
 * up to eight with readahead.  In the way "mmap" the processes only touch, and
 * whoever replays must reclaim.
 */
#include <stdlib.h>

#include "traces/synth/user.h"

enum { USER, RAM, WORKING, PROCESSES, LOCALITY };
enum { CLUSTER = 32, READAHEAD = 8 };

struct thrash {
	struct user user;
	struct process *p;
	uint32_t nr, current, pages;	/* of a process */
	uint32_t map, map_cls, bio_cls;
	uint64_t resident;
};

static const struct synth_param params[] = {
	[USER] = { "user", SYNTH_CHOICE, USER_PAGES, 0, 1, "pages|mmap",
		   "pages: the requests that faults and reclaim make; mmap: mmap and touch operations, which the sim backend "
		   "counts as not replayed" },
	[RAM] = { "ram", SYNTH_BYTES, 900u << 20, 1 << 20, 3ull << 30, NULL, "memory that processes have in pages" },
	[WORKING] = { "working-set", SYNTH_PERCENT, 150, 100, 1000, NULL, "what they touch, in percent of ram" },
	[PROCESSES] = { "processes", SYNTH_NUMBER, 8, 1, 64, NULL, "processes" },
	[LOCALITY] = { "locality", SYNTH_NUMBER, 200, 1, 1000000, NULL, "touches before another process runs, in the mean" },
	{ .name = NULL },
};

static int begin(struct gen *g)
{
	struct thrash *s = g->part->state = gen_alloc(g, 1, sizeof(*s));
	uint32_t n = (uint32_t)gen_param(g, PROCESSES), bio;

	if (!s)
		return g->rc;
	s->pages = (uint32_t)((gen_param(g, RAM) >> 12) * gen_param(g, WORKING) / 100 / n);
	s->p = gen_alloc(g, n, sizeof(*s->p));
	if (!s->p || user_begin(g, &s->user, (enum user_way)gen_param(g, USER)))
		return g->rc;
	bio = gen_cache(g, "bio-144", 144, TRACE_CACHE_HWALIGN);
	s->bio_cls = gen_objects(g, bio, MM_GFP_NOIO | MM_GFP_NOMEMALLOC, "mempool_alloc_slab", "mempool_free_slab");
	s->map_cls = gen_class(g, (struct gen_class){ .kind = TRACE_VMALLOC, .gfp = MM_GFP_KERNEL | MM_GFP_ZERO, .size = 256 << 10 },
			       "__do_sys_swapon", "__do_sys_swapoff");
	g->task = gen_task(g, 500, "swapon");
	s->map = gen_new(g, s->map_cls);
	for (; s->nr < n; s->nr++)
		if (process_init(g, &s->p[s->nr], gen_task(g, 3000 + (int)s->nr, "hog"), s->pages))
			return g->rc;
	for (n = 0; n < s->nr; n++)
		process_start(g, &s->user, &s->p[n], s->pages);
	return g->rc;
}

/* One request to the swap device. */
static void transfer(struct gen *g, struct thrash *s)
{
	uint32_t bio = gen_new(g, s->bio_cls);

	gen_pause_about(g, 100000);
	gen_end(g, bio);
}

/* Reclaim takes from all processes, more from the large. */
static void reclaim(struct gen *g, struct thrash *s)
{
	unsigned int i, tries;

	for (i = 0; i < CLUSTER && s->resident; i++) {
		struct process *p = &s->p[rng_below(&g->rng, s->nr)];

		for (tries = 0; tries < 2 * s->nr && !p->pages.nr; tries++)
			p = &s->p[tries % s->nr];
		process_evict(g, p, rng_below(&g->rng, p->pages.nr));
		s->resident--;
	}
	transfer(g, s);
}

/* A fault on a page that is out: the more of a process is out, the more often. */
static void fault(struct gen *g, struct thrash *s, struct process *p)
{
	uint32_t i;

	if (rng_below(&g->rng, s->pages) < p->pages.nr)
		return;		/* it is there */
	g->task = p->task;
	for (i = 0; i < READAHEAD && p->pages.nr < p->pages.cap; i++) {
		if (s->resident >= gen_param(g, RAM) >> 12)
			reclaim(g, s);
		process_fault(g, &s->user, p);
		s->resident++;
	}
	transfer(g, s);
}

/* Way mmap: any page, written. */
static void touch(struct gen *g, struct thrash *s, struct process *p)
{
	struct trace_op *op;

	g->task = p->task;
	op = gen_op(g, TRACE_TOUCH);
	op->slot = p->area;
	op->arg = rng_below(&g->rng, s->pages);
	op->order = 1;
	op->site = s->user.touch_site;
}

static void step(struct gen *g)
{
	struct thrash *s = g->part->state;
	struct process *p = &s->p[s->current];

	if (!rng_below(&g->rng, (uint32_t)gen_param(g, LOCALITY)))
		s->current = rng_below(&g->rng, s->nr);
	if (s->user.way == USER_MMAP)
		touch(g, s, p);
	else
		fault(g, s, p);
	gen_pause_about(g, 1000);
}

static void end(struct gen *g)
{
	struct thrash *s = g->part->state;

	while (s->nr)
		process_free(&s->p[--s->nr]);
	free(s->p);
	free(s);
}

const struct synth_profile synth_swap_thrash = {
	.name = "swap-thrash",
	.about = "processes that together touch more than there is memory",
	.stresses = "All memory in single movable pages, given up at random and taken again at once: the per-CPU lists and the "
		    "watermarks, and how few large blocks are left while every page turns over.",
	.source = "P. Denning, Thrashing: its causes and prevention, AFIPS 1968. Cluster and readahead sizes: Linux 6.1 "
		  "include/linux/swap.h, mm/swap.c (page_cluster).",
	.machine = "x86_32-1g",
	.operations = 1000000,
	.rate = 500000,
	.params = params,
	.begin = begin, .step = step, .end = end,
};
