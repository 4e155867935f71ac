/* SPDX-License-Identifier: MIT
 *
 * compare: two or more runs side by side.
 *
 * The comparison is one tree (docs/results-format.md, "mmreplay compare --json"),
 * made once and shown as text, as JSON and as a page: sections of rows, each row
 * with one value a run, null where a run has none.
 */
#ifndef ANALYZE_COMPARE_H
#define ANALYZE_COMPARE_H

#include <stddef.h>

#include <jansson.h>

#include "analyze/run.h"

enum { COMPARE_MAX_RUNS = 16, COMPARE_NAME = 64 };

struct an_compare {
	size_t n;
	struct an_run *run[COMPARE_MAX_RUNS];
	char name[COMPARE_MAX_RUNS][COMPARE_NAME];	/* short, each another */
	json_t *json;
};

/* Load the n runs and compare them.  Runs of different traces are refused with
 * -EINVAL unless force is set, and then named among the warnings.  0, or negative
 * errno and a sentence (nothing is left to free). */
int an_compare_load(struct an_compare *c, char *const *dirs, size_t n, bool force,
		    struct mm_error *err);
void an_compare_free(struct an_compare *c);

/* The rows of the section of that key. */
const json_t *an_compare_rows(const struct an_compare *c, const char *key);

enum { COMPARE_CELL = 96 };

/* A value of a row as people read it, by the row's unit; "-" for null. */
const char *an_compare_cell(char buf[COMPARE_CELL], const json_t *row, size_t run);

/* The memory that the run's allocator takes for what is requested, by sample:
 * resident where that means something, else mapped.  NULL: the run does not tell. */
const uint64_t *an_held_bytes(const struct an_run *r);

#endif
