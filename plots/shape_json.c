/* SPDX-License-Identifier: MIT
 *
 * The shape of a trace as JSON.
 */
#include "plots/shape.h"

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *operations(const struct trace_shape *s)
{
	json_t *o = json_object();
	unsigned int k;
	size_t i;

	for (k = 0; k < SHAPE_FAMILIES; k++) {
		json_t *list = json_array();

		for (i = 0; i < s->nr_bins; i++)
			json_array_append_new(list, number(s->bin[i].operations[k]));
		json_object_set_new(o, trace_shape_family(k), list);
	}
	return o;
}

static json_t *live(const struct trace_shape *s)
{
	json_t *o = json_object();
	unsigned int k;
	size_t i;

	for (k = 0; k < SHAPE_LIVE; k++) {
		json_t *list = json_array();

		for (i = 0; i < s->nr_bins; i++)
			json_array_append_new(list, number(s->bin[i].live[k]));
		json_object_set_new(o, trace_shape_family(k),
				    json_pack("{s:I, s:I, s:o}", "peak", (json_int_t)s->peak[k],
					      "peak_ns", (json_int_t)s->peak_ns[k], "bins", list));
	}
	return o;
}

static json_t *sizes(const struct trace_shape *s)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < SHAPE_SIZES; i++)
		json_array_append_new(list, json_pack("{s:o, s:I, s:I}", "up_to",
			trace_shape_size(i) ? number(trace_shape_size(i)) : json_null(),
			"kmalloc", (json_int_t)s->kmalloc[i], "cache", (json_int_t)s->cache[i]));
	return list;
}

static json_t *orders(const struct trace_shape *s)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < SHAPE_ORDERS; i++)
		json_array_append_new(list, number(s->order[i]));
	return list;
}

static json_t *lifetimes(const struct trace_shape *s)
{
	json_t *o = json_object();
	unsigned int k, i;

	for (k = 0; k < SHAPE_LIVING; k++) {
		const struct shape_life *l = &s->life[k];
		json_t *list = json_array();

		for (i = 0; i < SHAPE_TIMES; i++)
			if (l->ended[i])
				json_array_append_new(list, json_pack("{s:f, s:I}", "from_ns", trace_shape_time(i),
								      "ended", (json_int_t)l->ended[i]));
		json_object_set_new(o, trace_shape_family(k),
				    json_pack("{s:I, s:I, s:f, s:f, s:o}", "ended", (json_int_t)l->nr_ended,
					      "alive", (json_int_t)l->alive,
					      "median_ns", trace_shape_quantile(l, 0.5),
					      "p90_ns", trace_shape_quantile(l, 0.9), "bins", list));
	}
	return o;
}

json_t *plots_shape_json(const struct trace_shape *s, const char *name)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:I, s:o, s:o}",
			 "schema", "mmreplay-shape-1", "trace", name,
			 "operations", (json_int_t)s->operations, "duration_ns", (json_int_t)s->duration_ns,
			 "bin_ns", (json_int_t)s->bin_ns, "operations_by_bin", operations(s),
			 "live_bytes", live(s), "slab_sizes", sizes(s),
			 "slab_size_unknown", (json_int_t)s->cache_unknown,
			 "page_orders", orders(s), "lifetimes", lifetimes(s));
}
