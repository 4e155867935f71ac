/* SPDX-License-Identifier: MIT
 *
 * For the tests of the trace tools: random traces in which everything is in
 * order, and the proof that a trace is in order.
 */
#ifndef TESTS_TOOLS_TOOL_TRACES_H
#define TESTS_TOOLS_TOOL_TRACES_H

#include "tests/format/make_ops.h"
#include "traces/tools/tools.h"

/* A random trace of about n operations at path: every kind; frees, unmaps and
 * maps name what is there and what they fit; some orphan frees and foreign
 * pages.  The mark "middle" stands in its middle. */
void make_trace(const char *path, uint32_t seed, size_t n);

/* What check_trace found. */
struct check {
	uint64_t operations, items;
	uint64_t live;		/* things alive at the end */
	uint64_t orphans;	/* frees without a slot */
	uint64_t foreign;
	uint64_t local;		/* local mappings held at the end */
};

/* Fails the test unless, in the trace at path: times do not decrease, every free
 * names a live thing of its kind (or none, with an address), every map a live
 * page, every unmap a mapping, every bulk operation has its items. */
struct check check_trace(const char *path);

/* All records of a trace, ids replaced by hashes of the names behind them: two
 * traces that say the same compare equal.  To be freed. */
struct ops load_trace(const char *path);

/* The value of a metadata key, to be freed; NULL when absent. */
char *trace_meta(const char *path, const char *key);

#endif
