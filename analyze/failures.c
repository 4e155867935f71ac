/* SPDX-License-Identifier: MIT
 * Grouping by sorting: rows are ordered by the group's columns and then by
 * operation, so that a group is a run of equal rows and its first row is the
 * earliest.  n log n for any mix of failures. */
#include "analyze/failures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analyze/timeline.h"

enum column {
	KIND, OUTCOME, CAUSE, ZONE, ORDER, NR_KEYS,
	OP = NR_KEYS, TIME, COMM, SITE, GFP, SIZE, NR_COLUMNS
};

static const char *const names[NR_COLUMNS] = { "kind", "outcome", "cause", "zone", "order", "op",
					       "time_ns", "comm", "site", "gfp_names", "size" };

struct sorted_row {
	const char *key[NR_KEYS];
	uint64_t op, ns;
	size_t row;
};

static int compare_keys(const struct sorted_row *a, const struct sorted_row *b)
{
	int i, c = 0;

	for (i = 0; i < NR_KEYS && !c; i++)
		c = strcmp(a->key[i], b->key[i]);
	return c;
}

static int compare_rows(const void *va, const void *vb)
{
	const struct sorted_row *a = va, *b = vb;
	int c = compare_keys(a, b);

	if (c)
		return c;
	if (a->op != b->op)
		return a->op < b->op ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

static int compare_groups(const void *va, const void *vb)
{
	const struct an_failure_group *a = va, *b = vb;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	if (a->first_op != b->first_op)
		return a->first_op < b->first_op ? -1 : 1;
	return strcmp(a->kind, b->kind);
}

/* The free_, mark_ or largest_ column of the zone that a row names. */
static const char *zone_text(const struct an_csv *c, size_t row, const char *prefix, const char *zone)
{
	char name[32];
	int z, column;

	for (z = 0; z < AN_ZONES; z++)
		if (!strcasecmp(zone, an_zone_names[z]) || !strcasecmp(zone, an_zone_keys[z]))
			break;
	if (z == AN_ZONES)
		return NULL;
	snprintf(name, sizeof(name), "%s_%s", prefix, an_zone_keys[z]);
	column = an_csv_column(c, name, NULL);
	return column < 0 ? NULL : an_csv_text(c, row, column);
}

static void begin_group(struct an_failure_group *g, const struct an_csv *c, const int *col,
			const struct sorted_row *r)
{
	g->kind = r->key[KIND];
	g->outcome = r->key[OUTCOME];
	g->cause = r->key[CAUSE];
	g->zone = r->key[ZONE];
	g->order = r->key[ORDER];
	g->first_op = r->op;
	g->first_ns = r->ns;
	g->comm = an_csv_text(c, r->row, col[COMM]);
	g->site = an_csv_text(c, r->row, col[SITE]);
	g->gfp_names = an_csv_text(c, r->row, col[GFP]);
	g->size = an_csv_text(c, r->row, col[SIZE]);
	g->free_pages = zone_text(c, r->row, "free", g->zone);
	g->mark = zone_text(c, r->row, "mark", g->zone);
	g->largest = zone_text(c, r->row, "largest", g->zone);
}

static int read_rows(const struct an_csv *c, const int *col, struct sorted_row *rows,
		     struct mm_error *err)
{
	size_t i;
	int k, r;

	for (i = 0; i < an_csv_rows(c); i++) {
		rows[i].row = i;
		for (k = 0; k < NR_KEYS; k++)
			rows[i].key[k] = an_csv_text(c, i, col[k]);
		r = an_csv_u64(c, i, col[OP], &rows[i].op, err);
		if (!r)
			r = an_csv_u64(c, i, col[TIME], &rows[i].ns, err);
		if (r)
			return r;
	}
	return 0;
}

static int make_groups(struct an_failures *f, const int *col, const char *path, struct mm_error *err)
{
	size_t i, n = an_csv_rows(f->csv);
	struct sorted_row *rows = calloc(n + 1, sizeof(*rows));
	int r;

	f->group = calloc(n + 1, sizeof(*f->group));
	if (!rows || !f->group)
		r = mm_fail(err, -ENOMEM, "%s: out of memory", path);
	else
		r = read_rows(f->csv, col, rows, err);
	if (r) {
		free(rows);
		return r;
	}
	qsort(rows, n, sizeof(*rows), compare_rows);
	for (i = 0; i < n; i++) {
		if (!i || compare_keys(&rows[i - 1], &rows[i]))
			begin_group(&f->group[f->nr_groups++], f->csv, col, &rows[i]);
		f->group[f->nr_groups - 1].count++;
	}
	qsort(f->group, f->nr_groups, sizeof(*f->group), compare_groups);
	free(rows);
	return 0;
}

int an_failures_load(struct an_failures *f, const char *path, struct mm_error *err)
{
	int col[NR_COLUMNS], i, r = 0;

	memset(f, 0, sizeof(*f));
	f->csv = an_csv_load(path, err);
	if (!f->csv)
		return err->code;
	for (i = 0; i < NR_COLUMNS && !r; i++) {
		col[i] = an_csv_column(f->csv, names[i], err);
		r = col[i] < 0 ? col[i] : 0;
	}
	if (!r)
		r = make_groups(f, col, path, err);
	if (r)
		an_failures_free(f);
	return r;
}

void an_failures_free(struct an_failures *f)
{
	an_csv_free(f->csv);
	free(f->group);
	memset(f, 0, sizeof(*f));
}

size_t an_failures_count(const struct an_failures *f, const char *outcome)
{
	size_t i, n = 0;

	for (i = 0; i < f->nr_groups; i++)
		if (!strcmp(f->group[i].outcome, outcome))
			n += f->group[i].count;
	return n;
}
