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
/* "E|event: fields" lines to a trace; the letter before '|' is the task:
 * T = sh-1, U = ls-2, K = kswapd0-30, I = sh-1 in a hard interrupt. */
void import_lines(struct imported *im, const char *lines, const struct import_options *opt);
void imported_free(struct imported *im);

/* Import what must be refused: the error's code; *err has the sentence. */
int import_bad_file(const char *path, struct mm_error *err);
int import_bad_bytes(const void *p, size_t n, struct mm_error *err);

/* The k-th operation of a kind; NULL: there is none. */
const struct trace_op *nth(const struct imported *im, unsigned int kind, unsigned int k);
unsigned int count_kind(const struct imported *im, unsigned int kind);

/* The operations are of these kinds, in this order. */
void expect_kinds(const struct imported *im, const uint8_t *kinds, size_t n);
#define EXPECT(im, ...) do { \
	const uint8_t kinds_[] = { __VA_ARGS__ }; \
	expect_kinds(im, kinds_, sizeof(kinds_)); \
} while (0)

/* Every event is accounted for exactly once. */
void assert_all_events_accounted(const struct import_summary *s);

/* A whole file in memory; free() it. */
void *read_whole(const char *path, size_t *n);

#endif
