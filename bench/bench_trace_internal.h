/* SPDX-License-Identifier: MIT
 * Between bench_trace.c and bench_trace_file.c: what belongs to a family. */
#ifndef BENCH_TRACE_INTERNAL_H
#define BENCH_TRACE_INTERNAL_H

#include "bench/bench_trace.h"

bool bench_family_has(enum bench_family f, uint8_t kind);

/* The records of the family among op[n], to `to` (room for n); how many. */
size_t bench_family_copy(struct trace_op *to, const struct trace_op *op, size_t n, enum bench_family f);

#endif
