/* SPDX-License-Identifier: MIT
 * A run's marks, and the /proc files that are written at some of them. */
#include <errno.h>
#include <stdlib.h>

#include "replay/csv.h"
#include "replay/procfs.h"
#include "replay/run_internal.h"

static const char *site_name(void *arg, uint32_t site)
{
	static _Thread_local char buf[SITE_LEN];

	return site_text(buf, arg, site);
}

int run_snapshot(struct run *x, const char *prefix)
{
	struct procfs_names names = { site_name, x->trace };
	char dir[4200];

	if (!x->m || !x->out)
		return 0;
	snprintf(dir, sizeof(dir), "%s/proc", out_dir_path(x->out));
	return procfs_write_all(x->m, dir, prefix, &names, x->err);
}

/* The mark's name as a file name. */
static void file_name(char *to, size_t size, const char *name)
{
	size_t i;

	for (i = 0; i + 1 < size && name[i]; i++) {
		char c = name[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';

		to[i] = plain ? c : '_';
	}
	to[i] = '\0';
}

static int add_mark(struct run *x, const char *name, uint64_t time_ns)
{
	struct run_mark *mark;

	if (x->nr_marks == RUN_MAX_MARKS) {
		x->marks_dropped++;
		return 0;
	}
	if (x->nr_marks == x->cap_marks) {
		uint32_t cap = x->cap_marks ? 2 * x->cap_marks : 16;
		void *p = realloc(x->marks, cap * sizeof(*x->marks));

		if (!p)
			return mm_fail(x->err, -ENOMEM, "no memory for the trace's marks");
		x->marks = p;
		x->cap_marks = cap;
	}
	mark = &x->marks[x->nr_marks++];
	snprintf(mark->name, sizeof(mark->name), "%s", name);
	mark->op = x->b->counts.operations - 1;
	mark->time_ns = time_ns;
	return 0;
}

int run_mark(struct run *x, const struct trace_op *op)
{
	const char *name = mmt_get_string(x->trace, op->arg);
	char safe[48], prefix[64];
	int r = add_mark(x, name, op->time);

	if (r || op->size != 1)
		return r;
	if (x->nr_snapshots == RUN_MAX_SNAPSHOTS) {
		x->snapshots_dropped++;
		return 0;
	}
	file_name(safe, sizeof(safe), name);
	snprintf(prefix, sizeof(prefix), "%03u-%s", ++x->nr_snapshots, safe);
	return run_snapshot(x, prefix);
}
