/* SPDX-License-Identifier: MIT
 *
 * steal: taking free memory of another migratetype.
 *
 * When no list of the wanted type fits, the fallback types' lists are searched,
 * the largest block first (for Movable that could not own the pageblock: the
 * smallest), and what is found, with the other free blocks of its pageblock if
 * the type may have them, moves to the tail of the wanted type's lists.  The
 * caller then tries its lists again.  (Linux 6.1 mm/page_alloc.c
 * __rmqueue_fallback, find_suitable_fallback, steal_suitable_fallback,
 * move_freepages_block, boost_watermark, reserve_highatomic_pageblock.)
 */
#include "engine/phys/zone.h"

static const uint8_t fallback_types[MM_PCP_TYPES][2] = {
	[MM_UNMOVABLE] = { MM_RECLAIMABLE, MM_MOVABLE },
	[MM_MOVABLE] = { MM_RECLAIMABLE, MM_UNMOVABLE },
	[MM_RECLAIMABLE] = { MM_UNMOVABLE, MM_MOVABLE },
};

static bool can_steal(const struct mm_machine *m, unsigned int order, unsigned int start)
{
	unsigned int pbo = m->layout.pageblock_order;

	return order >= pbo || order >= pbo / 2 || start != MM_MOVABLE || m->phys->mobility_off;
}

/* The first fallback type with a block of exactly this order, or -1. */
static int find_fallback(const struct zone *z, unsigned int order, unsigned int start)
{
	for (int i = 0; i < 2; i++)
		if (z->nonempty[fallback_types[start][i]] & (1u << order))
			return fallback_types[start][i];
	return -1;
}

static void move_to_tail(struct phys *p, struct zone *z, pfn_t pfn, unsigned int order, unsigned int mt)
{
	buddy_list_del(p, z, pfn, order, buddy_list_type(p, pfn));
	buddy_list_add(p, z, pfn, order, mt, true);
}

/* Every free block in pfn's pageblock to the tail of mt's lists; pages moved.
 * *movable: pages in use that are on an LRU. */
uint32_t move_freepages_block(struct mm_machine *m, struct zone *z, pfn_t pfn, unsigned int mt,
			      uint32_t *movable)
{
	struct phys *p = m->phys;
	uint32_t nr = 1u << m->layout.pageblock_order, moved = 0, frames = 0, blocks = 0;
	pfn_t start = pfn & ~(nr - 1), end = start + nr;

	if (movable)
		*movable = 0;
	if (start < z->start)
		start = pfn;
	if (end > z->end)
		return 0;
	for (pfn = start; pfn < end;) {
		unsigned int st = p->pstate[pfn];

		if ((st & PS_KIND) != PS_BUDDY) {
			if (movable && (st & PS_LRU))
				(*movable)++;
			pfn++;
			frames++;
			continue;
		}
		blocks++;
		move_to_tail(p, z, pfn, st & PS_ORDER, mt);
		pfn += 1u << (st & PS_ORDER);
		moved += 1u << (st & PS_ORDER);
	}
	machine_step(m, MM_STEP_MOVE_FRAMES, frames);
	machine_step(m, MM_STEP_MOVE_BLOCKS, blocks);
	return moved;
}

/* A fragmenting steal raises the watermarks for a while, so that kswapd frees
 * whole pageblocks.  Zones of less than four pageblocks are left alone. */
static bool boost_watermark(const struct mm_machine *m, struct zone *z)
{
	uint32_t nr = 1u << m->layout.pageblock_order;
	uint64_t max;

	if (!m->cfg.watermark_boost_factor || nr * 4 > z->managed)
		return false;
	max = (uint64_t)z->wmark[MM_WMARK_HIGH] * m->cfg.watermark_boost_factor / 10000;
	if (!max)
		return false;
	if (max < nr)
		max = nr;
	z->boost = (uint32_t)(z->boost + nr < max ? z->boost + nr : max);
	zone_set_need(z);
	return true;
}

void steal_block(struct mm_machine *m, struct zone *z, pfn_t pfn, unsigned int order,
		 unsigned int start, unsigned int flags, bool whole)
{
	unsigned int pbo = m->layout.pageblock_order;
	unsigned int old = pageblock_type(m, z, pfn);
	uint32_t nr = 1u << pbo, moved = 0, movable, alike = 0;

	if (old == MM_HIGHATOMIC)
		goto single;
	if (order >= pbo) {
		for (uint32_t i = 0; i < 1u << (order - pbo); i++)
			set_pageblock_type(m, z, pfn + i * nr, start);
		m->ev[MM_EV_STEAL_CLAIM]++;
		machine_step(m, MM_STEP_STEAL_CLAIM, 1);
		goto single;
	}
	if (boost_watermark(m, z) && (flags & AF_KSWAPD)) {
		z->boosted = true;
		zone_set_need(z);
	}
	if (!whole)
		goto single;
	moved = move_freepages_block(m, z, pfn, start, &movable);
	if (!moved)
		goto single;
	if (start == MM_MOVABLE)
		alike = movable;
	else if (old == MM_MOVABLE)
		alike = nr - (moved + movable);
	if (moved + alike >= nr / 2 || m->phys->mobility_off) {
		set_pageblock_type(m, z, pfn, start);
		m->ev[MM_EV_STEAL_CLAIM]++;
		machine_step(m, MM_STEP_STEAL_CLAIM, 1);
	}
	return;
single:
	move_to_tail(m->phys, z, pfn, order, start);
}

bool steal_choose(const struct mm_machine *m, const struct zone *z, unsigned int order,
		  unsigned int mt, struct steal *s)
{
	unsigned int orders = 0;
	int c, f = -1;

	for (c = MM_MAX_ORDER - 1; c >= (int)order; c--) {
		orders++;
		f = find_fallback(z, (unsigned int)c, mt);
		if (f >= 0)
			break;
	}
	if (f < 0)
		return false;
	if (!can_steal(m, (unsigned int)c, mt) && mt == MM_MOVABLE && c > (int)order) {
		for (c = (int)order; c < MM_MAX_ORDER; c++) {
			orders++;
			f = find_fallback(z, (unsigned int)c, mt);
			if (f >= 0)
				break;
		}
	}
	s->pfn = z->area[c].list[f].first;
	s->order = (unsigned int)c;
	s->from = (unsigned int)f;
	s->whole = can_steal(m, (unsigned int)c, mt);
	s->orders = orders;
	return true;
}

/* __rmqueue_fallback and the retry: a block of the order after stealing, or
 * MM_NO_PFN when no fallback list fits. */
pfn_t rmqueue_steal(struct mm_machine *m, struct zone *z, unsigned int order, unsigned int mt,
		    unsigned int flags)
{
	struct steal s;

	if (!steal_choose(m, z, order, mt, &s))
		return MM_NO_PFN;
	m->ev[MM_EV_STEAL]++;
	machine_step(m, MM_STEP_STEAL, 1);
	machine_step(m, MM_STEP_STEAL_ORDERS, s.orders);
	machine_saw(m, MM_SEEN_STOLEN, s.pfn, s.order, s.from, order, mt);
	steal_block(m, z, s.pfn, s.order, mt, flags, s.whole);
	return buddy_take(m, z, order, mt);
}

/* After a high-order atomic allocation: keep its pageblock for such requests,
 * up to one percent of the zone. */
void reserve_highatomic(struct mm_machine *m, struct zone *z, pfn_t pfn)
{
	uint32_t nr = 1u << m->layout.pageblock_order;

	if (z->nr_highatomic >= z->managed / 100 + nr)
		return;
	if (pageblock_type(m, z, pfn) >= MM_PCP_TYPES)
		return;
	z->nr_highatomic += nr;
	zone_set_need(z);
	set_pageblock_type(m, z, pfn, MM_HIGHATOMIC);
	move_freepages_block(m, z, pfn, MM_HIGHATOMIC, NULL);
	machine_step(m, MM_STEP_HIGHATOMIC_RESERVE, 1);
	m->ev[MM_EV_HIGHATOMIC_RESERVE]++;
}
