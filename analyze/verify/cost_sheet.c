/* SPDX-License-Identifier: MIT
 *
 * A sheet of costs: each operation's two numbers, kept until all are there,
 * because medians need them all.  Paths are few: they are looked up one by one,
 * the last one first.
 */
#include "analyze/verify/cost.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/table.h"

enum { MAX_PATHS = 256, FEW = 10 };

struct entry {
	uint32_t measured, modelled;
};

struct path {
	struct cost_row row;
	struct entry *e;
	uint64_t cap;
};

struct cost_sheet {
	struct path path[MAX_PATHS];	/* the first is all */
	uint32_t nr, last;
	uint64_t left_out;
	struct cost_row row[MAX_PATHS];
};

struct cost_sheet *cost_sheet_new(void)
{
	struct cost_sheet *s = calloc(1, sizeof(*s));

	if (s)
		cost_sheet_clear(s);
	return s;
}

void cost_sheet_clear(struct cost_sheet *s)
{
	for (uint32_t i = 0; i < s->nr; i++)
		free(s->path[i].e);
	memset(s, 0, sizeof(*s));
	s->nr = 1;
	snprintf(s->path[0].row.path, sizeof(s->path[0].row.path), "all");
}

void cost_sheet_free(struct cost_sheet *s)
{
	if (s)
		cost_sheet_clear(s);
	free(s);
}

void cost_sheet_left_out(struct cost_sheet *s)
{
	s->left_out++;
}

uint64_t cost_sheet_nr_left_out(const struct cost_sheet *s)
{
	return s->left_out;
}

static int add(struct path *p, uint32_t measured, uint32_t modelled)
{
	if (p->row.operations == p->cap) {
		uint64_t cap = p->cap ? p->cap * 2 : 64;
		struct entry *e = realloc(p->e, cap * sizeof(*e));

		if (!e)
			return -ENOMEM;
		p->e = e;
		p->cap = cap;
	}
	p->e[p->row.operations++] = (struct entry){ measured, modelled };
	p->row.measured += measured;
	p->row.modelled += modelled;
	return 0;
}

int cost_sheet_add(struct cost_sheet *s, const char *path, uint32_t measured, uint32_t modelled)
{
	uint32_t i = s->last;
	int ret;

	if (!i || strcmp(s->path[i].row.path, path))
		for (i = 1; i < s->nr && strcmp(s->path[i].row.path, path); i++)
			;
	if (i == MAX_PATHS)
		return -E2BIG;
	if (i == s->nr) {
		snprintf(s->path[i].row.path, sizeof(s->path[i].row.path), "%s", path);
		s->nr++;
	}
	s->last = i;
	ret = add(&s->path[0], measured, modelled);
	return ret ? ret : add(&s->path[i], measured, modelled);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double error_of(uint64_t measured, uint64_t modelled)
{
	if (!measured)
		return modelled ? 1 : 0;
	return ((double)modelled - (double)measured) / (double)measured;
}

/* The value with at least that share of the n sorted ones up to it. */
static double quantile(const double *v, uint64_t n, double share)
{
	uint64_t i = (uint64_t)ceil((double)n * share);

	return v[i ? i - 1 : 0];
}

static void finish(struct path *p)
{
	uint64_t n = p->row.operations;
	double *v = malloc((n + 1) * sizeof(*v));

	p->row.total_error = error_of(p->row.measured, p->row.modelled);
	p->row.median_error = p->row.p90_error = 1;
	for (uint64_t i = 0; v && i < n; i++)
		v[i] = fabs(error_of(p->e[i].measured, p->e[i].modelled));
	if (v && n) {
		qsort(v, n, sizeof(*v), by_value);
		p->row.median_error = quantile(v, n, 0.5);
		p->row.p90_error = quantile(v, n, 0.9);
	}
	free(v);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct cost_row *)a)->path, ((const struct cost_row *)b)->path);
}

const struct cost_row *cost_sheet_rows(struct cost_sheet *s, uint32_t *nr)
{
	*nr = s->path[0].row.operations ? s->nr : 0;
	for (uint32_t i = 0; i < *nr; i++) {
		finish(&s->path[i]);
		s->row[i] = s->path[i].row;
	}
	if (*nr)
		qsort(s->row + 1, *nr - 1, sizeof(s->row[0]), by_name);
	return s->row;
}

const struct cost_row *cost_rows_bad(const struct cost_row *row, uint32_t nr)
{
	if (nr && (fabs(row[0].total_error) > 0.02 || row[0].p90_error > 0.1))
		return row;
	for (uint32_t i = 1; i < nr; i++)
		if (row[i].operations >= FEW && row[i].median_error > 0.05)
			return &row[i];
	return NULL;
}

void cost_print(const struct cost_row *row, uint32_t nr, uint64_t left_out, FILE *out)
{
	struct table *t = table_new("<path|>operations|>measured|>modelled|>total %|>median %|>p90 %");
	const struct cost_row *bad = cost_rows_bad(row, nr);
	char a[FMT_LEN];

	for (uint32_t i = 0; t && i < nr; i++) {
		table_cell(t, "%s", row[i].path);
		table_cell(t, "%s", fmt_grouped(a, row[i].operations));
		table_cell(t, "%s", fmt_grouped(a, row[i].measured));
		table_cell(t, "%s", fmt_grouped(a, row[i].modelled));
		table_cell(t, "%+.2f", 100 * row[i].total_error);
		table_cell(t, "%.2f", 100 * row[i].median_error);
		table_cell(t, "%.2f", 100 * row[i].p90_error);
	}
	fputs("cost, in instructions of the kernel:\n", out);
	table_print(t, out, 2);
	table_free(t);
	fprintf(out, "left out for an interrupt: %s operations\n", fmt_grouped(a, left_out));
	if (bad)
		fprintf(out, "outside of the goal (total 2 %%, median of each path 5 %%, p90 of all 10 %%): %s\n",
			bad->path);
}
