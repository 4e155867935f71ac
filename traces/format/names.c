/* SPDX-License-Identifier: MIT
 *
 * Tables of names (see names.h).  Strings and stack frames live in blocks that
 * never move, so a pointer handed out stays valid until the table is freed;
 * the tables themselves are arrays that double.
 */
#include "traces/format/names.h"

#include <errno.h>

struct names_block {
	struct names_block *next;
	size_t used, size;
	_Alignas(8) uint8_t data[];
};

/* Storage that stays where it is; 64 KiB blocks, larger for a larger object. */
static void *stable_alloc(struct mmt_names *n, size_t bytes)
{
	struct names_block *b = n->blocks;
	size_t need = (bytes + 7) & ~(size_t)7;
	void *p;

	if (!b || b->size - b->used < need) {
		size_t size = need > 65536 ? need : 65536;

		b = malloc(sizeof(*b) + size);
		if (!b)
			return NULL;
		b->next = n->blocks;
		b->used = 0;
		b->size = size;
		n->blocks = b;
	}
	p = b->data + b->used;
	b->used += need;
	return p;
}

/* Make room for entry number nr (counted from 0) of an array. */
static bool grow(void **array, uint32_t *cap, uint32_t nr, size_t size)
{
	uint32_t want = *cap ? *cap * 2 : 64;
	void *p;

	if (nr < *cap)
		return true;
	if (nr >= UINT32_MAX / 2)
		return false;
	p = realloc(*array, want * size);
	if (!p)
		return false;
	*array = p;
	*cap = want;
	return true;
}

#define GROW(n, what) \
	grow((void **)&(n)->what, &(n)->cap_##what, (n)->nr_##what, sizeof(*(n)->what))

uint32_t names_add_string(struct mmt_names *n, const char *s, size_t len)
{
	char *copy;

	if (!GROW(n, strings))
		return 0;
	copy = stable_alloc(n, len + 1);
	if (!copy)
		return 0;
	memcpy(copy, s, len);
	copy[len] = '\0';
	n->strings[n->nr_strings] = copy;
	return ++n->nr_strings;
}

uint32_t names_add_site(struct mmt_names *n, uint32_t name)
{
	if (!GROW(n, sites))
		return 0;
	n->sites[n->nr_sites] = (struct site_def){ .name = name };
	return ++n->nr_sites;
}

uint32_t names_add_stack(struct mmt_names *n, const uint32_t *frames, uint32_t nr)
{
	uint32_t *copy;

	if (!GROW(n, sites))
		return 0;
	copy = stable_alloc(n, (size_t)nr * sizeof(*copy) + 1);
	if (!copy)
		return 0;
	if (nr)
		memcpy(copy, frames, (size_t)nr * sizeof(*copy));
	n->sites[n->nr_sites] = (struct site_def){ .frames = copy, .nr_frames = nr };
	return ++n->nr_sites;
}

uint32_t names_add_task(struct mmt_names *n, int32_t pid, uint32_t comm)
{
	if (!GROW(n, tasks))
		return 0;
	n->tasks[n->nr_tasks] = (struct task_def){ .pid = pid, .comm = comm };
	return ++n->nr_tasks;
}

uint32_t names_add_cache(struct mmt_names *n, const struct cache_def *c)
{
	if (!GROW(n, caches))
		return 0;
	n->caches[n->nr_caches] = *c;
	return ++n->nr_caches;
}

static char *copy_bytes(const char *s, size_t len)
{
	char *copy = malloc(len + 1);

	if (copy) {
		memcpy(copy, s, len);
		copy[len] = '\0';
	}
	return copy;
}

static struct meta_def *find_meta(struct mmt_names *n, const char *key, size_t len)
{
	uint32_t i;

	for (i = 0; i < n->nr_meta; i++)
		if (strlen(n->meta[i].key) == len && !memcmp(n->meta[i].key, key, len))
			return &n->meta[i];
	return NULL;
}

int names_set_meta(struct mmt_names *n, const char *key, size_t key_len,
		   const char *value, size_t value_len)
{
	struct meta_def *m = find_meta(n, key, key_len);
	char *v = copy_bytes(value, value_len);

	if (!v)
		return -ENOMEM;
	if (!m) {
		char *k = copy_bytes(key, key_len);

		if (!k || !GROW(n, meta)) {
			free(k);
			free(v);
			return -ENOMEM;
		}
		m = &n->meta[n->nr_meta++];
		*m = (struct meta_def){ .key = k };
	}
	free(m->value);
	m->value = v;
	return 0;
}

const char *names_string(const struct mmt_names *n, uint32_t id)
{
	return id && id <= n->nr_strings ? n->strings[id - 1] : "?";
}

void names_free(struct mmt_names *n)
{
	struct names_block *b, *next;
	uint32_t i;

	for (b = n->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	for (i = 0; i < n->nr_meta; i++) {
		free(n->meta[i].key);
		free(n->meta[i].value);
	}
	free(n->strings);
	free(n->sites);
	free(n->tasks);
	free(n->caches);
	free(n->meta);
	memset(n, 0, sizeof(*n));
}
