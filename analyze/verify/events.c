/* SPDX-License-Identifier: MIT
 *
 * Reading of events.csv: what of it a replay needs.
 *
 * A call of another task shows as its own event and as those that it causes:
 * a kmalloc that needs a slab is preceded by page_alloc and new_slab, a large
 * one by page_alloc; a purge is followed by the frees that it makes.  The
 * causes are kept, what follows from them is dropped here (allocations) or when
 * the page turns out to be free already (frees).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/verify/oplist_in.h"

enum { E_K, E_OP, E_TYPE, E_ORDER, E_MT, E_CTX, E_A, E_B, E_C, E_NR };
static const char *const event_cols[E_NR] = { "k", "op", "type", "order", "mt", "ctx", "a", "b", "c" };

enum raw_type {
	RAW_PAGE_ALLOC, RAW_ZONE_ALLOC, RAW_PAGE_FREE, RAW_FREE_BATCHED, RAW_PCP_DRAIN, RAW_EXTFRAG,
	RAW_KMALLOC, RAW_KFREE, RAW_CACHE_ALLOC, RAW_CACHE_FREE, RAW_NEW_SLAB, RAW_VPAGE, RAW_VPAGES,
	RAW_VA_ALLOC, RAW_VA_FREE_LAZY, RAW_PURGE_BEGIN, RAW_PURGE_END, RAW_DRAIN_WORK,
	RAW_TLB_RANGE, RAW_TLB_ALL, RAW_PKMAP_FLUSH, RAW_KMAP_HIGH_FOREIGN, RAW_KSWAPD_WAKEUP,
	RAW_KSWAPD_RUN, RAW_KSWAPD_SLEEP, RAW_DIRECT_RECLAIM, RAW_COMPACTION, RAW_RESUME, RAW_SNAP,
	RAW_NR
};
static const char *const raw_names[RAW_NR] = {
	"page_alloc", "zone_alloc", "page_free", "free_batched", "pcp_drain", "extfrag",
	"kmalloc", "kfree", "cache_alloc", "cache_free", "new_slab", "vpage", "vpages",
	"va_alloc", "va_free_lazy", "purge_begin", "purge_end", "drain_work",
	"tlb_range", "tlb_all", "pkmap_flush", "kmap_high_foreign", "kswapd_wakeup",
	"kswapd_run", "kswapd_sleep", "direct_reclaim", "compaction", "resume", "snap",
};

struct raw {
	uint32_t k, op, order, mt, ctx, a, b, c;
	uint8_t type;
};

/* What is known while the file is read. */
struct reading {
	uint32_t op;		/* of the last event */
	uint32_t own_frees;	/* its own page frees so far */
	bool own_any;
	bool reclaiming;	/* a direct reclaim began in it */
	bool reclaimed;		/* reclaim ran in some operation so far */
	bool in_purge;		/* between another task's purge_begin and purge_end */
	bool purging;		/* between anybody's */
	bool last_alloc;	/* the last kept event is another task's page_alloc */
	uint32_t *seen;		/* cache objects allocated in the list: open addressing */
	uint32_t nr_seen, cap_seen;
};

static uint32_t *find_seen(const struct reading *rd, uint32_t addr)
{
	uint32_t i = addr * 0x9e3779b1u;

	while (rd->seen[i & (rd->cap_seen - 1)] && rd->seen[i & (rd->cap_seen - 1)] != addr)
		i++;
	return &rd->seen[i & (rd->cap_seen - 1)];
}

static int add_seen(struct reading *rd, uint32_t addr)
{
	struct reading bigger = *rd;

	if (rd->nr_seen * 2 >= rd->cap_seen) {
		bigger.cap_seen = rd->cap_seen ? rd->cap_seen * 2 : 4096;
		bigger.seen = calloc(bigger.cap_seen, sizeof(*bigger.seen));
		if (!bigger.seen)
			return -ENOMEM;
		for (uint32_t i = 0; i < rd->cap_seen; i++)
			if (rd->seen[i])
				*find_seen(&bigger, rd->seen[i]) = rd->seen[i];
		free(rd->seen);
		*rd = bigger;
	}
	if (!*find_seen(rd, addr)) {
		*find_seen(rd, addr) = addr;
		rd->nr_seen++;
	}
	return 0;
}

static int read_raw(const struct csv *c, struct raw *r, struct mm_error *err)
{
	uint32_t *const to[E_NR] = { &r->k, &r->op, NULL, &r->order, &r->mt, &r->ctx, &r->a, &r->b,
				     &r->c };
	int ret = csv_name(c, E_TYPE, raw_names, RAW_NR, &r->type, err);

	for (unsigned int i = 0; i < E_NR && !ret; i++)
		if (to[i] && c->col[i] >= 0)
			ret = csv_u32(c, i, to[i], err);
	return ret;
}

static uint8_t keep_foreign(const struct reading *rd, const struct raw *r)
{
	static const uint8_t kept[RAW_NR] = {
		[RAW_PAGE_ALLOC] = EV_PAGE_ALLOC, [RAW_PAGE_FREE] = EV_PAGE_FREE,
		[RAW_KMALLOC] = EV_KMALLOC, [RAW_KFREE] = EV_KFREE,
		[RAW_CACHE_ALLOC] = EV_CACHE_ALLOC, [RAW_CACHE_FREE] = EV_CACHE_FREE,
		[RAW_DRAIN_WORK] = EV_PURGE,
	};

	if (rd->in_purge && (r->type == RAW_CACHE_FREE || r->type == RAW_PAGE_FREE))
		return EV_OTHER;
	if ((r->type == RAW_KFREE || r->type == RAW_KMALLOC || r->type == RAW_CACHE_ALLOC) && !r->a)
		return EV_OTHER;
	return kept[r->type];
}

/* A page that another task's slab or large kmalloc took: not a call of its own. */
static bool explains_alloc(const struct oracle_event *alloc, const struct raw *r)
{
	return (r->type == RAW_NEW_SLAB && r->a == alloc->a) ||
	       (r->type == RAW_KMALLOC && r->a >= 0xc0000000u &&
		(r->a - 0xc0000000u) >> 12 == alloc->a && r->b > 8192);
}

static int keep(struct oplist *l, struct oracle_op *o, struct reading *rd, const struct raw *r,
		uint8_t type)
{
	struct oracle_event *e;

	if (rd->last_alloc && explains_alloc(&l->ev[l->nr_ev - 1], r)) {
		l->nr_ev--;
		o->nr_ev--;
	}
	rd->last_alloc = type == EV_PAGE_ALLOC;
	if (grow_array((void **)&l->ev, l->nr_ev, sizeof(*l->ev)))
		return -ENOMEM;
	e = &l->ev[l->nr_ev];
	*e = (struct oracle_event){ .k = r->k, .a = r->a, .b = r->b, .c = r->c, .type = type,
				    .order = (uint8_t)r->order, .ctx = (uint8_t)r->ctx,
				    .own = !(r->ctx & 15), .late = rd->own_any,
				    .own_frees = rd->own_frees };
	if (!o->nr_ev)
		o->ev = l->nr_ev;
	o->nr_ev++;
	l->nr_ev++;
	return 0;
}

/* What creating and destroying a cache takes beside the cache itself. */
static int keep_side(struct oplist *l, struct oracle_op *o, struct reading *rd,
		     const struct raw *r)
{
	uint8_t type = keep_foreign(rd, r);

	if (type == EV_KMALLOC || type == EV_KFREE || type == EV_CACHE_ALLOC ||
	    type == EV_CACHE_FREE)
		return keep(l, o, rd, r, type);
	return 0;
}

/* An object that was there before the list: the start state may not say whose
 * it was. */
static int start_object(struct oplist *l, struct oracle_op *o, struct reading *rd,
			const struct raw *r)
{
	if (r->type != RAW_CACHE_FREE || (rd->cap_seen && *find_seen(rd, r->a)))
		return 0;
	if (add_seen(rd, r->a))
		return -ENOMEM;
	return keep(l, o, rd, r, EV_START_OBJECT);
}

/* vpage events one a page, vpages one a run; one page is a run of one. */
static bool append_vpage(struct oplist *l, const struct oracle_op *o, const struct raw *r)
{
	struct oracle_event *e = o->nr_ev ? &l->ev[l->nr_ev - 1] : NULL;

	if (!e || e->type != EV_VPAGES || e->order || r->b != e->b + e->c || r->a != e->a + e->c)
		return false;
	e->c++;
	return true;
}

/* The inner decision that an event tells, in the engine's terms; false: none. */
static bool inner_decision(const struct reading *rd, const struct raw *r, struct mm_seen *s)
{
	*s = (struct mm_seen){ .order = (uint8_t)r->order, .type = (uint8_t)r->mt, .a = r->a };
	switch (r->type) {
	case RAW_ZONE_ALLOC:
		s->what = MM_SEEN_TAKEN;
		s->b = r->b;
		return true;
	case RAW_PCP_DRAIN:
		s->what = MM_SEEN_DRAINED;
		return true;
	case RAW_EXTFRAG:
		s->what = MM_SEEN_STOLEN;
		s->b = r->b;
		s->c = r->c;
		return true;
	case RAW_NEW_SLAB:
		s->what = MM_SEEN_NEW_SLAB;
		s->order = s->type = 0;	/* the column holds the number of objects */
		s->b = r->b;
		return true;
	case RAW_VA_ALLOC:
		s->what = MM_SEEN_AREA;
		s->b = r->b;
		return true;
	case RAW_TLB_RANGE:
		s->what = MM_SEEN_PURGE;
		s->b = r->b;
		return rd->purging;
	case RAW_CACHE_FREE:
		s->what = MM_SEEN_PURGED_OBJECT;
		return rd->purging;
	case RAW_PKMAP_FLUSH:
		s->what = MM_SEEN_PKMAP_FLUSH;
		return true;
	default:
		return false;
	}
}

static int keep_inner(struct oplist *l, struct oracle_op *o, struct reading *rd,
		      const struct raw *r)
{
	struct mm_seen s;

	if (r->type == RAW_PURGE_BEGIN || r->type == RAW_PURGE_END)
		rd->purging = r->type == RAW_PURGE_BEGIN;
	if (!inner_decision(rd, r, &s))
		return 0;
	if (grow_array((void **)&l->seen, l->nr_seen, sizeof(*l->seen)))
		return -ENOMEM;
	if (!o->nr_seen)
		o->seen = l->nr_seen;
	o->nr_seen++;
	l->seen[l->nr_seen++] = s;
	return 0;
}

/* Reclaim matters when it did something.  A direct reclaim that found nothing
 * leaves no trace: the request ends as if it had not run. */
static void note_reclaim(struct oracle_op *o, struct reading *rd, const struct raw *r)
{
	static const bool effect[RAW_NR] = {
		[RAW_PAGE_FREE] = true, [RAW_PCP_DRAIN] = true, [RAW_KFREE] = true,
		[RAW_CACHE_FREE] = true, [RAW_PURGE_BEGIN] = true, [RAW_DRAIN_WORK] = true,
	};

	rd->reclaiming |= r->type == RAW_DIRECT_RECLAIM;
	if (r->type == RAW_COMPACTION || r->type == RAW_KSWAPD_RUN ||
	    (rd->reclaiming && effect[r->type]))
		o->reclaim = true;
	rd->reclaimed |= o->reclaim;
}

/* How the kernel freed an area: for those that were made while nothing was
 * simulated, whose pages no snapshot names. */
static int keep_own_free(struct oplist *l, struct oracle_op *o, struct reading *rd,
			 const struct raw *r)
{
	if (!rd->reclaimed || (o->op != OP_VFREE && o->op != OP_VUNMAP && o->op != OP_IOUNMAP))
		return 0;
	switch (r->type) {
	case RAW_VA_FREE_LAZY: return keep(l, o, rd, r, EV_OWN_AREA);
	case RAW_PAGE_FREE: return keep(l, o, rd, r, EV_OWN_PAGE);
	case RAW_KFREE: return r->a ? keep(l, o, rd, r, EV_OWN_KFREE) : 0;
	default: return 0;
	}
}

static int take_event(struct oplist *l, struct reading *rd, struct raw *r)
{
	struct oracle_op *o = &l->op[r->op];
	bool own = !(r->ctx & 15);
	uint8_t type;
	int ret;

	if (keep_inner(l, o, rd, r) ||
	    (r->type == RAW_CACHE_ALLOC && r->a && add_seen(rd, r->a)))
		return -ENOMEM;

	if (r->op != rd->op) {
		rd->op = r->op;
		rd->reclaiming = false;
		rd->own_frees = 0;
		rd->own_any = false;
		rd->last_alloc = false;
	}
	note_reclaim(o, rd, r);
	if (r->type == RAW_NEW_SLAB)
		return keep(l, o, rd, r, EV_NEW_SLAB);
	if (r->type == RAW_VPAGE) {
		r->c = 1;
		return append_vpage(l, o, r) ? 0 : keep(l, o, rd, r, EV_VPAGES);
	}
	if (r->type == RAW_VPAGES)
		return keep(l, o, rd, r, EV_VPAGES);
	if (own) {
		rd->own_frees += r->type == RAW_PAGE_FREE;
		if (o->op == OP_CACHE_CREATE || o->op == OP_CACHE_DESTROY)
			return keep_side(l, o, rd, r);
		ret = start_object(l, o, rd, r);
		if (!ret)
			ret = keep_own_free(l, o, rd, r);
		rd->own_any = true;
		return ret;
	}
	if (r->type == RAW_PURGE_BEGIN)
		rd->in_purge = true;
	if (r->type == RAW_PURGE_END)
		rd->in_purge = false;
	type = keep_foreign(rd, r);
	if (type != EV_OTHER)
		return keep(l, o, rd, r, type);
	return start_object(l, o, rd, r);
}

int read_events(struct oplist *l, const char *dir, struct mm_error *err)
{
	struct reading rd = { .op = NO_VALUE };
	struct csv c;
	char *line;
	size_t len;
	int ret = lines_open(&c.lines, dir, "events.csv", err);

	if (ret)
		return ret;
	ret = lines_next(c.lines, &line, &len, err);
	if (ret > 0)
		ret = csv_header(&c, line, event_cols, E_NR, E_MT, err);
	l->inner = c.col[E_MT] >= 0;
	while (!ret && (ret = lines_next(c.lines, &line, &len, err)) > 0) {
		struct raw r = { 0 };

		ret = csv_split(&c, line, err);
		if (!ret)
			ret = read_raw(&c, &r, err);
		if (!ret && (r.op >= l->nr_op || (rd.op != NO_VALUE && r.op < rd.op)))
			ret = mm_fail(err, -EINVAL, "%s line %u: operation %u after %u of %u",
				      lines_path(c.lines), lines_number(c.lines), r.op, rd.op,
				      l->nr_op);
		if (!ret)
			ret = take_event(l, &rd, &r);
	}
	lines_close(c.lines);
	free(rd.seen);
	return ret;
}

void oplist_print_events(const char *dir, uint32_t op, unsigned int max, FILE *out)
{
	struct lines *l;
	struct mm_error err;
	char *line;
	size_t len;

	if (lines_open(&l, dir, "events.csv", &err))
		return;
	while (max && lines_next(l, &line, &len, &err) > 0) {
		const char *comma = strchr(line, ',');

		if (comma && strtoul(comma + 1, NULL, 10) == op && line[0] != 'k') {
			fprintf(out, "    %s\n", line);
			max--;
		}
	}
	lines_close(l);
}
