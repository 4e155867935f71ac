/* SPDX-License-Identifier: MIT
 *
 * gen: what a profile writes with.
 *
 * A profile declares classes in begin(): a class is everything that the
 * requests of one sort have in common (kind, order or size, flags, call sites).
 * gen_new makes a live object of a class and returns its slot, gen_end frees
 * it, gen_end_at has it freed at a later time.  Each operation moves the clock
 * by an exponentially distributed gap whose mean is 1/rate; gen_pause adds
 * quiet time.  Who asks is g->task, g->cpu and g->ctx.
 *
 * The cost of an operation is one random number and the writing of its 40
 * bytes; some 5 ns.
 */
#ifndef SYNTH_GEN_H
#define SYNTH_GEN_H

#include "base/gfp.h"
#include "traces/synth/rng.h"
#include "traces/synth/synth.h"
#include "traces/synth/wheel.h"

enum { GEN_BATCH = 4096, GEN_CLASSES_MAX = 4096, GEN_PARTS_MAX = 16 };

struct fit;
struct fitter;

struct gen_class {
	uint8_t kind, order;
	uint8_t free_kind;	/* filled by gen_class */
	uint8_t part;		/* filled: the part that declared it */
	gfp_t gfp;
	uint32_t size, arg;	/* bytes; cache */
	uint32_t site, free_site;
};

/* A profile at work.  A mix has several. */
struct gen_part {
	const struct synth_profile *profile;
	const uint64_t *param;	/* values, in the order of the profile's table */
	void *state;		/* its own */
};

struct gen {
	struct gen_part *part;	/* the one at work */
	struct rng rng;
	struct rng_exp *exp;
	uint64_t now;		/* ns, before --rate */
	uint64_t gap;		/* mean ns between operations */
	uint64_t stretch;	/* time in the trace / now, 32.32 fixed point */
	uint32_t task;
	uint8_t cpu, ctx;

	uint64_t operations, limit;
	uint64_t end;		/* ns of `now` */
	bool closed;		/* the limit is reached: nothing more is written */
	struct trace_op *op;	/* batch */
	size_t nr;
	struct trace_op spare;	/* what is asked for when closed */

	struct gen_class *class;
	uint32_t nr_classes;
	uint16_t *class_of;	/* of each slot */
	uint32_t *tag;		/* of each slot: the profile's own */
	uint32_t cap;		/* slots in these tables */
	struct trace_slots slots;
	struct wheel wheel;
	struct gen_part parts[GEN_PARTS_MAX];
	uint32_t nr_parts;

	const struct synth_options *opt;
	struct mmt_writer *writer;	/* NULL: synth_feed */
	uint32_t names;		/* given without a writer */
	struct trace_cache *cache;	/* by id; the names are the profile's */
	uint32_t nr_caches;
	const struct fit *model;	/* that the part replays; NULL: none */
	struct fitter *fitter;	/* measures what is written; NULL: not asked for */
	int (*take)(void *arg, const struct trace_op *op, size_t n);
	void *take_arg;
	struct mm_error *err;
	int rc;			/* first error; step() may go on, nothing is written */
};

/* ---- set up ---- */

uint32_t gen_task(struct gen *g, int pid, const char *comm);
uint32_t gen_site(struct gen *g, const char *name);
uint32_t gen_cache(struct gen *g, const char *name, uint32_t size, uint32_t flags);

/* Declare a class; its site and free_site by name (NULL: unknown). */
uint32_t gen_class(struct gen *g, struct gen_class c, const char *site, const char *free_site);
/* The two sorts that are declared most. */
uint32_t gen_pages(struct gen *g, unsigned int order, gfp_t gfp, const char *site, const char *free_site);
uint32_t gen_objects(struct gen *g, uint32_t cache, gfp_t gfp, const char *site, const char *free_site);

/* calloc that reports: NULL leaves a sentence. */
void *gen_alloc(struct gen *g, size_t n, size_t size);
/* Value of a parameter of the part at work, by its place in the table. */
static inline uint64_t gen_param(const struct gen *g, unsigned int i)
{
	return g->part->param[i];
}

/* ---- operations ---- */

void gen_flush(struct gen *g);
uint32_t gen_more_slots(struct gen *g, uint32_t slot);

/* A new operation of this kind, by who is at work, now. */
static inline struct trace_op *gen_op(struct gen *g, unsigned int kind)
{
	struct trace_op *op;

	if (__builtin_expect(g->operations == g->limit, 0)) {
		g->closed = true;
		return &g->spare;
	}
	if (__builtin_expect(g->nr == GEN_BATCH, 0))
		gen_flush(g);
	g->operations++;
	g->now += rng_exp(&g->rng, g->exp, g->gap);
	op = &g->op[g->nr++];
	*op = (struct trace_op){
		.time = (uint64_t)((unsigned __int128)g->now * g->stretch >> 32),
		.slot = TRACE_NO_SLOT, .answer = TRACE_NO_ANSWER, .task = g->task,
		.kind = (uint8_t)kind, .cpu = g->cpu, .ctx = g->ctx,
	};
	return op;
}

/* An item of the operation before. */
static inline void gen_item(struct gen *g, uint32_t slot)
{
	if (g->closed)
		return;
	if (__builtin_expect(g->nr == GEN_BATCH, 0))
		gen_flush(g);
	g->op[g->nr++] = (struct trace_op){ .slot = slot, .answer = TRACE_NO_ANSWER };
}

/* A free slot; TRACE_NO_SLOT when out of memory (g->rc is set). */
static inline uint32_t gen_slot(struct gen *g, uint32_t cls)
{
	uint32_t slot = g->slots.nr ? g->slots.stack[--g->slots.nr] : trace_slot_get(&g->slots);

	if (__builtin_expect(slot >= g->cap, 0))
		slot = gen_more_slots(g, slot);
	if (__builtin_expect(slot != TRACE_NO_SLOT, 1))
		g->class_of[slot] = (uint16_t)cls;
	return slot;
}

static inline uint32_t gen_new_sized(struct gen *g, uint32_t cls, uint32_t size)
{
	const struct gen_class *c = &g->class[cls];
	uint32_t slot = gen_slot(g, cls);
	struct trace_op *op = gen_op(g, c->kind);

	op->slot = slot;
	op->order = c->order;
	op->gfp = c->gfp;
	op->size = size;
	op->arg = c->arg;
	op->site = c->site;
	return slot;
}

/* One object of the class: its slot. */
static inline uint32_t gen_new(struct gen *g, uint32_t cls)
{
	return gen_new_sized(g, cls, g->class[cls].size);
}

/* Free it. */
static inline void gen_end(struct gen *g, uint32_t slot)
{
	const struct gen_class *c;
	struct trace_op *op;

	if (__builtin_expect(slot == TRACE_NO_SLOT, 0))
		return;
	c = &g->class[g->class_of[slot]];
	op = gen_op(g, c->free_kind);
	op->slot = slot;
	op->order = c->order;
	op->arg = c->free_kind == TRACE_CACHE_FREE ? c->arg : 0;
	op->site = c->free_site;
	if (g->slots.nr < g->slots.cap)
		g->slots.stack[g->slots.nr++] = slot;
	else if (trace_slot_put(&g->slots, slot))
		g->rc = -1;
}

/* Free it at this time (the profile's due(), else gen_end). */
static inline void gen_end_at(struct gen *g, uint32_t slot, uint64_t when)
{
	if (slot != TRACE_NO_SLOT)
		wheel_put(&g->wheel, slot, when);
}

/* Free it after a time with this mean. */
static inline void gen_end_after(struct gen *g, uint32_t slot, uint64_t mean)
{
	gen_end_at(g, slot, g->now + rng_exp(&g->rng, g->exp, mean));
}

/* Operations on a slot: LRU_ADD, KMAP, KUNMAP, KMAP_LOCAL, KMAP_ATOMIC. */
static inline void gen_on(struct gen *g, unsigned int kind, uint32_t slot, uint32_t site)
{
	struct trace_op *op = gen_op(g, kind);

	op->slot = slot;
	op->site = site;
}

/* Quiet time. */
static inline void gen_pause(struct gen *g, uint64_t ns)
{
	g->now += ns;
}

/* Quiet time with this mean. */
static inline void gen_pause_about(struct gen *g, uint64_t mean)
{
	g->now += rng_exp(&g->rng, g->exp, mean);
}

/* Everything whose time has come is freed; called before each step. */
void gen_due(struct gen *g);

/* Nothing to do until the next thing is due, or for `most` ns. */
void gen_wait(struct gen *g, uint64_t most);

/* A mark: a phase begins.  snapshot: the /proc files are kept. */
void gen_mark(struct gen *g, const char *name, bool snapshot);

/* A bulk request: n objects of a class (TRACE_CACHE_ALLOC_BULK), their slots in slot[]. */
void gen_new_bulk(struct gen *g, uint32_t cls, uint32_t *slot, uint32_t n);
/* kmem_cache_free_bulk of n objects of one class. */
void gen_end_bulk(struct gen *g, const uint32_t *slot, uint32_t n);
/* VMAP or VM_MAP_RAM of these pages. */
uint32_t gen_map_pages(struct gen *g, uint32_t cls, const uint32_t *page, uint32_t n);

/* ---- live objects of a profile's own ---- */

/* A list of slots; order is lost by gen_pool_take. */
struct gen_pool {
	uint32_t *slot;
	uint32_t nr, cap;
};

bool gen_pool_init(struct gen *g, struct gen_pool *p, uint64_t cap);

static inline void gen_pool_put(struct gen_pool *p, uint32_t slot)
{
	if (p->nr < p->cap)
		p->slot[p->nr++] = slot;
}

/* Remove entry i by moving the last one there. */
static inline uint32_t gen_pool_take(struct gen_pool *p, uint32_t i)
{
	uint32_t slot = p->slot[i];

	p->slot[i] = p->slot[--p->nr];
	return slot;
}

/* A queue of slots of fixed capacity: first in, first out. */
struct gen_queue {
	uint32_t *slot;
	uint32_t first, nr, cap;
};

bool gen_queue_init(struct gen *g, struct gen_queue *q, uint64_t cap);

static inline void gen_queue_put(struct gen_queue *q, uint32_t slot)
{
	uint32_t at = q->first + q->nr++;

	q->slot[at >= q->cap ? at - q->cap : at] = slot;
}

static inline uint32_t gen_queue_take(struct gen_queue *q)
{
	uint32_t slot = q->slot[q->first];

	q->first = q->first + 1 == q->cap ? 0 : q->first + 1;
	q->nr--;
	return slot;
}

static inline uint32_t gen_queue_at(const struct gen_queue *q, uint32_t i)
{
	uint32_t at = q->first + i;

	return q->slot[at >= q->cap ? at - q->cap : at];
}

#endif
