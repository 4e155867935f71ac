/* SPDX-License-Identifier: MIT
 * Tables and curves of what operations took. */
#include "analyze/times.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table ---- */

static const struct { const char *name; size_t offset; } numbers[] = {
	{ "min", offsetof(struct an_times_row, min) }, { "mean", offsetof(struct an_times_row, mean) },
	{ "p50", offsetof(struct an_times_row, p50) }, { "p90", offsetof(struct an_times_row, p90) },
	{ "p99", offsetof(struct an_times_row, p99) }, { "p99_9", offsetof(struct an_times_row, p99_9) },
	{ "max", offsetof(struct an_times_row, max) },
};

enum { NR_NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

struct columns {
	int kind, cause, count, number[NR_NUMBERS];
};

static int find_columns(const struct an_csv *csv, const char *unit, struct columns *c,
			struct mm_error *err)
{
	char name[64];

	c->kind = an_csv_column(csv, "kind", err);
	if (c->kind >= 0)
		c->cause = an_csv_column(csv, "cause", err);
	if (c->kind >= 0 && c->cause >= 0)
		c->count = an_csv_column(csv, "count", err);
	if (c->kind < 0 || c->cause < 0 || c->count < 0)
		return err->code;
	for (int i = 0; i < NR_NUMBERS; i++) {
		snprintf(name, sizeof(name), "%s_%s", numbers[i].name, unit);
		c->number[i] = an_csv_column(csv, name, err);
		if (c->number[i] < 0)
			return err->code;
	}
	return 0;
}

static int read_number(const struct an_csv *csv, size_t row, int column, double *v,
		       struct mm_error *err)
{
	const char *s = an_csv_text(csv, row, column);
	char *end;

	*v = strtod(s, &end);
	if (*s < '0' || *s > '9' || *end || !isfinite(*v))
		return an_csv_bad(csv, row, column, "a number that is not negative", err);
	return 0;
}

static int read_rows(struct an_times *t, const struct columns *c, struct mm_error *err)
{
	for (size_t i = 0; i < an_csv_rows(t->csv); i++) {
		struct an_times_row *row = &t->row[i];
		int r;

		row->kind = an_csv_text(t->csv, i, c->kind);
		row->cause = an_csv_text(t->csv, i, c->cause);
		r = an_csv_u64(t->csv, i, c->count, &row->count, err);
		for (int k = 0; !r && k < NR_NUMBERS; k++)
			r = read_number(t->csv, i, c->number[k],
					(double *)((char *)row + numbers[k].offset), err);
		if (r)
			return r;
		t->nr_rows++;
	}
	return 0;
}

int an_times_load(struct an_times *t, const char *path, const char *unit, struct mm_error *err)
{
	struct columns c = { -1, -1, -1, { 0 } };
	int r;

	memset(t, 0, sizeof(*t));
	t->csv = an_csv_load(path, err);
	if (!t->csv)
		return err->code;
	r = find_columns(t->csv, unit, &c, err);
	if (!r) {
		t->row = calloc(an_csv_rows(t->csv) + 1, sizeof(*t->row));
		r = t->row ? read_rows(t, &c, err) : mm_fail(err, -ENOMEM, "%s: out of memory", path);
	}
	if (r)
		an_times_free(t);
	return r;
}

void an_times_free(struct an_times *t)
{
	an_csv_free(t->csv);
	free(t->row);
	memset(t, 0, sizeof(*t));
}

const struct an_times_row *an_times_find(const struct an_times *t, const char *kind, const char *cause)
{
	for (size_t i = 0; i < t->nr_rows; i++)
		if (!strcmp(t->row[i].kind, kind) && !strcmp(t->row[i].cause, cause))
			return &t->row[i];
	return NULL;
}

double an_times_sum(const struct an_times_row *row)
{
	return (double)row->count * row->mean;
}

size_t an_times_top(const struct an_times *t, const struct an_times_row **top, size_t max)
{
	size_t n = 0, at;

	for (size_t i = 0; i < t->nr_rows; i++) {
		const struct an_times_row *row = &t->row[i];

		if (strcmp(row->cause, "all") || !strcmp(row->kind, "all"))
			continue;
		for (at = n; at > 0 && an_times_sum(top[at - 1]) < an_times_sum(row); at--)
			if (at < max)
				top[at] = top[at - 1];
		if (at < max)
			top[at] = row;
		n += n < max;
	}
	return n;
}

/* ---- curves ---- */

static int add_point(struct an_curve *c, size_t *room, struct an_curve_point p)
{
	if (c->n == *room) {
		size_t more = *room ? 2 * *room : 128;
		struct an_curve_point *q = realloc(c->point, more * sizeof(*q));

		if (!q)
			return -ENOMEM;
		c->point = q;
		*room = more;
	}
	c->point[c->n++] = p;
	return 0;
}

static bool ascends(const struct an_curve *c, const struct an_curve_point *p)
{
	const struct an_curve_point *last = c->n ? &c->point[c->n - 1] : NULL;

	if (!(p->part >= 0 && p->part <= 1 && p->value >= 0 && isfinite(p->value)))
		return false;
	return !last || (p->part > last->part && p->value >= last->value && p->count >= last->count);
}

static int read_curve(struct an_curve *c, FILE *f, const char *path, struct mm_error *err)
{
	size_t room = 0, lines = 0;
	char line[256];

	while (fgets(line, sizeof(line), f)) {
		struct an_curve_point p;
		unsigned long long count;

		if (!lines++ || *line == '\n' || *line == '#')
			continue;
		if (sscanf(line, "%lf %lf %llu", &p.value, &p.part, &count) != 3)
			return mm_fail(err, -EINVAL, "%s: line %zu: found '%.40s', expected value, percentile, count",
				       path, lines, line);
		p.count = count;
		if (!ascends(c, &p))
			return mm_fail(err, -EINVAL, "%s: line %zu: expected what ascends from the line before",
				       path, lines);
		if (add_point(c, &room, p))
			return mm_fail(err, -ENOMEM, "%s: out of memory", path);
	}
	if (c->n && c->point[c->n - 1].part < 1)
		return mm_fail(err, -EINVAL, "%s: line %zu: ends at percentile %g, expected 1", path, lines,
			       c->point[c->n - 1].part);
	return 0;
}

int an_curve_load(struct an_curve *c, const char *path, struct mm_error *err)
{
	FILE *f = fopen(path, "re");
	int r;

	memset(c, 0, sizeof(*c));
	if (!f)
		return mm_fail(err, -errno, "%s: %s", path, strerror(errno));
	r = read_curve(c, f, path, err);
	fclose(f);
	if (r)
		an_curve_free(c);
	return r;
}

void an_curve_free(struct an_curve *c)
{
	free(c->point);
	memset(c, 0, sizeof(*c));
}
