/* SPDX-License-Identifier: MIT
 *
 * frag_distance: how far the fragmentation of two runs is apart over time.
 *
 * The curves are those of the unusable free space index (frag.h), each over its
 * run's own time from 0 to 1, so that runs of different length can be compared.
 */
#ifndef ANALYZE_FRAG_DISTANCE_H
#define ANALYZE_FRAG_DISTANCE_H

#include <stdbool.h>

#include "analyze/timeline.h"

struct frag_distance {
	bool zone[AN_ZONES];		/* it exists in both runs */
	/* Mean difference of the index at 100 moments, 0 to 1. */
	double mean[AN_ZONES][AN_ORDERS];
};

void frag_distance(const struct an_timeline *a, const struct an_timeline *b, struct frag_distance *d);

#endif
