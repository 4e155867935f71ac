/* SPDX-License-Identifier: MIT
 * Setting up, sampling and ending the measurement of latency. */
#include "replay/latency.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCKS = 20, BLOCK = 500,	/* times around nothing: a third of a millisecond */
	MIN_RUN_NS = 20000000,		/* two clocks read 100 ns apart: 5 parts in a million */
};

/* xorshift64 (Marsaglia 2003): the same distances in every run. */
static uint64_t draw(struct latency *l)
{
	l->random ^= l->random << 13;
	l->random ^= l->random >> 7;
	l->random ^= l->random << 17;
	return l->random;
}

void latency_draw(struct latency *l, uint64_t done)
{
	l->next = done + draw(l) % (2 * (uint64_t)l->every - 1);
}

LATENCY_INLINE void around_nothing(struct latency *l, enum latency_mode mode)
{
	struct latency_timer t;

	latency_start(l, &t, mode);
	for (int i = 0; i < BLOCK; i++) {
		latency_before(l, &t, mode);
		latency_after(l, &t, mode);
		latency_count(l, &t, mode, 0, CAUSE_ANY);
	}
}

/* The mean of a block of them, of the quickest block: the clock may move in
 * steps as long as what is measured, and interrupts must not count. */
static void calibrate(struct latency *l)
{
	struct histogram *h = hists_at(&l->table, 0, CAUSE_ANY);
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < BLOCKS; i++) {
		if (l->mode == LATENCY_ALL)
			around_nothing(l, LATENCY_ALL);
		else
			around_nothing(l, LATENCY_SAMPLED);
		best = best < h->sum ? best : h->sum;
		memset(h, 0, sizeof(*h));
	}
	l->overhead = (best + BLOCK / 2) / BLOCK;
}

struct latency *latency_new(uint32_t every, struct mm_error *err)
{
	struct latency *l;

	if (!every)
		return NULL;
	l = calloc(1, sizeof(*l));
	if (!l || hists_init(&l->table, err)) {
		free(l);
		mm_fail(err, -ENOMEM, "no memory for the latency of operations");
		return NULL;
	}
	l->mode = every == 1 ? LATENCY_ALL : LATENCY_SAMPLED;
	l->every = every;
	l->tsc = ticks_is_tsc();
	l->random = 0x9e3779b97f4a7c15u;
	calibrate(l);
	latency_draw(l, 0);
	l->begin_ns = ticks_ns();
	l->begin_ticks = ticks_now(l->tsc);
	return l;
}

void latency_finish(struct latency *l)
{
	uint64_t ns, ticks;

	do {
		ns = ticks_ns() - l->begin_ns;
		ticks = ticks_now(l->tsc) - l->begin_ticks;
	} while (ns < MIN_RUN_NS);
	l->ns_per_tick = l->tsc ? (double)ns / (double)ticks : 1;
}

void latency_free(struct latency *l)
{
	if (l)
		hists_free(&l->table);
	free(l);
}
