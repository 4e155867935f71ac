/* SPDX-License-Identifier: MIT
 *
 * The state of a run, shared by runner.c (the loop, comparing), start.c,
 * requests.c (one function an operation), foreign.c (what the recording
 * supplies), learn.c (what an untraced one supplies late) and counters.c.
 */
#ifndef TESTS_ORACLE_RUNNER_IN_H
#define TESTS_ORACLE_RUNNER_IN_H

#include "engine/mm86.h"
#include "tests/oracle/runner.h"

enum { MAX_CACHE_ID = 1024, MAX_LOCAL = 64, MAX_CACHES = 256 };

struct slot {
	bool held;
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

struct run {
	const char *dir;
	struct learned *learned;
	struct oplist list;
	struct state_dir *state;
	struct mm_state first;		/* what the run started from */
	struct mm_config config;
	struct mm_machine *m;
	struct mm_caller who;
	const struct oracle_options *opt;
	struct oracle_result *res;
	const struct oracle_op *op;	/* the current one */
	uint32_t from, to;		/* the operations that are run */
	bool skipping;			/* reclaim ran: until the next snapshot */
	struct slot *slot;
	uint32_t cache_ptr[MAX_CACHE_ID]; /* the kernel's address of each cache, by id */
	uint32_t kmem_cache, kmem_cache_node; /* the kernel's address of these two */
	uint32_t list_cache[MAX_CACHES]; /* id of the list's cache of each index */
	uint32_t created;		/* caches that the list made so far */
	uint32_t first_caches;		/* cache lines of consts.txt before those */
	uint32_t local[MAX_LOCAL], nr_local; /* stack of local mappings */
	bool *used;			/* events already taken by a hook */
	const struct oracle_event *purge; /* to run inside the current operation */
	struct oracle_path counters;	/* before the current operation */
	uint32_t resched;		/* reschedule points seen in it */
	struct { uint32_t was, is; } *alias; /* others' objects at other addresses */
	uint32_t nr_alias;
};

/* What the engine answered; compared with the operation's columns. */
struct answer {
	uint8_t status;
	uint32_t ptr, pfn, zone, pbmt, raux;	/* NO_VALUE: not compared */
	const char *why;	/* cause of a failure */
};

void request(struct run *r, const struct oracle_op *o, struct answer *a);
enum layer request_layer(enum op_code op);

void adopt(struct run *r, const struct oracle_op *o);
int resync(struct run *r, struct mm_state *s, struct mm_error *err);
int carry_over(const struct mm_state *first, struct mm_state *s, struct mm_error *err);
void name_caches(struct run *r, const struct mm_state *first);
int start_run(struct run *r, struct mm_error *err);

/* Count one decision of a layer; text says what a mismatch is. */
void decided(struct run *r, enum layer l, bool ok, const char *text);

/* Compare one value of a layer; says what it was in words. */
void compare(struct run *r, enum layer l, const char *what, uint32_t want, uint32_t got);

/* Others' calls among the events [from, to) of the list. */
uint32_t learn_guess(struct learned *l, pfn_t base, uint32_t size, const uint16_t *seq,
		     uint32_t seq_len);
bool learn_object(struct run *r, uint32_t want, uint32_t got);
void learn_areas(struct run *r, const struct mm_state *want, const struct mm_state *got);
void learn_slabs(struct run *r, const struct mm_state *want, const struct mm_state *got);
void path_before(struct run *r);
void path_after(struct run *r);
bool engine_makes(const struct run *r, uint32_t i);
void foreign_call(struct run *r, const struct oracle_event *e);
void foreign_pages(struct run *r, const struct oracle_event *e, uint32_t addr);
uint32_t hook_shuffle(void *arg, uint32_t cache, pfn_t base, const uint16_t *seq,
		      uint32_t seq_len);
vaddr_t hook_object(void *arg, uint32_t cache);
void hook_resched(void *arg, struct mm_machine *m, const struct mm_caller *who);
uint32_t cache_by_ptr(const struct run *r, uint32_t ptr);

#endif
