/* SPDX-License-Identifier: MIT
 * The names of an import's counts, and its summary as JSON. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "traces/import/import.h"

const char *import_fold_name(enum import_fold f)
{
	static const char *const names[] = {
#define X(id, name) name,
		IMPORT_FOLDS(X)
#undef X
	};

	return names[f];
}

const char *import_not_replayed_name(enum import_not_replayed n)
{
	static const char *const names[] = {
#define X(id, name) name,
		IMPORT_NOT_REPLAYED(X)
#undef X
	};

	return names[n];
}

const char *import_attribution_name(enum import_attribution a)
{
	static const char *const names[] = {
#define X(id, name) name,
		IMPORT_ATTRIBUTIONS(X)
#undef X
	};

	return names[a];
}

static void put(json_t *o, const char *key, uint64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static json_t *named(const struct import_named_list *l)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < l->n; i++)
		put(o, l->v[i].name, l->v[i].count);
	return o;
}

/* What became of the events. */
static json_t *counts(const struct import_summary *s)
{
	json_t *o = json_object(), *folded = json_object(), *not = json_object(),
	       *attribution = json_object();
	int i;

	for (i = 0; i < IMPORT_NR_FOLDS; i++)
		if (s->folded[i])
			put(folded, import_fold_name(i), s->folded[i]);
	for (i = 0; i < IMPORT_NR_NOT; i++)
		if (s->not_replayed[i])
			put(not, import_not_replayed_name(i), s->not_replayed[i]);
	for (i = 0; i < IMPORT_NR_ATTR; i++)
		put(attribution, import_attribution_name(i), s->attribution[i]);
	put(o, "version", 1);
	json_object_set_new(o, "format", json_string(s->format));
	json_object_set_new(o, "kernel", json_string(s->kernel));
	put(o, "events", s->events);
	put(o, "events_with_operations", s->made_operations);
	json_object_set_new(o, "folded", folded);
	put(o, "kfree_null", s->kfree_null);
	json_object_set_new(o, "not_replayed", not);
	json_object_set_new(o, "informational_events", named(&s->informational));
	json_object_set_new(o, "unknown_events", named(&s->unknown));
	put(o, "orphan_frees", s->orphan_frees);
	put(o, "orphan_page_frees", s->orphan_pages);
	put(o, "foreign_pages", s->foreign_pages);
	put(o, "implied_frees", s->implied_frees);
	put(o, "reclaim_frees", s->reclaim_frees);
	put(o, "failed_allocations", s->failed_allocs);
	json_object_set_new(o, "attribution", attribution);
	put(o, "stacks", s->stacks);
	put(o, "lost_events", s->lost_events);
	put(o, "lost_places", s->lost_places);
	put(o, "time_gaps", s->time_gaps);
	put(o, "largest_gap_ns", s->largest_gap_ns);
	put(o, "backward_times", s->backward_times);
	put(o, "bad_lines", s->bad_lines);
	put(o, "duration_ns", s->duration_ns);
	json_object_set_new(o, "gfp_numbers", json_string(s->gfp_from));
	if (*s->note)
		json_object_set_new(o, "note", json_string(s->note));
	return o;
}

static char *dump(json_t *o, size_t flags)
{
	char *text = json_dumps(o, flags | JSON_REAL_PRECISION(6));

	json_decref(o);
	return text;
}

char *import_counts_json(const struct import_summary *s)
{
	return dump(counts(s), JSON_COMPACT);
}

char *import_summary_json(const struct import_summary *s)
{
	json_t *o = counts(s);

	put(o, "operations", s->totals.operations);
	put(o, "trace_bytes", s->totals.file_bytes);
	json_object_set_new(o, "seconds", json_real(s->seconds));
	return dump(o, JSON_INDENT(2));
}

void import_summary_free(struct import_summary *s)
{
	size_t i;

	for (i = 0; i < s->informational.n; i++)
		free(s->informational.v[i].name);
	for (i = 0; i < s->unknown.n; i++)
		free(s->unknown.v[i].name);
	free(s->informational.v);
	free(s->unknown.v);
	memset(s, 0, sizeof(*s));
}
