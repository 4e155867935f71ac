/* SPDX-License-Identifier: MIT
 *
 * The second pass: events to operations (internal to the importer).
 *
 * Every event ends in exactly one of made(), folded(), not_replayed(), or one
 * of the summary's other counts.
 */
#ifndef IMPORT_BUILD_H
#define IMPORT_BUILD_H

#include "traces/import/run.h"

static inline void folded(struct import_run *r, enum import_fold why)
{
	r->sum->folded[why]++;
}

static inline void not_replayed(struct import_run *r, enum import_not_replayed why)
{
	r->sum->not_replayed[why]++;
}

/* build.c */

/* Append an operation for the event; a stack that follows belongs to it. */
struct trace_op *make_op(struct import_run *r, const struct import_event *ev, struct task *t,
			 unsigned int kind);
/* One that the event implies but that is not the event itself. */
struct trace_op *extra_op(struct import_run *r, const struct import_event *ev, struct task *t,
			  unsigned int kind);
uint32_t site_id(struct import_run *r, uint64_t addr);	/* call site in the trace */
/* What the recorded kernel answered, as 32 bits. */
static inline uint32_t answer_of(uint64_t v)
{
	return v >> 32 ? TRACE_NO_ANSWER : (uint32_t)v;
}

/* stacks.c: the trace's id of a stack of string ids. */
uint32_t import_stack_id(struct import_run *r, const uint32_t *ids, uint32_t n);

/* build_page.c */
void build_page_alloc(struct import_run *r, const struct import_event *ev, struct task *t,
		      uint32_t epoch);
void build_page_free(struct import_run *r, const struct import_event *ev, struct task *t,
		     uint32_t epoch);
void build_bulk(struct import_run *r, const struct import_event *ev, struct task *t);
void build_lru(struct import_run *r, const struct import_event *ev, struct task *t);
/* The page of a frame as an operand: makes it a foreign page when the trace does
 * not hold its allocation.  NULL: it belongs to a request of another layer. */
struct page *page_operand(struct import_run *r, const struct import_event *ev, struct task *t,
			  uint64_t pfn);

/* build_compact.c */
void build_isolate(struct import_run *r, const struct import_event *ev, struct task *t);
void build_migrate(struct import_run *r, const struct import_event *ev);

/* build_slab.c */
void build_object_alloc(struct import_run *r, const struct import_event *ev, struct task *t,
			uint32_t epoch);
void build_object_free(struct import_run *r, const struct import_event *ev, struct task *t);
/* The trace's id of a cache, created now when it is new. */
uint32_t cache_id(struct import_run *r, const struct import_event *ev, struct task *t,
		  uint16_t name);
void object_gone(struct import_run *r, struct addr_entry *o);
/* A slot for an object at ptr; what still stood there is freed first. */
struct addr_entry *object_new(struct import_run *r, const struct import_event *ev, struct task *t,
			      uint64_t ptr, enum object_kind kind, uint16_t name);

/* build_bulk.c */
void build_slab_probe(struct import_run *r, const struct import_event *ev, struct task *t);
void build_alloc_bulk(struct import_run *r, const struct import_event *ev, struct task *t,
		      uint32_t epoch);
void build_free_bulk(struct import_run *r, const struct import_event *ev, struct task *t,
		     uint32_t epoch);
bool in_last_bulk(const struct task *t, uint64_t ptr);
/* A slot of an object that a bulk allocation made and whose address the probe
 * did not show; TRACE_NO_SLOT: none is left. */
uint32_t anonymous_slot(struct import_run *r, uint16_t name);

/* build_vm.c */
void build_vm(struct import_run *r, const struct import_event *ev, struct task *t);

/* build_kmap.c */
void build_kmap(struct import_run *r, const struct import_event *ev, struct task *t);

#endif
