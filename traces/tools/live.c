/* SPDX-License-Identifier: MIT
 *
 * The table of live things (live.h).  One operation costs a look-up by slot and
 * the copy of an operation, some 10 ns while the table is in the cache.
 */
#include "traces/tools/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As many as the replay takes: a trace with more live things is damaged. */
enum { MAX_ENTRIES = 1 << 28 };

static int grow(const char *what, void **table, uint32_t *nr, uint32_t need, size_t size,
		struct mm_error *err)
{
	size_t n = *nr ? *nr : 1024;
	void *p;

	while (n <= need)
		n *= 2;
	p = need < MAX_ENTRIES ? realloc(*table, n * size) : NULL;
	if (!p)
		return mm_fail(err, -ENOMEM, "no memory for %s number %u", what, need);
	memset((char *)p + *nr * size, 0, (n - *nr) * size);
	*table = p;
	*nr = (uint32_t)n;
	return 0;
}

/* An exit ends the task's mappings without naming them. */
static bool exited(const struct live *l, const struct live_object *o)
{
	return o->op.kind == TRACE_MMAP && o->op.task < l->nr_task &&
	       l->task[o->op.task].exit > o->seq;
}

struct live_object *live_get(struct live *l, uint32_t slot)
{
	struct live_object *o;

	if (slot >= l->nr_object)
		return NULL;
	o = &l->object[slot];
	return o->seq && !exited(l, o) ? o : NULL;
}

struct live_task *live_task(struct live *l, uint32_t task, struct mm_error *err)
{
	void *p = l->task;

	if (task >= l->nr_task) {
		if (grow("task", &p, &l->nr_task, task, sizeof(*l->task), err))
			return NULL;
		l->task = p;
	}
	return &l->task[task];
}

void live_forget_kmaps(struct live_object *o)
{
	free(o->page_kmaps);
	o->page_kmaps = NULL;
	o->kmaps = 0;
}

static void forget(struct live_object *o)
{
	free(o->pages);
	free(o->page_seq);
	o->pages = NULL;
	o->page_seq = NULL;
	live_forget_kmaps(o);
	o->seq = 0;
}

/* As a single request: what an item of a bulk request asked for. */
static void as_single(struct trace_op *op)
{
	if (op->kind == TRACE_CACHE_ALLOC_BULK)
		op->kind = TRACE_CACHE_ALLOC;
	else if (op->kind == TRACE_PAGE_BULK)
		op->kind = TRACE_PAGE_ALLOC;
	else
		return;
	op->size = 0;
}

static int make(struct live *l, const struct trace_op *op, uint32_t slot, uint32_t answer,
		struct mm_error *err)
{
	struct live_object *o;
	void *p = l->object;

	if (slot == TRACE_NO_SLOT)
		return 0;
	if (slot >= l->nr_object) {
		if (grow("slot", &p, &l->nr_object, slot, sizeof(*l->object), err))
			return -ENOMEM;
		l->object = p;
	}
	o = &l->object[slot];
	if (o->seq)
		forget(o);
	o->op = *op;
	o->op.slot = slot;
	o->op.answer = answer;
	o->seq = ++l->seq;
	o->note = 0;
	o->lru = false;
	as_single(&o->op);
	return 0;
}

static void end(struct live *l, uint32_t slot)
{
	if (slot < l->nr_object)
		forget(&l->object[slot]);
}

static int note_pages(struct live *l, const struct trace_op *op, struct mm_error *err)
{
	struct live_object *o = live_get(l, op->slot);
	uint32_t i;

	if (!o || !op->size)
		return 0;
	o->pages = malloc(op->size * sizeof(*o->pages));
	o->page_seq = malloc(op->size * sizeof(*o->page_seq));
	if (!o->pages || !o->page_seq)
		return mm_fail(err, -ENOMEM, "no memory for the %u pages of a vmap", op->size);
	for (i = 0; i < op->size; i++) {
		const struct live_object *page = live_get(l, op[1 + i].slot);

		o->pages[i] = op[1 + i].slot;
		o->page_seq[i] = page ? page->seq : 0;
	}
	return 0;
}

static int apply_items(struct live *l, const struct trace_op *op, struct mm_error *err)
{
	uint32_t i;
	int rc = 0;

	switch (mmt_kinds[op->kind].items) {
	case SLOT_NEW:
		for (i = 1; i <= op->size && !rc; i++)
			rc = make(l, op, op[i].slot, op[i].answer, err);
		return rc;
	case SLOT_END:
		for (i = 1; i <= op->size; i++)
			end(l, op[i].slot);
		return 0;
	default:
		return note_pages(l, op, err);
	}
}

static int local_map(struct live *l, const struct trace_op *op, struct mm_error *err)
{
	const struct live_object *page = live_get(l, op->slot);
	struct live_task *t = live_task(l, op->task, err);

	if (!t)
		return -ENOMEM;
	if (t->depth < LIVE_LOCAL_MAX)
		t->local[t->depth] = (struct live_local){
			.seq = page ? page->seq : 0, .slot = op->slot, .arg = op->arg,
			.kind = op->kind, .cpu = op->cpu, .ctx = op->ctx,
		};
	t->depth++;
	return 0;
}

static bool is_page(uint8_t kind)
{
	return kind == TRACE_PAGE_ALLOC || kind == TRACE_PAGE_FOREIGN;
}

uint32_t live_kmaps(const struct live_object *o, uint32_t page)
{
	return o->page_kmaps ? o->page_kmaps[page] : page ? 0 : o->kmaps;
}

/* Most mappings are of single pages: the counts by page come with the first of
 * another page than the block's own. */
static int high_map(struct live *l, const struct trace_op *op, struct mm_error *err)
{
	struct live_object *o = live_get(l, op->slot);

	if (!o || !is_page(o->op.kind) || o->op.order > 20 || op->arg >> o->op.order)
		return 0;
	if (op->arg && !o->page_kmaps) {
		o->page_kmaps = calloc((size_t)1 << o->op.order, sizeof(*o->page_kmaps));
		if (!o->page_kmaps)
			return mm_fail(err, -ENOMEM, "no memory for the maps of a block");
		o->page_kmaps[0] = o->kmaps;
	}
	if (op->kind == TRACE_KUNMAP && !live_kmaps(o, op->arg))
		return 0;
	o->kmaps += op->kind == TRACE_KMAP ? 1u : -1u;
	if (o->page_kmaps)
		o->page_kmaps[op->arg] += op->kind == TRACE_KMAP ? 1u : -1u;
	return 0;
}

static int cache_life(struct live *l, const struct trace_op *op, struct mm_error *err)
{
	void *p = l->cache;

	if (op->arg >= l->nr_cache) {
		if (grow("cache", &p, &l->nr_cache, op->arg, sizeof(*l->cache), err))
			return -ENOMEM;
		l->cache = p;
	}
	l->cache[op->arg] = (struct live_cache){
		.op = *op, .seq = ++l->seq,
		.state = op->kind == TRACE_CACHE_CREATE ? LIVE_CACHE_MADE : LIVE_CACHE_GONE,
	};
	return 0;
}

/* Kinds that do more than make or end a slot. */
static int apply_other(struct live *l, const struct trace_op *op, struct mm_error *err)
{
	struct live_object *o;
	struct live_task *t;

	switch (op->kind) {
	case TRACE_KMAP_LOCAL: case TRACE_KMAP_ATOMIC:
		return local_map(l, op, err);
	case TRACE_KUNMAP_LOCAL: case TRACE_KUNMAP_ATOMIC:
		t = live_task(l, op->task, err);
		if (t && t->depth)
			t->depth--;
		return t ? 0 : -ENOMEM;
	case TRACE_KMAP: case TRACE_KUNMAP:
		return high_map(l, op, err);
	case TRACE_LRU_ADD:
		o = live_get(l, op->slot);
		if (o) {
			o->lru = true;
			o->lru_arg = op->arg;
		}
		return 0;
	case TRACE_CACHE_CREATE: case TRACE_CACHE_DESTROY:
		return cache_life(l, op, err);
	case TRACE_EXIT:
		t = live_task(l, op->task, err);
		if (t)
			t->exit = ++l->seq;
		return t ? 0 : -ENOMEM;
	default:
		return 0;
	}
}

int live_apply(struct live *l, const struct trace_op *op, struct mm_error *err)
{
	const struct kind_info *k = &mmt_kinds[op->kind];
	int rc;

	switch (k->slot) {
	case SLOT_NEW:
		rc = make(l, op, op->slot, op->answer, err);
		if (rc)
			return rc;
		break;
	case SLOT_END:
		end(l, op->slot);
		return 0;
	default:
		if (k->items == SLOT_NONE)
			return apply_other(l, op, err);
	}
	return k->items == SLOT_NONE ? 0 : apply_items(l, op, err);
}

static int older_first(const void *a, const void *b)
{
	const struct live_object *x = *(struct live_object *const *)a;
	const struct live_object *y = *(struct live_object *const *)b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

int live_list(struct live *l, struct live_object ***list, size_t *n, struct mm_error *err)
{
	size_t live = 0, i;

	for (i = 0; i < l->nr_object; i++)
		live += live_get(l, (uint32_t)i) != NULL;
	*n = live;
	*list = malloc((live + 1) * sizeof(**list));
	if (!*list)
		return mm_fail(err, -ENOMEM, "no memory for a list of %zu live objects", live);
	for (i = 0, live = 0; i < l->nr_object; i++)
		if (live_get(l, (uint32_t)i))
			(*list)[live++] = &l->object[i];
	qsort(*list, live, sizeof(**list), older_first);
	return 0;
}

void live_free(struct live *l)
{
	uint32_t i;

	for (i = 0; i < l->nr_object; i++)
		forget(&l->object[i]);
	free(l->object);
	free(l->task);
	free(l->cache);
	memset(l, 0, sizeof(*l));
}

uint8_t live_end_kind(uint8_t kind)
{
	switch (kind) {
	case TRACE_KMALLOC:
		return TRACE_KFREE;
	case TRACE_CACHE_ALLOC:
		return TRACE_CACHE_FREE;
	case TRACE_VMALLOC:
		return TRACE_VFREE;
	case TRACE_VMAP:
		return TRACE_VUNMAP;
	case TRACE_IOREMAP:
		return TRACE_IOUNMAP;
	case TRACE_VM_MAP_RAM:
		return TRACE_VM_UNMAP_RAM;
	case TRACE_MMAP:
		return TRACE_MUNMAP;
	default:
		return TRACE_PAGE_FREE;
	}
}
