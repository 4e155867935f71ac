/* SPDX-License-Identifier: MIT
 * Fragmentation from free-block counts: integer arithmetic as in the kernel,
 * so that values can be compared with recorded unusable_index files. */
#include "analyze/frag.h"

#include <string.h>

uint64_t frag_available(const uint64_t blocks[AN_ORDERS], int order)
{
	uint64_t n = 0;
	int k;

	for (k = order; k < AN_ORDERS; k++)
		n += blocks[k] << (k - order);
	return n;
}

unsigned int frag_unusable(const uint64_t blocks[AN_ORDERS], int order)
{
	uint64_t pages = frag_available(blocks, 0);
	uint64_t usable = frag_available(blocks, order) << order;

	return pages ? (unsigned int)((pages - usable) * 1000 / pages) : 1000;
}

void frag_blocks(const struct an_timeline *t, int zone, size_t i, uint64_t blocks[AN_ORDERS])
{
	int o;

	for (o = 0; o < AN_ORDERS; o++)
		blocks[o] = t->blocks[zone][o][i];
}

static void note_sample(struct frag_order *f, const uint64_t *blocks, int order, size_t i)
{
	unsigned int index = frag_unusable(blocks, order);
	uint64_t available = frag_available(blocks, order);

	if (!i)
		f->first = index;
	if (!i || index > f->worst) {
		f->worst = index;
		f->worst_at = i;
	}
	if (!i || available < f->least_available) {
		f->least_available = available;
		f->least_at = i;
	}
	if (!available && !f->gone_samples++) {
		f->gone = true;
		f->gone_at = i;
	}
	f->last = index;
	f->last_available = available;
}

void frag_order(const struct an_timeline *t, int zone, int order, struct frag_order *f)
{
	uint64_t blocks[AN_ORDERS];
	size_t i;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < t->n; i++) {
		frag_blocks(t, zone, i, blocks);
		note_sample(f, blocks, order, i);
	}
}

int frag_largest(const struct an_timeline *t, int zone, size_t i)
{
	int o = AN_ORDERS - 1;

	while (o >= 0 && !t->blocks[zone][o][i])
		o--;
	return o;
}

bool frag_zone_exists(const struct an_timeline *t, int zone)
{
	return t->v[tl_free(zone)][an_timeline_max(t, tl_free(zone))] ||
	       t->v[tl_pcp(zone)][an_timeline_max(t, tl_pcp(zone))];
}
