/* SPDX-License-Identifier: MIT
 *
 * compare: runs side by side as one page with charts.
 */
#ifndef PLOTS_COMPARE_H
#define PLOTS_COMPARE_H

#include "analyze/compare.h"

/* Write dir/compare.html and the charts that the runs have data for, as SVG and
 * PNG, into dir (made when missing). */
int plots_compare(const struct an_compare *c, const char *dir, struct mm_error *err);

/* The files that the scripts draw from: vars.gp, run-N.dat and latency-N.dat, N
 * from 1, in a scratch folder. */
int plots_prepare_compare(const struct an_compare *c, const char *dir, struct mm_error *err);

#endif
