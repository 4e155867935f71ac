/* SPDX-License-Identifier: MIT
 *
 * Loading runs to compare, and what they were configured with: each key of
 * run.json's machine, allocator, state and backend whose values are not all the
 * same.  Keys that only some runs have (a machine's, an allocator's) are compared
 * among those.
 */
#include "analyze/compare.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/compare_internal.h"

/* ---- the tree ---- */

json_t *compare_section(struct an_compare *c, const char *key, const char *title)
{
	json_t *s = json_pack("{s:s, s:s, s:[]}", "key", key, "title", title, "rows");

	json_array_append_new(json_object_get(c->json, "sections"), s);
	return json_object_get(s, "rows");
}

json_t *compare_row(const struct an_compare *c, json_t *rows, const char *key, const char *text,
		    const char *unit)
{
	json_t *values = json_array();
	size_t i;

	for (i = 0; i < c->n; i++)
		json_array_append_new(values, json_null());
	json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:o}", "key", key, "text", text,
					      "unit", unit, "values", values));
	return values;
}

static void warn(struct an_compare *c, const char *text)
{
	json_array_append_new(json_object_get(c->json, "warnings"), json_string(text));
}

/* ---- names ---- */

static bool taken(const struct an_compare *c, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (!strcmp(c->name[k], c->name[i]))
			return true;
	return false;
}

/* The folder's last part; with a number when another run has that name. */
static void name_run(struct an_compare *c, size_t i)
{
	const char *base = strrchr(c->run[i]->dir, '/');
	unsigned int nr = 2;

	base = base && base[1] ? base + 1 : c->run[i]->dir;
	snprintf(c->name[i], COMPARE_NAME, "%.50s", base);
	while (taken(c, i))
		snprintf(c->name[i], COMPARE_NAME, "%.50s (%u)", base, nr++);
}

/* ---- one trace or several ---- */

static bool same_trace(const struct an_run *a, const struct an_run *b)
{
	return an_run_u64(a, "trace.operations", 0) == an_run_u64(b, "trace.operations", 0) &&
	       an_run_u64(a, "trace.duration_ns", 0) == an_run_u64(b, "trace.duration_ns", 0);
}

static int check_traces(struct an_compare *c, bool force, struct mm_error *err)
{
	char text[800], ta[64], tb[64];
	size_t i;

	for (i = 1; i < c->n; i++) {
		const struct an_run *a = c->run[0], *b = c->run[i];

		if (same_trace(a, b))
			continue;
		snprintf(text, sizeof(text), "%.200s is of trace %s (%" PRIu64 " operations), %.200s of %s (%"
			 PRIu64 " operations)", a->dir, an_run_trace(a, ta, sizeof(ta)),
			 an_run_u64(a, "trace.operations", 0), b->dir, an_run_trace(b, tb, sizeof(tb)),
			 an_run_u64(b, "trace.operations", 0));
		if (!force)
			return mm_fail(err, -EINVAL, "%s; expected runs of one trace (--force compares them all the same)",
				       text);
		warn(c, text);
	}
	return 0;
}

/* ---- configuration ---- */

/* run.json's value at path, or what a number in the path names of an array: an
 * element by its "name". */
static const json_t *value_at(const struct an_run *r, const char *path)
{
	const json_t *j = r->json, *element;
	char key[64];
	size_t i, n;

	while (j && *path) {
		n = strcspn(path, "/");
		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		path += n + (path[n] == '/');
		if (!json_is_array(j)) {
			j = json_object_get(j, key);
			continue;
		}
		for (element = NULL, i = 0; i < json_array_size(j); i++) {
			const char *name = json_string_value(json_object_get(json_array_get(j, i), "name"));

			if (name && !strcmp(name, key))
				element = json_array_get(j, i);
		}
		j = element;
	}
	return j;
}

/* Do all runs that have the key say the same? */
static bool all_equal(const struct an_compare *c, const char *path)
{
	const json_t *first = NULL;
	size_t i;

	for (i = 0; i < c->n; i++) {
		const json_t *v = value_at(c->run[i], path);

		if (v && first && !json_equal((json_t *)v, (json_t *)first))
			return false;
		if (v)
			first = v;
	}
	return true;
}

static void add_difference(struct an_compare *c, json_t *rows, const char *path)
{
	const json_t *have = json_object_get(c->json, "differing_keys");
	json_t *values;
	size_t i;

	if (json_object_get(have, path) || all_equal(c, path))
		return;
	json_object_set_new((json_t *)have, path, json_true());
	values = compare_row(c, rows, path, path, "text");
	for (i = 0; i < c->n; i++) {
		const json_t *v = value_at(c->run[i], path);

		if (v)
			json_array_set(values, i, (json_t *)v);
	}
}

/* Every scalar below path of one run, as "machine/zones/Normal/min".  The depth
 * is that of the three levels that run.json has there. */
static void differences_below(struct an_compare *c, json_t *rows, const char *path, const json_t *o,
			      int depth)
{
	char below[200];
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_object(o)) {
		json_object_foreach((json_t *)o, key, v) {
			/* No configuration: how a zone is at the end, where an allocator's
			 * numbers come from. */
			if (!strcmp(key, "free") || !strcmp(key, "statistics"))
				continue;
			snprintf(below, sizeof(below), "%s/%.60s", path, key);
			if ((json_is_object(v) || (json_is_array(v) && json_is_object(json_array_get(v, 0)))) && depth)
				differences_below(c, rows, below, v, depth - 1);
			else
				add_difference(c, rows, below);
		}
		return;
	}
	json_array_foreach((json_t *)o, i, v) {
		key = json_string_value(json_object_get(v, "name"));
		snprintf(below, sizeof(below), "%s/%.60s", path, key ? key : "?");
		if (key && depth)
			differences_below(c, rows, below, v, depth - 1);
	}
}

static void compare_configuration(struct an_compare *c)
{
	static const char *const roots[] = { "machine", "allocator", "state" };
	json_t *rows = compare_section(c, "configuration", "What is configured differently");
	size_t i, k;

	json_object_set_new(c->json, "differing_keys", json_object());
	add_difference(c, rows, "backend");
	for (k = 0; k < sizeof(roots) / sizeof(roots[0]); k++)
		for (i = 0; i < c->n; i++)
			differences_below(c, rows, roots[k], value_at(c->run[i], roots[k]), 3);
	add_difference(c, rows, "state");
	add_difference(c, rows, "latency/mode");
	add_difference(c, rows, "latency/every");
	json_object_del(c->json, "differing_keys");
}

/* Measuring slows a run, and a time that is taken of every operation has others' caches
 * and no wait of the processor in it: such numbers do not compare allocators. */
static void check_measuring(struct an_compare *c)
{
	char text[800];
	size_t i;

	for (i = 1; i < c->n; i++) {
		const struct an_run *a = c->run[0], *b = c->run[i];
		unsigned long long every_a = an_run_u64(a, "latency.every", 0);
		unsigned long long every_b = an_run_u64(b, "latency.every", 0);
		bool cost = json_is_object(an_run_get(a, "cost")) != json_is_object(an_run_get(b, "cost"));

		if (every_a == every_b && !cost)
			continue;
		if (every_a != every_b)
			snprintf(text, sizeof(text), "%.200s and %.200s were not measured alike (latency of one operation in "
				 "%llu and in %llu, 0 being none): their rates and latencies do not tell how the "
				 "allocators differ", a->dir, b->dir, every_a, every_b);
		else
			snprintf(text, sizeof(text), "only one of %.200s and %.200s was run with --cost: their rates and "
				 "latencies do not tell how the allocators differ", a->dir, b->dir);
		warn(c, text);
	}
}

/* ---- loading ---- */

static void describe_runs(struct an_compare *c)
{
	json_t *runs = json_object_get(c->json, "runs");
	char trace[64];
	size_t i;

	for (i = 0; i < c->n; i++) {
		const struct an_run *r = c->run[i];

		json_array_append_new(runs, json_pack("{s:s, s:s, s:s, s:s, s:s?}", "name", c->name[i],
			"dir", r->dir, "backend", an_run_text(r, "backend", "sim"),
			"trace", an_run_trace(r, trace, sizeof(trace)),
			"machine", an_run_text(r, "machine.name", NULL)));
	}
}

int an_compare_load(struct an_compare *c, char *const *dirs, size_t n, bool force,
		    struct mm_error *err)
{
	int r = 0;

	memset(c, 0, sizeof(*c));
	if (n < 2 || n > COMPARE_MAX_RUNS)
		return mm_fail(err, -EINVAL, "found %zu runs, expected 2 to %d", n, COMPARE_MAX_RUNS);
	c->json = json_pack("{s:s, s:[], s:[], s:[]}", "schema", "mmreplay-compare-1", "runs", "warnings",
			    "sections");
	if (!c->json)
		return mm_fail(err, -ENOMEM, "no memory for a comparison");
	for (c->n = 0; c->n < n; c->n++) {
		c->run[c->n] = an_run_load(dirs[c->n], err);
		if (!c->run[c->n]) {
			r = err->code;
			break;
		}
		name_run(c, c->n);
	}
	if (!r)
		r = check_traces(c, force, err);
	if (r) {
		an_compare_free(c);
		return r;
	}
	describe_runs(c);
	compare_configuration(c);
	check_measuring(c);
	compare_totals(c);
	compare_failures(c);
	compare_free_memory(c);
	compare_memory(c);
	compare_latency(c);
	compare_cost(c);
	return 0;
}

void an_compare_free(struct an_compare *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		an_run_free(c->run[i]);
	json_decref(c->json);
	memset(c, 0, sizeof(*c));
}
