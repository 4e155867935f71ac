/* SPDX-License-Identifier: MIT
 *
 * Types of pageblocks: pagetypeinfo tells how many there are of each, not
 * which.  What else is known: how many free blocks of each order are on each
 * type's lists (nearly always those of the pageblock's own type), and what the
 * pages in use are.
 *
 * Blocks that are free as a whole are told apart by their lists' counts alone:
 * the rarer types are put next to others of their kind.  For the rest the
 * assignment is sought that costs least: each free block more or less on a list
 * than pagetypeinfo counts costs, and so does each page that does not suit its
 * pageblock.  Pairs of pageblocks exchange their types (so the number of each
 * type always fits), first with the chance of a worse step that falls off
 * (simulated annealing, own random numbers: the same files give the same
 * answer), then only if better.  With some tens of pageblocks in question,
 * which is what a machine has, this finds the optimum.
 */
#include "replay/state/proc.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	TYPES = MM_MIGRATE_TYPES,
	COST_LIST = 256,	/* of a free block on no list, in the unit of a page's cost */
	COST_EDGE = 4096,	/* of another type where the zone begins inside a pageblock */
	MAX_STEPS = 2000000, STEPS_PER_UNIT = 4000, DESCENT_LIMIT = 1024,
};

/* Costs of a page in use that lies in a pageblock of type U, M, R, H, I.  Slab
 * and other kernel pages make a pageblock Unmovable or Reclaimable, the page
 * cache Movable; boot's reserved pages lie where memmap_init wrote Movable. */
static const struct { uint8_t flag; uint8_t cost[TYPES]; } suits[] = {
	{ PF_LRU, { 3, 0, 3, 3, 1 } },
	{ PF_SLAB, { 0, 3, 0, 1, 3 } },
	{ PF_TABLE, { 0, 2, 2, 1, 2 } },
	{ PF_RESERVED, { 1, 0, 1, 3, 3 } },
	{ PF_BLANK, { 0, 1, 1, 1, 1 } },
};

struct unit {
	uint32_t pb, nr_pb;		/* first pageblock; 2 when a free block spans two */
	bool whole;			/* one free block of a pageblock's order or more */
	bool counted;			/* in pagetypeinfo's number of pageblocks */
	uint8_t mt;
	uint16_t nr_free[MM_MAX_ORDER];
	uint32_t slab;
	int64_t cost[TYPES];
};

struct search {
	struct unit *u, **part;
	uint32_t nr, nr_part;
	int32_t off[MM_MAX_ORDER][TYPES];	/* blocks on the lists: assigned less counted */
	int64_t slab_off;			/* slab pages in Reclaimable: assigned less known */
	uint64_t rng;
};

static uint32_t draw(struct search *s, uint32_t n)
{
	s->rng ^= s->rng << 13;
	s->rng ^= s->rng >> 7;
	s->rng ^= s->rng << 17;
	return (uint32_t)((s->rng >> 32) * n >> 32);
}

/* ---- what the pageblocks hold ---- */

static void look_at(struct unit *u, const struct proc_frames *f, pfn_t from, pfn_t to, bool edge)
{
	for (pfn_t pfn = from; pfn < to; pfn++)
		for (size_t k = 0; k < sizeof(suits) / sizeof(suits[0]); k++) {
			if (!(f->f[pfn] & suits[k].flag))
				continue;
			u->slab += suits[k].flag == PF_SLAB;
			for (int mt = 0; mt < TYPES; mt++)
				u->cost[mt] += suits[k].cost[mt];
			break;
		}
	for (int mt = 0; mt < TYPES && edge; mt++)
		u->cost[mt] += mt == MM_UNMOVABLE ? 0 : COST_EDGE;
}

/* One unit a pageblock; two pageblocks under one free block are one unit. */
static int make_units(struct search *s, const struct proc *p, const struct mm_zone_state *z,
		      const struct proc_frames *f, const struct proc_text *t, const struct proc_free *free)
{
	uint32_t npb = 1u << t->pageblock_order, i = 0;
	pfn_t end = z->start + z->spanned;

	s->u = calloc(z->nr_pbmt, sizeof(*s->u));
	s->part = calloc(z->nr_pbmt, sizeof(*s->part));
	if (!s->u || !s->part)
		return mm_fail(p->err, -ENOMEM, "%s: no memory for %u pageblocks", p->dir, z->nr_pbmt);
	for (uint32_t pb = 0; pb < z->nr_pbmt; pb += s->u[s->nr++].nr_pb) {
		struct unit *u = &s->u[s->nr];
		pfn_t from = z->pb_start + pb * npb, to = from + npb;
		bool edge = from < z->start;

		u->pb = pb;
		u->nr_pb = 1;
		/* The kernel counts where start + k * npb lies. */
		u->counted = z->start + ((from > z->start ? from - z->start : 0) + npb - 1) / npb * npb < end;
		for (; i < free->nr && free->b[i].pfn < to; i++) {
			u->nr_free[free->b[i].order]++;
			if (free->b[i].order < t->pageblock_order)
				continue;
			u->whole = true;
			u->nr_pb = 1u << (free->b[i].order - t->pageblock_order);
		}
		look_at(u, f, edge ? z->start : from, to < end ? to : end, edge);
		if (!u->whole)
			s->part[s->nr_part++] = u;
	}
	return 0;
}

/* ---- the search over the pageblocks that are not free as a whole ---- */

static int64_t apart(int64_t a)
{
	return a < 0 ? -a : a;
}

/* Change of cost when u goes from its type to mt; applied. */
static int64_t retype(struct search *s, struct unit *u, unsigned int mt)
{
	unsigned int old = u->mt;
	int64_t d = u->cost[mt] - u->cost[old];

	if (mt == old)
		return 0;
	for (unsigned int o = 0; o < MM_MAX_ORDER; o++) {
		int32_t n = u->nr_free[o], *off = s->off[o];

		if (!n)
			continue;
		d += COST_LIST * (apart(off[old] - n) - apart(off[old]) + apart(off[mt] + n) - apart(off[mt]));
		off[old] -= n;
		off[mt] += n;
	}
	if (old == MM_RECLAIMABLE || mt == MM_RECLAIMABLE) {
		int64_t n = mt == MM_RECLAIMABLE ? u->slab : -(int64_t)u->slab;

		d += apart(s->slab_off + n) - apart(s->slab_off);
		s->slab_off += n;
	}
	u->mt = (uint8_t)mt;
	return d;
}

/* Exchange the types of two; undone unless the cost changes by less than limit. */
static int64_t exchange(struct search *s, struct unit *a, struct unit *b, int64_t limit)
{
	unsigned int ta = a->mt, tb = b->mt;
	int64_t d;

	if (a->counted != b->counted || ta == tb)
		return 0;
	d = retype(s, a, tb) + retype(s, b, ta);
	if (d < limit)
		return d;
	retype(s, a, ta);
	retype(s, b, tb);
	return 0;
}

/* The uncounted pageblock may have any type. */
static int64_t change(struct search *s, struct unit *u, unsigned int mt, int64_t limit)
{
	unsigned int old = u->mt;
	int64_t d;

	if (u->counted)
		return 0;
	d = retype(s, u, mt);
	if (d < limit)
		return d;
	retype(s, u, old);
	return 0;
}

static void anneal(struct search *s)
{
	uint32_t n = s->nr_part, steps = n < MAX_STEPS / STEPS_PER_UNIT ? n * STEPS_PER_UNIT : MAX_STEPS;
	double heat = 8 * COST_LIST, cool = pow(1.0 / heat, 1.0 / (steps + 1));

	for (uint32_t i = 0; i < steps; i++, heat *= cool) {
		struct unit *a = s->part[draw(s, n)], *b = s->part[draw(s, n)];
		/* Accept d with probability exp(-d / heat): d below -heat * ln(u). */
		int64_t limit = (int64_t)(-heat * log((draw(s, 1u << 24) + 1.0) / (1 << 24)));

		if (a->counted)
			exchange(s, a, b, limit + 1);
		else
			change(s, a, draw(s, MM_PCP_TYPES), limit + 1);
	}
}

static void descend(struct search *s)
{
	bool better = s->nr_part <= DESCENT_LIMIT;

	while (better) {
		better = false;
		for (uint32_t i = 0; i < s->nr_part; i++) {
			for (uint32_t k = i + 1; k < s->nr_part; k++)
				better |= exchange(s, s->part[i], s->part[k], 0) < 0;
			for (unsigned int mt = 0; mt < MM_PCP_TYPES; mt++)
				better |= change(s, s->part[i], mt, 0) < 0;
		}
	}
}

/* Types in the numbers that there are, cheapest first for each pageblock. */
static void first_types(struct search *s, uint32_t left[TYPES])
{
	for (uint32_t i = 0; i < s->nr_part; i++) {
		struct unit *u = s->part[i];
		int best = -1;

		for (int mt = 0; mt < TYPES; mt++)
			if ((left[mt] || (!u->counted && mt < MM_PCP_TYPES)) &&
			    (best < 0 || u->cost[mt] < u->cost[best]))
				best = mt;
		u->mt = (uint8_t)best;
		if (u->counted)
			left[best]--;
		for (unsigned int o = 0; o < MM_MAX_ORDER; o++)
			s->off[o][best] += u->nr_free[o];
		s->slab_off += best == MM_RECLAIMABLE ? u->slab : 0;
	}
}

/* ---- the pageblocks that are free as a whole ---- */

/* Distance of each unit to the nearest that has this type. */
static void distances(const struct search *s, unsigned int mt, uint32_t *dist)
{
	uint32_t far = s->nr;

	for (uint32_t i = 0; i < s->nr; i++)
		dist[i] = far = !s->u[i].whole && s->u[i].mt == mt ? 0 : far + (far < s->nr);
	for (uint32_t i = s->nr; i-- > 0;) {
		far = !dist[i] ? 0 : far + (far < s->nr);
		if (far < dist[i])
			dist[i] = far;
	}
}

/* n of the free units of this order that have no type yet; from_top: the ones
 * at the zone's end first, where HighMem is used first. */
static void nearest_whole(struct search *s, unsigned int order, unsigned int mt, uint32_t n,
			  const uint32_t *dist, bool from_top)
{
	for (uint32_t d = 0; n && d <= s->nr; d++)
		for (uint32_t i = 0; n && i < s->nr; i++) {
			struct unit *u = &s->u[from_top ? s->nr - 1 - i : i];

			if (!u->whole || !u->nr_free[order] || u->mt != TYPES || dist[u - s->u] != d)
				continue;
			u->mt = (uint8_t)mt;
			n--;
		}
}

static int whole_types(struct search *s, const struct proc *p, int id, const struct proc_counts *c,
		       unsigned int pageblock_order)
{
	static const uint8_t rare_first[TYPES] = {
		MM_ISOLATE, MM_HIGHATOMIC, MM_RECLAIMABLE, MM_UNMOVABLE, MM_MOVABLE
	};
	uint32_t *dist = calloc(s->nr, sizeof(*dist));

	if (!dist)
		return mm_fail(p->err, -ENOMEM, "%s: no memory for %u pageblocks", p->dir, s->nr);
	for (int k = 0; k < TYPES; k++) {
		unsigned int mt = rare_first[k];

		distances(s, mt, dist);
		for (unsigned int o = pageblock_order; o < MM_MAX_ORDER; o++)
			nearest_whole(s, o, mt, c->typed[o][mt], dist, id == MM_ZONE_HIGHMEM);
	}
	free(dist);
	for (uint32_t i = 0; i < s->nr; i++)	/* only where the counts disagree */
		if (s->u[i].mt == TYPES)
			s->u[i].mt = MM_MOVABLE;
	return 0;
}

/* ---- one zone ---- */

/* How many of each type are left for the pageblocks not free as a whole. */
static int count_left(const struct search *s, const struct proc *p, int id, const struct proc_text *t,
		      uint32_t left[TYPES])
{
	const struct proc_counts *c = &t->zone[id];
	uint32_t units = 0, sum = 0;

	for (uint32_t i = 0; i < s->nr; i++)
		units += s->u[i].counted ? s->u[i].nr_pb : 0;
	for (int mt = 0; mt < TYPES; mt++) {
		uint32_t whole = 0;

		sum += c->pageblocks[mt];
		for (unsigned int o = t->pageblock_order; o < MM_MAX_ORDER; o++)
			whole += c->typed[o][mt] << (o - t->pageblock_order);
		left[mt] = c->pageblocks[mt] > whole ? c->pageblocks[mt] - whole : 0;
	}
	if (sum != units)
		return mm_fail(p->err, -EINVAL, "%s: pagetypeinfo counts %u pageblocks in zone %s, its bounds "
			       "in zoneinfo make %u", p->dir, sum, proc_zone_name(id), units);
	/* Where a whole free pageblock is on another type's list, or uncounted:
	 * the difference goes to the most usual type. */
	units = sum = 0;
	for (uint32_t i = 0; i < s->nr_part; i++)
		units += s->part[i]->counted;
	for (int mt = 0; mt < TYPES; mt++)
		sum += left[mt];
	if (sum < units)
		left[MM_MOVABLE] += units - sum;
	return 0;
}

static int say(const struct proc *p, int id, const struct search *s, const struct proc_counts *c,
	       uint32_t nr_pb)
{
	uint32_t sum = 0;

	for (int mt = 0; mt < TYPES; mt++)
		sum += c->pageblocks[mt] != 0;
	if (sum < 2)
		return 0;
	return proc_assume(p, "Zone %s: %u of %u pageblocks are partly in use; which of them are the %u "
			   "Unmovable, %u Movable, %u Reclaimable ones was inferred from their pages and "
			   "free blocks.", proc_zone_name(id), s->nr_part, nr_pb, c->pageblocks[MM_UNMOVABLE],
			   c->pageblocks[MM_MOVABLE], c->pageblocks[MM_RECLAIMABLE]);
}

static int infer(struct search *s, const struct proc *p, int id, const struct proc_frames *f,
		 const struct proc_text *t, const struct proc_free *free)
{
	const struct proc_counts *c = &t->zone[id];
	struct mm_zone_state *z = &p->s->zone[id];
	uint32_t left[TYPES];
	int ret = make_units(s, p, z, f, t, free);

	if (!ret)
		ret = count_left(s, p, id, t, left);
	if (ret)
		return ret;
	for (uint32_t i = 0; i < s->nr; i++)
		s->u[i].mt = TYPES;
	for (unsigned int o = 0; o < t->pageblock_order; o++)
		for (int mt = 0; mt < TYPES; mt++)
			s->off[o][mt] = -(int32_t)c->typed[o][mt];
	s->slab_off = id == MM_ZONE_NORMAL ? -(int64_t)t->slab_reclaimable : 0;
	first_types(s, left);
	if (s->nr_part > 1)
		anneal(s);
	descend(s);
	ret = whole_types(s, p, id, c, t->pageblock_order);
	for (uint32_t i = 0; i < s->nr && !ret; i++)
		memset(z->pbmt + s->u[i].pb, s->u[i].mt, s->u[i].nr_pb);
	return ret ? ret : say(p, id, s, c, z->nr_pbmt);
}

int proc_pbmt_infer(const struct proc *p, int id, const struct proc_frames *f,
		    const struct proc_text *t, const struct proc_free *free_blocks)
{
	struct search s = { .rng = 0x9e3779b97f4a7c15ull };
	struct mm_zone_state *z = &p->s->zone[id];
	uint32_t npb = 1u << t->pageblock_order;
	int ret;

	z->pb_start = z->start & ~(npb - 1);
	z->nr_pbmt = (z->start + z->spanned - z->pb_start + npb - 1) / npb;
	z->nr_highatomic = t->zone[id].pageblocks[MM_HIGHATOMIC] * npb;
	/* A unit of two pageblocks may reach one further than the zone. */
	z->pbmt = calloc((size_t)z->nr_pbmt + 1, 1);
	if (!z->pbmt)
		return mm_fail(p->err, -ENOMEM, "%s: no memory for %u pageblocks", p->dir, z->nr_pbmt);
	ret = infer(&s, p, id, f, t, free_blocks);
	free(s.u);
	free(s.part);
	return ret;
}
