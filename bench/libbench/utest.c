/* SPDX-License-Identifier: MIT
 *
 * The Mann-Whitney U test: how likely two samples of one distribution would
 * differ in rank at least as much as these two.  No assumption about the
 * distribution, which times do not have a normal one of.
 *
 * Small samples without equal values: exact, by counting the orders that give
 * each U (count(n, m, u) = count(n - 1, m, u - m) + count(n, m - 1, u)).  Else the
 * normal approximation with the corrections for continuity and ties.
 */
#include <math.h>

#include "internal.h"

enum { EXACT_MOST = 20 };

struct ranked {
	double v;
	bool of_a;
};

static int by_value(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->v, y = ((const struct ranked *)b)->v;

	return (x > y) - (x < y);
}

/* Orders of n and m values with U <= u, among all: the lower tail. */
static double exact_tail(size_t n, size_t m, size_t u)
{
	size_t most = n * m, i, j, k;
	/* count[j][k]: of i and j values, U = k; grown over i. */
	double *count = bench_alloc((m + 1) * (most + 1) * sizeof(*count)), below = 0, all = 0;

	for (j = 0; j <= m; j++)
		count[j * (most + 1)] = 1;
	for (i = 1; i <= n; i++) {
		for (j = 1; j <= m; j++) {
			double *row = count + j * (most + 1);
			const double *shorter = row - (most + 1);

			/* From above: row[k - j] is still that of i - 1. */
			for (k = most + 1; k-- > 0;)
				row[k] = (k >= j ? row[k - j] : 0) + shorter[k];
		}
	}
	for (k = 0; k <= most; k++) {
		double c = count[m * (most + 1) + k];

		all += c;
		below += k <= u ? c : 0;
	}
	free(count);
	return below / all;
}

double stat_mann_whitney(const double *a, size_t n, const double *b, size_t m)
{
	struct ranked *r;
	double rank_sum = 0, ties = 0, u, mean, sigma, z, p;
	size_t all = n + m, i, j;

	if (!n || !m)
		return 1;
	r = bench_alloc(all * sizeof(*r));
	for (i = 0; i < all; i++)
		r[i] = i < n ? (struct ranked){ a[i], true } : (struct ranked){ b[i - n], false };
	qsort(r, all, sizeof(*r), by_value);
	for (i = 0; i < all; i = j) {
		double t;

		for (j = i; j < all && r[j].v == r[i].v; j++)
			;
		t = (double)(j - i);
		ties += t * t * t - t;
		/* Equal values share the mean of their ranks i + 1 .. j. */
		for (; i < j; i++)
			rank_sum += r[i].of_a ? ((double)(2 * j + 1) - t) / 2 : 0;
	}
	free(r);
	u = rank_sum - (double)n * (double)(n + 1) / 2;
	if (u > (double)n * (double)m - u)
		u = (double)n * (double)m - u;
	if (ties == 0 && n <= EXACT_MOST && m <= EXACT_MOST) {
		p = 2 * exact_tail(n, m, (size_t)u);
	} else {
		double t = (double)all;

		mean = (double)n * (double)m / 2;
		sigma = sqrt((double)n * (double)m / 12 * (t + 1 - ties / (t * (t - 1))));
		z = sigma > 0 ? (mean - u - 0.5) / sigma : 0;
		p = erfc((z > 0 ? z : 0) / sqrt(2));
	}
	return p < 1 ? p : 1;
}
