/* SPDX-License-Identifier: MIT
 *
 * The zones of a snapshot: bounds, watermarks, free lists, per-CPU lists,
 * pageblock types.
 *
 * On a machine of several CPUs "pcp" and "free_diff" may be arrays with one
 * entry per CPU; with one CPU they are the entry itself.
 */
#include "replay/state/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int read_pfns(const struct jin *in, const json_t *list, const char *where,
		     const struct mm_zone_state *z, struct mm_pfn_list *out)
{
	uint32_t n = (uint32_t)json_array_size(list);
	char expected[64];
	int ret;

	if (!json_is_array(list))
		return jfail(in, where, "", "no list", "an array of frame numbers");
	if (!n)
		return 0;
	if (n > z->spanned)
		return jfail(in, where, "", "longer than the zone", "a list of its frames");
	out->pfn = jalloc(in, where, n, sizeof(*out->pfn), &ret);
	if (ret)
		return ret;
	out->nr = n;
	ret = jrow(in, list, where, n, PFN_LIMIT - 1, out->pfn);
	snprintf(expected, sizeof(expected), "frames of the zone, %u to %u", z->start,
		 z->start + z->spanned - 1);
	for (uint32_t i = 0; i < n && !ret; i++)
		if (out->pfn[i] - z->start >= z->spanned) {
			char found[32];

			snprintf(found, sizeof(found), "pfn %u", out->pfn[i]);
			ret = jfail(in, where, "", found, expected);
		}
	return ret;
}

static int read_free(const struct jin *in, json_t *zone, const char *where,
		     struct mm_zone_state *z)
{
	json_t *lists, *list;
	const char *key;
	char at[96];
	int ret = jobject(in, zone, where, "free", &lists);

	if (ret)
		return ret;
	json_object_foreach(lists, key, list) {
		unsigned int order, mt;
		char end;

		snprintf(at, sizeof(at), "%s.free[\"%.20s\"]", where, key);
		if (sscanf(key, "%u/%u%c", &order, &mt, &end) != 2 || order >= MM_MAX_ORDER ||
		    mt >= MM_MIGRATE_TYPES)
			return jfail(in, at, "", "such a key", "ORDER/TYPE, 0..10 and 0..4");
		if (z->free[order][mt].pfn)
			return jfail(in, at, "", "there twice", "one list");
		ret = read_pfns(in, list, at, z, &z->free[order][mt]);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_pcp(const struct jin *in, const json_t *pcp, const char *where,
		    const struct mm_zone_state *z, struct mm_pcp_state *p)
{
	json_t *lists;
	char at[96];
	int ret;

	ret = ju32(in, pcp, where, "count", PFN_LIMIT, &p->count);
	if (!ret)
		ret = ju32(in, pcp, where, "high", PFN_LIMIT, &p->high);
	if (!ret)
		ret = ju32(in, pcp, where, "batch", 1 << 16, &p->batch);
	if (!ret)
		ret = ju32(in, pcp, where, "free_factor", 255, &p->free_factor);
	if (!ret)
		ret = jarray(in, pcp, where, "lists", &lists);
	if (ret)
		return ret;
	if (json_array_size(lists) != MM_NR_PCP_LISTS)
		return jfail(in, where, "lists", "an array of another length", "14 lists");
	for (unsigned int i = 0; i < MM_NR_PCP_LISTS && !ret; i++) {
		snprintf(at, sizeof(at), "%s.lists[%u]", where, i);
		ret = read_pfns(in, json_array_get(lists, i), at, z, &p->list[i]);
	}
	return ret;
}

static int read_cpus(const struct jin *in, json_t *zone, const char *where,
		     struct mm_zone_state *z)
{
	json_t *pcp = json_object_get(zone, "pcp"), *diff = json_object_get(zone, "free_diff");
	size_t n = json_is_array(pcp) ? json_array_size(pcp) : 1;
	int64_t v;
	char at[80];
	int ret = 0;

	if (!n || n > MM_NR_CPUS)
		return jfail(in, where, "pcp", "an array of another length", "1 to 32 CPUs");
	for (size_t i = 0; i < n && !ret; i++) {
		snprintf(at, sizeof(at), "%s.pcp", where);
		if (json_is_array(pcp))
			snprintf(at, sizeof(at), "%s.pcp[%zu]", where, i);
		ret = read_pcp(in, json_is_array(pcp) ? json_array_get(pcp, i) : pcp, at, z,
			       &z->pcp[i]);
	}
	if (ret)
		return ret;
	if (!json_is_array(diff)) {
		ret = jint(in, zone, where, "free_diff", -127, 127, &v);
		z->free_diff[0] = ret ? 0 : (int32_t)v;
		return ret;
	}
	if (json_array_size(diff) != n)
		return jfail(in, where, "free_diff", "an array of another length", "one entry per CPU");
	for (size_t i = 0; i < n; i++)
		z->free_diff[i] = (int32_t)json_integer_value(json_array_get(diff, i));
	return 0;
}

static int read_pageblocks(const struct jin *in, json_t *zone, const char *where,
			   struct mm_zone_state *z)
{
	json_t *types;
	char at[80];
	int64_t v;
	int ret = ju32(in, zone, where, "pb_start", PFN_LIMIT, &z->pb_start);

	if (!ret)
		ret = jarray(in, zone, where, "pbmt", &types);
	if (ret)
		return ret;
	z->nr_pbmt = (uint32_t)json_array_size(types);
	z->pbmt = jalloc(in, where, z->nr_pbmt, 1, &ret);
	for (uint32_t i = 0; i < z->nr_pbmt && !ret; i++) {
		v = json_integer_value(json_array_get(types, i));
		snprintf(at, sizeof(at), "%s.pbmt[%u]", where, i);
		if (v < 0 || v > 15 || (v & 7) >= MM_MIGRATE_TYPES)
			return jfail(in, at, "", "another number",
				     "a pageblock type 0..4, with bit 3 for skip");
		z->pbmt[i] = (uint8_t)(v & 7);
	}
	return ret;
}

static int read_zone(const struct jin *in, json_t *zone, const char *where,
		     struct mm_zone_state *z)
{
	const struct { const char *key; uint32_t *to; } field[] = {
		{ "start", &z->start }, { "spanned", &z->spanned }, { "present", &z->present },
		{ "managed", &z->managed }, { "boost", &z->boost },
		{ "highatomic", &z->nr_highatomic }, { "stat_threshold", &z->stat_threshold },
	};
	json_t *row;
	int ret = 0;

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]) && !ret; i++)
		ret = ju32(in, zone, where, field[i].key, PFN_LIMIT, field[i].to);
	if (!ret)
		ret = ju32(in, zone, where, "flags", UINT32_MAX, &z->flags);
	if (!ret)
		ret = jint(in, zone, where, "nr_free", 0, PFN_LIMIT, &z->nr_free);
	if (!ret)
		ret = jarray(in, zone, where, "wmark", &row);
	if (!ret)
		ret = jrow(in, row, where, MM_NR_WMARK, PFN_LIMIT, z->wmark);
	if (!ret)
		ret = jarray(in, zone, where, "reserve", &row);
	if (!ret)
		ret = jrow(in, row, where, 4, PFN_LIMIT, z->reserve);
	if (ret)
		return ret;
	if (z->managed > z->present || z->present > z->spanned ||
	    z->spanned > PFN_LIMIT - z->start)
		return jfail(in, where, "spanned", "in disagreement with present and managed",
			     "managed <= present <= spanned");
	ret = read_free(in, zone, where, z);
	if (!ret)
		ret = read_cpus(in, zone, where, z);
	if (!ret)
		ret = read_pageblocks(in, zone, where, z);
	z->present_in_state = !ret;
	return ret;
}

int parse_zones(const struct jin *in, const json_t *root, struct mm_state *s)
{
	json_t *zones, *zone;
	char where[32];
	uint32_t id;
	size_t i;
	int ret = jarray(in, root, "", "zones", &zones);

	if (ret)
		return ret;
	if (!json_array_size(zones))
		return jfail(in, "", "zones", "empty", "at least one zone");
	json_array_foreach(zones, i, zone) {
		snprintf(where, sizeof(where), "zones[%zu]", i);
		ret = ju32(in, zone, where, "z", MM_NR_ZONES, &id);
		if (ret)
			return ret;
		if (id == MM_NR_ZONES)
			continue; /* Movable: no machine here has one */
		if (s->zone[id].present_in_state)
			return jfail(in, where, "z", "there twice", "each zone once");
		ret = read_zone(in, zone, where, &s->zone[id]);
		if (ret)
			return ret;
	}
	return 0;
}
