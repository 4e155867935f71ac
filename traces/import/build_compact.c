/* SPDX-License-Identifier: MIT
 *
 * Compaction: pages that move while their owner keeps them.
 *
 * The simulated machine does its own compaction, or none.  A page that the
 * recorded one moved keeps its slot: the frame it went to takes the slot over,
 * and the free of the frame it left is compaction's, not the owner's.  Free
 * pages that compaction took off the free lists and gave back unused are
 * likewise no requests.
 */
#include <string.h>

#include "traces/import/build.h"

void build_isolate(struct import_run *r, const struct import_event *ev, struct task *t)
{
	uint64_t pfn = event_pfn(&r->layout, ev);
	struct bracket *b, done;
	struct page *p;
	uint32_t i;

	not_replayed(r, NOT_COMPACTION);
	if (ev->role == ROLE_ISOLATE) {
		import_bracket_push(t, ev, IN_ISOLATE, &b);
		b->arg = pfn;
		b->order = ev->f[F_ORDER] & 15;
		return;
	}
	if (!import_bracket_pop(t, IN_ISOLATE, &done) || !ev->f[F_RET])
		return;
	for (i = 0; i < 1u << done.order; i++) {
		p = pfn_entry(&r->pages, done.arg + i);
		if (p && p->owner != PAGE_USER)
			*p = (struct page){ TRACE_NO_SLOT, 0, 0, PAGE_ISOLATED };
	}
}

void build_migrate(struct import_run *r, const struct import_event *ev)
{
	uint64_t src = page_to_pfn(&r->layout, ev->f[F_SRC]);
	uint64_t dst = page_to_pfn(&r->layout, ev->f[F_DST]);
	struct page *from = pfn_entry(&r->pages, src), *to = pfn_entry(&r->pages, dst);
	uint32_t i, n;

	not_replayed(r, NOT_MIGRATION);
	if (!from || !to || to->owner == PAGE_USER)
		return; /* a target that was allocated in the trace has its own slot */
	/* Compaction gives single pages: the page is one, or a part of a split block. */
	n = from->owner == PAGE_USER && !from->index && to->owner != PAGE_ISOLATED ? 1u << from->order : 1;
	for (i = 0; i < n; i++) {
		from = pfn_entry(&r->pages, src + i);
		to = pfn_entry(&r->pages, dst + i);
		if (!from || !to)
			return;
		*to = *from;
		*from = (struct page){ TRACE_NO_SLOT, 0, 0, PAGE_MIGRATED };
	}
}
