/* SPDX-License-Identifier: MIT
 *
 * pcp: the per-CPU page lists.
 *
 * Fourteen lists per zone and CPU: orders 0..3 for three migratetypes, and
 * pageblock_order for Movable and the rest.  A page is taken from the head and
 * freed to the head; an empty list is refilled at the tail from the buddy;
 * above the high mark the tail goes back, twice as much each time as long as
 * nothing is allocated.  (Linux 6.1 mm/page_alloc.c __rmqueue_pcplist,
 * rmqueue_bulk, free_unref_page_commit, nr_pcp_free, free_pcppages_bulk.)
 *
 * Each list is a ring of pfns with the type that the page will be filed under:
 * a page costs one store and one load of 4 bytes next to its neighbours.
 */
#include "engine/phys/zone.h"

#include <stdlib.h>
#include <string.h>

#define PCP_BATCH_SCALE_MAX 5	/* CONFIG_PCP_BATCH_SCALE_MAX */
#define RING_FIRST 64

int pcp_init(struct pcp *pcp)
{
	for (unsigned int i = 0; i < MM_NR_PCP_LISTS; i++) {
		pcp->list[i].buf = malloc(RING_FIRST * sizeof(uint32_t));
		if (!pcp->list[i].buf)
			return -1;
		pcp->list[i].mask = RING_FIRST - 1;
	}
	return 0;
}

void pcp_release(struct pcp *pcp)
{
	for (unsigned int i = 0; i < MM_NR_PCP_LISTS; i++)
		free(pcp->list[i].buf);
}

/* Doubling keeps the cost of growth constant per entry; a list never shrinks. */
static bool ring_grow(struct pcp_ring *r)
{
	uint32_t cap = r->mask + 1;
	uint32_t *buf = malloc((size_t)cap * 2 * sizeof(*buf));

	if (!buf)
		return false;
	for (uint32_t k = 0; k < ring_nr(r); k++)
		buf[(r->head + k) & (cap * 2 - 1)] = *ring_at(r, k);
	free(r->buf);
	r->buf = buf;
	r->mask = cap * 2 - 1;
	return true;
}

static inline bool ring_push_head(struct pcp_ring *r, uint32_t entry)
{
	if (MM_UNLIKELY(ring_is_full(r)) && !ring_grow(r))
		return false;
	ring_put_head(r, entry);
	return true;
}

static inline bool ring_push_tail(struct pcp_ring *r, uint32_t entry)
{
	if (MM_UNLIKELY(ring_is_full(r)) && !ring_grow(r))
		return false;
	r->buf[r->tail++ & r->mask] = entry;
	return true;
}

static inline uint32_t ring_pop_tail(struct pcp_ring *r)
{
	return r->buf[--r->tail & r->mask];
}

bool pcp_push_tail(struct pcp *pcp, unsigned int index, uint32_t entry)
{
	return ring_push_tail(&pcp->list[index], entry);
}

/* Of a list that is not empty; the count of pages is the caller's. */
uint32_t pcp_pop_tail(struct pcp *pcp, unsigned int index)
{
	return ring_pop_tail(&pcp->list[index]);
}

uint32_t pcp_pop_head(struct pcp *pcp, unsigned int index)
{
	return ring_pop_head(&pcp->list[index]);
}

/* How many blocks a refill asks for: max(batch >> order, 2), one with batch 1. */
uint32_t pcp_refill_size(const struct pcp *pcp, unsigned int order)
{
	uint32_t n = pcp->batch;

	if (n > 1)
		n = (n >> order) > 2 ? n >> order : 2;
	return n;
}

/* n blocks to the list's tail; how many found room (host memory), the others go back
 * to the buddy. */
static uint32_t push_blocks(struct mm_machine *m, struct zone *z, struct pcp_ring *r, const pfn_t *pfn,
			    unsigned int order, unsigned int mt, uint32_t n)
{
	uint8_t *pstate = m->phys->pstate;
	uint32_t room, done, tail;

	while ((room = r->mask + 1 - ring_nr(r)) < n && ring_grow(r))
		;
	if (room > n)
		room = n;
	for (done = 0, tail = r->tail; done < room; done++) {
		r->buf[tail++ & r->mask] = pfn[done] | mt << PCP_MT_SHIFT;
		pstate[pfn[done]] = (uint8_t)(PS_PCP | order);
	}
	r->tail = tail;
	for (uint32_t i = n; i-- > done;)
		buddy_list_add(m->phys, z, pfn[i], order, mt, false);
	return done;
}

/* rmqueue_bulk: blocks to the list's tail until there are enough or none fits. */
static void refill(struct mm_machine *m, struct zone *z, unsigned int cpu, struct pcp *pcp,
		   struct pcp_ring *r, unsigned int order, unsigned int mt, unsigned int flags)
{
	enum { CHUNK = 64 };	/* batch is 63 at most where a zone is not tuned */
	uint32_t n = pcp_refill_size(pcp, order), i = 0;

	while (i < n) {
		uint32_t want = n - i < CHUNK ? n - i : CHUNK, got, pushed;
		pfn_t pfn[CHUNK];

		got = buddy_take_some(m, z, order, mt, want, pfn);
		pushed = push_blocks(m, z, r, pfn, order, mt, got);
		i += pushed;
		if (pushed < got)
			break;
		if (got == want)
			continue;
		pfn[0] = rmqueue_steal(m, z, order, mt, flags);
		if (pfn[0] == MM_NO_PFN || !push_blocks(m, z, r, pfn, order, mt, 1))
			break;
		i++;
	}
	zone_mod_free(m, z, cpu, -(int32_t)(i << order));
	pcp->count += i << order;
	machine_step(m, MM_STEP_REFILL, 1);
	machine_step(m, MM_STEP_REFILL_BLOCKS, i);
	machine_step(m, MM_STEP_CHECKED_PAGES, i << order);
	m->ev[MM_EV_PCP_REFILL]++;
	m->ev[MM_EV_PCP_REFILL_PAGES] += i << order;
}

pfn_t pcp_take(struct mm_machine *m, struct zone *z, unsigned int cpu, unsigned int order,
	       unsigned int mt, unsigned int flags)
{
	struct pcp *pcp = &z->pcp[cpu];
	struct pcp_ring *r = &pcp->list[pcp_index(order, mt)];

	if (MM_UNLIKELY(!ring_nr(r))) {
		refill(m, z, cpu, pcp, r, order, mt, flags);
		if (!ring_nr(r))
			return MM_NO_PFN;
	} else {
		m->ev[MM_EV_PCP_HIT]++;
	}
	pcp->count -= 1u << order;
	return ring_pop_head(r) & PCP_PFN_MASK;
}

pfn_t pcp_alloc(struct mm_machine *m, struct zone *z, unsigned int cpu, unsigned int order,
		unsigned int mt, unsigned int flags)
{
	z->pcp[cpu].free_factor >>= 1;
	return pcp_take(m, z, cpu, order, mt, flags);
}

void pcp_walk_begin(const struct pcp *pcp, struct pcp_walk *w, int32_t count, unsigned int index)
{
	w->left = count > (int32_t)pcp->count ? (int32_t)pcp->count : count;
	w->lo = 0;
	w->hi = MM_NR_PCP_LISTS - 1;
	w->at = (int)index - 1;
	w->inside = false;
	w->steps = 0;
}

/* Lists found empty at the ends are not visited again. */
unsigned int pcp_walk_list(const struct pcp *pcp, struct pcp_walk *w)
{
	while (!w->inside || !ring_nr(&pcp->list[w->at])) {
		w->inside = false;
		w->steps++;
		if (++w->at > w->hi)
			w->at = w->lo;
		if (ring_nr(&pcp->list[w->at])) {
			w->inside = true;
			break;
		}
		if (w->at == w->hi)
			w->hi--;
		if (w->at == w->lo)
			w->lo++;
	}
	return (unsigned int)w->at;
}

static void drain_block(struct mm_machine *m, struct zone *z, unsigned int cpu, struct pcp_ring *r,
			unsigned int order)
{
	uint32_t e = ring_pop_tail(r);

	machine_saw(m, MM_SEEN_DRAINED, e & PCP_PFN_MASK, order, e >> PCP_MT_SHIFT, 0, 0);
	buddy_free(m, z, cpu, e & PCP_PFN_MASK, order, e >> PCP_MT_SHIFT, false);
}

/* Pages of a list that nobody watches, at most `most`, and as many as it has or as
 * go in one step; how many. */
static uint32_t drain_pages(struct mm_machine *m, struct zone *z, unsigned int cpu, struct pcp_ring *r,
			    uint32_t most)
{
	uint32_t entry[64], n = 0;

	while (n < most && n < 64 && ring_nr(r))
		entry[n++] = ring_pop_tail(r);
	buddy_free_pages(m, z, cpu, entry, n);
	return n;
}

/* free_pcppages_bulk: list by list from index on, each from its tail, until
 * count pages have gone. */
static void drain(struct mm_machine *m, struct zone *z, unsigned int cpu, int32_t count,
		  unsigned int index)
{
	struct pcp *pcp = &z->pcp[cpu];
	uint32_t blocks = 0;
	struct pcp_walk w;

	pcp_walk_begin(pcp, &w, count, index);
	m->ev[MM_EV_PCP_DRAIN]++;
	machine_step(m, MM_STEP_DRAIN, 1);
	while (w.left > 0) {
		unsigned int list = pcp_walk_list(pcp, &w), order = pcp_index_order(m, list);
		uint32_t n = 1;

		if (order || m->cfg.observe)
			drain_block(m, z, cpu, &pcp->list[list], order);
		else
			n = drain_pages(m, z, cpu, &pcp->list[list], (uint32_t)w.left);
		blocks += n;
		w.left -= (int32_t)(n << order);
		pcp->count -= n << order;
		m->ev[MM_EV_PCP_DRAIN_PAGES] += n << order;
	}
	machine_step(m, MM_STEP_DRAIN_BLOCKS, blocks);
	machine_step(m, MM_STEP_DRAIN_LISTS, w.steps);
}

/* nr_pcp_free: how much to give back when the high mark is reached. */
static int32_t drain_size(struct pcp *pcp, uint32_t high, bool free_high)
{
	uint32_t lo = pcp->batch, hi, b;

	if (free_high)
		return (int32_t)pcp->count;
	if (high < pcp->batch)
		return 1;
	hi = high - pcp->batch;
	b = pcp->batch << pcp->free_factor;
	if (b < hi && pcp->free_factor < PCP_BATCH_SCALE_MAX)
		pcp->free_factor++;
	return (int32_t)(b < lo ? lo : b > hi ? hi : b);
}

/* free_unref_page up to the drain: the page's type is its pageblock's at this
 * moment.  How many pages are to be drained, from *index on. */
int32_t pcp_put(struct mm_machine *m, struct zone *z, unsigned int cpu, pfn_t pfn,
		unsigned int order, unsigned int *index)
{
	struct pcp *pcp = &z->pcp[cpu];
	unsigned int mt = pageblock_type(m, z, pfn);
	bool free_high;
	uint32_t high;

	*index = pcp_index(order, mt < MM_PCP_TYPES ? mt : MM_MOVABLE);
	if (MM_UNLIKELY(mt == MM_ISOLATE) ||
	    MM_UNLIKELY(!ring_push_head(&pcp->list[*index], pfn | mt << PCP_MT_SHIFT))) {
		buddy_free(m, z, cpu, pfn, order, mt, false);
		return 0;
	}
	m->phys->pstate[pfn] = (uint8_t)(PS_PCP | order);
	pcp->count += 1u << order;
	free_high = pcp->free_factor && order && order <= 3;
	high = free_high ? 0 : pcp->high;
	if (MM_UNLIKELY(z->reclaim_active) && high > pcp->batch * 4)
		high = pcp->batch * 4;
	return MM_UNLIKELY(pcp->count >= high) ? drain_size(pcp, high, free_high) : 0;
}

void pcp_over(struct mm_machine *m, struct zone *z, unsigned int cpu, uint32_t high, bool free_high,
	      unsigned int index)
{
	int32_t count = drain_size(&z->pcp[cpu], high, free_high);

	if (count > 0)
		drain(m, z, cpu, count, index);
}

void pcp_free(struct mm_machine *m, struct zone *z, unsigned int cpu, pfn_t pfn, unsigned int order)
{
	unsigned int index;
	int32_t count = pcp_put(m, z, cpu, pfn, order, &index);

	if (MM_UNLIKELY(count > 0))
		drain(m, z, cpu, count, index);
}

/* drain_pages_zone: everything of one CPU, in pieces of batch << 5 pages. */
void pcp_drain(struct mm_machine *m, struct zone *z, unsigned int cpu)
{
	struct pcp *pcp = &z->pcp[cpu];

	while (pcp->count) {
		uint32_t piece = pcp->batch << PCP_BATCH_SCALE_MAX;

		drain(m, z, cpu, (int32_t)(pcp->count < piece ? pcp->count : piece), 0);
	}
}

/* Takes an entry out of the middle of a list, wherever it is (linear; for
 * corrections only).  false: not on it. */
bool pcp_remove(struct pcp *pcp, unsigned int index, pfn_t pfn, uint32_t *entry)
{
	struct pcp_ring *r = &pcp->list[index];
	uint32_t i;

	for (i = 0; i < ring_nr(r); i++)
		if ((*ring_at(r, i) & PCP_PFN_MASK) == pfn)
			break;
	if (i == ring_nr(r))
		return false;
	*entry = *ring_at(r, i);
	for (; i > 0; i--)
		*ring_at(r, i) = *ring_at(r, i - 1);
	ring_pop_head(r);
	return true;
}
