/* SPDX-License-Identifier: MIT
 * blocks.csv: rows of one moment stand together (equal op and time), by
 * ascending pfn.  Each row is judged once, here, by what its pages are. */
#include "analyze/blocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/csv.h"
#include "analyze/timeline.h"

enum column { OP, TIME, PFN, FREE, MOVABLE, UNMOVABLE, RECLAIMABLE, SLAB, KERNEL, ZONE, NR_COLUMNS };

static const char *const names[NR_COLUMNS] = { "op", "time_ns", "pfn", "free_pages", "movable",
					       "unmovable", "reclaimable", "slab", "kernel", "zone" };

static enum an_block_kind judge(const uint64_t *v)
{
	uint64_t fixed = v[UNMOVABLE] + v[RECLAIMABLE] + v[SLAB] + v[KERNEL];

	if (!v[MOVABLE] && !fixed)
		return AN_BLOCK_FREE;
	if (!fixed)
		return AN_BLOCK_MOVABLE;
	if (v[MOVABLE])
		return AN_BLOCK_MIXED;
	return v[KERNEL] == fixed && !v[FREE] ? AN_BLOCK_RESERVED : AN_BLOCK_UNMOVABLE;
}

static int read_zone(const struct an_csv *c, size_t row, int column, struct mm_error *err)
{
	int z;

	for (z = 0; z < AN_ZONES; z++)
		if (!strcmp(an_csv_text(c, row, column), an_zone_names[z]))
			return z;
	return an_csv_bad(c, row, column, "DMA, Normal or HighMem", err);
}

static int read_row(const struct an_csv *c, const int *col, size_t row, uint64_t *v, struct mm_error *err)
{
	int i, r;

	for (i = 0; i < ZONE; i++) {
		r = an_csv_u64(c, row, col[i], &v[i], err);
		if (!r && i >= PFN && v[i] > UINT64_C(1) << 24)
			r = an_csv_bad(c, row, col[i], "at most 16777216 (64 GiB in pages)", err);
		if (r)
			return r;
	}
	r = read_zone(c, row, col[ZONE], err);
	v[ZONE] = r < 0 ? 0 : (uint64_t)r;
	return r < 0 ? r : 0;
}

static int add_row(struct an_blocks *b, const struct an_csv *c, const int *col, size_t row,
		   const uint64_t *v, struct mm_error *err)
{
	struct an_moment *m = b->nr_moments ? &b->moment[b->nr_moments - 1] : NULL;
	struct an_block *block = &b->all[row];

	if (!m || m->op != v[OP] || m->time_ns != v[TIME]) {
		if (m && v[TIME] < m->time_ns)
			return an_csv_bad(c, row, col[TIME], "no time before the row above", err);
		m = &b->moment[b->nr_moments++];
		m->op = v[OP];
		m->time_ns = v[TIME];
		m->block = block;
	} else if (v[PFN] < block[-1].pfn) {
		return an_csv_bad(c, row, col[PFN], "no pfn below the row above", err);
	}
	block->pfn = (uint32_t)v[PFN];
	block->pages = (uint32_t)(v[FREE] + v[MOVABLE] + v[UNMOVABLE] + v[RECLAIMABLE] + v[SLAB] + v[KERNEL]);
	block->zone = (uint8_t)v[ZONE];
	block->kind = (uint8_t)judge(v);
	m->n++;
	m->count[block->zone][block->kind]++;
	return 0;
}

static int read_rows(struct an_blocks *b, const struct an_csv *c, struct mm_error *err)
{
	uint64_t v[NR_COLUMNS];
	int col[NR_COLUMNS], i, r;
	size_t row, n = an_csv_rows(c);

	for (i = 0; i < NR_COLUMNS; i++) {
		col[i] = an_csv_column(c, names[i], err);
		if (col[i] < 0)
			return col[i];
	}
	b->all = calloc(n + 1, sizeof(*b->all));
	b->moment = calloc(n + 1, sizeof(*b->moment));
	if (!b->all || !b->moment)
		return mm_fail(err, -ENOMEM, "blocks: out of memory for %zu rows", n);
	for (row = 0; row < n; row++) {
		r = read_row(c, col, row, v, err);
		if (!r)
			r = add_row(b, c, col, row, v, err);
		if (r)
			return r;
	}
	return 0;
}

int an_blocks_load(struct an_blocks *b, const char *path, struct mm_error *err)
{
	struct an_csv *c = an_csv_load(path, err);
	int r;

	memset(b, 0, sizeof(*b));
	if (!c)
		return err->code;
	r = read_rows(b, c, err);
	an_csv_free(c);
	if (r)
		an_blocks_free(b);
	return r;
}

void an_blocks_free(struct an_blocks *b)
{
	free(b->all);
	free(b->moment);
	memset(b, 0, sizeof(*b));
}

size_t an_blocks_count(const struct an_moment *m, enum an_block_kind kind)
{
	return m->count[0][kind] + m->count[1][kind] + m->count[2][kind];
}
