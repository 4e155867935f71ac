/* SPDX-License-Identifier: MIT
 *
 * What a run takes from the recording: calls of other tasks, the start of each
 * new slab's free list, the moment of a purge.
 */
#include <stdlib.h>
#include <string.h>

#include "analyze/verify/run.h"

static const struct mm_caller *other(const struct run *r)
{
	static struct mm_caller who;

	who = r->who;
	who.task = 2;
	return &who;
}

uint32_t cache_by_ptr(const struct run *r, uint32_t ptr)
{
	for (uint32_t id = 1; id < MAX_CACHE_ID; id++)
		if (r->cache_ptr[id] == ptr)
			return id;
	return 0;
}

/* Where another task's object is in this machine. */
static uint32_t take_alias(struct run *r, uint32_t was)
{
	for (uint32_t i = r->nr_alias; i-- > 0; )
		if (r->alias[i].was == was) {
			uint32_t is = r->alias[i].is;

			r->alias[i] = r->alias[--r->nr_alias];
			return is;
		}
	return was;
}

static void add_alias(struct run *r, uint32_t was, uint32_t is)
{
	if (was == is)
		return;
	void *p = realloc(r->alias, (r->nr_alias + 1) * sizeof(*r->alias));

	if (!p)
		abort();
	r->alias = p;
	r->alias[r->nr_alias].was = was;
	r->alias[r->nr_alias++].is = is;
}

static void foreign_free(struct run *r, const struct oracle_event *e)
{
	uint32_t addr = take_alias(r, e->a), id;
	enum mm_outcome out;

	if (e->type == EV_KFREE) {
		out = mm_kfree(r->m, other(r), addr);
	} else {
		id = cache_by_ptr(r, e->b);
		out = mm_cache_free(r->m, other(r), id, addr);
	}
	compare(r, VERIFY_OUTCOME, out == MM_OK ? "" : mm_misuse(r->m)->text, MM_OK, out);
}

static void foreign_page(struct run *r, const struct oracle_event *e)
{
	struct mm_frame_info f;
	pfn_t pfn = NO_VALUE;

	if (e->type == EV_PAGE_ALLOC) {
		mm_alloc_pages(r->m, other(r), e->b, e->order, &pfn);
		compare(r, VERIFY_PAGE, "pfn of another task's page", e->a, pfn);
		add_alias(r, e->a, pfn);
		return;
	}
	pfn = take_alias(r, e->a);
	mm_frame_info(r->m, pfn, &f);
	if (f.kind == MM_FRAME_BUDDY || f.kind == MM_FRAME_PCP || f.kind == MM_FRAME_SLAB)
		return; /* freed by the kfree that the event before told, or by slab itself */
	compare(r, VERIFY_OUTCOME, "outcome of another task's page free", MM_OK,
		mm_free_pages(r->m, other(r), pfn, e->order));
}

/* What a call of another task, or of sysfs for a cache, is taken for. */
static void count_call(struct run *r, const struct oracle_event *e)
{
	bool page = e->type == EV_PAGE_ALLOC || e->type == EV_PAGE_FREE;
	bool slab = e->type == EV_KMALLOC || e->type == EV_KFREE || e->type == EV_CACHE_ALLOC ||
		    e->type == EV_CACHE_FREE;

	if (page || slab)
		exclude(r, page ? VERIFY_PAGE : VERIFY_SLAB_OBJECT,
			e->own ? VERIFY_SYSFS : VERIFY_OTHER_TASK, 1);
}

void purge_ran(struct run *r)
{
	exclude(r, VERIFY_PURGE, VERIFY_PURGE_MOMENT, 1);
	decided(r, VERIFY_PURGE, mm_work_due(r->m, MM_WORK_VMAP_PURGE),
		"the kernel's worker purged, here no purge was due");
}

void foreign_call(struct run *r, const struct oracle_event *e)
{
	uint32_t addr = 0;

	count_call(r, e);
	switch (e->type) {
	case EV_KMALLOC:
		mm_kmalloc(r->m, other(r), e->b, e->c, &addr);
		compare(r, VERIFY_SLAB_OBJECT, "address of another task's kmalloc", e->a, addr);
		add_alias(r, e->a, addr);
		break;
	case EV_CACHE_ALLOC:
		mm_cache_alloc(r->m, other(r), cache_by_ptr(r, e->b), e->c, &addr);
		compare(r, VERIFY_SLAB_OBJECT, "address of another task's object", e->a, addr);
		add_alias(r, e->a, addr);
		break;
	case EV_KFREE: case EV_CACHE_FREE:
		foreign_free(r, e);
		break;
	case EV_PAGE_ALLOC: case EV_PAGE_FREE:
		foreign_page(r, e);
		break;
	case EV_PURGE:
		purge_ran(r);
		mm_run_work(r->m, other(r), MM_WORK_VMAP_PURGE);
		break;
	default:
		break;
	}
}

/* Is this event of a cache_create or cache_destroy one that the engine makes
 * itself: the kmem_cache, its node, and the random sequence beside the node? */
bool engine_makes(const struct run *r, uint32_t i)
{
	const struct oracle_event *e = &r->list->ev[i], *end = r->list->ev + r->op->ev + r->op->nr_ev;
	const struct oracle_event *near = e->type == EV_KMALLOC || e->type == EV_KFREE ? e + 1 : e;

	if (!e->own || (r->op->op != OP_CACHE_CREATE && r->op->op != OP_CACHE_DESTROY))
		return false;
	if (e->type == EV_CACHE_ALLOC || e->type == EV_CACHE_FREE)
		return e->b == r->kmem_cache || e->b == r->kmem_cache_node;
	return near < end && near->k == e->k + 1 && near->b == r->kmem_cache_node &&
	       (near->type == EV_CACHE_ALLOC || near->type == EV_CACHE_FREE);
}

/* A run of pages of the area at addr: each page is an answer. */
void foreign_pages(struct run *r, const struct oracle_event *e, uint32_t addr)
{
	for (uint32_t i = 0; i < e->c; i++) {
		uint32_t want = e->order ? e->a - i : e->a + i;
		paddr_t phys;

		if (!mm_translate(r->m, addr + ((e->b + i) << MM_PAGE_SHIFT), &phys))
			phys = (paddr_t)NO_VALUE << MM_PAGE_SHIFT;
		compare(r, VERIFY_VMALLOC, "page of the area", want, (uint32_t)(phys >> MM_PAGE_SHIFT));
	}
}

static uint32_t position(const uint16_t *seq, uint32_t seq_len, uint32_t index)
{
	for (uint32_t i = 0; i < seq_len; i++)
		if (seq[i] == index)
			return i;
	return 0;
}

/* The event of the slab that the engine is making now: of its frame, else the
 * next of its cache. */
static const struct oracle_event *find_new_slab(struct run *r, uint32_t cache, pfn_t base)
{
	const struct oracle_event *ev = r->list->ev;
	uint32_t from = r->op->ev, to = from + r->op->nr_ev, hit = NO_VALUE;

	for (uint32_t i = from; i < to; i++) {
		if (ev[i].type != EV_NEW_SLAB || r->used[i] ||
		    ev[i].b != (cache < MAX_CACHE_ID ? r->cache_ptr[cache] : 0))
			continue;
		if (ev[i].a == base || hit == NO_VALUE)
			hit = i;
		if (ev[i].a == base)
			break;
	}
	if (hit == NO_VALUE)
		return NULL;
	r->used[hit] = true;
	return &ev[hit];
}

/* The next object of the start that the kernel freed in this operation. */
vaddr_t hook_object(void *arg, uint32_t cache)
{
	struct run *r = arg;

	for (uint32_t i = r->op->ev; i < r->op->ev + r->op->nr_ev; i++) {
		const struct oracle_event *e = &r->list->ev[i];

		if (e->type == EV_START_OBJECT && !r->used[i] && cache < MAX_CACHE_ID &&
		    e->b == r->cache_ptr[cache]) {
			r->used[i] = true;
			exclude(r, VERIFY_VMALLOC, VERIFY_START_OBJECT, 1);
			return e->a;
		}
	}
	return r->list->traced ? 0 : r->learned->spare;
}

static uint32_t object_size(const struct run *r, uint32_t cache)
{
	struct mm_cache_info info;

	for (uint32_t i = 0; mm_cache_info(r->m, i, &info); i++)
		if (info.id == cache)
			return info.size;
	return 1;
}

uint32_t hook_shuffle(void *arg, uint32_t cache, pfn_t base, const uint16_t *seq,
		      uint32_t seq_len)
{
	struct run *r = arg;
	const struct oracle_event *e = find_new_slab(r, cache, base);
	uint32_t size = object_size(r, cache), first;

	exclude(r, VERIFY_SLAB_OBJECT, VERIFY_SHUFFLE_START, 1);
	if (e)
		first = e->c - (r->config.page_offset + (e->a << MM_PAGE_SHIFT));
	else
		first = r->op->ptr - (r->config.page_offset + (base << MM_PAGE_SHIFT));
	if (!e && (r->list->traced || request_layer(r->op->op) != VERIFY_SLAB_OBJECT ||
		   first >= size * seq_len))
		return learn_guess(r->learned, base, size, seq, seq_len);
	return position(seq, seq_len, first / size);
}

/* The purge worker runs inside the current operation: after as many freed
 * pages as the recording says, or at the first chance of a request. */
void hook_resched(void *arg, struct mm_machine *m, const struct mm_caller *who)
{
	struct run *r = arg;

	r->resched++;
	if (!r->purge || r->resched < r->purge->own_frees)
		return;
	r->purge = NULL;
	purge_ran(r);
	mm_run_work(m, who, MM_WORK_VMAP_PURGE);
}

static enum mm_outcome free_area(struct run *r, uint32_t addr)
{
	if (r->op->op == OP_VUNMAP)
		return mm_vunmap(r->m, &r->who, addr);
	return r->op->op == OP_IOUNMAP ? mm_iounmap(r->m, &r->who, addr) :
					 mm_vfree(r->m, &r->who, addr);
}

/* A snapshot names an area, not its pages nor the objects that describe it:
 * these are given back as the recorded operation did.  Areas inside (of page
 * arrays) show as further areas. */
enum mm_outcome free_adopted_area(struct run *r, uint32_t addr)
{
	enum mm_outcome out = MM_OK, one;
	bool inner = false;

	for (uint32_t i = r->op->ev; i < r->op->ev + r->op->nr_ev && out == MM_OK; i++) {
		const struct oracle_event *e = &r->list->ev[i];

		switch (e->type) {
		case EV_OWN_AREA:
			one = inner ? mm_vfree(r->m, &r->who, e->a) : free_area(r, addr);
			inner = true;
			break;
		case EV_OWN_PAGE:
			one = mm_free_pages(r->m, &r->who, e->a, e->order);
			hook_resched(r, r->m, &r->who);
			break;
		case EV_OWN_KFREE:
			one = mm_kfree(r->m, &r->who, e->a);
			break;
		default:
			continue;
		}
		exclude(r, VERIFY_VMALLOC, VERIFY_RESYNC, 1);
		out = one;
	}
	return inner ? out : free_area(r, addr);
}
