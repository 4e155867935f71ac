/* SPDX-License-Identifier: MIT
 *
 * times: what operations took, by kind and cause: latency.csv or cost.csv, and
 * the curves of latency/KIND.hgrm (HdrHistogram's percentile text).
 */
#ifndef ANALYZE_TIMES_H
#define ANALYZE_TIMES_H

#include "analyze/csv.h"

struct an_times_row {
	const char *kind, *cause;	/* belong to the csv; "all" is a sum */
	uint64_t count;
	double min, mean, p50, p90, p99, p99_9, max;
};

struct an_times {
	struct an_csv *csv;		/* NULL: the run has no such file */
	struct an_times_row *row;	/* as in the file */
	size_t nr_rows;
};

/* unit: of the columns, "ns" for min_ns ... max_ns. */
int an_times_load(struct an_times *t, const char *path, const char *unit, struct mm_error *err);
void an_times_free(struct an_times *t);

/* NULL: nothing of that kind and cause was measured. */
const struct an_times_row *an_times_find(const struct an_times *t, const char *kind, const char *cause);

/* count * mean: what all of them took. */
double an_times_sum(const struct an_times_row *row);

/* At most max kinds' rows of cause "all", the one that took most in all first.
 * Returns how many. */
size_t an_times_top(const struct an_times *t, const struct an_times_row **top, size_t max);

struct an_curve_point {
	double part;		/* of all values, 0..1, that are not above value */
	double value;
	uint64_t count;		/* of these */
};

struct an_curve {
	struct an_curve_point *point;
	size_t n;
};

/* A percentile text whose parts, values and counts ascend and end at 1. */
int an_curve_load(struct an_curve *c, const char *path, struct mm_error *err);
void an_curve_free(struct an_curve *c);

#endif
