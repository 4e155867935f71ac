/* SPDX-License-Identifier: MIT
 *
 * filter: what some tasks, call sites or kinds of requests make.
 *
 * The operation that makes a thing is judged; what happens to the thing later
 * follows it, so frees and maps always go with their allocation, whoever does
 * them.  The verdict stands in the table of live things, with the thing's slot
 * in the output: slots are given out anew, dense, as in any recording.
 */
#include "traces/tools/filter_rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traces/tools/flow.h"

/* live_object.note; live_object.out is the slot of a thing that is kept.
 * LEFT_OUT: asked for, but what it maps is not kept. */
enum verdict { KEPT, NOT_KEPT, LEFT_OUT };

struct filter {
	struct flow f;
	struct live live;
	struct trace_slots slots;
	struct filter_rules rules;
	struct tool_summary *sum;
	struct trace_op *copy;
	size_t nr_copy;
};

static bool kept(struct filter *c, uint32_t slot)
{
	const struct live_object *o = live_get(&c->live, slot);

	return o && o->note == KEPT;
}

/* The slot in the output of something that is kept. */
static void rename_slot(struct filter *c, struct trace_op *op)
{
	const struct live_object *o = live_get(&c->live, op->slot);

	op->slot = o ? o->out : TRACE_NO_SLOT;
}

static int no_slots(struct mm_error *err)
{
	return mm_fail(err, -ENOMEM, "no memory for the slots of the output");
}

/* A new thing: a slot in the output, that of what was lost under its own. */
static int begin(struct filter *c, struct trace_op *op, struct mm_error *err)
{
	if (op->slot == TRACE_NO_SLOT)
		return 0;
	if (kept(c, op->slot))
		rename_slot(c, op);
	else
		op->slot = trace_slot_get(&c->slots);
	return op->slot == TRACE_NO_SLOT ? no_slots(err) : 0;
}

static int end(struct filter *c, struct trace_op *op, struct mm_error *err)
{
	if (op->slot == TRACE_NO_SLOT)
		return 0;
	rename_slot(c, op);
	return op->slot != TRACE_NO_SLOT && trace_slot_put(&c->slots, op->slot) ? no_slots(err) : 0;
}

/* Of a bulk free the items that are kept close up; what was never alive is
 * judged by the free itself. */
static bool keep_items(struct filter *c, struct trace_op *op, bool own)
{
	uint32_t i, n = 0;

	for (i = 1; i <= op->size; i++)
		if (live_get(&c->live, op[i].slot) ? kept(c, op[i].slot) : own)
			op[++n] = op[i];
	op->size = n;
	return n || (i == 1 && own);
}

static bool keep_pages(struct filter *c, const struct trace_op *op)
{
	uint32_t i;

	for (i = 1; i <= op->size; i++)
		if (live_get(&c->live, op[i].slot) && !kept(c, op[i].slot))
			return false;
	return true;
}

static bool keep_local_unmap(struct filter *c, const struct trace_op *op, bool own)
{
	const struct live_task *t = op->task < c->live.nr_task ? &c->live.task[op->task] : NULL;

	if (!t || !t->depth)
		return own;
	return t->depth > LIVE_LOCAL_MAX || !t->local[t->depth - 1].note;
}

/* The verdict on op, a copy, whose items may become fewer. */
static enum verdict judge(struct filter *c, struct trace_op *op)
{
	const struct kind_info *k = &mmt_kinds[op->kind];
	bool own = filter_rules_match(&c->rules, c->f.r, op);
	const struct live_object *o = live_get(&c->live, op->slot);

	if (live_is_local_unmap(op->kind))
		return keep_local_unmap(c, op, own) ? KEPT : NOT_KEPT;
	if (k->items == SLOT_END)
		return keep_items(c, op, own) ? KEPT : NOT_KEPT;
	if (k->items == SLOT_REF && own)
		return keep_pages(c, op) ? KEPT : LEFT_OUT;
	if (k->slot == SLOT_NEW || k->items == SLOT_NEW || !o)
		return own ? KEPT : NOT_KEPT;
	if (o->note == KEPT && k->slot != SLOT_END && !filter_rules_family(&c->rules, op->kind))
		return NOT_KEPT;
	return (enum verdict)o->note;
}

static int put(struct filter *c, struct trace_op *op, struct mm_error *err)
{
	const struct kind_info *k = &mmt_kinds[op->kind];
	size_t n = live_records(op), i;
	int rc = 0;

	for (i = 1; i < n && !rc; i++) {
		if (k->items == SLOT_NEW)
			rc = begin(c, &op[i], err);
		else if (k->items == SLOT_END)
			rc = end(c, &op[i], err);
		else
			rename_slot(c, &op[i]);
	}
	if (!rc && k->slot == SLOT_NEW)
		rc = begin(c, op, err);
	else if (!rc && k->slot == SLOT_END)
		rc = end(c, op, err);
	else if (k->slot == SLOT_REF)
		rename_slot(c, op);
	return rc ? rc : flow_put(&c->f, op, n, err);
}

/* Write the verdict, and the slots of out, to what op made. */
static void note(struct filter *c, const struct trace_op *op, const struct trace_op *out, enum verdict v)
{
	const struct kind_info *k = &mmt_kinds[op->kind];
	struct live_object *o;
	struct live_task *t;
	uint32_t i;

	for (i = 0; i < live_records(op); i++) {
		if ((i ? k->items : k->slot) != SLOT_NEW)
			continue;
		o = live_get(&c->live, op[i].slot);
		if (o) {
			o->note = v;
			o->out = out[i].slot;
		}
	}
	if (!live_is_local_map(op->kind) || op->task >= c->live.nr_task)
		return;
	t = &c->live.task[op->task];
	if (t->depth && t->depth <= LIVE_LOCAL_MAX)
		t->local[t->depth - 1].note = v != KEPT;
}

static int one(struct filter *c, const struct trace_op *op, struct mm_error *err)
{
	size_t n = live_records(op);
	enum verdict v;
	int rc = 0;

	if (n > c->nr_copy) {
		struct trace_op *p = realloc(c->copy, n * sizeof(*p));

		if (!p)
			return mm_fail(err, -ENOMEM, "no memory for %zu items", n);
		c->copy = p;
		c->nr_copy = n;
	}
	memcpy(c->copy, op, n * sizeof(*op));
	v = judge(c, c->copy);
	c->sum->dropped += v == LEFT_OUT;
	if (v == KEPT)
		rc = put(c, c->copy, err);
	if (!rc)
		rc = live_apply(&c->live, op, err);
	if (!rc && c->rules.failed)
		rc = mm_fail(err, -ENOMEM, "no memory for the verdicts on the names");
	if (!rc)
		note(c, op, c->copy, v);
	return rc;
}

int trace_filter(const struct tool_io *io, const struct filter_options *opt,
		 struct tool_summary *sum, struct mm_error *err)
{
	struct filter c = { .sum = sum };
	const struct trace_op *op;
	size_t n, i;
	int rc = filter_rules_init(&c.rules, opt, err);

	memset(sum, 0, sizeof(*sum));
	if (!rc)
		rc = flow_open(&c.f, io, NULL, err);
	if (rc) {
		filter_rules_free(&c.rules);
		return rc;
	}
	while (!rc && (rc = flow_next(&c.f, &op, &n, err)) > 0)
		for (i = 0, rc = 0; i < n && !rc; i += live_records(&op[i]))
			rc = one(&c, &op[i], err);
	rc = flow_close(&c.f, rc, sum, err);
	live_free(&c.live);
	trace_slots_free(&c.slots);
	filter_rules_free(&c.rules);
	free(c.copy);
	return rc;
}
