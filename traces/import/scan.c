/* SPDX-License-Identifier: MIT
 *
 * The first pass: what the recording tells too late.
 *
 * 1. For each life of a page (epochs.h): does it hold slab objects, of which
 *    cache (allocate_slab probe, name in a kmem_cache_free), of which size.
 * 2. For each kmap_local: was it the page allocator, zeroing a page?  Its
 *    mappings come directly before that page's mm_page_alloc, by the same task
 *    and in order of pages.
 * 3. For each area of the vmalloc range without a surrounding request: does the
 *    array of its pages follow, as only vmalloc makes one?
 * 4. Call sites of kmem_cache_alloc, for pages whose cache never shows.
 * 5. mem_map, sizeof(struct page) and PAGE_OFFSET.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traces/import/run.h"

#define LARGE_KMALLOC 8192	/* SLUB: above this kmalloc asks the page allocator */
#define ZERO_RUN_MAX 1024	/* pages of the largest block */

struct scan {
	struct import_run *r;
	uint32_t kmaps, areas;
	uint64_t pair_page[2], pair_pfn[2];	/* of slab probes: struct page and frame */
};

static void note_name(struct import_run *r, uint32_t epoch, uint16_t name, bool probe)
{
	struct epoch *e = &r->epochs.v[epoch];

	if (!epoch || !name)
		return;
	e->flags |= EPOCH_SLAB;
	if (probe || !(e->flags & EPOCH_PROBE))
		e->name = name;
	if (probe)
		e->flags |= EPOCH_PROBE;
}

static void scan_object(struct scan *s, const struct import_event *ev, uint32_t epoch)
{
	struct import_run *r = s->r;
	struct epoch *e = &r->epochs.v[epoch];
	struct site_note *note;

	if (!ev->f[F_PTR])
		return;
	if (ev->role == ROLE_KMALLOC && ev_has(ev, F_ALLOC) && ev->f[F_ALLOC] > LARGE_KMALLOC &&
	    !(ev->f[F_PTR] & 4095)) {
		e->flags |= epoch ? EPOCH_LARGE : 0;
		return;
	}
	if (!epoch || e->flags & EPOCH_LARGE)
		return;
	e->flags |= EPOCH_SLAB;
	if (ev->role == ROLE_CACHE_ALLOC) {
		e->size = ev->f[F_SIZE];
		e->alloc = ev->f[F_ALLOC];
		note = site_note(r, ev->f[F_SITE], ev->f[F_SIZE], true);
		if (note && !note->epoch[0])
			note->epoch[0] = epoch;
		if (note)
			note->epoch[1] = epoch;
	}
	if (ev->text && !e->name) /* one name is enough: a slab has one cache */
		note_name(r, epoch, cache_names_get(&r->names, ev->text, ev->text_len), false);
}

static void scan_bulk(struct scan *s, const struct import_event *ev, struct task *t)
{
	struct import_run *r = s->r;
	struct bracket b = { 0 };
	uint16_t name = 0;
	uint32_t i, epoch;

	if (ev->role == ROLE_ALLOC_BULK && import_bracket_pop(t, IN_ALLOC_BULK, &b))
		name = b.name;
	if (ev->role == ROLE_FREE_BULK)
		name = cache_names_by_pointer(&r->names, ev->f[F_CACHE]);
	for (i = 0; i < ev->nlist; i++) {
		epoch = epochs_of(&r->epochs, ptr_to_pfn(&r->layout, ev->list[i]));
		if (!epoch)
			continue;
		if (!(r->epochs.v[epoch].flags & EPOCH_LARGE))
			r->epochs.v[epoch].flags |= EPOCH_SLAB;
		note_name(r, epoch, name, true);
	}
}

static uint16_t scan_cache(struct scan *s, const struct import_event *ev)
{
	struct names *n = &s->r->names;
	uint16_t name = ev->text ? cache_names_get(n, ev->text, ev->text_len)
				 : cache_names_by_pointer(n, ev->f[F_CACHE]);

	if (!name)
		return 0;
	if (ev_has(ev, F_CACHE))
		n->v[name].ptr = ev->f[F_CACHE];
	if (ev_has(ev, F_ALLOC))
		n->v[name].alloc = ev->f[F_ALLOC];
	return name;
}

static void scan_slab_new(struct scan *s, const struct import_event *ev, struct task *t)
{
	struct bracket *b;

	import_bracket_push(t, ev, ev->role == ROLE_SLAB_NEW ? IN_SLAB_NEW : IN_ALLOC_BULK, &b);
	b->name = scan_cache(s, ev);
}

/* The return of allocate_slab: a struct page whose frame is known from the
 * mm_page_alloc in between. */
static void scan_slab_ret(struct scan *s, const struct import_event *ev, struct task *t)
{
	struct bracket b;
	int i;

	if (!import_bracket_pop(t, IN_SLAB_NEW, &b) || !ev->f[F_PAGE] || !b.size)
		return;
	for (i = 0; i < 2; i++) {
		if (s->pair_page[i] && s->pair_pfn[i] != b.size - 1)
			continue;
		s->pair_page[i] = ev->f[F_PAGE];
		s->pair_pfn[i] = b.size - 1;
		return;
	}
	/* keep the two farthest apart */
	if (b.size - 1 > s->pair_pfn[1]) {
		s->pair_page[1] = ev->f[F_PAGE];
		s->pair_pfn[1] = b.size - 1;
	}
}

static void scan_page_alloc(struct scan *s, const struct import_event *ev, struct task *t,
			    uint32_t epoch)
{
	struct import_run *r = s->r;
	struct bracket *b = import_bracket_of(t, ev);
	uint64_t pfn = event_pfn(&r->layout, ev);
	gfp_t gfp = run_gfp(r, ev->f[F_GFP]);
	uint32_t i, n;

	if (ev_has(ev, F_PAGE) && ev->f[F_PAGE] != pfn && ev_has(ev, F_PFN) && !page_failed(ev, pfn)) {
		/* text of the kernel gives both */
		i = s->pair_page[0] && s->pair_pfn[0] != pfn;
		s->pair_page[i] = ev->f[F_PAGE];
		s->pair_pfn[i] = pfn;
	}
	if (epoch) {
		if (gfp & MM_GFP_RECLAIMABLE)
			r->epochs.v[epoch].flags |= EPOCH_RECLAIM;
		if (gfp & MM_GFP_DMA_BIT)
			r->epochs.v[epoch].flags |= EPOCH_DMA;
	}
	if (b && b->type == IN_SLAB_NEW && !page_failed(ev, pfn)) {
		note_name(r, epoch, b->name, true);
		b->size = pfn + 1;
	}
	/* zeroed page by page, just before */
	n = 1u << (ev->f[F_ORDER] & 15);
	if (t->nr_zero < n || t->zero_pfn + t->nr_zero - n != pfn)
		return;
	for (i = t->nr_zero - n; i < t->nr_zero; i++)
		import_bits_set(&r->zeroing, t->zero[i]);
	t->nr_zero = 0;
}

/* A page that was mapped and is freed was not mapped for an allocation to come.
 * (Other events may stand between map and allocation: those of interrupts.) */
static void scan_page_free(struct scan *s, const struct import_event *ev, struct task *t)
{
	uint64_t pfn = event_pfn(&s->r->layout, ev), n = 1ull << (ev->f[F_ORDER] & 15);

	if (t->nr_zero && pfn < t->zero_pfn + t->nr_zero && pfn + n > t->zero_pfn)
		t->nr_zero = 0;
}

static void scan_kmap(struct scan *s, const struct import_event *ev, struct task *t)
{
	uint64_t pfn = event_pfn(&s->r->layout, ev);
	uint32_t *grown, cap;

	if (t->nr_zero && (t->zero_pfn + t->nr_zero != pfn || t->nr_zero == ZERO_RUN_MAX))
		t->nr_zero = 0;
	if (t->nr_zero == t->cap_zero) {
		cap = t->cap_zero ? t->cap_zero * 4 : 4;
		grown = realloc(t->zero, cap * sizeof(*grown));
		if (!grown)
			return;
		t->zero = grown;
		t->cap_zero = cap;
	}
	if (!t->nr_zero)
		t->zero_pfn = pfn;
	t->zero[t->nr_zero++] = s->kmaps;
}

/* vmalloc allocates an array of page pointers directly after its area. */
static void scan_area(struct scan *s, const struct import_event *ev, struct task *t)
{
	if (ev->role == ROLE_AREA) {
		t->area_size = ev->f[F_SIZE];
		t->area_nr = s->areas;
	} else if (t->area_size) {
		if (ev->role == ROLE_KMALLOC && ev->f[F_SIZE] ==
		    ((t->area_size >> 12) - 1) * (s->r->src->about.long_size == 8 ? 8 : 4))
			import_bits_set(&s->r->is_vmalloc, t->area_nr);
		t->area_size = 0;
	}
}

static void scan_consts(struct scan *s, const struct import_event *ev)
{
	struct layout *l = &s->r->layout;

	if (ev_has(ev, F_MEM_MAP) && ev->f[F_MEM_MAP] && !s->r->opt->mem_map)
		l->mem_map = ev->f[F_MEM_MAP];
	if (ev_has(ev, F_FIXADDR_TOP) && ev->f[F_FIXADDR_TOP])
		l->fixmap = ev->f[F_FIXADDR_TOP] - (8u << 20) + 4096;
}

static void scan_event(struct scan *s, const struct import_event *ev, struct task *t)
{
	uint32_t epoch = run_epoch(s->r, ev);

	if (t->area_size && ev->role != ROLE_AREA_RET && ev->role != ROLE_PAGE_INTERNAL)
		scan_area(s, ev, t);
	switch (ev->role) {
	case ROLE_PAGE_ALLOC:
		scan_page_alloc(s, ev, t, epoch);
		break;
	case ROLE_KMAP_LOCAL:
		scan_kmap(s, ev, t);
		s->kmaps++;
		break;
	case ROLE_PAGE_FREE:
		scan_page_free(s, ev, t);
		break;
	case ROLE_KMALLOC:
	case ROLE_KFREE:
	case ROLE_CACHE_ALLOC:
	case ROLE_CACHE_FREE:
		scan_object(s, ev, epoch);
		break;
	case ROLE_SLAB_NEW:
	case ROLE_ALLOC_BULK_BEGIN:
		scan_slab_new(s, ev, t);
		break;
	case ROLE_SLAB_NEW_RET:
		scan_slab_ret(s, ev, t);
		break;
	case ROLE_ALLOC_BULK:
	case ROLE_FREE_BULK:
		scan_bulk(s, ev, t);
		break;
	case ROLE_AREA:
		scan_area(s, ev, t);
		s->areas++;
		break;
	case ROLE_RECLAIM_BEGIN:
		t->reclaim++;
		break;
	case ROLE_RECLAIM_END:
		t->reclaim -= t->reclaim > 0;
		break;
	case ROLE_CONSTS:
		scan_consts(s, ev);
		break;
	}
}

/* Two struct pages and their frames give both unknowns. */
static void solve_layout(struct scan *s)
{
	struct layout *l = &s->r->layout;
	int64_t pages, frames;

	frames = s->pair_pfn[1] - s->pair_pfn[0];
	pages = s->pair_page[1] - s->pair_page[0];
	if (!l->struct_page && s->pair_page[0] && s->pair_page[1] && frames && pages / frames > 0 &&
	    pages / frames < 256 && pages % frames == 0)
		l->struct_page = pages / frames;
	if (!l->struct_page && s->pair_page[0] && l->mem_map && s->pair_pfn[0])
		l->struct_page = (s->pair_page[0] - l->mem_map) / s->pair_pfn[0];
	if (!l->struct_page) /* 32-bit 6.1 with memory cgroups; 64 on 64 bit */
		l->struct_page = s->r->src->about.long_size == 8 ? 64 : 40;
	if (!l->mem_map && s->pair_page[0])
		l->mem_map = s->pair_page[0] - s->pair_pfn[0] * l->struct_page;
}

/* Sizes and kinds of the caches, and caches of the call sites, from the epochs. */
static void conclude(struct import_run *r)
{
	const struct epoch *e;
	struct site_note *n;
	uint32_t i;

	for (i = 1; i < r->epochs.n; i++) {
		e = &r->epochs.v[i];
		if (!e->name)
			continue;
		r->names.v[e->name].flags |= e->flags;
		if (e->size) {
			r->names.v[e->name].size = e->size;
			r->names.v[e->name].alloc = e->alloc;
		}
	}
	for (i = 0; r->sites_mask && i <= r->sites_mask; i++) {
		n = &r->sites[i];
		if (!n->site)
			continue;
		n->name = r->epochs.v[n->epoch[0]].name;
		if (!n->name)
			n->name = r->epochs.v[n->epoch[1]].name;
	}
}

int import_scan(struct import_run *r)
{
	struct scan s = { .r = r };
	struct import_source *src = r->src;
	struct import_event ev;
	struct task *t;
	int res;

	memset(&ev, 0, sizeof(ev));
	for (;;) {
		if (!(r->events & 0xffff) && (res = run_progress(r, false)))
			return res;
		res = src->ops->next(src, &ev, r->err);
		if (res <= 0)
			break;
		r->events++;
		t = import_task_of(&r->tasks, &ev);
		if (!t)
			return mm_fail(r->err, -ENOMEM, "out of memory");
		scan_event(&s, &ev, t);
	}
	solve_layout(&s);
	conclude(r);
	import_tasks_free(&r->tasks);
	return res;
}
