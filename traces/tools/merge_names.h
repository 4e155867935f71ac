/* SPDX-License-Identifier: MIT
 *
 * The names and metadata of merged traces: what is one, and what is kept apart.
 *
 * Strings and call sites of one name are one.  Tasks are never one: a task whose
 * pid and name another trace has as well gets another pid, because each has
 * local mappings of its own.  Caches of one name and layout are one or, if so
 * wished, get a number behind their name; a cache that is one lives from its first
 * creation to its last destruction.
 */
#ifndef TRACE_TOOLS_MERGE_NAMES_H
#define TRACE_TOOLS_MERGE_NAMES_H

#include "traces/tools/renames.h"

struct merge_cache {
	char *name;
	uint32_t size, align, flags;
	uint64_t holders;	/* bit of each source that uses it */
};

struct merge_task {
	int32_t pid;		/* in the output */
	char *comm;
	unsigned int source;
};

struct merge_names {
	bool apart;		/* caches */
	struct merge_cache *cache;	/* by the output's id */
	uint32_t nr_cache;	/* highest id + 1 */
	struct merge_task *task;	/* hash table, open addressing; comm NULL: free */
	uint32_t nr_task, cap_task;
	bool failed;		/* out of memory */
};

struct merge_source {
	struct merge_names *all;
	unsigned int nr;
};

/* The rules by which the names of a source get into the output. */
void merge_names_rules(struct rename_rules *rules, struct merge_source *source);

/* Is this operation (with the output's ids) to be written?  Not if it makes a
 * cache that there is, or ends one that another source uses. */
bool merge_names_passes(struct merge_source *s, const struct trace_op *op);

/* Metadata of all: equal ones once, different ones as KEY.1, KEY.2, ...; then
 * the histories and line.  0 or -ENOMEM. */
int merge_names_meta(struct mmt_writer *w, const struct mmt_reader *const *r, size_t n,
		     bool cpus_apart, const char *line);

void merge_names_free(struct merge_names *m);

#endif
