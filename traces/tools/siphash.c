/* SPDX-License-Identifier: MIT
 *
 * SipHash-2-4 (siphash.h): two rounds a word of 8 bytes, four at the end.
 */
#include "traces/tools/siphash.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotl(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static void round_once(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 = rotl(s->v2, 32);
}

static void word(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	round_once(s);
	round_once(s);
	s->v0 ^= m;
}

/* n < 9 bytes, the first lowest. */
static uint64_t bytes(const uint8_t *p, size_t n)
{
	uint64_t m = 0;

	while (n)
		m = m << 8 | p[--n];
	return m;
}

uint64_t siphash(uint64_t k0, uint64_t k1, const void *data, size_t n)
{
	/* The paper's constants: "somepseudorandomlygeneratedbytes" in ASCII. */
	struct sip s = {
		k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
		k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u,
	};
	const uint8_t *p = data;
	size_t left = n;
	int i;

	for (; left >= 8; left -= 8, p += 8)
		word(&s, bytes(p, 8));
	word(&s, (uint64_t)n << 56 | bytes(p, left));
	s.v2 ^= 0xff;
	for (i = 0; i < 4; i++)
		round_once(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
