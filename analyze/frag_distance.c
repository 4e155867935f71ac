/* SPDX-License-Identifier: MIT
 * The distance of two fragmentation curves (see frag_distance.h). */
#include "analyze/frag_distance.h"

#include "analyze/frag.h"

enum { MOMENTS = 100 };

/* The last sample at or before part p of the run's time. */
static size_t sample_at(const struct an_timeline *t, double p)
{
	double when = p * (double)an_timeline_ns(t, t->n - 1);
	size_t low = 0, high = t->n - 1;

	while (low < high) {
		size_t middle = (low + high + 1) / 2;

		if ((double)an_timeline_ns(t, middle) <= when)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static double unusable(const struct an_timeline *t, int zone, int order, size_t i)
{
	uint64_t blocks[AN_ORDERS];

	frag_blocks(t, zone, i, blocks);
	return frag_unusable(blocks, order) / 1000.0;
}

void frag_distance(const struct an_timeline *a, const struct an_timeline *b, struct frag_distance *d)
{
	int zone, order, m;

	*d = (struct frag_distance){ .zone = { false } };
	for (zone = 0; zone < AN_ZONES; zone++) {
		d->zone[zone] = frag_zone_exists(a, zone) && frag_zone_exists(b, zone);
		for (order = 0; d->zone[zone] && order < AN_ORDERS; order++) {
			double sum = 0;

			for (m = 0; m < MOMENTS; m++) {
				double p = (m + 0.5) / MOMENTS;
				double x = unusable(a, zone, order, sample_at(a, p));
				double y = unusable(b, zone, order, sample_at(b, p));

				sum += x < y ? y - x : x - y;
			}
			d->mean[zone][order] = sum / MOMENTS;
		}
	}
}
