/* SPDX-License-Identifier: MIT
 *
 * Two tables of the importer: objects by address, and something by frame.
 */
#ifndef IMPORT_TABLES_H
#define IMPORT_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- by address: open addressing, linear probing, no tombstones ---- */

struct addr_entry {
	uint64_t key;		/* 0 = empty */
	uint32_t slot;
	uint16_t cache;
	uint8_t kind;		/* the user's */
	uint8_t spare;
};

struct addr_map {
	struct addr_entry *v;
	uint32_t mask;		/* capacity - 1; 0 = nothing allocated */
	uint32_t n;
};

/* Fibonacci hashing: addresses are multiples of 8, the product's high bits mix. */
static inline uint32_t addr_home(const struct addr_map *m, uint64_t key)
{
	return (uint32_t)((key * 0x9e3779b97f4a7c15ull) >> 32) & m->mask;
}

/* NULL when absent; the entry is valid until the next put or delete. */
static inline struct addr_entry *addr_get(const struct addr_map *m, uint64_t key)
{
	uint32_t i;

	if (!m->mask || !key)
		return NULL;
	for (i = addr_home(m, key); m->v[i].key; i = (i + 1) & m->mask)
		if (m->v[i].key == key)
			return &m->v[i];
	return NULL;
}

/* The entry of key, made if absent (all zero but the key); NULL: no memory. */
struct addr_entry *addr_put(struct addr_map *m, uint64_t key);
void addr_delete(struct addr_map *m, struct addr_entry *e);
void addr_clear(struct addr_map *m);

/* ---- by frame: two levels, made as needed ---- */

#define PFN_LEAF_BITS 10
#define PFN_LEAF (1u << PFN_LEAF_BITS)
#define PFN_LIMIT (1u << 28)	/* 1 TiB of memory */

struct pfn_table {
	void **leaf;		/* PFN_LIMIT >> PFN_LEAF_BITS entries */
	size_t size;		/* bytes of an entry */
};

int pfn_table_init(struct pfn_table *t, size_t size);
void pfn_table_free(struct pfn_table *t);
void pfn_table_clear(struct pfn_table *t);	/* all entries to zero */
void *pfn_make_leaf(struct pfn_table *t, uint64_t pfn);

/* The entry of a frame below PFN_LIMIT, zeroed when new; NULL: no memory, or
 * a frame number too high to be true. */
static inline void *pfn_entry(struct pfn_table *t, uint64_t pfn)
{
	char *leaf;

	if (pfn >= PFN_LIMIT)
		return NULL;
	leaf = t->leaf[pfn >> PFN_LEAF_BITS];
	if (__builtin_expect(!leaf, 0))
		leaf = pfn_make_leaf(t, pfn);
	return leaf ? leaf + (pfn & (PFN_LEAF - 1)) * t->size : NULL;
}

#endif
