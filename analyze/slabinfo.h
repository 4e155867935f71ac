/* SPDX-License-Identifier: MIT
 *
 * slabinfo: the kernel's /proc/slabinfo (version 2.1), and what each cache
 * holds and loses.
 */
#ifndef ANALYZE_SLABINFO_H
#define ANALYZE_SLABINFO_H

#include <stddef.h>
#include <stdint.h>

#include "base/mm_error.h"

struct an_slab_cache {
	char name[64];
	uint64_t active, objects;	/* in use, room for */
	uint64_t size, per_slab, pages_per_slab, slabs;
	uint64_t bytes;		/* held: slabs * pages_per_slab * 4096 */
	uint64_t lost;		/* held and not in an active object */
};

struct an_slabinfo {
	struct an_slab_cache *cache;	/* most lost bytes first */
	size_t n;
	uint64_t bytes, lost;		/* sums */
};

/* A line that is not slabinfo's is refused with its number. */
int an_slabinfo_load(struct an_slabinfo *s, const char *path, struct mm_error *err);
void an_slabinfo_free(struct an_slabinfo *s);

#endif
