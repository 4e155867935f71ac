/* SPDX-License-Identifier: MIT
 *
 * prepare: the numbers of a run as gnuplot reads them.
 *
 * Files made in a folder (space-separated, first line names the columns):
 *   vars.gp          names, ranges, marks, watermarks (see common.gp)
 *   timeline.dat     x and the columns of timeline.csv; bytes and pages in MiB
 *   stack-ZONE.dat   x, pcp, o0 .. o10: MiB, summed from order 10 upwards
 *   pageblocks.dat   from, to, low, high (MiB of physical address), kind
 *                    (enum an_block_kind): rectangles of one kind
 *   unusable-ZONE.dat  from, to, order, index (0..1): rectangles of equal index
 *   latency-kinds.dat  a block a kind: its name, then x = 1 / (1 - part), ns
 *   latency-causes.dat, cost-kinds.dat  name p50 p90 p99 max mean (ns, instructions)
 * Long runs are thinned to what a picture can show: of each slice of time the
 * sample that is worst for what the file is about.
 */
#ifndef PLOTS_PREPARE_H
#define PLOTS_PREPARE_H

#include <stdio.h>

#include "analyze/run.h"

/* Parts of plots_prepare: vars.gp; the file of pageblocks and its part of
 * vars.gp. */
int plots_prepare_vars(const struct an_run *run, const char *dir, struct mm_error *err);
int plots_prepare_blocks(const struct an_run *run, const char *dir, struct mm_error *err);
void plots_blocks_vars(const struct an_run *run, FILE *f);

/* The files of times and their part of vars.gp; nothing when none were measured. */
int plots_prepare_times(const struct an_run *run, const char *dir, struct mm_error *err);
void plots_times_vars(const struct an_run *run, FILE *f);

/* All files. */
int plots_prepare(const struct an_run *run, const char *dir, struct mm_error *err);

/* The time axis: x of a trace time and its unit. */
struct plot_axis {
	const char *label;	/* "time, s" */
	const char *unit;	/* "s" */
	double ns;		/* nanoseconds per unit; 0: the axis counts operations */
	double max;
};
struct plot_axis plot_axis(const struct an_run *run);
struct plot_axis plot_axis_of(double duration_ns);
double plot_x(const struct an_run *run, const struct plot_axis *a, size_t sample);
double plot_x_of(const struct an_run *run, const struct plot_axis *a, uint64_t time_ns, uint64_t op);

/* Text as gnuplot's single-quoted string. */
void plots_quoted(FILE *f, const char *s);

/* NMARKS, MARK_X[] and MARK_NAME[] of those marks for which a picture of width
 * max has room; they are in the order of x. */
struct plot_mark {
	double x;
	const char *name;
};
void plots_marks(FILE *f, const struct plot_mark *mark, size_t n, double max);

/* Create dir/name; finish closes it and tells of any failed write. */
FILE *plots_create(const char *dir, const char *name, struct mm_error *err);
int plots_finish(FILE *f, const char *dir, struct mm_error *err);

#endif
