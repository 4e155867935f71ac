/* SPDX-License-Identifier: MIT
 *
 * mix: several profiles on one machine at a time.
 *
 * Each part is a profile with its default parameters but a smaller memory; in
 * turns of some hundred operations, drawn by weight, one of them steps.  All
 * share the clock, so what one holds while the others work is longer-lived than
 * alone.
 */
#include <stdlib.h>

#include "traces/synth/gen.h"

enum { NET_RX, MODULES, HIGHMEM_CACHE, PROCESS_CHURN, SLAB_HEAVY, TURN, NR_PARTS = TURN };

static const struct synth_param params[] = {
	[NET_RX] = { "net-rx", SYNTH_NUMBER, 30, 0, 1000, NULL, "weight of this profile; 0: without it" },
	[MODULES] = { "modules", SYNTH_NUMBER, 2, 0, 1000, NULL, "the same" },
	[HIGHMEM_CACHE] = { "highmem-cache", SYNTH_NUMBER, 30, 0, 1000, NULL, "the same" },
	[PROCESS_CHURN] = { "process-churn", SYNTH_NUMBER, 25, 0, 1000, NULL, "the same" },
	[SLAB_HEAVY] = { "slab-heavy", SYNTH_NUMBER, 13, 0, 1000, NULL, "the same" },
	[TURN] = { "turn", SYNTH_NUMBER, 300, 1, 1000000, NULL, "operations before another profile's turn, at least" },
	{ .name = NULL },
};

struct mix {
	struct rng_alias choice;
	struct gen_part *part[NR_PARTS];
	uint32_t nr;
	uint64_t value[NR_PARTS][SYNTH_PARAMS_MAX];
};

static int add_part(struct gen *g, struct mix *s, unsigned int i)
{
	const struct synth_profile *p = synth_find(params[i].name, g->err);
	struct gen_part *mine = g->part;
	unsigned int j;
	int rc;

	if (!p)
		return g->err->code;
	for (j = 0; p->params[j].name; j++)
		s->value[i][j] = p->params[j].value;
	g->part = s->part[s->nr++] = &g->parts[g->nr_parts++];
	*g->part = (struct gen_part){ .profile = p, .param = s->value[i] };
	rc = p->begin(g);
	g->part = mine;
	return rc;
}

static int begin(struct gen *g)
{
	struct mix *s = g->part->state = gen_alloc(g, 1, sizeof(*s));
	uint64_t weight[NR_PARTS];
	unsigned int i;
	int rc;

	if (!s)
		return g->rc;
	for (i = 0; i < NR_PARTS; i++) {
		if (!gen_param(g, i))
			continue;
		weight[s->nr] = gen_param(g, i);
		rc = add_part(g, s, i);
		if (rc)
			return rc;
	}
	rc = rng_alias_init(&s->choice, weight, s->nr);
	return rc ? mm_fail(g->err, rc, "mix: found no profile with a weight above 0, expected one at least") : 0;
}

static void step(struct gen *g)
{
	struct mix *s = g->part->state;
	struct gen_part *mine = g->part;
	uint64_t until = g->operations + gen_param(g, TURN);

	g->part = s->part[rng_alias_draw(&g->rng, &s->choice)];
	while (g->operations < until && !g->closed && !g->rc) {
		g->part->profile->step(g);
		gen_due(g);
	}
	g->part = mine;
}

static void end(struct gen *g)
{
	struct mix *s = g->part->state;

	rng_alias_free(&s->choice);
	free(s);
}

const struct synth_profile synth_mix = {
	.name = "mix",
	.about = "network, modules, page cache, processes and dentries on one machine",
	.stresses = "All layers at once: what one part holds lies between what the others free.",
	.source = "The parts' own.",
	.machine = "x86_32-1g",
	.operations = 1000000,
	.rate = 500000,
	.params = params,
	.begin = begin, .step = step, .end = end,
};
