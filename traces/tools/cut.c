/* SPDX-License-Identifier: MIT
 *
 * cut: a piece of a trace.
 *
 * Up to the cut's start only the table of live things is kept.  There it is
 * either carried in (written as allocations at time 0, oldest first, so that
 * pages stand before the areas that map them) or marked as absent.  Behind the
 * start operations pass as they are, with the input's slots, but for those that
 * name an absent thing: frees become orphans, pages become foreign pages when
 * they are first used, what has no recorded address is left out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traces/tools/flow.h"

/* live_object.note; live_object.out counts the kmaps from before the cut. */
enum { PRESENT, ABSENT, LEFT_OUT };

struct cut {
	struct flow f;
	struct live live;
	const struct cut_options *opt;
	struct tool_summary *sum;
	uint64_t nr;		/* number of the operation that is looked at */
	uint64_t base;		/* input's time that is 0 in the output */
	uint64_t written;	/* operations of the piece */
	bool started, ended;
	bool plain;		/* behind the start all operations pass as they are */
	struct trace_op *scratch;
	size_t nr_scratch;
};

static bool reached(const struct cut *c, const struct tool_when *w, const struct trace_op *op)
{
	switch (w->unit) {
	case WHEN_OPERATION:
		return c->nr >= w->value;
	case WHEN_TIME:
		return op->time >= w->value;
	default:
		return op->kind == TRACE_MARK && !strcmp(mmt_get_string(c->f.r, op->arg), w->mark);
	}
}

static int put_at(struct cut *c, const struct trace_op *op, uint64_t time, struct mm_error *err)
{
	struct trace_op out = *op;

	out.time = time;
	return flow_put1(&c->f, &out, err);
}

/* ---- at the start: carry in ---- */

static int carry_op(struct cut *c, const struct trace_op *op, struct mm_error *err)
{
	c->sum->carried++;
	return put_at(c, op, 0, err);
}

static int carry_caches(struct cut *c, struct mm_error *err)
{
	uint32_t i;
	int rc = 0;

	for (i = 0; i < c->live.nr_cache && !rc; i++)
		if (c->live.cache[i].state == LIVE_CACHE_MADE)
			rc = carry_op(c, &c->live.cache[i].op, err);
	return rc;
}

/* Are the pages of a vmap still those that it was made of, and carried? */
static bool pages_there(struct cut *c, const struct live_object *o)
{
	uint32_t i;

	for (i = 0; i < o->op.size; i++) {
		const struct live_object *page = live_get(&c->live, o->pages[i]);

		if (!page || page->seq != o->page_seq[i] || page->note != PRESENT)
			return false;
	}
	return true;
}

static struct trace_op *room(struct cut *c, size_t n, struct mm_error *err)
{
	struct trace_op *p = c->scratch;

	if (n > c->nr_scratch) {
		p = realloc(p, n * sizeof(*p));
		if (!p) {
			mm_fail(err, -ENOMEM, "no memory for %zu items", n);
			return NULL;
		}
		c->scratch = p;
		c->nr_scratch = n;
	}
	return p;
}

static int carry_vmap(struct cut *c, struct live_object *o, struct mm_error *err)
{
	struct trace_op *op;
	uint32_t i;

	if (!pages_there(c, o)) {
		o->note = ABSENT;
		c->plain = false;
		return 0;
	}
	op = room(c, o->op.size + (size_t)1, err);
	if (!op)
		return -ENOMEM;
	op[0] = o->op;
	op[0].time = 0;
	for (i = 0; i < o->op.size; i++)
		op[1 + i] = (struct trace_op){ .kind = TRACE_ITEM, .slot = o->pages[i],
					       .answer = TRACE_NO_ANSWER };
	c->sum->carried++;
	return flow_put(&c->f, op, o->op.size + (size_t)1, err);
}

static int carry_kmaps(struct cut *c, const struct live_object *o, struct mm_error *err)
{
	struct trace_op op = o->op;
	uint32_t pages = o->page_kmaps ? 1u << o->op.order : 1, i;
	int rc = 0;

	op.kind = TRACE_KMAP;
	op.size = op.gfp = op.order = 0;
	op.answer = TRACE_NO_ANSWER;
	for (op.arg = 0; op.arg < pages; op.arg++)
		for (i = live_kmaps(o, op.arg); i && !rc; i--)
			rc = carry_op(c, &op, err);
	return rc;
}

static int carry_object(struct cut *c, struct live_object *o, struct mm_error *err)
{
	struct trace_op lru = { .kind = TRACE_LRU_ADD, .slot = o->op.slot, .arg = o->lru_arg,
				.task = o->op.task, .cpu = o->op.cpu, .answer = TRACE_NO_ANSWER };
	int rc;

	if (kind_has_items(o->op.kind))
		return carry_vmap(c, o, err);
	rc = carry_op(c, &o->op, err);
	if (!rc && o->lru)
		rc = carry_op(c, &lru, err);
	return rc || !o->kmaps ? rc : carry_kmaps(c, o, err);
}

static int carry_locals(struct cut *c, struct mm_error *err)
{
	uint32_t task, i;
	int rc = 0;

	for (task = 0; task < c->live.nr_task; task++) {
		struct live_task *t = &c->live.task[task];

		for (i = 0; i < t->depth && i < LIVE_LOCAL_MAX && !rc; i++) {
			struct live_local *m = &t->local[i];
			const struct live_object *page = live_get(&c->live, m->slot);
			struct trace_op op = {
				.kind = m->kind, .slot = m->slot, .arg = m->arg, .task = task,
				.cpu = m->cpu, .ctx = m->ctx, .answer = TRACE_NO_ANSWER,
			};

			m->note = !page || page->seq != m->seq || page->note != PRESENT;
			c->plain &= !m->note;
			rc = m->note ? 0 : carry_op(c, &op, err);
		}
	}
	return rc;
}

static int carry(struct cut *c, struct mm_error *err)
{
	struct live_object **list;
	size_t n, i;
	int rc = live_list(&c->live, &list, &n, err);

	if (rc)
		return rc;
	rc = carry_caches(c, err);
	for (i = 0; i < n && !rc; i++)
		rc = carry_object(c, list[i], err);
	free(list);
	return rc ? rc : carry_locals(c, err);
}

/* ---- at the start: as a recording that begins here ---- */

static void mark_absent(struct cut *c)
{
	uint32_t i, k;

	for (i = 0; i < c->live.nr_object; i++) {
		struct live_object *o = &c->live.object[i];

		o->note = ABSENT;
		o->out = o->kmaps;
		live_forget_kmaps(o);
	}
	for (i = 0; i < c->live.nr_task; i++)
		for (k = 0; k < LIVE_LOCAL_MAX; k++)
			c->live.task[i].local[k].note = 1;
}

/* A long piece takes all names with it, so that whole chunks can pass as they
 * are; a short one only those that it uses. */
static bool worth_passing(const struct cut *c)
{
	const struct cut_options *opt = c->opt;
	struct trace_totals t;
	double ops;

	if (mmt_totals(c->f.r, &t, NULL))
		return false;
	ops = (double)t.operations - (double)c->nr;
	if (opt->to.unit == WHEN_TIME && opt->to.value < t.duration_ns && opt->to.value > c->base)
		ops *= (double)(opt->to.value - c->base) / ((double)t.duration_ns - (double)c->base + 1);
	else if (opt->to.unit == WHEN_OPERATION && opt->to.value < t.operations)
		ops = (double)opt->to.value - (double)c->nr;
	if (opt->count && ops > (double)opt->count)
		ops = (double)opt->count;
	return opt->to.unit != WHEN_MARK && ops >= 200000;
}

/* Chunks that lie wholly within the piece. */
static int pass_chunks(struct cut *c, struct mm_error *err)
{
	const struct cut_options *opt = c->opt;
	struct mmt_pass pass = { .before_op = UINT64_MAX, .before_ns = UINT64_MAX, .earlier = c->base };
	uint64_t passed = 1;
	int rc = 0;

	if (!c->started || !c->plain || opt->to.unit == WHEN_MARK)
		return 0;
	if (opt->to.unit == WHEN_OPERATION)
		pass.before_op = opt->to.value;
	else
		pass.before_ns = opt->to.value;
	if (opt->count && c->nr + (opt->count - c->written) < pass.before_op)
		pass.before_op = c->nr + (opt->count - c->written);
	while (!rc && passed) {
		rc = flow_pass(&c->f, &pass, &passed, err);
		c->nr += passed;
		c->written += passed;
	}
	return rc;
}

static int start(struct cut *c, const struct trace_op *op, struct mm_error *err)
{
	c->started = true;
	if (c->opt->from.unit == WHEN_TIME)
		c->base = c->opt->from.value;
	else
		c->base = c->nr ? op->time : 0;
	if (c->opt->no_carry) {
		mark_absent(c);
		return 0;
	}
	c->plain = true;
	if (worth_passing(c))
		flow_may_pass(&c->f);
	return carry(c, err);
}

/* ---- behind the start ---- */

static struct live_object *absent(struct cut *c, uint32_t slot)
{
	struct live_object *o = live_get(&c->live, slot);

	return o && o->note != PRESENT ? o : NULL;
}

static bool has_address(const struct live_object *o)
{
	return o->note == ABSENT && o->op.answer && o->op.answer != TRACE_NO_ANSWER;
}

/* op uses the page of a slot: true when the output has it, if need be from now
 * on as a foreign page. */
static bool page_there(struct cut *c, uint32_t slot, const struct trace_op *op, int *rc,
		       struct mm_error *err)
{
	struct live_object *o = absent(c, slot);
	struct trace_op f;

	if (!o)
		return true;
	if (!has_address(o) || (o->op.kind != TRACE_PAGE_ALLOC && o->op.kind != TRACE_PAGE_FOREIGN))
		return false;
	f = (struct trace_op){ .kind = TRACE_PAGE_FOREIGN, .slot = slot, .order = o->op.order,
			       .answer = o->op.answer, .task = op->task, .cpu = op->cpu, .ctx = op->ctx };
	o->note = PRESENT;
	c->sum->foreign++;
	*rc = put_at(c, &f, op->time - c->base, err);
	return true;
}

/* Take what an absent thing's free names out of op; false: nothing is left to free. */
static bool orphan(struct cut *c, struct trace_op *op)
{
	const struct live_object *o = absent(c, op->slot);

	if (!o)
		return true;
	op->slot = TRACE_NO_SLOT;
	op->answer = o->op.answer;
	if (has_address(o))
		c->sum->orphaned++;
	return has_address(o);
}

/* Free items of things that cannot be named go; the others close up. */
static bool orphan_items(struct cut *c, struct trace_op *op)
{
	uint32_t i, kept = 0;

	for (i = 1; i <= op->size; i++) {
		struct trace_op item = op[i];

		if (orphan(c, &item))
			op[++kept] = item;
	}
	op->size = kept;
	return kept || i == 1;
}

/* A kunmap, of a mapping that the output holds? */
static bool unmaps(struct cut *c, const struct trace_op *op)
{
	struct live_object *o = live_get(&c->live, op->slot);
	struct live_task *t;

	if (op->kind == TRACE_KUNMAP) {
		if (!o || live_kmaps(o, op->arg >> o->op.order ? 0 : op->arg) || (o->note == PRESENT && !o->out))
			return true;
		if (o->out)
			o->out--;
		return false;
	}
	if (op->task >= c->live.nr_task)
		return true;
	t = &c->live.task[op->task];
	return !t->depth || t->depth > LIVE_LOCAL_MAX || !t->local[t->depth - 1].note;
}

/* May op (a copy) pass, perhaps changed? */
static bool passes(struct cut *c, struct trace_op *op, int *rc, struct mm_error *err)
{
	const struct kind_info *k = &mmt_kinds[op->kind];
	uint32_t i;

	if (op->kind == TRACE_KUNMAP || live_is_local_unmap(op->kind))
		return unmaps(c, op);
	if (k->slot == SLOT_END)
		return orphan(c, op);
	if (k->items == SLOT_END)
		return orphan_items(c, op);
	if (k->slot == SLOT_REF)
		return page_there(c, op->slot, op, rc, err);
	if (k->items == SLOT_REF)
		for (i = 1; i <= op->size && !*rc; i++)
			if (!page_there(c, op[i].slot, op, rc, err))
				return false;
	return true;
}

/* What hangs on an operation that was left out is left out as well. */
static void note_left_out(struct cut *c, const struct trace_op *op)
{
	struct live_object *o = live_get(&c->live, op->slot);
	struct live_task *t;

	c->sum->dropped++;
	if (mmt_kinds[op->kind].slot == SLOT_NEW && o)
		o->note = LEFT_OUT;
	if (!live_is_local_map(op->kind) || op->task >= c->live.nr_task)
		return;
	t = &c->live.task[op->task];
	if (t->depth && t->depth <= LIVE_LOCAL_MAX)
		t->local[t->depth - 1].note = 1;
}

static int copy_plain(struct cut *c, const struct trace_op *op, struct trace_op *out, size_t n,
		      struct mm_error *err)
{
	size_t i;

	memcpy(out, op, n * sizeof(*out));
	for (i = 0; i < n; i++)
		out[i].time -= c->base;
	c->written++;
	return flow_put(&c->f, out, n, err);
}

static int copy(struct cut *c, const struct trace_op *op, struct mm_error *err)
{
	size_t n = live_records(op), i;
	struct trace_op *out = room(c, n, err);
	bool pass;
	int rc = 0;

	if (!out)
		return -ENOMEM;
	if (c->plain)
		return copy_plain(c, op, out, n, err);
	memcpy(out, op, n * sizeof(*out));
	pass = passes(c, out, &rc, err);
	if (pass && !rc) {
		n = live_records(out);
		for (i = 0; i < n; i++)
			out[i].time = op->time - c->base;
		rc = flow_put(&c->f, out, n, err);
	}
	c->written++;
	if (!rc)
		rc = live_apply(&c->live, op, err);
	if (!pass && !rc)
		note_left_out(c, op);
	return rc;
}

/* 1 when the cut's end is reached. */
static int one(struct cut *c, const struct trace_op *op, struct mm_error *err)
{
	int rc = 0;

	if (!c->started && reached(c, &c->opt->from, op))
		rc = start(c, op, err);
	if (rc)
		return rc;
	if (!c->started)
		return live_apply(&c->live, op, err);
	if ((c->opt->count && c->written == c->opt->count) ||
	    (c->opt->to.value != UINT64_MAX && reached(c, &c->opt->to, op))) {
		c->ended = true;
		return 1;
	}
	return copy(c, op, err);
}

static int whole(struct cut *c, struct mm_error *err)
{
	const struct trace_op *op;
	size_t n, i;
	int rc;

	while (!(rc = pass_chunks(c, err)) && (rc = flow_next(&c->f, &op, &n, err)) > 0)
		for (i = 0, rc = 0; i < n; i += live_records(&op[i]), c->nr++) {
			rc = one(c, &op[i], err);
			if (rc)
				return rc > 0 ? 0 : rc;
		}
	return rc;
}

static int not_there(const struct cut *c, const struct tool_when *w, struct mm_error *err)
{
	if (w->unit == WHEN_MARK)
		return mm_fail(err, -EINVAL, "%s: there is no mark '%s'%s", c->f.io->input, w->mark,
			       w == &c->opt->to ? " behind the cut's start" : "");
	if (w->unit == WHEN_OPERATION)
		return mm_fail(err, -EINVAL, "%s: nothing to cut from operation %llu on: the trace has "
			       "%llu operations", c->f.io->input, (unsigned long long)w->value,
			       (unsigned long long)c->nr);
	return mm_fail(err, -EINVAL, "%s: nothing to cut from %llu ns on: the trace ends before",
		       c->f.io->input, (unsigned long long)w->value);
}

int trace_cut(const struct tool_io *io, const struct cut_options *opt,
	      struct tool_summary *sum, struct mm_error *err)
{
	struct cut c = { .opt = opt, .sum = sum };
	int rc;

	memset(sum, 0, sizeof(*sum));
	rc = flow_open(&c.f, io, NULL, err);
	if (rc)
		return rc;
	rc = whole(&c, err);
	if (!rc && !c.started && (opt->from.unit == WHEN_MARK || opt->from.value))
		rc = not_there(&c, &opt->from, err);
	else if (!rc && !c.ended && opt->to.unit == WHEN_MARK)
		rc = not_there(&c, &opt->to, err);
	rc = flow_close(&c.f, rc, sum, err);
	live_free(&c.live);
	free(c.scratch);
	return rc;
}
