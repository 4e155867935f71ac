/* SPDX-License-Identifier: MIT
 * One line a cache: name, active_objs, num_objs, objsize, objperslab,
 * pagesperslab, tunables, slabdata with active_slabs and num_slabs
 * (Linux 6.1 mm/slab_common.c cache_show). */
#include "analyze/slabinfo.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Objects, sizes and slabs of a 32-bit machine fit in 32 bits; checked before
 * they are multiplied. */
static int parse_line(const char *line, struct an_slab_cache *c)
{
	uint64_t v[6];
	int i, n = 0;

	if (sscanf(line, "%63s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " : tunables %*u %*u %*u : slabdata %*u %" SCNu64 " %n",
		   c->name, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &n) != 7 || !n)
		return -EINVAL;
	for (i = 0; i < 6; i++)
		if (v[i] > UINT32_MAX)
			return -EINVAL;
	if (v[4] > 1024 || v[5] > (1u << 24))
		return -EINVAL;
	c->active = v[0];
	c->objects = v[1];
	c->size = v[2];
	c->per_slab = v[3];
	c->pages_per_slab = v[4];
	c->slabs = v[5];
	c->bytes = c->slabs * c->pages_per_slab * 4096;
	c->lost = c->bytes > c->active * c->size ? c->bytes - c->active * c->size : 0;
	return 0;
}

static int compare_lost(const void *va, const void *vb)
{
	const struct an_slab_cache *a = va, *b = vb;

	if (a->lost != b->lost)
		return a->lost > b->lost ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int add(struct an_slabinfo *s, size_t *max, const struct an_slab_cache *c)
{
	if (s->n == *max) {
		size_t want = *max ? *max * 2 : 128;
		struct an_slab_cache *n = realloc(s->cache, want * sizeof(*n));

		if (!n)
			return -ENOMEM;
		s->cache = n;
		*max = want;
	}
	s->cache[s->n++] = *c;
	s->bytes += c->bytes;
	s->lost += c->lost;
	return 0;
}

static int load_lines(struct an_slabinfo *s, FILE *f, const char *path, struct mm_error *err)
{
	struct an_slab_cache c;
	char line[512];
	unsigned int nr;
	size_t max = 0;

	for (nr = 1; fgets(line, sizeof(line), f); nr++) {
		if (nr == 1 && strncmp(line, "slabinfo - version: 2.1", 23))
			return mm_fail(err, -EINVAL,
				       "%s: line 1: found '%.30s', expected 'slabinfo - version: 2.1'",
				       path, line);
		if (nr == 1 || line[0] == '#')
			continue;
		line[strcspn(line, "\n")] = '\0';
		if (parse_line(line, &c))
			return mm_fail(err, -EINVAL, "%s: line %u: found '%.60s', expected a cache as in /proc/slabinfo",
				       path, nr, line);
		if (add(s, &max, &c))
			return mm_fail(err, -ENOMEM, "%s: out of memory", path);
	}
	return nr == 1 ? mm_fail(err, -EINVAL, "%s: the file is empty, expected slabinfo 2.1", path) : 0;
}

int an_slabinfo_load(struct an_slabinfo *s, const char *path, struct mm_error *err)
{
	FILE *f = fopen(path, "re");
	int r;

	memset(s, 0, sizeof(*s));
	if (!f)
		return mm_fail(err, -errno, "%s: %s", path, strerror(errno));
	r = load_lines(s, f, path, err);
	fclose(f);
	if (r)
		an_slabinfo_free(s);
	else if (s->n)
		qsort(s->cache, s->n, sizeof(*s->cache), compare_lost);
	return r;
}

void an_slabinfo_free(struct an_slabinfo *s)
{
	free(s->cache);
	memset(s, 0, sizeof(*s));
}
