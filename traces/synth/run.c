/* SPDX-License-Identifier: MIT
 *
 * Running a generator: sets it up, lets it step until the length is reached,
 * and writes what made the trace into its metadata.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/stop.h"
#include "traces/synth/gen.h"
#include "traces/synth/params.h"

/* The generators of another version may give other bytes for the same seed. */
#define SYNTH_VERSION "1"

/* Steps between looks at the clock of the user: some 10 ms. */
enum { PROGRESS_OPS = 1 << 18 };

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- life of a generator ---- */

static void gen_release(struct gen *g)
{
	uint32_t i;

	for (i = 0; i < g->nr_parts; i++) {
		g->part = &g->parts[i];
		if (g->part->profile->end && g->part->state)
			g->part->profile->end(g);
	}
	trace_slots_free(&g->slots);
	wheel_free(&g->wheel);
	free(g->class_of);
	free(g->tag);
	fitter_free(g->fitter);
	free(g->cache);
	free(g->class);
	free(g->op);
	free(g->exp);
	free(g);
}

static struct gen *gen_make(const struct synth_profile *p, const struct synth_options *opt,
			    const uint64_t *value, struct mm_error *err)
{
	struct gen *g = calloc(1, sizeof(*g));

	if (g) {
		g->exp = malloc(sizeof(*g->exp));
		g->op = malloc(GEN_BATCH * sizeof(*g->op));
		g->class = calloc(GEN_CLASSES_MAX, sizeof(*g->class));
	}
	if (!g || !g->exp || !g->op || !g->class) {
		if (g)
			gen_release(g);
		mm_fail(err, -ENOMEM, "out of memory for a generator");
		return NULL;
	}
	rng_seed(&g->rng, opt->seed);
	rng_exp_init(g->exp);
	wheel_init(&g->wheel);
	g->opt = opt;
	g->err = err;
	g->gap = 1000000000 / p->rate;
	g->stretch = opt->rate ? (uint64_t)(((unsigned __int128)p->rate << 32) / opt->rate) : 1ull << 32;
	g->limit = opt->operations ? opt->operations : opt->duration_ns ? UINT64_MAX : p->operations;
	g->end = UINT64_MAX;
	g->part = &g->parts[g->nr_parts++];
	*g->part = (struct gen_part){ .profile = p, .param = value };
	return g;
}

/* ---- metadata ---- */

static int meta_number(struct mmt_writer *w, const char *key, uint64_t v)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%" PRIu64, v);
	return mmt_meta(w, key, buf);
}

static int write_meta(struct mmt_writer *w, const struct synth_profile *p,
		      const struct synth_options *opt, const char *settings)
{
	int rc = mmt_meta(w, "synthetic", "1");

	if (!rc)
		rc = mmt_meta(w, "description", p->about);
	if (!rc)
		rc = mmt_meta(w, "profile", p->name);
	if (!rc)
		rc = mmt_meta(w, "synth.version", SYNTH_VERSION);
	if (!rc)
		rc = meta_number(w, "seed", opt->seed);
	if (!rc)
		rc = mmt_meta(w, "parameters", settings);
	if (!rc && opt->operations)
		rc = meta_number(w, "synth.operations", opt->operations);
	if (!rc && opt->duration_ns)
		rc = meta_number(w, "synth.duration_ns", opt->duration_ns);
	if (!rc && opt->rate)
		rc = meta_number(w, "synth.rate", opt->rate);
	return rc ? rc : mmt_meta(w, "machine", opt->machine ? opt->machine : p->machine);
}

/* ---- the run ---- */

static double done_part(const struct gen *g, uint64_t end)
{
	double ops = g->limit == UINT64_MAX ? 0 : (double)g->operations / (double)g->limit;
	double time = end == UINT64_MAX ? 0 : (double)g->now / (double)end;

	return ops > time ? ops : time;
}

static int loop(struct gen *g)
{
	const struct synth_options *opt = g->opt;
	uint64_t end = g->end, next = PROGRESS_OPS;
	struct gen_part *part = g->part;

	if (opt->duration_ns)
		end = (uint64_t)(((unsigned __int128)opt->duration_ns << 32) / g->stretch);
	while (!g->closed && g->now < end && !g->rc) {
		gen_due(g);
		part->profile->step(g);
		if (g->operations < next)
			continue;
		next = g->operations + PROGRESS_OPS;
		if (opt->progress)
			opt->progress(opt->arg, g->operations, done_part(g, end));
		if (stop_requested())
			return mm_fail(g->err, -EINTR, "interrupted");
	}
	gen_flush(g);
	return g->rc;
}

/* ---- the distance from what it imitates ---- */

static struct trace_cache cache_of(void *arg, uint32_t id)
{
	const struct gen *g = arg;

	return id < g->nr_caches ? g->cache[id] : (struct trace_cache){ .name = "?" };
}

/* Of call sites and tasks only the numbers are compared. */
static void no_name(void *arg, uint32_t id, char *buf, size_t size)
{
	(void)arg;
	(void)id;
	if (size)
		buf[0] = '\0';
}

static int measure(struct gen *g, struct synth_result *result)
{
	const struct fit_names names = { cache_of, no_name, no_name, g };
	const struct fit *with = g->opt->against ? g->opt->against : g->model;
	struct fit *mine = fitter_end(g->fitter, &names);
	char text[256];
	int rc = 0;

	g->fitter = NULL;
	if (with) {
		fit_compare(with, mine, &result->distance);
		result->compared = true;
		fit_distance_text(&result->distance, text, sizeof(text));
		rc = g->writer ? mmt_meta(g->writer, "compared_with", with->source) : 0;
		if (!rc && g->writer)
			rc = mmt_meta(g->writer, "distance", text);
	}
	fit_free(mine);
	return rc ? mm_fail(g->err, rc, "cannot write the trace's metadata") : 0;
}

static int run(const struct synth_profile *p, const struct synth_options *opt,
	       struct mmt_writer *w, int (*take)(void *, const struct trace_op *, size_t), void *arg,
	       struct synth_result *result, struct mm_error *err)
{
	uint64_t value[SYNTH_PARAMS_MAX];
	double start = seconds();
	struct gen *g;
	int rc;

	memset(result, 0, sizeof(*result));
	rc = params_read(p, opt, value, err);
	if (rc)
		return rc;
	result->settings = params_text(p, value);
	g = gen_make(p, opt, value, err);
	if (!g || !result->settings) {
		if (g)
			gen_release(g);
		return mm_fail(err, -ENOMEM, "out of memory for a generator");
	}
	g->writer = w;
	g->take = take;
	g->take_arg = arg;
	rc = w ? write_meta(w, p, opt, result->settings) : 0;
	if (rc)
		mm_fail(err, rc, "cannot write the trace's metadata");
	if (!rc)
		rc = p->begin(g);
	if (!rc)
		rc = g->rc;
	if (!rc && opt->compare && (opt->against || g->model)) {
		g->fitter = fitter_new(err);
		rc = g->fitter ? 0 : err->code;
	}
	if (!rc)
		rc = loop(g);
	if (!rc && g->fitter)
		rc = measure(g, result);
	result->totals.operations = g->operations;
	result->seconds = seconds() - start;
	gen_release(g);
	return rc;
}

struct sink {
	struct mmt_writer *w;
	struct mm_error *err;
};

static int to_trace(void *arg, const struct trace_op *op, size_t n)
{
	struct sink *s = arg;

	return mmt_write(s->w, op, n, s->err);
}

int synth_feed(const struct synth_profile *p, const struct synth_options *opt,
	       int (*take)(void *arg, const struct trace_op *op, size_t n), void *take_arg,
	       struct synth_result *result, struct mm_error *err)
{
	return run(p, opt, NULL, take, take_arg, result, err);
}

int synth_write(const struct synth_profile *p, const char *path, const struct synth_options *opt,
		struct synth_result *result, struct mm_error *err)
{
	const struct mmt_write_options write = { .level = opt->level };
	struct sink s = { .err = err };
	double start = seconds();
	int rc;

	memset(result, 0, sizeof(*result));
	s.w = mmt_create(path, &write, err);
	if (!s.w)
		return err->code;
	rc = run(p, opt, s.w, to_trace, &s, result, err);
	if (rc) {
		mmt_abort(s.w);
		return rc;
	}
	rc = mmt_finish(s.w, &result->totals, err);
	result->seconds = seconds() - start;
	return rc;
}

void synth_result_free(struct synth_result *r)
{
	free(r->settings);
	r->settings = NULL;
}
