/* SPDX-License-Identifier: MIT
 *
 * blame.csv: the pages still held at the end, grouped by task, call site, order
 * and gfp, and how many pageblocks each group alone keeps from being free.
 *
 * One walk over the frames with a hash table of groups.  A pageblock is pinned
 * by a group when everything in it that is not free belongs to that group; it
 * is decided when the walk leaves the pageblock, so no list of owners is kept.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/csv.h"
#include "replay/frames.h"

struct group {
	uint32_t task, site;
	gfp_t gfp;
	uint8_t order;
	bool foreign;
	uint64_t pages, pinned;
};

enum { NOBODY = -1, SEVERAL = -2 };

struct blame {
	struct group *groups;
	uint32_t nr, cap;
	int32_t *hash;		/* index of a group + 1; 2 * cap entries */
	uint32_t block;		/* pageblock that the walk is in */
	int64_t owner;		/* its group, NOBODY or SEVERAL */
	uint32_t pb_shift;
	bool no_memory;
};

static uint32_t hash_of(const struct group *g)
{
	uint64_t h = g->task * 0x9e3779b97f4a7c15ull;

	h = (h ^ g->site) * 0xbf58476d1ce4e5b9ull;
	h = (h ^ g->gfp ^ ((uint64_t)g->order << 32) ^ ((uint64_t)g->foreign << 40)) *
	    0x94d049bb133111ebull;
	return (uint32_t)(h >> 32);
}

static bool same(const struct group *a, const struct group *b)
{
	return a->task == b->task && a->site == b->site && a->gfp == b->gfp &&
	       a->order == b->order && a->foreign == b->foreign;
}

static void rehash(struct blame *b)
{
	uint32_t mask = 2 * b->cap - 1, i;

	memset(b->hash, 0, 2 * (size_t)b->cap * sizeof(*b->hash));
	for (i = 0; i < b->nr; i++) {
		uint32_t h = hash_of(&b->groups[i]) & mask;

		while (b->hash[h])
			h = (h + 1) & mask;
		b->hash[h] = (int32_t)i + 1;
	}
}

static bool make_room(struct blame *b)
{
	uint32_t cap = b->cap ? 2 * b->cap : 256;
	void *groups, *hash;

	if (b->nr < b->cap)
		return true;
	groups = realloc(b->groups, cap * sizeof(*b->groups));
	if (groups)
		b->groups = groups;
	hash = realloc(b->hash, 2 * (size_t)cap * sizeof(*b->hash));
	if (hash)
		b->hash = hash;
	if (!groups || !hash) {
		b->no_memory = true;
		return false;
	}
	b->cap = cap;
	rehash(b);
	return true;
}

static int64_t find_group(struct blame *b, const struct group *g)
{
	uint32_t mask, h;

	if (!make_room(b))
		return SEVERAL;
	mask = 2 * b->cap - 1;
	for (h = hash_of(g) & mask; b->hash[h]; h = (h + 1) & mask)
		if (same(&b->groups[b->hash[h] - 1], g))
			return b->hash[h] - 1;
	b->groups[b->nr] = *g;
	b->hash[h] = (int32_t)++b->nr;
	return b->nr - 1;
}

static void leave_block(struct blame *b)
{
	if (b->owner >= 0)
		b->groups[b->owner].pinned++;
	b->owner = NOBODY;
}

static void add_run(void *arg, pfn_t pfn, uint32_t n, bool first, const struct mm_frame_info *info)
{
	struct blame *b = arg;
	struct group g = { .task = info->task, .site = info->site, .gfp = info->gfp,
			   .order = info->order, .foreign = info->kind == MM_FRAME_FOREIGN };
	int64_t who;

	(void)first;
	if (pfn >> b->pb_shift != b->block) {
		leave_block(b);
		b->block = pfn >> b->pb_shift;
	}
	if (info->kind == MM_FRAME_BUDDY || info->kind == MM_FRAME_PCP || info->kind == MM_FRAME_HOLE)
		return;
	if (info->kind == MM_FRAME_RESERVED) {
		b->owner = SEVERAL;
		return;
	}
	if (g.foreign)
		g.task = g.site = g.gfp = g.order = 0;
	who = find_group(b, &g);
	if (who < 0)
		return;
	b->groups[who].pages += n;
	if (b->owner == NOBODY)
		b->owner = who;
	else if (b->owner != who)
		b->owner = SEVERAL;
}

static int by_pages(const void *x, const void *y)
{
	const struct group *a = x, *b = y;

	if (a->pages != b->pages)
		return a->pages < b->pages ? 1 : -1;
	if (a->task != b->task)
		return a->task > b->task ? 1 : -1;
	if (a->site != b->site)
		return a->site > b->site ? 1 : -1;
	if (a->order != b->order)
		return a->order > b->order ? 1 : -1;
	return a->gfp > b->gfp ? 1 : a->gfp < b->gfp ? -1 : b->foreign - a->foreign;
}

static void write_group(const struct group *g, const struct mmt_reader *trace, FILE *f)
{
	char gfp[GFP_NAMES_LEN], site[SITE_LEN];

	fprintf(f, "%u,", g->task);
	csv_text(f, g->foreign ? "(before the trace)" : task_text(trace, g->task));
	putc(',', f);
	csv_text(f, site_text(site, trace, g->site));
	fprintf(f, ",%u,0x%x,%s,%" PRIu64 ",%" PRIu64 "\n", g->order, g->gfp,
		gfp_names(gfp, sizeof(gfp), g->gfp), g->pages, g->pinned);
}

int blame_write(const struct mm_machine *m, const struct mmt_reader *trace, FILE *f,
		struct blame_top *top, struct mm_error *err)
{
	struct blame b = { .owner = NOBODY, .pb_shift = mm_machine_layout(m)->pageblock_order };
	uint32_t i;

	memset(top, 0, sizeof(*top));
	frames_walk(m, add_run, &b);
	leave_block(&b);
	if (!b.no_memory) {
		qsort(b.groups, b.nr, sizeof(*b.groups), by_pages);
		fputs("task,comm,site,order,gfp,gfp_names,pages,blocks_pinned\n", f);
		for (i = 0; i < b.nr; i++) {
			const struct group *g = &b.groups[i];

			write_group(g, trace, f);
			if (!g->foreign && g->pinned > top->blocks_pinned)
				*top = (struct blame_top){ g->task, g->site, g->pages, g->pinned };
		}
	}
	free(b.groups);
	free(b.hash);
	return b.no_memory ? mm_fail(err, -ENOMEM, "no memory for the blame table") : 0;
}
