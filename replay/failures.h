/* SPDX-License-Identifier: MIT
 *
 * failures: failures.csv, one row a request that did not end in ok, and the
 * same counted by outcome and cause.
 */
#ifndef REPLAY_FAILURES_H
#define REPLAY_FAILURES_H

#include <stdio.h>

#include "replay/backend.h"

enum { FAILURES_MAX_ROWS = 100000 };

struct failures {
	FILE *f;
	const struct mmt_reader *trace;
	uint64_t rows;		/* written */
	uint64_t all;
	uint64_t cause[NR_OUTCOMES][MM_NR_CAUSES];
	uint64_t misuse[MM_NR_MISUSE];
	char first_misuse[200];	/* the engine's sentence */
	uint64_t order[MM_MAX_ORDER];	/* page requests that failed, by order */
};

void failures_begin(struct failures *x, FILE *f, const struct mmt_reader *trace);

/* A backend_failed_fn; arg is a struct failures. */
void failures_add(void *arg, const struct trace_op *op, uint64_t nr, enum mm_outcome outcome,
		  const struct mm_machine *m);

const char *outcome_name(enum mm_outcome o);

#endif
