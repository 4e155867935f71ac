/* SPDX-License-Identifier: MIT
 *
 * The slab caches of a snapshot.  Geometry and random sequences stand in
 * consts.txt and are joined by address and name; the snapshot has the slabs.
 *
 * On a machine of several CPUs "cpu" may be an array of CPU slabs and
 * "cpu_partial" an array of lists; with one CPU they are the entry itself.
 */
#include "replay/state/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_indices(const struct jin *in, json_t *slab, const char *where, const char *key,
			uint32_t objects, struct mm_idx_list *out)
{
	json_t *list;
	uint32_t n;
	int ret = jarray(in, slab, where, key, &list);

	if (ret)
		return ret;
	n = (uint32_t)json_array_size(list);
	if (n > objects)
		return jfail(in, where, key, "longer than the slab", "at most its objects");
	out->idx = jalloc(in, where, n, sizeof(*out->idx), &ret);
	out->nr = n;
	for (uint32_t i = 0; i < n && !ret; i++) {
		json_t *v = json_array_get(list, i);

		if (!json_is_integer(v) || json_integer_value(v) < 0 ||
		    json_integer_value(v) >= objects)
			return jfail(in, where, key, "with an entry that is no object of the slab",
				     "indices below its object count");
		out->idx[i] = (uint16_t)json_integer_value(v);
	}
	return ret;
}

/* The members that all slabs have; free is the key of the slab's own list. */
static int read_slab(const struct jin *in, json_t *slab, const char *where, const char *free_key,
		     struct mm_slab_state *out)
{
	uint32_t frozen = 0;
	int ret = ju32(in, slab, where, "pfn", PFN_LIMIT - 1, &out->pfn);

	if (!ret)
		ret = ju32(in, slab, where, "objects", 32767, &out->objects);
	if (!ret)
		ret = ju32(in, slab, where, "inuse", out->objects, &out->inuse);
	if (!ret)
		ret = ju32(in, slab, where, "frozen", 1, &frozen);
	if (!ret)
		ret = read_indices(in, slab, where, free_key, out->objects, &out->free);
	out->frozen = frozen;
	return ret;
}

static int read_slab_list(const struct jin *in, json_t *list, const char *where,
			  struct mm_slab_state **out, uint32_t *nr)
{
	char at[128];
	int ret;

	*out = jalloc(in, where, json_array_size(list), sizeof(**out), &ret);
	if (ret)
		return ret;
	*nr = (uint32_t)json_array_size(list);
	for (uint32_t i = 0; i < *nr && !ret; i++) {
		snprintf(at, sizeof(at), "%s[%u]", where, i);
		ret = read_slab(in, json_array_get(list, i), at, "free", &(*out)[i]);
	}
	return ret;
}

static int read_cpu_slab(const struct jin *in, json_t *cpu, const char *where,
			 struct mm_cpu_slab_state *c)
{
	int ret;

	if (!json_is_object(cpu))
		return 0; /* no CPU slab */
	ret = read_slab(in, cpu, where, "slab_free", &c->slab);
	if (!ret)
		ret = read_indices(in, cpu, where, "free", c->slab.objects, &c->free);
	return ret;
}

static int read_cpus(const struct jin *in, json_t *cache, const char *where,
		     struct mm_cache_state *c)
{
	json_t *cpu = json_object_get(cache, "cpu"), *partial;
	size_t n = json_is_array(cpu) ? json_array_size(cpu) : 1;
	bool many = json_is_array(cpu);
	char at[112];
	int ret = jarray(in, cache, where, "cpu_partial", &partial);

	if (ret)
		return ret;
	if (!n || n > MM_NR_CPUS || (many && json_array_size(partial) != n))
		return jfail(in, where, "cpu", "an array of another length", "one entry per CPU");
	for (size_t i = 0; i < n && !ret; i++) {
		snprintf(at, sizeof(at), "%s.cpu", where);
		ret = read_cpu_slab(in, many ? json_array_get(cpu, i) : cpu, at, &c->cpu[i]);
		snprintf(at, sizeof(at), "%s.cpu_partial", where);
		if (!ret)
			ret = read_slab_list(in, many ? json_array_get(partial, i) : partial, at,
					     &c->cpu[i].partial, &c->cpu[i].nr_partial);
	}
	return ret;
}

/* Geometry and sequence from consts.txt. */
static int join_consts(const struct jin *in, const char *where, uint32_t ptr, const char *name,
		       struct mm_cache_state *c)
{
	const struct mm_cache_state *k = consts_cache(in->consts, ptr, name);
	char found[96];
	int ret = 0;

	if (!k) {
		snprintf(found, sizeof(found), "0x%x (%.40s)", ptr, name);
		return jfail(in, where, "ptr", found, "a cache of consts.txt");
	}
	*c = *k;
	c->random_seq = NULL;
	if (k->nr_random_seq) {
		c->random_seq = jalloc(in, where, k->nr_random_seq, sizeof(*c->random_seq), &ret);
		if (!ret)
			memcpy(c->random_seq, k->random_seq,
			       k->nr_random_seq * sizeof(*c->random_seq));
	}
	return ret;
}

static int read_cache(const struct jin *in, json_t *cache, const char *where,
		      struct mm_cache_state *c)
{
	const char *name = json_string_value(json_object_get(cache, "name"));
	uint32_t ptr, size;
	json_t *list;
	char at[112];
	int ret = ju32(in, cache, where, "ptr", UINT32_MAX, &ptr);

	if (ret)
		return ret;
	if (!name)
		return jfail(in, where, "name", "missing", "the cache's name");
	ret = join_consts(in, where, ptr, name, c);
	if (!ret)
		ret = ju32(in, cache, where, "size", 1u << 22, &size);
	if (!ret && size != c->size)
		ret = jfail(in, where, "size", "another number than consts.txt has",
			    "the same object size");
	if (!ret)
		ret = ju32(in, cache, where, "nr_slabs", PFN_LIMIT, &c->nr_slabs);
	if (!ret)
		ret = read_cpus(in, cache, where, c);
	if (!ret)
		ret = jarray(in, cache, where, "partial", &list);
	snprintf(at, sizeof(at), "%s.partial", where);
	if (!ret)
		ret = read_slab_list(in, list, at, &c->partial, &c->nr_partial);
	return ret;
}

static int read_all_slabs(const struct jin *in, const json_t *all, struct mm_state *s)
{
	uint32_t row[5];
	char where[40];
	json_t *entry;
	size_t i;
	int ret;

	s->all_slab = jalloc(in, "all_slabs", json_array_size(all), sizeof(*s->all_slab), &ret);
	if (ret)
		return ret;
	json_array_foreach(all, i, entry) {
		snprintf(where, sizeof(where), "all_slabs[%zu]", i);
		ret = jrow(in, entry, where, 5, UINT32_MAX, row);
		if (ret)
			return ret;
		if (row[0] >= PFN_LIMIT || row[2] > row[3])
			return jfail(in, where, "", "out of range",
				     "[pfn, cache, inuse <= objects, objects, frozen]");
		s->all_slab[s->nr_all_slab++] = (struct mm_all_slab){
			row[0], row[1], row[2], row[3], row[4] != 0 };
	}
	s->has_all_slab = true;
	return 0;
}

/* The snapshot lists caches newest first; a state has the oldest first. */
int parse_slabs(const struct jin *in, const json_t *root, struct mm_state *s)
{
	json_t *caches, *all = json_object_get(root, "all_slabs");
	uint32_t n;
	char where[32];
	int ret = jarray(in, root, "", "caches", &caches);

	if (ret)
		return ret;
	n = (uint32_t)json_array_size(caches);
	s->cache = jalloc(in, "caches", n, sizeof(*s->cache), &ret);
	for (uint32_t i = 0; i < n && !ret; i++) {
		snprintf(where, sizeof(where), "caches[%u]", n - 1 - i);
		s->nr_cache++;
		ret = read_cache(in, json_array_get(caches, n - 1 - i), where, &s->cache[i]);
	}
	if (ret)
		return ret;
	s->kmalloc = jalloc(in, "kmalloc", in->consts->nr_kmalloc, sizeof(*s->kmalloc), &ret);
	if (ret)
		return ret;
	s->nr_kmalloc = in->consts->nr_kmalloc;
	memcpy(s->kmalloc, in->consts->kmalloc, s->nr_kmalloc * sizeof(*s->kmalloc));
	return all ? read_all_slabs(in, all, s) : 0;
}
