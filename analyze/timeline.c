/* SPDX-License-Identifier: MIT
 * timeline.csv into arrays, one allocation a column.  Columns that the table
 * of timeline.h does not name are ignored: later versions may add some. */
#include "analyze/timeline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/csv.h"

#define TL_NAME(name) #name,
const char *const an_tl_names[TL_NR] = { TL_COLUMNS(TL_NAME) };
const char *const an_zone_names[AN_ZONES] = { "DMA", "Normal", "HighMem" };
const char *const an_zone_keys[AN_ZONES] = { "dma", "normal", "high" };

/* More pages than a 32-bit machine can have (64 GiB with PAE). */
#define MAX_PAGES (UINT64_C(1) << 24)

static int load_column(const struct an_csv *c, const char *name, uint64_t max, uint64_t **to,
		       struct mm_error *err)
{
	size_t i, n = an_csv_rows(c);
	int column = an_csv_column(c, name, err);
	int r;

	if (column < 0)
		return column;
	*to = malloc(n * sizeof(**to));
	if (!*to)
		return mm_fail(err, -ENOMEM, "timeline: out of memory for %zu samples", n);
	for (i = 0; i < n; i++) {
		r = an_csv_u64(c, i, column, *to + i, err);
		if (!r && (*to)[i] > max)
			r = an_csv_bad(c, i, column, "at most 16777216 (64 GiB in pages)", err);
		if (r)
			return r;
	}
	return 0;
}

static int check_rising(const struct an_csv *c, const struct an_timeline *t, enum tl_column col,
			struct mm_error *err)
{
	char what[64];
	size_t i;

	for (i = 1; i < t->n; i++) {
		if (t->v[col][i] >= t->v[col][i - 1])
			continue;
		snprintf(what, sizeof(what), "at least %" PRIu64 ", the value of the row before",
			 t->v[col][i - 1]);
		return an_csv_bad(c, i, an_csv_column(c, an_tl_names[col], NULL), what, err);
	}
	return 0;
}

static int load_blocks(struct an_timeline *t, const struct an_csv *c, struct mm_error *err)
{
	char name[32];
	int z, o, r;

	for (z = 0; z < AN_ZONES; z++) {
		for (o = 0; o < AN_ORDERS; o++) {
			snprintf(name, sizeof(name), "blocks_%s_%d", an_zone_keys[z], o);
			r = load_column(c, name, MAX_PAGES, &t->blocks[z][o], err);
			if (r)
				return r;
		}
	}
	return 0;
}

static int load(struct an_timeline *t, const struct an_csv *c, const char *path, struct mm_error *err)
{
	struct mm_error missing;
	int i, r;

	t->n = an_csv_rows(c);
	if (!t->n)
		return mm_fail(err, -EINVAL, "%s: line 1: only a header, expected at least one sample",
			       path);
	for (i = 0; i < TL_NR; i++) {
		if (i >= TL_MAY_MISS && an_csv_column(c, an_tl_names[i], &missing) < 0) {
			t->v[i] = calloc(t->n, sizeof(*t->v[i]));
			if (!t->v[i])
				return mm_fail(err, -ENOMEM, "timeline: out of memory for %zu samples", t->n);
			continue;
		}
		r = load_column(c, an_tl_names[i], UINT64_MAX, &t->v[i], err);
		if (r)
			return r;
	}
	r = load_blocks(t, c, err);
	if (!r)
		r = check_rising(c, t, TL_op, err);
	return r ? r : check_rising(c, t, TL_time_ns, err);
}

int an_timeline_load(struct an_timeline *t, const char *path, struct mm_error *err)
{
	struct an_csv *c = an_csv_load(path, err);
	int r;

	memset(t, 0, sizeof(*t));
	if (!c)
		return err->code;
	r = load(t, c, path, err);
	an_csv_free(c);
	if (r)
		an_timeline_free(t);
	return r;
}

void an_timeline_free(struct an_timeline *t)
{
	int i, o;

	for (i = 0; i < TL_NR; i++)
		free(t->v[i]);
	for (i = 0; i < AN_ZONES; i++)
		for (o = 0; o < AN_ORDERS; o++)
			free(t->blocks[i][o]);
	memset(t, 0, sizeof(*t));
}

size_t an_timeline_min(const struct an_timeline *t, enum tl_column c)
{
	size_t i, best = 0;

	for (i = 1; i < t->n; i++)
		if (t->v[c][i] < t->v[c][best])
			best = i;
	return best;
}

size_t an_timeline_max(const struct an_timeline *t, enum tl_column c)
{
	size_t i, best = 0;

	for (i = 1; i < t->n; i++)
		if (t->v[c][i] > t->v[c][best])
			best = i;
	return best;
}

uint64_t an_timeline_ns(const struct an_timeline *t, size_t i)
{
	return t->v[TL_time_ns][i] - t->v[TL_time_ns][0];
}
