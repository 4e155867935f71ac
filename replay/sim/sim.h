/* SPDX-License-Identifier: MIT
 *
 * sim: the backend that replays on the simulated machine.  Internal to
 * replay/sim/:
 *
 *	open.c	opens the machine, freshly booted or from a state, and samples it
 *	run.c	the hot loop: frequent operations as they mostly go
 *	any.c	whatever leaves the loop; of that
 *	bulk.c	  requests for many pages or objects
 *	map.c	  maps of pages, and the loop's own
 *	rare.c	  virtual areas, foreign pages, all other kinds
 *	free.c	tables as they grow, and frees that do not meet what they expect
 *	cache.c	which of the machine's caches a trace's is, and their lines
 *	cause.c	why an operation took as long as it did
 *	cost.c	what it would cost on the machine
 *
 * The table of live things is two words a slot: what the machine answered
 * (address or pfn) and what that is.  Slots are small numbers reused after the
 * free, so the table is as large as the trace's peak, whatever its length.
 */
#ifndef REPLAY_SIM_H
#define REPLAY_SIM_H

#include <string.h>

#include "engine/mm_fast.h"
#include "engine/mm_steps.h"
#include "replay/backend.h"
#include "replay/cost_sum.h"

enum sim_type {
	SIM_EMPTY,
	SIM_FAILED,	/* the request did not end in ok: what follows is skipped */
	SIM_PAGE,	/* value = pfn */
	SIM_FOREIGN,	/* value = pfn of a page allocated before the trace */
	SIM_OBJECT,	/* kmalloc or cache object; value = address */
	SIM_VMALLOC, SIM_VMAP, SIM_IOREMAP, SIM_VM_RAM, /* value = address */
	SIM_USER,	/* a mapping of a user address space: not replayed */
};

#define SIM_FREED	0x80u	/* with the type; the value stays: a second free is reported */

/* What a slot holds.  Fields and not bits of one word: the loop compares, loads and
 * stores each by an instruction. */
struct sim_what {
	uint8_t type;		/* enum sim_type, perhaps with SIM_FREED */
	uint8_t small;		/* of pages: order; of an object: its mm_kmalloc_index, 0: not
				 * known or not kmalloc's; of a vm_map_ram: pages / 2^16 */
	uint16_t index;		/* of an object in its slab, as mm_fast_put takes it,
				 * MM_OBJ_NIL: not known; of a vm_map_ram: pages % 2^16 */
};

struct sim_slot {
	uint32_t value;
	struct sim_what is;
};

static inline struct sim_what sim_is(enum sim_type type)
{
	return (struct sim_what){ .type = (uint8_t)type };
}

static inline struct sim_what sim_is_pages(enum sim_type type, unsigned int order)
{
	return (struct sim_what){ .type = (uint8_t)type, .small = (uint8_t)order };
}

static inline struct sim_what sim_is_object(unsigned int index, unsigned int kmalloc)
{
	return (struct sim_what){ .type = SIM_OBJECT, .small = (uint8_t)kmalloc, .index = (uint16_t)index };
}

static inline struct sim_what sim_is_vm_ram(uint32_t pages)
{
	return (struct sim_what){ .type = SIM_VM_RAM, .small = (uint8_t)(pages >> 16), .index = (uint16_t)pages };
}

static inline uint32_t sim_vm_ram_pages(struct sim_what is)
{
	return (uint32_t)is.small << 16 | is.index;
}

/* The task's local mappings, innermost last: one cache line a task. */
enum { SIM_MAPS = 15 };
struct sim_maps {
	uint32_t depth;
	vaddr_t addr[SIM_MAPS];	/* 0: that mapping was not made */
};

#define SIM_CACHE_UNKNOWN 0xffffffffu
enum { SIM_KMALLOC_LINES = MM_KMALLOC_TYPES * MM_KMALLOC_CLASSES };

enum { SIM_NR_CAUSE_STEPS = 17 };	/* steps that are a cause of their own (cause.c) */

struct sim {
	struct backend b;
	struct mm_machine *m;
	const struct mm_kmalloc *kmalloc; /* the machine's */
	const uint64_t *next_work;	/* the machine's, as it runs */
	const struct mm_steps *steps;	/* the same */
	uint32_t steps_changed;		/* steps->changed before the operation that is measured */
	uint32_t steps_seen[SIM_NR_CAUSE_STEPS]; /* and the counts */
	struct cost_model *cost;	/* NULL: cost is not asked for */
	struct cost_sum *cost_sum;
	struct sim_slot *slots;
	uint32_t nr_slots;
	uint32_t nr_maps;
	struct sim_maps *maps;		/* by task */
	uint32_t *cache;		/* by the trace's cache id: the machine's, 0 = not met
					 * yet, or SIM_CACHE_UNKNOWN */
	uint32_t nr_cache;
	uint32_t nr_lines;		/* SIM_KMALLOC_LINES + nr_cache */
	struct mm_cpu_cache **lines;	/* of each machine's CPU as many: cache.c */
	struct mm_cpu_cache **line[256]; /* the trace's CPU's among them */
	uint32_t max_pfn;
	uint64_t next_tick;		/* trace time of the next mm_advance */
	uint32_t *scratch;		/* answers of a bulk operation */
	size_t nr_scratch;
	bool state;			/* started from a loaded state */
	uint8_t cpu[256];		/* trace's CPU: machine's CPU */
	const struct mmt_reader *trace;
	backend_failed_fn *failed;
	void *failed_arg;
	bool any_sample;		/* of what requests hold, since the first sample: */
	uint64_t first_free;		/* pages then */
	struct mm_slab_totals first_slab;
};

/* The operation did not end in ok: count it and tell the caller. */
void sim_not_ok(struct sim *s, const struct trace_op *op, enum mm_outcome r);

/* The operation is not executed, for this reason. */
static inline void sim_leave_out(struct sim *s, const struct trace_op *op, enum not_replayed why)
{
	s->b.counts.not_replayed[why]++;
	s->b.counts.left_out[op->kind & TRACE_KIND_MAX]++;
	backend_odd(&s->b, CAUSE_LEFT_OUT);
}

/* The operation is on something whose request failed. */
static inline void sim_skip(struct sim *s, const struct trace_op *op)
{
	s->b.counts.skipped[op->kind]++;
	backend_odd(&s->b, CAUSE_LEFT_OUT);
}

/* The slot table grows to hold op->slot; for an allocation without a slot the
 * answer is given back at once.  NULL: there is no slot to fill. */
struct sim_slot *sim_new_slot(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
			      enum mm_outcome r, uint32_t value, struct sim_what is);

/* One of the tables grows to hold entry `need`, new entries zeroed.  0 or
 * -ENOMEM (s->b.err); what names an entry. */
int sim_grow(struct sim *s, const char *what, void **table, uint32_t *nr, uint32_t need, size_t size);

/* Room for n answers; NULL: out of memory (s->b.err). */
uint32_t *sim_scratch(struct sim *s, size_t n);

/* A free of what is not held as it should be: orphan, failed before, freed
 * before, something else. type is what the operation means. */
void sim_odd_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
		  enum sim_type type);

/* A free of what may or may not be held. */
void sim_one_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
		  enum sim_type type);

/* A map of what is no held page. */
void sim_odd_page(struct sim *s, const struct trace_op *op);

/* Free what a slot of this type holds. */
enum mm_outcome sim_free(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
			 uint32_t value, struct sim_what is);

/* An empty table of caches, of an opened machine; 0 or -ENOMEM. */
int sim_cache_init(struct sim *s);
void sim_cache_life(struct sim *s, const struct trace_op *op, const struct mm_caller *who);

/* The engine's cache of the trace's cache op->arg, 0 = not known. */
uint32_t sim_cache(struct sim *s, const struct trace_op *op, const struct mm_caller *who);

/* The same, inline where it is known. */
static inline uint32_t sim_known_cache(struct sim *s, const struct trace_op *op,
				       const struct mm_caller *who)
{
	uint32_t cache = op->arg < s->nr_cache ? s->cache[op->arg] : 0;

	return cache - 1 < SIM_CACHE_UNKNOWN - 1 ? cache : sim_cache(s, op, who);
}

/* An operation that the hot loop leaves, as loop.any (loop.h). */
size_t sim_any(struct backend *b, const struct trace_op *op, size_t n);
/* The same for kinds that the hot loop does not know. */
size_t sim_rare(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who);

/* Bulk operations; the records that they take. */
size_t sim_page_bulk(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who);
size_t sim_alloc_bulk(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who);
size_t sim_free_bulk(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who);

/* The items that a bulk operation really has. */
static inline size_t sim_items(const struct trace_op *op, size_t n)
{
	size_t i;

	for (i = 1; i < n && i <= op->size && op[i].kind == TRACE_ITEM; i++)
		;
	return i - 1;
}

/* Timed work of the machine is done up to now, s->next_tick moves on. */
void sim_tick(struct sim *s, uint64_t now);

/* Map and unmap, local or atomic, of operation nr, for the hot loop: false, and
 * nothing was done, if the page or the mapping is not known. */
bool sim_map_local(struct sim *s, const struct trace_op *op, uint64_t nr);
bool sim_unmap_local(struct sim *s, const struct trace_op *op, uint64_t nr);
/* All kinds of maps and unmaps, whatever they meet. */
void sim_map_any(struct sim *s, const struct trace_op *op, const struct mm_caller *who);

/* Site and task stand together, in this order, in both: one load, one store. */
_Static_assert(offsetof(struct mm_caller, task) == offsetof(struct mm_caller, site) + 4 &&
	       offsetof(struct trace_op, task) == offsetof(struct trace_op, site) + 4,
	       "site and task are copied together");

/* Operation number nr's caller. */
static inline const struct mm_caller *sim_who(const struct sim *s, const struct trace_op *op,
					      uint32_t nr, struct mm_caller *who)
{
	who->op = nr;
	memcpy(&who->site, &op->site, sizeof(who->site) + sizeof(who->task));
	who->cpu = s->cpu[op->cpu];
	who->context = op->ctx;
	return who;
}

/* This CPU's line of a cache below nr_cache; of one that is not known, a line that
 * gives and takes nothing. */
static inline struct mm_cpu_cache *sim_cache_line(const struct sim *s, const struct trace_op *op)
{
	return s->line[op->cpu][SIM_KMALLOC_LINES + (size_t)op->arg];
}

/* The mm_kmalloc_index of a request, and this CPU's line of one; 0: it is no request
 * for an object, or a special one. */
static inline unsigned int sim_kmalloc_index(const struct sim *s, const struct trace_op *op)
{
	if (op->size - 1 >= MM_KMALLOC_MAX || op->gfp & s->kmalloc->special)
		return 0;
	return mm_kmalloc_index(s->kmalloc, op->size, op->gfp);
}

static inline struct mm_cpu_cache *sim_kmalloc_line(const struct sim *s, const struct trace_op *op,
						    unsigned int index)
{
	return s->line[op->cpu][index];
}

/* Does it hold something that was not freed?  (One compare: a freed one is negative.) */
static inline bool sim_is_held(const struct sim_slot *slot)
{
	return (int8_t)slot->is.type > SIM_FAILED;
}

/* Fill a slot with an answer, or mark it failed. */
static inline void sim_hold(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
			    enum mm_outcome r, uint32_t value, struct sim_what is)
{
	struct sim_slot *slot = &s->slots[op->slot];

	if (__builtin_expect(op->slot >= s->nr_slots, 0)) {
		slot = sim_new_slot(s, op, who, r, value, is);
		if (!slot)
			return;
	}
	if (__builtin_expect(sim_is_held(slot), 0))
		s->b.counts.slots_lost++;
	slot->value = value;
	slot->is = is;
	if (__builtin_expect(r != MM_OK, 0)) {
		slot->is = sim_is(SIM_FAILED);
		sim_not_ok(s, op, r);
	}
}

/* The machine's steps so far are not those of the operation that comes next. */
void sim_steps_seen(struct sim *s);

/* Whether the operation was anything but plainly done on a fast path. */
static inline bool sim_has_cause(const struct sim *s)
{
	return s->steps->changed != s->steps_changed || s->b.odd;
}

/* Its cause; ready for the next one. */
enum op_cause sim_cause(struct sim *s);

/* Add what the operation would cost on the machine to s->cost_sum. */
void sim_cost(struct sim *s, const struct trace_op *op, enum op_cause cause);

enum backend_reason sim_run(struct backend *b, const struct trace_op *op, size_t n,
			    size_t *pos, const struct backend_stop *stop);

#endif
