/* SPDX-License-Identifier: MIT
 *
 * blame: who still holds pages at the end (blame.csv), per process name, call
 * site, order and gfp.
 */
#ifndef ANALYZE_BLAME_H
#define ANALYZE_BLAME_H

#include "analyze/csv.h"

struct an_blame_row {
	const char *comm, *site, *order, *gfp_names; /* belong to the csv */
	uint64_t tasks;		/* rows of the file summed here */
	uint64_t pages;
	uint64_t pinned;	/* pageblocks that only these keep from being free;
				   summed over the tasks, so a lower bound */
};

struct an_blame {
	struct an_csv *csv;	/* NULL: the run has no blame.csv */
	struct an_blame_row *row; /* most pages first */
	size_t nr_rows;
	uint64_t pages, pinned;	/* of all rows */
};

int an_blame_load(struct an_blame *b, const char *path, struct mm_error *err);
void an_blame_free(struct an_blame *b);

#endif
