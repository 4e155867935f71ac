/* SPDX-License-Identifier: MIT
 * Setting up, sampling and ending the measurement of latency. */
#include "replay/latency.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traces/format/mmt.h"

_Static_assert(LATENCY_KINDS == TRACE_KIND_MAX + 1, "a row for each kind");

enum {
	CALIBRATE = 10000,		/* times around nothing: a third of a millisecond */
	MIN_RUN_NS = 20000000,		/* two clocks read 100 ns apart: 5 parts in a million */
};

const char *latency_cause_name(enum latency_cause c)
{
	static const char *const names[NR_LATENCY_CAUSES] = {
		[LATENCY_ANY] = "any", [LATENCY_FAST] = "fast",
		[LATENCY_SLAB_LIST] = "slab_list", [LATENCY_NEW_SLAB] = "new_slab",
		[LATENCY_SLAB_DISCARD] = "slab_discard", [LATENCY_BUDDY] = "buddy",
		[LATENCY_DRAIN] = "drain", [LATENCY_REFILL] = "refill", [LATENCY_SPLIT] = "split",
		[LATENCY_PKMAP_FLUSH] = "pkmap_flush", [LATENCY_VMAP_PURGE] = "vmap_purge",
		[LATENCY_STEAL] = "steal", [LATENCY_SLOW_PATH] = "slow_path",
		[LATENCY_LEFT_OUT] = "left_out", [LATENCY_WOULD_BLOCK] = "would_block",
		[LATENCY_FAIL] = "fail", [LATENCY_MISUSE] = "misuse",
		[LATENCY_UNSUPPORTED] = "unsupported",
	};

	return names[c];
}

/* Rows for the kinds that have a name; row 0 is for all others. */
static void number_kinds(struct latency *l)
{
	l->nr_rows = 1;
	for (unsigned int k = 1; k < LATENCY_KINDS; k++)
		if (trace_kind_name(k)) {
			l->row[k] = (uint8_t)l->nr_rows;
			l->kind[l->nr_rows++] = (uint8_t)k;
		}
}

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
	for (int i = 0; i < CALIBRATE; i++) {
		latency_before(l, &t, mode);
		latency_after(l, &t, mode);
		latency_count(l, &t, mode, 0, LATENCY_ANY);
	}
}

/* The median of it: rare interrupts do not count. */
static void calibrate(struct latency *l)
{
	struct histogram *h = latency_hist(l, 0, LATENCY_ANY);

	if (l->mode == LATENCY_ALL)
		around_nothing(l, LATENCY_ALL);
	else
		around_nothing(l, LATENCY_SAMPLED);
	l->overhead = (uint64_t)hist_quantile(h, 0.5);
	memset(h, 0, sizeof(*h));
}

struct latency *latency_new(uint32_t every, struct mm_error *err)
{
	struct latency *l;

	if (!every)
		return NULL;
	l = calloc(1, sizeof(*l));
	if (l) {
		number_kinds(l);
		/* Some 12 MiB, of which only what is used becomes memory. */
		l->hist = calloc((size_t)l->nr_rows * NR_LATENCY_CAUSES, sizeof(*l->hist));
	}
	if (!l || !l->hist) {
		free(l);
		mm_fail(err, -ENOMEM, "no memory for the latency histograms");
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
		free(l->hist);
	free(l);
}
