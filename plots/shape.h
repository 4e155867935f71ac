/* SPDX-License-Identifier: MIT
 *
 * shape: pictures of a trace itself, and one page that holds them.
 */
#ifndef PLOTS_SHAPE_H
#define PLOTS_SHAPE_H

#include <jansson.h>

#include "analyze/trace_shape.h"

/* The numbers (docs/trace-tools.md describes them); to be released by the caller. */
json_t *plots_shape_json(const struct trace_shape *s, const char *name);

/*
 * Write trace-rate, trace-live, trace-sizes and trace-lifetimes (.svg and .png),
 * trace.html and shape.json into dir, which appears when it is whole; an earlier
 * one is replaced.  name: the trace's, for titles.
 */
int plots_shape(const struct trace_shape *s, const char *name, const char *dir, struct mm_error *err);

#endif
