/* SPDX-License-Identifier: MIT
 *
 * Small traces for tests: a writer whose calls read like the trace, and a
 * folder that is removed afterwards.
 */
#ifndef TESTS_REPLAY_TRACE_HELP_H
#define TESTS_REPLAY_TRACE_HELP_H

#include "traces/format/mmt.h"

struct tt {
	struct mmt_writer *w;
	uint64_t time;		/* each operation comes 1 microsecond after the one before */
	uint32_t task, site;
	char path[200];
};

/* A fresh folder below /tmp; freed by tt_rmdir. */
char *tt_mkdir(void);
void tt_rmdir(char *dir);

void tt_open(struct tt *t, const char *dir, const char *name);
void tt_close(struct tt *t);

/* Write one operation: its kind, its slot, the other fields by name.  No
 * answer is TRACE_NO_ANSWER.
 * TT(&t, TRACE_KMALLOC, 1, .size = 64, .gfp = MM_GFP_KERNEL). */
void tt_op(struct tt *t, struct trace_op op);
#define TT(t, ...) TT_(t, __VA_ARGS__, .cpu = 0)
#define TT_(t, k, s, ...) tt_op(t, (struct trace_op){ .kind = (k), .slot = (s), __VA_ARGS__ })
#define NO TRACE_NO_SLOT

/* An operation with n items: slots from first on. */
void tt_bulk(struct tt *t, struct trace_op op, uint32_t first, uint32_t n);

/* All of a file, NUL-terminated, to be freed; fails the test if it is not there. */
char *tt_slurp(const char *dir, const char *name);
/* Nothing stands under dir whose name begins with prefix. */
int tt_count(const char *dir, const char *prefix);

#endif
