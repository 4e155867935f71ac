/* SPDX-License-Identifier: MIT
 *
 * The slab caches that a recording names, with what is learnt of each.
 */
#ifndef IMPORT_NAMES_H
#define IMPORT_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct cache_name {
	char *name;
	uint32_t len;
	uint32_t size;		/* bytes asked, 0 = never seen */
	uint32_t alloc;		/* bytes given */
	uint8_t flags;		/* epoch_flags of its slab pages */
	uint64_t ptr;		/* its struct kmem_cache, 0 = not known */
	uint32_t id;		/* in the trace written, 0 = not created yet */
};

#define NAMES_HASH 8192
#define NAMES_MAX 4000

struct names {
	struct cache_name v[NAMES_MAX];	/* v[0] is unused */
	uint32_t n;
	uint16_t hash[NAMES_HASH];
};

void cache_names_init(struct names *s);
void cache_names_free(struct names *s);

/* The number of a name, made if new; 0: no memory, too many, or empty. */
uint16_t cache_names_get(struct names *s, const char *name, uint32_t len);
uint16_t cache_names_by_pointer(const struct names *s, uint64_t ptr);

#endif
