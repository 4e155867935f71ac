/* SPDX-License-Identifier: MIT
 * Looking into made traces: a model that follows every slot. */
#ifndef TESTS_SYNTH_HELP_H
#define TESTS_SYNTH_HELP_H

#include "traces/synth/synth.h"

struct follow {
	uint64_t operations, items, last_time;
	uint64_t by_kind[TRACE_KIND_MAX + 1];
	uint64_t by_order[11];	/* page requests */
	uint64_t hash;		/* of every field of every record */
	uint64_t live, most_live;
	uint64_t mapped, most_mapped; /* pages with a kmap */
	uint64_t live_pages, most_pages;
};

/* Generate and follow; every use of a slot is checked: made when it is free, used
 * and ended only while it is live and of the right kind and order, items as many
 * as announced, times never decreasing, kmap_local unmapped as often as mapped.
 * Fails the test otherwise.  settings: up to three "NAME=VALUE", NULL ends. */
void follow_profile(struct follow *f, const struct synth_profile *p, uint64_t seed, uint64_t operations,
		    const char *const *settings);

/* The same of a trace on disk. */
void follow_trace(struct follow *f, const char *path);

#endif
