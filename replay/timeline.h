/* SPDX-License-Identifier: MIT
 *
 * timeline: when to sample, and timeline.csv with its peaks.
 *
 * By trace time: a whole number of samples over the trace's duration.  A pipe
 * does not tell its duration: then the interval starts at a millisecond, and
 * whenever twice the wanted rows stand in memory every other one is dropped
 * and the interval doubled.  By operations: a row every N, written at once.
 */
#ifndef REPLAY_TIMELINE_H
#define REPLAY_TIMELINE_H

#include <stdio.h>

#include "base/mm_error.h"
#include "replay/backend.h"

struct timeline_spec {
	uint64_t every;		/* operations between samples; 0: by time */
	uint32_t samples;	/* by time: how many over the trace */
};

struct timeline_peak {
	uint64_t value, op, time_ns;
};

struct timeline;

/* duration_ns: 0 = not known.  f stays the caller's.  NULL: no memory. */
struct timeline *timeline_new(FILE *f, const struct timeline_spec *spec, uint64_t duration_ns,
			      struct mm_error *err);

/* Lower *stop to the next sample. */
void timeline_stop(const struct timeline *t, struct backend_stop *stop);

/* Is a sample due before an operation at this time, after so many? */
bool timeline_due(const struct timeline *t, uint64_t operations, uint64_t time_ns);

/* Take a sample of the state after `operations` operations.  time_ns is the
 * time of what comes next; the row bears the moment that was due. */
void timeline_sample(struct timeline *t, struct backend *b, uint64_t time_ns);

/* The last row, at the time of the last operation. */
void timeline_last(struct timeline *t, struct backend *b, uint64_t time_ns);

/* Write what is still in memory.  Peaks are valid until timeline_free. */
void timeline_flush(struct timeline *t);
const struct timeline_peak *timeline_high(const struct timeline *t); /* by column */
const struct timeline_peak *timeline_low(const struct timeline *t);
uint64_t timeline_rows(const struct timeline *t);
void timeline_free(struct timeline *t);

#endif
