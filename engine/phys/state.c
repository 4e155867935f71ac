/* SPDX-License-Identifier: MIT
 *
 * state: the page allocator's exact state, taken from a snapshot and read back.
 *
 * Loading fills zones, free lists and per-CPU lists in their order; every other
 * frame of a zone is foreign: in use by somebody before the first operation,
 * of unknown order.  Frames on two lists are refused.
 */
#include "engine/mm_state.h"
#include "engine/phys/zone.h"
#include "engine/virt/virt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int bad_pfn(const struct zone *z, pfn_t pfn, unsigned int order, const char *list,
		   struct mm_error *err)
{
	return mm_fail(err, -EINVAL, "state: zone %d, %s list of order %u: block 0x%x is outside the zone, "
		       "not aligned, or on another list already", (int)z->id, list, order, pfn);
}

/* The whole block must be unclaimed; it becomes a head and its tails. */
static bool claim(struct phys *p, const struct zone *z, pfn_t pfn, unsigned int order, unsigned int kind)
{
	uint32_t nr = 1u << order;

	if (pfn < z->start || pfn >= z->end || z->end - pfn < nr || (pfn & (nr - 1)))
		return false;
	for (uint32_t i = 0; i < nr; i++)
		if (p->pstate[pfn + i] != PS_FOREIGN)
			return false;
	memset(p->pstate + pfn, PS_TAIL, nr);
	p->pstate[pfn] = (uint8_t)(kind | order);
	return true;
}

static int load_free(struct phys *p, struct zone *z, const struct mm_zone_state *s, struct mm_error *err)
{
	for (unsigned int o = 0; o < MM_MAX_ORDER; o++)
		for (unsigned int mt = 0; mt < MM_MIGRATE_TYPES; mt++)
			for (uint32_t i = 0; i < s->free[o][mt].nr; i++) {
				pfn_t pfn = s->free[o][mt].pfn[i];

				if (!claim(p, z, pfn, o, PS_BUDDY))
					return bad_pfn(z, pfn, o, "free", err);
				buddy_list_add(p, z, pfn, o, mt, true);
			}
	return 0;
}

/* A page that was freed into its list will be filed under its pageblock's
 * type; the list it is on can differ only for HighAtomic. */
static int load_pcp(struct mm_machine *m, struct zone *z, const struct mm_zone_state *s,
		    struct mm_error *err)
{
	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
		const struct mm_pcp_state *ps = &s->pcp[cpu];
		struct pcp *pcp = &z->pcp[cpu];

		pcp->count = ps->count;
		pcp->high = ps->high;
		pcp->batch = ps->batch;
		pcp->free_factor = ps->free_factor;
		for (unsigned int i = 0; i < MM_NR_PCP_LISTS; i++) {
			unsigned int order = pcp_index_order(m, i);
			unsigned int list_mt = i < 12 ? i % 3 : i == 13 ? MM_MOVABLE : MM_UNMOVABLE;

			for (uint32_t k = 0; k < ps->list[i].nr; k++) {
				pfn_t pfn = ps->list[i].pfn[k];
				unsigned int mt = list_mt;

				if (!claim(m->phys, z, pfn, order, PS_PCP))
					return bad_pfn(z, pfn, order, "per-CPU", err);
				if (list_mt == MM_MOVABLE &&
				    pageblock_type(m, z, pfn) == MM_HIGHATOMIC)
					mt = MM_HIGHATOMIC;
				if (i == 12)
					mt = pageblock_type(m, z, pfn);
				if (!pcp_push_tail(pcp, i, pfn | mt << PCP_MT_SHIFT))
					return mm_fail(err, -ENOMEM, "no host memory for per-CPU lists");
			}
		}
	}
	return 0;
}

static int load_zone(struct mm_machine *m, int id, const struct mm_zone_state *s, struct mm_error *err)
{
	struct zone *z = &m->phys->zone[id];
	int ret;

	z->id = (enum mm_zone_id)id;
	if (s->present_in_state) {
		z->start = s->start;
		z->end = s->start + s->spanned;
		z->present = s->present;
	}
	ret = zone_alloc_tables(m, z, err);
	if (ret || !s->present_in_state)
		return ret;
	if (s->nr_pbmt != z->nr_pb || s->pb_start != z->pb_start)
		return mm_fail(err, -EINVAL, "state: zone %d has %u pageblocks from pfn 0x%x, expected %u from 0x%x",
			       id, s->nr_pbmt, s->pb_start, z->nr_pb, z->pb_start);
	for (uint32_t i = 0; i < z->nr_pb; i++) {
		z->pbmt[i] = s->pbmt[i] & 7;
		if (z->pbmt[i] >= MM_MIGRATE_TYPES)
			return mm_fail(err, -EINVAL, "state: zone %d, pageblock %u: type %u, expected 0 to 4",
				       id, i, z->pbmt[i]);
	}
	z->managed = s->managed;
	memcpy(z->wmark, s->wmark, sizeof(z->wmark));
	memcpy(z->reserve, s->reserve, sizeof(z->reserve));
	z->boost = s->boost;
	z->boosted = s->flags & 1;
	z->nr_highatomic = s->nr_highatomic;
	zone_set_need(z);
	z->stat_threshold = s->stat_threshold;
	z->nr_free = s->nr_free;
	memcpy(z->free_diff, s->free_diff, sizeof(z->free_diff));
	memset(m->phys->pstate + z->start, PS_FOREIGN, z->end - z->start);
	m->phys->totalram += z->managed;
	ret = load_free(m->phys, z, s, err);
	return ret ? ret : load_pcp(m, z, s, err);
}

/* Pages of the page cache and of processes, in use since before the state. */
static void load_lru(struct phys *p, const struct mm_state *s)
{
	for (uint32_t i = 0; i < s->nr_lru && i < p->nr_frames; i++)
		if (s->lru[i] && p->pstate[i] == PS_FOREIGN)
			p->pstate[i] |= PS_LRU;
}

int phys_load(struct mm_machine *m, const struct mm_state *s, struct mm_error *err)
{
	uint32_t max_pfn = 0;
	int ret;

	for (int i = 0; i < MM_NR_ZONES; i++) {
		const struct mm_zone_state *z = &s->zone[i];

		if (!z->present_in_state)
			continue;
		if (z->start < max_pfn || z->spanned > (1u << 24) || z->start > (1u << 24))
			return mm_fail(err, -EINVAL, "state: zone %d spans pfn 0x%x + 0x%x, which overlaps "
				       "the zone below or exceeds 64 GiB", i, z->start, z->spanned);
		max_pfn = z->start + z->spanned;
	}
	if (!s->zone[MM_ZONE_NORMAL].present_in_state)
		return mm_fail(err, -EINVAL, "state: zone Normal is missing");
	ret = layout_derive(&m->cfg, max_pfn, &m->layout, err);
	if (ret)
		return ret;
	if (m->layout.max_low_pfn != s->zone[MM_ZONE_NORMAL].start + s->zone[MM_ZONE_NORMAL].spanned)
		return mm_fail(err, -EINVAL, "state: lowmem ends at pfn 0x%x, the machine's at 0x%x",
			       s->zone[MM_ZONE_NORMAL].start + s->zone[MM_ZONE_NORMAL].spanned,
			       m->layout.max_low_pfn);
	ret = phys_alloc_tables(m, max_pfn, err);
	for (int i = 0; !ret && i < MM_NR_ZONES; i++)
		ret = load_zone(m, i, &s->zone[i], err);
	if (!ret) {
		load_lru(m->phys, s);
		phys_fast_ready(m);
	}
	return ret;
}

static bool save_list(struct mm_pfn_list *out, uint32_t nr)
{
	out->nr = 0;
	out->pfn = nr ? malloc(nr * sizeof(*out->pfn)) : NULL;
	return !nr || out->pfn;
}

static bool save_zone_lists(const struct mm_machine *m, const struct zone *z, struct mm_zone_state *s)
{
	for (int o = 0; o < MM_MAX_ORDER; o++)
		for (int mt = 0; mt < MM_MIGRATE_TYPES; mt++) {
			const struct pfn_list *l = &z->area[o].list[mt];
			struct mm_pfn_list *out = &s->free[o][mt];

			if (!save_list(out, l->nr))
				return false;
			for (pfn_t pfn = l->first; pfn != MM_NO_PFN; pfn = m->phys->frame[pfn].next)
				out->pfn[out->nr++] = pfn;
		}
	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
		const struct pcp *pcp = &z->pcp[cpu];

		s->pcp[cpu].count = pcp->count;
		s->pcp[cpu].high = pcp->high;
		s->pcp[cpu].batch = pcp->batch;
		s->pcp[cpu].free_factor = pcp->free_factor;
		for (int i = 0; i < MM_NR_PCP_LISTS; i++) {
			const struct pcp_ring *r = &pcp->list[i];
			struct mm_pfn_list *out = &s->pcp[cpu].list[i];

			if (!save_list(out, ring_nr(r)))
				return false;
			for (; out->nr < ring_nr(r); out->nr++)
				out->pfn[out->nr] = *ring_at(r, out->nr) & PCP_PFN_MASK;
		}
	}
	return true;
}

int phys_save(const struct mm_machine *m, struct mm_state *s, struct mm_error *err)
{
	for (int i = 0; i < MM_NR_ZONES; i++) {
		const struct zone *z = &m->phys->zone[i];
		struct mm_zone_state *o = &s->zone[i];

		if (!z->present)
			continue;
		o->present_in_state = true;
		o->start = z->start;
		o->spanned = z->end - z->start;
		o->present = z->present;
		o->managed = z->managed;
		memcpy(o->wmark, z->wmark, sizeof(o->wmark));
		memcpy(o->reserve, z->reserve, sizeof(o->reserve));
		o->boost = z->boost;
		o->flags = z->boosted;
		o->nr_highatomic = z->nr_highatomic;
		o->stat_threshold = z->stat_threshold;
		o->nr_free = z->nr_free;
		memcpy(o->free_diff, z->free_diff, sizeof(o->free_diff));
		o->pb_start = z->pb_start;
		o->nr_pbmt = z->nr_pb;
		o->pbmt = malloc(z->nr_pb);
		if (!o->pbmt || !save_zone_lists(m, z, o))
			return mm_fail(err, -ENOMEM, "no host memory for the state of zone %d", i);
		memcpy(o->pbmt, z->pbmt, z->nr_pb);
	}
	return 0;
}
