/* SPDX-License-Identifier: MIT
 *
 * hists: one histogram for each kind of operation and each cause, and their
 * files.  Host times and modelled cost are two such tables; they never meet.
 *
 * The table is some 12 MiB of zeroed address space, of which what is used
 * becomes memory: a histogram's head and the pages of its values.
 */
#ifndef REPLAY_HISTS_H
#define REPLAY_HISTS_H

#include <stdio.h>

#include <jansson.h>

#include "base/mm_error.h"
#include "replay/histogram.h"

/*
 * Why an operation took as long as it did: of all that happened during it the
 * one that stands last here, which is what reached deepest or ended it.
 * Backends without such knowledge say CAUSE_ANY.
 */
enum op_cause {
	CAUSE_ANY,
	CAUSE_FAST,		/* none of what follows */
	CAUSE_SLAB_LIST,	/* the CPU's slab was used up: one from its lists */
	CAUSE_SLAB_FREE,	/* an object went back to a slab that is not the CPU's */
	CAUSE_NEW_SLAB,		/* a slab was made, of pages that were at hand */
	CAUSE_SLAB_DISCARD,	/* an empty slab's pages were given back */
	CAUSE_BUDDY,		/* a block straight from or to the buddy lists */
	CAUSE_DRAIN,		/* a per-CPU list gave pages back */
	CAUSE_REFILL,		/* a per-CPU list took pages */
	CAUSE_SPLIT,		/* ... or the request a block, of a larger block */
	CAUSE_PKMAP_FLUSH,	/* kmap: the window's stale slots were flushed */
	CAUSE_VMAP_PURGE,	/* freed vmalloc areas were unmapped and flushed */
	CAUSE_STEAL,		/* a block of another mobility */
	CAUSE_SLOW_PATH,	/* past the first attempt on the free lists */
	CAUSE_LEFT_OUT,		/* not executed: orphans, skipped, not replayed */
	CAUSE_WOULD_BLOCK,	/* the outcomes that are not ok */
	CAUSE_FAIL,
	CAUSE_MISUSE,
	CAUSE_UNSUPPORTED,
	NR_CAUSES
};

const char *op_cause_name(enum op_cause c);

enum { HISTS_KINDS = 128 };	/* of struct trace_op: 0 .. TRACE_KIND_MAX */

struct hists {
	uint32_t nr_rows;
	uint8_t row[HISTS_KINDS];	/* of a kind; kinds without a name share row 0 */
	uint8_t kind[HISTS_KINDS];	/* of a row */
	struct histogram *hist;		/* row * NR_CAUSES + cause */
};

/* 0 or -ENOMEM and a sentence. */
int hists_init(struct hists *t, struct mm_error *err);
void hists_free(struct hists *t);

static inline struct histogram *hists_at(const struct hists *t, uint8_t kind, enum op_cause c)
{
	return &t->hist[t->row[kind % HISTS_KINDS] * NR_CAUSES + c];
}

enum { HISTS_ALL = -1 };

/* The sum of a kind's or all kinds' histograms, of one cause or of all but
 * CAUSE_LEFT_OUT, which is no execution; *to is overwritten. */
void hists_sum(const struct hists *t, int kind, int cause, struct histogram *to);

/* "page_alloc", "all" for HISTS_ALL, "unknown" for a number without a name. */
const char *hists_kind_name(int kind);

/* What a table's values are. */
struct hists_unit {
	const char *name;	/* "ns": of the columns, min_ns ... */
	double scale;		/* units in one */
};

/* kind,cause,count,min_U,mean_U,p50_U,p90_U,p99_U,p99_9_U,max_U: a row for each
 * kind with each of its causes and all of them, and for all kinds. */
void hists_write_csv(const struct hists *t, const struct hists_unit *u, FILE *f);

/* { KIND: { count, min_U, ... max_U } } and the same by cause. */
json_t *hists_kinds_json(const struct hists *t, const struct hists_unit *u);
json_t *hists_causes_json(const struct hists *t, const struct hists_unit *u);

/* dir/KIND.hgrm for each kind that occurs and dir/all.hgrm; dir exists. */
int hists_write_hgrm(const struct hists *t, const struct hists_unit *u, const char *dir,
		     struct mm_error *err);

#endif
