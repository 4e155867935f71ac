/* SPDX-License-Identifier: MIT
 *
 * vmalloc-tests: the request patterns of the eleven tests of the kernel's own
 * vmalloc test module (lib/test_vmalloc.c of Linux 6.1), one at a time or in
 * turn.
 *
 * What the trace's operations cannot say is replaced: an aligned vmalloc by an
 * ioremap of a size that the kernel aligns in the same way; a per-CPU allocation
 * by the chunk area and pages that it makes when the chunks are full.
 */
#include <stdlib.h>

#include "traces/synth/gen.h"

enum test { FIX_SIZE, FULL_FIT, LONG_BUSY, RANDOM_SIZE, FIX_ALIGN, RANDOM_ALIGN, ALIGN_SHIFT, PCPU, RCU_1ARG, RCU_2ARG,
	    MAP_RAM, ALL, NR_TESTS = ALL };
enum { TEST, PAGES, BUSY, JUNK, TURN };

struct tests {
	struct gen_pool busy, junk;	/* of long_busy, full_fit */
	uint32_t area, pcpu_area, io, map, page, object, done, set_up;
	enum test test;
	uint32_t *mapped, nr_mapped;
};

static const struct synth_param params[] = {
	[TEST] = { "test", SYNTH_CHOICE, ALL, 0, ALL,
		   "fix-size|full-fit|long-busy-list|random-size|fix-align|random-size-align|align-shift|pcpu|"
		   "kvfree-rcu-1-arg|kvfree-rcu-2-arg|vm-map-ram|all", "the pattern; all: each in turn" },
	[PAGES] = { "pages", SYNTH_NUMBER, 1, 1, 1000, NULL, "fix-size, vm-map-ram: pages of a request" },
	[BUSY] = { "busy", SYNTH_NUMBER, 6000, 1, 30000, NULL, "long-busy-list: areas that are live all the time; the module has 15000, more than 120 MiB hold" },
	[JUNK] = { "junk", SYNTH_NUMBER, 6000, 2, 30000, NULL, "full-fit: areas between which holes of one page are made; the module has 8192 for each CPU" },
	[TURN] = { "turn", SYNTH_NUMBER, 2000, 1, 100000000, NULL, "all: rounds of a test before the next" },
	{ .name = NULL },
};

static int begin(struct gen *g)
{
	struct tests *s = g->part->state = gen_alloc(g, 1, sizeof(*s));

	if (!s)
		return g->rc;
	s->nr_mapped = (uint32_t)gen_param(g, PAGES);
	s->mapped = gen_alloc(g, s->nr_mapped, sizeof(*s->mapped));
	if (!s->mapped || !gen_pool_init(g, &s->busy, gen_param(g, BUSY)) || !gen_pool_init(g, &s->junk, gen_param(g, JUNK)))
		return g->rc;
	s->area = gen_class(g, (struct gen_class){ .kind = TRACE_VMALLOC, .gfp = MM_GFP_KERNEL, .size = 4096 }, "test_func", "test_func");
	s->pcpu_area = gen_class(g, (struct gen_class){ .kind = TRACE_VMALLOC, .gfp = MM_GFP_KERNEL }, "pcpu_create_chunk", "pcpu_destroy_chunk");
	s->io = gen_class(g, (struct gen_class){ .kind = TRACE_IOREMAP, .arg = 0xf0000 }, "test_func", "test_func");
	s->map = gen_class(g, (struct gen_class){ .kind = TRACE_VM_MAP_RAM }, "vm_map_ram_test", "vm_map_ram_test");
	s->page = gen_pages(g, 0, MM_GFP_KERNEL, "vm_map_ram_test", "vm_map_ram_test");
	s->object = gen_class(g, (struct gen_class){ .kind = TRACE_KMALLOC, .gfp = MM_GFP_KERNEL, .size = 64 }, "pcpu_create_chunk", "pcpu_destroy_chunk");
	g->task = gen_task(g, 400, "vmalloc_test/0");
	s->test = gen_param(g, TEST) == ALL ? FIX_SIZE : (enum test)gen_param(g, TEST);
	return g->rc;
}

static void pair(struct gen *g, uint32_t cls, uint32_t size)
{
	gen_end(g, gen_new_sized(g, cls, size));
}

/* Holes of one page each, then one-page requests, which need the guard page too:
 * they fit nowhere but behind or in two holes made one. */
static void full_fit(struct gen *g, struct tests *s)
{
	uint32_t i;

	if (!s->set_up) {
		while (s->junk.nr < s->junk.cap)
			gen_pool_put(&s->junk, gen_new(g, s->area));
		for (i = 0; i < s->junk.nr / 2; i++)
			gen_end(g, gen_pool_take(&s->junk, 2 * i < s->junk.nr ? 2 * i : 0));
		s->set_up = 1;
	}
	pair(g, s->area, 4096);
}

static void long_busy(struct gen *g, struct tests *s)
{
	uint32_t large, small;

	while (s->busy.nr < s->busy.cap)
		gen_pool_put(&s->busy, gen_new(g, s->area));
	large = gen_new_sized(g, s->area, 100 << 12);
	small = gen_new(g, s->area);
	gen_end(g, small);
	gen_end(g, large);
}

/* A chunk: its area and the pages behind some of it. */
static void pcpu(struct gen *g, struct tests *s)
{
	uint32_t area = gen_new_sized(g, s->pcpu_area, 4096 * (8 + 8 * rng_below(&g->rng, 4))), object = gen_new(g, s->object);

	gen_end_after(g, area, 5000000);
	gen_end_after(g, object, 5000000);
}

/* Freed by a worker after a grace period. */
static void rcu(struct gen *g, struct tests *s)
{
	gen_end_at(g, gen_new(g, s->area), g->now + 20000000);
	gen_pause(g, 10000);
}

static void map_ram(struct gen *g, struct tests *s)
{
	uint32_t i;

	if (!s->set_up)
		for (i = 0; i < s->nr_mapped; i++)
			s->mapped[i] = gen_new(g, s->page);
	s->set_up = 1;
	gen_end(g, gen_map_pages(g, s->map, s->mapped, s->nr_mapped));
}

static void one_round(struct gen *g, struct tests *s)
{
	switch (s->test) {
	case FIX_SIZE:
		pair(g, s->area, (uint32_t)gen_param(g, PAGES) << 12);
		break;
	case FULL_FIT:
		full_fit(g, s);
		break;
	case LONG_BUSY:
		long_busy(g, s);
		break;
	case RANDOM_SIZE:
		pair(g, s->area, (1 + rng_below(&g->rng, 100)) << 12);
		break;
	case FIX_ALIGN:
		pair(g, s->io, 5 << 12);	/* aligned to 32 KiB */
		break;
	case RANDOM_ALIGN:
		pair(g, s->io, (1 + rng_below(&g->rng, 10)) << 12);
		break;
	case ALIGN_SHIFT:
		pair(g, s->io, 4096u << s->done % 10);
		break;
	case PCPU:
		pcpu(g, s);
		break;
	case RCU_1ARG:
	case RCU_2ARG:
		rcu(g, s);
		break;
	default:
		map_ram(g, s);
	}
}

static void clean_up(struct gen *g, struct tests *s)
{
	while (s->junk.nr)
		gen_end(g, s->junk.slot[--s->junk.nr]);
	while (s->busy.nr)
		gen_end(g, s->busy.slot[--s->busy.nr]);
	if (s->test == MAP_RAM && s->set_up) {
		uint32_t i;

		for (i = 0; i < s->nr_mapped; i++)
			gen_end(g, s->mapped[i]);
	}
	s->set_up = 0;
	s->done = 0;
}

static void step(struct gen *g)
{
	struct tests *s = g->part->state;

	one_round(g, s);
	gen_pause_about(g, 5000);
	if (++s->done < gen_param(g, TURN) || gen_param(g, TEST) != ALL)
		return;
	clean_up(g, s);
	s->test = (enum test)((s->test + 1) % NR_TESTS);
}

static void end(struct gen *g)
{
	struct tests *s = g->part->state;

	free(s->busy.slot);
	free(s->junk.slot);
	free(s->mapped);
	free(s);
}

const struct synth_profile synth_vmalloc_tests = {
	.name = "vmalloc-tests",
	.about = "the patterns of the eleven tests of the kernel's test_vmalloc module",
	.stresses = "The vmalloc area's tree: search, lazy free, purge, vmap blocks; a long busy list, holes that just do not "
		    "fit, aligned areas. An aligned vmalloc is asked for as an ioremap that the kernel aligns alike, a per-CPU "
		    "allocation as the area of its chunk.",
	.source = "Linux 6.1 lib/test_vmalloc.c (which requests its tests make), tools/testing/selftests/vm/test_vmalloc.sh.",
	.machine = "x86_32-1g",
	.operations = 200000,
	.rate = 200000,
	.params = params,
	.begin = begin, .step = step, .end = end,
};
