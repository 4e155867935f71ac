/* SPDX-License-Identifier: MIT
 *
 * The state of a run of an operation list.
 *
 * oracle.c (which runs are made), run.c (the loop), start.c, answer.c
 * (comparing), requests.c (one function an operation), foreign.c (what the
 * recording supplies), inner.c (decisions inside of requests), counters.c
 * (path.csv), states.c (snapshots), learn.c (what an untraced list supplies
 * late), resync.c and carry.c (starting again after reclaim).
 */
#ifndef ANALYZE_VERIFY_RUN_H
#define ANALYZE_VERIFY_RUN_H

#include "analyze/verify/oplist.h"
#include "analyze/verify/verify.h"
#include "analyze/verify/cost.h"
#include "engine/mm86.h"
#include "replay/cost.h"
#include "replay/state/state.h"

enum { MAX_CACHE_ID = 1024, MAX_LOCAL = 64, MAX_CACHES = 256 };

struct slot {
	bool held;
	bool adopted;		/* made while nothing was simulated */
	uint8_t order;
	uint32_t pfn, addr;
	uint32_t pages;		/* vmalloc, vmap */
	uint32_t cache;		/* cache objects: the engine's id */
};

struct guess {
	uint32_t start, base, size, seq_len;
	const uint16_t *seq;
	bool told;		/* by an address: a second correction is a mismatch */
};

/* Kept from one try of an untraced list to the next (learn.c). */
struct learned {
	struct guess *guess;
	uint32_t nr, at;	/* at: used in this try */
	uint32_t spare;		/* the vmap_area object kept for a split */
	bool again;		/* something was learned: begin anew */
};

struct pending {	/* the next snapshot of the file */
	struct mm_state s;
	struct state_mark mark;
	int have;
};

struct run {
	const char *dir;
	enum verify_mode mode;
	struct learned *learned;
	struct oplist *list;
	struct state_dir *state;
	struct mm_state first;		/* what the run started from */
	struct mm_config config;
	struct mm_machine *m;
	struct mm_caller who;
	const struct verify_options *opt;
	struct verify_result *res;
	uint32_t printed;		/* mismatches told on stderr */
	const struct oracle_op *op;	/* the current one */
	uint32_t from, to;		/* the operations that are run */
	bool skipping;			/* reclaim ran: until the next snapshot */
	bool differs;			/* something did not match in this operation */
	struct slot *slot;
	uint32_t cache_ptr[MAX_CACHE_ID]; /* the kernel's address of each cache, by id */
	uint32_t kmem_cache, kmem_cache_node; /* the kernel's address of these two */
	uint32_t vmap_area;		/* the engine's id of that cache */
	uint32_t list_cache[MAX_CACHES]; /* id of the list's cache of each index */
	uint32_t created;		/* caches that the list made so far */
	uint32_t first_caches;		/* cache lines of consts.txt before those */
	uint32_t local[MAX_LOCAL], nr_local; /* stack of local mappings */
	bool *used;			/* events already taken by a hook */
	const struct oracle_event *purge; /* to run inside the current operation */
	struct oracle_path counters;	/* before the current operation */
	uint32_t op_cache;		/* whose lists path.csv tells of */
	uint32_t resched;		/* reschedule points seen in it */
	struct { uint32_t was, is; } *alias; /* others' objects at other addresses */
	uint32_t nr_alias;
	struct mm_seen *seen;		/* inner decisions in the current operation */
	uint32_t nr_seen, cap_seen;
	struct cost_model *cost;	/* NULL: not asked for */
	struct measured *measured;	/* by operation */
};

/* What the engine answered; compared with the operation's columns. */
struct answer {
	uint8_t status;
	uint32_t ptr, pfn, zone, pbmt, raux;	/* NO_VALUE: not compared */
	const char *why;	/* cause of a failure */
};

/* requests.c: the operation as a call of the engine; which layer answers. */
void request(struct run *r, const struct oracle_op *o, struct answer *a);
enum verify_layer request_layer(enum op_code op);

/* start.c */
int start_run(struct run *r, struct mm_error *err);
void name_caches(struct run *r, const struct mm_state *first);

/* run.c: one try.  0 or negative errno. */
int run_list(struct run *r, struct mm_error *err);

/* answer.c: count one decision of a layer; text says what a mismatch is. */
void decided(struct run *r, enum verify_layer l, bool ok, const char *text);
/* Compare one value of a layer; says what it was in words. */
void compare(struct run *r, enum verify_layer l, const char *what, uint32_t want, uint32_t got);
void compare_answer(struct run *r, const struct answer *a);
void exclude(struct run *r, enum verify_layer l, enum verify_cause c, uint64_t n);
/* A sentence of the first mismatch. */
void mismatch(struct run *r, const char *sentence);

/* inner.c */
void hook_observe(void *arg, const struct mm_seen *seen);
void compare_inner(struct run *r);
void exclude_inner(struct run *r, enum verify_cause c);

/* states.c */
int next_state(struct run *r, struct pending *p, struct mm_error *err);
/* Compare the snapshots that were taken at this operation before event k. */
int states_before(struct run *r, struct pending *p, uint32_t k, struct mm_error *err);

/* resync.c, carry.c */
void adopt(struct run *r, const struct oracle_op *o);
int resync(struct run *r, struct mm_state *s, struct mm_error *err);
int carry_over(const struct mm_state *first, struct mm_state *s, struct mm_error *err);

/* learn.c */
uint32_t learn_guess(struct learned *l, pfn_t base, uint32_t size, const uint16_t *seq,
		     uint32_t seq_len);
bool learn_object(struct run *r, uint32_t want, uint32_t got);
void learn_areas(struct run *r, const struct mm_state *want, const struct mm_state *got);
void learn_slabs(struct run *r, const struct mm_state *want, const struct mm_state *got);

/* counters.c */
void path_before(struct run *r);
void path_after(struct run *r);

/* cost_run.c: the model beside the run; nothing without verify_options.cost. */
int cost_begin(struct run *r, struct mm_error *err);
void cost_before(struct run *r);
int cost_after(struct run *r, const struct answer *a);
void cost_end(struct run *r);

/* foreign.c */
bool engine_makes(const struct run *r, uint32_t i);
void foreign_call(struct run *r, const struct oracle_event *e);
void foreign_pages(struct run *r, const struct oracle_event *e, uint32_t addr);
uint32_t hook_shuffle(void *arg, uint32_t cache, pfn_t base, const uint16_t *seq,
		      uint32_t seq_len);
vaddr_t hook_object(void *arg, uint32_t cache);
void hook_resched(void *arg, struct mm_machine *m, const struct mm_caller *who);
/* The area of an adopted slot is freed as the kernel did it. */
enum mm_outcome free_adopted_area(struct run *r, uint32_t addr);
/* The purge worker ran: was it time? */
void purge_ran(struct run *r);
uint32_t cache_by_ptr(const struct run *r, uint32_t ptr);

#endif
