/* SPDX-License-Identifier: MIT
 *
 * Random but valid operations of every kind, for round trips, and the small
 * helpers that the tests of the format share.
 */
#ifndef TEST_MAKE_OPS_H
#define TEST_MAKE_OPS_H

#include "traces/format/mmt.h"

enum ops_style {
	OPS_LIKE_KERNEL,	/* slots from trace_slots, few shapes, short gaps */
	OPS_WILD,		/* any value in any field, slots by chance */
};

struct ops {
	struct trace_op *op;
	size_t n;
};

/* About n records: whole operations with their items. */
struct ops make_ops(enum ops_style style, uint32_t seed, size_t n);

/* The names that make_ops refers to. */
void define_names(struct mmt_writer *w);

/* Write ops to path (in pieces of odd sizes); fails the test on any error. */
struct trace_totals write_ops(const char *path, const struct ops *ops,
			      const struct mmt_write_options *opt);

/* A path in the test's own temporary folder, removed at exit. */
const char *temp_path(const char *name);

void *read_file(const char *path, size_t *n);
void write_file(const char *path, const void *data, size_t n);

bool same_op(const struct trace_op *a, const struct trace_op *b);

#endif
