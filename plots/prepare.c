/* SPDX-License-Identifier: MIT
 * Prepared chart data.  Thinning keeps extremes: a slice of time is shown by
 * its worst sample, not by an average that hides it. */
#include "plots/prepare.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/frag.h"

enum { MAX_STACK = 400, MAX_HEAT = 300 };

#define MIB 1048576.0

struct plot_axis plot_axis_of(double ns)
{
	if (ns < 2e6)
		return (struct plot_axis){ "time, µs", "µs", 1e3, ns / 1e3 };
	if (ns < 2e9)
		return (struct plot_axis){ "time, ms", "ms", 1e6, ns / 1e6 };
	if (ns > 1200e9)
		return (struct plot_axis){ "time, min", "min", 60e9, ns / 60e9 };
	return (struct plot_axis){ "time, s", "s", 1e9, ns / 1e9 };
}

struct plot_axis plot_axis(const struct an_run *run)
{
	const struct an_timeline *t = &run->tl;
	double ns = (double)an_timeline_ns(t, t->n - 1);
	struct plot_axis a = plot_axis_of(ns);

	if (ns <= 0) {
		a = (struct plot_axis){ "operations", "operations", 0, 0 };
		a.max = (double)(t->v[TL_op][t->n - 1] - t->v[TL_op][0]);
	}
	if (a.max <= 0)
		a.max = 1;
	return a;
}

double plot_x_of(const struct an_run *run, const struct plot_axis *a, uint64_t time_ns, uint64_t op)
{
	const struct an_timeline *t = &run->tl;

	if (a->ns > 0)
		return ((double)time_ns - (double)t->v[TL_time_ns][0]) / a->ns;
	return (double)op - (double)t->v[TL_op][0];
}

double plot_x(const struct an_run *run, const struct plot_axis *a, size_t i)
{
	return plot_x_of(run, a, run->tl.v[TL_time_ns][i], run->tl.v[TL_op][i]);
}

/* ---- thinning ---- */

/* Badness of a sample; the highest of a slice is kept. */
typedef double badness_fn(const struct an_run *run, int zone, size_t i);

/* Fill keep (room for max + 2) with rising sample numbers: the first, the last,
 * and the worst of each of max slices of the axis.  Returns how many. */
static size_t thin(const struct an_run *run, size_t max, badness_fn *bad, int zone, size_t *keep)
{
	struct plot_axis a = plot_axis(run);
	size_t i, n = 0, slice, last_slice = SIZE_MAX;

	for (i = 0; i < run->tl.n; i++) {
		slice = (size_t)(plot_x(run, &a, i) / a.max * (double)max);
		if (slice >= max)
			slice = max - 1;
		if (!i || i == run->tl.n - 1 || slice != last_slice)
			keep[n++] = i;
		else if (n > 1 && bad(run, zone, i) > bad(run, zone, keep[n - 1]))
			keep[n - 1] = i;
		last_slice = slice;
	}
	return n;
}

static double little_free(const struct an_run *run, int zone, size_t i)
{
	return -(double)(run->tl.v[tl_free(zone)][i] + run->tl.v[tl_pcp(zone)][i]);
}

static double sum_unusable(const struct an_run *run, int zone, size_t i)
{
	uint64_t blocks[AN_ORDERS];
	unsigned int sum = 0;
	int o;

	frag_blocks(&run->tl, zone, i, blocks);
	for (o = 1; o < AN_ORDERS; o++)
		sum += frag_unusable(blocks, o);
	return sum;
}

/* ---- files ---- */

FILE *plots_create(const char *dir, const char *name, struct mm_error *err)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (!f)
		mm_fail(err, -errno, "%s: cannot write: %s", path, strerror(errno));
	return f;
}

static FILE *create_for_zone(const char *dir, const char *what, int zone, struct mm_error *err)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-%s.dat", what, an_zone_keys[zone]);
	return plots_create(dir, name, err);
}

int plots_finish(FILE *f, const char *dir, struct mm_error *err)
{
	int bad = ferror(f);

	if (fclose(f) || bad)
		return mm_fail(err, -EIO, "%s: cannot write the prepared files: %s", dir,
			       strerror(errno));
	return 0;
}

static double shown(const struct an_timeline *t, enum tl_column c, size_t i)
{
	double v = (double)t->v[c][i];

	switch (c) {
	case TL_vmalloc_total:
	case TL_vmalloc_used:
	case TL_vmalloc_lazy:
	case TL_vmalloc_largest_hole:
	case TL_slab_capacity_bytes:
	case TL_slab_live_bytes:
	case TL_slab_requested_bytes:
	case TL_requested_bytes:
	case TL_allocated_bytes:
	case TL_active_bytes:
	case TL_resident_bytes:
	case TL_mapped_bytes:
		return v / MIB;
	case TL_free_dma:
	case TL_free_normal:
	case TL_free_high:
	case TL_pcp_dma:
	case TL_pcp_normal:
	case TL_pcp_high:
	case TL_slab_pages:
	case TL_slab_reclaimable_pages:
	case TL_slab_large_pages:
		return v * AN_PAGE / MIB;
	default:
		return v;
	}
}

/* What the line charts draw; the hole is worst when it is small. */
static const enum tl_column drawn[] = {
	TL_pkmap_in_use, TL_pkmap_stale, TL_kmap_local_in_use, TL_vmalloc_used, TL_vmalloc_lazy,
	TL_vmalloc_largest_hole, TL_slab_capacity_bytes, TL_slab_live_bytes, TL_slab_large_pages,
};
enum { NR_DRAWN = sizeof(drawn) / sizeof(drawn[0]), MAX_LINE = 2000, LINE_SLICES = 300 };

/* Is sample i a worse one of column c than sample best? */
static bool is_worse(const struct an_timeline *t, enum tl_column c, size_t i, size_t best)
{
	return c == TL_vmalloc_largest_hole ? t->v[c][i] < t->v[c][best] : t->v[c][i] > t->v[c][best];
}

/* Of samples [from, to) keep the worst of each drawn column. */
static void keep_worst(const struct an_timeline *t, size_t from, size_t to, bool *keep)
{
	size_t i, best;
	int c;

	for (c = 0; c < NR_DRAWN; c++) {
		for (best = i = from; i < to; i++)
			if (is_worse(t, drawn[c], i, best))
				best = i;
		keep[best] = true;
	}
}

/* All samples of a run of ordinary length, else those that matter to a line chart. */
static void choose_samples(const struct an_timeline *t, bool *keep)
{
	size_t s, n = t->n;

	if (n <= MAX_LINE) {
		memset(keep, true, n);
		return;
	}
	keep[0] = keep[n - 1] = true;
	for (s = 0; s < LINE_SLICES; s++)
		keep_worst(t, n * s / LINE_SLICES, n * (s + 1) / LINE_SLICES, keep);
}

static int write_timeline(const struct an_run *run, const char *dir, struct mm_error *err)
{
	const struct an_timeline *t = &run->tl;
	struct plot_axis a = plot_axis(run);
	bool *keep = calloc(t->n, sizeof(*keep));
	size_t i;
	FILE *f;
	int c;

	if (!keep)
		return mm_fail(err, -ENOMEM, "%s: out of memory", dir);
	f = plots_create(dir, "timeline.dat", err);
	if (!f) {
		free(keep);
		return err->code;
	}
	choose_samples(t, keep);
	fputs("x", f);
	for (c = 0; c < TL_NR; c++)
		fprintf(f, " %s", an_tl_names[c]);
	for (i = 0; i < t->n; i++) {
		if (!keep[i])
			continue;
		fprintf(f, "\n%.6g", plot_x(run, &a, i));
		for (c = 0; c < TL_NR; c++)
			fprintf(f, " %.6g", shown(t, (enum tl_column)c, i));
	}
	fputc('\n', f);
	free(keep);
	return plots_finish(f, dir, err);
}

static int write_stack(const struct an_run *run, const char *dir, int zone, struct mm_error *err)
{
	const struct an_timeline *t = &run->tl;
	struct plot_axis a = plot_axis(run);
	FILE *f = create_for_zone(dir, "stack", zone, err);
	size_t keep[MAX_STACK + 2], i, n;
	double sum[AN_ORDERS], total;
	int o;

	if (!f)
		return err->code;
	fputs("x pcp o0 o1 o2 o3 o4 o5 o6 o7 o8 o9 o10\n", f);
	n = thin(run, MAX_STACK, little_free, zone, keep);
	for (i = 0; i < n; i++) {
		for (total = 0, o = AN_ORDERS - 1; o >= 0; o--) {
			total += (double)(t->blocks[zone][o][keep[i]] << o) * AN_PAGE / MIB;
			sum[o] = total;
		}
		total += (double)t->v[tl_pcp(zone)][keep[i]] * AN_PAGE / MIB;
		fprintf(f, "%.6g %.6g", plot_x(run, &a, keep[i]), total);
		for (o = 0; o < AN_ORDERS; o++)
			fprintf(f, " %.6g", sum[o]);
		fputc('\n', f);
	}
	return plots_finish(f, dir, err);
}

static unsigned int index_at(const struct an_run *run, int zone, int order, size_t i)
{
	uint64_t blocks[AN_ORDERS];

	frag_blocks(&run->tl, zone, i, blocks);
	return frag_unusable(blocks, order);
}

/* One row of the heat map: neighbours that would get the same colour (1/128)
 * become one rectangle.  Rectangles reach a little under the next one, drawn
 * after it, so that no seam shows. */
static void write_heat_row(FILE *f, const struct an_run *run, int zone, int order,
			   const size_t *keep, size_t n)
{
	struct plot_axis a = plot_axis(run);
	double under = a.max / MAX_HEAT / 2, from, to;
	size_t i, next;

	for (i = 0; i < n; i = next) {
		unsigned int index = index_at(run, zone, order, keep[i]);

		for (next = i + 1; next < n; next++)
			if (index_at(run, zone, order, keep[next]) / 8 != index / 8)
				break;
		from = plot_x(run, &a, keep[i]);
		to = next < n ? plot_x(run, &a, keep[next]) + under : a.max;
		fprintf(f, "%.6g %.6g %d %.3f\n", from, to > a.max ? a.max : to, order, index / 1000.0);
	}
}

static int write_heat(const struct an_run *run, const char *dir, int zone, struct mm_error *err)
{
	FILE *f = create_for_zone(dir, "unusable", zone, err);
	size_t keep[MAX_HEAT + 2], n;
	int o;

	if (!f)
		return err->code;
	fputs("from to order index\n", f);
	n = thin(run, MAX_HEAT, sum_unusable, zone, keep);
	for (o = 0; o < AN_ORDERS; o++)
		write_heat_row(f, run, zone, o, keep, n);
	return plots_finish(f, dir, err);
}

int plots_prepare(const struct an_run *run, const char *dir, struct mm_error *err)
{
	int z, r;

	r = plots_prepare_vars(run, dir, err);
	if (!r)
		r = write_timeline(run, dir, err);
	if (!r)
		r = plots_prepare_blocks(run, dir, err);
	if (!r)
		r = plots_prepare_times(run, dir, err);
	for (z = 0; z < AN_ZONES && !r; z++) {
		if (!run->zone[z].exists)
			continue;
		r = write_stack(run, dir, z, err);
		if (!r)
			r = write_heat(run, dir, z, err);
	}
	return r;
}
