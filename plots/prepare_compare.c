/* SPDX-License-Identifier: MIT
 *
 * The numbers of several runs as gnuplot reads them (space-separated, first line
 * names the columns):
 *
 *	vars.gp		names, the common time axis, zones, kinds
 *	run-N.dat	x, requested, held (MiB), overhead (percent), free_ZONE (MiB),
 *			unusable (percent of free memory of no use to order 4, of
 *			HighMem or Normal, whichever is worse)
 *	latency-N.dat	kind's place, p50, p99, p99.9 (ns)
 */
#include "plots/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/frag.h"
#include "plots/prepare.h"

#define MIB 1048576.0

enum { MAX_ROWS = 1000, MAX_KINDS = 10, UNUSABLE_ORDER = 4, LEGEND = 26 };

/* The run that lasts longest gives the axis. */
static const struct an_run *longest(const struct an_compare *c)
{
	const struct an_run *best = c->run[0];
	size_t i;

	for (i = 1; i < c->n; i++)
		if (an_timeline_ns(&c->run[i]->tl, c->run[i]->tl.n - 1) > an_timeline_ns(&best->tl, best->tl.n - 1))
			best = c->run[i];
	return best;
}

/* ---- samples ---- */

/* NaN where a quotient or a run has nothing to show. */
static void number(FILE *f, bool known, double v)
{
	if (known)
		fprintf(f, " %.6g", v);
	else
		fputs(" nan", f);
}

/* *top: the highest unusable share so far. */
static void write_sample(FILE *f, const struct an_run *r, const struct plot_axis *a, size_t i, double *top)
{
	const struct an_timeline *t = &r->tl;
	const uint64_t *held = an_held_bytes(r);
	double asked = (double)t->v[TL_requested_bytes][i];
	/* Of less than a MiB a percentage says nothing. */
	bool quotient = held && asked >= MIB;
	double unusable = 0;
	uint64_t blocks[AN_ORDERS];
	int z;

	fprintf(f, "%.6g", plot_x(r, a, i));
	number(f, held != NULL, asked / MIB);
	number(f, held != NULL, held ? (double)held[i] / MIB : 0);
	number(f, quotient, quotient ? ((double)held[i] / asked - 1) * 100 : 0);
	for (z = 0; z < AN_ZONES; z++) {
		bool exists = r->zone[z].exists;

		number(f, exists, (double)t->v[tl_free(z)][i] * AN_PAGE / MIB);
		frag_blocks(t, z, i, blocks);
		if (exists && z) /* the DMA zone is too small to tell */
			unusable = fmax(unusable, frag_unusable(blocks, UNUSABLE_ORDER) / 10.0);
	}
	number(f, r->zone[1].exists, unusable);
	*top = fmax(*top, unusable);
	fputc('\n', f);
}

static int write_run(const struct an_compare *c, size_t nr, const struct plot_axis *a, double *top,
		     const char *dir, struct mm_error *err)
{
	const struct an_run *r = c->run[nr];
	size_t i, step = (r->tl.n + MAX_ROWS - 1) / MAX_ROWS;
	char name[32];
	FILE *f;
	int z;

	snprintf(name, sizeof(name), "run-%zu.dat", nr + 1);
	f = plots_create(dir, name, err);
	if (!f)
		return err->code;
	fputs("x requested held overhead", f);
	for (z = 0; z < AN_ZONES; z++)
		fprintf(f, " free_%s", an_zone_keys[z]);
	fputs(" unusable\n", f);
	for (i = 0; i < r->tl.n; i += step)
		write_sample(f, r, a, i, top);
	return plots_finish(f, dir, err);
}

/* ---- latency ---- */

struct kind {
	const char *name;
	double count;
};

static int by_count(const void *a, const void *b)
{
	const struct kind *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : strcmp(x->name, y->name);
}

/* The kinds measured most often, of all runs together; "all" first. */
static size_t choose_kinds(const struct an_compare *c, struct kind kinds[MAX_KINDS])
{
	const json_t *rows = an_compare_rows(c, "latency");
	struct kind *all = calloc(json_array_size(rows) + 1, sizeof(*all));
	size_t i, k, n = 0;

	for (i = 0; all && i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i), *values = json_object_get(row, "values");

		all[n].name = json_string_value(json_object_get(row, "key"));
		for (k = 0; k < c->n; k++)
			all[n].count += json_number_value(json_object_get(json_array_get(values, k), "count"));
		n++;
	}
	if (all)
		qsort(all, n, sizeof(*all), by_count);
	n = n < MAX_KINDS ? n : MAX_KINDS;
	if (n)
		memcpy(kinds, all, n * sizeof(*kinds));
	free(all);
	return n;
}

static int write_latency(const struct an_compare *c, size_t nr, const struct kind *kinds, size_t n,
			 const char *dir, struct mm_error *err)
{
	const json_t *by_kind = an_run_get(c->run[nr], "latency.by_kind");
	char name[40];
	size_t i;
	FILE *f;

	snprintf(name, sizeof(name), "latency-%zu.dat", nr + 1);
	f = plots_create(dir, name, err);
	if (!f)
		return err->code;
	fputs("place p50 p99 p999\n", f);
	for (i = 0; i < n; i++) {
		const json_t *o = json_object_get(by_kind, kinds[i].name);

		fprintf(f, "%zu", i);
		/* The axis is logarithmic. */
		number(f, o, fmax(json_number_value(json_object_get(o, "p50_ns")), 1));
		number(f, o, fmax(json_number_value(json_object_get(o, "p99_ns")), 1));
		number(f, o, fmax(json_number_value(json_object_get(o, "p99_9_ns")), 1));
		fputc('\n', f);
	}
	return plots_finish(f, dir, err);
}

/* ---- vars.gp ---- */

/* NAME = '1 3': the numbers of the runs that have something to draw; gnuplot warns
 * of files without a point. */
static void write_list(FILE *f, const struct an_compare *c, const char *name,
		       bool (*has)(const struct an_run *r, int arg), int arg)
{
	size_t i;

	fprintf(f, "%s = '", name);
	for (i = 0; i < c->n; i++)
		if (has(c->run[i], arg))
			fprintf(f, "%zu ", i + 1);
	fputs("'\n", f);
}

static bool has_held(const struct an_run *r, int arg)
{
	(void)arg;
	return an_held_bytes(r) != NULL;
}

static bool has_overhead(const struct an_run *r, int arg)
{
	(void)arg;
	return an_held_bytes(r) &&
	       r->tl.v[TL_requested_bytes][an_timeline_max(&r->tl, TL_requested_bytes)] >= (uint64_t)MIB;
}

static bool has_zone(const struct an_run *r, int zone)
{
	return r->zone[zone].exists;
}

static bool has_latency(const struct an_run *r, int arg)
{
	(void)arg;
	return json_object_size(an_run_get(r, "latency.by_kind")) > 0;
}

static void write_zones(FILE *f, const struct an_compare *c)
{
	char name[32];
	size_t i;
	int z;

	fputs("ZONES = '", f);
	for (z = AN_ZONES - 1; z >= 0; z--)
		for (i = 0; i < c->n; i++)
			if (c->run[i]->zone[z].exists) {
				fprintf(f, "%s ", an_zone_keys[z]);
				break;
			}
	fputs("'\n", f);
	for (z = 0; z < AN_ZONES; z++) {
		snprintf(name, sizeof(name), "RUNS_%s", an_zone_keys[z]);
		write_list(f, c, name, has_zone, z);
	}
	write_list(f, c, "RUNS_held", has_held, 0);
	write_list(f, c, "RUNS_overhead", has_overhead, 0);
	write_list(f, c, "RUNS_latency", has_latency, 0);
}

static int write_vars(const struct an_compare *c, const struct plot_axis *a, double top,
		      const struct kind *kinds, size_t nr_kinds, const char *dir, struct mm_error *err)
{
	FILE *f = plots_create(dir, "vars.gp", err);
	char name[160], trace[64];
	size_t i;

	if (!f)
		return err->code;
	snprintf(name, sizeof(name), "trace %s, %zu runs", an_run_trace(c->run[0], trace, sizeof(trace)), c->n);
	fputs("RUN = ", f);
	plots_quoted(f, name);
	fprintf(f, "\nXLABEL = '%s'\nXMAX = %.6g\nNMARKS = 0\nUNUSABLE_TOP = %.6g\nDATA = ", a->label, a->max, top);
	plots_quoted(f, dir);
	fprintf(f, ".'/'\nNRUNS = %zu\narray NAME[%zu]\n", c->n, c->n);
	for (i = 0; i < c->n; i++) {
		snprintf(name, sizeof(name), "%.*s%s", LEGEND, c->name[i], strlen(c->name[i]) > LEGEND ? "…" : "");
		fprintf(f, "NAME[%zu] = ", i + 1);
		plots_quoted(f, name);
		fputc('\n', f);
	}
	fprintf(f, "NKINDS = %zu\narray KIND[%zu]\n", nr_kinds, nr_kinds ? nr_kinds : 1);
	for (i = 0; i < nr_kinds; i++) {
		fprintf(f, "KIND[%zu] = ", i + 1);
		plots_quoted(f, kinds[i].name);
		fputc('\n', f);
	}
	write_zones(f, c);
	return plots_finish(f, dir, err);
}

int plots_prepare_compare(const struct an_compare *c, const char *dir, struct mm_error *err)
{
	struct plot_axis a = plot_axis(longest(c));
	struct kind kinds[MAX_KINDS];
	size_t nr_kinds = choose_kinds(c, kinds), i;
	double top = 1;
	int r = 0;

	for (i = 0; !r && i < c->n; i++) {
		r = write_run(c, i, &a, &top, dir, err);
		if (!r)
			r = write_latency(c, i, kinds, nr_kinds, dir, err);
	}
	return r ? r : write_vars(c, &a, top, kinds, nr_kinds, dir, err);
}
