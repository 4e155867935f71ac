/* SPDX-License-Identifier: MIT
 *
 * Open addressing with linear probing (see intern.h).
 */
#include "traces/format/intern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint32_t intern_find(const struct intern *t, uint64_t hash, intern_same *same, const void *ctx)
{
	size_t i;

	if (!t->cap)
		return 0;
	for (i = hash & (t->cap - 1); t->table[i].id; i = (i + 1) & (t->cap - 1))
		if (t->table[i].hash == hash && same(ctx, t->table[i].id))
			return t->table[i].id;
	return 0;
}

static void place(struct intern_entry *table, size_t cap, uint64_t hash, uint32_t id)
{
	size_t i = hash & (cap - 1);

	while (table[i].id)
		i = (i + 1) & (cap - 1);
	table[i] = (struct intern_entry){ .hash = hash, .id = id };
}

int intern_add(struct intern *t, uint64_t hash, uint32_t id)
{
	if (t->nr * 2 >= t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 256, i;
		struct intern_entry *table = calloc(cap, sizeof(*table));

		if (!table)
			return -ENOMEM;
		for (i = 0; i < t->cap; i++)
			if (t->table[i].id)
				place(table, cap, t->table[i].hash, t->table[i].id);
		free(t->table);
		t->table = table;
		t->cap = cap;
	}
	place(t->table, t->cap, hash, id);
	t->nr++;
	return 0;
}

void intern_free(struct intern *t)
{
	free(t->table);
	memset(t, 0, sizeof(*t));
}
