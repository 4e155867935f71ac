/* SPDX-License-Identifier: MIT
 *
 * rng: random numbers of the workload generators.
 *
 * xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", ACM TOMS 2021), seeded through splitmix64 as its authors advise.
 * A synthetic trace must be the same bytes on every host, so nothing here uses
 * floating point or libm: distributions are integer tables.
 */
#ifndef SYNTH_RNG_H
#define SYNTH_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);

static inline uint64_t rng_rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

/* 64 random bits: some 1 ns. */
static inline uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->s, result = rng_rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rng_rotl(s[3], 45);
	return result;
}

/* 0..n-1; n = 0 gives 0.  The bias, below n / 2^32, is accepted. */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)((rng_next(r) >> 32) * n >> 32);
}

/* low..high, both included. */
static inline uint64_t rng_between(struct rng *r, uint64_t low, uint64_t high)
{
	return low + (uint64_t)((unsigned __int128)rng_next(r) * (high - low + 1) >> 64);
}

/* True n times in a million. */
static inline bool rng_ppm(struct rng *r, uint32_t n)
{
	return rng_below(r, 1000000) < n;
}

/* True n times in a hundred. */
static inline bool rng_percent(struct rng *r, uint64_t n)
{
	return rng_below(r, 100) < n;
}

/*
 * The exponential distribution: a table of 1024 quantiles, -ln(1 - u) as 16.16
 * fixed point, so that a draw is one load and one multiplication.  The largest
 * value is 7.6 times the mean.
 */
enum { RNG_EXP_BITS = 10, RNG_EXP = 1 << RNG_EXP_BITS };

struct rng_exp {
	uint32_t q[RNG_EXP];
};

void rng_exp_init(struct rng_exp *t);

static inline uint64_t rng_exp(struct rng *r, const struct rng_exp *t, uint64_t mean)
{
	uint32_t q = t->q[rng_next(r) >> (64 - RNG_EXP_BITS)];

	return (uint64_t)((unsigned __int128)mean * q >> 16);
}

/*
 * Any discrete distribution in O(1): Vose's alias method on integer weights.
 * A draw is one random number, one load of 8 bytes, one compare.
 */
struct rng_alias {
	uint32_t nr;
	struct {
		uint32_t keep;	/* of 2^32: this one, else the other */
		uint32_t other;
	} *cell;
};

/* Weights may be 0, not all; n at most 65536.  -ENOMEM, -EINVAL. */
int rng_alias_init(struct rng_alias *a, const uint64_t *weight, uint32_t n);
void rng_alias_free(struct rng_alias *a);

static inline uint32_t rng_alias_draw(struct rng *r, const struct rng_alias *a)
{
	uint64_t x = rng_next(r);
	uint32_t i = (uint32_t)((x >> 32) * a->nr >> 32);

	return (uint32_t)x < a->cell[i].keep ? i : a->cell[i].other;
}

#endif
