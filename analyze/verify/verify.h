/* SPDX-License-Identifier: MIT
 *
 * verify: the engine's decisions against those of a real kernel.
 *
 * A truth folder holds what was asked of a real kernel and what it answered:
 *   an operation list   results.csv, events.csv, state.jsonl, consts.txt, meta.json
 *   constants           consts.txt and proc/ only
 *   a recording         trace.dat, before/, after/, static/
 * (each file plain or with .zst).  A verifier asks the same of a simulated
 * machine and counts, layer by layer, how many answers are equal.
 *
 * Two ways: *followed*, after each decision the machine is corrected to what
 * the kernel did, so that each decision is judged alone; *free*, never
 * corrected, so that drift shows.  What is taken from the recording instead of
 * predicted is counted in `excluded`, by cause.
 */
#ifndef ANALYZE_VERIFY_H
#define ANALYZE_VERIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mm_error.h"

enum verify_layer {
	VERIFY_PAGE,		/* pfn of a page request, or of a block taken from the buddy lists */
	VERIFY_PCP,		/* each block of a per-CPU refill and drain; per-CPU counts */
	VERIFY_STEAL,		/* each fallback to another migratetype: block, orders, types */
	VERIFY_SLAB_PAGE,	/* each new slab: its pfn and cache; slab lists' lengths */
	VERIFY_SLAB_OBJECT,	/* address of an object, its usable size */
	VERIFY_VMALLOC,		/* address of an area; each of its pages */
	VERIFY_PURGE,		/* purges: moment due, range, what comes back */
	VERIFY_PKMAP,		/* address that kmap gives */
	VERIFY_PKMAP_FLUSH,	/* moment at which unused pkmap slots are flushed */
	VERIFY_KMAP_LOCAL,	/* address that kmap_local gives */
	VERIFY_ZONE,		/* zone that served a page request */
	VERIFY_OUTCOME,		/* success or failure of a request */
	VERIFY_END_STATE,	/* snapshots: each of pages, slab, virtual; /proc texts */
	VERIFY_CONSTANTS,	/* bounds, watermarks, sizes, addresses of a fresh boot */
	VERIFY_NR_LAYERS
};

enum verify_mode { VERIFY_FOLLOWED, VERIFY_FREE, VERIFY_NR_MODES };

/* What was taken from the recording, and left out of the decisions. */
enum verify_cause {
	VERIFY_OTHER_TASK,	/* calls of other tasks */
	VERIFY_SHUFFLE_START,	/* where a new slab's random free list starts */
	VERIFY_PURGE_MOMENT,	/* when the worker purged vmalloc areas */
	VERIFY_FOREIGN_DRAIN,	/* per-CPU lists drained from elsewhere */
	VERIFY_COUNTER_FOLD,	/* when per-CPU page counters were folded */
	VERIFY_BOOST_RESET,	/* when kswapd took back a watermark boost */
	VERIFY_START_ORDER,	/* a start page or block whose place in its list nobody recorded */
	VERIFY_RESYNC,		/* decisions from a reclaim or compaction to the next snapshot */
	VERIFY_START_OBJECT,	/* which object a start vmalloc area has (old recordings) */
	VERIFY_SYSFS,		/* what sysfs allocates when a cache is made or destroyed */
	VERIFY_NR_CAUSES
};

const char *verify_layer_name(enum verify_layer l);	/* "slab_page" */
const char *verify_mode_name(enum verify_mode m);	/* "followed" */
const char *verify_cause_name(enum verify_cause c);	/* "other_task" */

struct verify_row {
	uint64_t decisions, matches;
	uint64_t excluded[VERIFY_NR_CAUSES];
};

/* Decisions and errors so far, for the chart of error over time. */
struct verify_point {
	uint64_t at;		/* operation, or event of a recording */
	uint64_t decisions, errors;
};
struct verify_series {
	struct verify_point *point;
	uint32_t nr;
	uint64_t step;		/* a point every so many operations */
};

enum { VERIFY_ZONES = 3, VERIFY_ORDERS = 11, VERIFY_TEXT = 1600 };

struct verify_result {
	const char *kind;	/* "operations", "constants", "recording" */
	char truth[256];	/* the folder */
	char kernel[128];	/* its kernel, "" = not known */
	uint32_t ram_mb;	/* 0 = not known */
	uint64_t operations;	/* of the list, or events of the recording */
	struct verify_row row[VERIFY_NR_LAYERS][VERIFY_NR_MODES];
	/* The page layer's decisions by zone and order (no exclusions here). */
	struct verify_row page[VERIFY_NR_MODES][VERIFY_ZONES][VERIFY_ORDERS];
	uint32_t resyncs[VERIFY_NR_MODES]; /* how often the machine was loaded anew */
	/* The first mismatch with its context, "" = none; followed first. */
	char first_mismatch[VERIFY_TEXT];
	struct verify_series series[VERIFY_NR_MODES];
	bool has_drift;		/* recordings, free: end-state buddyinfo was compared */
	double drift;		/* largest difference, percent of a zone's free pages */
	struct cost_sheet *cost; /* cost.h; NULL: not asked for */
};

struct verify_options {
	unsigned int verbose;	/* print this many mismatches on stderr */
	bool check;		/* mm_check() at every snapshot */
	FILE *diff;		/* not NULL: differences of the /proc texts go there */
	bool cost;		/* lists: the cost model against the kernel's instructions */
	FILE *features;		/* not NULL, with cost: a line an operation, for fitting */
};

/* What a folder holds: "operations", "constants", "recording"; NULL and a
 * sentence when it is none of them. */
const char *verify_kind(const char *dir, struct mm_error *err);

/* Each zeroes *out first.  0, or negative errno and a sentence when the folder
 * cannot be run; mismatches are no error.  Release with verify_result_free. */
int verify_oracle(const char *dir, const struct verify_options *opt,
		  struct verify_result *out, struct mm_error *err);
int verify_constants(const char *dir, const struct verify_options *opt,
		     struct verify_result *out, struct mm_error *err);
int verify_recorded(const char *dir, const struct verify_options *opt,
		    struct verify_result *out, struct mm_error *err);

/* Any of the three, by verify_kind. */
int verify_folder(const char *dir, const struct verify_options *opt,
		  struct verify_result *out, struct mm_error *err);
void verify_result_free(struct verify_result *r);

/* ---- counting, for verifiers ---- */

/* One decision of a row; the point of the series is at operation `at`. */
void verify_count(struct verify_result *r, enum verify_layer l, enum verify_mode m, bool match);
void verify_exclude(struct verify_result *r, enum verify_layer l, enum verify_mode m,
		    enum verify_cause c, uint64_t n);
/* The series reaches operation `at`: a point when a step has passed.  0 or -ENOMEM. */
int verify_reached(struct verify_result *r, enum verify_mode m, uint64_t at);
/* The run ended with operation `at`, which the series shows whatever the step. */
void verify_ended(struct verify_result *r, enum verify_mode m, uint64_t at);
/* All layers of a mode: decisions and errors. */
void verify_totals(const struct verify_result *r, enum verify_mode m, uint64_t *decisions,
		   uint64_t *errors);

/* ---- output ---- */

void verify_print(const struct verify_result *r, FILE *out);	/* table for people */
void verify_json(const struct verify_result *r, FILE *out);	/* docs/fidelity.md */
void verify_csv(const struct verify_result *r, FILE *out);	/* the series */

#endif
