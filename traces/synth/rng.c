/* SPDX-License-Identifier: MIT
 *
 * Tables of the integer distributions (see rng.h).
 */
#include "traces/synth/rng.h"

#include <errno.h>
#include <stdlib.h>

void rng_seed(struct rng *r, uint64_t seed)
{
	int i;

	for (i = 0; i < 4; i++) {
		uint64_t z = seed += 0x9e3779b97f4a7c15ull;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
		z = (z ^ z >> 27) * 0x94d049bb133111ebull;
		r->s[i] = z ^ z >> 31;
	}
}

/* log2(x) of x > 0 as 16.16 fixed point: the integer part is the bit length, each
 * bit of the fraction one squaring. */
static uint32_t log2_fixed(uint32_t x)
{
	uint32_t whole = 31 - (uint32_t)__builtin_clz(x), result = whole << 16, bit;
	uint64_t y = (uint64_t)x << (31 - whole);	/* 1.31 fixed point */

	for (bit = 1u << 15; bit; bit >>= 1) {
		y = y * y >> 31;
		if (y >> 32) {
			y >>= 1;
			result |= bit;
		}
	}
	return result;
}

void rng_exp_init(struct rng_exp *t)
{
	const uint64_t ln2 = 45426;	/* 16.16 */
	uint32_t i;

	/* 1 - u is the middle of each of the RNG_EXP equal parts of 0..1. */
	for (i = 0; i < RNG_EXP; i++)
		t->q[i] = (uint32_t)((((uint64_t)(RNG_EXP_BITS + 1) << 16) -
				      log2_fixed(2 * i + 1)) * ln2 >> 16);
}

int rng_alias_init(struct rng_alias *a, const uint64_t *weight, uint32_t n)
{
	unsigned __int128 sum = 0, *share;
	uint32_t *small, *large, nr_small = 0, nr_large = 0, i;

	*a = (struct rng_alias){ .nr = n };
	for (i = 0; i < n; i++)
		sum += weight[i];
	if (!sum || n > 65536)
		return -EINVAL;
	a->cell = calloc(n, sizeof(*a->cell));
	share = calloc(n, sizeof(*share));
	small = calloc(2 * (size_t)n, sizeof(*small));
	if (!a->cell || !share || !small) {
		free(a->cell);
		free(share);
		free(small);
		a->cell = NULL;
		return -ENOMEM;
	}
	large = small + n;
	/* share: weight * n, of which every cell holds sum. */
	for (i = 0; i < n; i++) {
		share[i] = (unsigned __int128)weight[i] * n;
		a->cell[i].keep = UINT32_MAX;
		a->cell[i].other = i;
		if (share[i] < sum)
			small[nr_small++] = i;
		else
			large[nr_large++] = i;
	}
	while (nr_small && nr_large) {
		uint32_t s = small[--nr_small], l = large[nr_large - 1];

		a->cell[s].keep = (uint32_t)((share[s] << 32) / sum);
		a->cell[s].other = l;
		share[l] -= sum - share[s];
		if (share[l] < sum) {
			nr_large--;
			small[nr_small++] = l;
		}
	}
	free(share);
	free(small);
	return 0;
}

void rng_alias_free(struct rng_alias *a)
{
	free(a->cell);
	*a = (struct rng_alias){ 0 };
}
