/* SPDX-License-Identifier: MIT
 *
 * Decisions that differ from the recording: are they the machine's error, or
 * does the place of a start block in its list, which nobody recorded, explain
 * them?  In both cases the machine is corrected to what the kernel did.
 *
 * kpageflags tells which pages were free at the start, not in which order, nor
 * on which type's or CPU's list.  So the first decision that meets a free
 * block or page of the start that no event has touched since may differ; it is
 * excluded, once for each of them, and the block moves to where the recording
 * shows it: first in the list from which the kernel took it, or, when the
 * kernel passed over it, behind the others or on another list.
 */
#include "analyze/verify/rec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_text[] = {
	"request", "bulk page", "free", "free to tail", "take", "drain", "steal", "drain all",
	"isolate", "reserve", "unreserve", "kswapd", "reclaim", "mark",
};

/* The first blocks of the lists that a decision of this zone and type looked at. */
static size_t describe_lists(const struct rec_run *r, char *buf, size_t size)
{
	const struct rec_event *e = r->ev;
	struct mm_zone_info info;
	int zone = mm_follow_zone(r->m, e->pfn);
	size_t n = 0;

	if (zone < 0 || size < 2)
		return 0;
	mm_zone_info(r->m, (enum mm_zone_id)zone, &info);
	n += (size_t)snprintf(buf + n, size - n, "; zone %s: %u free, per-CPU %u of %u (batch %u, factor %u), blocks",
			      info.name, info.nr_free, info.pcp[e->cpu].count, info.pcp[e->cpu].high,
			      info.pcp[e->cpu].batch, info.pcp[e->cpu].free_factor);
	for (int o = 0; o < MM_MAX_ORDER && n < size; o++)
		n += (size_t)snprintf(buf + n, size - n, " %u+%u+%u", info.nr_blocks[o][0],
				      info.nr_blocks[o][1], info.nr_blocks[o][2]);
	return n < size ? n : size - 1;
}

void rec_mismatch(struct rec_run *r, enum verify_layer layer, const char *fmt, ...)
{
	const struct rec_event *e = r->ev;
	unsigned int verbose = r->opt->verbose;
	char text[VERIFY_TEXT];
	size_t n;
	va_list ap;

	if (r->out->first_mismatch[0] && r->printed >= verbose)
		return;
	n = (size_t)snprintf(text, sizeof(text), "%s, %s: event %u at %llu.%06llu s (%s of pfn 0x%x order %u type %u, cpu %u): ",
			     verify_layer_name(layer), verify_mode_name(r->mode), e->number,
			     (unsigned long long)(e->time / 1000000000),
			     (unsigned long long)(e->time / 1000 % 1000000), kind_text[e->kind], e->pfn,
			     e->order, e->type, e->cpu);
	va_start(ap, fmt);
	n += (size_t)vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	if (n < sizeof(text))
		describe_lists(r, text + n, sizeof(text) - n);
	if (!r->out->first_mismatch[0])
		strcpy(r->out->first_mismatch, text);
	if (r->printed < verbose) {
		fprintf(stderr, "%s\n", text);
		r->printed++;
	}
}

void rec_touch(struct rec_run *r, pfn_t pfn, unsigned int order)
{
	if (pfn < r->nr_frames && (1u << order) <= r->nr_frames - pfn)
		memset(r->start_mark + pfn, 0, 1u << order);
}

void rec_add_count(struct rec_run *r, int zone, unsigned int cpu, int32_t pages)
{
	struct mm_zone_info info;
	int64_t count;

	mm_zone_info(r->m, (enum mm_zone_id)zone, &info);
	count = (int64_t)info.pcp[cpu].count + pages;
	mm_follow_set_pcp(r->m, zone, cpu, count > 0 ? (uint32_t)count : 0, info.pcp[cpu].free_factor);
}

void rec_extract(struct rec_run *r, pfn_t pfn, unsigned int order)
{
	struct mm_zone_info info;
	int zone = mm_follow_zone(r->m, pfn);

	mm_zone_info(r->m, (enum mm_zone_id)zone, &info);
	mm_follow_extract(r->m, pfn, order);
	for (unsigned int cpu = 0; cpu < mm_machine_config(r->m)->cpus; cpu++)
		mm_follow_set_pcp(r->m, zone, cpu, info.pcp[cpu].count, info.pcp[cpu].free_factor);
}

/* A free block whose place rests on a guess; may a decision be excluded for it? */
static bool is_guess(const struct rec_run *r, const struct mm_follow_place *p)
{
	return p->where != MM_IN_USE && r->start_mark[p->head] & REC_GUESS;
}

static bool excuses(const struct rec_run *r, const struct mm_follow_place *p)
{
	return is_guess(r, p) && r->start_mark[p->head] & REC_EXCUSE;
}

static void use_up(struct rec_run *r, const struct mm_follow_place *p)
{
	for (uint32_t i = 0; i < 1u << p->order && is_guess(r, p); i++)
		r->start_mark[p->head + i] &= (uint8_t)~REC_EXCUSE;
}

/* A per-CPU entry that cannot be where it is: another CPU may have it; else it
 * was in use, or is on a list that the start state does not show. */
static void drop_entry(struct rec_run *r, int zone, const struct mm_follow_place *p)
{
	unsigned int cpus = mm_machine_config(r->m)->cpus, other = (p->cpu + 1u) % cpus;
	bool stays = cpus > 1 && is_guess(r, p) && !(r->start_mark[p->head] & REC_MOVED);

	rec_extract(r, p->head, p->order);
	for (uint32_t i = 0; i < 1u << p->order; i++) {
		if (stays)
			r->start_mark[p->head + i] |= REC_MOVED;
		else
			r->start_mark[p->head + i] &= REC_EXCUSE;
	}
	if (!stays)
		return;
	mm_follow_append(r->m, zone, other, p->order, p->type, p->head);
	rec_add_count(r, zone, other, -(1 << p->order));
}

bool rec_disprove(struct rec_run *r, int zone, unsigned int cpu, unsigned int order,
		  unsigned int type, bool *rest)
{
	bool excused = false;
	pfn_t pfn;

	while ((pfn = mm_follow_next_page(r->m, zone, cpu, order, type)) != MM_NO_PFN) {
		struct mm_follow_place p;

		mm_follow_find(r->m, pfn, &p);
		if (!is_guess(r, &p))
			break;
		if (!excused && excuses(r, &p)) {
			excused = true;
			use_up(r, &p);
		}
		drop_entry(r, zone, &p);
	}
	*rest = pfn != MM_NO_PFN;
	return excused;
}

/* Was the block that the kernel took, or a part of it, never touched before?
 * Then it was free at the start, on a list that was assumed, or unknown. */
static bool is_start(const struct rec_run *r, const struct mm_follow_place *x)
{
	const struct rec_event *e = r->ev;

	if (x->where == MM_IN_BUDDY && x->order >= e->order)
		return excuses(r, x);
	for (uint32_t i = 0; i < 1u << e->order && e->pfn + i < r->nr_frames; i++)
		if (r->start_mark[e->pfn + i] & REC_EXCUSE)
			return true;
	return false;
}

static const char *where_text(const struct mm_follow_place *p)
{
	static const char *const text[] = { "in use", "in the free lists", "on a per-CPU list" };

	return text[p->where];
}

/* Count a decision whose answer differs: excluded once for each untouched
 * block that explains it, else a mismatch. */
static void judge(struct rec_run *r, enum verify_layer layer, pfn_t predicted,
		  const struct mm_follow_place *x, const struct mm_follow_place *p)
{
	bool up = predicted != MM_NO_PFN && excuses(r, p);

	if (is_start(r, x) || up) {
		verify_exclude(r->out, layer, r->mode, VERIFY_START_ORDER, 1);
		return;
	}
	verify_count(r->out, layer, r->mode, false);
	rec_mismatch(r, layer, "the machine has 0x%x (%s, order %u, type %u); what the kernel took is %s (0x%x, order %u, type %u, cpu %u)",
		     predicted, predicted == MM_NO_PFN ? "nothing" : where_text(p), p->order, p->type,
		     where_text(x), x->head, x->order, x->type, x->cpu);
}

/* A block that the kernel passed over: it is not where the machine has it. */
static void put_away(struct rec_run *r, const struct mm_follow_place *p, unsigned int type,
		     bool same_list)
{
	unsigned int other = mm_follow_pageblock(r->m, p->head);

	if (other == type || other >= MM_PCP_TYPES)
		other = type == MM_UNMOVABLE ? MM_MOVABLE : MM_UNMOVABLE;
	mm_follow_move_block(r->m, p->head, same_list ? type : other, true);
	use_up(r, p);
}

/* A free block's type list was assumed wrong: its pageblock's type too, if that
 * was the ground for it. */
static void take_to_list(struct rec_run *r, const struct mm_follow_place *x, unsigned int type)
{
	if (is_guess(r, x) && x->type != type && mm_follow_pageblock(r->m, x->head) == x->type)
		mm_follow_set_pageblock(r->m, x->head, type);
	mm_follow_move_block(r->m, x->head, type, false);
	rec_touch(r, x->head, x->order);
}

/* A recording from boot begins when the kernel has taken pages already.  At its
 * first steps, when a type that has no memory here is served without a steal,
 * and when a block is met that no event has touched, what the machine would give
 * before the kernel's block is taken to have been given then. */
static void catch_up(struct rec_run *r, int zone)
{
	const struct rec_event *e = r->ev;
	struct mm_follow_steal s;
	struct mm_follow_place x;
	pfn_t next;

	for (;;) {
		mm_follow_find(r->m, e->pfn, &x);
		next = mm_follow_next_block(r->m, zone, e->order, e->type);
		if (next == e->pfn || x.where != MM_IN_BUDDY || x.order < e->order)
			return;
		if (next != MM_NO_PFN)
			mm_follow_take_block(r->m, zone, e->cpu, e->order, e->type);
		else if (mm_follow_next_steal(r->m, zone, e->order, e->type, &s))
			mm_follow_steal(r->m, zone, s.pfn, s.order, e->type, 0);
		else
			return;
	}
}

/* r->ev: a TAKE of a block. */
void rec_fix_block(struct rec_run *r, int zone, pfn_t predicted)
{
	const struct rec_event *e = r->ev;
	struct mm_follow_place x, p = { 0 };

	mm_follow_find(r->m, e->pfn, &x);
	if (predicted != MM_NO_PFN)
		mm_follow_find(r->m, predicted, &p);
	judge(r, e->refill ? VERIFY_PCP : VERIFY_PAGE, predicted, &x, &p);
	if (r->start->from_boot &&
	    (!r->boot_step || predicted == MM_NO_PFN || (is_guess(r, &p) && x.type == e->type))) {
		catch_up(r, zone);
		return;
	}
	for (int tries = 0; tries < 64; tries++) {
		bool behind = x.where == MM_IN_BUDDY && x.type == e->type && x.order >= e->order;

		predicted = mm_follow_next_block(r->m, zone, e->order, e->type);
		if (predicted == e->pfn)
			return;
		if (x.where == MM_IN_BUDDY && x.order >= e->order && is_guess(r, &x)) {
			take_to_list(r, &x, e->type);
			mm_follow_find(r->m, e->pfn, &x);
			continue;
		}
		if (predicted == MM_NO_PFN)
			return;
		mm_follow_find(r->m, predicted, &p);
		if (behind && x.order < p.order)
			return;
		if (!is_guess(r, &p) || r->start->from_boot)
			break;
		put_away(r, &p, e->type, behind && x.order == p.order);
	}
}

/* Does a later event find this page on the list?  If not it has left the list
 * with no event (the bulk allocator has none where no probe was set). */
static bool still_there(const struct rec_run *r, pfn_t pfn)
{
	uint32_t next = pfn < r->nr_frames ? r->next_of[pfn] : 0;
	unsigned int kind = next ? r->t->ev[next - 1].kind : (unsigned int)REC_MARK;

	return kind == REC_ALLOC || kind == REC_BULK || kind == REC_DRAIN;
}

/* r->ev: a request, or a bulk page, served from a per-CPU list. */
void rec_fix_page(struct rec_run *r, int zone, unsigned int cpu, unsigned int type, pfn_t predicted,
		  enum verify_layer layer)
{
	const struct rec_event *e = r->ev;
	struct mm_follow_place x, p = { 0 };

	mm_follow_find(r->m, e->pfn, &x);
	if (predicted != MM_NO_PFN)
		mm_follow_find(r->m, predicted, &p);
	judge(r, layer, predicted, &x, &p);
	if (x.where == MM_IN_PCP && x.order == e->order && x.type != type &&
	    mm_follow_pageblock(r->m, e->pfn) == x.type)
		mm_follow_set_pageblock(r->m, e->pfn, type);
	if (predicted != MM_NO_PFN && !is_start(r, &x))
		use_up(r, &p);
	for (int tries = 0; tries < 64 && !is_start(r, &x); tries++) {
		if (predicted == MM_NO_PFN || predicted == e->pfn)
			break;
		mm_follow_find(r->m, predicted, &p);
		if (!is_guess(r, &p)) {
			if (still_there(r, p.head))
				break;
			rec_extract(r, p.head, p.order);
			rec_add_count(r, zone, cpu, -(1 << p.order));
			predicted = mm_follow_next_page(r->m, zone, cpu, e->order, type);
			continue;
		}
		mm_follow_rotate(r->m, zone, cpu, e->order, type);
		predicted = mm_follow_next_page(r->m, zone, cpu, e->order, type);
	}
}

/* r->ev: a drained block.  A drain takes the tail.  Pages of the start are
 * behind all that was freed since, in an order of their own; when the kernel
 * drains one that was freed since, those behind it are not on this list.  Nor
 * are those that no later event finds there: a free in an interrupt that meets
 * the lists locked goes past them. */
void rec_fix_drained(struct rec_run *r, int zone, struct rec_drain *d, pfn_t predicted)
{
	const struct rec_event *e = r->ev;
	struct mm_follow_place x, p = { 0 };
	unsigned int order, type;
	bool known;

	mm_follow_find(r->m, e->pfn, &x);
	if (predicted != MM_NO_PFN)
		mm_follow_find(r->m, predicted, &p);
	judge(r, VERIFY_PCP, predicted, &x, &p);
	known = x.where == MM_IN_PCP && x.cpu == d->cpu && !is_guess(r, &x);
	if (x.where == MM_IN_PCP && mm_follow_pageblock(r->m, e->pfn) == x.type && x.type != e->type)
		mm_follow_set_pageblock(r->m, e->pfn, e->type);
	while (known && predicted != MM_NO_PFN && predicted != e->pfn &&
	       (is_guess(r, &p) || !still_there(r, p.head))) {
		drop_entry(r, zone, &p);
		predicted = mm_follow_next_drained(r->m, zone, d->cpu, &d->walk, &order, &type);
		if (predicted != MM_NO_PFN)
			mm_follow_find(r->m, predicted, &p);
	}
}
