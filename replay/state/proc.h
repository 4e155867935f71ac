/* SPDX-License-Identifier: MIT
 *
 * proc: the pieces of the reader of /proc files; internal to replay/state.
 *
 * proc.c puts them together; proc_zone.c reads zoneinfo, proc_types.c buddyinfo
 * and pagetypeinfo, proc_frames.c kpageflags, proc_virt.c vmallocinfo,
 * proc_slab.c slabinfo, proc_machine.c iomem and the rest of the machine.  What
 * no file tells is inferred: proc_pbmt.c the types of pageblocks, proc_free.c
 * the lists of free blocks, proc_pcp.c the pages of per-CPU lists.
 */
#ifndef REPLAY_STATE_PROC_H
#define REPLAY_STATE_PROC_H

#include "replay/state/lines.h"
#include "replay/state/state.h"

/* A kind of file is looked for in the folder and, by its other names, beside it. */
struct proc {
	const char *dir;
	struct mm_error *err;
	struct state_assumed *assumed;
	struct mm_state *s;
	struct mm_config *config;
};

int proc_open(const struct proc *p, struct lines **l, const char *name, struct mm_error *err);
bool proc_has(const struct proc *p, const char *name);

/* One more sentence.  0 or -ENOMEM. */
int proc_assume(const struct proc *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What kpageflags (and kpagecount) say of each frame. */
enum {
	PF_BUDDY = 1,	/* inside a block on a free list */
	PF_SLAB = 2,
	PF_LRU = 4,	/* tails of a huge page on the LRU included */
	PF_TABLE = 8,	/* user page table */
	PF_RESERVED = 16,
	PF_HOLE = 32,	/* no struct page */
	PF_BLANK = 64,	/* no flag: on a per-CPU list, or the kernel's */
	PF_WAS_MAPPED = 128, /* a process had it when kpagecount was read */
};
struct proc_frames {
	uint8_t *f;
	uint32_t nr;
	char path[256];		/* for messages */
};
int proc_frames_read(const struct proc *p, struct proc_frames *f);

/* What buddyinfo and pagetypeinfo count in a zone. */
struct proc_counts {
	bool in_buddyinfo, in_pagetypeinfo;
	uint32_t blocks[MM_MAX_ORDER];				/* buddyinfo */
	uint32_t typed[MM_MAX_ORDER][MM_MIGRATE_TYPES];		/* pagetypeinfo */
	uint32_t pageblocks[MM_MIGRATE_TYPES];			/* pagetypeinfo */
};
struct proc_text {
	struct proc_counts zone[MM_NR_ZONES];
	uint32_t pageblock_order;
	uint32_t slab_reclaimable;	/* pages, from zoneinfo */
};
int proc_zoneinfo_read(const struct proc *p, struct proc_text *t);
int proc_types_read(const struct proc *p, struct proc_text *t);

/* A zone's free blocks, ascending: rebuilt from the flags. */
struct proc_block { pfn_t pfn; uint8_t order, mt; };
struct proc_free { struct proc_block *b; uint32_t nr; };

/* Zone id of DMA, Normal, HighMem; -1 for another name. */
int proc_zone_id(const char *name);
const char *proc_zone_name(int id);

/* How many pages of a zone two files of a running machine may differ by. */
uint32_t proc_slack(const struct mm_zone_state *z);
unsigned int proc_cpus(const struct mm_zone_state *z);

/* The steps for one zone, in this order. */
int proc_free_find(const struct proc *p, int id, const struct proc_frames *f,
		   const struct proc_text *t, struct proc_free *out);
int proc_pbmt_infer(const struct proc *p, int id, const struct proc_frames *f,
		    const struct proc_text *t, const struct proc_free *free);
int proc_free_file(const struct proc *p, int id, const struct proc_text *t, struct proc_free *free);
int proc_pcp_infer(const struct proc *p, int id, const struct proc_frames *f,
		   const struct proc_text *t);

int proc_vmallocinfo_read(const struct proc *p);
int proc_slabinfo_read(const struct proc *p, const struct proc_frames *f);
int proc_machine_read(const struct proc *p, const struct proc_text *t);

#endif
