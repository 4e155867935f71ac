/* SPDX-License-Identifier: MIT
 *
 * pkmap-storm: kmap until the window is full.
 *
 * The generator keeps its own count of the window's slots in use, so that it
 * knows when a request would sleep and never unmaps what it did not get.  A
 * waiter asks again when a slot has come free, as kmap_high does after its
 * wake-up.
 */
#include <stdlib.h>

#include "traces/synth/gen.h"

enum mode { HOLD, LEAK, FULL, WAITERS };
enum { MODE, SLOTS, PAGES, HELD, LEAK_EVERY, TASKS };

struct storm {
	struct gen_pool idle;		/* pages that are not mapped */
	struct gen_queue mapped;	/* in the order of their mapping */
	uint32_t leaked, pages, waiting;
	uint32_t cls, map, unmap, *task;
	bool filling;
};

static const struct synth_param params[] = {
	[MODE] = { "mode", SYNTH_CHOICE, HOLD, 0, 3, "hold|leak|full|waiters",
		   "hold: a steady number is mapped; leak: some are never unmapped; full: all slots are taken, "
		   "one more asked for, all given back; waiters: tasks queue for each slot" },
	[SLOTS] = { "slots", SYNTH_NUMBER, 1024, 16, 1024, NULL, "slots of the window (LAST_PKMAP): 512 with PAE" },
	[PAGES] = { "pages", SYNTH_NUMBER, 4096, 64, 1 << 18, NULL, "HighMem pages that are mapped in turn" },
	[HELD] = { "held", SYNTH_NUMBER, 512, 1, 1023, NULL, "hold, leak: pages mapped at a time" },
	[LEAK_EVERY] = { "leak-every", SYNTH_NUMBER, 200, 1, 1000000, NULL, "leak: of so many mappings one stays" },
	[TASKS] = { "tasks", SYNTH_NUMBER, 8, 2, 64, NULL, "tasks that map; waiters: one holds all slots, the others wait" },
	{ .name = NULL },
};

static int begin(struct gen *g)
{
	struct storm *s = g->part->state = gen_alloc(g, 1, sizeof(*s));
	uint64_t i;

	if (!s)
		return g->rc;
	s->pages = (uint32_t)gen_param(g, PAGES);
	/* More pages than slots, or the window could not fill. */
	if (s->pages < 2 * gen_param(g, SLOTS))
		s->pages = 2 * (uint32_t)gen_param(g, SLOTS);
	s->task = gen_alloc(g, gen_param(g, TASKS), sizeof(*s->task));
	if (!s->task || !gen_pool_init(g, &s->idle, s->pages) || !gen_queue_init(g, &s->mapped, s->pages))
		return g->rc;
	s->cls = gen_pages(g, 0, MM_GFP_HIGHUSER, "__page_cache_alloc", "__put_page");
	s->map = gen_site(g, "kmap_high");
	s->unmap = gen_site(g, "kunmap_high");
	for (i = 0; i < gen_param(g, TASKS); i++)
		s->task[i] = gen_task(g, 1000 + (int)i, "kmap-user");
	g->task = s->task[0];
	for (i = 0; i < s->pages; i++)
		gen_pool_put(&s->idle, gen_new(g, s->cls));
	s->filling = true;
	return g->rc;
}

static void map_one(struct gen *g, struct storm *s)
{
	uint32_t page = gen_pool_take(&s->idle, rng_below(&g->rng, s->idle.nr));

	gen_on(g, TRACE_KMAP, page, s->map);
	if (gen_param(g, MODE) == LEAK && !rng_below(&g->rng, (uint32_t)gen_param(g, LEAK_EVERY)))
		s->leaked++;
	else
		gen_queue_put(&s->mapped, page);
}

static void unmap_one(struct gen *g, struct storm *s)
{
	uint32_t page = gen_queue_take(&s->mapped);

	gen_on(g, TRACE_KUNMAP, page, s->unmap);
	gen_pool_put(&s->idle, page);
}

/* A request for a page that is not mapped when no slot is free: the kernel lets
 * the task sleep. */
static void ask_in_vain(struct gen *g, struct storm *s)
{
	gen_on(g, TRACE_KMAP, s->idle.slot[rng_below(&g->rng, s->idle.nr)], s->map);
}

static uint32_t in_use(const struct storm *s)
{
	return s->mapped.nr + s->leaked;
}

static void step_full(struct gen *g, struct storm *s)
{
	if (s->filling && in_use(s) < gen_param(g, SLOTS)) {
		map_one(g, s);
		return;
	}
	if (s->filling) {
		ask_in_vain(g, s);
		gen_pause_about(g, 1000000);
	}
	s->filling = s->mapped.nr == 0;
	if (!s->filling)
		unmap_one(g, s);
}

/* The window is full; every task in turn asks in vain, then one slot comes free
 * and the one that waits longest gets it. */
static void step_waiters(struct gen *g, struct storm *s)
{
	if (in_use(s) < gen_param(g, SLOTS)) {
		map_one(g, s);
		return;
	}
	while (s->waiting < gen_param(g, TASKS) - 1) {
		g->task = s->task[1 + s->waiting++];
		ask_in_vain(g, s);
	}
	gen_pause_about(g, 200000);
	g->task = s->task[0];
	unmap_one(g, s);
	g->task = s->task[s->waiting--];
	map_one(g, s);
}

/* hold and leak: one in, one out, until leaks have taken the whole window. */
static void step_hold(struct gen *g, struct storm *s)
{
	g->task = s->task[rng_below(&g->rng, (uint32_t)gen_param(g, TASKS))];
	if (in_use(s) < gen_param(g, SLOTS)) {
		map_one(g, s);
		if (s->mapped.nr > gen_param(g, HELD) || in_use(s) == gen_param(g, SLOTS))
			if (s->mapped.nr)
				unmap_one(g, s);
		return;
	}
	ask_in_vain(g, s);
	gen_pause_about(g, 10000000);
	if (s->mapped.nr)
		unmap_one(g, s);
}

static void step(struct gen *g)
{
	struct storm *s = g->part->state;

	switch (gen_param(g, MODE)) {
	case FULL:
		step_full(g, s);
		break;
	case WAITERS:
		step_waiters(g, s);
		break;
	default:
		step_hold(g, s);
	}
}

static void end(struct gen *g)
{
	struct storm *s = g->part->state;

	free(s->idle.slot);
	free(s->mapped.slot);
	free(s->task);
	free(s);
}

const struct synth_profile synth_pkmap_storm = {
	.name = "pkmap-storm",
	.about = "kmap of HighMem pages until the pkmap window is full",
	.stresses = "The 1024 (PAE: 512) slots of the persistent kernel map: the rotating search, the flush when it wraps, "
		    "and the sleep when no slot is free, which the replay counts as would block.",
	.source = "The window's rules: Linux 6.1 mm/highmem.c, Documentation/mm/highmem.rst. Holding it full is the deadlock "
		  "that the documentation warns of.",
	.machine = "x86_32-2g",
	.operations = 200000,
	.rate = 200000,
	.params = params,
	.begin = begin, .step = step, .end = end,
};
