/* SPDX-License-Identifier: MIT
 *
 * rec: the parts of the verification of recordings; internal to rec_*.c.
 *
 * rec_events.c reads the trace, rec_start.c makes the machine that it begins
 * on, rec_follow.c, rec_drain.c and rec_fix.c run it followed, rec_free.c
 * free, rec_end.c compares the ends, rec.c puts them together.
 */
#ifndef ANALYZE_VERIFY_REC_H
#define ANALYZE_VERIFY_REC_H

#include "analyze/verify/rec_events.h"
#include "analyze/verify/verify.h"
#include "engine/mm_follow.h"

/* Where a run begins. */
struct rec_start {
	struct mm_config config;
	struct mm_state state;
	char kernel[64];	/* its release */
	bool from_boot;		/* the recording begins at boot; else state is filled */
	uint32_t first, end;	/* events [first, end) are run */
	bool has_end;		/* end is where after/buddyinfo was read, not a cut */
};
int rec_start(struct rec_start *s, const char *dir, const struct rec_trace *t, struct mm_error *err);
void rec_start_free(struct rec_start *s);
struct mm_machine *rec_machine(const struct rec_start *s, struct mm_error *err);
/* Blocks of each order in DIR/after/buddyinfo, by zone. */
int rec_buddyinfo(const char *dir, uint32_t blocks[MM_NR_ZONES][MM_MAX_ORDER], struct mm_error *err);

/* What a frame's place in the machine rests on, until an event touches it.  A
 * free block or page of the start has GUESS and EXCUSE; a page that was in no
 * free block EXCUSE alone: it was in use or on a per-CPU list (kpageflags shows
 * both as blank). */
enum {
	REC_GUESS = 1,	/* where it is in its list, and in which, was assumed */
	REC_EXCUSE = 2,	/* no decision has been excluded for it yet */
	REC_MOVED = 4,	/* it has been moved to another CPU's list */
};

/* A refill under way on a CPU. */
struct rec_burst { bool on, counted; int zone; uint8_t order, type; uint32_t n, want; };
/* A drain under way on a CPU, of the lists of the same or another CPU. */
struct rec_drain {
	bool on, open;		/* open: its length is taken from the recording */
	bool of_free;		/* a free's, not drained from elsewhere */
	int zone;
	uint8_t cpu;
	uint32_t drained;	/* pages so far */
	uint32_t factor;	/* free_factor before the free that caused it */
	struct mm_follow_drain walk;
};
struct rec_cpu {
	struct rec_burst burst;
	struct rec_drain drain;
	uint32_t back_off[MM_NR_ZONES]; /* pages that the count was last taken back by */
	uint32_t direct;	/* block taken for a request itself, or MM_NO_PFN */
	uint32_t last_free;	/* index of the free that was the last event here, plus one */
};

struct rec_run {
	const struct rec_trace *t;
	const struct rec_start *start;
	struct mm_machine *m;
	struct verify_result *out;
	const struct verify_options *opt;
	enum verify_mode mode;
	const struct rec_event *ev;	/* the event that is being judged */
	uint32_t boot_step;
	bool kswapd;		/* it balances the node */
	bool reclaim_ran;	/* free-running: from here on both differ by right */
	uint32_t nr_frames;
	/* Per frame: REC_GUESS ... */
	uint8_t *start_mark;
	uint32_t *judge;	/* per event: index plus one of the request that begins there */
	uint32_t *next_of;	/* per frame: index plus one of the next event that names it */
	uint32_t *link;		/* per event: the same for the one after it */
	uint8_t *reclaimed;	/* per task: reclaim ran since its last request */
	unsigned int printed;
	struct rec_cpu cpu[MM_NR_CPUS];
};

int rec_follow(struct rec_run *r, struct mm_error *err);
int rec_free_run(struct rec_run *r, struct mm_error *err);
int rec_compare_end(struct rec_run *r, const char *dir, struct mm_error *err);

/* rec_drain.c.  A recording from boot reaches a step of mm_follow_boot_step. */
void rec_boot_progress(struct rec_run *r, uint32_t step);
struct mm_pcp_info rec_pcp(const struct rec_run *r, int zone, unsigned int cpu);
void rec_drain_end(struct rec_run *r, struct rec_drain *d);
void rec_follow_drain(struct rec_run *r, struct rec_cpu *c, int zone);

/* rec_fix.c: a decision that differs: counted or excluded, the machine
 * corrected so that pfn is what it takes next. */
void rec_fix_block(struct rec_run *r, int zone, pfn_t predicted);
void rec_fix_page(struct rec_run *r, int zone, unsigned int cpu, unsigned int type, pfn_t predicted,
		  enum verify_layer layer);
void rec_fix_drained(struct rec_run *r, int zone, struct rec_drain *d, pfn_t predicted);
/* The block leaves whatever lists the machine has it on; the per-CPU counts,
 * which are the kernel's, stay. */
void rec_extract(struct rec_run *r, pfn_t pfn, unsigned int order);
/* A CPU's count of pages changes by pages. */
void rec_add_count(struct rec_run *r, int zone, unsigned int cpu, int32_t pages);
/* The list has entries that a recorded step disproves: those whose place is a
 * guess leave it.  Answers whether one of them excuses that; *rest: an entry
 * remains. */
bool rec_disprove(struct rec_run *r, int zone, unsigned int cpu, unsigned int order,
		  unsigned int type, bool *rest);
/* The frames of a block have been touched. */
void rec_touch(struct rec_run *r, pfn_t pfn, unsigned int order);
/* Describe a mismatch of the current event: the first one is kept. */
void rec_mismatch(struct rec_run *r, enum verify_layer layer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
