/* SPDX-License-Identifier: MIT
 *
 * fast: a page from a per-CPU list, and back onto it.
 *
 * What nearly every request needs and nothing else: order 0, a zone above its low
 * mark, and the CPU's list has a page of that type; the freed page is a
 * caller's.  A request looks at the zone's and the list's lines, which stay in
 * the cache, and writes the frame's record and its byte of pstate; a free reads
 * them before.  Nothing is changed before all is known to hold: whatever does
 * not, leaves by a tail call to the code that handles everything (page_alloc.c)
 * and starts there from the begin.
 * (Linux 6.1 mm/page_alloc.c get_page_from_freelist, rmqueue_pcplist,
 * free_unref_page.)
 */
#include "engine/mm_fast.h"
#include "engine/phys/zone.h"

void phys_fast_ready(struct mm_machine *m)
{
	struct phys *p = m->phys;
	const struct zone *high = &p->zone[MM_ZONE_HIGHMEM];

	for (gfp_t gfp = 0; gfp < FAST_REQUESTS; gfp++) {
		int limit = zone_limit(gfp);

		if (limit < 0 || gfp_migratetype(gfp) >= MM_PCP_TYPES)
			continue;
		p->fast[gfp] = (struct fast_request){
			.zone = &p->zone[preferred_zone(p, (unsigned int)limit)],
			.limit = (uint8_t)limit,
			.list = p->mobility_off ? MM_UNMOVABLE : (uint8_t)gfp_migratetype(gfp),
		};
	}
	p->fast_bound[0] = p->zone[MM_ZONE_NORMAL].start;
	p->fast_bound[1] = high->present ? high->start : UINT32_MAX;
	p->fast_frames = p->nr_frames;
	p->fast_clears = m->cfg.init_on_alloc ? MM_GFP_ZERO : 0;
	p->fast_lru = m->cfg.movable_on_lru ? MM_GFP_MOVABLE_BIT : 0;
}

/* The test of zone_watermark_fast for order 0 and the low mark, without what a
 * failing test tries next; of a boosted zone it says no, too. */
static inline bool above_low(const struct zone *z, unsigned int limit)
{
	return z->nr_free > z->need[limit];
}

/* The frame belongs to the caller from here on.  What depends on the flags is
 * computed: movable or not has no pattern that a branch could be foretold by;
 * what depends on the machine alone always goes the same way. */
static inline __attribute__((always_inline)) void
hand_out(struct mm_machine *m, gfp_t gfp, pfn_t pfn, uint32_t op, uint32_t site, uint32_t task)
{
	struct phys *p = m->phys;
	struct frame *f = &p->frame[pfn];

	p->pstate[pfn] = (uint8_t)(PS_ALLOC | (gfp & p->fast_lru) / MM_GFP_MOVABLE_BIT * PS_LRU);
	f->site = site;
	f->task = task;
	f->gfp_use = gfp & MM_GFP_ALL;
	f->owner = 0;
	f->alloc_op = op + 1;
	if (MM_UNLIKELY(!p->fast_clears))
		m->ev[MM_EV_ZEROED_BYTES] += (gfp & MM_GFP_ZERO) / MM_GFP_ZERO * MM_PAGE_SIZE;
}

/* The head of z's list; MM_NO_PFN, and nothing is changed: it has none. */
static inline __attribute__((always_inline)) pfn_t
take(struct mm_machine *m, gfp_t gfp, struct zone *z, unsigned int index, unsigned int cpu,
     uint32_t op, uint32_t site, uint32_t task)
{
	struct pcp *pcp = &z->pcp[cpu];
	struct pcp_ring *list = &pcp->list[index];
	pfn_t pfn;

	if (MM_UNLIKELY(!ring_nr(list)))
		return MM_NO_PFN;
	pcp->free_factor >>= 1;
	pcp->count--;
	pcp->taken++;
	pfn = ring_pop_head(list) & PCP_PFN_MASK;
	hand_out(m, gfp, pfn, op, site, task);
	return pfn;
}

/* The preferred zone is below its low mark, which may last for long: the next
 * lower one that is not. */
static __attribute__((noinline)) enum mm_outcome
alloc_below(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp, pfn_t *pfn)
{
	const struct fast_request *r = &m->phys->fast[gfp % FAST_REQUESTS];
	struct zone *z = r->zone;
	uint32_t passed = 0;

	while (z > m->phys->zone && !z->boosted && !above_low(z, r->limit)) {
		passed += z->managed != 0;
		z--;
	}
	*pfn = MM_NO_PFN;
	if (above_low(z, r->limit))
		*pfn = take(m, gfp, z, r->list, who->cpu, who->op, who->site, who->task);
	if (*pfn == MM_NO_PFN)
		return phys_alloc_any(m, who, gfp, 0, pfn);
	machine_step(m, MM_STEP_ZONE_PASSED, passed);
	m->ev[MM_EV_ZONE_FALLBACK]++;
	return MM_OK;
}

static inline __attribute__((always_inline)) pfn_t
fast_page(struct mm_machine *m, gfp_t gfp, unsigned int cpu, uint32_t op, uint32_t site, uint32_t task)
{
	const struct fast_request *r = &m->phys->fast[gfp % FAST_REQUESTS];
	struct zone *z = r->zone;

	if (MM_UNLIKELY(!z || !above_low(z, r->limit)))
		return MM_NO_PFN;
	return take(m, gfp, z, r->list, cpu, op, site, task);
}

pfn_t mm_fast_page(struct mm_machine *m, gfp_t gfp, unsigned int cpu, uint32_t op, uint32_t site,
		   uint32_t task)
{
	return fast_page(m, gfp, cpu, op, site, task);
}

enum mm_outcome phys_alloc(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			   unsigned int order, pfn_t *pfn)
{
	const struct fast_request *r = &m->phys->fast[gfp % FAST_REQUESTS];

	if (MM_UNLIKELY(order))
		return phys_alloc_any(m, who, gfp, order, pfn);
	*pfn = fast_page(m, gfp, who->cpu, who->op, who->site, who->task);
	if (MM_LIKELY(*pfn != MM_NO_PFN))
		return MM_OK;
	if (r->zone && !above_low(r->zone, r->limit))
		return alloc_below(m, who, gfp, pfn);
	return phys_alloc_any(m, who, gfp, 0, pfn);
}

static __attribute__((noinline)) enum mm_outcome
free_any(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, unsigned int order)
{
	enum mm_misuse_kind bad = phys_free_misuse(m, pfn, order);
	uint32_t alloc_op, free_op;

	if (MM_LIKELY(bad == MM_NR_MISUSE)) {
		phys_free(m, who, pfn, order);
		return MM_OK;
	}
	phys_history(m, pfn, &alloc_op, &free_op);
	return machine_misuse(m, who, bad, "free_pages", pfn, alloc_op, free_op);
}

/* The CPU's pages of z have become as many as its high mark allows. */
static __attribute__((noinline)) bool
over(struct mm_machine *m, struct zone *z, unsigned int cpu, unsigned int list)
{
	pcp_over(m, z, cpu, z->pcp[cpu].high, false, list);
	return true;
}

bool mm_fast_page_free(struct mm_machine *m, pfn_t pfn, unsigned int cpu, uint32_t op)
{
	struct phys *p = m->phys;
	struct pcp_ring *list;
	struct frame *f;
	struct pcp *pcp;
	struct zone *z;
	unsigned int mt;

	if (MM_UNLIKELY(pfn >= p->fast_frames))
		return false;
	f = &p->frame[pfn];
	z = &p->zone[(pfn >= p->fast_bound[0]) + (pfn >= p->fast_bound[1])];
	if (MM_UNLIKELY((p->pstate[pfn] & ~PS_LRU) != PS_ALLOC || f->gfp_use >> 24 != PHYS_USE_PAGE))
		return false;
	mt = pageblock_type(m, z, pfn);	/* of an allocated page: it is in a block of the zone */
	if (MM_UNLIKELY(mt >= MM_PCP_TYPES || z->reclaim_active))
		return false;
	pcp = &z->pcp[cpu];
	list = &pcp->list[mt];
	if (MM_UNLIKELY(ring_is_full(list)))
		return false;
	f->gfp_use = 0;
	f->free_op = op + 1;
	p->pstate[pfn] = PS_PCP;
	ring_put_head(list, pfn | mt << PCP_MT_SHIFT);
	pcp->put++;
	if (MM_UNLIKELY(++pcp->count >= pcp->high))
		return over(m, z, cpu, mt);
	return true;
}

enum mm_outcome phys_free_pages(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn,
				unsigned int order)
{
	if (MM_LIKELY(!order && mm_fast_page_free(m, pfn, who->cpu, who->op)))
		return MM_OK;
	return free_any(m, who, pfn, order);
}

void phys_fold_events(const struct mm_machine *m)
{
	struct phys *p = m->phys;
	uint64_t *ev = p->ev;

	for (int i = 0; i < MM_NR_ZONES; i++)
		for (unsigned int cpu = 0; p->zone[i].pcp && cpu < m->cfg.cpus; cpu++) {
			struct pcp *pcp = &p->zone[i].pcp[cpu];

			ev[MM_EV_ALLOC_CALLS] += pcp->taken;
			ev[MM_EV_PCP_HIT] += pcp->taken;
			ev[MM_EV_PGALLOC_DMA + i] += pcp->taken;
			if (p->fast_clears)
				ev[MM_EV_ZEROED_BYTES] += pcp->taken * MM_PAGE_SIZE;
			ev[MM_EV_FREE_CALLS] += pcp->put;
			ev[MM_EV_PGFREE] += pcp->put;
			pcp->taken = pcp->put = 0;
		}
}
