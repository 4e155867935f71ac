/* SPDX-License-Identifier: MIT
 *
 * What a trace looks like (trace_shape.h).  A table by slot holds when each live
 * thing was made and how large it is; one by task the times of local maps.
 */
#include "analyze/trace_shape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, LOCALS = 16, MAX_ENTRIES = 1 << 28 };

struct thing {
	uint64_t time;
	uint64_t bytes;
	uint8_t family;		/* + 1; 0: not alive */
};

struct task {
	uint32_t depth;
	uint64_t time[LOCALS];
};

struct reading {
	struct trace_shape *s;
	struct mmt_reader *r;
	struct thing *thing;
	struct task *task;
	uint32_t nr_thing, nr_task;
	uint64_t live[SHAPE_LIVE];
	struct mm_error *err;
};

static const char *const family_names[] = { "page", "slab", "vmalloc", "kmap", "other" };

const char *trace_shape_family(unsigned int family)
{
	return family_names[family];
}

static const uint32_t size_classes[] = { 8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192 };

uint32_t trace_shape_size(unsigned int class)
{
	return class < SHAPE_SIZES - 1 ? size_classes[class] : 0;
}

static unsigned int size_class(uint32_t bytes)
{
	unsigned int i;

	for (i = 0; i < SHAPE_SIZES - 1 && bytes > size_classes[i]; i++)
		;
	return i;
}

/* Octave and half: 2^o and 1.5 * 2^o begin a bin. */
static unsigned int time_bin(uint64_t ns)
{
	unsigned int o;

	if (ns < 2)
		return 0;
	o = 63u - (unsigned int)__builtin_clzll(ns);
	return 2 * o + (unsigned int)(ns >> (o - 1) & 1);
}

double trace_shape_time(unsigned int bin)
{
	return (double)(1ull << bin / 2) * (bin & 1 ? 1.5 : 1);
}

double trace_shape_quantile(const struct shape_life *l, double share)
{
	uint64_t want = (uint64_t)((double)l->nr_ended * share), sum = 0;
	unsigned int i;

	for (i = 0; i < SHAPE_TIMES && l->nr_ended; i++) {
		sum += l->ended[i];
		if (sum > want || sum == l->nr_ended)
			return i + 1 < SHAPE_TIMES ? trace_shape_time(i + 1) : trace_shape_time(i);
	}
	return 0;
}

static unsigned int family_of(unsigned int kind)
{
	if (kind <= TRACE_LRU_ADD)
		return SHAPE_PAGE;
	if (kind <= TRACE_CACHE_FREE_BULK)
		return SHAPE_SLAB;
	if (kind <= TRACE_VM_UNMAP_RAM)
		return SHAPE_VMALLOC;
	return kind <= TRACE_KUNMAP_ATOMIC ? SHAPE_KMAP : SHAPE_OTHER;
}

/* ---- the time axis ---- */

static void fold(struct trace_shape *s)
{
	unsigned int i, k;

	for (i = 0; i < SHAPE_BINS / 2; i++) {
		struct shape_bin a = s->bin[2 * i], b = s->bin[2 * i + 1];

		for (k = 0; k < SHAPE_FAMILIES; k++)
			a.operations[k] += b.operations[k];
		for (k = 0; k < SHAPE_LIVE; k++)
			a.live[k] = a.live[k] > b.live[k] ? a.live[k] : b.live[k];
		s->bin[i] = a;
	}
	s->nr_bins = (s->nr_bins + 1) / 2;
	memset(&s->bin[SHAPE_BINS / 2], 0, sizeof(s->bin) / 2);
	s->bin_ns *= 2;
}

/* The bin of a time; those on the way to it begin with what is alive. */
static struct shape_bin *bin_at(struct reading *x, uint64_t time)
{
	struct trace_shape *s = x->s;
	uint64_t i;

	while ((i = time / s->bin_ns) >= SHAPE_BINS)
		fold(s);
	for (; s->nr_bins <= i; s->nr_bins++)
		memcpy(s->bin[s->nr_bins].live, x->live, sizeof(x->live));
	return &s->bin[i];
}

/* ---- tables ---- */

static int grow(struct reading *x, const char *what, void **table, uint32_t *nr, uint32_t need, size_t size)
{
	size_t n = *nr ? *nr : 1024;
	void *p;

	while (n <= need)
		n *= 2;
	p = need < MAX_ENTRIES ? realloc(*table, n * size) : NULL;
	if (!p)
		return mm_fail(x->err, -ENOMEM, "no memory for %s number %u", what, need);
	memset((char *)p + *nr * size, 0, (n - *nr) * size);
	*table = p;
	*nr = (uint32_t)n;
	return 0;
}

static int begin(struct reading *x, struct shape_bin *b, uint64_t time, uint32_t slot,
		 unsigned int family, uint64_t bytes)
{
	void *p = x->thing;
	struct thing *t;

	if (slot == TRACE_NO_SLOT)
		return 0;
	if (slot >= x->nr_thing) {
		if (grow(x, "slot", &p, &x->nr_thing, slot, sizeof(*x->thing)))
			return -ENOMEM;
		x->thing = p;
	}
	t = &x->thing[slot];
	if (t->family)
		x->live[t->family - 1] -= t->bytes;
	*t = (struct thing){ time, bytes, (uint8_t)(family + 1) };
	x->live[family] += bytes;
	if (x->live[family] > b->live[family])
		b->live[family] = x->live[family];
	if (x->live[family] > x->s->peak[family]) {
		x->s->peak[family] = x->live[family];
		x->s->peak_ns[family] = time;
	}
	return 0;
}

static void ended(struct shape_life *l, uint64_t ns)
{
	l->ended[time_bin(ns)]++;
	l->nr_ended++;
}

static void end(struct reading *x, uint64_t time, uint32_t slot)
{
	struct thing *t;

	if (slot >= x->nr_thing || !x->thing[slot].family)
		return;
	t = &x->thing[slot];
	x->live[t->family - 1] -= t->bytes;
	ended(&x->s->life[t->family - 1], time - t->time);
	t->family = 0;
}

static int local(struct reading *x, const struct trace_op *op)
{
	bool map = op->kind == TRACE_KMAP_LOCAL || op->kind == TRACE_KMAP_ATOMIC;
	void *p = x->task;
	struct task *t;

	if (op->task >= x->nr_task) {
		if (grow(x, "task", &p, &x->nr_task, op->task, sizeof(*x->task)))
			return -ENOMEM;
		x->task = p;
	}
	t = &x->task[op->task];
	if (map && t->depth++ < LOCALS)
		t->time[t->depth - 1] = op->time;
	else if (!map && t->depth && --t->depth < LOCALS)
		ended(&x->s->life[SHAPE_KMAP], op->time - t->time[t->depth]);
	return 0;
}

/* ---- operations ---- */

static uint64_t object_bytes(struct reading *x, const struct trace_op *op, uint64_t requests)
{
	uint32_t size = mmt_get_cache(x->r, op->arg).size;

	if (size)
		x->s->cache[size_class(size)] += requests;
	else
		x->s->cache_unknown += requests;
	return size;
}

static uint64_t whole_pages(uint64_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

static int bulk(struct reading *x, struct shape_bin *b, const struct trace_op *op)
{
	bool pages = op->kind == TRACE_PAGE_BULK;
	uint64_t bytes = pages ? PAGE : 0;
	uint32_t i;
	int rc = 0;

	if (op->kind == TRACE_KFREE_BULK || op->kind == TRACE_CACHE_FREE_BULK) {
		for (i = 1; i <= op->size; i++)
			end(x, op->time, op[i].slot);
		return 0;
	}
	if (pages)
		x->s->order[0] += op->size;
	else
		bytes = object_bytes(x, op, op->size);
	for (i = 1; i <= op->size && !rc; i++)
		if (op[i].answer)
			rc = begin(x, b, op->time, op[i].slot, pages ? SHAPE_PAGE : SHAPE_SLAB, bytes);
	return rc;
}

static void note_mark(struct reading *x, const struct trace_op *op)
{
	struct trace_shape *s = x->s;

	if (s->nr_marks == SHAPE_MARKS)
		return;
	s->mark[s->nr_marks].time = op->time;
	snprintf(s->mark[s->nr_marks].name, sizeof(s->mark[0].name), "%.47s", mmt_get_string(x->r, op->arg));
	s->nr_marks++;
}

static int apply(struct reading *x, struct shape_bin *b, const struct trace_op *op)
{
	switch (op->kind) {
	case TRACE_PAGE_ALLOC:
		if (op->order >= SHAPE_ORDERS)
			return 0;
		x->s->order[op->order]++;
		return op->answer ? begin(x, b, op->time, op->slot, SHAPE_PAGE, (uint64_t)PAGE << op->order) : 0;
	case TRACE_KMALLOC:
		x->s->kmalloc[size_class(op->size)]++;
		return op->answer ? begin(x, b, op->time, op->slot, SHAPE_SLAB, op->size) : 0;
	case TRACE_CACHE_ALLOC:
		return op->answer ? begin(x, b, op->time, op->slot, SHAPE_SLAB, object_bytes(x, op, 1)) : 0;
	case TRACE_VMALLOC: case TRACE_IOREMAP:
		return op->answer ? begin(x, b, op->time, op->slot, SHAPE_VMALLOC, whole_pages(op->size)) : 0;
	case TRACE_VMAP: case TRACE_VM_MAP_RAM:
		return op->answer ? begin(x, b, op->time, op->slot, SHAPE_VMALLOC, (uint64_t)op->size * PAGE) : 0;
	case TRACE_PAGE_BULK: case TRACE_CACHE_ALLOC_BULK: case TRACE_KFREE_BULK: case TRACE_CACHE_FREE_BULK:
		return bulk(x, b, op);
	case TRACE_PAGE_FREE: case TRACE_KFREE: case TRACE_CACHE_FREE: case TRACE_VFREE: case TRACE_VUNMAP:
	case TRACE_IOUNMAP: case TRACE_VM_UNMAP_RAM:
		end(x, op->time, op->slot);
		return 0;
	case TRACE_KMAP_LOCAL: case TRACE_KMAP_ATOMIC: case TRACE_KUNMAP_LOCAL: case TRACE_KUNMAP_ATOMIC:
		return local(x, op);
	case TRACE_MARK:
		note_mark(x, op);
		return 0;
	default:
		return 0;
	}
}

static bool has_items(unsigned int kind)
{
	return kind == TRACE_PAGE_BULK || kind == TRACE_CACHE_ALLOC_BULK || kind == TRACE_KFREE_BULK ||
	       kind == TRACE_CACHE_FREE_BULK || kind == TRACE_VMAP || kind == TRACE_VM_MAP_RAM;
}

static int batch(struct reading *x, const struct trace_op *op, size_t n)
{
	struct trace_shape *s = x->s;
	struct shape_bin *b;
	size_t i;
	int rc = 0;

	for (i = 0; i < n && !rc; i++) {
		unsigned int family = family_of(op[i].kind);

		if (op[i].kind == TRACE_ITEM)
			continue;
		if (has_items(op[i].kind) && op[i].size > n - i - 1)
			return mm_fail(x->err, -EINVAL, "operation %llu has %zu items, expected %u",
				       (unsigned long long)s->operations, n - i - 1, op[i].size);
		b = bin_at(x, op[i].time);
		b->operations[family]++;
		s->family[family]++;
		s->operations++;
		s->duration_ns = op[i].time;
		rc = apply(x, b, &op[i]);
	}
	return rc;
}

static void count_alive(struct reading *x)
{
	uint32_t i;

	for (i = 0; i < x->nr_thing; i++)
		if (x->thing[i].family)
			x->s->life[x->thing[i].family - 1].alive++;
	for (i = 0; i < x->nr_task; i++)
		x->s->life[SHAPE_KMAP].alive += x->task[i].depth;
}

struct trace_shape *trace_shape_read(struct mmt_reader *r, bool (*progress)(void *arg, uint64_t done),
				     void *arg, struct mm_error *err)
{
	struct reading x = { .s = calloc(1, sizeof(*x.s)), .r = r, .err = err };
	const struct trace_op *op;
	size_t n;
	int rc = x.s ? 0 : mm_fail(err, -ENOMEM, "no memory for the shape of a trace");

	if (x.s)
		x.s->bin_ns = 1000;
	while (!rc && (rc = mmt_next(r, &op, &n, err)) > 0) {
		rc = batch(&x, op, n);
		if (!rc && progress && progress(arg, x.s->operations))
			rc = mm_fail(err, -EINTR, "interrupted");
	}
	if (!rc)
		count_alive(&x);
	free(x.thing);
	free(x.task);
	if (!rc)
		return x.s;
	free(x.s);
	return NULL;
}
