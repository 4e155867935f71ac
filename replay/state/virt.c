/* SPDX-License-Identifier: MIT
 *
 * The virtual side of a snapshot: vmalloc areas, the tree of free ranges, page
 * tables, pkmap and kmap_local slots.
 *
 * "vfree_tree", "vmap_objs" and "pmds" are absent from older recordings: the
 * state then says so, and the engine builds what is missing from the areas.
 */
#include "replay/state/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int read_areas(const struct jin *in, const json_t *root, struct mm_state *s)
{
	uint32_t row[4], last = 0;
	json_t *areas, *area;
	char where[32];
	size_t i;
	int ret = jarray(in, root, "", "vmap", &areas);

	if (ret)
		return ret;
	s->vmap = jalloc(in, "vmap", json_array_size(areas), sizeof(*s->vmap), &ret);
	if (ret)
		return ret;
	json_array_foreach(areas, i, area) {
		snprintf(where, sizeof(where), "vmap[%zu]", i);
		ret = jrow(in, area, where, 4, UINT32_MAX, row);
		if (ret)
			return ret;
		if (row[0] < last || row[1] <= row[0] || (row[0] | row[1]) & 0xfff)
			return jfail(in, where, "", "overlapping, empty or not page-aligned",
				     "[start, end, flags, pages] by ascending address");
		last = row[1];
		s->vmap[s->nr_vmap++] = (struct mm_vmap_state){ row[0], row[1], row[2], row[3] };
	}
	return 0;
}

static int read_tree(const struct jin *in, const json_t *tree, struct mm_state *s)
{
	uint32_t row[4], depth = 0;
	json_t *node;
	char where[40];
	size_t i;
	int ret;

	if (!tree)
		return 0;
	s->vfree = jalloc(in, "vfree_tree", json_array_size(tree), sizeof(*s->vfree), &ret);
	if (ret)
		return ret;
	json_array_foreach(tree, i, node) {
		snprintf(where, sizeof(where), "vfree_tree[%zu]", i);
		ret = jrow(in, node, where, 4, UINT32_MAX, row);
		if (ret)
			return ret;
		if (row[2] <= row[1] || row[3] > 1 || (i ? row[0] > depth + 1 || !row[0] : row[0]))
			return jfail(in, where, "", "no node of a tree in preorder",
				     "[depth, start, end, black], depth 0 once and then at most one deeper");
		depth = row[0];
		s->vfree[s->nr_vfree++] = (struct mm_vfree_state){ row[0], row[1], row[2], row[3] };
	}
	s->has_vfree = true;
	return 0;
}

static int read_objs(const struct jin *in, const json_t *objs, struct mm_state *s)
{
	uint32_t row[2];
	json_t *entry;
	char where[40];
	size_t i;
	int ret;

	if (!objs)
		return 0;
	s->vmap_obj = jalloc(in, "vmap_objs", json_array_size(objs), sizeof(*s->vmap_obj), &ret);
	if (ret)
		return ret;
	json_array_foreach(objs, i, entry) {
		snprintf(where, sizeof(where), "vmap_objs[%zu]", i);
		ret = jrow(in, entry, where, 2, UINT32_MAX, row);
		if (ret)
			return ret;
		s->vmap_obj[s->nr_vmap_obj++] = (struct mm_vmap_obj){ row[0], row[1] };
	}
	s->has_vmap_obj = true;
	return 0;
}

static int read_pmds(const struct jin *in, const json_t *root, struct mm_state *s)
{
	json_t *pmds = json_object_get(root, "pmds"), *pte;
	int ret;

	if (!pmds)
		return 0;
	ret = ju32(in, pmds, "pmds", "start", UINT32_MAX, &s->pmd_start);
	if (!ret)
		ret = ju32(in, pmds, "pmds", "size", 1u << 22, &s->pmd_size);
	if (!ret)
		ret = jarray(in, pmds, "pmds", "pte_pfn", &pte);
	if (ret)
		return ret;
	if (json_array_size(pte) > 2048)
		return jfail(in, "pmds", "pte_pfn", "too long", "at most 2048 entries");
	s->nr_pmd = (uint32_t)json_array_size(pte);
	s->pmd_pte = jalloc(in, "pmds", s->nr_pmd, sizeof(*s->pmd_pte), &ret);
	if (!ret)
		ret = jrow(in, pte, "pmds.pte_pfn", s->nr_pmd, PFN_LIMIT - 1, s->pmd_pte);
	s->has_pmd = !ret;
	return ret;
}

/* {"slot": pfn, ...} */
struct slot { uint32_t slot; pfn_t pfn; };
static int read_slots(const struct jin *in, const json_t *root, const char *key, uint32_t slots,
		      struct slot *out, size_t n)
{
	json_t *map = json_object_get(root, key), *v;
	const char *name;
	size_t i = 0;

	json_object_foreach(map, name, v) {
		char *end;
		unsigned long slot = strtoul(name, &end, 10);
		char where[64];

		snprintf(where, sizeof(where), "%s[\"%.20s\"]", key, name);
		if (*end || !*name || slot >= slots || !json_is_integer(v) ||
		    json_integer_value(v) < 0 || json_integer_value(v) >= PFN_LIMIT || i == n)
			return jfail(in, where, "", "no slot and frame number",
				     "\"SLOT\": PFN within the slots of the kernel");
		out[i].slot = (uint32_t)slot;
		out[i++].pfn = (pfn_t)json_integer_value(v);
	}
	return 0;
}

static int read_kmaps(const struct jin *in, const json_t *root, struct mm_state *s)
{
	uint64_t pkmap_slots = 1024, local_slots = 16 * MM_NR_CPUS;
	json_t *pkmap, *local;
	struct slot *slot;
	uint32_t n;
	int ret = jobject(in, root, "", "pkmap", &pkmap);

	if (!ret)
		ret = jobject(in, root, "", "kmap_local", &local);
	if (ret)
		return ret;
	consts_value(in->consts, "LAST_PKMAP", &pkmap_slots);
	n = (uint32_t)(json_object_size(pkmap) + json_object_size(local));
	slot = jalloc(in, "pkmap", n, sizeof(*slot), &ret);
	if (ret)
		return ret;
	s->pkmap = jalloc(in, "pkmap", json_object_size(pkmap), sizeof(*s->pkmap), &ret);
	if (!ret)
		s->kmap_local = jalloc(in, "kmap_local", json_object_size(local),
				       sizeof(*s->kmap_local), &ret);
	if (!ret)
		ret = read_slots(in, root, "pkmap", (uint32_t)pkmap_slots, slot,
				 json_object_size(pkmap));
	for (; !ret && s->nr_pkmap < json_object_size(pkmap); s->nr_pkmap++) {
		s->pkmap[s->nr_pkmap].slot = slot[s->nr_pkmap].slot;
		s->pkmap[s->nr_pkmap].pfn = slot[s->nr_pkmap].pfn;
	}
	if (!ret)
		ret = read_slots(in, root, "kmap_local", (uint32_t)local_slots, slot,
				 json_object_size(local));
	for (; !ret && s->nr_kmap_local < json_object_size(local); s->nr_kmap_local++) {
		s->kmap_local[s->nr_kmap_local].slot = slot[s->nr_kmap_local].slot;
		s->kmap_local[s->nr_kmap_local].pfn = slot[s->nr_kmap_local].pfn;
	}
	free(slot);
	return ret;
}

int parse_virt(const struct jin *in, const json_t *root, struct mm_state *s)
{
	int ret = read_areas(in, root, s);

	if (!ret)
		ret = read_tree(in, json_object_get(root, "vfree_tree"), s);
	if (!ret)
		ret = read_objs(in, json_object_get(root, "vmap_objs"), s);
	if (!ret)
		ret = read_pmds(in, root, s);
	if (!ret)
		ret = read_kmaps(in, root, s);
	return ret;
}
