/* SPDX-License-Identifier: MIT
 *
 * buddy: the free lists of a zone, splitting and merging.
 *
 * Eleven orders, five migratetypes each.  A block is taken from the head of
 * the smallest non-empty list that fits; halves that are not needed go to the
 * head of theirs.  A freed block merges with its buddy as long as that is free
 * and of the same order, and ends at the head of its list, or at the tail when
 * a further merge looks likely.  (Linux 6.1 mm/page_alloc.c __rmqueue_smallest,
 * expand, __free_one_page, buddy_merge_likely.)
 *
 * The merge tests read only the byte table pstate; the 32-byte frames are
 * touched when a list changes.
 */
#include "engine/phys/zone.h"

/* To the head (end 0) or the tail (end 1), which has no pattern that a branch could be
 * foretold by: the same stores, to places that are selected. */
static inline __attribute__((always_inline)) void
list_add(struct phys *p, struct zone *z, pfn_t pfn, unsigned int order, unsigned int mt, bool tail)
{
	struct pfn_list *l = &z->area[order].list[mt];
	struct frame *f = &p->frame[pfn];
	unsigned int to = tail, from = !tail;
	uint32_t old = l->end[to];
	uint32_t *back = &l->end[from];

	if (l->nr)
		back = &p->frame[old].link[from];
	f->link[to] = old;
	f->link[from] = MM_NO_PFN;
	*back = pfn;
	l->end[to] = pfn;
	f->owner = mt;
	l->nr++;
	z->nonempty[mt] |= 1u << order;
	p->pstate[pfn] = (uint8_t)(PS_BUDDY | order);
}

/* The caller sets pstate afterwards. */
static inline __attribute__((always_inline)) void
list_del(struct phys *p, struct zone *z, pfn_t pfn, unsigned int order, unsigned int mt)
{
	struct pfn_list *l = &z->area[order].list[mt];
	struct frame *f = &p->frame[pfn];

	*(f->prev != MM_NO_PFN ? &p->frame[f->prev].next : &l->first) = f->next;
	*(f->next != MM_NO_PFN ? &p->frame[f->next].prev : &l->last) = f->prev;
	if (--l->nr == 0)
		z->nonempty[mt] &= ~(1u << order);
}

void buddy_list_add(struct phys *p, struct zone *z, pfn_t pfn, unsigned int order,
		    unsigned int mt, bool tail)
{
	list_add(p, z, pfn, order, mt, tail);
}

void buddy_list_del(struct phys *p, struct zone *z, pfn_t pfn, unsigned int order, unsigned int mt)
{
	list_del(p, z, pfn, order, mt);
}

unsigned int buddy_list_type(const struct phys *p, pfn_t pfn)
{
	return p->frame[pfn].owner;
}

/* At most n blocks from the head of a list that has some, without a look at each one's
 * neighbours: how many. */
static unsigned int take_run(struct phys *p, struct zone *z, unsigned int order, unsigned int mt,
			     unsigned int n, pfn_t *out)
{
	struct pfn_list *l = &z->area[order].list[mt];
	pfn_t pfn = l->first;

	if (n > l->nr)
		n = l->nr;
	for (unsigned int i = 0; i < n; i++) {
		out[i] = pfn;
		pfn = p->frame[pfn].next;
	}
	l->first = pfn;
	l->nr -= n;
	if (l->nr) {
		p->frame[pfn].prev = MM_NO_PFN;
	} else {
		l->last = MM_NO_PFN;
		z->nonempty[mt] &= ~(1u << order);
	}
	return n;
}

/* At most n parts of the first block of order c: how many.  What is left of it goes to
 * the lists, a block an order, as if it had been split for each part (expand). */
static unsigned int take_parts(struct mm_machine *m, struct zone *z, unsigned int c,
			       unsigned int order, unsigned int mt, unsigned int n, pfn_t *out)
{
	struct phys *p = m->phys;
	pfn_t pfn = z->area[c].list[mt].first;
	uint32_t parts = 1u << (c - order), at;
	unsigned int left = 0;

	list_del(p, z, pfn, c, mt);
	if (n > parts)
		n = parts;
	for (at = 0; at < n; at++)
		out[at] = pfn + (at << order);
	for (; at < parts; at += at & -at, left++)
		list_add(p, z, pfn + (at << order), order + (unsigned int)__builtin_ctz(at), mt, false);
	m->ev[MM_EV_SPLIT] += n + left - 1;
	machine_step(m, MM_STEP_SPLIT, n + left - 1);
	return n;
}

/* __rmqueue_smallest with expand, n times: the lowest part of the first block of
 * the smallest order that has one.  All lists of smaller orders are empty then,
 * so what the next requests would get are the following parts of that block,
 * until it is used up; and of blocks of the very order, the following ones. */
unsigned int buddy_take_some(struct mm_machine *m, struct zone *z, unsigned int order,
			     unsigned int mt, unsigned int n, pfn_t *out)
{
	unsigned int got = 0;

	while (got < n) {
		uint32_t fit = z->nonempty[mt] >> order;

		if (!fit) {
			machine_step(m, MM_STEP_TAKE_MISS, 1);
			break;
		}
		if (fit & 1)
			got += take_run(m->phys, z, order, mt, n - got, out + got);
		else
			got += take_parts(m, z, order + (unsigned int)__builtin_ctz(fit), order, mt,
					  n - got, out + got);
	}
	for (unsigned int i = 0; i < got && m->cfg.observe; i++)
		machine_saw(m, MM_SEEN_TAKEN, out[i], order, mt, pcp_order(m, order) && mt < MM_PCP_TYPES, 0);
	return got;
}

pfn_t buddy_take(struct mm_machine *m, struct zone *z, unsigned int order, unsigned int mt)
{
	pfn_t pfn;

	return buddy_take_some(m, z, order, mt, 1, &pfn) ? pfn : MM_NO_PFN;
}

static inline bool is_free_block(const uint8_t *pstate, const struct zone *z, pfn_t pfn,
				 unsigned int order)
{
	return pfn >= z->start && pfn < z->end && pstate[pfn] == (PS_BUDDY | order);
}

/* Above pageblock_order (PAE) blocks of different types merge only if both
 * types are ones that pages move between. */
static bool may_merge_types(const struct mm_machine *m, const struct zone *z, pfn_t buddy,
			    unsigned int order, unsigned int mt)
{
	unsigned int other;

	if (order < m->layout.pageblock_order)
		return true;
	other = pageblock_type(m, z, buddy);
	return other == mt || (other < MM_PCP_TYPES && mt < MM_PCP_TYPES);
}

/* After a failed merge at this order: is the buddy's buddy, one order up, free?
 * Then this block's buddy may soon be too, and the tail keeps it whole longer. */
static inline bool merge_likely(const uint8_t *pstate, const struct zone *z, pfn_t pfn,
				unsigned int order)
{
	pfn_t parent;

	if (order >= MM_MAX_ORDER - 2)
		return false;
	parent = pfn & ~(1u << order);
	return is_free_block(pstate, z, parent ^ (1u << (order + 1)), order + 1);
}

/* What merging comes to, counted once for all blocks of a drain. */
struct merged { uint32_t merges, likely; };

/* The tables' addresses stay in registers: a store of a byte might be to anywhere,
 * as far as a compiler knows. */
static inline __attribute__((always_inline)) void
free_block(struct mm_machine *m, struct zone *z, pfn_t pfn, unsigned int order, unsigned int mt,
	   bool to_tail, struct merged *count)
{
	struct phys *p = m->phys;
	uint8_t *pstate = p->pstate;
	unsigned int from = order;
	bool tail;

	while (order < MM_MAX_ORDER - 1) {
		pfn_t buddy = pfn ^ (1u << order);

		if (!is_free_block(pstate, z, buddy, order) || !may_merge_types(m, z, buddy, order, mt))
			break;
		list_del(p, z, buddy, order, buddy_list_type(p, buddy));
		pstate[pfn | buddy] = PS_TAIL;	/* the upper half */
		pfn &= buddy;
		order++;
	}
	tail = to_tail || merge_likely(pstate, z, pfn, order);
	count->merges += order - from;
	count->likely += tail;
	list_add(p, z, pfn, order, mt, tail);
}

static inline void count_merged(struct mm_machine *m, const struct merged *count)
{
	m->ev[MM_EV_MERGE] += count->merges;
	machine_step(m, MM_STEP_MERGE, count->merges);
	m->steps.n[MM_STEP_MERGE_TAIL] += count->likely;
}

void buddy_free(struct mm_machine *m, struct zone *z, unsigned int cpu, pfn_t pfn,
		unsigned int order, unsigned int mt, bool to_tail)
{
	struct merged count = { 0, 0 };

	if (MM_LIKELY(mt != MM_ISOLATE))
		zone_mod_free(m, z, cpu, 1 << order);
	free_block(m, z, pfn, order, mt, to_tail, &count);
	count_merged(m, &count);
}

void buddy_free_pages(struct mm_machine *m, struct zone *z, unsigned int cpu, const uint32_t *entry,
		      uint32_t n)
{
	struct merged count = { 0, 0 };

	for (uint32_t i = 0; i < n; i++) {
		unsigned int mt = entry[i] >> PCP_MT_SHIFT;

		if (MM_LIKELY(mt != MM_ISOLATE))
			zone_mod_free(m, z, cpu, 1);
		free_block(m, z, entry[i] & PCP_PFN_MASK, 0, mt, false, &count);
	}
	count_merged(m, &count);
}
