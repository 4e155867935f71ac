/* SPDX-License-Identifier: MIT
 * Import something and look at the operations that came out. */
#ifndef TESTS_IMPORT_HELP_H
#define TESTS_IMPORT_HELP_H

#include "traces/import/import.h"

#define DATA "tests/data/import/"

struct imported {
	struct trace_op *op;
	size_t n;
	struct mmt_reader *r;		/* for the names */
	struct import_summary sum;
};

/* Import a file; fails the test when it does not succeed. */
void import_file(struct imported *im, const char *path, const struct import_options *opt);
/* The same for the text of a trace. */
void import_text(struct imported *im, const char *text, const struct import_options *opt);
void imported_free(struct imported *im);

/* Import what must be refused: the error's code; *err has the sentence. */
int import_bad_file(const char *path, struct mm_error *err);
int import_bad_bytes(const void *p, size_t n, struct mm_error *err);

/* The k-th operation of a kind; NULL: there is none. */
const struct trace_op *nth(const struct imported *im, unsigned int kind, unsigned int k);
unsigned int count_kind(const struct imported *im, unsigned int kind);

/* Every event is accounted for exactly once. */
void assert_all_events_accounted(const struct import_summary *s);

/* A whole file in memory; free() it. */
void *read_whole(const char *path, size_t *n);

#endif
