/* SPDX-License-Identifier: MIT
 *
 * histogram: counts of values from 0 to 2^40 in buckets whose width grows with
 * the value (log-linear), after fio's stat.c and HdrHistogram.
 *
 * A value v with highest bit e >= M stands in bucket (e - M) * 2^M + (v >> (e - M)):
 * each power of two has 2^M buckets of equal width.
 *
 *	values			width	buckets		(M = 6)
 *	0 .. 127		1	128, exact
 *	128 .. 255		2	64
 *	256 .. 511		4	64
 *	2^e .. 2^(e+1)-1	2^(e-6)	64
 *
 * Error: a bucket of width w = 2^(e-M) holds values of at least 2^e, and its
 * middle, which stands for all of them, is at most w / 2 away:
 *
 *	|middle - v| / v <= 2^(e-M-1) / 2^e = 1 / 2^(M+1) = 1/128 < 0.8 %
 *
 * Minimum, maximum and sum are exact, so a mean is too.  Adding a value is some
 * ten instructions and touches two cache lines; all zero is an empty histogram.
 * Merging adds bucket by bucket: it loses nothing.
 */
#ifndef REPLAY_HISTOGRAM_H
#define REPLAY_HISTOGRAM_H

#include <stdint.h>

enum {
	HIST_BITS = 6,			/* M */
	HIST_MAX_BITS = 40,		/* 2^40 ticks are some minutes, 2^40 ns 18 of them */
	HIST_BUCKETS = (HIST_MAX_BITS - HIST_BITS + 1) << HIST_BITS,
};

#define HIST_MAX ((UINT64_C(1) << HIST_MAX_BITS) - 1)	/* what is more counts as this */

struct histogram {
	uint64_t sum;
	uint64_t max;
	uint64_t max_inverse;		/* highest ~v: the minimum's, 0 while empty */
	uint64_t bucket[HIST_BUCKETS];
};

static inline unsigned int hist_index(uint64_t v)
{
	unsigned int e = 63 - (unsigned int)__builtin_clzll(v | UINT64_C(1) << HIST_BITS);

	return ((e - HIST_BITS) << HIST_BITS) + (unsigned int)(v >> (e - HIST_BITS));
}

static inline void hist_add(struct histogram *h, uint64_t v)
{
	v = v < HIST_MAX ? v : HIST_MAX;
	h->sum += v;
	if (__builtin_expect(v > h->max, 0))
		h->max = v;
	if (__builtin_expect(~v > h->max_inverse, 0))
		h->max_inverse = ~v;
	h->bucket[hist_index(v)]++;
}

/* Lowest value of a bucket; hist_low(i + 1) - 1 is its highest. */
uint64_t hist_low(unsigned int i);

uint64_t hist_count(const struct histogram *h);
uint64_t hist_min(const struct histogram *h);	/* 0 when empty, as the others */
double hist_mean(const struct histogram *h);
double hist_stddev(const struct histogram *h);	/* from the buckets' middles */

/* The value below or at which a part q (0..1) of the values lies: that of rank
 * ceil(q * count), at least the first; within the error above, never outside
 * minimum and maximum. */
double hist_quantile(const struct histogram *h, double q);

void hist_merge(struct histogram *to, const struct histogram *from);

#endif
