/* SPDX-License-Identifier: MIT
 * Rows of one program are put together: a build runs the same compiler in
 * hundreds of processes, and the reader asks about the program.  Grouping by
 * sorting, as in failures.c. */
#include "analyze/blame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum column { COMM, SITE, ORDER, GFP, PAGES, PINNED, NR_COLUMNS };

static const char *const names[NR_COLUMNS] = { "comm", "site", "order", "gfp_names", "pages",
					       "blocks_pinned" };

static int compare_who(const void *va, const void *vb)
{
	const struct an_blame_row *a = va, *b = vb;
	int c = strcmp(a->comm, b->comm);

	if (!c)
		c = strcmp(a->site, b->site);
	if (!c)
		c = strcmp(a->order, b->order);
	return c ? c : strcmp(a->gfp_names, b->gfp_names);
}

static int compare_pages(const void *va, const void *vb)
{
	const struct an_blame_row *a = va, *b = vb;

	if (a->pages != b->pages)
		return a->pages > b->pages ? -1 : 1;
	return compare_who(a, b);
}

static int read_rows(struct an_blame *b, const int *col, struct mm_error *err)
{
	size_t i;
	int r;

	for (i = 0; i < an_csv_rows(b->csv); i++) {
		struct an_blame_row *row = &b->row[i];

		row->comm = an_csv_text(b->csv, i, col[COMM]);
		row->site = an_csv_text(b->csv, i, col[SITE]);
		row->order = an_csv_text(b->csv, i, col[ORDER]);
		row->gfp_names = an_csv_text(b->csv, i, col[GFP]);
		row->tasks = 1;
		r = an_csv_u64(b->csv, i, col[PAGES], &row->pages, err);
		if (!r)
			r = an_csv_u64(b->csv, i, col[PINNED], &row->pinned, err);
		if (r)
			return r;
		b->pages += row->pages;
		b->pinned += row->pinned;
	}
	return 0;
}

static void put_together(struct an_blame *b)
{
	size_t i, n = an_csv_rows(b->csv);

	qsort(b->row, n, sizeof(*b->row), compare_who);
	for (i = 0; i < n; i++) {
		struct an_blame_row *last = b->nr_rows ? &b->row[b->nr_rows - 1] : NULL;

		if (!last || compare_who(last, &b->row[i])) {
			b->row[b->nr_rows++] = b->row[i];
			continue;
		}
		last->tasks++;
		last->pages += b->row[i].pages;
		last->pinned += b->row[i].pinned;
	}
	qsort(b->row, b->nr_rows, sizeof(*b->row), compare_pages);
}

int an_blame_load(struct an_blame *b, const char *path, struct mm_error *err)
{
	int col[NR_COLUMNS], i, r = 0;

	memset(b, 0, sizeof(*b));
	b->csv = an_csv_load(path, err);
	if (!b->csv)
		return err->code;
	for (i = 0; i < NR_COLUMNS && !r; i++) {
		col[i] = an_csv_column(b->csv, names[i], err);
		r = col[i] < 0 ? col[i] : 0;
	}
	if (!r) {
		b->row = calloc(an_csv_rows(b->csv) + 1, sizeof(*b->row));
		r = b->row ? read_rows(b, col, err)
			   : mm_fail(err, -ENOMEM, "%s: out of memory", path);
	}
	if (r)
		an_blame_free(b);
	else
		put_together(b);
	return r;
}

void an_blame_free(struct an_blame *b)
{
	an_csv_free(b->csv);
	free(b->row);
	memset(b, 0, sizeof(*b));
}
