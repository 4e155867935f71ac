/* SPDX-License-Identifier: MIT
 * The comparison's sections: what came of the runs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/compare_internal.h"
#include "analyze/frag.h"

static void put_u64(json_t *values, size_t i, uint64_t v)
{
	json_array_set_new(values, i, json_integer((json_int_t)v));
}

static void put_real(json_t *values, size_t i, double v)
{
	json_array_set_new(values, i, json_real(v));
}

/* Rows that no run has a value for are not shown. */
static void drop_empty(json_t *rows)
{
	size_t i, k;
	json_t *v;

	for (i = json_array_size(rows); i > 0; i--) {
		const json_t *values = json_object_get(json_array_get(rows, i - 1), "values");
		bool any = false;

		json_array_foreach((json_t *)values, k, v)
			any |= !json_is_null(v);
		if (!any)
			json_array_remove(rows, i - 1);
	}
}

/* ---- totals ---- */

/* Operations a second without the time of sampling, which differs by backend. */
static double rate(const struct an_run *r)
{
	double seconds = json_number_value(an_run_get(r, "host.seconds_replay")) -
			 json_number_value(an_run_get(r, "host.seconds_sampling"));

	return seconds > 0 ? (double)an_run_u64(r, "operations", 0) / seconds : 0;
}

void compare_totals(struct an_compare *c)
{
	static const struct { const char *key, *text, *unit; } of[] = {
		{ "operations", "operations", "count" }, { "failures", "failed", "count" },
		{ "would_block", "would block", "count" }, { "misuse", "bad calls", "count" },
		{ "unsupported", "unsupported", "count" },
		{ "skipped", "skipped after a failure", "count" },
		{ "orphan_frees", "orphan frees", "count" },
		{ "peak_rss_bytes", "peak memory of mmreplay", "bytes" },
	};
	json_t *rows = compare_section(c, "totals", "Operations"), *rates, *times;
	size_t i, k;

	for (k = 0; k < sizeof(of) / sizeof(of[0]); k++) {
		json_t *values = compare_row(c, rows, of[k].key, of[k].text, of[k].unit);

		for (i = 0; i < c->n; i++)
			if (an_run_get(c->run[i], of[k].key))
				put_u64(values, i, an_run_u64(c->run[i], of[k].key, 0));
	}
	rates = compare_row(c, rows, "operations_per_second", "operations a second, without sampling", "rate");
	times = compare_row(c, rows, "rate_ratio", "rate, the first run's being 1", "times");
	for (i = 0; i < c->n; i++) {
		if (rate(c->run[i]) <= 0)
			continue;
		put_real(rates, i, rate(c->run[i]));
		if (rate(c->run[0]) > 0)
			put_real(times, i, rate(c->run[i]) / rate(c->run[0]));
	}
	drop_empty(rows);
}

void compare_failures(struct an_compare *c)
{
	json_t *rows = compare_section(c, "failures_by_order", "Page requests that failed, by order");
	char key[32], text[64];
	size_t i, order;

	for (order = 0; order < AN_ORDERS; order++) {
		bool any = false;
		json_t *values;

		for (i = 0; i < c->n; i++)
			any |= json_integer_value(json_array_get(an_run_get(c->run[i], "failures_by_order"), order)) > 0;
		if (!any)
			continue;
		snprintf(key, sizeof(key), "order_%zu", order);
		snprintf(text, sizeof(text), "order %zu (%u KiB)", order, 4u << order);
		values = compare_row(c, rows, key, text, "count");
		for (i = 0; i < c->n; i++) {
			const json_t *a = an_run_get(c->run[i], "failures_by_order");

			if (a)
				put_u64(values, i, (uint64_t)json_integer_value(json_array_get(a, order)));
		}
	}
}

/* ---- free memory ---- */

enum { HIGH_ORDER = 4, BLOCK_ORDER = 10 };

static void zone_rows(struct an_compare *c, json_t *rows, int z)
{
	json_t *low, *end, *largest, *unusable4, *unusable10;
	char key[64], text[96];
	size_t i;

#define ROW(values, name, words, unit) \
	do { \
		snprintf(key, sizeof(key), "%s_%s", an_zone_keys[z], name); \
		snprintf(text, sizeof(text), "%s, %s", an_zone_names[z], words); \
		(values) = compare_row(c, rows, key, text, unit); \
	} while (0)
	ROW(low, "free_low", "fewest free pages", "pages");
	ROW(end, "free_end", "free pages at the end", "pages");
	ROW(largest, "largest_end", "order of the largest free block at the end", "number");
	ROW(unusable4, "unusable_4", "free memory of no use to order 4, worst", "percent");
	ROW(unusable10, "unusable_10", "free memory of no use to order 10, worst", "percent");
#undef ROW
	for (i = 0; i < c->n; i++) {
		const struct an_timeline *t = &c->run[i]->tl;
		struct frag_order f;

		if (!c->run[i]->zone[z].exists)
			continue;
		put_u64(low, i, t->v[tl_free(z)][an_timeline_min(t, tl_free(z))]);
		put_u64(end, i, t->v[tl_free(z)][t->n - 1]);
		json_array_set_new(largest, i, json_integer(frag_largest(t, z, t->n - 1)));
		frag_order(t, z, HIGH_ORDER, &f);
		put_real(unusable4, i, f.worst / 10.0);
		frag_order(t, z, BLOCK_ORDER, &f);
		put_real(unusable10, i, f.worst / 10.0);
	}
}

void compare_free_memory(struct an_compare *c)
{
	json_t *rows = compare_section(c, "free_memory", "Free memory and its fragmentation");
	int z;

	for (z = AN_ZONES - 1; z >= 0; z--)
		zone_rows(c, rows, z);
	drop_empty(rows);
}

/* ---- memory held for what was requested ---- */

const uint64_t *an_held_bytes(const struct an_run *r)
{
	bool host = !strcmp(an_run_text(r, "backend", "sim"), "libc");
	enum tl_column col = TL_resident_bytes;

	/* Untouched memory of the C library is not resident. */
	if (host && !json_is_true(an_run_get(r, "allocator.touch")))
		col = TL_mapped_bytes;
	return r->tl.v[col][an_timeline_max(&r->tl, col)] ? r->tl.v[col] : NULL;
}

static void put_overhead(const struct an_run *r, json_t *mean, json_t *worst, json_t *at_peak, size_t i)
{
	const struct an_timeline *t = &r->tl;
	const uint64_t *held = an_held_bytes(r), *asked = t->v[TL_requested_bytes];
	size_t peak = an_timeline_max(t, TL_requested_bytes), k;
	double sum_held = 0, sum_asked = 0, most = 0;

	if (!held || !asked[peak])
		return;
	for (k = 0; k < t->n; k++) {
		double over = (double)held[k] - (double)asked[k];

		sum_held += (double)held[k];
		sum_asked += (double)asked[k];
		if (!k || over > most)
			most = over;
	}
	put_real(mean, i, (sum_held / sum_asked - 1) * 100);
	put_u64(worst, i, most > 0 ? (uint64_t)most : 0);
	put_real(at_peak, i, ((double)held[peak] / (double)asked[peak] - 1) * 100);
}

void compare_memory(struct an_compare *c)
{
	static const struct { enum tl_column c; const char *key, *text; } of[] = {
		{ TL_requested_bytes, "requested_peak", "asked for, most" },
		{ TL_allocated_bytes, "allocated_peak", "allocated for it, most" },
		{ TL_active_bytes, "active_peak", "in active pages, most" },
		{ TL_resident_bytes, "resident_peak", "resident, most" },
		{ TL_mapped_bytes, "mapped_peak", "mapped, most" },
	};
	json_t *rows = compare_section(c, "memory", "Memory held for what was asked for");
	json_t *mean, *worst, *at_peak;
	size_t i, k;

	for (k = 0; k < sizeof(of) / sizeof(of[0]); k++) {
		json_t *values = compare_row(c, rows, of[k].key, of[k].text, "bytes");

		for (i = 0; i < c->n; i++) {
			const struct an_timeline *t = &c->run[i]->tl;
			uint64_t v = t->v[of[k].c][an_timeline_max(t, of[k].c)];

			if (v)
				put_u64(values, i, v);
		}
	}
	mean = compare_row(c, rows, "overhead_mean", "overhead, mean over time", "percent");
	at_peak = compare_row(c, rows, "overhead_at_peak", "overhead when most is asked for", "percent");
	worst = compare_row(c, rows, "overhead_most", "overhead, most", "bytes");
	for (i = 0; i < c->n; i++)
		put_overhead(c->run[i], mean, worst, at_peak, i);
	drop_empty(rows);
}

/* ---- latency, modelled cost ---- */

/* A row for each kind (or cause) that some run has: its distribution. */
static void distribution_rows(struct an_compare *c, json_t *rows, const char *path, const char *unit)
{
	json_t *seen = json_object(), *v;
	const char *name;
	size_t i, k;

	for (i = 0; i < c->n; i++) {
		json_object_foreach((json_t *)an_run_get(c->run[i], path), name, v) {
			json_t *values;

			if (json_object_get(seen, name))
				continue;
			json_object_set_new(seen, name, json_true());
			values = compare_row(c, rows, name, name, unit);
			for (k = 0; k < c->n; k++) {
				json_t *o = json_object_get(an_run_get(c->run[k], path), name);

				if (o)
					json_array_set(values, k, o);
			}
		}
	}
	json_decref(seen);
}

void compare_latency(struct an_compare *c)
{
	distribution_rows(c, compare_section(c, "latency",
					     "Host time of operations, ns: p50 / p90 / p99 / p99.9 / max"),
			  "latency.by_kind", "latency");
}

static void cost_total(struct an_compare *c, json_t *rows, const char *key, const char *text)
{
	json_t *values = compare_row(c, rows, key, text, "count");
	char path[40];
	size_t i;

	snprintf(path, sizeof(path), "cost.%s", key);
	for (i = 0; i < c->n; i++) {
		json_t *v = (json_t *)an_run_get(c->run[i], path);

		if (json_is_number(v))
			json_array_set(values, i, v);
	}
}

void compare_cost(struct an_compare *c)
{
	json_t *rows = compare_section(c, "cost", "Modelled cost");

	cost_total(c, rows, "instructions", "instructions, all operations");
	cost_total(c, rows, "cycles", "cycles, all operations");
	drop_empty(rows);
	distribution_rows(c, compare_section(c, "cost_kinds",
					     "Modelled instructions of an operation: mean / p50 / p99 / max"),
			  "cost.by_kind", "cost");
	distribution_rows(c, compare_section(c, "cost_causes",
					     "The same by cause: mean / p50 / p99 / max"),
			  "cost.by_cause", "cost");
}
