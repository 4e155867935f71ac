/* SPDX-License-Identifier: MIT
 *
 * perf.data: the names of the tasks, which change while time goes on.
 */
#ifndef IMPORT_PERF_TASKS_H
#define IMPORT_PERF_TASKS_H

#include "traces/import/perf_file.h"
#include "traces/import/text.h"

struct perf_tasks {
	struct text_symbols names;
	struct addr_map by_tid;		/* tid + 1 -> number of the name */
	int32_t tid;			/* looked up last, and its name */
	uint32_t name;
};

/* A COMM or FORK record, in its turn.  -ENOMEM. */
int perf_tasks_record(struct perf_tasks *t, const uint8_t *rec, uint32_t size);
/* The number of a task's name now, 0 = not known. */
uint32_t perf_tasks_name(struct perf_tasks *t, int32_t tid);
const char *perf_tasks_text(const struct perf_tasks *t, uint32_t name);
void perf_tasks_clear(struct perf_tasks *t);	/* start again; numbers stay */
void perf_tasks_free(struct perf_tasks *t);

#endif
