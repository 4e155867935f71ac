/* SPDX-License-Identifier: MIT
 *
 * check: proof that the slab layer is consistent.
 *
 * Every slab is met at exactly one place (cpu slab, per-CPU list, node list)
 * or is full; there its free lists are walked: every object is live or on
 * exactly one list, and the slab's counts say the same.  Lists are walked with
 * a bound, so that a damaged one ends the walk instead of the process.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/slab/internal.h"

struct check {
	const struct mm_machine *m;
	const struct slab *s;
	struct mm_error *err;
	uint8_t *met;		/* by slab: seen on a list */
	uint8_t *listed;	/* by object of the slab at hand */
};

/* The objects of a free list: how many, or -1 (message written). */
static int walk(struct check *k, const struct slub_slab *sl, unsigned int i, const char *which)
{
	int n = 0;

	for (; i != MM_OBJ_NIL; i = sl->obj[i].next, n++) {
		if (i >= sl->objects)
			return mm_fail(k->err, -1, "slab at pfn %#x of %s: %s free list names "
				       "object %u of %u", sl->pfn, sl->cache->name, which, i, sl->objects);
		if (k->listed[i])
			return mm_fail(k->err, -1, "slab at pfn %#x of %s: object %u is on a free "
				       "list twice", sl->pfn, sl->cache->name, i);
		if (sl->obj[i].state & MM_OBJ_LIVE)
			return mm_fail(k->err, -1, "slab at pfn %#x of %s: live object %u is on "
				       "the %s free list", sl->pfn, sl->cache->name, i, which);
		k->listed[i] = 1;
	}
	return n;
}

/* One slab, its cpu free list (or MM_OBJ_NIL) and whether it should be frozen. */
static int check_slab(struct check *k, uint32_t slab, unsigned int cpu_free, bool frozen)
{
	const struct slub_slab *sl = &k->s->slab[slab];
	uint32_t owner = PHYS_NOT_SLAB;
	int own, cpu, live = 0;

	for (unsigned int i = 0; i < sl->objects; i++)
		k->listed[i] = 0;
	own = walk(k, sl, sl->free, "own");
	cpu = own < 0 ? own : walk(k, sl, cpu_free, "cpu");
	if (cpu < 0)
		return -1;
	for (unsigned int i = 0; i < sl->objects; i++)
		live += sl->obj[i].state >> 15;
	if (live + own + cpu != sl->objects)
		return mm_fail(k->err, -1, "slab at pfn %#x of %s: %d live and %d free objects, "
			       "expected %u together", sl->pfn, sl->cache->name, live, own + cpu,
			       sl->objects);
	if (sl->inuse + own != sl->objects || sl->frozen != frozen)
		return mm_fail(k->err, -1, "slab at pfn %#x of %s: inuse %u, frozen %u, own free "
			       "list %d of %u, expected frozen %d", sl->pfn, sl->cache->name,
			       sl->inuse, sl->frozen, own, sl->objects, frozen);
	for (unsigned int i = 0; i < 1u << sl->order; i++) {
		if (sl->pfn + i < k->s->nr_pfn)
			owner = k->s->of_pfn[sl->pfn + i];
		if (owner != slab)
			return mm_fail(k->err, -1, "slab at pfn %#x of %s: frame %#x belongs to "
				       "slab %u, expected %u", sl->pfn, sl->cache->name,
				       sl->pfn + i, owner, slab);
	}
	if (!phys_is_foreign(k->m, sl->pfn) && phys_block_order(k->m, sl->pfn) != sl->order)
		return mm_fail(k->err, -1, "slab at pfn %#x of %s: a block of order %d, expected %u",
			       sl->pfn, sl->cache->name, phys_block_order(k->m, sl->pfn), sl->order);
	return live;
}

/* A slab that a list of cache c names. */
static int meet(struct check *k, const struct slab_cache *c, uint32_t slab, const char *list)
{
	if (slab >= k->s->nr_slab || k->s->slab[slab].cache != c)
		return mm_fail(k->err, -1, "cache %s: its %s list names slab %u of another cache",
			       c->name, list, slab);
	if (k->met[slab])
		return mm_fail(k->err, -1, "cache %s: slab at pfn %#x is in two places, the %s "
			       "list is one", c->name, k->s->slab[slab].pfn, list);
	k->met[slab] = 1;
	return 0;
}

static int check_cpu(struct check *k, const struct slab_cache *c, const struct mm_cpu_cache *pc)
{
	uint32_t left = 0;
	int live = 0, r;

	if (!pc->slab && pc->free != MM_OBJ_NIL)
		return mm_fail(k->err, -1, "cache %s: a cpu free list without a cpu slab", c->name);
	if (pc->slab) {
		if (meet(k, c, pc->slab, "cpu slab") < 0)
			return -1;
		live = check_slab(k, pc->slab, pc->free, true);
		if (live < 0)
			return -1;
	}
	for (uint32_t slab = pc->partial; slab; slab = k->s->slab[slab].next) {
		if (meet(k, c, slab, "per-CPU partial") < 0)
			return -1;
		if (left && k->s->slab[slab].slabs != left - 1)
			return mm_fail(k->err, -1, "cache %s: a per-CPU partial list's count is %u, "
				       "expected %u", c->name, k->s->slab[slab].slabs, left - 1);
		left = k->s->slab[slab].slabs;
		r = check_slab(k, slab, MM_OBJ_NIL, true);
		if (r < 0)
			return -1;
		live += r;
	}
	if (pc->partial && left != 1)
		return mm_fail(k->err, -1, "cache %s: a per-CPU partial list ends with count %u, "
			       "expected 1", c->name, left);
	return live;
}

static int check_cache(struct check *k, const struct slab_cache *c)
{
	uint64_t live = 0, waste = 0, counted_waste, counted = slab_live(k->m, c, &counted_waste);
	uint32_t n = 0, prev = 0;
	int r;

	for (unsigned int cpu = 0; cpu < k->m->cfg.cpus; cpu++) {
		r = check_cpu(k, c, &c->cpu[cpu]);
		if (r < 0)
			return -1;
		live += (uint64_t)r;
	}
	for (uint32_t slab = c->partial_head; slab; prev = slab, slab = k->s->slab[slab].next, n++) {
		if (meet(k, c, slab, "node partial") < 0)
			return -1;
		r = check_slab(k, slab, MM_OBJ_NIL, false);
		if (r < 0 || k->s->slab[slab].prev != prev)
			return r < 0 ? -1 : mm_fail(k->err, -1, "cache %s: the node partial list's "
						    "back links disagree", c->name);
		live += (uint64_t)r;
	}
	if (n != c->nr_partial || c->partial_tail != prev)
		return mm_fail(k->err, -1, "cache %s: %u slabs on the node partial list, counted %u",
			       c->name, n, c->nr_partial);
	/* The rest must be full. */
	n = 0;
	for (uint32_t slab = 1; slab < k->s->nr_slab; slab++) {
		const struct slub_slab *sl = &k->s->slab[slab];

		if (sl->cache != c)
			continue;
		n++;
		for (unsigned int i = 0; i < sl->objects; i++)
			waste += sl->obj[i].state & MM_OBJ_LIVE ? sl->obj[i].state & OBJ_WASTE : 0;
		if (k->met[slab])
			continue;
		r = check_slab(k, slab, MM_OBJ_NIL, false);
		if (r >= 0 && r != sl->objects)
			return mm_fail(k->err, -1, "cache %s: slab at pfn %#x is on no list with %d "
				       "of %u objects live", c->name, sl->pfn, r, sl->objects);
		if (r < 0)
			return -1;
		live += (uint64_t)r;
	}
	if (n != c->nr_slabs || live != counted || waste != counted_waste)
		return mm_fail(k->err, -1, "cache %s: %u slabs with %llu live objects that waste %llu "
			       "bytes, counted %u, %llu and %llu", c->name, n, (unsigned long long)live,
			       (unsigned long long)waste, c->nr_slabs, (unsigned long long)counted,
			       (unsigned long long)counted_waste);
	return 0;
}

/* Frames that say they hold a slab, and slabs, must be as many. */
static int check_frames(struct check *k)
{
	uint64_t frames = 0, pages = 0;

	for (uint32_t pfn = 0; pfn < k->s->nr_pfn; pfn++)
		frames += k->s->of_pfn[pfn] != PHYS_NOT_SLAB;
	for (uint32_t i = 0; i < k->s->nr_order; i++)
		pages += k->s->order[i]->pages;
	if (frames != pages)
		return mm_fail(k->err, -1, "%llu frames hold slabs, the caches count %llu",
			       (unsigned long long)frames, (unsigned long long)pages);
	return 0;
}

int slab_check(const struct mm_machine *m, struct mm_error *err)
{
	const struct slab *s = m->slab;
	struct check k = { .m = m, .s = s, .err = err };
	int r = 0;

	k.met = calloc(s->nr_slab, 1);
	k.listed = calloc(MM_OBJ_NIL, 1);
	if (!k.met || !k.listed) {
		free(k.met);
		free(k.listed);
		return mm_fail(err, -ENOMEM, "no host memory to check the slabs");
	}
	for (uint32_t i = 0; i < s->nr_order && r == 0; i++)
		r = check_cache(&k, s->order[i]);
	if (r == 0)
		r = check_frames(&k);
	free(k.met);
	free(k.listed);
	if (r < 0 && err)
		err->code = -EUCLEAN;
	return r < 0 ? -EUCLEAN : 0;
}
