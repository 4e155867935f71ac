/* SPDX-License-Identifier: MIT
 *
 * Cache names to small numbers.  A name is looked up for every
 * kmem_cache_free, so the hash takes only the length and two loads.
 */
#include "traces/import/names.h"

#include <stdlib.h>
#include <string.h>

void cache_names_init(struct names *s)
{
	memset(s, 0, sizeof(*s));
	s->n = 1;
}

void cache_names_free(struct names *s)
{
	uint32_t i;

	for (i = 1; i < s->n; i++)
		free(s->v[i].name);
	s->n = 1;
}

static uint32_t hash_name(const char *name, uint32_t len)
{
	uint64_t a = 0, b = 0;

	if (len >= 8) {
		memcpy(&a, name, 8);
		memcpy(&b, name + len - 8, 8);
	} else {
		memcpy(&a, name, len);
	}
	return ((a * 0x9e3779b97f4a7c15ull ^ b * 0xc2b2ae3d27d4eb4full ^ len) * 0xff51afd7ed558ccdull) >> 51;
}

uint16_t cache_names_get(struct names *s, const char *name, uint32_t len)
{
	uint32_t h;

	len = strnlen(name, len); /* damaged text may hold zero bytes */
	h = hash_name(name, len) % NAMES_HASH;
	while (s->hash[h]) {
		if (s->v[s->hash[h]].len == len && !memcmp(s->v[s->hash[h]].name, name, len))
			return s->hash[h];
		h = (h + 1) % NAMES_HASH;
	}
	if (!len || s->n == NAMES_MAX)
		return 0;
	s->v[s->n].name = strndup(name, len);
	if (!s->v[s->n].name)
		return 0;
	s->v[s->n].len = len;
	return s->hash[h] = s->n++;
}

uint16_t cache_names_by_pointer(const struct names *s, uint64_t ptr)
{
	uint32_t i;

	for (i = 1; ptr && i < s->n; i++)
		if (s->v[i].ptr == ptr)
			return i;
	return 0;
}
