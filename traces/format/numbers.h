/* SPDX-License-Identifier: MIT
 *
 * The encoder's side of number columns (ops_wire.h): collects the numbers of a
 * column, chooses its classes, writes class numbers and low bits.
 */
#ifndef TRACE_NUMBERS_H
#define TRACE_NUMBERS_H

#include "traces/format/ops_wire.h"

/* Log-linear buckets in which numbers are counted: 16 numbers one by one, then
 * four buckets an octave, to either side of zero. */
#define SIDE_BUCKETS	(16u + 4u * 60u)
#define BUCKETS		(2u * SIDE_BUCKETS)

struct number {
	int64_t value;
	uint32_t bucket;
};

struct number_column {
	struct number *number;
	size_t nr, cap;
	uint32_t count[BUCKETS];
	int64_t low[BUCKETS], high[BUCKETS];	/* least and greatest in each */
	uint8_t class_of[BUCKETS];
	int64_t base[CLASSES];
	uint8_t bits[CLASSES];
};

/* Forget all numbers and make room for max. */
int numbers_begin(struct number_column *c, size_t max);
void numbers_put(struct number_column *c, int64_t v);

/* Append the column's classes, class numbers and low bits. */
void numbers_write(struct number_column *c, struct mmt_buf *classes, struct mmt_buf *numbers,
		   struct mmt_buf *bits);
void numbers_free(struct number_column *c);

#endif
