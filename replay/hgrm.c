/* SPDX-License-Identifier: MIT
 *
 * Writing a histogram as HdrHistogram's percentile text.
 *
 * Buckets are walked once; one that reaches several of the percentiles has a
 * line for each, and the last bucket has one line before that of the maximum,
 * as in HdrHistogram's own files.
 */
#include "replay/hgrm.h"

#include <math.h>

enum { TICKS_PER_HALF = 5 };	/* HdrHistogram's default */

/* The percentile that is told after this one, 0..100: the distance to 100 is
 * halved again and again, and each half has TICKS_PER_HALF steps. */
static double next_percentile(double p)
{
	double halvings = floor(log2(100 / (100 - p))) + 1;

	return p + 100 / (TICKS_PER_HALF * exp2(halvings));
}

/* The highest value that a bucket can hold and that was seen. */
static double value_of(const struct histogram *h, unsigned int i)
{
	uint64_t high = hist_low(i + 1) - 1;

	return (double)(high < h->max ? high : h->max);
}

static void line(double value, double p, uint64_t below, FILE *f)
{
	fprintf(f, "%12.3f %14.12f %10llu", value, p / 100, (unsigned long long)below);
	if (p < 100)
		fprintf(f, " %14.2f", 1 / (1 - p / 100));
	putc('\n', f);
}

static void lines(const struct histogram *h, uint64_t count, double scale, FILE *f)
{
	uint64_t below = 0;
	double p = 0;

	for (unsigned int i = 0; i < HIST_BUCKETS && below < count; i++) {
		if (!h->bucket[i])
			continue;
		below += h->bucket[i];
		while (p <= 100 * (double)below / (double)count) {
			line(value_of(h, i) * scale, p, below, f);
			if (below == count)
				break;
			p = next_percentile(p);
		}
	}
	if (count)
		line((double)h->max * scale, 100, count, f);
}

void hgrm_write(const struct histogram *h, double scale, FILE *f)
{
	uint64_t count = hist_count(h);

	fprintf(f, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
	lines(h, count, scale, f);
	fprintf(f, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", hist_mean(h) * scale,
		hist_stddev(h) * scale);
	fprintf(f, "#[Max     = %12.3f, Total count    = %12llu]\n", (double)h->max * scale,
		(unsigned long long)count);
	fprintf(f, "#[Buckets = %12d, SubBuckets     = %12d]\n", HIST_MAX_BITS - HIST_BITS,
		2 << HIST_BITS);
}
