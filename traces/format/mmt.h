/* SPDX-License-Identifier: MIT
 *
 * mmt: the native trace format, reader and writer.
 *
 * A trace is a stream of operations (struct trace_op) with the strings, call
 * sites, stacks, tasks and caches that they name, and free-form metadata.
 * On disk it is chunks of columns, zstd-compressed and checksummed, with an
 * index at the end; docs/mmt-format.md is the specification.  Reading and
 * writing stream in constant memory and work on pipes: whatever an operation
 * refers to stands in its own chunk or in an earlier one.
 *
 * This folder knows nothing of the engine.
 */
#ifndef TRACE_MMT_H
#define TRACE_MMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/gfp.h"
#include "base/mm_error.h"

/*
 * Operation kinds.  The numbers are part of the file format: never renumber.
 * "items": that many TRACE_ITEM records follow directly, one per slot.
 */
enum trace_kind {
	TRACE_ITEM = 0,		/* slot [, answer]: one slot of the operation before.
				 * Reads with that operation's time; what is written in
				 * its other fields is ignored */

	TRACE_PAGE_ALLOC = 1,	/* slot, order, gfp; answer: pfn */
	TRACE_PAGE_FREE = 2,	/* slot, order */
	TRACE_PAGE_BULK = 3,	/* size = items wanted, gfp; items: slot, answer pfn */
	TRACE_PAGE_FOREIGN = 4,	/* slot, order; answer: pfn.  The trace does not hold
				 * this page's allocation; the slot names it from here on */
	TRACE_LRU_ADD = 5,	/* slot, arg: the page goes on the LRU */

	TRACE_KMALLOC = 8,	/* slot, size, gfp; answer: address */
	TRACE_KFREE = 9,	/* slot */
	TRACE_KFREE_BULK = 10,	/* size = items; items: slot */

	TRACE_CACHE_CREATE = 16, /* arg = cache id; all else in struct trace_cache */
	TRACE_CACHE_ALLOC = 17,	/* slot, arg = cache id, gfp; answer: address */
	TRACE_CACHE_FREE = 18,	/* slot, arg = cache id */
	TRACE_CACHE_DESTROY = 19, /* arg = cache id */
	TRACE_CACHE_SHRINK = 20, /* arg = cache id */
	TRACE_CACHE_ALLOC_BULK = 21, /* arg = cache id, gfp, size = items; items: slot, answer */
	TRACE_CACHE_FREE_BULK = 22, /* arg = cache id, size = items; items: slot */

	TRACE_VMALLOC = 32,	/* slot, size (bytes), gfp; answer: address */
	TRACE_VFREE = 33,	/* slot */
	TRACE_VMAP = 34,	/* slot, size = items; items: page slots; answer: address */
	TRACE_VUNMAP = 35,	/* slot */
	TRACE_IOREMAP = 36,	/* slot, size (bytes), arg = physical address >> 12,
				 * order = unused; answer: address */
	TRACE_IOUNMAP = 37,	/* slot */
	TRACE_UNMAP_ALIASES = 38,
	TRACE_VM_MAP_RAM = 39,	/* slot, size = items; items: page slots; answer: address */
	TRACE_VM_UNMAP_RAM = 40, /* slot */

	TRACE_KMAP = 48,	/* slot of the page, arg = page within its block; answer: address */
	TRACE_KUNMAP = 49,	/* slot of the page, arg */
	TRACE_KMAP_LOCAL = 50,	/* slot of the page, arg; answer: address */
	TRACE_KUNMAP_LOCAL = 51, /* pops the task's last local mapping; no slot */
	TRACE_KMAP_ATOMIC = 52,
	TRACE_KUNMAP_ATOMIC = 53,

	TRACE_DRAIN = 64,	/* all per-CPU page lists go to the buddy */
	TRACE_IDLE = 65,	/* time passes up to this operation's time */
	TRACE_MARK = 66,	/* arg = name (string id): a phase begins; size = 1: snapshot */

	TRACE_MMAP = 72,	/* slot, size (bytes), task */
	TRACE_TOUCH = 73,	/* slot, arg = page within the mapping, order = 1: write */
	TRACE_MUNMAP = 74,	/* slot */
	TRACE_EXIT = 75,	/* task ends */

	TRACE_KIND_MAX = 127
};

/* ctx: in what the request was made */
enum trace_ctx { TRACE_TASK = 0, TRACE_SOFTIRQ = 1, TRACE_HARDIRQ = 2 };

#define TRACE_NO_SLOT	0xffffffffu
#define TRACE_NO_ANSWER	0xffffffffu	/* not recorded; 0 = the kernel answered NULL */

/*
 * One operation, as decoded.  Fields that a kind does not use are 0 (slot:
 * TRACE_NO_SLOT, answer: TRACE_NO_ANSWER).
 *
 * A free of something never seen allocated ("orphan") has slot TRACE_NO_SLOT
 * and the recorded address or pfn in answer.
 */
struct trace_op {
	uint64_t time;		/* ns since the trace's start, never decreasing */
	uint32_t slot;		/* small number, reused after the free */
	uint32_t size;		/* bytes, or number of items */
	gfp_t gfp;		/* canonical bits */
	uint32_t site;		/* id of a call site or stack, 0 = unknown */
	uint32_t task;		/* id of a task, 0 = unknown */
	uint32_t arg;
	uint32_t answer;	/* pfn or address */
	uint8_t kind;
	uint8_t order;
	uint8_t cpu;
	uint8_t ctx;		/* enum trace_ctx */
};

/* A slab cache as the trace knows it.  Ids start at 1 and are never reused. */
struct trace_cache {
	const char *name;	/* NUL-terminated */
	uint32_t size;		/* object size as requested, bytes; 0 = not known */
	uint32_t align;		/* 0 = default */
	uint32_t flags;		/* enum trace_cache_flags */
};

/* Values are this project's own. */
enum trace_cache_flags {
	TRACE_CACHE_HWALIGN = 1,	/* SLAB_HWCACHE_ALIGN */
	TRACE_CACHE_RECLAIM = 2,	/* SLAB_RECLAIM_ACCOUNT */
	TRACE_CACHE_DMA = 4,
	TRACE_CACHE_ACCOUNT = 8,
	TRACE_CACHE_RCU = 16,		/* SLAB_TYPESAFE_BY_RCU */
	TRACE_CACHE_CTOR = 32,
	TRACE_CACHE_NOMERGE = 64,
	TRACE_CACHE_PANIC = 128,
};

struct trace_task {
	int32_t pid;
	const char *comm;
};

/* A site is either a name ("copy_process+0x278") or a stack of them. */
struct trace_site {
	const char *name;		/* NULL for a stack */
	const uint32_t *frames;		/* stack: string ids, innermost first */
	uint32_t nr_frames;
};

/* What the trailer (or a scan) tells of a whole trace. */
struct trace_totals {
	uint64_t operations;	/* records other than TRACE_ITEM */
	uint64_t records;	/* all of them */
	uint64_t by_kind[TRACE_KIND_MAX + 1];
	uint64_t duration_ns;	/* time of the last operation */
	uint32_t slots;		/* highest slot + 1: size of a slot table */
	uint32_t tasks, sites, strings, caches; /* highest id + 1 of each */
	uint32_t cpus;		/* highest CPU number + 1 */
	uint64_t chunks;
	uint64_t file_bytes;
	bool answers;		/* some operation has a recorded answer */
};

/* ---- writing ---- */

struct mmt_writer;

struct mmt_write_options {
	int level;		/* zstd level, 0 = default */
	bool no_answers;	/* drop the recorded answers */
};

/* Opens path for writing ("-" = stdout).  A regular file is written under a
 * temporary name in the same folder and renamed by mmt_finish: a killed
 * writer leaves nothing that looks whole.  NULL on error. */
struct mmt_writer *mmt_create(const char *path, const struct mmt_write_options *opt,
			      struct mm_error *err);

/* Each returns an id > 0; the same content always gets the same id.
 * mmt_cache always makes a new cache.  0 ("unknown") when it cannot be defined
 * (out of memory, a string above 1 MiB, a stack above 4096 frames): the next
 * mmt_write or mmt_finish then fails with the sentence. */
uint32_t mmt_string(struct mmt_writer *w, const char *s);
uint32_t mmt_site(struct mmt_writer *w, const char *name);
uint32_t mmt_stack(struct mmt_writer *w, const uint32_t *frames, uint32_t n);
uint32_t mmt_task(struct mmt_writer *w, int32_t pid, const char *comm);
uint32_t mmt_cache(struct mmt_writer *w, const struct trace_cache *c);

/* Metadata: key=value, both UTF-8; the last value of a key counts.  May be
 * called until mmt_finish.  Well-known keys: see docs/mmt-format.md. */
int mmt_meta(struct mmt_writer *w, const char *key, const char *value);

/* Append n operations.  Times may not decrease; a decreasing time, an unknown
 * id, a bad kind, or items other than the operation before announced (2^20 at
 * most) is refused with -EINVAL and a sentence; what stands before it in op[]
 * has been written, and writing may go on. */
int mmt_write(struct mmt_writer *w, const struct trace_op *op, size_t n,
	      struct mm_error *err);

/* Write the trailer, fsync, rename; frees w in every case. */
int mmt_finish(struct mmt_writer *w, struct trace_totals *totals, struct mm_error *err);

/* Give up: remove the temporary file, free w. */
void mmt_abort(struct mmt_writer *w);

/* ---- reading ---- */

struct mmt_reader;

struct mmt_read_options {
	bool salvage;		/* stop quietly before the first damage (see mmt_damage) */
	bool no_answers;	/* do not decode answers: faster; they read as TRACE_NO_ANSWER */
};

/* Opens path ("-" = stdin).  NULL on error. */
struct mmt_reader *mmt_open(const char *path, const struct mmt_read_options *opt,
			    struct mm_error *err);
void mmt_close(struct mmt_reader *r);

/* The next batch: 1 and *op, *n (valid until the next call), 0 at the clean
 * end of the trace, negative errno with a sentence that names file, offset and
 * chunk.  An operation and its TRACE_ITEMs are always in one batch. */
int mmt_next(struct mmt_reader *r, const struct trace_op **op, size_t *n,
	     struct mm_error *err);

/* Start again at the first chunk that holds an operation >= nr (0 = rewind);
 * *first receives the number of that chunk's first operation.  -ESPIPE on a pipe. */
int mmt_seek(struct mmt_reader *r, uint64_t nr, uint64_t *first, struct mm_error *err);

/* Names of what operations refer to; valid for ids in chunks read so far
 * (with an index, for all).  Never NULL: an unknown id reads as "?". */
const char *mmt_get_string(const struct mmt_reader *r, uint32_t id);
struct trace_site mmt_get_site(const struct mmt_reader *r, uint32_t id);
struct trace_task mmt_get_task(const struct mmt_reader *r, uint32_t id);
struct trace_cache mmt_get_cache(const struct mmt_reader *r, uint32_t id);
/* Number of ids known so far (highest id + 1). */
uint32_t mmt_nr_sites(const struct mmt_reader *r);
uint32_t mmt_nr_tasks(const struct mmt_reader *r);
uint32_t mmt_nr_caches(const struct mmt_reader *r);

/* Metadata seen so far, by key (NULL if absent) or by number (false at the end). */
const char *mmt_get_meta(const struct mmt_reader *r, const char *key);
bool mmt_meta_at(const struct mmt_reader *r, size_t i, const char **key, const char **value);

/* Totals from the trailer without reading the operations: 0, or -ESPIPE on a
 * pipe (scan instead).  After the end has been reached it works on a pipe too. */
int mmt_totals(struct mmt_reader *r, struct trace_totals *t, struct mm_error *err);

/* Bytes of the file consumed so far and its size (0 for a pipe): for progress. */
uint64_t mmt_offset(const struct mmt_reader *r);
uint64_t mmt_size(const struct mmt_reader *r);

/* After a salvage: the sentence of the damage that ended the reading, or NULL. */
const char *mmt_damage(const struct mmt_reader *r);

/* "kmalloc", "page_alloc", ...; NULL for a number that is no kind. */
const char *trace_kind_name(unsigned int kind);

/* ---- from one trace into another ---- */

/* Define all names of r, a regular file, in w, in their order.  True when all
 * have the same ids there (w was new, and r's writer was this one): then whole
 * chunks can pass. */
bool mmt_copy_names(struct mmt_writer *w, const struct mmt_reader *r);

/*
 * The next chunk of r goes into w as it stands, checked by decoding but not coded
 * again, some ten times as fast as mmt_write: after mmt_copy_names, when r
 * has handed out `done` operations and these end its last chunk, and all of the
 * next chunk lies before operation before_op and time before_ns.  Its times become
 * `earlier` ns less.  *passed: the operations that went, 0 if none may: then
 * mmt_next goes on as ever.
 */
struct mmt_pass {
	uint64_t done, before_op, before_ns, earlier;
};
int mmt_pass_chunk(struct mmt_writer *w, struct mmt_reader *r, const struct mmt_pass *pass,
		   uint64_t *passed, struct mm_error *err);

/* ---- slots ---- */

/* Hands out slots: the one freed last comes first, so the highest slot is the
 * peak number of live objects.  Zero-initialise; trace_slots_free releases. */
struct trace_slots {
	uint32_t *stack;
	size_t nr, cap;
	uint32_t next;
};

uint32_t trace_slot_get(struct trace_slots *s);		/* TRACE_NO_SLOT: out of memory */
int trace_slot_put(struct trace_slots *s, uint32_t slot); /* -ENOMEM */
void trace_slots_free(struct trace_slots *s);

#endif
