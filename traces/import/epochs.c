/* SPDX-License-Identifier: MIT
 * Epochs of pages: numbering, the same in both passes. */
#include "traces/import/epochs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int epochs_init(struct epochs *e)
{
	memset(e, 0, sizeof(*e));
	e->cap = 4096;
	e->v = calloc(e->cap, sizeof(*e->v));
	e->n = 1;
	return e->v ? pfn_table_init(&e->cur, sizeof(uint32_t)) : -ENOMEM;
}

void epochs_free(struct epochs *e)
{
	pfn_table_free(&e->cur);
	free(e->v);
}

void epochs_second_pass(struct epochs *e)
{
	pfn_table_clear(&e->cur);
	e->fixed = true;
	e->cap = e->n;
	e->n = 1;
}

static uint32_t next_epoch(struct epochs *e)
{
	struct epoch *grown;

	if (e->n == e->cap) {
		if (e->fixed || e->cap > UINT32_MAX / 2)
			return 0;
		grown = realloc(e->v, sizeof(*grown) * e->cap * 2);
		if (!grown)
			return 0;
		memset(grown + e->cap, 0, sizeof(*grown) * e->cap);
		e->v = grown;
		e->cap *= 2;
	}
	return e->n++;
}

static void set_all(struct epochs *e, uint64_t pfn, unsigned int order, uint32_t epoch)
{
	uint64_t i;
	uint32_t *p;

	for (i = 0; i < 1ull << order; i++) {
		p = pfn_entry(&e->cur, pfn + i);
		if (p)
			*p = epoch;
	}
}

uint32_t epochs_begin(struct epochs *e, uint64_t pfn, unsigned int order)
{
	uint32_t epoch = next_epoch(e);

	set_all(e, pfn, order, epoch);
	return epoch;
}

void epochs_end(struct epochs *e, uint64_t pfn, unsigned int order)
{
	set_all(e, pfn, order, 0);
}

uint32_t epochs_of(struct epochs *e, uint64_t pfn)
{
	uint32_t *p = pfn_entry(&e->cur, pfn);

	if (!p)
		return 0;
	if (!*p)
		*p = next_epoch(e);
	return *p;
}
