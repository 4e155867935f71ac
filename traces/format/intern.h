/* SPDX-License-Identifier: MIT
 *
 * Interning: the same content gets the same id.  An open-addressing hash table
 * of (hash, id) pairs; content stays in struct mmt_names and is compared by
 * the caller's function only when 64-bit hashes are equal.
 */
#ifndef TRACE_INTERN_H
#define TRACE_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intern_entry {
	uint64_t hash;
	uint32_t id;		/* 0: empty */
};

/* Zero-initialise. */
struct intern {
	struct intern_entry *table;
	size_t cap, nr;		/* cap is a power of two, at most half full */
};

typedef bool intern_same(const void *ctx, uint32_t id);

/* The id under which content of this hash stands, 0 if none. */
uint32_t intern_find(const struct intern *t, uint64_t hash, intern_same *same, const void *ctx);
int intern_add(struct intern *t, uint64_t hash, uint32_t id);	/* -ENOMEM */
void intern_free(struct intern *t);

#endif
