/* SPDX-License-Identifier: MIT
 *
 * perf.data as a source of events (internal to perf_source.c and perf_open.c).
 */
#ifndef IMPORT_PERF_SOURCE_H
#define IMPORT_PERF_SOURCE_H

#include "traces/import/perf_file.h"
#include "traces/import/perf_order.h"
#include "traces/import/perf_records.h"
#include "traces/import/perf_symbols.h"
#include "traces/import/perf_tasks.h"

struct perf_source {
	struct import_source src;
	struct perf_file file;
	struct dat_kinds kinds;
	struct perf_reader reader;
	struct perf_order order;
	struct perf_tasks tasks;
	struct perf_symbols symbols;
	struct perf_block *held;	/* of the event delivered last */
	struct import_event last;	/* that event, for the callchain behind it */
	bool chain_next, ended;
	uint32_t nr_chain;
	uint64_t chains, strange;	/* callchains; samples of no known tracepoint */
	uint64_t lost_records, lost_samples;
	uint64_t chain[IMPORT_LIST_MAX], list[IMPORT_LIST_MAX];
	char format[40], kernel[128], tool[128];
};

static inline struct perf_source *perf_of(struct import_source *s)
{
	return (struct perf_source *)s;
}

/* perf_source.c */
int perf_next(struct import_source *src, struct import_event *ev, struct mm_error *err);
int perf_rewind(struct import_source *src, struct mm_error *err);
/* Add a sentence to what is to be known of the input. */
void perf_note(struct perf_source *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
