/* SPDX-License-Identifier: MIT
 *
 * The tables' slower halves: growing, deleting, clearing.
 *
 * Deleting moves later entries of the run back (Knuth 6.4, algorithm R), so
 * that a table under steady churn never fills with tombstones.
 */
#include "traces/import/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int grow(struct addr_map *m)
{
	uint32_t cap = m->mask ? (m->mask + 1) * 2 : 1u << 14, i, j;
	struct addr_map bigger = { calloc(cap, sizeof(*m->v)), cap - 1, m->n };

	if (!bigger.v)
		return -ENOMEM;
	for (i = 0; m->mask && i <= m->mask; i++) {
		if (!m->v[i].key)
			continue;
		for (j = addr_home(&bigger, m->v[i].key); bigger.v[j].key; j = (j + 1) & bigger.mask)
			;
		bigger.v[j] = m->v[i];
	}
	free(m->v);
	*m = bigger;
	return 0;
}

struct addr_entry *addr_put(struct addr_map *m, uint64_t key)
{
	uint32_t i;

	if (!key || ((!m->mask || m->n >= m->mask / 2) && grow(m)))
		return NULL;
	for (i = addr_home(m, key); m->v[i].key; i = (i + 1) & m->mask)
		if (m->v[i].key == key)
			return &m->v[i];
	m->v[i] = (struct addr_entry){ .key = key };
	m->n++;
	return &m->v[i];
}

void addr_delete(struct addr_map *m, struct addr_entry *e)
{
	uint32_t hole = e - m->v, i = hole, home;

	for (;;) {
		i = (i + 1) & m->mask;
		if (!m->v[i].key)
			break;
		home = addr_home(m, m->v[i].key);
		/* May the entry at i stand in the hole?  Yes unless its home lies
		 * after the hole on the way to i. */
		if (((i - home) & m->mask) < ((i - hole) & m->mask))
			continue;
		m->v[hole] = m->v[i];
		hole = i;
	}
	m->v[hole].key = 0;
	m->n--;
}

void addr_clear(struct addr_map *m)
{
	free(m->v);
	memset(m, 0, sizeof(*m));
}

int pfn_table_init(struct pfn_table *t, size_t size)
{
	t->size = size;
	t->leaf = calloc(PFN_LIMIT >> PFN_LEAF_BITS, sizeof(*t->leaf));
	return t->leaf ? 0 : -ENOMEM;
}

void pfn_table_free(struct pfn_table *t)
{
	size_t i;

	for (i = 0; t->leaf && i < PFN_LIMIT >> PFN_LEAF_BITS; i++)
		free(t->leaf[i]);
	free(t->leaf);
	t->leaf = NULL;
}

void pfn_table_clear(struct pfn_table *t)
{
	size_t i;

	for (i = 0; i < PFN_LIMIT >> PFN_LEAF_BITS; i++)
		if (t->leaf[i])
			memset(t->leaf[i], 0, PFN_LEAF * t->size);
}

void *pfn_make_leaf(struct pfn_table *t, uint64_t pfn)
{
	return t->leaf[pfn >> PFN_LEAF_BITS] = calloc(PFN_LEAF, t->size);
}
