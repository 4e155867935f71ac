/* SPDX-License-Identifier: MIT
 * What the charts of times draw: a curve for each of the kinds that took most
 * time, and bars: of times a bar for each cause, of modelled cost one for each
 * kind. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "plots/prepare.h"

enum { MAX_CURVES = 7 };	/* as many colours as common.gp has for lines */

/* A logarithmic axis has no place for less than this. */
static double on_log(double v)
{
	return v > 1 ? v : 1;
}

/* x = 1 / (1 - part): each next nine is as far from the one before.  The last
 * point's is the number of values. */
static int write_curve(FILE *f, const struct an_run *run, const struct an_times_row *row,
		       struct mm_error *err)
{
	struct an_curve c;
	char path[4200];
	int r;

	snprintf(path, sizeof(path), "%s/latency/%s.hgrm", run->dir, row->kind);
	r = an_curve_load(&c, path, err);
	if (r)
		return r;
	fprintf(f, "\"%s\"\n", row->kind);
	for (size_t i = 0; i < c.n; i++) {
		double most = (double)row->count > 1 ? (double)row->count : 1;
		double x = c.point[i].part < 1 ? 1 / (1 - c.point[i].part) : most;

		if (x <= most)
			fprintf(f, "%.6g %.6g\n", x, on_log(c.point[i].value));
	}
	fputs("\n\n", f);
	an_curve_free(&c);
	return 0;
}

static int write_curves(const struct an_run *run, const char *dir, struct mm_error *err)
{
	const struct an_times_row *top[MAX_CURVES];
	size_t n = an_times_top(&run->latency, top, MAX_CURVES);
	FILE *f = plots_create(dir, "latency-kinds.dat", err);
	int r = 0;

	if (!f)
		return err->code;
	for (size_t i = 0; i < n && !r; i++)
		r = write_curve(f, run, top[i], err);
	if (r) {
		fclose(f);
		return r;
	}
	return plots_finish(f, dir, err);
}

/* A bar's rows: causes of all kinds, but not the sum and what was not executed;
 * or kinds with all their causes, but not the sum. */
static bool is_cause(const struct an_times_row *row)
{
	return !strcmp(row->kind, "all") && strcmp(row->cause, "all") && strcmp(row->cause, "left_out");
}

static bool is_kind(const struct an_times_row *row)
{
	return strcmp(row->kind, "all") && !strcmp(row->cause, "all");
}

typedef bool is_bar_fn(const struct an_times_row *row);

static int write_bars(const struct an_times *t, is_bar_fn *is_bar, const char *dir, const char *name,
		      struct mm_error *err)
{
	FILE *f = plots_create(dir, name, err);

	if (!f)
		return err->code;
	fputs("name p50 p90 p99 max mean\n", f);
	for (size_t i = 0; i < t->nr_rows; i++) {
		const struct an_times_row *row = &t->row[i];

		if (is_bar(row))
			fprintf(f, "%s %.6g %.6g %.6g %.6g %.6g\n", is_bar == is_cause ? row->cause : row->kind,
				on_log(row->p50), on_log(row->p90), on_log(row->p99), on_log(row->max),
				on_log(row->mean));
	}
	return plots_finish(f, dir, err);
}

int plots_prepare_times(const struct an_run *run, const char *dir, struct mm_error *err)
{
	int r = 0;

	if (run->latency.nr_rows) {
		r = write_curves(run, dir, err);
		if (!r)
			r = write_bars(&run->latency, is_cause, dir, "latency-causes.dat", err);
	}
	if (!r && run->cost.nr_rows)
		r = write_bars(&run->cost, is_kind, dir, "cost-kinds.dat", err);
	return r;
}

/* NAME_BARS, NAME_MAX, and for each bar its share of the sum and its count. */
static void bars_vars(const struct an_times *t, is_bar_fn *is_bar, const char *name, FILE *f)
{
	const struct an_times_row *all = an_times_find(t, "all", "all");
	double sum = all ? an_times_sum(all) : 0;
	char count[FMT_LEN];
	int n = 0;

	fprintf(f, "array %s_SHARE[%zu]\narray %s_COUNTS[%zu]\n", name, t->nr_rows + 1, name, t->nr_rows + 1);
	for (size_t i = 0; i < t->nr_rows; i++) {
		const struct an_times_row *row = &t->row[i];

		if (!is_bar(row))
			continue;
		n++;
		fprintf(f, "%s_SHARE[%d] = '%.2f %%'\n%s_COUNTS[%d] = '%s'\n", name, n,
			sum > 0 ? 100 * an_times_sum(row) / sum : 0, name, n, fmt_grouped(count, row->count));
	}
	fprintf(f, "%s_BARS = %d\n%s_MAX = %.6g\n", name, n, name, on_log(all ? all->max : 1));
}

void plots_times_vars(const struct an_run *run, FILE *f)
{
	const struct an_times_row *top[MAX_CURVES], *all = an_times_find(&run->latency, "all", "all");

	fprintf(f, "LATENCY_CURVES = %zu\nLATENCY_COUNT = %.6g\n",
		an_times_top(&run->latency, top, MAX_CURVES),
		all && all->count > 10 ? (double)all->count : 10.0);
	bars_vars(&run->latency, is_cause, "LATENCY", f);
	bars_vars(&run->cost, is_kind, "COST", f);
}
