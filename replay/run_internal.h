/* SPDX-License-Identifier: MIT
 *
 * The parts of a run between its files: run.c and run_marks.c do it, run_json.c and
 * verdict.c tell of it.  Internal to replay/.
 */
#ifndef REPLAY_RUN_INTERNAL_H
#define REPLAY_RUN_INTERNAL_H

#include "base/out.h"
#include "base/progress.h"
#include "replay/cost_sum.h"
#include "replay/failures.h"
#include "replay/frames.h"
#include "replay/run.h"
#include "replay/state/state.h"

struct run {
	const struct run_options *o;
	struct run_result *r;
	struct mm_error *err;
	struct mmt_reader *trace;
	struct trace_totals totals;
	bool totals_known;		/* from the trailer, before the run */
	struct mm_config cfg;
	struct mm_state state;
	bool has_state;
	struct state_assumed assumed;	/* of a state from /proc files */
	struct backend *b;
	struct latency *latency;	/* NULL: not measured */
	struct cost_sum *cost;		/* NULL: not asked for */
	struct mm_machine *m;		/* NULL: the backend is no machine */
	struct out_dir *out;
	FILE *timeline_file, *failures_file;
	struct timeline *timeline;
	struct failures failures;
	struct blocks *blocks;
	struct blame_top blame;
	struct progress progress;
	uint64_t next_check;
	uint64_t last_time;
	struct run_mark *marks;
	uint32_t nr_marks, cap_marks, nr_snapshots;
	uint64_t marks_dropped, snapshots_dropped;
};

/* A file of the results' folder, a temporary one when none is written; NULL:
 * x->err.  Closing tells of any write that failed: 0 or negative errno. */
FILE *run_open_result(struct run *x, const char *name);
int run_close_result(struct run *x, FILE **f, const char *name);

/* latency.csv and latency/, when latency is measured.  0 or negative errno. */
int run_write_latency(struct run *x);
json_t *run_latency_json(const struct run *x);	/* null when it is not */

/* The same of the modelled cost: cost.csv and cost/. */
int run_write_cost(struct run *x);
json_t *run_cost_json(const struct run *x);

/* Write all /proc files as proc/PREFIX-NAME.  0 or negative errno (x->err). */
int run_snapshot(struct run *x, const char *prefix);

/* A TRACE_MARK was reached: note it, and write a snapshot if it asks for one. */
int run_mark(struct run *x, const struct trace_op *op);

/* The whole of run.json; NULL: no memory. */
json_t *run_json(const struct run *x);

/* machine objects, for run.json and `mmreplay machine --json`. */
json_t *machine_json(const struct mm_machine *m);

/* What a reader should look at first: an array of sentences. */
json_t *run_verdicts(const struct run *x);

#endif
