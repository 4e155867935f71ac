/* SPDX-License-Identifier: MIT
 *
 * failures: the requests of failures.csv that did not end well, grouped by
 * what they have in common.
 */
#ifndef ANALYZE_FAILURES_H
#define ANALYZE_FAILURES_H

#include "analyze/csv.h"

/* Requests of the same kind, outcome, cause, zone and order.  The texts belong
 * to the csv. */
struct an_failure_group {
	const char *kind, *outcome, *cause, *zone, *order;
	size_t count;
	uint64_t first_op, first_ns;	/* the earliest of the group */
	const char *comm, *site, *gfp_names, *size;	/* of the earliest */
	const char *free_pages, *mark, *largest; /* in the group's zone; NULL unless it is one of the three */
};

struct an_failures {
	struct an_csv *csv;	/* NULL: the run has no failures.csv */
	struct an_failure_group *group; /* most frequent first */
	size_t nr_groups;
};

int an_failures_load(struct an_failures *f, const char *path, struct mm_error *err);
void an_failures_free(struct an_failures *f);

/* Requests with that outcome ("fail", "would_block", ...). */
size_t an_failures_count(const struct an_failures *f, const char *outcome);

#endif
