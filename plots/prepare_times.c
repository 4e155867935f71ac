/* SPDX-License-Identifier: MIT
 * What the charts of times draw: a curve for each of the kinds that took most
 * time, and a bar for each cause. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "plots/prepare.h"

enum { MAX_CURVES = 7 };	/* as many colours as common.gp has for lines */

/* A logarithmic axis has no place for less than this. */
static double on_log(double ns)
{
	return ns > 1 ? ns : 1;
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

/* A cause that says something: not the sum, not what was not executed. */
static bool is_cause(const struct an_times_row *row)
{
	return !strcmp(row->kind, "all") && strcmp(row->cause, "all") && strcmp(row->cause, "left_out");
}

static int write_causes(const struct an_run *run, const char *dir, struct mm_error *err)
{
	const struct an_times *t = &run->latency;
	FILE *f = plots_create(dir, "latency-causes.dat", err);

	if (!f)
		return err->code;
	fputs("cause p50 p90 p99 max mean\n", f);
	for (size_t i = 0; i < t->nr_rows; i++) {
		const struct an_times_row *row = &t->row[i];

		if (is_cause(row))
			fprintf(f, "%s %.6g %.6g %.6g %.6g %.6g\n", row->cause, on_log(row->p50),
				on_log(row->p90), on_log(row->p99), on_log(row->max), on_log(row->mean));
	}
	return plots_finish(f, dir, err);
}

int plots_prepare_times(const struct an_run *run, const char *dir, struct mm_error *err)
{
	int r;

	if (!run->latency.nr_rows)
		return 0;
	r = write_curves(run, dir, err);
	return r ? r : write_causes(run, dir, err);
}

void plots_times_vars(const struct an_run *run, FILE *f)
{
	const struct an_times *t = &run->latency;
	const struct an_times_row *top[MAX_CURVES], *all = an_times_find(t, "all", "all");
	char count[FMT_LEN];
	int n = 0;

	fprintf(f, "LATENCY_CURVES = %zu\nLATENCY_MAX = %.6g\nLATENCY_COUNT = %.6g\n",
		an_times_top(t, top, MAX_CURVES), on_log(all ? all->max : 1),
		all && all->count > 10 ? (double)all->count : 10.0);
	fprintf(f, "array CAUSE_SHARE[%zu]\narray CAUSE_COUNT[%zu]\n", t->nr_rows + 1, t->nr_rows + 1);
	for (size_t i = 0; i < t->nr_rows; i++) {
		const struct an_times_row *row = &t->row[i];

		if (!is_cause(row))
			continue;
		n++;
		fprintf(f, "CAUSE_SHARE[%d] = '%.2f %%'\nCAUSE_COUNT[%d] = '%s'\n", n,
			all && an_times_sum(all) > 0 ? 100 * an_times_sum(row) / an_times_sum(all) : 0,
			n, fmt_grouped(count, row->count));
	}
	fprintf(f, "LATENCY_CAUSES = %d\n", n);
}
