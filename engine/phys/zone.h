/* SPDX-License-Identifier: MIT
 *
 * Inside of phys: frames, zones and their lists.  Internal to engine/phys/.
 *
 * Data layout, chosen for the cache.  Three tables are indexed by pfn:
 *   pstate  1 byte:  what the frame is now and, for a head, its order.  512 KiB
 *                    for 2 GiB, so the buddy's merge tests stay in the L2.
 *   slab_of 4 bytes, lowmem only: kfree's way from an address to its slab.
 *   frame   32 bytes, two a line: list links while free; who holds it while
 *                    allocated.  A page request touches one of them.
 * Per-CPU lists are rings of pfns: taking a page from one does not touch the
 * frames of its neighbours as linked lists would.
 */
#ifndef MM_PHYS_ZONE_H
#define MM_PHYS_ZONE_H

#include "engine/phys/phys.h"

/* pstate: kind in bits 4..6, order in bits 0..3 of a head, LRU in bit 7 (on
 * every frame of an allocated block that is on the LRU). */
enum {
	PS_HOLE = 0x00, PS_RESERVED = 0x10, PS_BUDDY = 0x20, PS_PCP = 0x30,
	PS_ALLOC = 0x40, PS_TAIL = 0x50, PS_FOREIGN = 0x60,
	PS_KIND = 0x70, PS_ORDER = 0x0f, PS_LRU = 0x80,
};

struct frame {
	union {			/* buddy list, while PS_BUDDY */
		struct { uint32_t next, prev; };
		uint32_t link[2];
	};
	uint32_t site, task;	/* who holds it, while PS_ALLOC; as in struct mm_caller */
	uint32_t gfp_use;	/* gfp in bits 0..23, enum phys_use in 24..31 */
	uint32_t owner;
	uint32_t alloc_op, free_op; /* plus one; 0 = none */
};

/* 16 bytes, eight of them an order: a list is found by two shifts. */
struct pfn_list {
	union {			/* MM_NO_PFN when empty */
		struct { uint32_t first, last; };
		uint32_t end[2];
	};
	uint32_t nr, unused;
};

struct free_area {
	struct pfn_list list[8];	/* MM_MIGRATE_TYPES of them are used */
};

/* One per-CPU list: entries are pfn | migratetype << PCP_MT_SHIFT. */
#define PCP_MT_SHIFT	28
#define PCP_PFN_MASK	((1u << PCP_MT_SHIFT) - 1)
struct pcp_ring {
	uint32_t *buf;
	uint32_t mask;		/* capacity - 1, a power of two */
	uint32_t head, tail;	/* of all entries ever put at either end, modulo 2^32: one
				 * store a page, where an index and a number would be two */
};

static inline uint32_t ring_nr(const struct pcp_ring *r)
{
	return r->tail - r->head;
}

/* Entry k from the head. */
static inline uint32_t *ring_at(const struct pcp_ring *r, uint32_t k)
{
	return &r->buf[(r->head + k) & r->mask];
}

static inline uint32_t ring_pop_head(struct pcp_ring *r)
{
	return r->buf[r->head++ & r->mask];
}

static inline bool ring_is_full(const struct pcp_ring *r)
{
	return ring_nr(r) > r->mask;
}

/* Of a ring that is not full. */
static inline void ring_put_head(struct pcp_ring *r, uint32_t entry)
{
	r->buf[--r->head & r->mask] = entry;
}

struct pcp {
	uint32_t count, high, batch, free_factor;
	uint64_t taken, put;	/* pages by fast.c that are in no event count yet */
	struct pcp_ring list[MM_NR_PCP_LISTS];
} __attribute__((aligned(64)));

enum { MM_NR_LIMITS = 4 };	/* values of zone_limit */

struct zone {
	enum mm_zone_id id;
	uint32_t start, end;		/* spanned: [start, end) */
	uint32_t present, managed;
	uint32_t wmark[MM_NR_WMARK], boost, reserve[MM_NR_LIMITS];
	bool boosted;			/* ZONE_BOOSTED_WATERMARK */
	bool reclaim_active;		/* ZONE_RECLAIM_ACTIVE: kswapd balances the node */
	uint32_t nr_highatomic;
	uint32_t pb_start, nr_pb;
	uint8_t *pbmt;
	int64_t nr_free;		/* what the watermark test reads */
	int32_t free_diff[MM_NR_CPUS];
	int64_t need[MM_NR_LIMITS];	/* by limit: an order-0 request for the low mark passes
					 * if nr_free is more (zone_set_need) */
	uint32_t stat_threshold;
	uint32_t nonempty[MM_MIGRATE_TYPES]; /* bit o: the list of order o has blocks */
	struct free_area area[MM_MAX_ORDER];
	struct pcp *pcp;		/* [cpus] */
};

/* What the zone and mobility bits of a request of order 0 lead to. */
enum { FAST_REQUESTS = 32 };
struct fast_request {
	struct zone *zone;	/* where it looks first; NULL: not for the fast path */
	uint8_t limit, list;
};

struct phys {
	uint32_t nr_frames;		/* max_pfn */
	uint32_t nr_lowmem;
	uint8_t *pstate;
	uint32_t *slab_of;
	struct frame *frame;
	struct zone zone[MM_NR_ZONES];
	bool mobility_off;		/* grouping by mobility is off (tiny machine) */
	uint32_t totalram;
	bool kswapd_pending;
	uint64_t *ev;			/* the machine's event counts */
	uint32_t kswapd_boost[MM_NR_ZONES]; /* boosts that kswapd will take back */
	uint32_t initrd_start, initrd_end; /* pfns, freed by phys_boot_finish */
	/* fast.c: all 0, which is never the fast path, until phys_fast_ready */
	struct fast_request fast[FAST_REQUESTS];
	uint32_t fast_bound[2];		/* first pfns of Normal and HighMem */
	uint32_t fast_frames;
	gfp_t fast_clears, fast_lru;	/* flags that all requests have; that mean the LRU */
};

/* alloc_flags (Linux 6.1 mm/internal.h; the values are this project's). */
enum {
	AF_WMARK = 3,		/* mask: enum mm_wmark */
	AF_NO_WATERMARKS = 4, AF_OOM = 8, AF_NON_BLOCK = 0x10, AF_MIN_RESERVE = 0x20,
	AF_HIGHATOMIC = 0x200, AF_KSWAPD = 0x800,
	AF_RESERVES = AF_NON_BLOCK | AF_MIN_RESERVE | AF_HIGHATOMIC | AF_OOM,
};

/* Zone limit by a request's four zone bits (Linux 6.1 GFP_ZONE_TABLE without
 * DMA32); -1: a combination that the kernel has no zone for. */
static inline int zone_limit(gfp_t gfp)
{
	static const int8_t limit[16] = {
		MM_ZONE_NORMAL, MM_ZONE_DMA, MM_ZONE_HIGHMEM, -1, MM_ZONE_NORMAL, -1, -1, -1,
		MM_ZONE_NORMAL, MM_ZONE_DMA, MM_ZONE_MOVABLE_LIMIT, -1, MM_ZONE_NORMAL, -1, -1, -1,
	};

	return limit[gfp & 15];
}

static inline unsigned int gfp_migratetype(gfp_t gfp)
{
	return (gfp & (MM_GFP_MOVABLE_BIT | MM_GFP_RECLAIMABLE)) >> 3;
}

/* Where a request of this limit looks first. */
static inline int preferred_zone(const struct phys *p, unsigned int limit)
{
	int z = limit < MM_NR_ZONES ? (int)limit : MM_NR_ZONES - 1;

	while (z > 0 && !p->zone[z].managed)
		z--;
	return z;
}

/* The head of the block that frame pfn lies in. */
pfn_t phys_block_head(const struct phys *p, pfn_t pfn);

static inline struct zone *zone_of(struct phys *p, pfn_t pfn)
{
	if (pfn >= p->zone[MM_ZONE_HIGHMEM].start && p->zone[MM_ZONE_HIGHMEM].present)
		return &p->zone[MM_ZONE_HIGHMEM];
	return &p->zone[pfn >= p->zone[MM_ZONE_NORMAL].start];
}

static inline unsigned int pageblock_type(const struct mm_machine *m, const struct zone *z, pfn_t pfn)
{
	return z->pbmt[(pfn - z->pb_start) >> m->layout.pageblock_order];
}

static inline void set_pageblock_type(const struct mm_machine *m, struct zone *z, pfn_t pfn,
				      unsigned int mt)
{
	z->pbmt[(pfn - z->pb_start) >> m->layout.pageblock_order] = (uint8_t)mt;
}

/* NR_FREE_PAGES changes by nr on this cpu (Linux 6.1 mm/vmstat.c
 * __mod_zone_page_state): folded when the difference passes the threshold. */
static inline void zone_mod_free(struct mm_machine *m, struct zone *z, unsigned int cpu, int32_t nr)
{
	int32_t x = z->free_diff[cpu] + nr;

	if (x > (int32_t)z->stat_threshold || -x > (int32_t)z->stat_threshold) {
		z->nr_free += x;
		x = 0;
		machine_step(m, MM_STEP_COUNTER_CARRY, 1);
	}
	z->free_diff[cpu] = x;
}

static inline bool pcp_order(const struct mm_machine *m, unsigned int order)
{
	return order <= 3 || order == m->layout.pageblock_order;
}

static inline unsigned int pcp_index(unsigned int order, unsigned int mt)
{
	return order <= 3 ? order * MM_PCP_TYPES + mt : 12 + (mt == MM_MOVABLE);
}

static inline unsigned int pcp_index_order(const struct mm_machine *m, unsigned int index)
{
	return index >= 12 ? m->layout.pageblock_order : index / MM_PCP_TYPES;
}

/* buddy.c */
void buddy_list_add(struct phys *p, struct zone *z, pfn_t pfn, unsigned int order,
		    unsigned int mt, bool tail);
void buddy_list_del(struct phys *p, struct zone *z, pfn_t pfn, unsigned int order, unsigned int mt);
/* The list a free block is on: only its pageblock and neighbours do not tell, so it is kept. */
unsigned int buddy_list_type(const struct phys *p, pfn_t pfn);
pfn_t buddy_take(struct mm_machine *m, struct zone *z, unsigned int order, unsigned int mt);
/* At most n (> 0) blocks at once, those that n calls of buddy_take would give.  How
 * many; fewer than n: there are no more. */
unsigned int buddy_take_some(struct mm_machine *m, struct zone *z, unsigned int order,
			     unsigned int mt, unsigned int n, pfn_t *out);
void buddy_free(struct mm_machine *m, struct zone *z, unsigned int cpu, pfn_t pfn,
		unsigned int order, unsigned int mt, bool to_tail);
/* n of a per-CPU list's entries of order 0, one after the other. */
void buddy_free_pages(struct mm_machine *m, struct zone *z, unsigned int cpu, const uint32_t *entry,
		      uint32_t n);

/* steal.c */
struct steal {
	pfn_t pfn;		/* the block that is found in another type's list */
	unsigned int order, from, orders; /* orders: looked at */
	bool whole;		/* the pageblock's other free blocks move too */
};
/* What a request that finds its own lists empty steals; false: nothing fits. */
bool steal_choose(const struct mm_machine *m, const struct zone *z, unsigned int order,
		  unsigned int mt, struct steal *s);
void steal_block(struct mm_machine *m, struct zone *z, pfn_t pfn, unsigned int order,
		 unsigned int start, unsigned int flags, bool whole);
pfn_t rmqueue_steal(struct mm_machine *m, struct zone *z, unsigned int order, unsigned int mt,
		    unsigned int flags);
uint32_t move_freepages_block(struct mm_machine *m, struct zone *z, pfn_t pfn, unsigned int mt,
			      uint32_t *movable);
void reserve_highatomic(struct mm_machine *m, struct zone *z, pfn_t pfn);

/* pcp.c */
int pcp_init(struct pcp *pcp);
void pcp_release(struct pcp *pcp);
bool pcp_push_tail(struct pcp *pcp, unsigned int index, uint32_t entry);
pfn_t pcp_alloc(struct mm_machine *m, struct zone *z, unsigned int cpu, unsigned int order,
		unsigned int mt, unsigned int flags);
/* As pcp_alloc, but free_factor stays (the bulk allocator). */
pfn_t pcp_take(struct mm_machine *m, struct zone *z, unsigned int cpu, unsigned int order,
	       unsigned int mt, unsigned int flags);
void pcp_free(struct mm_machine *m, struct zone *z, unsigned int cpu, pfn_t pfn, unsigned int order);
/* A drain in steps: which list gives up its tail next. */
struct pcp_walk { int32_t left; int lo, hi, at; bool inside; uint32_t steps; };
void pcp_walk_begin(const struct pcp *pcp, struct pcp_walk *w, int32_t count, unsigned int index);
unsigned int pcp_walk_list(const struct pcp *pcp, struct pcp_walk *w);
uint32_t pcp_refill_size(const struct pcp *pcp, unsigned int order);
int32_t pcp_put(struct mm_machine *m, struct zone *z, unsigned int cpu, pfn_t pfn,
		unsigned int order, unsigned int *index);
/* The list has reached its high mark through a page put on list index. */
void pcp_over(struct mm_machine *m, struct zone *z, unsigned int cpu, uint32_t high, bool free_high,
	      unsigned int index);
uint32_t pcp_pop_tail(struct pcp *pcp, unsigned int index);
uint32_t pcp_pop_head(struct pcp *pcp, unsigned int index);
bool pcp_remove(struct pcp *pcp, unsigned int index, pfn_t pfn, uint32_t *entry);
void pcp_drain(struct mm_machine *m, struct zone *z, unsigned int cpu);

/* watermark.c */
bool zone_watermark_ok(const struct zone *z, unsigned int order, uint32_t mark,
		       unsigned int limit, unsigned int flags, int64_t free);
bool zone_watermark_fast(const struct zone *z, unsigned int order, uint32_t mark,
			 unsigned int limit, unsigned int flags, gfp_t gfp);
void setup_pcp(struct mm_machine *m);
void setup_watermarks(struct mm_machine *m);
void setup_lowmem_reserve(struct mm_machine *m);
void setup_stat_thresholds(struct mm_machine *m);

/* memblock.c: page ranges, ascending, not touching. */
struct memblock_map {
	struct { uint32_t start, end; } range[2 * (MM_MAX_E820 + MM_MAX_RESERVED) + 32];
	unsigned int nr;
};
uint32_t memblock_max_pfn(const struct mm_config *c);
int memblock_build(const struct mm_config *c, const struct mm_layout *l,
		   struct memblock_map *memory, struct memblock_map *free,
		   uint32_t *initrd_start, struct mm_error *err);

/* fast.c: zones and settings stand: derive what it looks up. */
void phys_fast_ready(struct mm_machine *m);

/* After each change of marks, boost, reserves or the HighAtomic reserve.  A boost
 * that kswapd is to be told of is not for the fast path: no number is enough. */
static inline void zone_set_need(struct zone *z)
{
	for (int l = 0; l < MM_NR_LIMITS; l++)
		z->need[l] = z->boosted ? INT64_MAX :
			     (int64_t)z->wmark[MM_WMARK_LOW] + z->boost + z->reserve[l] + z->nr_highatomic;
}

/* page_alloc.c */
/* A request from its begin, whatever it needs. */
enum mm_outcome phys_alloc_any(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			       unsigned int order, pfn_t *pfn);
/* The zone that the first of the freelist attempts would serve from; -1: none. */
int phys_choose_zone(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
		     unsigned int order);
/* The frames of a block change hands: to a request, and back. */
void phys_hand_out(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
		   unsigned int order, pfn_t pfn);
void phys_take_back(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, unsigned int order);

/* frames.c */
int phys_alloc_tables(struct mm_machine *m, uint32_t max_pfn, struct mm_error *err);
int zone_alloc_tables(struct mm_machine *m, struct zone *z, struct mm_error *err);
/* watermark.c */
bool phys_order_available(const struct zone *z, unsigned int order, bool highatomic);

#endif
