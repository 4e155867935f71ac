/* SPDX-License-Identifier: MIT
 *
 * One import under way: what the two passes share (internal to the importer).
 */
#ifndef IMPORT_RUN_H
#define IMPORT_RUN_H

#include "traces/import/emit.h"
#include "traces/import/epochs.h"
#include "traces/import/gfp.h"
#include "traces/import/import.h"
#include "traces/import/names.h"
#include "traces/import/source.h"

/* ---- frames ---- */

enum page_owner {
	PAGE_NONE,
	PAGE_USER,	/* an operation of the trace: slot */
	PAGE_SLAB, PAGE_LARGE, PAGE_VM, /* belongs to a request of the layer above */
	PAGE_ISOLATED,	/* taken by compaction */
	PAGE_MIGRATED,	/* source of a migration, to be freed */
};

struct page {
	uint32_t slot;
	uint16_t index;		/* page within its block */
	uint8_t order;		/* of its block */
	uint8_t owner;		/* enum page_owner */
};

/* ---- objects (struct addr_entry.kind) ---- */

enum object_kind { OBJ_NONE, OBJ_KMALLOC, OBJ_CACHE, OBJ_FOLDED, OBJ_VMALLOC, OBJ_VMAP, OBJ_IOREMAP,
		   OBJ_RAM };

/* ---- tasks ---- */

/* A call under way: between the event of its entry and that of its return, what
 * the same task does in the same context belongs to it. */
enum bracket_type {
	IN_NONE, IN_SLAB_NEW, IN_ALLOC_BULK, IN_BULK, IN_VMALLOC, IN_VMAP, IN_IOREMAP, IN_MAP_RAM,
	IN_AREA, IN_KMAP, IN_ISOLATE,
};

#define MAX_BRACKETS 8
#define MAX_MAPS 16	/* KM_MAX_IDX is 16 on i386 without debugging */

struct bracket {
	uint8_t type;
	uint8_t ctx;
	uint16_t name;		/* of a cache */
	uint32_t order;
	uint64_t size, gfp, site, arg;
};

struct local_map {
	uint32_t page;		/* its address >> 12 */
	bool emitted;
	bool zeroing;
};

struct task {
	int32_t pid;
	uint32_t cpu;		/* of the idle tasks, else 0 */
	uint32_t comm;		/* of the event that id was made for */
	uint32_t id;		/* in the trace */
	bool kswapd;
	uint8_t reclaim;	/* depth of direct reclaim */
	uint8_t nr_brackets, nr_maps;
	bool slab_free;		/* the next page freed is a slab */
	uint64_t last_op[3];	/* by context: mark of the operation that a stack now would
				 * belong to, 0 = none */
	struct bracket brackets[MAX_BRACKETS];
	struct local_map maps[MAX_MAPS];
	uint64_t bulk[32];	/* what was freed in bulk last */
	uint32_t nr_bulk;
	uint32_t *pages;	/* frames of a bulk page allocation under way */
	uint32_t nr_pages, cap_pages;
	/* first pass: mappings that may turn out to zero a page */
	uint64_t zero_pfn;	/* first page of the run */
	uint32_t nr_zero, cap_zero;
	uint32_t *zero;		/* numbers of the kmap_local events */
	uint64_t area_size;	/* a vmap area just allocated, 0 = none */
	uint32_t area_nr;
	/* second pass, a vmalloc of which only the area's events are recorded */
	uint64_t array_size;	/* bytes of the array of its pages, allocated next; 0 = none */
	uint32_t area_pages;	/* of an area just ended: pages whose frees follow */
};

struct tasks {
	struct task **v;	/* hash by pid, open addressing */
	uint32_t mask, n;
	struct task *last;
};

struct task *import_task_find(struct tasks *t, int32_t pid, uint32_t cpu);

/* The task of an event; NULL: no memory.  Mostly it is that of the event before. */
static inline struct task *import_task_of(struct tasks *t, const struct import_event *ev)
{
	uint32_t cpu = ev->pid ? 0 : ev->cpu; /* each CPU has its own idle task */

	if (t->last && t->last->pid == ev->pid && t->last->cpu == cpu)
		return t->last;
	return import_task_find(t, ev->pid, cpu);
}
void import_tasks_free(struct tasks *t);

void import_bracket_push(struct task *t, const struct import_event *ev, enum bracket_type type,
		  struct bracket **b);
/* Take the innermost bracket of this type off, and what lies in it; false: none. */
bool import_bracket_pop(struct task *t, enum bracket_type type, struct bracket *out);
/* The bracket that an event lies in: none when an interrupt or reclaim came between. */
struct bracket *import_bracket_of(struct task *t, const struct import_event *ev);
/* Does the event lie in a request of the vmalloc layer? */
bool in_vm(struct task *t, const struct import_event *ev);

/* ---- what the first pass finds ---- */

struct bits {
	uint64_t *v;
	uint32_t n;		/* capacity in bits */
};

int import_bits_set(struct bits *b, uint32_t i);
static inline bool import_bits_test(const struct bits *b, uint32_t i)
{
	return i < b->n && b->v[i >> 6] >> (i & 63) & 1;
}

struct site_note {		/* call site and size of a kmem_cache_alloc */
	uint64_t site;
	uint32_t size;
	uint32_t epoch[2];	/* first and last epoch of a page it allocated from */
	uint16_t name;
};

struct layout {
	uint64_t page_offset;	/* 0 = not known */
	uint64_t mem_map;
	uint32_t struct_page;
	uint64_t fixmap;	/* addresses from here on may be kmap_local slots */
};

#define GFP_SEEN 256

struct import_run {
	struct import_source *src;
	const struct import_options *opt;
	struct import_summary *sum;
	struct mm_error *err;
	struct layout layout;
	struct gfp_map gfp;
	struct gfp_seen {		/* a recording uses some fifty combinations */
		uint64_t number;
		gfp_t gfp;
	} gfp_seen[GFP_SEEN];		/* all zero: 0 maps to 0 */
	struct epochs epochs;
	struct names names;
	struct bits zeroing;		/* by number of the kmap_local event */
	struct bits is_vmalloc;		/* by number of the vmap_area event */
	struct site_note *sites;	/* open addressing */
	uint32_t sites_mask, nr_sites;
	struct tasks tasks;
	uint64_t events;		/* of both passes, for progress */
	uint64_t input_size;
	bool has_stacks;

	/* second pass */
	struct emit out;
	struct trace_slots slots;
	struct pfn_table pages;		/* struct page */
	struct addr_map objects;
	struct addr_map site_ids;	/* code address -> site id in the trace */
	struct addr_map frame_ids;	/* code address -> string id */
	struct addr_map stack_ids;	/* hash of the frames -> number in stacks */
	struct stack_note { uint32_t first, nr, id; } *stacks;
	uint32_t nr_stacks, cap_stacks;
	uint32_t *stack_frames;		/* of all stacks, one after the other */
	uint32_t nr_frames, cap_frames;
	uint64_t tracer, no_tracer;	/* innermost frames seen last: the tracer's own, another */
	struct addr_map parts;		/* slot + 1 -> pages of a block not yet freed */
	uint32_t kmaps, areas;		/* events of that role so far */
	uint32_t **anon;		/* by cache name: slots of objects without address */
	uint32_t *nr_anon;
	uint64_t last_time;
};

/* direct_map.c: where the direct map of a 64-bit kernel begins, 0 = it does not show. */
int import_direct_map(struct import_run *r, uint64_t *base);

/* scan.c: the first pass. */
int import_scan(struct import_run *r);
/* build.c: the second. */
int import_build(struct import_run *r);

/* Shared by both passes, and called for every event in both: number the epochs.
 * Returns the epoch that the event is about, 0 = none. */
uint32_t run_epoch(struct import_run *r, const struct import_event *ev);

/* Note of a call site, made if new and make is set. */
struct site_note *site_note(struct import_run *r, uint64_t site, uint32_t size, bool make);

uint64_t page_to_pfn(const struct layout *l, uint64_t page); /* UINT64_MAX: not known */
/* Frame of an address of the direct map; UINT64_MAX: not in it. */
uint64_t ptr_to_pfn(const struct layout *l, uint64_t ptr);
/* Frame of an event that has a pfn, a pte or a struct page. */
uint64_t event_pfn(const struct layout *l, const struct import_event *ev);
/* Did the allocation fail? */
bool page_failed(const struct import_event *ev, uint64_t pfn);

/* Canonical bits of F_GFP: a number of the recorded kernel, or (text) names that
 * the source has turned into canonical bits already. */
static inline gfp_t run_gfp(struct import_run *r, uint64_t v)
{
	struct gfp_seen *seen = &r->gfp_seen[(v ^ v >> 7 ^ v >> 14) % GFP_SEEN];

	if (v & IMPORT_CANONICAL)
		return (gfp_t)v;
	if (seen->number != v)
		*seen = (struct gfp_seen){ v, gfp_from_number(&r->gfp, v) };
	return seen->gfp;
}

/* Poll progress; -EINTR when stopped. */
int run_progress(struct import_run *r, bool second);

#endif
