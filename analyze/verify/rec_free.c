/* SPDX-License-Identifier: MIT
 *
 * A recording free-running: the requests and frees are given to the machine,
 * which is never corrected; how far it drifts is measured.
 *
 * A page of the kernel's stands for the page that the machine gave for the same
 * request (a table by pfn); pages in use at the start stand for themselves.
 * Refills, drains and steals are the machine's own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/verify/rec.h"

struct free_run {
	struct rec_run *r;
	uint32_t *pfn_of;	/* the machine's page for a page of the kernel's */
	uint32_t *bulk;		/* a bulk request's pages */
	uint32_t bulk_cap;
};

static struct mm_caller caller(const struct rec_event *e)
{
	return (struct mm_caller){ .op = e->number, .task = (uint32_t)e->pid, .cpu = e->cpu };
}

static void count(struct free_run *f, enum verify_layer l, bool match)
{
	if (f->r->reclaim_ran)
		verify_exclude(f->r->out, l, f->r->mode, VERIFY_RESYNC, 1);
	else
		verify_count(f->r->out, l, f->r->mode, match);
}

/* The kernel's block e->pfn is the machine's block pfn from now on. */
static void pair(struct free_run *f, const struct rec_event *e, pfn_t pfn)
{
	struct rec_run *r = f->r;
	int zone = mm_follow_zone(r->m, e->pfn);
	struct verify_row *row;

	if (zone < 0)
		return;
	for (uint32_t i = 0; i < 1u << e->order && e->pfn + i < r->nr_frames; i++)
		f->pfn_of[e->pfn + i] = pfn == MM_NO_PFN ? MM_NO_PFN : pfn + i;
	count(f, VERIFY_OUTCOME, pfn != MM_NO_PFN);
	if (pfn == MM_NO_PFN)
		return;
	count(f, VERIFY_ZONE, mm_follow_zone(r->m, pfn) == zone);
	count(f, VERIFY_PAGE, pfn == e->pfn);
	if (pfn != e->pfn && !f->r->reclaim_ran)
		rec_mismatch(r, VERIFY_PAGE, "the machine gives 0x%x", pfn);
	if (f->r->reclaim_ran)
		return;
	row = &r->out->page[r->mode][zone][e->order];
	row->decisions++;
	row->matches += pfn == e->pfn;
}

static void run_alloc(struct free_run *f, const struct rec_event *e)
{
	struct mm_caller who = caller(e);
	pfn_t pfn;

	if (mm_alloc_pages(f->r->m, &who, e->gfp, e->order, &pfn) != MM_OK)
		pfn = MM_NO_PFN;
	if (e->pfn != REC_FAILED) {
		pair(f, e, pfn);
		return;
	}
	count(f, VERIFY_OUTCOME, pfn == MM_NO_PFN);
	if (pfn != MM_NO_PFN)
		mm_follow_free(f->r->m, &who, pfn, e->order);
}

/* The pages of one bulk request: those of one task that follow each other. */
static uint32_t run_bulk(struct free_run *f, uint32_t at)
{
	const struct rec_event *ev = f->r->t->ev, *e = &ev[at];
	struct mm_caller who = caller(e);
	uint32_t n = 0, got;
	gfp_t gfp = e->type != REC_NO_TYPE ? e->gfp : MM_GFP_KERNEL | MM_GFP_HIGHMEM_BIT;

	while (at + n < f->r->start->end && (ev[at + n].kind == REC_TAKE ||
	       (ev[at + n].kind == REC_BULK && ev[at + n].pid == e->pid)) && n < f->bulk_cap)
		n++;
	for (uint32_t i = 0, k = 0; i < n; i++) {
		if (ev[at + i].kind != REC_BULK)
			continue;
		if (!k) {
			uint32_t want = 0;

			for (uint32_t j = i; j < n; j++)
				want += ev[at + j].kind == REC_BULK;
			got = mm_follow_bulk(f->r->m, &who, gfp, want, f->bulk);
			while (got < want && mm_alloc_pages(f->r->m, &who, gfp, 0, &f->bulk[got]) == MM_OK)
				got++;
			while (got < want)
				f->bulk[got++] = MM_NO_PFN;
		}
		f->r->ev = &ev[at + i];
		pair(f, &ev[at + i], f->bulk[k++]);
	}
	return n - 1;
}

static void run_free(struct free_run *f, const struct rec_event *e)
{
	struct rec_run *r = f->r;
	struct mm_caller who = caller(e);
	struct mm_follow_place place;
	unsigned int merged;
	pfn_t pfn;

	if (mm_follow_zone(r->m, e->pfn) < 0)
		return;
	pfn = f->pfn_of[e->pfn];
	f->pfn_of[e->pfn] = e->pfn;
	if (pfn == MM_NO_PFN)
		return;
	mm_follow_find(r->m, pfn, &place);
	if (place.where != MM_IN_USE)
		return;
	if (e->kind == REC_FREE_TAIL)
		mm_follow_free_block(r->m, e->cpu, pfn, e->order, mm_follow_pageblock(r->m, pfn), true, &merged);
	else
		mm_follow_free(r->m, &who, pfn, e->order);
}

/* Compaction's choice of a block is not predicted: it gets the same one if
 * that is free here. */
static void run_isolate(struct free_run *f, const struct rec_event *e)
{
	struct mm_caller who = caller(e);
	pfn_t pfn = e->pfn;

	if (mm_follow_zone(f->r->m, pfn) < 0)
		return;
	if (mm_follow_is_free(f->r->m, pfn, e->order))
		mm_follow_extract(f->r->m, pfn, e->order);
	else if (mm_alloc_pages(f->r->m, &who, MM_GFP_KERNEL | MM_GFP_HIGHMEM_BIT | MM_GFP_MOVABLE_BIT,
				e->order, &pfn) != MM_OK)
		pfn = MM_NO_PFN;
	for (uint32_t i = 0; i < 1u << e->order; i++) {
		if (pfn != MM_NO_PFN)
			mm_follow_hand_out(f->r->m, &who, MM_GFP_MOVABLE_BIT, 0, pfn + i);
		f->pfn_of[e->pfn + i] = pfn == MM_NO_PFN ? MM_NO_PFN : pfn + i;
	}
}

static uint32_t run_event(struct free_run *f, uint32_t at)
{
	const struct rec_event *e = &f->r->t->ev[at];

	f->r->ev = e;
	switch ((enum rec_kind)e->kind) {
	case REC_ALLOC: run_alloc(f, e); break;
	case REC_BULK: return run_bulk(f, at);
	case REC_FREE:
	case REC_FREE_TAIL: run_free(f, e); break;
	case REC_DRAIN_ALL: mm_drain_all_pages(f->r->m); break;
	case REC_ISOLATE: run_isolate(f, e); break;
	case REC_RECLAIM:
	case REC_KSWAPD:
		f->r->reclaim_ran = true;
		break;
	default: break;
	}
	return 0;
}

/* zoneinfo's counts of per-CPU pages may exceed what was found to put there;
 * a machine that runs by itself must have what it counts. */
static void count_lists(struct rec_run *r)
{
	const struct mm_state *s = &r->start->state;

	for (int z = 0; z < MM_NR_ZONES; z++)
		for (unsigned int cpu = 0; cpu < mm_machine_config(r->m)->cpus; cpu++) {
			uint32_t pages = 0;

			for (unsigned int i = 0; i < MM_NR_PCP_LISTS; i++)
				pages += s->zone[z].pcp[cpu].list[i].nr <<
					 (i < 12 ? i / 3 : mm_machine_layout(r->m)->pageblock_order);
			mm_follow_set_pcp(r->m, z, cpu, pages, 0);
		}
}

int rec_free_run(struct rec_run *r, struct mm_error *err)
{
	struct free_run f = { .r = r, .bulk_cap = 1u << 16 };
	uint64_t second = 0;
	int ret = 0;

	f.pfn_of = malloc((r->nr_frames + (1u << MM_MAX_ORDER)) * sizeof(*f.pfn_of));
	f.bulk = malloc(f.bulk_cap * sizeof(*f.bulk));
	if (!f.pfn_of || !f.bulk)
		ret = mm_fail(err, -ENOMEM, "no memory to replay %u events", r->t->nr);
	count_lists(r);
	for (uint32_t i = 0; !ret && i < r->nr_frames; i++)
		f.pfn_of[i] = i;
	for (uint32_t i = r->start->first; !ret && i < r->start->end; i++) {
		const struct rec_event *e = &r->t->ev[i];

		if (e->time / 1000000000 != second) {
			second = e->time / 1000000000;
			mm_follow_counter_fold(r->m);
			verify_exclude(r->out, VERIFY_ZONE, r->mode, VERIFY_COUNTER_FOLD, 1);
		}
		i += run_event(&f, i);
		if (verify_reached(r->out, r->mode, e->number))
			ret = mm_fail(err, -ENOMEM, "no memory for the series");
	}
	free(f.pfn_of);
	free(f.bulk);
	return ret;
}
