/* SPDX-License-Identifier: MIT
 *
 * mm_follow: the page allocator in single steps, for verification.
 *
 * A recording of a real kernel tells each step that its page allocator took: a
 * block taken from the free lists, a page taken from a per-CPU list, a free, a
 * drained block, a stolen block.  Each step has here a question (what would this
 * machine do now?) and an act (do it), made of the same functions that a whole
 * request runs through.  Where the answer differs from the recording the
 * machine is corrected (mm_follow_extract and the functions after it) so that
 * the next step is judged alone.
 *
 * The machine has frames, zones and lists only: no slab, no virtual addresses.
 * zone is an enum mm_zone_id; pfns must lie in that zone.  An order is at most
 * 10, a list type below MM_PCP_TYPES.
 */
#ifndef MM_FOLLOW_H
#define MM_FOLLOW_H

#include "engine/mm86.h"
#include "engine/mm_state.h"

/* A machine as the kernel has it when free memory has just been handed over
 * (per-CPU lists of size 0, no watermarks): where a recording from boot begins. */
struct mm_machine *mm_follow_boot(const struct mm_config *c, struct mm_error *err);
/* Its next steps: 1 setup_per_cpu_pageset, 2 watermarks and all that hangs on them. */
void mm_follow_boot_step(struct mm_machine *m, unsigned int step);
/* A machine from a state's zones. */
struct mm_machine *mm_follow_load(const struct mm_config *c, const struct mm_state *s,
				  struct mm_error *err);

/* ---- where a page is ---- */

enum mm_follow_where { MM_IN_USE, MM_IN_BUDDY, MM_IN_PCP };
struct mm_follow_place {
	enum mm_follow_where where;
	pfn_t head;		/* of the free block it lies in */
	uint8_t order, type;	/* of that block; the list it is on */
	uint8_t cpu;		/* of a per-CPU list */
};
void mm_follow_find(const struct mm_machine *m, pfn_t pfn, struct mm_follow_place *place);
bool mm_follow_is_free(const struct mm_machine *m, pfn_t pfn, unsigned int order); /* all of it */
int mm_follow_zone(const struct mm_machine *m, pfn_t pfn);	/* -1: no such frame */
unsigned int mm_follow_pageblock(const struct mm_machine *m, pfn_t pfn);
bool mm_follow_pcp_order(const struct mm_machine *m, unsigned int order);

/* ---- blocks from the free lists ---- */

/* The block that a request would get from the lists of its own type. */
pfn_t mm_follow_next_block(const struct mm_machine *m, int zone, unsigned int order,
			   unsigned int type);
/* Take that block.  It is on no list then: mm_follow_append or _hand_out next. */
pfn_t mm_follow_take_block(struct mm_machine *m, int zone, unsigned int cpu, unsigned int order,
			   unsigned int type);

struct mm_follow_steal { pfn_t pfn; uint8_t order, from; };
/* What a request whose own lists have nothing would steal; false: nothing. */
bool mm_follow_next_steal(const struct mm_machine *m, int zone, unsigned int order,
			  unsigned int type, struct mm_follow_steal *s);
/* Steal the free block pfn of block_order for a request of type.  Answers
 * whether the pageblock is of that type now. */
bool mm_follow_steal(struct mm_machine *m, int zone, pfn_t pfn, unsigned int block_order,
		     unsigned int type, gfp_t gfp);

/* ---- per-CPU lists ---- */

/* How many blocks a refill asks for; the page at the list's head (MM_NO_PFN:
 * the list is empty). */
uint32_t mm_follow_refill(const struct mm_machine *m, int zone, unsigned int cpu, unsigned int order);
pfn_t mm_follow_next_page(const struct mm_machine *m, int zone, unsigned int cpu,
			  unsigned int order, unsigned int type);
void mm_follow_append(struct mm_machine *m, int zone, unsigned int cpu, unsigned int order,
		      unsigned int type, pfn_t pfn);
/* Take the head of a list that is not empty; bulk: as the bulk allocator. */
pfn_t mm_follow_take_page(struct mm_machine *m, int zone, unsigned int cpu, unsigned int order,
			  unsigned int type, bool bulk);

/* A drain under way: at most 32 per machine are of use, one for each CPU. */
struct mm_follow_drain { int32_t left; int lo, hi, at; bool inside; };
/* Free a block into its per-CPU list (order as mm_follow_pcp_order) on cpu;
 * d->left > 0: that many pages are to be drained now. */
void mm_follow_free_page(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn,
			 unsigned int order, struct mm_follow_drain *d);
/* A drain of count pages from list index on. */
void mm_follow_drain_begin(const struct mm_machine *m, int zone, unsigned int cpu, int32_t count,
			   unsigned int index, struct mm_follow_drain *d);
/* The block that the drain gives back next and its type; MM_NO_PFN: it is over. */
pfn_t mm_follow_next_drained(const struct mm_machine *m, int zone, unsigned int cpu,
			     struct mm_follow_drain *d, unsigned int *order, unsigned int *type);

/* Take the block that mm_follow_next_drained has just answered. */
void mm_follow_take_drained(struct mm_machine *m, int zone, unsigned int cpu,
			    struct mm_follow_drain *d);

/* ---- to and from users ---- */

/* The zone that a request would be served from, -1: none. */
int mm_follow_choose_zone(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			  unsigned int order);
void mm_follow_hand_out(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			unsigned int order, pfn_t pfn);
/* A block to the free lists of type, whether from a user or out of a drain.
 * Answers the head of the block that it became part of, and that one's order. */
pfn_t mm_follow_free_block(struct mm_machine *m, unsigned int cpu, pfn_t pfn, unsigned int order,
			   unsigned int type, bool to_tail, unsigned int *merged);
/* A whole free, drains included (free-running); the block is in use. */
void mm_follow_free(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, unsigned int order);
/* A whole request of the bulk allocator (free-running). */
unsigned int mm_follow_bulk(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			    unsigned int n, pfn_t *pfn);

/* ---- corrections ---- */

/* The block is on no list any more, whatever free blocks and per-CPU entries
 * it was in; the rest of a larger block stays free.  False: parts of it were
 * in use. */
bool mm_follow_extract(struct mm_machine *m, pfn_t pfn, unsigned int order);
/* The head of a per-CPU list goes to its tail. */
void mm_follow_rotate(struct mm_machine *m, int zone, unsigned int cpu, unsigned int order,
		      unsigned int type);
/* Move a free block to the other end or to another type's list. */
void mm_follow_move_block(struct mm_machine *m, pfn_t pfn, unsigned int type, bool tail);
void mm_follow_set_pageblock(struct mm_machine *m, pfn_t pfn, unsigned int type);
/* Keep the pageblock of pfn for high-order atomic requests, or give it back. */
void mm_follow_reserve(struct mm_machine *m, pfn_t pfn);
void mm_follow_unreserve(struct mm_machine *m, pfn_t pfn, unsigned int type);
/* A CPU's count of pages and its free_factor, as the recording shows them by a
 * drain that did or did not happen.  The lists stay as they are. */
void mm_follow_set_pcp(struct mm_machine *m, int zone, unsigned int cpu, uint32_t count,
		       uint32_t free_factor);
void mm_follow_counter_fold(struct mm_machine *m);
bool mm_follow_boost_reset(struct mm_machine *m);	/* false: no zone had a boost */
/* kswapd begins or ends balancing: per-CPU lists are kept short meanwhile
 * (Linux 6.1 mm/page_alloc.c nr_pcp_high, ZONE_RECLAIM_ACTIVE). */
void mm_follow_kswapd(struct mm_machine *m, bool active);

#endif
