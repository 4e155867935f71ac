/* SPDX-License-Identifier: MIT
 *
 * renames: the names of one trace in another.  Internal to traces/tools/.
 *
 * Ids of sites, tasks, caches and strings are given out in the order of their
 * definition, so an operation that goes from one trace into another gets new
 * ones.  A name is defined in the output when the first operation uses it; from
 * then on it costs one load.  A tool that changes names puts a function before
 * the definition.
 */
#ifndef TRACE_TOOLS_RENAMES_H
#define TRACE_TOOLS_RENAMES_H

#include "traces/format/kinds.h"
#include "traces/format/mmt.h"

enum rename_sort { RENAME_SITE, RENAME_TASK, RENAME_CACHE, RENAME_STRING, RENAME_SORTS };

/* What a tool does to names; each may be NULL.  They are called once a name. */
struct rename_rules {
	void *arg;
	/* A string of this sort to another, valid until the next call. */
	const char *(*string)(void *arg, enum rename_sort sort, const char *s);
	int32_t (*pid)(void *arg, int32_t pid, const char *comm);
	/* The output's id of a cache. */
	uint32_t (*cache)(void *arg, struct mmt_writer *w, const struct trace_cache *c);
	/* A metadatum that is to be written, NULL: not at all. */
	const char *(*meta)(void *arg, const char *key, const char *value);
};

struct renames {
	const struct mmt_reader *r;
	struct mmt_writer *w;
	const struct rename_rules *rules;
	struct {
		uint32_t *id;	/* 0: not defined yet */
		uint32_t n;
	} map[RENAME_SORTS];
	bool failed;		/* out of memory */
};

/* The slow half of renames_id: defines the name. */
uint32_t renames_define(struct renames *n, enum rename_sort sort, uint32_t id);

static inline uint32_t renames_id(struct renames *n, enum rename_sort sort, uint32_t id)
{
	if (id < n->map[sort].n && n->map[sort].id[id])
		return n->map[sort].id[id];
	return id ? renames_define(n, sort, id) : 0;
}

static inline void renames_op(struct renames *n, struct trace_op *op)
{
	op->site = renames_id(n, RENAME_SITE, op->site);
	op->task = renames_id(n, RENAME_TASK, op->task);
	if (mmt_kinds[op->kind].arg == ARG_CACHE)
		op->arg = renames_id(n, RENAME_CACHE, op->arg);
	else if (mmt_kinds[op->kind].arg == ARG_STRING)
		op->arg = renames_id(n, RENAME_STRING, op->arg);
}

/* All ids of the input stand for themselves: after mmt_copy_names. */
bool renames_same(struct renames *n, const struct trace_totals *t);

void renames_free(struct renames *n);

#endif
