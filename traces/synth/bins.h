/* SPDX-License-Identifier: MIT
 *
 * bins: numbers counted in four bins an octave.
 *
 * Bin b holds lo < v <= hi; the upper bound belongs to the bin, so that no bin
 * lies across a size of a kmalloc cache (64, 96, 128, 192 ...).  0 to 8 have a
 * bin each, above that a bin is a quarter of its octave: a value drawn anew lies
 * within 25 % of the one counted.
 */
#ifndef SYNTH_BINS_H
#define SYNTH_BINS_H

#include <stdint.h>
#include <stdio.h>

enum { BINS_NR = 253 };

struct bins {
	uint64_t n[BINS_NR];
};

static inline unsigned int bins_bin(uint64_t v)
{
	unsigned int e;
	uint64_t w = v - 1;

	if (v <= 4)
		return (unsigned int)v;
	e = 63 - (unsigned int)__builtin_clzll(w);
	return 1 + 4 * (e - 1) + (unsigned int)(w >> (e - 2) & 3);
}

/* The least and the largest value of a bin. */
static inline uint64_t bins_low(unsigned int b)
{
	unsigned int e = (b - 1) / 4 + 1;

	return b <= 4 ? b : ((4ull + (b - 1) % 4) << (e - 2)) + 1;
}

static inline uint64_t bins_high(unsigned int b)
{
	unsigned int e = (b - 1) / 4 + 1;

	if (b == BINS_NR - 1)
		return UINT64_MAX;
	return b <= 4 ? b : bins_low(b) + (1ull << (e - 2)) - 1;
}

static inline void bins_add(struct bins *h, uint64_t v)
{
	h->n[bins_bin(v)]++;
}

uint64_t bins_sum(const struct bins *h);
void bins_merge(struct bins *to, const struct bins *from);

/* The upper bound of the bin in which the part p of all lies; 0 when empty. */
uint64_t bins_quantile(const struct bins *h, double p);

/*
 * Two distances of two distributions of the same numbers.
 * Kolmogorov-Smirnov: the largest difference of the cumulative shares, 0 to 1.
 * Earth mover's, in octaves: how far a request must be moved in the mean, a
 * factor of two being 1.  Both 0 when both are empty; ks 1 when one is.
 */
struct bins_distance {
	double ks, octaves;
};

struct bins_distance bins_compare(const struct bins *a, const struct bins *b);

/* "12:345 13:6": bin and count of those that are not empty. */
void bins_write(const struct bins *h, FILE *f);
/* -EINVAL when text is no such list. */
int bins_read(struct bins *h, const char *text);

#endif
