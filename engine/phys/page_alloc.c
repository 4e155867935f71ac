/* SPDX-License-Identifier: MIT
 *
 * page_alloc: a page request from flags to frame.
 *
 * Most requests are served by fast.c and never come here.  First attempt: the
 * zones from the preferred one downwards, each tested against its low mark;
 * per-CPU list, then buddy.  Slow path: kswapd is woken, the min
 * mark and the reserves that the flags allow are tried; where the kernel would
 * then reclaim or compact, the request ends as fail or would-block.  (Linux 6.1
 * mm/page_alloc.c __alloc_pages, get_page_from_freelist, rmqueue,
 * __alloc_pages_slowpath, gfp_to_alloc_flags, __alloc_pages_bulk.)
 */
#include "engine/phys/zone.h"

#include <string.h>

#define COSTLY_ORDER 3	/* PAGE_ALLOC_COSTLY_ORDER */

struct request {
	struct mm_machine *m;
	const struct mm_caller *who;
	gfp_t gfp;
	unsigned int order, limit, mt;
	bool quiet;		/* leave no trace of a failure */
};

static bool request_init(struct request *r, struct mm_machine *m, const struct mm_caller *who,
			 gfp_t gfp, unsigned int order)
{
	unsigned int mt = gfp_migratetype(gfp);

	r->m = m;
	r->who = who;
	r->gfp = gfp;
	r->order = order;
	r->quiet = false;
	r->limit = (unsigned int)zone_limit(gfp);
	r->mt = m->phys->mobility_off ? (unsigned int)MM_UNMOVABLE : mt;
	return zone_limit(gfp) >= 0 && mt < MM_PCP_TYPES;
}

static inline uint32_t wmark_of(const struct zone *z, unsigned int flags)
{
	return z->wmark[flags & AF_WMARK] + z->boost;
}

/* wakeup_kswapd, as far as it is modelled: kswapd notes the boosts of the
 * zones up to the limit and takes them back when it has run. */
static void wake_kswapd(struct mm_machine *m, unsigned int limit)
{
	struct phys *p = m->phys;

	m->ev[MM_EV_KSWAPD_WAKE]++;
	machine_step(m, MM_STEP_KSWAPD_WAKE, 1);
	m->why.kswapd_woken = true;
	p->kswapd_pending = true;
	machine_work_waits(m);
	for (unsigned int i = 0; i < MM_NR_ZONES && i <= limit; i++)
		p->kswapd_boost[i] = p->zone[i].boost;
}

static pfn_t rmqueue_buddy(struct request *r, struct zone *z, unsigned int flags)
{
	struct mm_machine *m = r->m;
	pfn_t pfn = MM_NO_PFN;

	if (flags & AF_HIGHATOMIC)
		pfn = buddy_take(m, z, r->order, MM_HIGHATOMIC);
	if (pfn == MM_NO_PFN)
		pfn = buddy_take(m, z, r->order, r->mt);
	if (pfn == MM_NO_PFN)
		pfn = rmqueue_steal(m, z, r->order, r->mt, flags);
	if (pfn == MM_NO_PFN && (flags & (AF_OOM | AF_NON_BLOCK)))
		pfn = buddy_take(m, z, r->order, MM_HIGHATOMIC);
	if (pfn == MM_NO_PFN)
		return pfn;
	zone_mod_free(m, z, r->who->cpu, -(1 << r->order));
	machine_step(m, MM_STEP_BUDDY_TAKE, 1);
	machine_step(m, MM_STEP_CHECKED_PAGES, 1u << r->order);
	m->ev[MM_EV_BUDDY_ALLOC]++;
	return pfn;
}

static pfn_t rmqueue(struct request *r, struct zone *z, unsigned int flags)
{
	pfn_t pfn = MM_NO_PFN;

	if (MM_LIKELY(pcp_order(r->m, r->order)))
		pfn = pcp_alloc(r->m, z, r->who->cpu, r->order, r->mt, flags);
	if (MM_UNLIKELY(pfn == MM_NO_PFN))
		pfn = rmqueue_buddy(r, z, flags);
	if (MM_UNLIKELY(z->boosted) && (flags & AF_KSWAPD)) {
		z->boosted = false;
		zone_set_need(z);
		wake_kswapd(r->m, z->id);
	}
	return pfn;
}

/* The frame belongs to the request from here on (one 32-byte store). */
static inline void prepare(struct request *r, pfn_t pfn)
{
	struct mm_machine *m = r->m;
	struct frame *f = &m->phys->frame[pfn];

	m->phys->pstate[pfn] = (uint8_t)(PS_ALLOC | r->order);
	f->task = r->who->task;
	f->site = r->who->site;
	f->gfp_use = r->gfp & MM_GFP_ALL;
	f->owner = 0;
	f->alloc_op = r->who->op + 1;
	if ((r->gfp & MM_GFP_MOVABLE_BIT) && m->cfg.movable_on_lru)
		phys_set_lru(m, pfn, r->order, true);
	if ((r->gfp & MM_GFP_ZERO) || m->cfg.init_on_alloc)
		m->ev[MM_EV_ZEROED_BYTES] += (uint64_t)MM_PAGE_SIZE << r->order;
}

/* How far the kernel's watermark test of an order above 0 looks: over orders
 * without a free block, then over migratetypes (__zone_watermark_ok). */
static void count_watermark(struct mm_machine *m, const struct zone *z, unsigned int order)
{
	const uint32_t *any = z->nonempty;
	uint32_t all = any[MM_UNMOVABLE] | any[MM_MOVABLE] | any[MM_RECLAIMABLE];
	uint32_t first = all >> order, bit;

	if (!first)
		return;
	bit = (first & -first) << order;
	if (first & 1 && any[MM_UNMOVABLE] & bit)
		return;
	machine_step(m, MM_STEP_WMARK_ORDERS, (uint32_t)__builtin_ctz(first));
	machine_step(m, MM_STEP_WMARK_TYPES, any[MM_UNMOVABLE] & bit ? 0 : any[MM_MOVABLE] & bit ? 1 : 2);
}

static pfn_t get_page_from_freelist(struct request *r, unsigned int flags)
{
	struct phys *p = r->m->phys;
	int first = preferred_zone(p, r->limit);

	for (int i = first; i >= 0; i--) {
		struct zone *z = &p->zone[i];
		pfn_t pfn;

		if (MM_UNLIKELY(!z->managed))
			continue;
		if (!(flags & AF_NO_WATERMARKS) &&
		    !zone_watermark_fast(z, r->order, wmark_of(z, flags), r->limit, flags, r->gfp)) {
			machine_step(r->m, MM_STEP_ZONE_PASSED, 1);
			continue;
		}
		if (MM_UNLIKELY(r->order))
			count_watermark(r->m, z, r->order);
		pfn = rmqueue(r, z, flags);
		if (MM_UNLIKELY(pfn == MM_NO_PFN)) {
			machine_step(r->m, MM_STEP_ZONE_PASSED, 1);
			continue;
		}
		prepare(r, pfn);
		if (MM_UNLIKELY(flags & AF_HIGHATOMIC))
			reserve_highatomic(r->m, z, pfn);
		r->m->ev[MM_EV_PGALLOC_DMA + i] += 1u << r->order;
		if (i != first)
			r->m->ev[MM_EV_ZONE_FALLBACK]++;
		return pfn;
	}
	return MM_NO_PFN;
}

/* gfp_to_alloc_flags */
static unsigned int slow_flags(const struct request *r)
{
	unsigned int flags = MM_WMARK_MIN;

	if (r->gfp & MM_GFP_HIGH)
		flags |= AF_MIN_RESERVE;
	if (r->gfp & MM_GFP_KSWAPD_RECLAIM)
		flags |= AF_KSWAPD;
	if (!(r->gfp & MM_GFP_DIRECT_RECLAIM) && !(r->gfp & MM_GFP_NOMEMALLOC)) {
		flags |= AF_NON_BLOCK;
		if (r->order && (r->gfp & MM_GFP_HIGH))
			flags |= AF_HIGHATOMIC;
	}
	return flags;
}

static void explain(struct request *r, unsigned int flags)
{
	struct mm_why *why = &r->m->why;
	struct phys *p = r->m->phys;
	bool enough = false;

	why->order = (uint8_t)r->order;
	why->limit = (uint8_t)r->limit;
	why->migratetype = (uint8_t)r->mt;
	why->cause_zone = (uint8_t)preferred_zone(p, r->limit);
	for (unsigned int i = 0; i < MM_NR_ZONES; i++) {
		const struct zone *z = &p->zone[i];
		struct mm_why_zone *w = &why->zone[i];

		w->free = z->nr_free > 0 ? (uint32_t)z->nr_free : 0;
		w->mark = wmark_of(z, flags);
		w->reserve = z->reserve[r->limit];
		w->largest_order = -1;
		for (int o = MM_MAX_ORDER - 1; o >= 0 && w->largest_order < 0; o--)
			if (phys_order_available(z, (unsigned int)o, false))
				w->largest_order = (int8_t)o;
		if (z->managed && i <= r->limit &&
		    zone_watermark_ok(z, 0, w->mark + (1u << r->order) - 1, r->limit, flags, w->free))
			enough = true;
	}
	why->cause = enough && r->order ? MM_CAUSE_FRAGMENTED : MM_CAUSE_WATERMARK;
}

static int zone_for(const struct request *r, unsigned int flags)
{
	struct phys *p = r->m->phys;

	for (int i = preferred_zone(p, r->limit); i >= 0; i--) {
		struct zone *z = &p->zone[i];

		if (z->managed && ((flags & AF_NO_WATERMARKS) ||
		    zone_watermark_fast(z, r->order, wmark_of(z, flags), r->limit, flags, r->gfp)))
			return i;
	}
	return -1;
}

int phys_choose_zone(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
		     unsigned int order)
{
	struct request r;
	int z;

	if (!request_init(&r, m, who, gfp, order))
		return -1;
	z = zone_for(&r, MM_WMARK_LOW);
	if (z < 0)
		z = zone_for(&r, slow_flags(&r));
	if (z < 0 && (gfp & MM_GFP_MEMALLOC) && !(gfp & MM_GFP_NOMEMALLOC))
		z = zone_for(&r, AF_NO_WATERMARKS);
	return z;
}

void phys_hand_out(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
		   unsigned int order, pfn_t pfn)
{
	struct request r;

	request_init(&r, m, who, gfp, order);
	prepare(&r, pfn);
}

/* Where direct reclaim and compaction would begin.  The kernel lets requests
 * of up to order 3 loop there until they succeed; costly ones, and NORETRY,
 * get one round, which this machine has nothing to give to. */
static enum mm_outcome end_of_path(struct request *r, unsigned int flags)
{
	struct mm_machine *m = r->m;
	enum mm_outcome out = MM_FAIL;
	bool reclaim = (r->gfp & MM_GFP_DIRECT_RECLAIM) && !(r->gfp & MM_GFP_MEMALLOC);

	if (reclaim && ((r->gfp & MM_GFP_NOFAIL) ||
			(r->order <= COSTLY_ORDER && !(r->gfp & MM_GFP_NORETRY))))
		out = MM_WOULD_BLOCK;
	if (r->quiet)
		return out;
	if (reclaim) {
		m->ev[MM_EV_WOULD_RECLAIM]++;
		m->why.reclaim_would_run = true;
	}
	explain(r, flags);
	if (out == MM_FAIL) {
		m->ev[MM_EV_ALLOC_FAIL]++;
		m->fail_order[r->order]++;
	}
	return machine_why(m, r->who, out, m->why.cause, r->gfp, MM_PAGE_SIZE << r->order);
}

static enum mm_outcome slowpath(struct request *r, pfn_t *pfn)
{
	unsigned int flags, more;

	r->m->ev[MM_EV_SLOWPATH]++;
	machine_step(r->m, MM_STEP_SLOWPATH, 1);
	r->m->why.kswapd_woken = r->m->why.reclaim_would_run = false;
	if ((r->gfp & MM_GFP_ATOMIC_BIT) && (r->gfp & MM_GFP_DIRECT_RECLAIM))
		r->gfp &= ~MM_GFP_ATOMIC_BIT;
	flags = slow_flags(r);
	if (flags & AF_KSWAPD)
		wake_kswapd(r->m, r->limit);
	*pfn = get_page_from_freelist(r, flags);
	if (*pfn != MM_NO_PFN)
		return MM_OK;
	more = flags;
	if ((r->gfp & MM_GFP_MEMALLOC) && !(r->gfp & MM_GFP_NOMEMALLOC))
		more = AF_NO_WATERMARKS | (flags & AF_KSWAPD);
	*pfn = get_page_from_freelist(r, more);
	if (*pfn != MM_NO_PFN)
		return MM_OK;
	return end_of_path(r, flags);
}

static enum mm_outcome alloc(struct request *r, pfn_t *pfn)
{
	struct mm_machine *m = r->m;
	unsigned int flags = MM_WMARK_LOW;

	m->ev[MM_EV_ALLOC_CALLS]++;
	if (r->gfp & MM_GFP_KSWAPD_RECLAIM)
		flags |= AF_KSWAPD;
	*pfn = get_page_from_freelist(r, flags);
	if (MM_LIKELY(*pfn != MM_NO_PFN))
		return MM_OK;
	return slowpath(r, pfn);
}

static enum mm_outcome refuse(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			      unsigned int order, enum mm_cause cause, bool quiet)
{
	if (quiet)
		return MM_FAIL;
	m->why.order = (uint8_t)order;
	m->ev[MM_EV_ALLOC_FAIL]++;
	m->fail_order[order < MM_MAX_ORDER ? order : MM_MAX_ORDER]++;
	return machine_why(m, who, MM_FAIL, cause, gfp, order < 20 ? MM_PAGE_SIZE << order : 0);
}

static enum mm_outcome alloc_checked(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
				     unsigned int order, pfn_t *pfn, bool quiet)
{
	struct request r;

	*pfn = MM_NO_PFN;
	if (MM_UNLIKELY(order >= MM_MAX_ORDER))
		return refuse(m, who, gfp, order, MM_CAUSE_ORDER, quiet);
	if (MM_UNLIKELY(!request_init(&r, m, who, gfp, order)))
		return refuse(m, who, gfp, order, MM_CAUSE_GFP, quiet);
	r.quiet = quiet;
	return alloc(&r, pfn);
}

enum mm_outcome phys_alloc_any(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			       unsigned int order, pfn_t *pfn)
{
	return alloc_checked(m, who, gfp, order, pfn, false);
}

enum mm_outcome phys_alloc_quiet(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
				 unsigned int order, pfn_t *pfn)
{
	return alloc_checked(m, who, gfp, order, pfn, true);
}

/* The first zone whose low mark leaves room for n pages; protection is that of
 * the preferred zone's own index. */
static struct zone *bulk_zone(const struct request *r, unsigned int flags, unsigned int n)
{
	struct phys *p = r->m->phys;
	int first = preferred_zone(p, r->limit);

	for (int i = first; i >= 0; i--) {
		struct zone *z = &p->zone[i];

		if (z->managed && zone_watermark_fast(z, 0, wmark_of(z, flags) + n,
						      (unsigned int)first, flags, r->gfp))
			return z;
	}
	return NULL;
}

unsigned int phys_alloc_bulk(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			     unsigned int n, pfn_t *pfn)
{
	unsigned int flags = MM_WMARK_LOW, got = 0;
	struct request r;
	struct zone *z;

	if (!n)
		return 0;
	if (gfp & MM_GFP_KSWAPD_RECLAIM)
		flags |= AF_KSWAPD;
	if (n > 1 && request_init(&r, m, who, gfp, 0) && (z = bulk_zone(&r, flags, n))) {
		for (; got < n; got++) {
			pfn[got] = pcp_take(m, z, who->cpu, 0, r.mt, flags);
			if (pfn[got] == MM_NO_PFN)
				break;
			prepare(&r, pfn[got]);
		}
		m->ev[MM_EV_PGALLOC_DMA + z->id] += got;
		m->ev[MM_EV_ALLOC_CALLS]++;
		machine_step(m, MM_STEP_BULK, 1);
		machine_step(m, MM_STEP_BULK_PAGES, got);
	}
	if (!got && phys_alloc(m, who, gfp, 0, pfn) == MM_OK) {
		machine_step(m, MM_STEP_PAGE_REQUEST, 1);
		got = 1;
	}
	return got;
}

/* Clear what the frames of a block carry: their slab, the LRU mark, and the
 * heads of a block that a loaded state knew only page by page. */
static void forget_use(struct phys *p, pfn_t pfn, unsigned int order)
{
	bool slab = p->frame[pfn].gfp_use >> 24 == PHYS_USE_SLAB;
	bool marked = p->pstate[pfn] & PS_LRU || (p->pstate[pfn] & PS_KIND) == PS_FOREIGN;

	if (slab)
		memset(p->slab_of + pfn, 0xff, sizeof(*p->slab_of) << order);	/* PHYS_NOT_SLAB */
	if (marked)
		memset(p->pstate + pfn, PS_TAIL, (size_t)1 << order);
}

void phys_take_back(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, unsigned int order)
{
	struct phys *p = m->phys;

	m->ev[MM_EV_FREE_CALLS]++;
	m->ev[MM_EV_PGFREE] += 1u << order;
	forget_use(p, pfn, order);
	p->frame[pfn].gfp_use = 0;
	p->frame[pfn].free_op = who->op + 1;
}

static void free_past_pcp(struct mm_machine *m, struct zone *z, const struct mm_caller *who,
			  pfn_t pfn, unsigned int order)
{
	machine_step(m, MM_STEP_BUDDY_FREE, 1);
	buddy_free(m, z, who->cpu, pfn, order, pageblock_type(m, z, pfn), false);
}

void phys_free(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, unsigned int order)
{
	struct zone *z = zone_of(m->phys, pfn);

	phys_take_back(m, who, pfn, order);
	if (MM_LIKELY(pcp_order(m, order)))
		pcp_free(m, z, who->cpu, pfn, order);
	else
		free_past_pcp(m, z, who, pfn, order);
}

void phys_drain_all(struct mm_machine *m)
{
	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++)
		for (int i = 0; i < MM_NR_ZONES; i++)
			if (m->phys->zone[i].present)
				pcp_drain(m, &m->phys->zone[i], cpu);
}

/* kswapd has run: the boosts that it was woken for are gone.  What it would
 * reclaim is not modelled. */
void phys_run_kswapd(struct mm_machine *m)
{
	struct phys *p = m->phys;

	for (int i = 0; i < MM_NR_ZONES; i++) {
		struct zone *z = &p->zone[i];

		z->boost -= z->boost < p->kswapd_boost[i] ? z->boost : p->kswapd_boost[i];
		p->kswapd_boost[i] = 0;
		zone_set_need(z);
	}
	p->kswapd_pending = false;
}

bool phys_kswapd_pending(const struct mm_machine *m)
{
	return m->phys->kswapd_pending;
}

/* The vmstat worker's fold: each CPU's difference goes to the zone's count. */
void phys_fold_counters(struct mm_machine *m)
{
	for (int i = 0; i < MM_NR_ZONES; i++) {
		struct zone *z = &m->phys->zone[i];

		for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
			z->nr_free += z->free_diff[cpu];
			z->free_diff[cpu] = 0;
		}
	}
	m->ev[MM_EV_COUNTER_FOLD]++;
}
