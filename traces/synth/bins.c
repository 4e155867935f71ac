/* SPDX-License-Identifier: MIT
 * Sums, distances and the text form of histograms (see bins.h). */
#include "traces/synth/bins.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

uint64_t bins_sum(const struct bins *h)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < BINS_NR; i++)
		sum += h->n[i];
	return sum;
}

void bins_merge(struct bins *to, const struct bins *from)
{
	int i;

	for (i = 0; i < BINS_NR; i++)
		to->n[i] += from->n[i];
}

uint64_t bins_quantile(const struct bins *h, double p)
{
	uint64_t sum = bins_sum(h), seen = 0;
	unsigned int i;

	for (i = 0; sum && i < BINS_NR; i++) {
		seen += h->n[i];
		if ((double)seen >= p * (double)sum && seen)
			return bins_high(i);
	}
	return 0;
}

struct bins_distance bins_compare(const struct bins *a, const struct bins *b)
{
	double na = (double)bins_sum(a), nb = (double)bins_sum(b), ca = 0, cb = 0;
	struct bins_distance d = { 0 };
	int i;

	if (na == 0 && nb == 0)
		return d;
	if (na == 0 || nb == 0)
		return (struct bins_distance){ 1, BINS_NR / 4.0 };
	for (i = 0; i < BINS_NR; i++) {
		double gap;

		ca += (double)a->n[i] / na;
		cb += (double)b->n[i] / nb;
		gap = ca < cb ? cb - ca : ca - cb;
		if (gap > d.ks)
			d.ks = gap;
		d.octaves += gap / 4;
	}
	return d;
}

void bins_write(const struct bins *h, FILE *f)
{
	const char *space = "";
	int i;

	for (i = 0; i < BINS_NR; i++) {
		if (!h->n[i])
			continue;
		fprintf(f, "%s%d:%" PRIu64, space, i, h->n[i]);
		space = " ";
	}
}

int bins_read(struct bins *h, const char *text)
{
	*h = (struct bins){ { 0 } };
	while (*text) {
		char *end;
		unsigned long bin = strtoul(text, &end, 10);
		unsigned long long n;

		if (end == text || *end != ':' || bin >= BINS_NR)
			return -EINVAL;
		text = end + 1;
		n = strtoull(text, &end, 10);
		if (end == text || (*end && *end != ' ') || n > UINT32_MAX * 4096ull)
			return -EINVAL;
		h->n[bin] = n;
		text = end + (*end == ' ');
	}
	return 0;
}
