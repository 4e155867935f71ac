/* SPDX-License-Identifier: MIT
 *
 * runner: an operation list run against a machine, every answer compared.
 *
 * Free-running: the machine starts from the recorded state and is never
 * corrected.  Taken from the recording are only: calls of other tasks, the
 * start of each new slab's shuffled free list, the moments at which the purge
 * worker ran, and where the start state does not name the objects of its
 * vmalloc areas, these.
 */
#ifndef TESTS_ORACLE_RUNNER_H
#define TESTS_ORACLE_RUNNER_H

#include "replay/state/state.h"
#include "tests/oracle/oplist.h"

enum layer {
	LAYER_PAGE,	/* pfn, zone and pageblock type of page requests */
	LAYER_SLAB,	/* address of a kmalloc or cache object, its usable size */
	LAYER_VMALLOC,	/* address of vmalloc, vmap, ioremap */
	LAYER_VPAGE,	/* each page of each vmalloc area */
	LAYER_PKMAP,	/* kmap's address */
	LAYER_KMAP_LOCAL,
	LAYER_PATH,	/* what it changed: free, per-CPU and lazy pages, refills, drains */
	LAYER_FREE,	/* frees: accepted, and of what the recording says */
	LAYER_FOREIGN,	/* what other tasks were given */
	LAYER_NR
};
const char *layer_name(enum layer l);

struct oracle_result {
	uint64_t decisions[LAYER_NR], matches[LAYER_NR];
	uint64_t unjudged;	/* operations from a reclaim to the next snapshot */
	uint32_t resyncs;	/* how often the machine was loaded anew there */
	uint32_t snapshots, snapshots_equal;
	uint32_t pages_equal, slab_equal, virt_equal;	/* snapshots, by layer */
	uint64_t start_objects;	/* vmap_area objects of the start, named by their free */
	uint32_t first_op;	/* of the first mismatch, NO_VALUE: none */
	char first[600];	/* it, as a sentence */
	char first_state[600];	/* the first difference of a snapshot */
	uint32_t learned;	/* untraced: shuffle starts learned from later addresses */
};

struct oracle_options {
	unsigned int verbose;	/* print this many mismatches and differing snapshots */
	bool no_states;		/* do not compare snapshots */
	bool check;		/* mm_check() at every snapshot */
};

/* 0, or negative errno and a sentence when the list could not be run. */
int oracle_run(const char *dir, const struct oracle_options *opt, struct oracle_result *res,
	       struct mm_error *err);

#endif
