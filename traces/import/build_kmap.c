/* SPDX-License-Identifier: MIT
 *
 * kmap, kmap_local and kmap_atomic to operations.
 *
 * Local mappings nest, so each task has a stack of them; an unmap ends the
 * innermost one, and is an operation exactly if its map was one.  It was none
 * when the page allocator made it to zero a page (the first pass found those),
 * or when the page belongs to a request of another layer.
 */
#include "traces/import/build.h"

#include <string.h>

static void push_map(struct task *t, const struct import_event *ev, bool emitted, bool zeroing)
{
	if (t->nr_maps == MAX_MAPS) { /* unmaps were lost: forget the oldest */
		memmove(t->maps, t->maps + 1, sizeof(*t->maps) * (MAX_MAPS - 1));
		t->nr_maps--;
	}
	t->maps[t->nr_maps++] = (struct local_map){
		.page = ev_has(ev, F_PTR) ? ev->f[F_PTR] >> 12 : 0,
		.emitted = emitted, .zeroing = zeroing,
	};
}

/* Does the page allocator make this mapping?  The first pass found those before
 * an mm_page_alloc; inside a bulk or vmalloc request there are no others. */
static bool is_zeroing(struct import_run *r, const struct import_event *ev, struct task *t,
		       unsigned int kind)
{
	struct bracket *b = import_bracket_of(t, ev);

	if (kind == TRACE_KMAP_LOCAL && import_bits_test(&r->zeroing, r->kmaps))
		return true;
	return in_vm(t, ev) || (b && b->type == IN_BULK);
}

static void map_local(struct import_run *r, const struct import_event *ev, struct task *t,
		      unsigned int kind)
{
	bool zeroing = is_zeroing(r, ev, t, kind);
	struct page *p = NULL;
	struct trace_op *op;

	r->kmaps += kind == TRACE_KMAP_LOCAL;
	if (zeroing)
		folded(r, FOLD_ZERO_KMAP);
	else
		p = page_operand(r, ev, t, event_pfn(&r->layout, ev));
	push_map(t, ev, p != NULL, zeroing);
	if (zeroing)
		return;
	if (!p) {
		folded(r, FOLD_KMAP_OF_FOLDED);
		return;
	}
	op = make_op(r, ev, t, kind);
	op->slot = p->slot;
	op->arg = p->index;
	op->answer = ev_has(ev, F_PTR) ? answer_of(ev->f[F_PTR]) : TRACE_NO_ANSWER;
}

/* Unmap: of the innermost mapping at this address.  Those above it that were
 * never unmapped are lost events: they are ended with it. */
static void unmap_local(struct import_run *r, const struct import_event *ev, struct task *t,
			unsigned int kind)
{
	uint32_t page = ev->f[F_PTR] >> 12;
	struct local_map *m;
	int i;

	if (ev_has(ev, F_PTR) && ev->f[F_PTR] < r->layout.fixmap) {
		folded(r, FOLD_KUNMAP_LOW);
		return;
	}
	for (i = t->nr_maps - 1; i >= 0; i--)
		if (!ev_has(ev, F_PTR) || !t->maps[i].page || t->maps[i].page == page)
			break;
	if (i < 0) {
		not_replayed(r, NOT_ORPHAN_UNMAP);
		return;
	}
	while (t->nr_maps - 1 > i) {
		m = &t->maps[--t->nr_maps];
		if (m->emitted) {
			extra_op(r, ev, t, kind);
			r->sum->implied_frees++;
		}
	}
	m = &t->maps[--t->nr_maps];
	if (m->emitted)
		make_op(r, ev, t, kind);
	else
		folded(r, m->zeroing ? FOLD_ZERO_KUNMAP : FOLD_KUNMAP_OF_FOLDED);
}

static void kmap(struct import_run *r, const struct import_event *ev, struct task *t,
		 unsigned int kind, uint64_t pfn, uint64_t vaddr)
{
	struct page *p = page_operand(r, ev, t, pfn);
	struct trace_op *op;

	if (!p) {
		folded(r, kind == TRACE_KMAP ? FOLD_KMAP_OF_FOLDED : FOLD_KUNMAP_OF_FOLDED);
		return;
	}
	op = make_op(r, ev, t, kind);
	op->slot = p->slot;
	op->arg = p->index;
	if (kind == TRACE_KMAP)
		op->answer = answer_of(vaddr);
}

void build_kmap(struct import_run *r, const struct import_event *ev, struct task *t)
{
	struct bracket *b, done;

	switch (ev->role) {
	case ROLE_KMAP_LOCAL:
		map_local(r, ev, t, TRACE_KMAP_LOCAL);
		break;
	case ROLE_KMAP_ATOMIC:
		map_local(r, ev, t, TRACE_KMAP_ATOMIC);
		break;
	case ROLE_KUNMAP_LOCAL:
		unmap_local(r, ev, t, TRACE_KUNMAP_LOCAL);
		break;
	case ROLE_KUNMAP_ATOMIC:
		unmap_local(r, ev, t, TRACE_KUNMAP_ATOMIC);
		break;
	case ROLE_KMAP: /* may sleep: the address comes with the return */
		import_bracket_push(t, ev, IN_KMAP, &b);
		b->arg = event_pfn(&r->layout, ev);
		folded(r, FOLD_KMAP_PROBE);
		break;
	case ROLE_KMAP_RET:
		if (import_bracket_pop(t, IN_KMAP, &done))
			kmap(r, ev, t, TRACE_KMAP, done.arg, ev->f[F_PTR]);
		else
			not_replayed(r, NOT_UNPAIRED);
		break;
	case ROLE_KUNMAP:
		kmap(r, ev, t, TRACE_KUNMAP, event_pfn(&r->layout, ev), 0);
		break;
	default:
		folded(r, FOLD_KMAP_PROBE);
	}
}
