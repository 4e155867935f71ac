/* SPDX-License-Identifier: MIT
 *
 * live: what is alive at a point of a trace.  Internal to traces/tools/.
 *
 * A table by slot holds the operation that made each live thing, its mappings
 * by kmap and, of a vmap, the pages behind it; beside it stand each task's
 * local mappings and the caches that the trace made.  So memory is that of the
 * most things alive at a time, whatever the trace's length.  A tool looks at
 * the table before it applies an operation, and may keep a note of its own
 * with each thing.
 */
#ifndef TRACE_TOOLS_LIVE_H
#define TRACE_TOOLS_LIVE_H

#include "traces/format/kinds.h"
#include "traces/format/mmt.h"

/* Linux 6.1 has KM_MAX_IDX = 16 local mappings a task; deeper ones are counted. */
enum { LIVE_LOCAL_MAX = 16 };

struct live_object {
	struct trace_op op;	/* what made it; an item stands as an operation of its own */
	uint64_t seq;		/* 1.. in order of creation; 0: not alive */
	uint32_t *pages;	/* of a vmap or vm_map_ram: op.size slots, and ... */
	uint64_t *page_seq;	/* ... the seq that each had */
	uint32_t kmaps;		/* of a block of pages: kmap less kunmap; ... */
	uint32_t *page_kmaps;	/* ... by page of the block, NULL: all of page 0 */
	uint32_t note;		/* the tool's own; 0 when made */
	uint32_t out;		/* the tool's own as well */
	bool lru;		/* was put on the LRU ... */
	uint32_t lru_arg;	/* ... with this arg */
};

struct live_local {
	uint64_t seq;		/* of the page's object */
	uint32_t slot, arg;
	uint8_t kind;		/* TRACE_KMAP_LOCAL or TRACE_KMAP_ATOMIC */
	uint8_t cpu, ctx;
	uint8_t note;		/* the tool's own */
};

struct live_task {
	uint32_t depth;		/* local mappings held */
	uint64_t exit;		/* seq of the last exit: older mmaps of the task are gone */
	struct live_local local[LIVE_LOCAL_MAX];
};

enum live_cache_state {
	LIVE_CACHE_BEFORE,	/* not made by the trace */
	LIVE_CACHE_MADE,
	LIVE_CACHE_GONE,	/* destroyed */
};

struct live_cache {
	struct trace_op op;	/* that made or destroyed it */
	uint64_t seq;
	uint8_t state;
};

struct live {
	struct live_object *object;	/* by slot */
	struct live_task *task;		/* by task id */
	struct live_cache *cache;	/* by cache id */
	uint32_t nr_object, nr_task, nr_cache;
	uint64_t seq;
};

/* The live thing of a slot, NULL if there is none. */
struct live_object *live_get(struct live *l, uint32_t slot);

/* The local mappings of a task; grows the table.  NULL: out of memory. */
struct live_task *live_task(struct live *l, uint32_t task, struct mm_error *err);

/* Apply an operation; its items (op->size of them) follow it.  0, or a negative
 * errno value with a sentence. */
int live_apply(struct live *l, const struct trace_op *op, struct mm_error *err);

/* All that is alive, oldest first, in *list (to be freed) and *n. */
int live_list(struct live *l, struct live_object ***list, size_t *n, struct mm_error *err);

void live_free(struct live *l);

/* How often kmap holds page `page` of a block. */
uint32_t live_kmaps(const struct live_object *o, uint32_t page);

/* Forget these mappings. */
void live_forget_kmaps(struct live_object *o);

/* The kind that ends what this kind makes: TRACE_PAGE_ALLOC -> TRACE_PAGE_FREE. */
uint8_t live_end_kind(uint8_t kind);

/* Does an operation of this kind map a page locally, or unmap the last? */
static inline bool live_is_local_map(uint8_t kind)
{
	return kind == TRACE_KMAP_LOCAL || kind == TRACE_KMAP_ATOMIC;
}

static inline bool live_is_local_unmap(uint8_t kind)
{
	return kind == TRACE_KUNMAP_LOCAL || kind == TRACE_KUNMAP_ATOMIC;
}

/* How many records an operation takes: itself and its items. */
static inline size_t live_records(const struct trace_op *op)
{
	return kind_has_items(op->kind) ? (size_t)op->size + 1 : 1;
}

#endif
