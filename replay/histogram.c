/* SPDX-License-Identifier: MIT
 * What a histogram tells. */
#include "replay/histogram.h"

#include <math.h>

uint64_t hist_low(unsigned int i)
{
	unsigned int shift = i >> HIST_BITS;

	/* The first two groups have width 1; a later one begins at a power of two. */
	if (shift < 2)
		return i;
	shift--;
	return (uint64_t)(i - (shift << HIST_BITS)) << shift;
}

/* What stands for all values of a bucket: its middle, pulled to what was seen. */
static double middle(const struct histogram *h, unsigned int i)
{
	double v = (double)(hist_low(i) + hist_low(i + 1) - 1) / 2;

	if (v < (double)hist_min(h))
		return (double)hist_min(h);
	return v > (double)h->max ? (double)h->max : v;
}

uint64_t hist_count(const struct histogram *h)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < HIST_BUCKETS; i++)
		n += h->bucket[i];
	return n;
}

uint64_t hist_min(const struct histogram *h)
{
	return h->max_inverse ? ~h->max_inverse : 0;
}

double hist_mean(const struct histogram *h)
{
	uint64_t n = hist_count(h);

	return n ? (double)h->sum / (double)n : 0;
}

double hist_stddev(const struct histogram *h)
{
	double mean = hist_mean(h), sum = 0;
	uint64_t n = hist_count(h);

	for (unsigned int i = 0; i < HIST_BUCKETS; i++)
		if (h->bucket[i]) {
			double d = middle(h, i) - mean;

			sum += d * d * (double)h->bucket[i];
		}
	return n ? sqrt(sum / (double)n) : 0;
}

double hist_quantile(const struct histogram *h, double q)
{
	uint64_t n = hist_count(h), below = 0;
	double rank = ceil(q * (double)n);
	unsigned int i;

	if (!n)
		return 0;
	if (rank <= 1)
		return (double)hist_min(h);
	if (rank >= (double)n)
		return (double)h->max;
	for (i = 0; i < HIST_BUCKETS - 1; i++) {
		below += h->bucket[i];
		if ((double)below >= rank)
			break;
	}
	return middle(h, i);
}

void hist_merge(struct histogram *to, const struct histogram *from)
{
	if (!from->max_inverse)
		return;
	to->sum += from->sum;
	to->max = to->max > from->max ? to->max : from->max;
	if (from->max_inverse > to->max_inverse)
		to->max_inverse = from->max_inverse;
	for (unsigned int i = 0; i < HIST_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}
