/* SPDX-License-Identifier: MIT
 *
 * Walking the frames, and blocks.csv: what each pageblock holds, at moments
 * spread over the trace.
 */
#include "replay/csv.h"
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

/* A row: one pageblock, or its part in one zone. */
struct block_row {
	pfn_t pfn;		/* its first frame */
	uint8_t zone, migratetype;
	uint16_t pages[MM_HELD_HOLE];	/* the columns: all but holes */
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

static void add_row(struct moment *at, const struct mm_machine *m, enum mm_zone_id zone,
		    pfn_t pfn, uint32_t n)
{
	struct block_row *row = &at->rows[at->nr];
	uint32_t held[MM_NR_HELD];
	struct mm_frame_info info;
	int i;

	mm_frames_held(m, pfn, n, held);
	if (held[MM_HELD_HOLE] == n)
		return;
	at->nr++;
	mm_frame_info(m, pfn, &info);
	if (info.kind == MM_FRAME_HOLE)	/* which tells no type */
		mm_frame_info(m, pfn + n - 1, &info);
	row->pfn = pfn;
	row->zone = (uint8_t)zone;
	row->migratetype = info.migratetype;
	for (i = 0; i < MM_HELD_HOLE; i++)
		row->pages[i] = (uint16_t)held[i];
}

/* Zones need not begin at a pageblock: then two rows share one. */
static void add_zone(const struct blocks *b, struct moment *at, const struct mm_machine *m,
		     enum mm_zone_id zone)
{
	uint32_t size = 1u << b->pb_shift, n;
	struct mm_zone_info z;
	pfn_t pfn, end;

	mm_zone_info(m, zone, &z);
	end = z.start_pfn + z.spanned;
	for (pfn = z.start_pfn; pfn < end && at->nr < b->max_rows; pfn += n) {
		n = size - (pfn & (size - 1));
		if (n > end - pfn)
			n = end - pfn;
		add_row(at, m, zone, pfn, n);
	}
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
	void *p;
	int z;

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
	for (z = 0; z < MM_NR_ZONES; z++)
		add_zone(b, at, m, (enum mm_zone_id)z);
	p = realloc(at->rows, (at->nr ? at->nr : 1) * sizeof(*at->rows));
	if (p)
		at->rows = p;
	b->nr++;
	return 0;
}

static void write_row(FILE *f, const char *moment, const struct block_row *row, uint32_t pb_shift)
{
	char text[200], *end = text;
	int k;

	end = csv_number(end, row->pfn >> pb_shift);
	*end++ = ',';
	end = csv_number(end, row->pfn);
	*end++ = ',';
	end = stpcpy(end, mm_zone_text[row->zone]);
	*end++ = ',';
	end = stpcpy(end, mm_type_text[row->migratetype]);
	for (k = 0; k < MM_HELD_HOLE; k++) {
		*end++ = ',';
		end = csv_number(end, row->pages[k]);
	}
	*end++ = '\n';
	fputs(moment, f);
	fwrite(text, 1, (size_t)(end - text), f);
}

void blocks_write(const struct blocks *b, FILE *f)
{
	uint32_t i, j;

	fputs("op,time_ns,pageblock,pfn,zone,migratetype,free_pages,movable,unmovable,"
	      "reclaimable,slab,kernel\n", f);
	for (i = 0; i < b->nr; i++) {
		const struct moment *at = &b->moments[i];
		char moment[60];

		snprintf(moment, sizeof(moment), "%" PRIu64 ",%" PRIu64 ",", at->op, at->time_ns);
		for (j = 0; j < at->nr; j++)
			write_row(f, moment, &at->rows[j], b->pb_shift);
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
