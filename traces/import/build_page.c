/* SPDX-License-Identifier: MIT
 *
 * Page events to operations.
 *
 * A block of pages belongs to whoever asked for it: to the trace itself (it
 * has a slot), or to a request of the slab or vmalloc layer, which will make
 * the simulated machine take its own pages.  The first pass has found which
 * blocks hold slab objects, so slab pages are known as such when they are
 * allocated, with or without probes.
 */
#include "traces/import/build.h"

#include <stdlib.h>
#include <string.h>

/* The frame's block was never seen freed and is given out again: its free is
 * not in the recording. */
static void drop_stale(struct import_run *r, const struct import_event *ev, struct task *t,
		       struct page *p)
{
	struct addr_entry *part;
	struct trace_op *op;

	if (p->owner != PAGE_USER)
		return;
	part = addr_get(&r->parts, (uint64_t)p->slot + 1);
	if (part)
		return; /* freed in parts: this part is free already, or goes with the rest */
	op = extra_op(r, ev, t, TRACE_PAGE_FREE);
	op->slot = p->slot;
	op->order = p->order;
	trace_slot_put(&r->slots, p->slot);
	r->sum->implied_frees++;
}

static void forget_block(struct import_run *r, uint64_t pfn)
{
	struct page *p = pfn_entry(&r->pages, pfn), *q;
	uint32_t slot = p->slot, i, n = 1u << p->order;
	uint64_t head = pfn - p->index;

	for (i = 0; i < n; i++) {
		q = pfn_entry(&r->pages, head + i);
		if (q && q->owner == PAGE_USER && q->slot == slot)
			memset(q, 0, sizeof(*q));
	}
}

static void own_block(struct import_run *r, const struct import_event *ev, struct task *t,
		      uint64_t pfn, unsigned int order, enum page_owner owner, uint32_t slot)
{
	struct page *p;
	uint32_t i;

	for (i = 0; i < 1u << order; i++) {
		p = pfn_entry(&r->pages, pfn + i);
		if (!p)
			return;
		if (p->owner == PAGE_USER) {
			drop_stale(r, ev, t, p);
			forget_block(r, pfn + i);
		}
		*p = (struct page){ slot, i, order, owner };
	}
}

static void bulk_add(struct task *t, uint32_t pfn)
{
	uint32_t *grown, cap;

	if (t->nr_pages == t->cap_pages) {
		cap = t->cap_pages ? t->cap_pages * 2 : 128;
		grown = realloc(t->pages, cap * sizeof(*grown));
		if (!grown)
			return;
		t->pages = grown;
		t->cap_pages = cap;
	}
	t->pages[t->nr_pages++] = pfn;
}

/* Whose is this block?  Counts the event when it is not the trace's own. */
static enum page_owner owner_of(struct import_run *r, const struct import_event *ev,
				struct task *t, uint32_t epoch, gfp_t gfp)
{
	unsigned int flags = r->epochs.v[epoch].flags;
	struct bracket *b = import_bracket_of(t, ev);

	if (flags & EPOCH_SLAB || (b && b->type == IN_SLAB_NEW)) {
		folded(r, FOLD_SLAB_PAGE);
		return PAGE_SLAB;
	}
	if (flags & EPOCH_LARGE) {
		folded(r, FOLD_LARGE_PAGE);
		return PAGE_LARGE;
	}
	if (!in_vm(t, ev))
		return PAGE_USER;
	/* Kernel page tables are zeroed low memory; the pages of an area may lie high. */
	folded(r, gfp & MM_GFP_ZERO && !(gfp & (MM_GFP_HIGHMEM_BIT | MM_GFP_NOWARN)) ? FOLD_VM_TABLE
										     : FOLD_VM_PAGE);
	return PAGE_VM;
}

static void failed_alloc(struct import_run *r, const struct import_event *ev, struct task *t,
			 gfp_t gfp)
{
	struct bracket *b = import_bracket_of(t, ev);
	struct trace_op *op;

	if (b && b->type == IN_SLAB_NEW) {
		folded(r, FOLD_SLAB_PAGE);
	} else if (in_vm(t, ev)) {
		folded(r, FOLD_VM_PAGE);
	} else {
		op = make_op(r, ev, t, TRACE_PAGE_ALLOC);
		op->order = ev->f[F_ORDER];
		op->gfp = gfp;
		op->answer = 0;
		r->sum->failed_allocs++;
	}
}

void build_page_alloc(struct import_run *r, const struct import_event *ev, struct task *t,
		      uint32_t epoch)
{
	uint64_t pfn = event_pfn(&r->layout, ev);
	gfp_t gfp = run_gfp(r, ev->f[F_GFP]);
	unsigned int order = ev->f[F_ORDER];
	struct bracket *b = import_bracket_of(t, ev);
	enum page_owner owner;
	struct trace_op *op;
	uint32_t slot;

	t->area_pages = 0;
	if (!ev_has(ev, F_ORDER) || order > 20) {
		not_replayed(r, NOT_NO_FIELD);
		return;
	}
	if (page_failed(ev, pfn)) {
		failed_alloc(r, ev, t, gfp);
		return;
	}
	owner = owner_of(r, ev, t, epoch, gfp);
	if (owner != PAGE_USER) {
		own_block(r, ev, t, pfn, order, owner, TRACE_NO_SLOT);
		return;
	}
	if (b && b->type == IN_BULK && !order) {
		folded(r, FOLD_BULK_BEGIN); /* the last page of a bulk request */
		bulk_add(t, pfn);
		return;
	}
	slot = trace_slot_get(&r->slots);
	own_block(r, ev, t, pfn, order, PAGE_USER, slot);
	op = make_op(r, ev, t, TRACE_PAGE_ALLOC);
	op->slot = slot;
	op->order = order;
	op->gfp = gfp;
	op->answer = pfn;
}

static void free_block(struct import_run *r, const struct import_event *ev, struct task *t,
		       uint32_t slot, unsigned int order)
{
	struct trace_op *op = make_op(r, ev, t, TRACE_PAGE_FREE);

	op->slot = slot;
	op->order = order;
	trace_slot_put(&r->slots, slot);
	if (t->kswapd || t->reclaim)
		r->sum->reclaim_frees++;
}

/* A block that was split is freed in parts.  The trace has no operation for a
 * part: the block is freed with its last one. */
static void free_part(struct import_run *r, const struct import_event *ev, struct task *t,
		      struct page *p, uint64_t pfn, unsigned int order)
{
	uint32_t i, left, slot = p->slot, block = p->order;
	struct addr_entry *part = addr_get(&r->parts, (uint64_t)slot + 1);
	struct page *q;

	if (!part) {
		part = addr_put(&r->parts, (uint64_t)slot + 1);
		if (!part)
			return;
		part->slot = 1u << block;
	}
	for (i = 0, left = part->slot; i < 1u << order && left; i++) {
		q = pfn_entry(&r->pages, pfn + i);
		if (!q || q->owner != PAGE_USER || q->slot != slot)
			continue;
		memset(q, 0, sizeof(*q));
		left--;
	}
	part->slot = left;
	if (left) {
		not_replayed(r, NOT_SPLIT_FREE);
		return;
	}
	addr_delete(&r->parts, part);
	free_block(r, ev, t, slot, block);
}

static void free_unknown(struct import_run *r, const struct import_event *ev, struct task *t,
			 uint64_t pfn, unsigned int order, unsigned int flags)
{
	struct trace_op *op;
	uint32_t slot;

	if (flags & EPOCH_SLAB || t->slab_free) {
		folded(r, FOLD_SLAB_PAGE_FREE);
		return;
	}
	if (flags & EPOCH_LARGE) {
		folded(r, FOLD_LARGE_PAGE_FREE);
		return;
	}
	if (t->area_pages >= 1u << order) { /* a vfree has begun */
		t->area_pages -= 1u << order;
		folded(r, FOLD_VM_PAGE_FREE);
		return;
	}
	slot = trace_slot_get(&r->slots);
	op = extra_op(r, ev, t, TRACE_PAGE_FOREIGN);
	op->slot = slot;
	op->order = order;
	op->answer = pfn;
	r->sum->foreign_pages++;
	r->sum->orphan_frees++;
	r->sum->orphan_pages++;
	free_block(r, ev, t, slot, order);
}

void build_page_free(struct import_run *r, const struct import_event *ev, struct task *t,
		     uint32_t epoch)
{
	static const uint8_t folds[] = {
		[PAGE_SLAB] = FOLD_SLAB_PAGE_FREE, [PAGE_LARGE] = FOLD_LARGE_PAGE_FREE,
		[PAGE_VM] = FOLD_VM_PAGE_FREE,
	};
	uint64_t pfn = event_pfn(&r->layout, ev);
	unsigned int order = ev->f[F_ORDER];
	struct page *p, old, *q;
	uint32_t i;

	p = ev_has(ev, F_ORDER) && order <= 20 ? pfn_entry(&r->pages, pfn) : NULL;
	if (!p) {
		not_replayed(r, NOT_NO_FIELD);
		return;
	}
	old = *p;
	if (old.owner == PAGE_USER && (old.index || old.order != order)) {
		free_part(r, ev, t, p, pfn, order);
		return;
	}
	for (i = 0; i < 1u << order; i++) {
		q = pfn_entry(&r->pages, pfn + i);
		if (q)
			memset(q, 0, sizeof(*q));
	}
	switch (old.owner) {
	case PAGE_USER:
		free_block(r, ev, t, old.slot, order);
		break;
	case PAGE_ISOLATED:
		not_replayed(r, NOT_COMPACTION_FREE);
		break;
	case PAGE_MIGRATED:
		not_replayed(r, NOT_MIGRATION_FREE);
		break;
	case PAGE_NONE:
		free_unknown(r, ev, t, pfn, order, r->epochs.v[epoch].flags);
		break;
	default:
		folded(r, folds[old.owner]);
	}
	t->slab_free = false;
}

struct page *page_operand(struct import_run *r, const struct import_event *ev, struct task *t,
			  uint64_t pfn)
{
	struct page *p = pfn_entry(&r->pages, pfn);
	struct trace_op *op;

	if (!p || (p->owner != PAGE_NONE && p->owner != PAGE_USER))
		return NULL;
	if (p->owner == PAGE_USER)
		return p;
	*p = (struct page){ trace_slot_get(&r->slots), 0, 0, PAGE_USER };
	op = extra_op(r, ev, t, TRACE_PAGE_FOREIGN);
	op->slot = p->slot;
	op->answer = pfn;
	r->sum->foreign_pages++;
	return p;
}

void build_lru(struct import_run *r, const struct import_event *ev, struct task *t)
{
	struct page *p = page_operand(r, ev, t, event_pfn(&r->layout, ev));
	struct trace_op *op;

	if (!p) {
		not_replayed(r, NOT_NO_FIELD);
		return;
	}
	op = make_op(r, ev, t, TRACE_LRU_ADD);
	op->slot = p->slot;
	op->arg = p->index;
}

/* The end of a bulk request that is not vmalloc's own. */
static void emit_bulk(struct import_run *r, const struct import_event *ev, struct task *t,
		      gfp_t gfp)
{
	struct trace_op *op;
	struct page *p;
	uint32_t i;

	/* Ownership first: a free that it implies must not come between the items. */
	for (i = 0; i < t->nr_pages; i++)
		own_block(r, ev, t, t->pages[i], 0, PAGE_USER, trace_slot_get(&r->slots));
	op = make_op(r, ev, t, TRACE_PAGE_BULK);
	op->size = t->nr_pages;
	op->gfp = gfp;
	for (i = 0; i < t->nr_pages; i++) {
		p = pfn_entry(&r->pages, t->pages[i]);
		emit_item(&r->out, p ? p->slot : TRACE_NO_SLOT, t->pages[i]);
	}
	t->nr_pages = 0;
}

static void bulk_page(struct import_run *r, const struct import_event *ev, struct task *t)
{
	uint64_t pfn = event_pfn(&r->layout, ev);
	struct bracket *b = import_bracket_of(t, ev);

	if (pfn >= PFN_LIMIT) {
		not_replayed(r, NOT_NO_FIELD);
	} else if (in_vm(t, ev)) {
		folded(r, FOLD_VM_PAGE);
		own_block(r, ev, t, pfn, 0, PAGE_VM, TRACE_NO_SLOT);
	} else if (b && b->type == IN_BULK) {
		folded(r, FOLD_BULK_BEGIN);
		bulk_add(t, pfn);
	} else { /* no probe tells where the request begins and what its flags are */
		bulk_add(t, pfn);
		emit_bulk(r, ev, t, MM_GFP_KERNEL);
	}
}

void build_bulk(struct import_run *r, const struct import_event *ev, struct task *t)
{
	struct bracket *b, done;

	if (ev->role == ROLE_BULK_PAGE) {
		bulk_page(r, ev, t);
	} else if (ev->role == ROLE_BULK) {
		t->nr_pages = 0;
		import_bracket_push(t, ev, IN_BULK, &b);
		b->gfp = ev->f[F_GFP];
		folded(r, FOLD_BULK_BEGIN);
	} else if (!import_bracket_pop(t, IN_BULK, &done)) {
		not_replayed(r, NOT_UNPAIRED);
	} else if (t->nr_pages) {
		emit_bulk(r, ev, t, run_gfp(r, done.gfp));
	} else {
		folded(r, FOLD_BULK_BEGIN);
	}
}
