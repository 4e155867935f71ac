/* SPDX-License-Identifier: MIT
 *
 * The drains of a followed recording: whether a free drains the per-CPU lists,
 * how far, and which blocks go.  What the kernel did otherwise tells its count
 * of pages and its free_factor, to which the machine's are set.
 */
#include "analyze/verify/rec.h"

/* A recording from boot: two blocks in one refill show that the per-CPU lists
 * have got their real size. */
void rec_boot_progress(struct rec_run *r, uint32_t step)
{
	while (r->start->from_boot && r->boot_step < step)
		mm_follow_boot_step(r->m, ++r->boot_step);
}

struct mm_pcp_info rec_pcp(const struct rec_run *r, int zone, unsigned int cpu)
{
	struct mm_zone_info info;

	mm_zone_info(r->m, (enum mm_zone_id)zone, &info);
	return info.pcp[cpu];
}

/* A drain that was due and did not happen tells only that the kernel's count is
 * below the high mark, or that kswapd has ended: each time in a row the count is
 * taken back by twice as much, until a drain tells it exactly. */
static void learn_no_drain(struct rec_run *r, const struct rec_drain *d)
{
	struct mm_pcp_info pcp = rec_pcp(r, d->zone, d->cpu);
	uint32_t *back = &r->cpu[d->cpu].back_off[d->zone], count = pcp.count;

	if (r->kswapd) {
		r->kswapd = false;
		mm_follow_kswapd(r->m, false);
	}
	if (pcp.high && count >= pcp.high) {
		*back = *back ? *back * 2 : 1;
		count = *back < pcp.high ? pcp.high - *back : 0;
	}
	mm_follow_set_pcp(r->m, d->zone, d->cpu, count, d->factor);
}

/* The kernel drained another number of pages than the machine would: its count
 * and factor are set to what gives that number (nr_pcp_free: batch doubled
 * factor times).  While kswapd balances, the mark is another and the count is
 * left alone. */
static void learn_drain(struct rec_run *r, const struct rec_drain *d)
{
	struct mm_pcp_info pcp = rec_pcp(r, d->zone, d->cpu);
	uint32_t factor = d->factor, count = pcp.count;

	for (uint32_t f = 0; f < 6; f++)
		if (pcp.batch << f == d->drained)
			factor = f < 5 ? f + 1 : 5;
	if (!r->kswapd && d->drained < pcp.high)
		count = pcp.high - d->drained;
	mm_follow_set_pcp(r->m, d->zone, d->cpu, count, factor);
}

void rec_drain_end(struct rec_run *r, struct rec_drain *d)
{
	if (!d->on)
		return;
	d->on = false;
	if (d->drained)
		r->cpu[d->cpu].back_off[d->zone] = 0;
	if (!d->open) {
		verify_count(r->out, VERIFY_PCP, r->mode, d->walk.left <= 0);
		if (d->walk.left <= 0)
			return;
		rec_mismatch(r, VERIFY_PCP, "the drain before this event gave back %u pages, the machine would give back %d more",
			     d->drained, d->walk.left);
		if (!d->drained)
			rec_boot_progress(r, 2);
	}
	if (d->of_free && d->drained)
		learn_drain(r, d);
	else if (d->of_free)
		learn_no_drain(r, d);
}

/* The kernel drains where the machine would not, or further than it would. */
static void drain_open(struct rec_run *r, struct rec_cpu *c, int zone)
{
	const struct rec_event *e = r->ev;
	struct mm_follow_place x;
	struct rec_drain *d = &c->drain;
	const struct rec_event *before = c->last_free ? &r->t->ev[c->last_free - 1] : NULL;
	struct mm_pcp_info pcp;
	unsigned int index = 0;

	if (d->on) {
		d->open = true;
		verify_count(r->out, VERIFY_PCP, r->mode, false);
		rec_mismatch(r, VERIFY_PCP, "the kernel drains on, the machine has given back all that it would");
		d->walk.left = INT32_MAX;
		return;
	}
	mm_follow_find(r->m, e->pfn, &x);
	*d = (struct rec_drain){ .on = true, .open = true, .zone = zone };
	d->cpu = x.where == MM_IN_PCP ? x.cpu : e->cpu;
	pcp = rec_pcp(r, zone, d->cpu);
	d->factor = pcp.free_factor;
	if (before && mm_follow_zone(r->m, before->pfn) == zone && d->cpu == e->cpu) {
		unsigned int mt = mm_follow_pageblock(r->m, before->pfn);

		d->of_free = true;
		verify_count(r->out, VERIFY_PCP, r->mode, false);
		rec_mismatch(r, VERIFY_PCP, "the kernel drains after this free, the machine would not yet");
		if (mt >= MM_PCP_TYPES)
			mt = MM_MOVABLE;
		index = before->order <= 3 ? before->order * MM_PCP_TYPES + mt : 12 + (mt == MM_MOVABLE);
	} else {
		verify_exclude(r->out, VERIFY_PCP, r->mode, VERIFY_FOREIGN_DRAIN, 1);
	}
	mm_follow_drain_begin(r->m, zone, d->cpu, (int32_t)pcp.count, index, &d->walk);
	d->walk.left = INT32_MAX;
}

void rec_follow_drain(struct rec_run *r, struct rec_cpu *c, int zone)
{
	const struct rec_event *e = r->ev;
	struct rec_drain *d = &c->drain;
	unsigned int order = 0, type = 0, merged;
	pfn_t p, head;

	if (d->on && d->zone != zone)
		rec_drain_end(r, d);
	if (!d->on || d->walk.left <= 0)
		drain_open(r, c, zone);
	p = mm_follow_next_drained(r->m, zone, d->cpu, &d->walk, &order, &type);
	if (p == e->pfn && order == e->order && type == e->type) {
		verify_count(r->out, VERIFY_PCP, r->mode, true);
		mm_follow_take_drained(r->m, zone, d->cpu, &d->walk);
	} else {
		rec_fix_drained(r, zone, d, p);
		rec_extract(r, e->pfn, e->order);
		rec_add_count(r, zone, d->cpu, -(1 << e->order));
		d->walk.left -= 1 << e->order;
	}
	d->drained += 1u << e->order;
	head = mm_follow_free_block(r->m, e->cpu, e->pfn, e->order, e->type, false, &merged);
	rec_touch(r, head, merged);
}
