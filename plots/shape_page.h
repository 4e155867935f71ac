/* SPDX-License-Identifier: MIT
 *
 * trace.html: the page of a trace's pictures.
 */
#ifndef PLOTS_SHAPE_PAGE_H
#define PLOTS_SHAPE_PAGE_H

#include "analyze/trace_shape.h"

/* Names of the charts, NULL at the end. */
extern const char *const shape_charts[];

/* Write dir/trace.html; the charts are drawn in dir. */
int shape_page(const struct trace_shape *s, const char *name, const char *dir, struct mm_error *err);

#endif
