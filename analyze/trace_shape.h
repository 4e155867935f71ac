/* SPDX-License-Identifier: MIT
 *
 * trace_shape: what a trace looks like: its rate and what is alive over time,
 * the sizes that are asked for, how long things live.
 *
 * One pass in memory that grows only with what is alive at a time: the time axis
 * has a fixed number of bins, whose width doubles when the trace outgrows them, so
 * that a pipe of unknown length can be read.
 */
#ifndef ANALYZE_TRACE_SHAPE_H
#define ANALYZE_TRACE_SHAPE_H

#include "traces/format/mmt.h"

/* Kinds of requests by layer. */
enum shape_family { SHAPE_PAGE, SHAPE_SLAB, SHAPE_VMALLOC, SHAPE_KMAP, SHAPE_OTHER, SHAPE_FAMILIES };

/* Families whose things take memory or address space; local maps have lifetimes too. */
enum { SHAPE_LIVE = SHAPE_VMALLOC + 1, SHAPE_LIVING = SHAPE_KMAP + 1 };

enum {
	SHAPE_BINS = 512,	/* of the time axis */
	SHAPE_SIZES = 14,	/* kmalloc's classes up to 8192 bytes, and above */
	SHAPE_ORDERS = 11,
	SHAPE_TIMES = 128,	/* two bins an octave of nanoseconds */
	SHAPE_MARKS = 64,	/* the first ones are kept */
};

struct shape_bin {
	uint64_t operations[SHAPE_FAMILIES];
	uint64_t live[SHAPE_LIVE];	/* bytes: the most in this bin */
};

struct shape_life {
	uint64_t ended[SHAPE_TIMES];	/* things that lived so long */
	uint64_t nr_ended;
	uint64_t alive;			/* not ended by the trace */
};

struct trace_shape {
	uint64_t operations, duration_ns;
	uint64_t family[SHAPE_FAMILIES];
	uint64_t bin_ns;
	size_t nr_bins;
	struct shape_bin bin[SHAPE_BINS];
	uint64_t peak[SHAPE_LIVE], peak_ns[SHAPE_LIVE];	/* bytes, and when */
	uint64_t kmalloc[SHAPE_SIZES], cache[SHAPE_SIZES];	/* requests by size */
	uint64_t cache_unknown;		/* of caches whose object size is not recorded */
	uint64_t order[SHAPE_ORDERS];	/* blocks of pages */
	struct shape_life life[SHAPE_LIVING];
	struct {
		uint64_t time;
		char name[48];
	} mark[SHAPE_MARKS];
	size_t nr_marks;
};

/* "page", "slab", ... */
const char *trace_shape_family(unsigned int family);

/* Upper end of a class of sizes in bytes, 0: there is none. */
uint32_t trace_shape_size(unsigned int class);

/* Where a bin of lifetimes begins, in ns. */
double trace_shape_time(unsigned int bin);

/* The time that a share (0..1) of the ended things did not outlive, to a bin; 0
 * when nothing ended. */
double trace_shape_quantile(const struct shape_life *l, double share);

/* Read r to its end; progress (may be NULL) is called once a batch and ends the
 * reading with -EINTR when it returns true.  NULL with the reader's sentence on
 * error; to be freed with free(). */
struct trace_shape *trace_shape_read(struct mmt_reader *r, bool (*progress)(void *arg, uint64_t done),
				     void *arg, struct mm_error *err);

#endif
