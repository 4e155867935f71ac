/* SPDX-License-Identifier: MIT
 *
 * run: a folder results/RUN (docs/results-format.md) read back.
 *
 * run.json and timeline.csv must be there; failures.csv, blame.csv,
 * blocks.csv, latency.csv, cost.csv and proc/end-slabinfo may be missing (an older run, a backend without them), but
 * when they are there they must be whole.
 */
#ifndef ANALYZE_RUN_H
#define ANALYZE_RUN_H

#include <stdbool.h>
#include <jansson.h>

#include "analyze/blame.h"
#include "analyze/blocks.h"
#include "analyze/failures.h"
#include "analyze/slabinfo.h"
#include "analyze/timeline.h"
#include "analyze/times.h"

struct an_zone {
	bool exists;		/* the machine has pages there */
	bool marks_known;	/* run.json tells the watermarks */
	uint64_t start_pfn, spanned, present, managed, min, low, high; /* pages */
};

struct an_mark {
	const char *name;	/* owned by the run */
	uint64_t op, time_ns;
};

struct an_run {
	char *dir;
	json_t *json;		/* run.json */
	struct an_timeline tl;
	struct an_zone zone[AN_ZONES];
	struct an_mark *mark;
	size_t nr_marks;
	struct an_failures failures;
	struct an_blame blame;
	struct an_blocks blocks;
	struct an_slabinfo slab;
	struct an_times latency;	/* host times */
	struct an_times cost;		/* modelled, in instructions */
};

/* NULL with a sentence that names the file and the place.  Free with
 * an_run_free. */
struct an_run *an_run_load(const char *dir, struct mm_error *err);
void an_run_free(struct an_run *r);

/* Values of run.json by path ("machine.name"); the fallback when missing or of
 * another type.  Strings belong to the run. */
const char *an_run_text(const struct an_run *r, const char *path, const char *fallback);
uint64_t an_run_u64(const struct an_run *r, const char *path, uint64_t fallback);
const json_t *an_run_get(const struct an_run *r, const char *path);

/* Last part of the trace's path, without ".mmt"; "trace" when unknown. */
const char *an_run_trace(const struct an_run *r, char *buf, size_t size);

#endif
