/* SPDX-License-Identifier: MIT
 *
 * wheel: what a generator has put off until later, by time.
 *
 * A hierarchical timing wheel (Varghese and Lauck, "Hashed and hierarchical
 * timing wheels", SOSP 1987): seven levels of 256 buckets from 1 us to 2 years.
 * Putting and taking are O(1) with at most six moves in between; a heap would
 * cost a cache miss a level with the hundred thousands of live objects that a
 * trace has.  Bit maps of the buckets in use make an empty week cost nothing.
 *
 * Entries are numbers below the caller's capacity (slots); each waits at most
 * once.  Those of one tick come out in the order in which they were put in.
 */
#ifndef SYNTH_WHEEL_H
#define SYNTH_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

enum { WHEEL_SHIFT = 10, WHEEL_LEVELS = 7, WHEEL_BUCKETS = 256 };

#define WHEEL_NONE UINT32_MAX

struct wheel_entry {
	uint64_t when;		/* ns */
	uint32_t next;
};

struct wheel {
	uint64_t tick;		/* of 1024 ns: all before it has been taken */
	uint64_t first;		/* nothing is to be done before this tick */
	struct wheel_entry *entry;
	uint32_t cap;
	uint64_t map[WHEEL_LEVELS][WHEEL_BUCKETS / 64];
	uint32_t head[WHEEL_LEVELS][WHEEL_BUCKETS], tail[WHEEL_LEVELS][WHEEL_BUCKETS];
};

void wheel_init(struct wheel *w);
void wheel_free(struct wheel *w);

/* Make room for entries 0..n-1: -ENOMEM. */
int wheel_room(struct wheel *w, uint32_t n);

/* Entry e, below the room made, is due at `when`; a time that has passed is due
 * at once. */
void wheel_put(struct wheel *w, uint32_t e, uint64_t when);

/* The next entry that is due at `now`, WHEEL_NONE if there is none. */
uint32_t wheel_take(struct wheel *w, uint64_t now);

/* A time at or before that of the first entry; after a wheel_take that found nothing
 * exact to 1 us when it is within 256 us, and UINT64_MAX when nothing waits. */
static inline uint64_t wheel_next(const struct wheel *w)
{
	return w->first == UINT64_MAX ? UINT64_MAX : w->first << WHEEL_SHIFT;
}

#endif
