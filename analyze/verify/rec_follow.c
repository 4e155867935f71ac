/* SPDX-License-Identifier: MIT
 *
 * A recording followed: event by event the machine is asked what it would do
 * now, the answer is compared, and the machine does what the kernel did.
 *
 * Decisions.  A request: the zone that serves it, whether it succeeds, its pfn.
 * A refill of a per-CPU list: that one is due and how many blocks it asks for,
 * and each block.  A free: whether it drains the per-CPU lists and how much,
 * and each block drained, with its type.  A steal: which block, and whether the
 * pageblock changes its type.  The answers come from the functions that requests
 * run through (mm_follow.h).
 */
#include "analyze/verify/rec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct mm_caller caller(const struct rec_event *e)
{
	return (struct mm_caller){ .op = e->number, .task = (uint32_t)e->pid, .cpu = e->cpu };
}

/* ---- refills ---- */

/* The kernel went on to something else: did the refill ask for as many blocks
 * as the machine would, unless there are no more? */
static void burst_end(struct rec_run *r, struct rec_burst *b)
{
	bool more, match;
	struct mm_follow_steal s;

	if (!b->on)
		return;
	b->on = false;
	more = mm_follow_next_block(r->m, b->zone, b->order, b->type) != MM_NO_PFN ||
	       mm_follow_next_steal(r->m, b->zone, b->order, b->type, &s);
	match = b->n == b->want || (b->n < b->want && !more);
	if (b->counted)
		return;
	verify_count(r->out, VERIFY_PCP, r->mode, match);
	if (!match)
		rec_mismatch(r, VERIFY_PCP, "the refill before this event took %u blocks, the machine asks for %u", b->n, b->want);
}

static void burst_take(struct rec_run *r, struct rec_cpu *c, int zone)
{
	const struct rec_event *e = r->ev;
	struct rec_burst *b = &c->burst;

	if (b->on && (b->zone != zone || b->order != e->order || b->type != e->type))
		burst_end(r, b);
	if (!b->on) {
		pfn_t there = mm_follow_next_page(r->m, zone, e->cpu, e->order, e->type);

		*b = (struct rec_burst){ .on = true, .zone = zone, .order = e->order, .type = e->type };
		b->want = mm_follow_refill(r->m, zone, e->cpu, e->order);
		if (there != MM_NO_PFN) {
			bool rest, excused;

			excused = rec_disprove(r, zone, e->cpu, e->order, e->type, &rest);
			b->counted = true;
			if (excused && !rest) {
				verify_exclude(r->out, VERIFY_PCP, r->mode, VERIFY_START_ORDER, 1);
			} else {
				verify_count(r->out, VERIFY_PCP, r->mode, false);
				rec_mismatch(r, VERIFY_PCP, "a refill, but the machine's list holds 0x%x still", there);
			}
		}
	}
	b->n++;
	if (b->n == 2 && b->want == 1 && r->start->from_boot && !r->boot_step) {
		rec_boot_progress(r, 1);
		b->want = mm_follow_refill(r->m, zone, e->cpu, e->order);
	}
}

/* ---- blocks ---- */

static void follow_take(struct rec_run *r, struct rec_cpu *c, int zone)
{
	const struct rec_event *e = r->ev;
	enum verify_layer layer = e->refill ? VERIFY_PCP : VERIFY_PAGE;
	struct mm_follow_place b;
	pfn_t p;

	if (e->refill)
		burst_take(r, c, zone);
	else
		burst_end(r, &c->burst);
	p = e->type < MM_MIGRATE_TYPES ? mm_follow_next_block(r->m, zone, e->order, e->type) : MM_NO_PFN;
	if (p != e->pfn)
		rec_fix_block(r, zone, p);
	else if (e->refill)
		verify_count(r->out, layer, r->mode, true);
	mm_follow_find(r->m, e->pfn, &b);
	if (b.where == MM_IN_BUDDY)
		rec_touch(r, b.head, b.order);
	if (mm_follow_next_block(r->m, zone, e->order, e->type) == e->pfn)
		mm_follow_take_block(r->m, zone, e->cpu, e->order, e->type);
	else
		rec_extract(r, e->pfn, e->order);
	rec_touch(r, e->pfn, e->order);
	if (e->refill)
		mm_follow_append(r->m, zone, e->cpu, e->order, e->type, e->pfn);
	else
		c->direct = e->pfn;
}

static void follow_steal(struct rec_run *r, int zone)
{
	const struct rec_event *e = r->ev;
	struct mm_follow_steal s = { 0 };
	struct mm_follow_place x, p = { 0 };
	bool own = mm_follow_next_block(r->m, zone, e->order, e->type) != MM_NO_PFN;
	bool any = mm_follow_next_steal(r->m, zone, e->order, e->type, &s);
	bool match = !own && any && s.pfn == e->pfn && s.order == e->from_order && s.from == e->from_type;
	bool owned;

	mm_follow_find(r->m, e->pfn, &x);
	if (any)
		mm_follow_find(r->m, s.pfn, &p);
	if (x.where != MM_IN_BUDDY || x.head != e->pfn || x.order != e->from_order) {
		unsigned int merged;

		rec_extract(r, e->pfn, e->from_order);
		mm_follow_free_block(r->m, e->cpu, e->pfn, e->from_order, e->from_type, false, &merged);
	} else if (x.type != e->from_type) {
		mm_follow_move_block(r->m, e->pfn, e->from_type, false);
	}
	owned = mm_follow_steal(r->m, zone, e->pfn, e->from_order, e->type, MM_GFP_KSWAPD_RECLAIM);
	if (!match && (r->start_mark[x.head] == (REC_GUESS | REC_EXCUSE) ||
		       (any && r->start_mark[p.head] == (REC_GUESS | REC_EXCUSE)))) {
		verify_exclude(r->out, VERIFY_STEAL, r->mode, VERIFY_START_ORDER, 1);
	} else {
		match = match && owned == e->owned;
		verify_count(r->out, VERIFY_STEAL, r->mode, match);
		if (!match)
			rec_mismatch(r, VERIFY_STEAL, "the kernel stole 0x%x order %u of type %u (pageblock %s), the machine: 0x%x order %u of type %u (pageblock %s)%s",
				     e->pfn, e->from_order, e->from_type, e->owned ? "claimed" : "kept",
				     s.pfn, s.order, s.from, owned ? "claimed" : "kept",
				     own ? "; it has a block of its own" : "");
	}
	rec_touch(r, e->pfn, e->from_order);
	if (owned != e->owned)
		mm_follow_set_pageblock(r->m, e->pfn, e->owned ? e->type : e->from_type);
}

/* ---- requests ---- */

static void count_page(struct rec_run *r, int zone, bool match)
{
	struct verify_row *row = &r->out->page[r->mode][zone][r->ev->order];

	row->decisions++;
	row->matches += match;
}

/* The zone that the machine chooses.  Where that differs from the recording's,
 * the moment of one of two works may be taken from the recording, if that makes
 * them equal: the counters' fold and the end of a watermark boost. */
static int choose_zone(struct rec_run *r, const struct rec_event *e, int want)
{
	struct mm_caller who = caller(e);
	int z = mm_follow_choose_zone(r->m, &who, e->gfp, e->order);

	if (z == want)
		return z;
	mm_follow_counter_fold(r->m);
	z = mm_follow_choose_zone(r->m, &who, e->gfp, e->order);
	if (z == want) {
		verify_exclude(r->out, VERIFY_ZONE, r->mode, VERIFY_COUNTER_FOLD, 1);
		return z;
	}
	if (!mm_follow_boost_reset(r->m))
		return z;
	z = mm_follow_choose_zone(r->m, &who, e->gfp, e->order);
	if (z == want)
		verify_exclude(r->out, VERIFY_ZONE, r->mode, VERIFY_BOOST_RESET, 1);
	return z;
}

/* Which zone, and is there one?  Judged before the request's first step. */
static void judge_request(struct rec_run *r, const struct rec_event *e)
{
	uint8_t *reclaimed = &r->reclaimed[(uint32_t)e->pid & 0xffff];
	int z = choose_zone(r, e, e->pfn == REC_FAILED ? -1 : mm_follow_zone(r->m, e->pfn));
	const struct rec_event *now = r->ev;

	r->ev = e;
	if (*reclaimed) {
		verify_exclude(r->out, VERIFY_OUTCOME, r->mode, VERIFY_RESYNC, 1);
		verify_exclude(r->out, VERIFY_ZONE, r->mode, VERIFY_RESYNC, 1);
		*reclaimed = 0;
	} else {
		bool served = e->pfn != REC_FAILED;

		verify_count(r->out, VERIFY_OUTCOME, r->mode, served == (z >= 0));
		if (served != (z >= 0))
			rec_mismatch(r, VERIFY_OUTCOME, "the request %s, the machine %s",
				     served ? "succeeded" : "failed", z >= 0 ? "serves it" : "would not serve it");
		if (served && z >= 0) {
			bool match = z == mm_follow_zone(r->m, e->pfn);

			verify_count(r->out, VERIFY_ZONE, r->mode, match);
			if (!match)
				rec_mismatch(r, VERIFY_ZONE, "served from zone %d, the machine chooses zone %d",
					     mm_follow_zone(r->m, e->pfn), z);
		}
	}
	r->ev = now;
}

static void follow_page(struct rec_run *r, struct rec_cpu *c, int zone, unsigned int type, bool bulk)
{
	const struct rec_event *e = r->ev;
	struct mm_caller who = caller(e);
	uint64_t before = r->out->row[VERIFY_PAGE][r->mode].decisions;
	pfn_t p = mm_follow_next_page(r->m, zone, e->cpu, e->order, type);

	(void)c;
	if (p == e->pfn) {
		verify_count(r->out, VERIFY_PAGE, r->mode, true);
		mm_follow_take_page(r->m, zone, e->cpu, e->order, type, bulk);
	} else {
		rec_fix_page(r, zone, e->cpu, type, p, VERIFY_PAGE);
		rec_extract(r, e->pfn, e->order);
		rec_add_count(r, zone, e->cpu, -(1 << e->order));
	}
	if (r->out->row[VERIFY_PAGE][r->mode].decisions != before)
		count_page(r, zone, p == e->pfn);
	mm_follow_hand_out(r->m, &who, e->gfp, e->order, e->pfn);
	rec_touch(r, e->pfn, e->order);
}

static void follow_alloc(struct rec_run *r, struct rec_cpu *c, int zone)
{
	const struct rec_event *e = r->ev;
	struct mm_caller who = caller(e);

	if (c->direct == e->pfn) {
		c->direct = MM_NO_PFN;
		verify_count(r->out, VERIFY_PAGE, r->mode, true);
		count_page(r, zone, true);
		mm_follow_hand_out(r->m, &who, e->gfp, e->order, e->pfn);
	} else if (!mm_follow_pcp_order(r->m, e->order) || e->type >= MM_PCP_TYPES) {
		verify_count(r->out, VERIFY_PAGE, r->mode, false);
		count_page(r, zone, false);
		rec_mismatch(r, VERIFY_PAGE, "no block of this order was taken before");
		rec_extract(r, e->pfn, e->order);
		mm_follow_hand_out(r->m, &who, e->gfp, e->order, e->pfn);
	} else {
		follow_page(r, c, zone, e->type, false);
	}
}

/* The bulk allocator's type: as its probe tells, else that of the list it is on. */
static void follow_bulk(struct rec_run *r, struct rec_cpu *c, int zone)
{
	const struct rec_event *e = r->ev;
	unsigned int type = e->type;

	if (type == REC_NO_TYPE) {
		struct mm_follow_place x;

		mm_follow_find(r->m, e->pfn, &x);
		type = x.where == MM_IN_PCP ? x.type : MM_UNMOVABLE;
	}
	if (type < MM_PCP_TYPES)
		follow_page(r, c, zone, type, true);
}

/* ---- frees ---- */

static void follow_free(struct rec_run *r, struct rec_cpu *c, int zone, bool to_tail)
{
	const struct rec_event *e = r->ev;
	struct mm_caller who = caller(e);
	struct mm_follow_place x;
	unsigned int merged;
	pfn_t head;

	mm_follow_find(r->m, e->pfn, &x);
	if (x.where != MM_IN_USE)
		rec_extract(r, e->pfn, e->order);
	rec_touch(r, e->pfn, e->order);
	if (!to_tail && mm_follow_pcp_order(r->m, e->order)) {
		c->drain = (struct rec_drain){ .of_free = true, .zone = zone, .cpu = e->cpu,
					       .factor = rec_pcp(r, zone, e->cpu).free_factor };
		mm_follow_free_page(r->m, &who, e->pfn, e->order, &c->drain.walk);
		c->drain.on = c->drain.walk.left > 0;
		c->last_free = (uint32_t)(e - r->t->ev) + 1;
		return;
	}
	head = mm_follow_free_block(r->m, e->cpu, e->pfn, e->order, mm_follow_pageblock(r->m, e->pfn),
				    to_tail, &merged);
	rec_touch(r, head, merged);
}

/* Compaction takes a free block; at half a pageblock and more its type becomes
 * Movable (Linux 6.1 __isolate_free_page).  Its pages are freed one by one. */
static void follow_isolate(struct rec_run *r, int zone)
{
	const struct rec_event *e = r->ev;
	struct mm_caller who = caller(e);
	struct mm_follow_place x;
	unsigned int pbo = mm_machine_layout(r->m)->pageblock_order;

	(void)zone;
	mm_follow_find(r->m, e->pfn, &x);
	if (x.where == MM_IN_BUDDY)
		rec_touch(r, x.head, x.order);
	rec_extract(r, e->pfn, e->order);
	for (uint32_t i = 0; i < 1u << e->order; i++)
		mm_follow_hand_out(r->m, &who, MM_GFP_MOVABLE_BIT, 0, e->pfn + i);
	if (e->order + 1u >= pbo)
		for (uint32_t i = 0; i < 1u << e->order; i += 1u << pbo)
			if (mm_follow_pageblock(r->m, e->pfn + i) < MM_HIGHATOMIC)
				mm_follow_set_pageblock(r->m, e->pfn + i, MM_MOVABLE);
}

static void follow_event(struct rec_run *r)
{
	const struct rec_event *e = r->ev;
	struct rec_cpu *c = &r->cpu[e->cpu];
	int zone = mm_follow_zone(r->m, e->pfn);

	if (e->kind != REC_TAKE && e->kind != REC_STEAL)
		burst_end(r, &c->burst);
	if (e->kind != REC_DRAIN)
		rec_drain_end(r, &c->drain);
	if (e->kind <= REC_STEAL && zone < 0)
		return;
	switch ((enum rec_kind)e->kind) {
	case REC_TAKE: follow_take(r, c, zone); break;
	case REC_STEAL: follow_steal(r, zone); break;
	case REC_ALLOC: follow_alloc(r, c, zone); break;
	case REC_BULK: follow_bulk(r, c, zone); break;
	case REC_DRAIN: rec_follow_drain(r, c, zone); break;
	case REC_FREE: follow_free(r, c, zone, false); return;
	case REC_FREE_TAIL: follow_free(r, c, zone, true); break;
	case REC_ISOLATE: follow_isolate(r, zone); break;
	case REC_RESERVE: mm_follow_reserve(r->m, e->pfn); break;
	case REC_UNRESERVE: mm_follow_unreserve(r->m, e->pfn, e->type); break;
	case REC_RECLAIM: r->reclaimed[(uint32_t)e->pid & 0xffff] = 1; break;
	case REC_KSWAPD:
		r->kswapd = e->order != 0;
		mm_follow_kswapd(r->m, r->kswapd);
		break;
	case REC_DRAIN_ALL:
	case REC_MARK:
		break;
	}
	c->last_free = 0;
}

/* For each request the event at which it begins: its first block taken on the
 * same CPU, or itself. */
static void find_beginnings(struct rec_run *r)
{
	uint32_t first[MM_NR_CPUS] = { 0 };

	for (uint32_t i = r->start->first; i < r->start->end; i++) {
		const struct rec_event *e = &r->t->ev[i];
		uint32_t *f = &first[e->cpu];

		if (e->kind == REC_TAKE || e->kind == REC_STEAL) {
			if (!*f)
				*f = i + 1;
			continue;
		}
		if (e->kind == REC_ALLOC)
			r->judge[*f ? *f - 1 : i] = i + 1;
		*f = 0;
	}
}

static void link_frames(struct rec_run *r)
{
	for (uint32_t i = r->start->end; i-- > r->start->first;) {
		pfn_t pfn = r->t->ev[i].pfn;

		if (pfn >= r->nr_frames)
			continue;
		r->link[i] = r->next_of[pfn];
		r->next_of[pfn] = i + 1;
	}
}

/* Of a start state only the sets are known, not the places in the lists; from
 * boot these are known, but not what has been taken before the first event. */
static void mark_start(struct rec_run *r)
{
	for (pfn_t pfn = 0; pfn < r->nr_frames; pfn++) {
		struct mm_frame_info f;
		bool free;

		mm_frame_info(r->m, pfn, &f);
		free = f.kind == MM_FRAME_BUDDY || f.kind == MM_FRAME_PCP;
		r->start_mark[pfn] = (free ? REC_GUESS : 0) | (r->start->from_boot ? 0 : REC_EXCUSE);
	}
}

int rec_follow(struct rec_run *r, struct mm_error *err)
{
	r->judge = calloc(r->t->nr + 1, sizeof(*r->judge));
	r->start_mark = calloc(r->nr_frames + (1u << MM_MAX_ORDER), 1);
	r->reclaimed = calloc(65536, 1);
	r->next_of = calloc(r->nr_frames + 1, sizeof(*r->next_of));
	r->link = calloc(r->t->nr + 1, sizeof(*r->link));
	if (!r->judge || !r->next_of || !r->link || !r->start_mark || !r->reclaimed)
		return mm_fail(err, -ENOMEM, "no memory to follow %u events", r->t->nr);
	for (int i = 0; i < MM_NR_CPUS; i++)
		r->cpu[i].direct = MM_NO_PFN;
	mark_start(r);
	link_frames(r);
	find_beginnings(r);
	for (uint32_t i = r->start->first; i < r->start->end; i++) {
		r->ev = &r->t->ev[i];
		if (r->ev->pfn < r->nr_frames)
			r->next_of[r->ev->pfn] = r->link[i];
		if (r->judge[i])
			judge_request(r, &r->t->ev[r->judge[i] - 1]);
		follow_event(r);
		if (verify_reached(r->out, r->mode, r->ev->number))
			return mm_fail(err, -ENOMEM, "no memory for the series");
	}
	return 0;
}
