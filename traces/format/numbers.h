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

struct bucket {
	int64_t low, high;	/* least and greatest number in it */
	uint32_t count;
};

struct number_class {
	int64_t base;
	uint8_t bits, number;
};

struct number_column {
	int64_t *value;
	uint16_t *bucket_of;	/* of each value */
	size_t nr, cap;
	struct bucket bucket[BUCKETS];
	struct number_class class_of[BUCKETS];
};

/* Forget all numbers and make room for max. */
int numbers_begin(struct number_column *c, size_t max);

static inline void numbers_put(struct number_column *c, int64_t v)
{
	c->value[c->nr++] = v;
}

/* Append the column's classes, class numbers and low bits. */
void numbers_write(struct number_column *c, struct mmt_buf *classes, struct mmt_buf *numbers,
		   struct mmt_buf *bits);
void numbers_free(struct number_column *c);

#endif
