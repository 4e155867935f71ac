/* SPDX-License-Identifier: MIT
 *
 * From a file of measured distributions to the tables that are drawn from.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/datadir.h"
#include "traces/synth/fitted.h"

static int out_of_memory(struct gen *g)
{
	return g->rc = mm_fail(g->err, -ENOMEM, "out of memory for the distributions");
}

/* A table for a distribution that may be empty. */
static int table(struct gen *g, struct rng_alias *a, const uint64_t *weight, uint32_t n, bool *any)
{
	int rc = rng_alias_init(a, weight, n);

	if (any)
		*any = !rc;
	return rc == -ENOMEM ? out_of_memory(g) : 0;
}

static uint32_t cache_of(struct gen *g, struct fitted *s, uint32_t i)
{
	const struct fit_class *c = &s->fit->class[i];
	uint32_t j;

	if (!*c->cache_name)
		return 0;
	for (j = 0; j < i; j++)
		if (!strcmp(s->fit->class[j].cache_name, c->cache_name))
			return g->class[s->source[j].first_cls].arg;
	return gen_cache(g, c->cache_name, c->cache_size, c->cache_flags);
}

static int declare(struct gen *g, struct fitted *s, uint32_t i)
{
	const struct fit_class *c = &s->fit->class[i];
	struct source *x = &s->source[i];
	struct gen_class cls = { .kind = c->kind, .order = c->order, .gfp = c->gfp, .arg = cache_of(g, s, i) };
	uint64_t weight[BINS_NR + 1], sites[FIT_SITES];
	uint32_t id;
	int j, rc;

	if (c->kind == TRACE_IOREMAP)
		cls.arg = 0xf0000;
	for (j = 0; j < FIT_SITES && (c->site[j].count || !j); j++) {
		id = gen_class(g, cls, *c->site[j].name ? c->site[j].name : NULL,
			       *c->free_site[0].name ? c->free_site[0].name : NULL);
		if (!j)
			x->first_cls = id;
		s->source_of[id] = (uint16_t)i;
		sites[j] = c->site[j].count ? c->site[j].count : 1;
	}
	x->nr_sites = (uint32_t)j;
	rc = table(g, &x->site, sites, x->nr_sites, NULL);
	if (!rc)
		rc = table(g, &x->size, c->size.n, BINS_NR, &x->sized);
	memcpy(weight, c->life_ns.n, sizeof(c->life_ns.n));
	weight[BINS_NR] = c->objects - c->freed;
	if (!rc)
		rc = table(g, &x->life, weight, BINS_NR + 1, &x->lives);
	x->follow = gen_alloc(g, BINS_NR, sizeof(*x->follow));
	for (j = 0; x->follow && j < BINS_NR; j++)
		x->follow[j] = fitted_share(c->follow_ns.n[j], c->follow_ns.n[j] + c->life_ns.n[j]);
	x->same = fitted_share(c->same, c->count);
	x->lru = fitted_share(c->lru, c->objects);
	x->bulk = fitted_share(c->freed_bulk, c->freed);
	x->backward = fitted_share(c->backward, bins_sum(&c->follow_ns));
	x->flush = c->bulks ? (uint32_t)((c->freed_bulk + c->bulks - 1) / c->bulks) : PENDING;
	if (x->flush > PENDING)
		x->flush = PENDING;
	return rc ? rc : g->rc;
}

/* What begins a run, by phase; behind the classes, the mappings. */
static int choices(struct gen *g, struct fitted *s)
{
	const struct fit *t = s->fit;
	uint64_t weight[FIT_CLASSES + 1];
	uint32_t p, i;
	int rc = 0;

	for (p = 0; !rc && p < t->phases; p++) {
		for (i = 0; i < t->nr_classes; i++)
			weight[i] = t->class[i].phase[p] * (UINT32_MAX - s->source[i].same + 1ull) >> 16;
		weight[i] = t->maps ? (t->map[p] << 16) * t->map_depth[0] / t->maps : 0;
		rc = table(g, &s->choice[p], weight, t->nr_classes + 1, NULL);
	}
	return rc;
}

static int tasks(struct gen *g, struct fitted *s)
{
	const struct fit *t = s->fit;
	uint64_t weight[FIT_TASKS];
	uint32_t i;

	for (i = 0; i < FIT_TASKS && (t->task[i].count || !i); i++) {
		weight[i] = t->task[i].count ? t->task[i].count : 1;
		s->task_id[i] = gen_task(g, 100 + (int)i, *t->task[i].name ? t->task[i].name : "?");
	}
	s->nr_tasks = i;
	s->change = fitted_share(t->task_runs, t->arrivals);
	return table(g, &s->task, weight, i, NULL);
}

/* Mean ns between arrivals in a phase. */
static uint64_t phase_gap(const struct gen *g, const struct fit *t, uint32_t phase)
{
	uint64_t begin = phase * t->phase_ns, length = t->duration_ns > begin ? t->duration_ns - begin : 1;

	if (length > t->phase_ns)
		length = t->phase_ns;
	return (uint64_t)((unsigned __int128)length * 100 / (t->arrival[phase] * gen_param(g, FITTED_SCALE)));
}

static int gaps(struct gen *g, struct fitted *s)
{
	const struct fit *t = s->fit;
	uint64_t n = bins_sum(&t->gap_ns), mean;
	unsigned __int128 sum = 0;
	uint32_t b, p;

	for (b = 0; b < BINS_NR; b++)
		sum += (unsigned __int128)t->gap_ns.n[b] * (bins_low(b) / 2 + bins_high(b) / 2);
	if (!n || !sum)
		return mm_fail(g->err, -EINVAL, "%s: found no gaps between requests, expected gap_ns", t->source);
	mean = (uint64_t)(sum / n);
	for (p = 0; p < t->phases; p++)
		if (t->arrival[p])
			s->stretch[p] = (uint64_t)(((unsigned __int128)phase_gap(g, t, p) << 32) / (mean ? mean : 1)) + 1;
	return table(g, &s->gap, t->gap_ns.n, BINS_NR, NULL);
}

static int load(struct gen *g, struct fitted *s)
{
	const char *model = g->part->profile->model;
	char name[128], *path;

	if (g->opt->model) {
		s->fit = fit_load(g->opt->model, g->err);
	} else if (!model) {
		mm_fail(g->err, -EINVAL, "%s: found no file, expected --profile FILE (of mmreplay fit)",
			g->part->profile->name);
	} else {
		snprintf(name, sizeof(name), "traces/synth/profiles/%s.ini", model);
		path = datadir_find(name, g->err);
		s->fit = path ? fit_load(path, g->err) : NULL;
		free(path);
	}
	return s->fit ? 0 : g->err->code;
}

int fitted_begin(struct gen *g)
{
	struct fitted *s = g->part->state = gen_alloc(g, 1, sizeof(*s));
	uint32_t i;
	int rc;

	if (!s)
		return g->rc;
	rc = load(g, s);
	if (rc)
		return rc;
	s->source = gen_alloc(g, s->fit->nr_classes, sizeof(*s->source));
	s->source_of = gen_alloc(g, GEN_CLASSES_MAX, sizeof(*s->source_of));
	if (!s->source || !s->source_of)
		return g->rc;
	for (i = 0; !rc && i < s->fit->nr_classes; i++)
		rc = declare(g, s, i);
	if (!rc)
		rc = choices(g, s);
	if (!rc)
		rc = tasks(g, s);
	if (!rc)
		rc = gaps(g, s);
	for (i = 0; i + 1 < FIT_DEPTH; i++)
		s->deeper[i] = fitted_share(s->fit->map_depth[i + 1], s->fit->map_depth[i]);
	s->again = fitted_share(s->fit->map_again, s->fit->maps);
	s->last = s->fit->nr_classes;
	g->task = s->task_id[0];
	g->model = s->fit;
	/* The recording's time, unless the length is given; operations within it take
	 * a small part of their share, so that frees do not delay requests. */
	g->gap = s->fit->duration_ns / (s->fit->operations + 1) / 16;
	if (g->opt->rate)
		g->stretch = (uint64_t)(((unsigned __int128)s->fit->operations * gen_param(g, FITTED_SCALE) * 10000000 << 32) /
					((unsigned __int128)s->fit->duration_ns * g->opt->rate)) + 1;
	if (!g->opt->operations && !g->opt->duration_ns) {
		g->limit = UINT64_MAX;
		g->end = s->fit->duration_ns;
	}
	return rc;
}

void fitted_end(struct gen *g)
{
	struct fitted *s = g->part->state;
	uint32_t i;

	for (i = 0; s->source && s->fit && i < s->fit->nr_classes; i++) {
		rng_alias_free(&s->source[i].site);
		rng_alias_free(&s->source[i].size);
		rng_alias_free(&s->source[i].life);
		free(s->source[i].follow);
	}
	for (i = 0; i < FIT_PHASES; i++)
		rng_alias_free(&s->choice[i]);
	rng_alias_free(&s->gap);
	rng_alias_free(&s->task);
	fit_free(s->fit);
	free(s->source);
	free(s->source_of);
	free(s);
}
