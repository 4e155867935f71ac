/* SPDX-License-Identifier: MIT
 *
 * Pictures of a trace itself (shape.h): the numbers as gnuplot reads them, four
 * charts in the style of the others, and a page with a sentence on each.
 */
#include "plots/shape.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/fmt.h"
#include "base/out.h"
#include "plots/plots.h"
#include "plots/prepare.h"
#include "plots/shape_page.h"

#define MIB 1048576.0

/* ---- what gnuplot reads ---- */

/* A rate that is easy to read: operations, thousands or millions a second; *top:
 * the highest one, and a little more. */
static double rate_unit(const struct trace_shape *s, const char **label, double *top)
{
	uint64_t most = 0, sum;
	unsigned int k;
	size_t i;
	double rate, unit;

	for (i = 0; i < s->nr_bins; i++) {
		for (k = 0, sum = 0; k < SHAPE_FAMILIES; k++)
			sum += s->bin[i].operations[k];
		most = MAX(most, sum);
	}
	rate = (double)most * 1e9 / (double)s->bin_ns;
	*label = rate >= 2e6 ? "million operations a second" : rate >= 2e3 ? "thousand operations a second"
							    : "operations a second";
	unit = rate >= 2e6 ? 1e6 : rate >= 2e3 ? 1e3 : 1;
	*top = rate ? rate / unit * 1.05 : 1;
	return unit;
}

/* Columns are sums from "page" on, so that areas can be drawn one over another. */
static int put_rate(const struct trace_shape *s, const char *dir, double ns, struct mm_error *err)
{
	FILE *f = plots_create(dir, "rate.dat", err);
	const char *label;
	double top, unit = rate_unit(s, &label, &top);
	unsigned int k;
	size_t i;

	if (!f)
		return err->code;
	fputs("x page slab vmalloc kmap other\n", f);
	if (!s->nr_bins)
		fputs("0 0 0 0 0 0\n", f);
	for (i = 0; i < s->nr_bins; i++) {
		double sum = 0;

		fprintf(f, "%.7g", (double)i * (double)s->bin_ns / ns);
		for (k = 0; k < SHAPE_FAMILIES; k++) {
			sum += (double)s->bin[i].operations[k] * 1e9 / (double)s->bin_ns / unit;
			fprintf(f, " %.6g", sum);
		}
		fputc('\n', f);
	}
	return plots_finish(f, dir, err);
}

static int put_live(const struct trace_shape *s, const char *dir, double ns, struct mm_error *err)
{
	FILE *f = plots_create(dir, "live.dat", err);
	unsigned int k;
	size_t i;

	if (!f)
		return err->code;
	fputs("x page slab vmalloc\n", f);
	if (!s->nr_bins)
		fputs("0 0 0 0\n", f);
	for (i = 0; i < s->nr_bins; i++) {
		fprintf(f, "%.7g", (double)i * (double)s->bin_ns / ns);
		for (k = 0; k < SHAPE_LIVE; k++)
			fprintf(f, " %.6g", (double)s->bin[i].live[k] / MIB);
		fputc('\n', f);
	}
	return plots_finish(f, dir, err);
}

static int put_sizes(const struct trace_shape *s, const char *dir, struct mm_error *err)
{
	FILE *f = plots_create(dir, "sizes.dat", err);
	unsigned int i;

	if (!f)
		return err->code;
	for (i = 0; i < SHAPE_SIZES; i++)
		fprintf(f, "%u %" PRIu64 " %" PRIu64 "\n", i, s->kmalloc[i], s->cache[i]);
	if (plots_finish(f, dir, err))
		return err->code;
	f = plots_create(dir, "orders.dat", err);
	if (!f)
		return err->code;
	for (i = 0; i < SHAPE_ORDERS; i++)
		fprintf(f, "%u %" PRIu64 "\n", i, s->order[i]);
	return plots_finish(f, dir, err);
}

static double share(const struct shape_life *l, unsigned int bin)
{
	return l->nr_ended ? 100.0 * (double)l->ended[bin] / (double)l->nr_ended : 0;
}

static int put_lifetimes(const struct trace_shape *s, const char *dir, struct mm_error *err)
{
	FILE *f = plots_create(dir, "lifetimes.dat", err);
	unsigned int i, k;

	if (!f)
		return err->code;
	for (i = 0; i < SHAPE_TIMES; i++) {
		fprintf(f, "%.6g", trace_shape_time(i));
		for (k = 0; k < SHAPE_LIVING; k++)
			fprintf(f, " %.6g", share(&s->life[k], i));
		fputc('\n', f);
	}
	return plots_finish(f, dir, err);
}

/* ---- vars.gp ---- */

static void vars_live(const struct trace_shape *s, FILE *f)
{
	char a[FMT_LEN];
	unsigned int k;

	fputs("array LIVE_TOP[3]\narray LIVE_PEAK[3]\n", f);
	for (k = 0; k < SHAPE_LIVE; k++)
		fprintf(f, "LIVE_TOP[%u] = %.6g\nLIVE_PEAK[%u] = 'most: %s'\n", k + 1,
			s->peak[k] ? (double)s->peak[k] / MIB * 1.08 : 1, k + 1, fmt_mem(a, s->peak[k]));
}

static void vars_sizes(const struct trace_shape *s, FILE *f)
{
	uint64_t most = 1;
	unsigned int i;

	for (i = 0; i < SHAPE_SIZES; i++)
		most = MAX(most, MAX(s->kmalloc[i], s->cache[i]));
	for (i = 0; i < SHAPE_ORDERS; i++)
		most = MAX(most, s->order[i]);
	fprintf(f, "SIZE_TOP = %" PRIu64 "\n", most * 3);
}

static void vars_lifetimes(const struct trace_shape *s, FILE *f)
{
	static const char *const names[] = { "pages", "slab objects", "vmalloc areas", "local maps" };
	unsigned int first = SHAPE_TIMES - 1, last = 0, i, k;
	double top = 0;

	fputs("array LIFE_NAME[4]\n", f);
	for (k = 0; k < SHAPE_LIVING; k++) {
		for (i = 0; i < SHAPE_TIMES; i++)
			if (s->life[k].ended[i]) {
				first = MIN(first, i);
				last = MAX(last, i);
				top = MAX(top, share(&s->life[k], i));
			}
		fprintf(f, "LIFE_NAME[%u] = '%s'\n", k + 1, names[k]);
	}
	if (first > last)
		first = last = 0;
	fprintf(f, "LIFE_FROM = %.6g\nLIFE_TO = %.6g\nLIFE_TOP = %.6g\n", trace_shape_time(first),
		trace_shape_time(MIN(last + 2, SHAPE_TIMES - 1)), top ? top * 1.05 : 1);
}

static int put_vars(const struct trace_shape *s, const char *name, const char *dir,
		    const struct plot_axis *axis, struct mm_error *err)
{
	struct plot_mark mark[SHAPE_MARKS];
	FILE *f = plots_create(dir, "vars.gp", err);
	const char *rate;
	double top;
	size_t i;

	if (!f)
		return err->code;
	rate_unit(s, &rate, &top);
	fputs("RUN = ", f);
	plots_quoted(f, name);
	fprintf(f, "\nXLABEL = '%s'\nXMAX = %.6g\nRATE_LABEL = '%s'\nRATE_TOP = %.6g\nDATA = ", axis->label, axis->max,
		rate, top);
	plots_quoted(f, dir);
	fputs(".'/'\n", f);
	vars_live(s, f);
	vars_sizes(s, f);
	vars_lifetimes(s, f);
	for (i = 0; i < s->nr_marks; i++)
		mark[i] = (struct plot_mark){ (double)s->mark[i].time / axis->ns, s->mark[i].name };
	plots_marks(f, mark, s->nr_marks, axis->max);
	return plots_finish(f, dir, err);
}

static int prepare(const struct trace_shape *s, const char *name, const char *dir, struct mm_error *err)
{
	struct plot_axis axis = plot_axis_of(MAX((double)s->duration_ns, 1000));
	int rc = put_vars(s, name, dir, &axis, err);

	if (!rc)
		rc = put_rate(s, dir, axis.ns, err);
	if (!rc)
		rc = put_live(s, dir, axis.ns, err);
	if (!rc)
		rc = put_sizes(s, dir, err);
	return rc ? rc : put_lifetimes(s, dir, err);
}

/* ---- the folder ---- */

static int draw_all(const struct trace_shape *s, const char *name, const char *dir, struct mm_error *err)
{
	struct out_dir *scratch;
	char path[4096];
	size_t i;
	int rc;

	snprintf(path, sizeof(path), "%s/.charts", dir);
	scratch = out_dir_begin(path, "vars.gp", err);
	if (!scratch)
		return err->code;
	rc = prepare(s, name, out_dir_path(scratch), err);
	for (i = 0; shape_charts[i] && !rc; i++)
		rc = plots_draw(dir, out_dir_path(scratch), shape_charts[i], err);
	out_dir_abort(scratch);
	return rc;
}

static int write_json(const struct trace_shape *s, const char *name, const char *dir, struct mm_error *err)
{
	json_t *o = plots_shape_json(s, name);
	FILE *f = plots_create(dir, "shape.json", err);
	int rc = 0;

	if (!f) {
		json_decref(o);
		return err->code;
	}
	if (!o || json_dumpf(o, f, JSON_INDENT(1)))
		rc = mm_fail(err, -ENOMEM, "%s/shape.json: no memory", dir);
	fputc('\n', f);
	json_decref(o);
	return plots_finish(f, dir, err) ? err->code : rc;
}

int plots_shape(const struct trace_shape *s, const char *name, const char *dir, struct mm_error *err)
{
	struct out_dir *o = out_dir_begin(dir, "shape.json", err);
	int rc;

	if (!o)
		return err->code;
	rc = write_json(s, name, out_dir_path(o), err);
	if (!rc)
		rc = draw_all(s, name, out_dir_path(o), err);
	if (!rc)
		rc = shape_page(s, name, out_dir_path(o), err);
	if (!rc)
		return out_dir_commit(o, err);
	out_dir_abort(o);
	return rc;
}
