/* SPDX-License-Identifier: MIT
 *
 * consts.txt: a kernel's constants, its kmalloc table, its slab caches.
 *
 * Lines are comma-separated; the first field says what a line is, and lines of
 * unknown kinds (probes, zones: the snapshots have those) are passed over.
 */
#include "replay/state/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/state/lines.h"

enum { MAX_LINES = 1 << 16, MAX_OBJECTS = 32768 };

struct in {
	const char *path;
	unsigned int line;
	struct mm_error *err;
};

static int bad(const struct in *in, const char *key, const char *found, const char *expected)
{
	return mm_fail(in->err, -EINVAL, "%s line %u: %s is '%.60s', expected %s", in->path,
		       in->line, key, found ? found : "missing", expected);
}

static int number(const struct in *in, const char *key, const char *text, uint64_t max,
		  uint64_t *out)
{
	char *end;

	if (!text || !*text || *text == '-')
		return bad(in, key, text, "a number");
	errno = 0;
	*out = strtoull(text, &end, 0);
	if (*end || errno || *out > max)
		return bad(in, key, text, "a number in range");
	return 0;
}

/* Make room for one more entry of an array that doubles. */
static int grow(const struct in *in, void **array, uint32_t nr, size_t size)
{
	void *p;

	if (nr & (nr - 1))
		return 0;
	if (nr >= MAX_LINES)
		return mm_fail(in->err, -E2BIG, "%s line %u: more than %d lines of a kind",
			       in->path, in->line, MAX_LINES);
	p = realloc(*array, (nr ? nr * 2 : 1) * size);
	if (!p)
		return mm_fail(in->err, -ENOMEM, "%s: out of memory", in->path);
	*array = p;
	return 0;
}

static int copy_name(const struct in *in, char *to, size_t size, const char *key, const char *name)
{
	if (!name || !*name || strlen(name) >= size)
		return bad(in, key, name, "a short name");
	strcpy(to, name);
	return 0;
}

static int read_random_seq(const struct in *in, struct mm_cache_state *c, char *text)
{
	char *save = NULL;
	uint64_t v;

	if (!text || !*text)
		return 0;
	c->random_seq = calloc(c->objects, sizeof(*c->random_seq));
	if (!c->random_seq)
		return mm_fail(in->err, -ENOMEM, "%s: out of memory", in->path);
	for (char *t = strtok_r(text, " ", &save); t; t = strtok_r(NULL, " ", &save)) {
		int ret = number(in, "random_seq", t, c->objects - 1, &v);

		if (ret)
			return ret;
		if (c->nr_random_seq == c->objects)
			return bad(in, "random_seq", t, "one entry per object");
		c->random_seq[c->nr_random_seq++] = (uint16_t)v;
	}
	if (c->nr_random_seq != c->objects)
		return bad(in, "random_seq", "short", "one entry per object");
	return 0;
}

/* name,ptr,size,object_size,fp_offset,inuse,align,order,objs,min_order,
 * min_objs,min_partial,cpu_partial,cpu_partial_slabs,flags,refcount,random_seq */
static int read_cache(const struct in *in, struct consts *k, char *rest)
{
	struct mm_cache_state *c;
	uint32_t skip;
	uint64_t v;
	const char *f;
	int ret = grow(in, (void **)&k->cache, k->nr_cache, sizeof(*k->cache));

	if (ret)
		return ret;
	c = &k->cache[k->nr_cache];
	memset(c, 0, sizeof(*c));
	k->nr_cache++;
	ret = copy_name(in, c->name, sizeof(c->name), "cache name", strsep(&rest, ","));
	if (ret)
		return ret;
	const struct { const char *key; uint32_t *to, max; } field[] = {
		{ "ptr", &c->ptr, UINT32_MAX }, { "size", &c->size, 1u << 22 },
		{ "object_size", &c->object_size, 1u << 22 }, { "fp_offset", &c->fp_offset, 1u << 22 },
		{ "inuse", &skip, 1u << 22 }, { "align", &c->align, 1u << 22 },
		{ "order", &c->order, 10 }, { "objs", &c->objects, MAX_OBJECTS },
		{ "min_order", &c->min_order, 10 }, { "min_objs", &c->min_objects, MAX_OBJECTS },
		{ "min_partial", &c->min_partial, 1u << 20 },
		{ "cpu_partial", &c->cpu_partial, 1u << 20 },
		{ "cpu_partial_slabs", &c->cpu_partial_slabs, 1u << 20 },
		{ "flags", &c->flags, UINT32_MAX },
	};

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		ret = number(in, field[i].key, strsep(&rest, ","), field[i].max, &v);
		if (ret)
			return ret;
		*field[i].to = (uint32_t)v;
	}
	if (!c->size || !c->objects || !c->min_objects ||
	    (uint64_t)c->objects * c->size > 4096u << c->order)
		return bad(in, "objs", c->name, "objects that fit into the slab's pages");
	f = strsep(&rest, ",");
	if (!f)
		return bad(in, "refcount", f, "a number");
	c->refcount = (int32_t)strtol(f, NULL, 10);
	return read_random_seq(in, c, rest);
}

static int read_kmalloc(const struct in *in, struct consts *k, char *rest)
{
	struct mm_kmalloc_state *m;
	uint64_t v;
	int ret = grow(in, (void **)&k->kmalloc, k->nr_kmalloc, sizeof(*k->kmalloc));

	if (ret)
		return ret;
	m = &k->kmalloc[k->nr_kmalloc];
	memset(m, 0, sizeof(*m));
	ret = number(in, "kmalloc type", strsep(&rest, ","), 3, &v);
	if (ret)
		return ret;
	m->type = (uint32_t)v;
	ret = number(in, "kmalloc index", strsep(&rest, ","), 22, &v);
	if (ret)
		return ret;
	m->index = (uint32_t)v;
	ret = copy_name(in, m->name, sizeof(m->name), "kmalloc cache name", rest);
	if (!ret)
		k->nr_kmalloc++;
	return ret;
}

/* A constant: name,value with a numeric value; anything else is passed over. */
static int read_value(const struct in *in, struct consts *k, const char *name, const char *rest)
{
	char *end;
	uint64_t v;
	int ret;

	if (!rest || !*rest || strlen(name) >= sizeof(k->value->name))
		return 0;
	v = strtoull(rest, &end, 0);
	if (*end)
		return 0;
	ret = grow(in, (void **)&k->value, k->nr_value, sizeof(*k->value));
	if (ret)
		return ret;
	strcpy(k->value[k->nr_value].name, name);
	k->value[k->nr_value++].value = v;
	return 0;
}

static int read_line(const struct in *in, struct consts *k, char *line)
{
	const char *kind = strsep(&line, ",");

	if (!strcmp(kind, "cache"))
		return read_cache(in, k, line);
	if (!strcmp(kind, "kmalloc_caches"))
		return read_kmalloc(in, k, line);
	return read_value(in, k, kind, line);
}

int consts_read(struct consts *k, const char *dir, struct mm_error *err)
{
	struct lines *l;
	char *line;
	size_t len;
	int ret = lines_open(&l, dir, "consts.txt", err);

	memset(k, 0, sizeof(*k));
	if (ret)
		return ret;
	while ((ret = lines_next(l, &line, &len, err)) > 0) {
		const struct in in = { lines_path(l), lines_number(l), err };

		ret = read_line(&in, k, line);
		if (ret)
			break;
	}
	if (!ret && (!k->nr_cache || !k->nr_kmalloc))
		ret = mm_fail(err, -EINVAL, "%s: %u cache and %u kmalloc_caches lines, expected some of both",
			      lines_path(l), k->nr_cache, k->nr_kmalloc);
	lines_close(l);
	if (ret)
		consts_free(k);
	return ret;
}

void consts_free(struct consts *k)
{
	for (uint32_t i = 0; i < k->nr_cache; i++)
		free(k->cache[i].random_seq);
	free(k->cache);
	free(k->kmalloc);
	free(k->value);
	memset(k, 0, sizeof(*k));
}

bool consts_value(const struct consts *k, const char *name, uint64_t *value)
{
	for (uint32_t i = 0; i < k->nr_value; i++)
		if (!strcmp(k->value[i].name, name)) {
			*value = k->value[i].value;
			return true;
		}
	return false;
}

const struct mm_cache_state *consts_cache(const struct consts *k, uint32_t ptr, const char *name)
{
	for (uint32_t i = 0; i < k->nr_cache; i++)
		if (k->cache[i].ptr == ptr && !strcmp(k->cache[i].name, name))
			return &k->cache[i];
	return NULL;
}
