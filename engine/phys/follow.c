/* SPDX-License-Identifier: MIT
 *
 * follow: the page allocator's steps one at a time, and corrections between
 * them, for verification against a recording (mm_follow.h).
 *
 * The acts are the functions of buddy.c, pcp.c, steal.c and page_alloc.c that
 * requests run through; here they are only reached one by one.  Corrections
 * search per-CPU lists from end to end, which is slow and rare.
 */
#include "engine/mm_follow.h"
#include "engine/phys/zone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct mm_machine *mm_follow_boot(const struct mm_config *c, struct mm_error *err)
{
	struct mm_machine *m = machine_new(c, err);

	if (m && phys_create(m, err)) {
		mm_machine_destroy(m);
		return NULL;
	}
	return m;
}

void mm_follow_boot_step(struct mm_machine *m, unsigned int step)
{
	if (step > 1) {
		setup_watermarks(m);
		setup_stat_thresholds(m);
		setup_lowmem_reserve(m);
	}
	setup_pcp(m);
}

struct mm_machine *mm_follow_load(const struct mm_config *c, const struct mm_state *s,
				  struct mm_error *err)
{
	struct mm_machine *m = machine_new(c, err);

	if (!m)
		return NULL;
	if (phys_load(m, s, err)) {
		mm_machine_destroy(m);
		return NULL;
	}
	return m;
}

/* ---- where a page is ---- */

static bool on_pcp_list(const struct mm_machine *m, pfn_t pfn, struct mm_follow_place *place)
{
	const struct zone *z = zone_of(m->phys, pfn);

	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++)
		for (unsigned int i = 0; i < MM_NR_PCP_LISTS; i++) {
			const struct pcp_ring *r = &z->pcp[cpu].list[i];
			unsigned int order = pcp_index_order(m, i);

			for (uint32_t k = 0; k < ring_nr(r); k++) {
				uint32_t e = *ring_at(r, k);

				if ((pfn & ~((1u << order) - 1)) != (e & PCP_PFN_MASK))
					continue;
				*place = (struct mm_follow_place){
					MM_IN_PCP, e & PCP_PFN_MASK, (uint8_t)order,
					(uint8_t)(i < 12 ? i % 3 : i == 13), (uint8_t)cpu };
				return true;
			}
		}
	return false;
}

void mm_follow_find(const struct mm_machine *m, pfn_t pfn, struct mm_follow_place *place)
{
	const struct phys *p = m->phys;

	memset(place, 0, sizeof(*place));
	place->head = pfn;
	for (unsigned int o = 0; o < MM_MAX_ORDER; o++) {
		pfn_t head = pfn & ~((1u << o) - 1);
		unsigned int st = p->pstate[head];

		if ((st & PS_KIND) == PS_BUDDY && (st & PS_ORDER) >= o) {
			*place = (struct mm_follow_place){ MM_IN_BUDDY, head,
				(uint8_t)(st & PS_ORDER), (uint8_t)buddy_list_type(p, head), 0 };
			return;
		}
		if ((st & PS_KIND) == PS_PCP && (st & PS_ORDER) >= o) {
			on_pcp_list(m, pfn, place);
			return;
		}
	}
}

bool mm_follow_is_free(const struct mm_machine *m, pfn_t pfn, unsigned int order)
{
	struct mm_follow_place place;

	for (pfn_t at = pfn; at < pfn + (1u << order); at = place.head + (1u << place.order)) {
		mm_follow_find(m, at, &place);
		if (place.where == MM_IN_USE)
			return false;
	}
	return true;
}

int mm_follow_zone(const struct mm_machine *m, pfn_t pfn)
{
	const struct zone *z;

	if (pfn >= m->phys->nr_frames)
		return -1;
	z = zone_of(m->phys, pfn);
	return pfn >= z->start && pfn < z->end ? (int)z->id : -1;
}

unsigned int mm_follow_pageblock(const struct mm_machine *m, pfn_t pfn)
{
	return pageblock_type(m, zone_of(m->phys, pfn), pfn);
}

bool mm_follow_pcp_order(const struct mm_machine *m, unsigned int order)
{
	return pcp_order(m, order);
}

/* ---- blocks from the free lists ---- */

pfn_t mm_follow_next_block(const struct mm_machine *m, int zone, unsigned int order,
			   unsigned int type)
{
	const struct zone *z = &m->phys->zone[zone];
	uint32_t fit = z->nonempty[type] >> order;

	return fit ? z->area[order + (unsigned int)__builtin_ctz(fit)].list[type].first : MM_NO_PFN;
}

pfn_t mm_follow_take_block(struct mm_machine *m, int zone, unsigned int cpu, unsigned int order,
			   unsigned int type)
{
	struct zone *z = &m->phys->zone[zone];
	pfn_t pfn = buddy_take(m, z, order, type);

	if (pfn == MM_NO_PFN)
		return pfn;
	zone_mod_free(m, z, cpu, -(1 << order));
	memset(m->phys->pstate + pfn, PS_TAIL, 1u << order);
	m->phys->pstate[pfn] = (uint8_t)(PS_ALLOC | order);
	return pfn;
}

bool mm_follow_next_steal(const struct mm_machine *m, int zone, unsigned int order,
			  unsigned int type, struct mm_follow_steal *out)
{
	struct steal s;

	if (!steal_choose(m, &m->phys->zone[zone], order, type, &s))
		return false;
	*out = (struct mm_follow_steal){ s.pfn, (uint8_t)s.order, (uint8_t)s.from };
	return true;
}

bool mm_follow_steal(struct mm_machine *m, int zone, pfn_t pfn, unsigned int block_order,
		     unsigned int type, gfp_t gfp)
{
	struct zone *z = &m->phys->zone[zone];
	unsigned int pbo = m->layout.pageblock_order;

	steal_block(m, z, pfn, block_order, type,
		    gfp & MM_GFP_KSWAPD_RECLAIM ? AF_KSWAPD : 0,
		    block_order >= pbo / 2 || type != MM_MOVABLE || m->phys->mobility_off);
	return pageblock_type(m, z, pfn) == type;
}

/* ---- per-CPU lists ---- */

uint32_t mm_follow_refill(const struct mm_machine *m, int zone, unsigned int cpu, unsigned int order)
{
	return pcp_refill_size(&m->phys->zone[zone].pcp[cpu], order);
}

pfn_t mm_follow_next_page(const struct mm_machine *m, int zone, unsigned int cpu,
			  unsigned int order, unsigned int type)
{
	const struct pcp_ring *r = &m->phys->zone[zone].pcp[cpu].list[pcp_index(order, type)];

	return ring_nr(r) ? *ring_at(r, 0) & PCP_PFN_MASK : MM_NO_PFN;
}

void mm_follow_append(struct mm_machine *m, int zone, unsigned int cpu, unsigned int order,
		      unsigned int type, pfn_t pfn)
{
	struct pcp *pcp = &m->phys->zone[zone].pcp[cpu];

	if (!pcp_push_tail(pcp, pcp_index(order, type), pfn | type << PCP_MT_SHIFT))
		return;
	m->phys->pstate[pfn] = (uint8_t)(PS_PCP | order);
	pcp->count += 1u << order;
}

pfn_t mm_follow_take_page(struct mm_machine *m, int zone, unsigned int cpu, unsigned int order,
			  unsigned int type, bool bulk)
{
	struct zone *z = &m->phys->zone[zone];

	return bulk ? pcp_take(m, z, cpu, order, type, 0) : pcp_alloc(m, z, cpu, order, type, 0);
}

static struct pcp_walk walk_of(const struct mm_follow_drain *d)
{
	return (struct pcp_walk){ d->left, d->lo, d->hi, d->at, d->inside, 0 };
}

static void walk_to(struct mm_follow_drain *d, const struct pcp_walk *w)
{
	*d = (struct mm_follow_drain){ w->left, w->lo, w->hi, w->at, w->inside };
}

void mm_follow_drain_begin(const struct mm_machine *m, int zone, unsigned int cpu, int32_t count,
			   unsigned int index, struct mm_follow_drain *d)
{
	struct pcp_walk w;

	pcp_walk_begin(&m->phys->zone[zone].pcp[cpu], &w, count, index);
	walk_to(d, &w);
}

void mm_follow_free_page(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn,
			 unsigned int order, struct mm_follow_drain *d)
{
	struct zone *z = zone_of(m->phys, pfn);
	unsigned int index;
	int32_t count;

	phys_take_back(m, who, pfn, order);
	count = pcp_put(m, z, who->cpu, pfn, order, &index);
	d->left = 0;
	if (count > 0)
		mm_follow_drain_begin(m, (int)z->id, who->cpu, count, index, d);
}

pfn_t mm_follow_next_drained(const struct mm_machine *m, int zone, unsigned int cpu,
			     struct mm_follow_drain *d, unsigned int *order, unsigned int *type)
{
	const struct pcp *pcp = &m->phys->zone[zone].pcp[cpu];
	struct pcp_walk w = walk_of(d);
	const struct pcp_ring *r;
	unsigned int list;
	uint32_t e, any = 0;

	for (list = 0; list < MM_NR_PCP_LISTS; list++)
		any += ring_nr(&pcp->list[list]);
	if (w.left <= 0 || !any)
		return MM_NO_PFN;
	list = pcp_walk_list(pcp, &w);
	walk_to(d, &w);
	r = &pcp->list[list];
	e = *ring_at(r, ring_nr(r) - 1);
	*order = pcp_index_order(m, list);
	*type = e >> PCP_MT_SHIFT;
	return e & PCP_PFN_MASK;
}

void mm_follow_take_drained(struct mm_machine *m, int zone, unsigned int cpu,
			    struct mm_follow_drain *d)
{
	struct pcp *pcp = &m->phys->zone[zone].pcp[cpu];
	unsigned int order = pcp_index_order(m, (unsigned int)d->at);

	pcp_pop_tail(pcp, (unsigned int)d->at);
	pcp->count -= 1u << order;
	d->left -= 1 << order;
}

/* ---- to and from users ---- */

int mm_follow_choose_zone(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			  unsigned int order)
{
	return phys_choose_zone(m, who, gfp, order);
}

void mm_follow_hand_out(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			unsigned int order, pfn_t pfn)
{
	memset(m->phys->pstate + pfn, PS_TAIL, 1u << order);
	phys_hand_out(m, who, gfp, order, pfn);
}

pfn_t mm_follow_free_block(struct mm_machine *m, unsigned int cpu, pfn_t pfn, unsigned int order,
			   unsigned int type, bool to_tail, unsigned int *merged)
{
	struct mm_follow_place place;

	memset(m->phys->pstate + pfn, PS_TAIL, 1u << order);
	buddy_free(m, zone_of(m->phys, pfn), cpu, pfn, order, type, to_tail);
	mm_follow_find(m, pfn, &place);
	*merged = place.order;
	return place.head;
}

void mm_follow_free(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, unsigned int order)
{
	phys_free(m, who, pfn, order);
}

unsigned int mm_follow_bulk(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			    unsigned int n, pfn_t *pfn)
{
	return phys_alloc_bulk(m, who, gfp, n, pfn);
}

/* ---- corrections ---- */

/* The part [pfn, pfn + 2^order) of a larger free block leaves it; each half
 * that is not needed goes to the head of its list. */
static void split_out(struct mm_machine *m, const struct mm_follow_place *b, pfn_t pfn,
		      unsigned int order)
{
	struct phys *p = m->phys;
	struct zone *z = zone_of(p, pfn);
	pfn_t head = b->head;

	buddy_list_del(p, z, head, b->order, b->type);
	for (unsigned int o = b->order; o-- > order;) {
		pfn_t upper = head + (1u << o);

		buddy_list_add(p, z, pfn >= upper ? head : upper, o, b->type, false);
		if (pfn >= upper)
			head = upper;
	}
}

bool mm_follow_extract(struct mm_machine *m, pfn_t pfn, unsigned int order)
{
	struct phys *p = m->phys;
	pfn_t at = pfn, end = pfn + (1u << order);
	bool all_free = true;

	while (at < end) {
		struct zone *z = zone_of(p, at);
		struct mm_follow_place b;
		uint32_t entry;

		mm_follow_find(m, at, &b);
		switch (b.where) {
		case MM_IN_BUDDY:
			zone_mod_free(m, z, 0, -(1 << (b.order > order ? order : b.order)));
			split_out(m, &b, at, b.order > order ? order : b.order);
			break;
		case MM_IN_PCP:
			pcp_remove(&z->pcp[b.cpu], pcp_index(b.order, b.type), b.head, &entry);
			z->pcp[b.cpu].count -= 1u << b.order;
			break;
		default:
			all_free = false;
			b.head = at;
			b.order = 0;
		}
		at = b.order > order ? end : b.head + (1u << b.order);
	}
	memset(p->pstate + pfn, PS_TAIL, 1u << order);
	p->pstate[pfn] = (uint8_t)(PS_ALLOC | order);
	return all_free;
}

void mm_follow_rotate(struct mm_machine *m, int zone, unsigned int cpu, unsigned int order,
		      unsigned int type)
{
	struct pcp *pcp = &m->phys->zone[zone].pcp[cpu];
	unsigned int index = pcp_index(order, type);

	pcp_push_tail(pcp, index, pcp_pop_head(pcp, index));
}

void mm_follow_move_block(struct mm_machine *m, pfn_t pfn, unsigned int type, bool tail)
{
	struct phys *p = m->phys;
	struct zone *z = zone_of(p, pfn);
	unsigned int order = p->pstate[pfn] & PS_ORDER;

	buddy_list_del(p, z, pfn, order, buddy_list_type(p, pfn));
	buddy_list_add(p, z, pfn, order, type, tail);
}

void mm_follow_set_pageblock(struct mm_machine *m, pfn_t pfn, unsigned int type)
{
	set_pageblock_type(m, zone_of(m->phys, pfn), pfn, type);
}

void mm_follow_reserve(struct mm_machine *m, pfn_t pfn)
{
	reserve_highatomic(m, zone_of(m->phys, pfn), pfn);
}

void mm_follow_unreserve(struct mm_machine *m, pfn_t pfn, unsigned int type)
{
	struct zone *z = zone_of(m->phys, pfn);
	uint32_t nr = 1u << m->layout.pageblock_order;

	z->nr_highatomic -= z->nr_highatomic < nr ? z->nr_highatomic : nr;
	zone_set_need(z);
	set_pageblock_type(m, z, pfn, type);
	move_freepages_block(m, z, pfn, type, NULL);
}

void mm_follow_set_pcp(struct mm_machine *m, int zone, unsigned int cpu, uint32_t count,
		       uint32_t free_factor)
{
	m->phys->zone[zone].pcp[cpu].count = count;
	m->phys->zone[zone].pcp[cpu].free_factor = free_factor;
}

void mm_follow_counter_fold(struct mm_machine *m)
{
	phys_fold_counters(m);
}

bool mm_follow_boost_reset(struct mm_machine *m)
{
	bool any = false;

	for (int i = 0; i < MM_NR_ZONES; i++) {
		any |= m->phys->zone[i].boost != 0;
		m->phys->zone[i].boost = 0;
		zone_set_need(&m->phys->zone[i]);
	}
	return any;
}

void mm_follow_kswapd(struct mm_machine *m, bool active)
{
	for (int i = 0; i < MM_NR_ZONES; i++)
		m->phys->zone[i].reclaim_active = active;
}
