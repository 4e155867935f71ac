/* SPDX-License-Identifier: MIT
 *
 * Reading the page allocator's events out of a trace.dat.
 *
 * Two things are put right on the way.  A page freed in a list of pages is
 * seen twice: when it is prepared (mm_page_free) and when it goes to its
 * per-CPU list (mm_page_free_batched); only the second is the free.  And
 * mm_page_alloc comes at the end of a request: an interrupt may have taken
 * pages since the request took its own.  A highmem page is zeroed through a
 * kmap_local of that pfn by the same task in between, so that event's place is
 * nearer to the truth (Linux 6.1 mm/page_alloc.c post_alloc_hook).
 */
#include "analyze/verify/rec_events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/import/gfp.h"
#include "traces/import/input.h"

#define PAGE_STRUCT_BYTES 40	/* sizeof(struct page) of Debian's i386 6.1 kernels */
#define MAX_PFN (1u << 24)
#define PIDS 65536		/* by the low bits: pids of 32-bit kernels end below */

/* What a task is doing, by pid. */
struct pid_state {
	uint32_t kmap_first, kmap_next, kmap_number;	/* a run of kmap_local of rising pfns */
	gfp_t bulk_gfp;
	bool in_bulk, unreserving;
	uint32_t isolated;		/* index of its last ISOLATE, plus one */
	uint32_t alloc_pfn, alloc_end;	/* its last request's block, if nothing followed */
};

struct loader {
	struct rec_trace *t;
	struct import_source *src;
	struct gfp_map gfp;
	struct pid_state *pid;
	uint32_t mem_map;
	int32_t kswapd;			/* its pid, once it has woken */
	uint64_t kswapd_time;		/* its last event */
	uint32_t kswapd_number;
	bool kswapd_awake;
	struct mm_error *err;
};

/* The events of the kernel's inside, which importing does not need. */
static const char *const bindings[] = {
	"mm_page_alloc_zone_locked=page_take,pfn=pfn,order=order,migratetype=migratetype,n=percpu_refill",
	"mm_page_pcpu_drain=page_drain,pfn=pfn,order=order,migratetype=migratetype",
	("mm_page_alloc_extfrag=page_steal,pfn=pfn,order=alloc_order,n=fallback_order,"
	 "migratetype=alloc_migratetype,src=fallback_migratetype,ret=change_ownership"),
	"move_freepages_block=move_block,page=page,migratetype=migratetype",
	"unreserve_highatomic=unreserve,n=force",
	"unreserve_highatomic_ret=unreserve_ret,ret=ret",
	"mm_vmscan_kswapd_wake=kswapd_wake,n=nid",
	"mm_vmscan_kswapd_sleep=kswapd_sleep,n=nid",
	"mm_compaction_begin=compact_begin,n=zone_start",
};

static struct rec_event *push(struct loader *l, const struct import_event *in, enum rec_kind kind)
{
	struct rec_trace *t = l->t;
	struct rec_event *e;

	if (t->nr == t->cap) {
		uint32_t cap = t->cap ? t->cap * 2 : 1u << 16;

		e = realloc(t->ev, cap * sizeof(*e));
		if (!e)
			return NULL;
		t->ev = e;
		t->cap = cap;
	}
	e = &t->ev[t->nr++];
	memset(e, 0, sizeof(*e));
	e->time = in->time;
	e->number = e->key = (uint32_t)t->events;
	e->pid = in->pid;
	e->cpu = (uint8_t)in->cpu;
	e->kind = (uint8_t)kind;
	e->pfn = (uint32_t)in->f[F_PFN];
	e->order = ev_has(in, F_ORDER) ? (uint8_t)in->f[F_ORDER] : 0;
	e->type = ev_has(in, F_MT) ? (uint8_t)in->f[F_MT] : 0;
	return e;
}

static void note_kmap(struct pid_state *p, const struct import_event *in, uint32_t number)
{
	uint32_t pfn = ev_has(in, F_PFN) ? (uint32_t)in->f[F_PFN] : (uint32_t)in->f[F_PTE] >> 12;

	if (p->kmap_number && pfn == p->kmap_next) {
		p->kmap_next++;
		return;
	}
	p->kmap_first = pfn;
	p->kmap_next = pfn + 1;
	p->kmap_number = number;
}

static int load_alloc(struct loader *l, const struct import_event *in, struct pid_state *p)
{
	struct rec_event *e = push(l, in, REC_ALLOC);

	if (!e)
		return -ENOMEM;
	e->gfp = gfp_from_number(&l->gfp, in->f[F_GFP]);
	if (e->pfn != REC_FAILED && p->kmap_number && p->kmap_first == e->pfn &&
	    p->kmap_next >= e->pfn + (1u << e->order))
		e->key = p->kmap_number;
	if (e->pfn != REC_FAILED && e->order) {
		p->alloc_pfn = e->pfn;
		p->alloc_end = e->pfn + (1u << e->order);
	}
	return 0;
}

/* alloc_pages_exact frees what it does not need at once, ascending to the end
 * of the block; such a page goes to its free list's tail. */
static int load_free(struct loader *l, const struct import_event *in, struct pid_state *p,
		     uint32_t exact_pfn, uint32_t exact_end)
{
	struct rec_event *e = push(l, in, REC_FREE);

	if (!e)
		return -ENOMEM;
	if (!e->order && e->pfn > exact_pfn && e->pfn < exact_end) {
		e->kind = REC_FREE_TAIL;
		p->alloc_pfn = e->pfn;
		p->alloc_end = e->pfn + 1 < exact_end ? exact_end : 0;
	}
	return 0;
}

static int load_take(struct loader *l, const struct import_event *in, enum rec_kind kind)
{
	struct rec_event *e = push(l, in, kind);

	if (!e)
		return -ENOMEM;
	if (kind == REC_TAKE)
		e->refill = in->f[F_N] != 0;
	if (kind == REC_STEAL) {
		e->from_order = (uint8_t)in->f[F_N];
		e->from_type = (uint8_t)in->f[F_SRC];
		e->owned = in->f[F_RET] != 0;
	}
	return 0;
}

/* That kswapd has balanced the node has no event: it then naps before it wakes
 * again or sleeps, so its last event before those is taken as the end. */
static int load_kswapd(struct loader *l, const struct import_event *in)
{
	struct rec_event *e;

	if (l->kswapd_awake) {
		e = push(l, in, REC_KSWAPD);
		if (!e)
			return -ENOMEM;
		e->key = l->kswapd_number;
		e->time = l->kswapd_time;
	}
	l->kswapd_awake = in->role == ROLE_KSWAPD_WAKE;
	if (!l->kswapd_awake)
		return 0;
	l->kswapd = in->pid;
	l->kswapd_number = (uint32_t)l->t->events;
	l->kswapd_time = in->time;
	e = push(l, in, REC_KSWAPD);
	if (!e)
		return -ENOMEM;
	e->order = 1;
	return 0;
}

/* pfn holds the struct page pointer until mem_map is known. */
static int load_by_page(struct loader *l, const struct import_event *in, enum rec_kind kind,
			struct pid_state *p)
{
	struct rec_event *e = push(l, in, kind);

	if (!e)
		return -ENOMEM;
	e->pfn = (uint32_t)in->f[F_PAGE];
	if (kind == REC_BULK) {
		e->gfp = p->bulk_gfp;
		e->type = p->in_bulk ? (p->bulk_gfp & (MM_GFP_MOVABLE_BIT | MM_GFP_RECLAIMABLE)) >> 3
				     : REC_NO_TYPE;
	}
	if (kind == REC_ISOLATE)
		p->isolated = l->t->nr;
	return 0;
}

static int load_mark(struct loader *l, const struct import_event *in)
{
	struct rec_trace *t = l->t;
	struct rec_mark *m;
	uint32_t n = in->text_len;

	if (!in->text || n < 6 || memcmp(in->text, "GTSNAP", 6))
		return 0;
	m = realloc(t->mark, (t->nr_marks + 1) * sizeof(*m));
	if (!m)
		return -ENOMEM;
	t->mark = m;
	m += t->nr_marks++;
	while (n && (in->text[n - 1] == '\n' || in->text[n - 1] == ' '))
		n--;
	if (n >= sizeof(m->text))
		n = sizeof(m->text) - 1;
	memcpy(m->text, in->text, n);
	m->text[n] = '\0';
	m->at = (uint32_t)t->events; /* a number now, an index after sorting */
	return 0;
}

/* Pages by struct page pointer, and what surrounds them. */
static int load_page_event(struct loader *l, const struct import_event *in, struct pid_state *p)
{
	switch (in->role) {
	case ROLE_BULK:
		p->in_bulk = true;
		p->bulk_gfp = gfp_from_number(&l->gfp, in->f[F_GFP]);
		return 0;
	case ROLE_BULK_RET:
		p->in_bulk = false;
		return 0;
	case ROLE_BULK_PAGE:
		return load_by_page(l, in, REC_BULK, p);
	case ROLE_ISOLATE:
		return load_by_page(l, in, REC_ISOLATE, p);
	case ROLE_ISOLATE_RET:
		if (p->isolated && !in->f[F_RET])
			l->t->ev[p->isolated - 1].kind = REC_MARK; /* refused: nothing happened */
		p->isolated = 0;
		return 0;
	case ROLE_MOVE_BLOCK:
		if ((uint32_t)in->f[F_MT] != 3 && !p->unreserving)
			return 0; /* a steal's, which has its own event */
		return load_by_page(l, in, p->unreserving ? REC_UNRESERVE : REC_RESERVE, p);
	case ROLE_UNRESERVE:
	case ROLE_UNRESERVE_RET:
		p->unreserving = in->role == ROLE_UNRESERVE;
		return 0;
	case ROLE_DRAIN:
		return push(l, in, REC_DRAIN_ALL) ? 0 : -ENOMEM;
	case ROLE_KSWAPD_WAKE:
	case ROLE_KSWAPD_SLEEP:
		return load_kswapd(l, in);
	case ROLE_RECLAIM_BEGIN:
	case ROLE_COMPACT_BEGIN:
		return push(l, in, REC_RECLAIM) ? 0 : -ENOMEM;
	}
	return 0;
}

/* Requests and frees: any event of the task but those of a request's inside
 * ends what is known of its last one. */
static int load_request(struct loader *l, const struct import_event *in, struct pid_state *p)
{
	uint32_t exact_pfn = p->alloc_pfn, exact_end = p->alloc_end;
	struct rec_event *e;
	int ret;

	p->alloc_pfn = p->alloc_end = 0;
	switch (in->role) {
	case ROLE_PAGE_ALLOC:
		ret = load_alloc(l, in, p);
		p->kmap_number = 0;
		return ret;
	case ROLE_PAGE_FREE:
		return load_free(l, in, p, exact_pfn, exact_end);
	case ROLE_PAGE_FREE_BATCHED:
		e = push(l, in, REC_FREE);
		if (e)
			e->refill = 1; /* until paired: the free of a list */
		return e ? 0 : -ENOMEM;
	}
	return load_page_event(l, in, p);
}

static int load_event(struct loader *l, const struct import_event *in)
{
	struct pid_state *p = &l->pid[(uint32_t)in->pid % PIDS];
	uint32_t number = (uint32_t)l->t->events;

	if (l->kswapd_awake && in->pid == l->kswapd && in->role != ROLE_KSWAPD_SLEEP &&
	    in->role != ROLE_KSWAPD_WAKE) {
		l->kswapd_number = number;
		l->kswapd_time = in->time;
	}
	switch (in->role) {
	case ROLE_KMAP_LOCAL:
		note_kmap(p, in, number);
		return 0;
	case ROLE_KUNMAP_LOCAL:
	case ROLE_STACK:
		return 0;
	case ROLE_CONSTS:
		if (ev_has(in, F_MEM_MAP) && in->f[F_MEM_MAP])
			l->mem_map = (uint32_t)in->f[F_MEM_MAP];
		return 0;
	case ROLE_MARK:
		return load_mark(l, in);
	case ROLE_PAGE_TAKE:
	case ROLE_PAGE_DRAIN:
	case ROLE_PAGE_STEAL:
		p->kmap_number = 0;
		return load_take(l, in, in->role == ROLE_PAGE_TAKE ? REC_TAKE :
				 in->role == ROLE_PAGE_DRAIN ? REC_DRAIN : REC_STEAL);
	}
	return load_request(l, in, p);
}

/* Insertion sort by key: all but a few requests are in their place already. */
static void sort_events(struct rec_trace *t)
{
	for (uint32_t i = 1; i < t->nr; i++) {
		struct rec_event e = t->ev[i];
		uint32_t k = i;

		for (; k && t->ev[k - 1].key > e.key; k--)
			t->ev[k] = t->ev[k - 1];
		if (k != i)
			t->ev[k] = e;
	}
}

static uint32_t index_of(const struct rec_trace *t, uint32_t number)
{
	uint32_t lo = 0, hi = t->nr;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (t->ev[mid].key < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool by_pointer(const struct rec_event *e)
{
	return e->kind == REC_BULK || e->kind == REC_ISOLATE || e->kind == REC_RESERVE ||
	       e->kind == REC_UNRESERVE;
}

static int resolve_pages(struct loader *l, const char *path)
{
	struct rec_trace *t = l->t;

	for (uint32_t i = 0; i < t->nr; i++) {
		struct rec_event *e = &t->ev[i];

		if (by_pointer(e)) {
			if (!l->mem_map)
				return mm_fail(l->err, -EINVAL, "%s: event %u gives a struct page pointer, and no consts event "
					       "tells where mem_map is", path, e->number);
			e->pfn = (e->pfn - l->mem_map) / PAGE_STRUCT_BYTES;
		}
		if (e->order >= 11 && e->kind <= REC_STEAL)
			return mm_fail(l->err, -EINVAL, "%s: event %u has order %u, expected 0 to 10", path,
				       e->number, e->order);
		if (e->pfn >= MAX_PFN && e->kind <= REC_UNRESERVE && e->kind != REC_DRAIN_ALL &&
		    !(e->kind == REC_ALLOC && e->pfn == REC_FAILED))
			return mm_fail(l->err, -EINVAL, "%s: event %u names pfn 0x%x, expected less than 0x%x",
				       path, e->number, e->pfn, MAX_PFN);
	}
	return 0;
}

/* Of the two events of a page freed in a list the first one goes. */
static int pair_frees(struct rec_trace *t, struct mm_error *err)
{
	uint32_t *last = calloc(MAX_PFN, sizeof(*last)), n = 0;

	if (!last)
		return mm_fail(err, -ENOMEM, "no memory to pair frees");
	for (uint32_t i = 0; i < t->nr; i++) {
		struct rec_event *e = &t->ev[i];

		if (e->kind == REC_FREE && e->refill) {
			if (last[e->pfn])
				t->ev[last[e->pfn] - 1].kind = REC_MARK;
			e->refill = 0;
			last[e->pfn] = 0;
		} else if (e->kind == REC_FREE) {
			last[e->pfn] = i + 1;
		} else if (e->kind == REC_ALLOC && e->pfn != REC_FAILED) {
			last[e->pfn] = 0;
		}
	}
	free(last);
	for (uint32_t m = 0; m < t->nr_marks; m++)
		t->mark[m].at = index_of(t, t->mark[m].at);
	for (uint32_t i = 0, m = 0; i < t->nr; i++) {
		for (; m < t->nr_marks && t->mark[m].at <= i; m++)
			t->mark[m].at = n;
		if (t->ev[i].kind != REC_MARK)
			t->ev[n++] = t->ev[i];
	}
	for (uint32_t m = 0; m < t->nr_marks; m++)
		if (t->mark[m].at > n)
			t->mark[m].at = n;
	t->nr = n;
	return 0;
}

static int load(struct loader *l, const char *path)
{
	struct import_event in;
	const struct import_about *a = &l->src->about;
	int ret;

	if (!a->gfp_table || gfp_map_format(&l->gfp, a->gfp_table, a->gfp_table_len)) {
		ret = gfp_map_version(&l->gfp, NULL, l->err);
		if (ret)
			return ret;
	}
	memset(&in, 0, sizeof(in));
	while ((ret = l->src->ops->next(l->src, &in, l->err)) > 0) {
		l->t->events++;
		ret = load_event(l, &in);
		if (ret)
			return mm_fail(l->err, ret, "%s: no memory for its events", path);
	}
	if (ret < 0)
		return ret;
	l->t->lost = l->src->lost;
	l->t->cpus = a->cpus;
	l->t->text_address = l->src->ops->address(l->src, REC_SYMBOL);
	snprintf(l->t->kernel, sizeof(l->t->kernel), "%s", a->kernel ? a->kernel : "");
	ret = resolve_pages(l, path);
	if (ret)
		return ret;
	sort_events(l->t);
	return pair_frees(l->t, l->err);
}

int rec_read(struct rec_trace *t, const char *dir, struct mm_error *err)
{
	struct import_input in;
	struct import_roles roles = { 0 };
	struct loader l = { .t = t, .err = err };
	char path[4096];
	int ret = 0;

	memset(t, 0, sizeof(*t));
	snprintf(path, sizeof(path), "%s/trace.dat", dir);
	if (access(path, R_OK))
		snprintf(path, sizeof(path), "%s/trace.dat.zst", dir);
	for (size_t i = 0; !ret && i < sizeof(bindings) / sizeof(bindings[0]); i++)
		ret = roles_add(&roles, bindings[i], err);
	if (!ret)
		ret = import_input_open(&in, path, err);
	if (ret) {
		roles_free(&roles);
		return ret;
	}
	l.pid = calloc(PIDS, sizeof(*l.pid));
	l.src = import_input_source(&in, "auto", &roles, err);
	ret = !l.pid ? mm_fail(err, -ENOMEM, "no memory for the tasks of %s", path)
	    : l.src ? load(&l, path) : err->code;
	if (l.src)
		l.src->ops->close(l.src);
	free(l.pid);
	import_input_close(&in);
	roles_free(&roles);
	if (ret)
		rec_free(t);
	return ret;
}

void rec_free(struct rec_trace *t)
{
	free(t->ev);
	free(t->mark);
	memset(t, 0, sizeof(*t));
}

const struct rec_mark *rec_find_mark(const struct rec_trace *t, const char *text)
{
	for (uint32_t i = 0; i < t->nr_marks; i++)
		if (!strcmp(t->mark[i].text, text))
			return &t->mark[i];
	return NULL;
}
