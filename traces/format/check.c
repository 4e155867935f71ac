/* SPDX-License-Identifier: MIT
 *
 * What may be written: known kinds, times that never decrease, ids that exist,
 * and after an operation with items exactly as many items as it announced.
 * A refused operation leaves the writer as it was.
 */
#include <errno.h>

#include "traces/format/kinds.h"
#include "traces/format/writer.h"

static int refuse(struct mmt_writer *w, struct mm_error *err, const char *what,
		  unsigned long long found, unsigned long long limit)
{
	return mm_fail(err, -EINVAL, "%s: operation %llu: %s %llu, expected %llu at most",
		       w->out.path, (unsigned long long)w->totals.operations, what, found,
		       limit);
}

static int check_item(struct mmt_writer *w, const struct trace_op *op, struct mm_error *err)
{
	if (w->items_due && op->kind != TRACE_ITEM)
		return mm_fail(err, -EINVAL, "%s: operation %llu (%s) still lacks %u items, "
			       "found %s", w->out.path,
			       (unsigned long long)w->totals.operations - 1,
			       trace_kind_name(w->bulk_kind), w->items_due,
			       trace_kind_name(op->kind));
	if (!w->items_due && op->kind == TRACE_ITEM)
		return mm_fail(err, -EINVAL, "%s: an item after operation %llu, which has no "
			       "(further) items", w->out.path,
			       (unsigned long long)w->totals.operations);
	return 0;
}

static int check_arg(struct mmt_writer *w, const struct trace_op *op, struct mm_error *err)
{
	switch (mmt_kinds[op->kind].arg) {
	case ARG_CACHE:
		if (op->arg > w->names.nr_caches)
			return refuse(w, err, "cache id", op->arg, w->names.nr_caches);
		break;
	case ARG_STRING:
		if (op->arg > w->names.nr_strings)
			return refuse(w, err, "string id", op->arg, w->names.nr_strings);
		break;
	}
	return 0;
}

int writer_check(struct mmt_writer *w, const struct trace_op *op, struct mm_error *err)
{
	int rc;

	if (op->kind > TRACE_KIND_MAX || !mmt_kinds[op->kind].name)
		return mm_fail(err, -EINVAL, "%s: operation %llu has kind %u, which does not "
			       "exist", w->out.path, (unsigned long long)w->totals.operations,
			       op->kind);
	rc = check_item(w, op, err);
	if (rc || op->kind == TRACE_ITEM)
		return rc;
	if (op->time < w->totals.duration_ns)
		return mm_fail(err, -EINVAL, "%s: operation %llu has time %llu ns, before the "
			       "previous one's %llu ns", w->out.path,
			       (unsigned long long)w->totals.operations,
			       (unsigned long long)op->time,
			       (unsigned long long)w->totals.duration_ns);
	if (op->site > w->names.nr_sites)
		return refuse(w, err, "site id", op->site, w->names.nr_sites);
	if (op->task > w->names.nr_tasks)
		return refuse(w, err, "task id", op->task, w->names.nr_tasks);
	if (op->ctx > TRACE_HARDIRQ)
		return refuse(w, err, "context", op->ctx, TRACE_HARDIRQ);
	if (kind_has_items(op->kind) && op->size > MMT_ITEMS_MAX)
		return refuse(w, err, "number of items", op->size, MMT_ITEMS_MAX);
	return check_arg(w, op, err);
}
