/* SPDX-License-Identifier: MIT
 *
 * The encoder's choice of time classes for a chunk.
 */
#ifndef TRACE_TIMES_H
#define TRACE_TIMES_H

#include "traces/format/ops_wire.h"

/* Log-linear buckets, eight an octave, in which differences are counted. */
#define TIME_BUCKETS	(16u + 8u * 60u)

struct time_model {
	uint32_t count[TIME_BUCKETS];
	uint64_t low[TIME_BUCKETS], high[TIME_BUCKETS];	/* seen in each */
	uint8_t class_of[TIME_BUCKETS];
	struct time_class classes[TIME_CLASSES];
	uint32_t nr_classes;
};

static inline unsigned int time_bucket(uint64_t v)
{
	unsigned int b;

	if (v < 16)
		return (unsigned int)v;
	b = 64 - (unsigned int)__builtin_clzll(v);
	return 16 + 8 * (b - 5) + ((v >> (b - 4)) & 7);
}

void times_begin(struct time_model *m);
void times_note(struct time_model *m, uint64_t difference);

/* Choose the classes and write their table. */
void times_choose(struct time_model *m, struct mmt_buf *out);

#endif
