/* SPDX-License-Identifier: MIT
 *
 * What the format itself must know of the operation kinds: their names, what
 * they do to their slot, whether items follow, and what arg refers to.  One
 * table (kinds.c); adding a kind is one line there and one in mmt.h.
 */
#ifndef TRACE_KINDS_H
#define TRACE_KINDS_H

#include <stdbool.h>
#include <stdint.h>

enum slot_use {
	SLOT_NONE,	/* no slot, or TRACE_NO_SLOT */
	SLOT_NEW,	/* the slot comes to life */
	SLOT_REF,	/* the slot is named and stays alive */
	SLOT_END,	/* the slot is free afterwards */
};

enum arg_use { ARG_NUMBER, ARG_CACHE, ARG_STRING };

struct kind_info {
	const char *name;	/* NULL: no such kind */
	uint8_t slot;		/* enum slot_use of the operation itself */
	uint8_t items;		/* enum slot_use of its items; SLOT_NONE: has none */
	uint8_t arg;		/* enum arg_use */
};

/* Indexed by kind, 0..TRACE_KIND_MAX. */
extern const struct kind_info mmt_kinds[];

static inline bool kind_has_items(uint8_t kind)
{
	return mmt_kinds[kind].items != SLOT_NONE;
}

#endif
