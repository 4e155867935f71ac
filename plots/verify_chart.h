/* SPDX-License-Identifier: MIT
 *
 * verify_chart: errors over time of a verification, drawn by gnuplot.
 */
#ifndef PLOTS_VERIFY_CHART_H
#define PLOTS_VERIFY_CHART_H

#include "analyze/verify/verify.h"

/* Write DIR/errors.svg from DIR/errors.csv (verify_csv).  0 or negative errno:
 * gnuplot is missing (-ENOENT) or failed. */
int verify_chart(const struct verify_result *r, const char *dir, struct mm_error *err);

#endif
