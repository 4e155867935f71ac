/* SPDX-License-Identifier: MIT
 *
 * The loop over a list: others' calls before the operation, the operation, its
 * answer compared, others' calls after it; at each snapshot, the machine saved
 * and compared with what the kernel's was.
 */
#include "tests/oracle/runner_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *layer_name(enum layer l)
{
	static const char *const name[LAYER_NR] = { "page", "slab", "vmalloc", "vmalloc page",
						    "pkmap", "kmap_local", "path", "free",
						    "other tasks" };
	return name[l];
}

static void mismatch(struct run *r, const char *sentence)
{
	struct oracle_result *res = r->res;

	if (res->first_op == NO_VALUE) {
		res->first_op = r->op->i;
		snprintf(res->first, sizeof(res->first), "%s", sentence);
	}
}

static unsigned int mismatches(const struct oracle_result *res)
{
	uint64_t n = 0;

	for (int l = 0; l < LAYER_NR; l++)
		n += res->decisions[l] - res->matches[l];
	return (unsigned int)n;
}

static void describe(const struct run *r, char *buf, size_t size, const char *text)
{
	const struct oracle_op *o = r->op;

	snprintf(buf, size, "%s: op %u %s(id %u, arg %u, size %u, gfp 0x%x, aux 0x%x, flags %u): %s",
		 r->dir, o->i, op_name(o->op), o->id, o->arg, o->size, o->gfp, o->aux, o->flags,
		 text);
}

void decided(struct run *r, enum layer l, bool ok, const char *text)
{
	char sentence[600];

	r->res->decisions[l]++;
	if (ok) {
		r->res->matches[l]++;
		return;
	}
	describe(r, sentence, sizeof(sentence), text);
	if (mismatches(r->res) <= r->opt->verbose) {
		printf("  %s\n", sentence);
		oplist_print_events(r->dir, r->op->i, 12);
	}
	mismatch(r, sentence);
}

void compare(struct run *r, enum layer l, const char *what, uint32_t want, uint32_t got)
{
	char text[300];

	if (want != got)
		snprintf(text, sizeof(text), "%s: expected %u (0x%x), got %u (0x%x)", what, want,
			 want, got, got);
	decided(r, l, want == got, text);
}

/* The columns that the operation has and the engine answers, as one decision. */
static void compare_answer(struct run *r, const struct answer *a)
{
	const struct oracle_op *o = r->op;
	const struct { const char *name; uint32_t want, got; } col[] = {
		{ "ptr", o->ptr, a->ptr }, { "pfn", o->pfn, a->pfn }, { "zone", o->zone, a->zone },
		{ "pageblock type", o->pfn == NO_VALUE ? NO_VALUE : o->pbmt, a->pbmt },
		{ "raux", o->raux, a->raux },
	};
	char text[300] = "";
	size_t n = 0;

	if (o->status != a->status)
		n += (size_t)snprintf(text, sizeof(text), "status: expected %s, got %s (%s)",
				      op_status_name(o->status), op_status_name(a->status),
				      a->why ? a->why : "no cause");
	for (size_t i = 0; i < sizeof(col) / sizeof(col[0]) && o->status == a->status &&
			   (a->status == ST_OK || a->status == ST_COND_NO); i++)
		if (col[i].want != NO_VALUE && col[i].got != NO_VALUE &&
		    col[i].want != col[i].got && n < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%s%s: expected %u (0x%x), got %u (0x%x)",
					      n ? "; " : "", col[i].name, col[i].want, col[i].want,
					      col[i].got, col[i].got);
	if (n && o->status == a->status && request_layer(o->op) == LAYER_SLAB && !r->list.traced &&
	    learn_object(r, o->ptr, a->ptr))
		return;
	decided(r, request_layer(o->op), !n, text);
}

/* ---- snapshots ---- */

static void compare_state(struct run *r, const struct mm_state *want,
			  const struct state_mark *mark, struct mm_error *err)
{
	struct oracle_result *res = r->res;
	struct mm_state got = { 0 };
	struct state_diff diff;
	const struct mm_error *first;

	if (mm_machine_save(r->m, &got, err)) {
		snprintf(res->first_state, sizeof(res->first_state), "%s", err->text);
		return;
	}
	state_diff(want, &got, STATE_DIFF_FOLD, &diff);
	if (!r->list.traced && (diff.slab || diff.virt)) {
		learn_areas(r, want, &got);
		learn_slabs(r, want, &got);
	}
	mm_state_free(&got);
	res->snapshots++;
	res->pages_equal += !diff.pages;
	res->slab_equal += !diff.slab;
	res->virt_equal += !diff.virt;
	if (!diff.pages && !diff.slab && !diff.virt) {
		res->snapshots_equal++;
		return;
	}
	first = diff.pages ? &diff.first_pages : diff.slab ? &diff.first_slab : &diff.first_virt;
	if (!*res->first_state)
		snprintf(res->first_state, sizeof(res->first_state),
			 "%s: snapshot %u phase %u at op %u: %u page, %u slab, %u virtual differences; %s",
			 r->dir, mark->id, mark->phase, mark->op, diff.pages, diff.slab, diff.virt,
			 first->text);
	if (res->snapshots - res->snapshots_equal <= r->opt->verbose)
		printf("  snapshot %u phase %u at op %u\n    pages %u %s\n    slab  %u %s\n    virt  %u %s\n",
		       mark->id, mark->phase, mark->op, diff.pages, diff.first_pages.text,
		       diff.slab, diff.first_slab.text, diff.virt, diff.first_virt.text);
}

struct pending {	/* the next snapshot of the file */
	struct mm_state s;
	struct state_mark mark;
	int have;
};

static int next_state(struct run *r, struct pending *p, struct mm_error *err)
{
	memset(&p->s, 0, sizeof(p->s));
	p->have = r->opt->no_states ? 0 : state_next(r->state, &p->s, &p->mark, err);
	if (p->have <= 0)
		mm_state_free(&p->s);
	return p->have < 0 ? p->have : 0;
}

/* Compare the snapshots that were taken at this operation before event k. */
static int states_before(struct run *r, struct pending *p, uint32_t k, struct mm_error *err)
{
	while (p->have > 0 && p->mark.op == r->op->i && p->mark.ev <= k) {
		struct mm_error why;
		int ret = 0;

		if (r->skipping)
			ret = resync(r, &p->s, err);
		else
			compare_state(r, &p->s, &p->mark, &why);
		mm_state_free(&p->s);
		if (ret)
			return ret;
		if (r->opt->check) {
			ret = mm_check(r->m, err);
			if (ret)
				return ret;
		}
		ret = next_state(r, p, err);
		if (ret)
			return ret;
	}
	return 0;
}

/* ---- the loop ---- */

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
	const struct oracle_event *e = &r->list.ev[i];

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
	const struct oracle_path *p = r->list.path ? &r->list.path[r->op->i] : NULL;

	return p && r->op->op == OP_VFREE && p->lazy < 0 ? &after_first_page : NULL;
}

static void before(struct run *r, uint32_t part)
{
	const struct oracle_op *o = r->op;

	r->purge = purge_of_path(r);
	r->resched = 0;
	for (uint32_t i = o->ev; i < o->ev + o->nr_ev; i++) {
		const struct oracle_event *e = &r->list.ev[i];

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
		const struct oracle_event *e = &r->list.ev[i];

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

static int run_list(struct run *r, struct mm_error *err)
{
	struct pending p;
	struct answer a;
	int ret = next_state(r, &p, err);

	for (uint32_t i = r->from; i < r->to && !ret && !r->learned->again; i++) {
		const struct oracle_event *inside;
		uint32_t part;

		r->op = &r->list.op[i];
		r->who.op = i;
		r->skipping |= r->op->reclaim;
		if (r->skipping && r->op->op != OP_SNAP) {
			r->res->unjudged++;
			adopt(r, r->op);
			continue;
		}
		part = engine_part(r);
		before(r, part);
		inside = r->purge;
		path_before(r);
		request(r, r->op, &a);
		path_after(r);
		if (r->purge) /* no chance to run came inside */
			inside = NULL;
		r->purge = NULL;
		if (r->op->op != OP_SNAP && r->op->op != OP_NOP && r->op->op != OP_MSLEEP)
			compare_answer(r, &a);
		ret = after(r, &p, &a, part, inside, err);
	}
	if (p.have > 0)
		mm_state_free(&p.s);
	return ret;
}

static int run_once(const char *dir, const struct oracle_options *opt, struct oracle_result *res,
		    struct learned *learned, struct mm_error *err)
{
	struct run r = { .dir = dir, .opt = opt, .res = res, .who = { .task = 1 },
			 .learned = learned };
	int ret;

	memset(res, 0, sizeof(*res));
	res->first_op = NO_VALUE;
	learned->at = 0;
	learned->again = false;
	ret = start_run(&r, err);
	if (!ret)
		ret = run_list(&r, err);
	mm_machine_destroy(r.m);
	mm_state_free(&r.first);
	state_close(r.state);
	oplist_free(&r.list);
	free(r.slot);
	free(r.used);
	free(r.alias);
	return ret;
}

int oracle_run(const char *dir, const struct oracle_options *opt, struct oracle_result *res,
	       struct mm_error *err)
{
	struct learned learned = { 0 };
	uint32_t tries = 0;
	int ret;

	do {
		ret = run_once(dir, opt, res, &learned, err);
	} while (!ret && learned.again && ++tries < 1000);
	res->learned = tries;
	free(learned.guess);
	return ret;
}
