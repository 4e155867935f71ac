/* SPDX-License-Identifier: MIT
 *
 * prepare: the numbers of a run as gnuplot reads them.
 *
 * Files made in a folder (space-separated, first line names the columns):
 *   vars.gp          names, ranges, marks, watermarks (see common.gp)
 *   timeline.dat     x and the columns of timeline.csv; bytes and pages in MiB
 *   stack-ZONE.dat   x, pcp, o0 .. o10: MiB, summed from order 10 upwards
 *   unusable-ZONE.dat  from, to, order, index (0..1): rectangles of equal index
 * Long runs are thinned to what a picture can show: of each slice of time the
 * sample that is worst for what the file is about.
 */
#ifndef PLOTS_PREPARE_H
#define PLOTS_PREPARE_H

#include "analyze/run.h"

int plots_prepare(const struct an_run *run, const char *dir, struct mm_error *err);

/* The time axis: x of a trace time and its unit. */
struct plot_axis {
	const char *label;	/* "time, s" */
	const char *unit;	/* "s" */
	double ns;		/* nanoseconds per unit; 0: the axis counts operations */
	double max;
};
struct plot_axis plot_axis(const struct an_run *run);
double plot_x(const struct an_run *run, const struct plot_axis *a, size_t sample);

#endif
