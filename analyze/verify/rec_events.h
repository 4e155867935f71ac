/* SPDX-License-Identifier: MIT
 *
 * rec_events: what a recording tells of the page allocator, in memory.
 *
 * Internal to the verification of recordings (rec_*.c).  Only events of the
 * page allocator are kept, 40 bytes each; slab, vmalloc and kmap events do not
 * reach it but through these.
 */
#ifndef ANALYZE_VERIFY_REC_EVENTS_H
#define ANALYZE_VERIFY_REC_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/gfp.h"
#include "base/mm_error.h"

enum rec_kind {
	REC_ALLOC,	/* a request's answer; pfn REC_FAILED: none */
	REC_BULK,	/* a page that the bulk allocator took */
	REC_FREE,	/* a block goes to its per-CPU list, or to the free lists */
	REC_FREE_TAIL,	/* surplus of alloc_pages_exact: to the free lists' tail */
	REC_TAKE,	/* a block leaves the free lists */
	REC_DRAIN,	/* a block comes back to them from a per-CPU list */
	REC_STEAL,	/* a block of another type's list is stolen */
	REC_DRAIN_ALL,	/* all per-CPU lists are drained */
	REC_ISOLATE,	/* compaction takes a free block */
	REC_RESERVE,	/* a pageblock is kept for high-order atomic requests */
	REC_UNRESERVE,	/* it is given back */
	REC_KSWAPD,	/* kswapd wakes (order 1) or sleeps (order 0) */
	REC_RECLAIM,	/* direct reclaim or compaction begins */
	REC_MARK,	/* a snapshot file is read: order is an index of marks */
};

#define REC_FAILED	0xffffffffu
#define REC_NO_TYPE	0xff	/* bulk: nobody recorded the request's flags */

struct rec_event {
	uint64_t time;		/* ns */
	uint32_t number;	/* of the event in the recording, from 1 */
	uint32_t key;		/* number of the moment at which the page was taken */
	uint32_t pfn;
	gfp_t gfp;
	int32_t pid;
	uint8_t kind, cpu, order, type;
	uint8_t refill;		/* TAKE: for a per-CPU list, by the kernel's word */
	uint8_t from_order, from_type, owned; /* STEAL */
};

struct rec_mark {
	char text[96];		/* "GTSNAP before read /proc/kpageflags" */
	uint32_t at;		/* index of the first event after it */
};

struct rec_trace {
	struct rec_event *ev;
	uint32_t nr, cap;
	struct rec_mark *mark;
	uint32_t nr_marks;
	uint64_t events;	/* of all kinds in the recording */
	uint64_t lost;
	uint32_t cpus;
	char kernel[128];	/* uname, "" when the trace does not tell */
	uint64_t text_address;	/* of REC_SYMBOL in the trace's kernel, 0 when it does not tell */
};
#define REC_SYMBOL	"si_meminfo"

/* Read DIR/trace.dat or DIR/trace.dat.zst.  0 or negative errno. */
int rec_read(struct rec_trace *t, const char *dir, struct mm_error *err);
void rec_free(struct rec_trace *t);
/* The mark whose text is this, or NULL. */
const struct rec_mark *rec_find_mark(const struct rec_trace *t, const char *text);

#endif
