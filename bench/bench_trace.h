/* SPDX-License-Identifier: MIT
 *
 * bench_trace: traces as benchmarks use them: which there are, their
 * operations in memory, families of operations, the machine that fits.
 *
 * A family keeps the operations of some kinds with their items, in their order
 * and with their slots: what is freed was allocated, and nothing is added.
 */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include "engine/mm86.h"
#include "traces/format/mmt.h"

enum bench_family { FAMILY_ALL, FAMILY_SLAB, FAMILY_PAGE, FAMILY_NOKMAP, NR_FAMILIES };

/* "", "-slab", "-page", "-nokmap": what follows a trace's name. */
extern const char *const bench_family_suffix[NR_FAMILIES];

/* Paths of the traces to run on: the given ones, else those of the environment's
 * MMREPLAY_BENCH_TRACES (separated by colons), else all of traces/bundled.  A
 * list that ends with NULL, never freed; none found ends the program. */
char **bench_traces(char **given, int n);

/* The path's last part without its ending, to be freed. */
char *bench_trace_name(const char *path);

/* Operations in memory, with what they refer to. */
struct bench_ops {
	struct trace_op *op;
	size_t n;		/* records */
	uint64_t operations;	/* records without items */
	struct mmt_reader *r;	/* stays open: names of caches */
};

/* Decode a trace's family, at most `most` records (0: all).  Negative errno and a
 * sentence: *o is empty then. */
int bench_ops_load(struct bench_ops *o, const char *path, enum bench_family f, size_t most,
		   struct mm_error *err);
void bench_ops_free(struct bench_ops *o);

/* Append frees of all that is left alive, newest first, so that the operations
 * can be done again and again.  -ENOMEM and a sentence. */
int bench_ops_close(struct bench_ops *o, struct mm_error *err);

/* A trace that holds the family alone, in a temporary file that is removed when the
 * program ends; the trace itself for FAMILY_ALL.  NULL and a sentence; the text
 * is the caller's to free. */
char *bench_family_file(const char *path, enum bench_family f, struct mm_error *err);

/* The machine that the trace was recorded on if its metadata name one that there
 * is (key "machine"), else the default; `name`, when not NULL, rules. */
int bench_machine(const char *path, const char *name, struct mm_config *cfg, struct mm_error *err);

#endif
