/* SPDX-License-Identifier: MIT
 *
 * check: proof that the page allocator is consistent.
 *
 * The frames are walked once: they must tile each zone with aligned blocks
 * whose tails are marked as such.  Then each list is walked: its blocks must be
 * what the frames say, and counts, bit masks and links must agree.  Since every
 * free block of the walk is on exactly one list, nothing is lost or shared.
 */
#include "engine/phys/zone.h"

#include <errno.h>
#include <string.h>

struct tally {
	uint32_t buddy[MM_MAX_ORDER];	/* heads met by the walk */
	uint32_t pcp_pages;
};

static int bad(struct mm_error *err, const struct zone *z, pfn_t pfn, const char *what)
{
	return mm_fail(err, -EUCLEAN, "zone %d, pfn 0x%x: %s", (int)z->id, pfn, what);
}

static int check_frames(const struct mm_machine *m, const struct zone *z, struct tally *t,
			struct mm_error *err)
{
	const struct phys *p = m->phys;

	for (pfn_t pfn = z->start; pfn < z->end;) {
		unsigned int st = p->pstate[pfn], order = st & PS_ORDER;
		bool block = false;

		switch (st & PS_KIND) {
		case PS_BUDDY:
			t->buddy[order]++;
			block = true;
			break;
		case PS_PCP:
			t->pcp_pages += 1u << order;
			block = true;
			break;
		case PS_ALLOC:
			block = true;
			break;
		case PS_TAIL:
			return bad(err, z, pfn, "a frame inside no block");
		case PS_HOLE: case PS_RESERVED: case PS_FOREIGN:
			break;
		default:
			return bad(err, z, pfn, "an impossible frame state");
		}
		if (!block) {
			pfn++;
			continue;
		}
		if (order >= MM_MAX_ORDER || (pfn & ((1u << order) - 1)) || z->end - pfn < 1u << order)
			return bad(err, z, pfn, "a block that is not aligned or leaves the zone");
		for (uint32_t i = 1; i < 1u << order; i++)
			if ((p->pstate[pfn + i] & PS_KIND) != PS_TAIL)
				return bad(err, z, pfn + i, "a head inside a block");
		pfn += 1u << order;
	}
	return 0;
}

static int check_list(const struct mm_machine *m, const struct zone *z, unsigned int order,
		      unsigned int mt, struct mm_error *err)
{
	const struct pfn_list *l = &z->area[order].list[mt];
	const struct phys *p = m->phys;
	pfn_t prev = MM_NO_PFN, pfn = l->first;
	uint32_t n = 0;

	for (; pfn != MM_NO_PFN; prev = pfn, pfn = p->frame[pfn].next, n++) {
		if (pfn < z->start || pfn >= z->end || n >= l->nr)
			return bad(err, z, pfn, "a free list leaves its zone or is longer than its count");
		if (p->pstate[pfn] != (PS_BUDDY | order))
			return bad(err, z, pfn, "on a free list, but not a free block of its order");
		if (p->frame[pfn].owner != mt || p->frame[pfn].prev != prev)
			return bad(err, z, pfn, "a free list's links or type disagree");
	}
	if (n != l->nr || l->last != prev || !!n != !!(z->nonempty[mt] & (1u << order)))
		return bad(err, z, l->first, "a free list's count, end or mask disagrees");
	return 0;
}

static int check_pcp(const struct mm_machine *m, const struct zone *z, uint32_t *pages,
		     struct mm_error *err)
{
	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
		const struct pcp *pcp = &z->pcp[cpu];
		uint32_t count = 0;

		for (unsigned int i = 0; i < MM_NR_PCP_LISTS; i++) {
			const struct pcp_ring *r = &pcp->list[i];
			unsigned int order = pcp_index_order(m, i);

			for (uint32_t k = 0; k < ring_nr(r); k++) {
				pfn_t pfn = *ring_at(r, k) & PCP_PFN_MASK;

				if (pfn < z->start || pfn >= z->end ||
				    m->phys->pstate[pfn] != (PS_PCP | order))
					return bad(err, z, pfn, "on a per-CPU list, but not marked so");
			}
			count += ring_nr(r) << order;
		}
		if (count != pcp->count)
			return bad(err, z, cpu, "a per-CPU count disagrees with its lists");
		*pages += count;
	}
	return 0;
}

static int check_zone(const struct mm_machine *m, const struct zone *z, struct mm_error *err)
{
	struct tally t = { .pcp_pages = 0 };
	uint32_t pcp_pages = 0;
	int64_t free = 0, counted = z->nr_free;
	int ret = check_frames(m, z, &t, err);

	for (unsigned int o = 0; !ret && o < MM_MAX_ORDER; o++) {
		uint32_t blocks = 0;

		for (unsigned int mt = 0; !ret && mt < MM_MIGRATE_TYPES; mt++) {
			ret = check_list(m, z, o, mt, err);
			blocks += z->area[o].list[mt].nr;
		}
		free += (int64_t)blocks << o;
		if (!ret && blocks != t.buddy[o])
			ret = bad(err, z, o, "free blocks of this order are on no list, or on two");
	}
	if (!ret)
		ret = check_pcp(m, z, &pcp_pages, err);
	if (!ret && pcp_pages != t.pcp_pages)
		ret = bad(err, z, 0, "frames marked per-CPU are on no list, or on two");
	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++)
		counted += z->free_diff[cpu];
	for (unsigned int o = 0; o < MM_MAX_ORDER; o++)	/* isolated pages are not counted */
		free -= (int64_t)z->area[o].list[MM_ISOLATE].nr << o;
	if (!ret && counted != free)
		ret = mm_fail(err, -EUCLEAN, "zone %d: NR_FREE_PAGES is %lld, the lists hold %lld",
			      (int)z->id, (long long)counted, (long long)free);
	return ret;
}

/* What fast.c compares with stands for what it was derived from. */
static int check_need(const struct zone *z, struct mm_error *err)
{
	struct zone anew = *z;

	zone_set_need(&anew);
	if (!memcmp(anew.need, z->need, sizeof(z->need)))
		return 0;
	return mm_fail(err, -EUCLEAN, "zone %d: a request for pages needs more than %lld free ones, "
		       "by the zone's marks %lld", (int)z->id, (long long)z->need[0], (long long)anew.need[0]);
}

int phys_check(const struct mm_machine *m, struct mm_error *err)
{
	const struct phys *p = m->phys;
	int ret = 0;

	for (int i = 0; !ret && i < MM_NR_ZONES; i++)
		if (p->zone[i].present) {
			ret = check_zone(m, &p->zone[i], err);
			if (!ret)
				ret = check_need(&p->zone[i], err);
		}
	for (pfn_t pfn = 0; !ret && pfn < p->nr_lowmem; pfn++) {
		unsigned int kind = p->pstate[pfn] & PS_KIND;

		if (p->slab_of[pfn] != PHYS_NOT_SLAB && kind != PS_ALLOC && kind != PS_TAIL &&
		    kind != PS_FOREIGN)
			ret = mm_fail(err, -EUCLEAN, "pfn 0x%x belongs to a slab but is not allocated", pfn);
	}
	return ret;
}
