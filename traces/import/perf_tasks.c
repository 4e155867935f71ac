/* SPDX-License-Identifier: MIT
 *
 * perf.data: who is called what, from COMM (a name is set) and FORK (a new
 * task has its parent's).  A name has a number, so that an event carries
 * four bytes and a task that changes its name is seen to.
 */
#include "traces/import/perf_tasks.h"

#include <errno.h>

static int set_name(struct perf_tasks *t, int32_t tid, uint32_t name)
{
	struct addr_entry *e = addr_put(&t->by_tid, (uint64_t)(uint32_t)tid + 1);

	if (!e)
		return -ENOMEM;
	e->slot = name;
	t->tid = -1;
	t->name = 0;
	return 0;
}

uint32_t perf_tasks_name(struct perf_tasks *t, int32_t tid)
{
	const struct addr_entry *e;

	if (tid != t->tid) {
		e = addr_get(&t->by_tid, (uint64_t)(uint32_t)tid + 1);
		t->name = e ? e->slot : 0;
		t->tid = tid;
	}
	return t->name;
}

int perf_tasks_record(struct perf_tasks *t, const uint8_t *rec, uint32_t size)
{
	uint32_t name;

	if (perf_type(rec) == PERF_RECORD_COMM && size > 16) { /* pid, tid, name */
		name = text_symbol(&t->names, (struct text_span){ (const char *)rec + 16, size - 16 });
		return name ? set_name(t, perf_u32(rec + 12), name) : -ENOMEM;
	}
	if (size < 24) /* pid, ppid, tid, ptid */
		return 0;
	if (perf_type(rec) == PERF_RECORD_FORK)
		return set_name(t, perf_u32(rec + 16), perf_tasks_name(t, perf_u32(rec + 20)));
	return 0;
}

const char *perf_tasks_text(const struct perf_tasks *t, uint32_t name)
{
	return name && name <= t->names.n ? t->names.v[name] : NULL;
}

void perf_tasks_clear(struct perf_tasks *t)
{
	addr_clear(&t->by_tid);
	t->tid = -1;
	t->name = 0;
}

void perf_tasks_free(struct perf_tasks *t)
{
	addr_clear(&t->by_tid);
	text_symbols_free(&t->names);
}
