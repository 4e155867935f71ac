/* SPDX-License-Identifier: MIT
 *
 * repeat: a trace several times in a row.
 *
 * The input is read once a round.  A table of live things follows it; each has
 * a slot of the output, taken from a stack of free ones, so that what outlives
 * its round keeps its slot and the others are used again: the output's table is
 * as large as one round's peak (and what leaks).  At a round's end all local
 * mappings are undone; what is still alive is freed, newest first, or left.
 *
 * What was there before the trace can end only once.  So orphan frees, the free
 * of a foreign page, the unmap of what was never mapped and the end of a cache
 * that the trace did not make are kept for the last round; a foreign page keeps
 * its slot through all rounds, found again by its frame number.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traces/tools/flow.h"

/* A foreign page that the output holds. */
struct pinned {
	uint32_t pfn, slot;	/* TRACE_NO_SLOT: it was freed */
	bool used;
};

struct repeat {
	struct flow f;
	struct live live;		/* of the round */
	struct trace_slots slots;	/* of the output */
	const struct repeat_options *opt;
	struct tool_summary *sum;
	uint64_t round, base, last;	/* base: ns before the round; last: its last time */
	struct pinned *pinned;		/* hash table, open addressing; nr_pinned a power of 2 */
	size_t nr_pinned, cap_pinned;
	bool *made;			/* by cache: made by an earlier round and not destroyed */
	uint32_t nr_made;
	struct trace_op *scratch;
	size_t nr_scratch;
};

static bool last_round(const struct repeat *c)
{
	return c->round + 1 == c->opt->times;
}

/* ---- foreign pages ---- */

static struct pinned *pinned_at(struct pinned *table, size_t cap, uint32_t pfn)
{
	size_t i = (pfn * 0x9e3779b1u) & (cap - 1);

	while (table[i].used && table[i].pfn != pfn)
		i = (i + 1) & (cap - 1);
	return &table[i];
}

static struct pinned *find_pinned(struct repeat *c, uint32_t pfn)
{
	struct pinned *p = c->cap_pinned ? pinned_at(c->pinned, c->cap_pinned, pfn) : NULL;

	return p && p->used && p->slot != TRACE_NO_SLOT ? p : NULL;
}

static int pin(struct repeat *c, uint32_t pfn, uint32_t slot, struct mm_error *err)
{
	size_t cap = c->cap_pinned ? c->cap_pinned * 2 : 256, i;
	struct pinned *p = c->cap_pinned ? pinned_at(c->pinned, c->cap_pinned, pfn) : NULL;

	if (p && p->used) {
		p->slot = slot;
		return 0;
	}
	if (c->nr_pinned * 2 >= c->cap_pinned) {
		p = calloc(cap, sizeof(*p));
		if (!p)
			return mm_fail(err, -ENOMEM, "no memory for %zu foreign pages", cap);
		for (i = 0; i < c->cap_pinned; i++)
			if (c->pinned[i].used)
				*pinned_at(p, cap, c->pinned[i].pfn) = c->pinned[i];
		free(c->pinned);
		c->pinned = p;
		c->cap_pinned = cap;
	}
	*pinned_at(c->pinned, c->cap_pinned, pfn) = (struct pinned){ pfn, slot, true };
	c->nr_pinned++;
	return 0;
}

/* ---- the output's slots ---- */

static int out_of_slots(struct mm_error *err)
{
	return mm_fail(err, -ENOMEM, "no memory for the slots of the output");
}

/* The output's slot of a live thing, TRACE_NO_SLOT if there is none. */
static uint32_t out_slot(struct repeat *c, uint32_t slot)
{
	const struct live_object *o = live_get(&c->live, slot);

	return o ? o->out : TRACE_NO_SLOT;
}

static bool is_foreign(const struct live_object *o)
{
	return o && o->op.kind == TRACE_PAGE_FOREIGN && o->op.answer != TRACE_NO_ANSWER;
}

/* ---- one operation ---- */

static struct trace_op *room(struct repeat *c, size_t n, struct mm_error *err)
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

/* Something comes to life under op->slot; false: it is there already. */
static bool begin(struct repeat *c, struct trace_op *op, int *rc, struct mm_error *err)
{
	struct live_object *o = live_get(&c->live, op->slot);
	struct pinned *p = op->kind == TRACE_PAGE_FOREIGN && op->answer != TRACE_NO_ANSWER ?
			   find_pinned(c, op->answer) : NULL;

	if (op->slot == TRACE_NO_SLOT)
		return true;
	/* A slot that is taken again without a free: what held it is lost in the input too. */
	op->slot = p ? p->slot : o && !is_foreign(o) ? o->out : trace_slot_get(&c->slots);
	if (op->slot == TRACE_NO_SLOT)
		*rc = out_of_slots(err);
	else if (!p && op->kind == TRACE_PAGE_FOREIGN && op->answer != TRACE_NO_ANSWER)
		*rc = pin(c, op->answer, op->slot, err);
	return !p;
}

/* What op->slot names ends; false: it may not end yet. */
static bool end(struct repeat *c, struct trace_op *op, int *rc, struct mm_error *err)
{
	struct live_object *o = live_get(&c->live, op->slot);

	op->slot = o ? o->out : TRACE_NO_SLOT;
	if ((!o || is_foreign(o)) && !last_round(c))
		return false;
	if (!o)
		return true;
	if (is_foreign(o))
		find_pinned(c, o->op.answer)->slot = TRACE_NO_SLOT;
	if (trace_slot_put(&c->slots, o->out))
		*rc = out_of_slots(err);
	return true;
}

/* Items that pass close up. */
static bool end_items(struct repeat *c, struct trace_op *op, int *rc, struct mm_error *err)
{
	uint32_t i, kept = 0;

	for (i = 1; i <= op->size && !*rc; i++)
		if (end(c, &op[i], rc, err))
			op[++kept] = op[i];
	op->size = kept;
	return kept || i == 1;
}

/* Caches live on from round to round, so only the first round makes them. */
static bool cache_life(struct repeat *c, const struct trace_op *op, int *rc, struct mm_error *err)
{
	uint32_t n = c->nr_made ? c->nr_made : 64;
	bool *p, there;

	if (op->arg >= c->nr_made) {
		while (n <= op->arg && n < 1u << 30)
			n *= 2;
		p = op->arg < n ? realloc(c->made, n * sizeof(*p)) : NULL;
		if (!p) {
			*rc = mm_fail(err, -ENOMEM, "no memory for cache number %u", op->arg);
			return false;
		}
		memset(p + c->nr_made, 0, (n - c->nr_made) * sizeof(*p));
		c->made = p;
		c->nr_made = n;
	}
	there = c->made[op->arg];
	c->made[op->arg] = op->kind == TRACE_CACHE_CREATE;
	if (op->kind == TRACE_CACHE_CREATE)
		return !there || !c->round;
	return there || last_round(c);
}

/* An unmap of something that was mapped before the trace waits for the last round. */
static bool unmap_local(struct repeat *c, const struct trace_op *op, int *rc, struct mm_error *err)
{
	struct live_task *t = live_task(&c->live, op->task, err);

	if (!t)
		*rc = -ENOMEM;
	return t && (t->depth || last_round(c));
}

static bool unmap_high(struct repeat *c, struct trace_op *op)
{
	struct live_object *o = live_get(&c->live, op->slot);

	op->slot = out_slot(c, op->slot);
	return last_round(c) || (o && live_kmaps(o, op->arg >> o->op.order ? 0 : op->arg));
}

/* Put the output's slots into op (a copy) and its items; false: it is left out. */
static bool passes(struct repeat *c, struct trace_op *op, int *rc, struct mm_error *err)
{
	const struct kind_info *k = &mmt_kinds[op->kind];
	uint32_t i;

	if (op->kind == TRACE_CACHE_CREATE || op->kind == TRACE_CACHE_DESTROY)
		return cache_life(c, op, rc, err);
	if (live_is_local_unmap(op->kind))
		return unmap_local(c, op, rc, err);
	if (op->kind == TRACE_KUNMAP)
		return unmap_high(c, op);
	for (i = 1; i <= op->size && k->items == SLOT_REF; i++)
		op[i].slot = out_slot(c, op[i].slot);
	for (i = 1; i <= op->size && k->items == SLOT_NEW && !*rc; i++)
		begin(c, &op[i], rc, err);
	if (k->items == SLOT_END)
		return end_items(c, op, rc, err);
	if (k->slot == SLOT_NEW)
		return begin(c, op, rc, err);
	if (k->slot == SLOT_END)
		return end(c, op, rc, err);
	if (k->slot == SLOT_REF)
		op->slot = out_slot(c, op->slot);
	return true;
}

/* The things that op made have the slots that passes() put into out. */
static void note_slots(struct repeat *c, const struct trace_op *op, const struct trace_op *out)
{
	const struct kind_info *k = &mmt_kinds[op->kind];
	struct live_object *o = k->slot == SLOT_NEW ? live_get(&c->live, op->slot) : NULL;
	uint32_t i;

	if (o)
		o->out = out->slot;
	for (i = 1; k->items == SLOT_NEW && i <= op->size; i++) {
		o = live_get(&c->live, op[i].slot);
		if (o)
			o->out = out[i].slot;
	}
}

static int one(struct repeat *c, const struct trace_op *op, struct mm_error *err)
{
	size_t n = live_records(op), i;
	struct trace_op *out = room(c, n, err);
	bool pass;
	int rc = 0;

	if (!out)
		return -ENOMEM;
	memcpy(out, op, n * sizeof(*out));
	c->last = c->base + op->time;
	for (i = 0; i < n; i++)
		out[i].time = c->last;
	pass = passes(c, out, &rc, err);
	if (!pass)
		c->sum->dropped++;
	else if (!rc)
		rc = flow_put(&c->f, out, live_records(out), err);
	if (!rc)
		rc = live_apply(&c->live, op, err);
	note_slots(c, op, out);
	return rc;
}

/* ---- the end of a round ---- */

static int add(struct repeat *c, struct trace_op op, struct mm_error *err)
{
	op.time = c->last;
	op.answer = TRACE_NO_ANSWER;
	c->sum->added++;
	return flow_put1(&c->f, &op, err);
}

static int undo_locals(struct repeat *c, struct mm_error *err)
{
	uint32_t task;
	int rc = 0;

	for (task = 0; task < c->live.nr_task; task++) {
		struct live_task *t = &c->live.task[task];

		for (; t->depth && !rc; t->depth--) {
			uint32_t i = t->depth <= LIVE_LOCAL_MAX ? t->depth - 1 : LIVE_LOCAL_MAX - 1;
			const struct live_local *m = &t->local[i];

			rc = add(c, (struct trace_op){
				.kind = m->kind == TRACE_KMAP_LOCAL ? TRACE_KUNMAP_LOCAL : TRACE_KUNMAP_ATOMIC,
				.slot = TRACE_NO_SLOT, .task = task, .cpu = m->cpu, .ctx = m->ctx }, err);
		}
	}
	return rc;
}

static int undo_kmaps(struct repeat *c, const struct live_object *o, struct mm_error *err)
{
	uint32_t pages = o->page_kmaps ? 1u << o->op.order : 1, page, i;
	int rc = 0;

	for (page = 0; page < pages; page++)
		for (i = live_kmaps(o, page); i && !rc; i--)
			rc = add(c, (struct trace_op){ .kind = TRACE_KUNMAP, .slot = o->out, .arg = page,
						       .task = o->op.task, .cpu = o->op.cpu }, err);
	return rc;
}

static int undo_object(struct repeat *c, const struct live_object *o, struct mm_error *err)
{
	int rc = undo_kmaps(c, o, err);

	if (rc || is_foreign(o))
		return rc;
	if (o->op.kind != TRACE_PAGE_FOREIGN)
		rc = add(c, (struct trace_op){
			.kind = live_end_kind(o->op.kind), .slot = o->out, .order = o->op.order,
			.arg = o->op.kind == TRACE_CACHE_ALLOC ? o->op.arg : 0,
			.task = o->op.task, .cpu = o->op.cpu }, err);
	return !rc && trace_slot_put(&c->slots, o->out) ? out_of_slots(err) : rc;
}

static int end_round(struct repeat *c, struct mm_error *err)
{
	struct live_object **list;
	size_t n;
	int rc = undo_locals(c, err);

	if (rc)
		return rc;
	rc = live_list(&c->live, &list, &n, err);
	if (rc)
		return rc;
	while (n && !rc && !c->opt->leak)
		rc = undo_object(c, list[--n], err);
	free(list);
	live_free(&c->live);
	if (c->last > UINT64_MAX - c->opt->gap)
		return mm_fail(err, -EINVAL, "round %llu would end behind the end of time (2^64 ns)",
			       (unsigned long long)c->round + 2);
	c->base = c->last + c->opt->gap;
	return rc ? rc : mmt_seek(c->f.r, 0, NULL, err);
}

static int one_round(struct repeat *c, struct mm_error *err)
{
	const struct trace_op *op;
	size_t n, i;
	int rc;

	c->f.pass = c->round;
	while ((rc = flow_next(&c->f, &op, &n, err)) > 0)
		for (i = 0, rc = 0; i < n; i += live_records(&op[i])) {
			if (op[i].time > UINT64_MAX - c->base)
				return mm_fail(err, -EINVAL, "round %llu would end behind the end of "
					       "time (2^64 ns)", (unsigned long long)c->round + 1);
			rc = one(c, &op[i], err);
			if (rc)
				return rc;
		}
	return rc;
}

int trace_repeat(const struct tool_io *io, const struct repeat_options *opt,
		 struct tool_summary *sum, struct mm_error *err)
{
	struct repeat c = { .opt = opt, .sum = sum };
	int rc;

	memset(sum, 0, sizeof(*sum));
	rc = flow_open(&c.f, io, NULL, err);
	if (rc)
		return rc;
	c.f.passes = opt->times;
	if (opt->times > 1 && !mmt_size(c.f.r))
		rc = mm_fail(err, -ESPIPE, "%s: it is read once a round, so it cannot be a pipe: "
			     "write it to a file first", io->input);
	for (; !rc && c.round < opt->times; c.round++) {
		rc = one_round(&c, err);
		if (!rc && !last_round(&c))
			rc = end_round(&c, err);
	}
	rc = flow_close(&c.f, rc, sum, err);
	live_free(&c.live);
	trace_slots_free(&c.slots);
	free(c.pinned);
	free(c.made);
	free(c.scratch);
	return rc;
}
