/* SPDX-License-Identifier: MIT
 *
 * The loop over a list: others' calls before the operation, the operation, its
 * answer compared, others' calls after it; at each snapshot, the machine saved
 * and compared with what the kernel's was.
 */
#include "analyze/verify/run.h"

#include <errno.h>

/* Of a cache's creation, what comes after the engine's part of it. */
static uint32_t engine_part(const struct run *r)
{
	const struct oracle_op *o = r->op;
	uint32_t i = o->ev;

	while (i < o->ev + o->nr_ev && !engine_makes(r, i))
		i++;
	return i;
}

static bool comes_before(const struct run *r, uint32_t i, uint32_t part)
{
	const struct oracle_event *e = &r->list->ev[i];

	if (r->op->op == OP_SNAP)
		return false;	/* snapshots lie between the events */
	return e->own ? i < part : !e->late;
}

/* Without events, a purge shows by the lazy pages that went, and lies where the
 * kernel's task first gives way: after the first page that vfree frees. */
static const struct oracle_event *purge_of_path(const struct run *r)
{
	static const struct oracle_event after_first_page = {
		.type = EV_PURGE, .late = true, .own_frees = 1 };
	const struct oracle_path *p = r->list->path ? &r->list->path[r->op->i] : NULL;

	return p && r->op->op == OP_VFREE && p->lazy < 0 ? &after_first_page : NULL;
}

static void before(struct run *r, uint32_t part)
{
	const struct oracle_op *o = r->op;

	r->purge = purge_of_path(r);
	r->resched = 0;
	if (r->list->path && r->list->path[o->i].lazy_out < 0) {
		purge_ran(r);
		mm_run_work(r->m, &r->who, MM_WORK_VMAP_PURGE);
	}
	for (uint32_t i = o->ev; i < o->ev + o->nr_ev; i++) {
		const struct oracle_event *e = &r->list->ev[i];

		if (comes_before(r, i, part))
			foreign_call(r, e);
		else if (e->type == EV_PURGE && !r->purge && o->op != OP_SNAP)
			r->purge = e;
	}
}

static int after(struct run *r, struct pending *p, const struct answer *a, uint32_t part,
		 const struct oracle_event *inside, struct mm_error *err)
{
	const struct oracle_op *o = r->op;
	int ret;

	for (uint32_t i = o->ev; i < o->ev + o->nr_ev; i++) {
		const struct oracle_event *e = &r->list->ev[i];

		ret = states_before(r, p, e->k, err);
		if (ret)
			return ret;
		if (e->type == EV_VPAGES && a->status == ST_OK && o->status == ST_OK)
			foreign_pages(r, e, a->ptr);
		else if (!comes_before(r, i, part) && e != inside && !engine_makes(r, i))
			foreign_call(r, e);
	}
	return states_before(r, p, NO_VALUE, err);
}

/* From here to the next snapshot nothing is judged. */
static void skip(struct run *r)
{
	enum verify_layer l = request_layer(r->op->op);

	exclude_inner(r, VERIFY_RESYNC);
	exclude(r, VERIFY_OUTCOME, VERIFY_RESYNC, 1);
	if (l != VERIFY_OUTCOME && r->op->status == ST_OK)
		exclude(r, l, VERIFY_RESYNC, 1);
	adopt(r, r->op);
}

static bool is_request(const struct oracle_op *o)
{
	return o->op != OP_SNAP && o->op != OP_NOP && o->op != OP_MSLEEP;
}

static int one(struct run *r, struct pending *p, struct mm_error *err)
{
	const struct oracle_event *inside;
	uint32_t part = engine_part(r);
	struct answer a;
	int ret;

	before(r, part);
	inside = r->purge;
	path_before(r);
	cost_before(r);
	request(r, r->op, &a);
	ret = cost_after(r, &a);
	if (ret)
		return mm_fail(err, ret, "%s: no memory for the costs", r->dir);
	path_after(r);
	if (r->purge) /* no chance to run came inside */
		inside = NULL;
	r->purge = NULL;
	if (is_request(r->op))
		compare_answer(r, &a);
	ret = after(r, p, &a, part, inside, err);
	if (!r->skipping)
		compare_inner(r);
	return ret;
}

int run_list(struct run *r, struct mm_error *err)
{
	struct pending p;
	int ret = next_state(r, &p, err);

	for (uint32_t i = r->from; i < r->to && !ret && !r->learned->again; i++) {
		r->op = &r->list->op[i];
		r->who.op = i;
		r->skipping |= r->op->reclaim;
		if (r->skipping && r->op->op != OP_SNAP)
			skip(r);
		else
			ret = one(r, &p, err);
		/* the correction of the followed mode: from the next snapshot on */
		r->skipping |= r->differs && r->mode == VERIFY_FOLLOWED;
		r->differs = false;
		if (!ret && verify_reached(r->res, r->mode, i))
			ret = mm_fail(err, -ENOMEM, "%s: out of memory", r->dir);
	}
	if (!ret && r->to > r->from)
		verify_ended(r->res, r->mode, r->to - 1);
	if (p.have > 0)
		mm_state_free(&p.s);
	return ret;
}
