/* SPDX-License-Identifier: MIT
 *
 * Walking the frames, and blocks.csv: what each pageblock holds, at moments
 * spread over the trace.
 */
#include "replay/frames.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const mm_zone_text[MM_NR_ZONES] = { "DMA", "Normal", "HighMem" };
const char *const mm_type_text[MM_MIGRATE_TYPES] = {
	"Unmovable", "Movable", "Reclaimable", "HighAtomic", "Isolate",
};

void frames_walk(const struct mm_machine *m, frames_fn *fn, void *arg)
{
	const struct mm_layout *l = mm_machine_layout(m);
	uint32_t pb = 1u << l->pageblock_order;
	pfn_t pfn = 0;

	while (pfn < l->max_pfn) {
		struct mm_frame_info info;
		uint32_t left = 1;
		bool first = true;

		mm_frame_info(m, pfn, &info);
		if (info.head)
			left = 1u << info.order;
		if (left > l->max_pfn - pfn)
			left = l->max_pfn - pfn;
		while (left) {
			uint32_t n = pb - (pfn & (pb - 1));

			if (n > left)
				n = left;
			fn(arg, pfn, n, first, &info);
			first = false;
			pfn += n;
			left -= n;
		}
	}
}

enum held_as { AS_FREE, AS_MOVABLE, AS_UNMOVABLE, AS_RECLAIMABLE, AS_SLAB, AS_KERNEL, NR_AS };

/* A row: one pageblock, or its part in one zone. */
struct block_row {
	pfn_t pfn;		/* first frame that is no hole */
	uint8_t zone, migratetype;
	uint16_t pages[NR_AS];
};

struct moment {
	uint64_t op, time_ns;
	struct block_row *rows;
	uint32_t nr;
};

struct blocks {
	uint64_t interval, next_time;
	bool adaptive;
	uint32_t pb_shift, max_rows;
	uint32_t nr, cap;
	struct moment *moments;
};

struct blocks *blocks_new(const struct mm_machine *m, uint32_t moments, uint64_t duration_ns,
			  struct mm_error *err)
{
	const struct mm_layout *l = mm_machine_layout(m);
	struct blocks *b = calloc(1, sizeof(*b));

	if (!moments)
		moments = 1;
	if (b)
		b->moments = calloc(2 * moments + 2, sizeof(*b->moments));
	if (!b || !b->moments) {
		free(b);
		mm_fail(err, -ENOMEM, "no memory for the pageblock states");
		return NULL;
	}
	b->adaptive = !duration_ns;
	b->interval = duration_ns ? duration_ns / moments : 1000000;
	if (!b->interval)
		b->interval = 1;
	b->pb_shift = l->pageblock_order;
	b->max_rows = (l->max_pfn >> b->pb_shift) + 1 + MM_NR_ZONES;
	b->cap = 2 * moments;
	return b;
}

uint64_t blocks_next_time(const struct blocks *b)
{
	return b->next_time;
}

static enum held_as as_what(const struct mm_frame_info *info)
{
	switch (info->kind) {
	case MM_FRAME_BUDDY:
	case MM_FRAME_PCP:
		return AS_FREE;
	case MM_FRAME_SLAB:
		return AS_SLAB;
	case MM_FRAME_PAGE:
		return info->gfp & MM_GFP_MOVABLE_BIT ? AS_MOVABLE :
		       info->gfp & MM_GFP_RECLAIMABLE ? AS_RECLAIMABLE : AS_UNMOVABLE;
	case MM_FRAME_FOREIGN:
		return info->lru ? AS_MOVABLE : AS_UNMOVABLE;
	default:
		return AS_KERNEL;
	}
}

struct walk {
	const struct blocks *b;
	struct moment *m;
};

static void add_run(void *arg, pfn_t pfn, uint32_t n, bool first, const struct mm_frame_info *info)
{
	struct walk *w = arg;
	struct moment *m = w->m;
	struct block_row *row = m->nr ? &m->rows[m->nr - 1] : NULL;

	(void)first;
	if (info->kind == MM_FRAME_HOLE)
		return;
	if (!row || row->pfn >> w->b->pb_shift != pfn >> w->b->pb_shift || row->zone != info->zone) {
		if (m->nr == w->b->max_rows)
			return;
		row = &m->rows[m->nr++];
		memset(row, 0, sizeof(*row));
		row->pfn = pfn;
		row->zone = info->zone;
		row->migratetype = info->migratetype;
	}
	row->pages[as_what(info)] = (uint16_t)(row->pages[as_what(info)] + n);
}

static void thin(struct blocks *b)
{
	uint32_t i;

	for (i = 0; i < b->nr; i++)
		if (i & 1)
			free(b->moments[i].rows);
		else
			b->moments[i / 2] = b->moments[i];
	b->nr = (b->nr + 1) / 2;
	b->interval *= 2;
}

int blocks_sample(struct blocks *b, const struct mm_machine *m, uint64_t op, uint64_t time_ns,
		  struct mm_error *err)
{
	struct moment *at;
	struct walk w = { .b = b };
	void *p;

	if (b->adaptive && b->nr >= b->cap)
		thin(b);
	b->next_time = time_ns - time_ns % b->interval + b->interval;
	if (b->nr > b->cap)
		return 0;
	at = &b->moments[b->nr];
	at->op = op;
	at->time_ns = time_ns;
	at->nr = 0;
	at->rows = malloc(b->max_rows * sizeof(*at->rows));
	if (!at->rows)
		return mm_fail(err, -ENOMEM, "no memory for the pageblock states");
	w.m = at;
	frames_walk(m, add_run, &w);
	p = realloc(at->rows, (at->nr ? at->nr : 1) * sizeof(*at->rows));
	if (p)
		at->rows = p;
	b->nr++;
	return 0;
}

void blocks_write(const struct blocks *b, FILE *f)
{
	uint32_t i, j;
	int k;

	fputs("op,time_ns,pageblock,pfn,zone,migratetype,free_pages,movable,unmovable,"
	      "reclaimable,slab,kernel\n", f);
	for (i = 0; i < b->nr; i++)
		for (j = 0; j < b->moments[i].nr; j++) {
			const struct block_row *row = &b->moments[i].rows[j];

			fprintf(f, "%" PRIu64 ",%" PRIu64 ",%u,%u,%s,%s", b->moments[i].op,
				b->moments[i].time_ns, row->pfn >> b->pb_shift, row->pfn,
				mm_zone_text[row->zone], mm_type_text[row->migratetype]);
			for (k = 0; k < NR_AS; k++)
				fprintf(f, ",%u", row->pages[k]);
			putc('\n', f);
		}
}

void blocks_free(struct blocks *b)
{
	uint32_t i;

	if (!b)
		return;
	for (i = 0; i < b->nr; i++)
		free(b->moments[i].rows);
	free(b->moments);
	free(b);
}
