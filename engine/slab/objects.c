/* SPDX-License-Identifier: MIT
 *
 * objects: memory for object records, and the order of a new slab's free list.
 *
 * Records come from one address range reserved at creation (touched only as
 * far as it is used).  A slab's records are contiguous and start on a cache
 * line; a discarded slab's piece is reused by the next slab with as many
 * objects (rounded up to 8), or by a smaller one when the range is used up.
 * Free pieces are kept per size because a size class reuses its own pages
 * again and again: reuse is one load and one store.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/host.h"
#include "engine/slab/internal.h"

#define PIECE	8u	/* records in 64 bytes */
#define TOUCH	((size_t)2 << 20) /* resident from the begin: 262,144 records */

int slab_arena_init(struct slab_arena *a, uint64_t max_records, unsigned int largest)
{
	a->nr = max_records;
	a->used = 0;
	a->nr_class = (largest + PIECE - 1) / PIECE + 1;
	a->free = calloc(a->nr_class, sizeof(*a->free));
	a->base = host_table(a->nr * sizeof(*a->base), TOUCH);
	return a->free && a->base ? 0 : -1;
}

void slab_arena_fini(struct slab_arena *a)
{
	free(a->free);
	host_table_free(a->base, a->nr * sizeof(*a->base));
}

static struct mm_object *take_free(struct slab_arena *a, unsigned int class)
{
	void *piece = a->free[class];

	if (piece)
		a->free[class] = *(void **)piece;
	return piece;
}

struct mm_object *slab_arena_get(struct slab_arena *a, unsigned int records)
{
	unsigned int class = (records + PIECE - 1) / PIECE;
	struct mm_object *o = take_free(a, class);

	if (o)
		return o;
	if (a->nr - a->used >= (size_t)class * PIECE) {
		o = a->base + a->used;
		a->used += (size_t)class * PIECE;
		return o;
	}
	/* A larger piece serves too; its surplus goes back as a piece of its own. */
	for (unsigned int k = class + 1; k < a->nr_class; k++) {
		o = take_free(a, k);
		if (o) {
			slab_arena_put(a, o + (size_t)class * PIECE, (k - class) * PIECE);
			return o;
		}
	}
	return NULL;
}

void slab_arena_put(struct slab_arena *a, struct mm_object *o, unsigned int records)
{
	unsigned int class = (records + PIECE - 1) / PIECE;

	*(void **)(void *)o = a->free[class];
	a->free[class] = o;
}

/* splitmix64: one multiplication chain, any seed is good. */
uint32_t slab_rand(struct slab *s)
{
	uint64_t z = s->rng += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (uint32_t)((z ^ z >> 31) >> 32);
}

/* Linux 6.1 mm/slab_common.c freelist_randomize: Fisher-Yates from the end. */
bool slab_seq_random(struct slab *s, struct slab_cache *c)
{
	uint16_t *seq = malloc(c->g.objects * sizeof(*seq));

	if (!seq)
		return false;
	for (uint32_t i = 0; i < c->g.objects; i++)
		seq[i] = (uint16_t)i;
	for (uint32_t i = c->g.objects - 1; i > 0; i--) {
		uint32_t j = slab_rand(s) % (i + 1);
		uint16_t t = seq[i];

		seq[i] = seq[j];
		seq[j] = t;
	}
	free(c->seq);
	c->seq = seq;
	c->nr_seq = c->g.objects;
	return true;
}

bool slab_seq_valid(const uint16_t *seq, uint32_t nr, uint32_t objects)
{
	uint8_t seen[MM_OBJ_NIL / 8 + 1] = { 0 };

	if (nr != objects || nr > MM_OBJ_NIL)
		return false;
	for (uint32_t i = 0; i < nr; i++) {
		if (seq[i] >= nr || seen[seq[i] / 8] & 1u << seq[i] % 8)
			return false;
		seen[seq[i] / 8] |= (uint8_t)(1u << seq[i] % 8);
	}
	return true;
}

bool slab_seq_copy(struct slab_cache *c, const uint16_t *seq, uint32_t nr)
{
	uint16_t *copy = malloc(nr * sizeof(*copy));

	if (!copy)
		return false;
	memcpy(copy, seq, nr * sizeof(*copy));
	free(c->seq);
	c->seq = copy;
	c->nr_seq = nr;
	return true;
}

static void fresh(struct mm_object *o)
{
	o->op = MM_NO_OP;
	o->state = 0;
}

/* All objects of a new slab onto its own free list: by ascending address, or
 * along the cache's permutation from a random start, cyclically, leaving out
 * what a smaller (fallback) slab does not have (Linux 6.1 shuffle_freelist). */
void slab_link_objects(struct mm_machine *m, struct slab_cache *c, struct slub_slab *sl)
{
	const struct mm_config *cfg = &m->cfg;
	uint16_t *link = &sl->free;
	uint32_t pos;

	if (!c->seq || sl->objects < 2) {
		for (unsigned int i = 0; i < sl->objects; i++) {
			fresh(&sl->obj[i]);
			*link = (uint16_t)i;
			link = &sl->obj[i].next;
		}
		*link = MM_OBJ_NIL;
		return;
	}
	pos = cfg->shuffle ? cfg->shuffle(cfg->shuffle_arg, c->id, sl->pfn, c->seq, c->nr_seq) :
			     slab_rand(m->slab);
	pos %= c->nr_seq;
	for (uint32_t n = 0; n < c->nr_seq; n++) {
		uint16_t i = c->seq[pos];

		if (++pos == c->nr_seq)
			pos = 0;
		if (i >= sl->objects)
			continue;
		fresh(&sl->obj[i]);
		*link = i;
		link = &sl->obj[i].next;
	}
	*link = MM_OBJ_NIL;
}
