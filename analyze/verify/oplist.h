/* SPDX-License-Identifier: MIT
 *
 * oplist: a recorded operation list: what was asked, what the kernel answered,
 * and what others did in between.
 *
 * results.csv (one line an operation: request and answer) and events.csv (what
 * happened inside).  Columns are found by name, so that a copy may leave out
 * those that nobody reads.  Events go into two lists.  ev: what a replay cannot
 * make itself: calls of other tasks, where each new slab's free list starts,
 * when the worker that purges vmalloc areas ran, what else the kernel allocated
 * to create a cache (its name, its sysfs folder); and the pages of each vmalloc
 * area, which are answers.  seen: the kernel's inner decisions, as the engine's
 * observer tells its own.
 */
#ifndef ANALYZE_VERIFY_OPLIST_H
#define ANALYZE_VERIFY_OPLIST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mm_error.h"
#include "engine/mm86.h"

enum op_code {
	OP_NOP, OP_ALLOC_PAGES, OP_FREE_PAGES_PAGE, OP_GET_FREE_PAGES, OP_FREE_PAGES,
	OP_GET_ZEROED_PAGE, OP_KMALLOC, OP_KZALLOC, OP_KFREE, OP_CACHE_CREATE, OP_CACHE_ALLOC,
	OP_CACHE_FREE, OP_CACHE_DESTROY, OP_VMALLOC, OP_VFREE, OP_VMAP, OP_VUNMAP, OP_IOREMAP,
	OP_IOUNMAP, OP_KMAP, OP_KUNMAP, OP_KMAP_LOCAL, OP_KUNMAP_LOCAL, OP_KMAP_ATOMIC,
	OP_KUNMAP_ATOMIC, OP_SNAP, OP_UNMAP_ALIASES, OP_MSLEEP, OP_CACHE_SHRINK, OP_NR
};
const char *op_name(enum op_code op);

enum op_status { ST_OK, ST_FAIL, ST_NOT_HELD, ST_GUARD, ST_COND_NO, ST_NR };
const char *op_status_name(enum op_status s);

#define NO_VALUE 0xffffffffu	/* an empty column */

struct oracle_op {
	uint32_t i, id, size, gfp, aux;
	uint8_t op, arg, flags, status;
	uint32_t ptr, pfn;	/* pfn NO_VALUE: not told */
	uint32_t zone, pbmt, raux;
	uint32_t ev, nr_ev;	/* its events in oplist.ev */
	uint32_t seen, nr_seen;	/* its inner decisions in oplist.seen */
	bool reclaim;		/* kswapd or compaction ran in it, or a direct reclaim that freed */
};

enum ev_type {
	EV_OTHER, EV_NEW_SLAB, EV_VPAGES, EV_PURGE,
	EV_START_OBJECT,	/* a free of a cache object that nobody had allocated */
	EV_KMALLOC, EV_KFREE, EV_CACHE_ALLOC, EV_CACHE_FREE, EV_PAGE_ALLOC, EV_PAGE_FREE,
	/* of the operation itself, when it frees an area after reclaim ran: */
	EV_OWN_AREA, EV_OWN_PAGE, EV_OWN_KFREE,
};

struct oracle_event {
	uint32_t k, a, b, c;
	uint8_t type, order, ctx;
	bool own;		/* the operation's: what sysfs takes for a cache */
	bool late;		/* something of the operation's own came before it */
	uint32_t own_frees;	/* EV_PURGE: pages that the operation had freed by then */
};

/* What the operation changed: an untraced list has this instead of events. */
struct oracle_path {
	bool there;
	int32_t free[3], pcp[3];	/* pages, by zone */
	uint32_t free_factor[3];	/* afterwards */
	int32_t lazy;			/* vmap pages; a fall is a purge */
	int32_t lazy_out;		/* the same, between the operation before and this one */
	uint32_t pgalloc, pgfree;	/* pages given out and taken back */
	bool outside;			/* something changed between the operations */
	/* the operation's cache; changes but for cpu_slab (pfn afterwards) and
	 * empty (CPU free list empty: before * 2 + after) */
	int32_t slabs, partial, cpu_partial;
	uint32_t cpu_slab, empty;
};

struct oplist {
	struct oracle_op *op;
	uint32_t nr_op, max_id;
	struct oracle_event *ev;
	uint32_t nr_ev;
	struct mm_seen *seen;	/* NEW_SLAB: b is the kernel's address of the cache */
	uint32_t nr_seen;
	bool inner;		/* all of them: a copy without the column mt lacks some */
	struct oracle_path *path;	/* one an operation, or NULL */
	bool traced;		/* no path.csv: events tell each new slab */
};

/* 0 or negative errno with a sentence. */
int oplist_read(struct oplist *l, const char *dir, struct mm_error *err);
void oplist_free(struct oplist *l);

/* The events of operation op as the recording has them, at most max lines. */
void oplist_print_events(const char *dir, uint32_t op, unsigned int max, FILE *out);

#endif
