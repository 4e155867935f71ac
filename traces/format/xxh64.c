/* SPDX-License-Identifier: MIT
 *
 * XXH64, written from the xxHash algorithm description (version 0.1.1,
 * doc/xxhash_spec.md of the xxHash project): four 64-bit lanes eat 32 bytes a
 * round, the tail is mixed in by 8, 4 and 1 bytes, then an avalanche.  Own
 * code because it is a page long and saves a library.
 */
#include "traces/format/xxh64.h"

#include "traces/format/wire.h"

/* The five primes of the specification. */
#define P1 0x9E3779B185EBCA87ull
#define P2 0xC2B2AE3D27D4EB4Full
#define P3 0x165667B19E3779F9ull
#define P4 0x85EBCA77C2B2AE63ull
#define P5 0x27D4EB2F165667C5ull

static uint64_t rotl(uint64_t v, unsigned int by)
{
	return v << by | v >> (64 - by);
}

static uint64_t mix(uint64_t lane, uint64_t input)
{
	return rotl(lane + input * P2, 31) * P1;
}

static uint64_t merge(uint64_t acc, uint64_t lane)
{
	return (acc ^ mix(0, lane)) * P1 + P4;
}

static uint64_t stripes(const uint8_t **at, size_t n, uint64_t seed)
{
	uint64_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
	const uint8_t *p = *at;
	uint64_t acc;

	for (; n >= 32; n -= 32, p += 32) {
		a = mix(a, get64(p));
		b = mix(b, get64(p + 8));
		c = mix(c, get64(p + 16));
		d = mix(d, get64(p + 24));
	}
	*at = p;
	acc = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
	return merge(merge(merge(merge(acc, a), b), c), d);
}

uint64_t mmt_xxh64(const void *data, size_t n, uint64_t seed)
{
	const uint8_t *p = data, *end = n ? p + n : p;
	uint64_t acc = n >= 32 ? stripes(&p, n, seed) : seed + P5;

	acc += n;
	for (; end - p >= 8; p += 8)
		acc = rotl(acc ^ mix(0, get64(p)), 27) * P1 + P4;
	if (end - p >= 4) {
		acc = rotl(acc ^ get32(p) * P1, 23) * P2 + P3;
		p += 4;
	}
	for (; p < end; p++)
		acc = rotl(acc ^ *p * P5, 11) * P1;
	acc = (acc ^ acc >> 33) * P2;
	acc = (acc ^ acc >> 29) * P3;
	return acc ^ acc >> 32;
}
