/* SPDX-License-Identifier: MIT
 *
 * run: one replay from the trace to results/RUN/.
 *
 * Everything that the run wrote stands in a temporary folder until the run is
 * whole; an error, a damaged trace or an interrupt removes it.
 */
#ifndef REPLAY_RUN_H
#define REPLAY_RUN_H

#include <stdio.h>

#include <jansson.h>

#include "replay/backend.h"
#include "replay/timeline.h"

enum { RUN_SAMPLES = 1000, RUN_MOMENTS = 32, RUN_MAX_MARKS = 10000, RUN_MAX_SNAPSHOTS = 999,
       RUN_LATENCY_EVERY = 128 };

struct run_options {
	const char *trace;		/* path, "-" = standard input */
	const char *machine;		/* file or preset; NULL = the state's, else MACHINE_DEFAULT */
	const char *state_dir;		/* its first snapshot (replay/state/); NULL: freshly booted */
	const char *backend;		/* NULL = "sim" */
	const char *out;		/* folder; NULL: no results are written */
	bool zero, touch;		/* what baselines do to memory (struct backend_setup) */
	bool salvage;			/* use what precedes a damage */
	bool seed_set;
	uint64_t seed;			/* of the slab freelist shuffle */
	uint32_t latency_every;		/* measure one operation in so many; 0 = none, 1 = all */
	bool cost;			/* model what operations cost on the machine */
	uint64_t check_every;		/* operations between mm_check; 0 = at the end only */
	struct timeline_spec timeline;
	FILE *progress;			/* stderr, or NULL */
};

struct run_mark {
	char name[64];
	uint64_t op, time_ns;
};

struct run_result {
	struct backend_counts counts;
	uint64_t failures, would_block, misuse, unsupported, skipped;
	char check[600];	/* "clean", or the first inconsistency */
	double seconds;		/* replay with decoding and timeline */
	double cpu_seconds;	/* the same in processor time */
	double seconds_sampling; /* of seconds: samples, pageblock states, checks on the way */
	double seconds_total;	/* with opening, the last check and the results */
	uint64_t peak_rss_bytes;
	uint64_t duration_ns;	/* trace time of the last operation */
	char *damage;		/* what ended a salvaged trace, or NULL */
	json_t *json;		/* run.json */
};

#define RUN_INTERRUPTED 1

/* 0; RUN_INTERRUPTED: a signal asked to stop (base/stop.h) and nothing was
 * left; negative errno and a sentence.  *r is to be released after 0. */
int run_replay(const struct run_options *o, struct run_result *r, struct mm_error *err);
void run_result_free(struct run_result *r);

/* "results/TRACE-ON", ON being a machine (NULL: the default one) or a backend
 * that is none; to be freed.  NULL: no memory. */
char *run_default_out(const char *trace, const char *on);

#endif
