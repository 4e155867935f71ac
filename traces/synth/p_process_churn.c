/* SPDX-License-Identifier: MIT
 *
 * process-churn: processes that start, touch their memory page by page, and
 * exit, several at a time.
 */
#include <stdlib.h>

#include "traces/synth/user.h"

enum { USER, PROCESSES, PAGES, LARGEST, THINK };

struct churn {
	struct user user;
	struct process *p;
	uint32_t *goal;		/* pages that it will touch */
	uint32_t *got;
	uint32_t nr;
};

static const struct synth_param params[] = {
	[USER] = { "user", SYNTH_CHOICE, USER_PAGES, 0, 1, "pages|mmap",
		   "pages: the requests that demand paging makes; mmap: mmap, touch, munmap and exit operations, "
		   "which the sim backend counts as not replayed" },
	[PROCESSES] = { "processes", SYNTH_NUMBER, 24, 1, 1000, NULL, "processes at a time" },
	[PAGES] = { "pages", SYNTH_NUMBER, 600, 1, 100000, NULL, "pages that a process touches, in the mean" },
	[LARGEST] = { "largest", SYNTH_NUMBER, 6000, 1, 500000, NULL, "pages that a process touches at most" },
	[THINK] = { "think", SYNTH_TIME, 500000, 0, 60000000000, NULL, "mean time between two bursts of page faults" },
	{ .name = NULL },
};

static void start(struct gen *g, struct churn *s, uint32_t i)
{
	uint64_t goal = 1 + rng_exp(&g->rng, g->exp, gen_param(g, PAGES));

	s->goal[i] = (uint32_t)(goal < gen_param(g, LARGEST) ? goal : gen_param(g, LARGEST));
	s->got[i] = 0;
	process_start(g, &s->user, &s->p[i], s->goal[i]);
}

static int begin(struct gen *g)
{
	struct churn *s = g->part->state = gen_alloc(g, 1, sizeof(*s));
	uint32_t i, n = (uint32_t)gen_param(g, PROCESSES);

	if (!s)
		return g->rc;
	s->p = gen_alloc(g, n, sizeof(*s->p));
	s->goal = gen_alloc(g, n, sizeof(*s->goal));
	s->got = gen_alloc(g, n, sizeof(*s->got));
	if (!s->p || !s->goal || !s->got || user_begin(g, &s->user, (enum user_way)gen_param(g, USER)))
		return g->rc;
	for (; s->nr < n; s->nr++)
		if (process_init(g, &s->p[s->nr], gen_task(g, 2000 + (int)s->nr, "worker"), (uint32_t)gen_param(g, LARGEST)))
			return g->rc;
	for (i = 0; i < n; i++)
		start(g, s, i);
	return g->rc;
}

static void step(struct gen *g)
{
	struct churn *s = g->part->state;
	uint32_t i = rng_below(&g->rng, s->nr), n = 1 + rng_below(&g->rng, 16);

	for (; n && s->got[i] < s->goal[i]; n--, s->got[i]++)
		process_fault(g, &s->user, &s->p[i]);
	if (s->got[i] == s->goal[i]) {
		process_exit(g, &s->user, &s->p[i]);
		start(g, s, i);
	}
	gen_pause_about(g, gen_param(g, THINK));
}

static void end(struct gen *g)
{
	struct churn *s = g->part->state;

	while (s->nr)
		process_free(&s->p[--s->nr]);
	free(s->p);
	free(s->goal);
	free(s->got);
	free(s);
}

const struct synth_profile synth_process_churn = {
	.name = "process-churn",
	.about = "processes that start, touch their memory page by page, and exit",
	.stresses = "Demand paging: single movable pages from HighMem, page tables (unmovable, in HighMem), order-1 kernel "
		    "stacks and the objects of fork, all given back at once by an exit.",
	.source = "Requests of fork, fault and exit: Linux 6.1 kernel/fork.c, mm/memory.c, arch/x86/mm/pgtable.c.",
	.machine = "x86_32-1g",
	.operations = 500000,
	.rate = 500000,
	.params = params,
	.begin = begin, .step = step, .end = end,
};
