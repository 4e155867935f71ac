/* SPDX-License-Identifier: MIT
 *
 * The timing wheel (see wheel.h).  Level l holds what lies in a later bucket of
 * the same 256 of that level; when the time reaches a bucket of a level above 0
 * its entries move down.
 */
#include "traces/synth/wheel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void wheel_init(struct wheel *w)
{
	memset(w, 0, sizeof(*w));
	memset(w->head, 0xff, sizeof(w->head));
	w->first = UINT64_MAX;
}

void wheel_free(struct wheel *w)
{
	free(w->entry);
	memset(w, 0, sizeof(*w));
}

int wheel_room(struct wheel *w, uint32_t n)
{
	uint64_t cap = w->cap ? w->cap : 4096;
	struct wheel_entry *entry;

	if (n <= w->cap)
		return 0;
	while (cap < n)
		cap *= 2;
	entry = realloc(w->entry, cap * sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	w->entry = entry;
	w->cap = (uint32_t)cap;
	return 0;
}

static void append(struct wheel *w, unsigned int level, unsigned int b, uint32_t e)
{
	w->entry[e].next = WHEEL_NONE;
	if (w->head[level][b] == WHEEL_NONE)
		w->head[level][b] = e;
	else
		w->entry[w->tail[level][b]].next = e;
	w->tail[level][b] = e;
	w->map[level][b / 64] |= 1ull << b % 64;
}

static void place(struct wheel *w, uint32_t e)
{
	uint64_t tick = w->entry[e].when >> WHEEL_SHIFT;
	unsigned int level = 0, high;

	if (tick <= w->tick)
		tick = w->tick;
	else
		while (level < WHEEL_LEVELS - 1 && (tick ^ w->tick) >> 8 * (level + 1))
			level++;
	high = (unsigned int)(tick >> 8 * level) & 255;
	append(w, level, high, e);
}

void wheel_put(struct wheel *w, uint32_t e, uint64_t when)
{
	w->entry[e].when = when;
	if (when >> WHEEL_SHIFT < w->first)
		w->first = when >> WHEEL_SHIFT;
	place(w, e);
}

/* The first bucket in use from `from` on, WHEEL_BUCKETS if there is none. */
static unsigned int first_used(const uint64_t *map, unsigned int from)
{
	unsigned int i = from / 64;
	uint64_t bits;

	if (from >= WHEEL_BUCKETS)
		return WHEEL_BUCKETS;
	bits = map[i] >> from % 64 << from % 64;
	while (!bits && ++i < WHEEL_BUCKETS / 64)
		bits = map[i];
	return bits ? i * 64 + (unsigned int)__builtin_ctzll(bits) : WHEEL_BUCKETS;
}

/* The first tick at which there is something to take or to move down. */
static uint64_t next_tick(const struct wheel *w, unsigned int *level)
{
	unsigned int l;

	for (l = 0; l < WHEEL_LEVELS; l++) {
		unsigned int at = (unsigned int)(w->tick >> 8 * l) & 255;
		unsigned int b = first_used(w->map[l], at + (l > 0));

		*level = l;
		if (b < WHEEL_BUCKETS)
			return ((w->tick >> 8 * l & ~255ull) | b) << 8 * l;
	}
	return UINT64_MAX;
}

/* The time has reached bucket b of a level above 0. */
static void move_down(struct wheel *w, unsigned int level, unsigned int b)
{
	uint32_t e = w->head[level][b];

	w->head[level][b] = WHEEL_NONE;
	w->map[level][b / 64] &= ~(1ull << b % 64);
	while (e != WHEEL_NONE) {
		uint32_t next = w->entry[e].next;

		place(w, e);
		e = next;
	}
}

uint32_t wheel_take(struct wheel *w, uint64_t now)
{
	uint64_t end = now >> WHEEL_SHIFT;

	if (end < w->first)
		return WHEEL_NONE;
	for (;;) {
		unsigned int level, b;
		uint64_t tick = next_tick(w, &level);
		uint32_t e;

		w->first = tick;
		if (tick > end || tick == UINT64_MAX)
			return WHEEL_NONE;
		w->tick = tick;
		b = (unsigned int)(tick >> 8 * level) & 255;
		if (level) {
			move_down(w, level, b);
			continue;
		}
		e = w->head[0][b];
		w->head[0][b] = w->entry[e].next;
		if (w->head[0][b] == WHEEL_NONE)
			w->map[0][b / 64] &= ~(1ull << b % 64);
		return e;
	}
}
