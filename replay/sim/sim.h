/* SPDX-License-Identifier: MIT
 *
 * sim: the backend that replays on the simulated machine.  Internal to
 * replay/sim/:
 *
 *	open.c	opens the machine, freshly booted or from a state, and samples it
 *	run.c	the hot loop
 *	rare.c	the operations that are not worth a place in it
 *	free.c	tables as they grow, and frees that do not meet what they expect
 *	cause.c	why an operation took as long as it did
 *	cost.c	what it would cost on the machine
 *
 * The table of live things is two words a slot: what the machine answered
 * (address or pfn) and what that is.  Slots are small numbers reused after the
 * free, so the table is as large as the trace's peak, whatever its length.
 */
#ifndef REPLAY_SIM_H
#define REPLAY_SIM_H

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

#define SIM_FREED	0x80000000u	/* the value stays: a second free is reported */
#define SIM_TYPE_MASK	(SIM_FREED | 0xfu)
#define SIM_META(type, order, n) ((uint32_t)(type) | (uint32_t)(order) << 4 | (uint32_t)(n) << 8)
#define SIM_ORDER(meta)	((meta) >> 4 & 0xfu)
#define SIM_COUNT(meta)	((meta) >> 8 & 0x7fffffu)	/* pages of a vm_map_ram */

struct sim_slot {
	uint32_t value, meta;
};

/* The task's local mappings, innermost last: one cache line a task. */
struct sim_maps {
	uint32_t depth;
	vaddr_t addr[15];	/* 0: that mapping was not made */
};

#define SIM_CACHE_UNKNOWN 0xffffffffu

/* A cache of the trace: the engine's id, 0 = not met yet, and with an id its
 * CPUs' lines (mm_fast.h), NULL without. */
struct sim_cache {
	struct mm_cpu_cache *cpus;
	uint32_t id;
};

enum { SIM_NR_CAUSE_STEPS = 17 };	/* steps that are a cause of their own (cause.c) */

struct sim {
	struct backend b;
	struct mm_machine *m;
	const struct mm_steps *steps;	/* the machine's, as it runs */
	uint32_t steps_changed;		/* steps->changed before the operation that is measured */
	uint32_t steps_seen[SIM_NR_CAUSE_STEPS]; /* and the counts */
	struct cost_model *cost;	/* NULL: cost is not asked for */
	struct cost_sum *cost_sum;
	struct sim_slot *slots;
	uint32_t nr_slots;
	uint32_t nr_maps;
	struct sim_maps *maps;		/* by task */
	struct sim_cache *cache;	/* by the trace's cache id */
	uint32_t nr_cache;
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
			      enum mm_outcome r, uint32_t value, uint32_t meta);

/* The maps of a task beyond the table; NULL: out of memory (s->b.err). */
struct sim_maps *sim_new_maps(struct sim *s, uint32_t task);

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
			 uint32_t value, uint32_t meta);

/* The engine's cache of the trace's cache op->arg, 0 = not known. */
uint32_t sim_cache(struct sim *s, const struct trace_op *op, const struct mm_caller *who);

/* An operation that the hot loop leaves; n = records from op on.  Returns how
 * many of them belong to it. */
size_t sim_rare(struct sim *s, const struct trace_op *op, size_t n, const struct mm_caller *who);

/* Does it hold something that was not freed? */
static inline bool sim_is_held(const struct sim_slot *slot)
{
	return (slot->meta & SIM_TYPE_MASK) >= SIM_PAGE && !(slot->meta & SIM_FREED);
}

/* Fill a slot with an answer, or mark it failed. */
static inline void sim_hold(struct sim *s, const struct trace_op *op, const struct mm_caller *who,
			    enum mm_outcome r, uint32_t value, uint32_t meta)
{
	struct sim_slot *slot = &s->slots[op->slot];

	if (__builtin_expect(op->slot >= s->nr_slots, 0)) {
		slot = sim_new_slot(s, op, who, r, value, meta);
		if (!slot)
			return;
	}
	if (__builtin_expect(sim_is_held(slot), 0))
		s->b.counts.slots_lost++;
	slot->value = value;
	slot->meta = meta;
	if (__builtin_expect(r != MM_OK, 0)) {
		slot->meta = SIM_FAILED;
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
