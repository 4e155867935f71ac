/* SPDX-License-Identifier: MIT
 *
 * trace_info: what is in a trace: operations by kind, bytes asked for, the call
 * sites, caches and tasks that occur most.  One pass in constant memory (the
 * tables of names excepted); works on pipes and on damaged files.
 */
#ifndef ANALYZE_TRACE_INFO_H
#define ANALYZE_TRACE_INFO_H

#include "traces/format/mmt.h"

struct trace_count {
	uint32_t id;		/* of a site, cache or task */
	uint64_t operations;
};

struct trace_info {
	struct trace_totals totals;	/* of what was read */
	uint64_t failed;		/* allocations that the recorded kernel answered with NULL */
	uint64_t orphans;		/* frees of something not seen allocated */
	struct trace_count *site, *cache, *task; /* most operations first, zeros left out */
	size_t nr_site, nr_cache, nr_task;
};

/* Read r to its end.  0, or negative errno with the reader's sentence; *info is
 * to be released in both cases. */
int trace_info_read(struct mmt_reader *r, struct trace_info *info, struct mm_error *err);
void trace_info_free(struct trace_info *info);

/* Does an operation of this kind free what its slot holds? */
bool trace_kind_frees(unsigned int kind);

#endif
