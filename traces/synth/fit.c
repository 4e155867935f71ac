/* SPDX-License-Identifier: MIT
 *
 * Measuring a trace's distributions in one pass (see fit.h).
 */
#include "traces/synth/fit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Neighbours in age that lived at one time and die within so many operations died
 * together. */
enum { TOGETHER_OPS = 64, TOGETHER_AGE = 4 };

enum { FIRST_PHASE_NS = 1 << 20, HASH = 4096, CPUS = 256, AGAIN = 8 };

struct live {
	uint64_t time, op;
	uint32_t nr;		/* which object of its class */
	uint16_t class;		/* + 1; 0: not live */
};

/* What measuring needs of a class beside its result. */
struct state {
	uint64_t last_free_op;
	uint32_t next_nr, last_free_nr;
};

struct fitter {
	struct fit *fit;
	struct state state[FIT_CLASSES];
	uint16_t hash[HASH];	/* class + 1 */
	struct live *live;
	uint32_t cap;
	uint64_t op, last_arrival;
	uint32_t last_class;	/* of an arrival; FIT_CLASSES: a mapping */
	uint32_t task[CPUS];
	uint32_t depth;
	uint32_t mapped[AGAIN], nr_mapped;
	/* the bulk request whose items follow */
	uint32_t items, bulk_class, bulk_kind;
	struct trace_op parent;
};

struct fitter *fitter_new(struct mm_error *err)
{
	struct fitter *f = calloc(1, sizeof(*f));

	if (f)
		f->fit = calloc(1, sizeof(*f->fit));
	if (!f || !f->fit) {
		fitter_free(f);
		mm_fail(err, -ENOMEM, "out of memory for the distributions of a trace");
		return NULL;
	}
	f->fit->phase_ns = FIRST_PHASE_NS;
	f->last_class = UINT32_MAX;
	return f;
}

void fitter_free(struct fitter *f)
{
	if (!f)
		return;
	fit_free(f->fit);
	free(f->live);
	free(f);
}

void fit_free(struct fit *f)
{
	free(f);
}

/* ---- phases ---- */

static void halve(uint64_t *phase)
{
	int i;

	for (i = 0; i < FIT_PHASES / 2; i++)
		phase[i] = phase[2 * i] + phase[2 * i + 1];
	memset(phase + FIT_PHASES / 2, 0, FIT_PHASES / 2 * sizeof(*phase));
}

/* The phase of a time; when the trace outgrows them two become one. */
static unsigned int phase_of(struct fitter *f, uint64_t time)
{
	struct fit *t = f->fit;
	uint32_t i;

	while (time / t->phase_ns >= FIT_PHASES) {
		halve(t->arrival);
		halve(t->map);
		for (i = 0; i < t->nr_classes; i++)
			halve(t->class[i].phase);
		t->phase_ns *= 2;
	}
	return (unsigned int)(time / t->phase_ns);
}

/* ---- names: the most frequent, by space saving (Metwally et al., ICDT 2005) ---- */

static void count_name(struct fit_name *v, int n, uint32_t id)
{
	int i, least = 0;

	for (i = 0; i < n; i++) {
		if (v[i].id == id && v[i].count) {
			v[i].count++;
			return;
		}
		if (v[i].count < v[least].count)
			least = i;
	}
	v[least].id = id;
	v[least].count++;
}

/* ---- classes ---- */

static bool is_alloc(unsigned int kind)
{
	return kind == TRACE_PAGE_ALLOC || kind == TRACE_KMALLOC || kind == TRACE_CACHE_ALLOC ||
	       kind == TRACE_CACHE_ALLOC_BULK || kind == TRACE_VMALLOC || kind == TRACE_IOREMAP;
}

static bool is_free(unsigned int kind)
{
	return kind == TRACE_PAGE_FREE || kind == TRACE_KFREE || kind == TRACE_CACHE_FREE || kind == TRACE_VFREE ||
	       kind == TRACE_IOUNMAP;
}

static bool uses_cache(unsigned int kind)
{
	return kind == TRACE_CACHE_ALLOC || kind == TRACE_CACHE_ALLOC_BULK;
}

/* The class of a request, FIT_CLASSES when there are too many. */
static uint32_t class_of(struct fitter *f, const struct trace_op *op)
{
	uint32_t cache = uses_cache(op->kind) ? op->arg : 0;
	uint64_t key = (uint64_t)op->kind << 56 ^ (uint64_t)op->order << 48 ^ (uint64_t)op->ctx << 44 ^
		       (uint64_t)cache << 24 ^ op->gfp;
	uint32_t h = (uint32_t)(key * 0x9e3779b97f4a7c15ull >> 52);
	struct fit_class *c;

	for (; f->hash[h]; h = (h + 1) % HASH) {
		c = &f->fit->class[f->hash[h] - 1];
		if (c->kind == op->kind && c->order == op->order && c->ctx == op->ctx && c->gfp == op->gfp &&
		    c->cache == cache)
			return f->hash[h] - 1u;
	}
	if (f->fit->nr_classes == FIT_CLASSES)
		return FIT_CLASSES;
	c = &f->fit->class[f->fit->nr_classes];
	c->kind = op->kind;
	c->order = op->order;
	c->ctx = op->ctx;
	c->gfp = op->gfp;
	c->cache = cache;
	f->hash[h] = (uint16_t)++f->fit->nr_classes;
	return f->hash[h] - 1u;
}

static void arrive(struct fitter *f, const struct trace_op *op, uint64_t *phase)
{
	struct fit *t = f->fit;
	unsigned int p = phase_of(f, op->time);

	bins_add(&t->gap_ns, op->time - f->last_arrival);
	f->last_arrival = op->time;
	t->arrivals++;
	t->arrival[p]++;
	phase[p]++;
}

static struct live *slot_of(struct fitter *f, uint32_t slot)
{
	uint64_t cap = f->cap ? f->cap : 4096;
	struct live *live;

	if (slot < f->cap)
		return &f->live[slot];
	while (cap <= slot)
		cap *= 2;
	live = cap < 1u << 28 ? realloc(f->live, cap * sizeof(*live)) : NULL;
	if (!live)
		return NULL;
	memset(live + f->cap, 0, (cap - f->cap) * sizeof(*live));
	f->live = live;
	f->cap = (uint32_t)cap;
	return &f->live[slot];
}

static int born(struct fitter *f, const struct trace_op *op, uint32_t slot, uint32_t class)
{
	struct live *l;

	if (slot == TRACE_NO_SLOT)
		return 0;
	l = slot_of(f, slot);
	if (!l)
		return -ENOMEM;
	*l = (struct live){ .time = op->time, .op = f->op, .nr = f->state[class].next_nr++,
			    .class = (uint16_t)(class + 1) };
	f->fit->class[class].objects++;
	return 0;
}

static int request(struct fitter *f, const struct trace_op *op)
{
	uint32_t class = class_of(f, op);
	struct fit_class *c = &f->fit->class[class];

	if (class == FIT_CLASSES) {
		f->fit->left_out[op->kind]++;
		return 0;
	}
	arrive(f, op, c->phase);
	c->count++;
	c->same += class == f->last_class;
	f->last_class = class;
	if (op->size)
		bins_add(&c->size, op->size);
	count_name(c->site, FIT_SITES, op->site);
	if (op->kind != TRACE_CACHE_ALLOC_BULK)
		return born(f, op, op->slot, class);
	f->items = op->size;
	f->bulk_class = class;
	f->bulk_kind = op->kind;
	return 0;
}

/* The object of a slot, NULL when the trace did not allocate it. */
static struct live *dies(struct fitter *f, uint32_t slot)
{
	if (slot < f->cap && f->live[slot].class)
		return &f->live[slot];
	f->fit->orphans++;
	return NULL;
}

static struct fit_class *died(struct fitter *f, const struct trace_op *op, struct live *l)
{
	struct fit_class *c = &f->fit->class[l->class - 1];
	struct state *s = &f->state[l->class - 1];
	int32_t apart = (int32_t)(l->nr - s->last_free_nr);
	bool together = s->last_free_op && f->op - s->last_free_op <= TOGETHER_OPS && l->op < s->last_free_op &&
			apart >= -TOGETHER_AGE && apart <= TOGETHER_AGE;

	bins_add(together ? &c->follow_ns : &c->life_ns, op->time - l->time);
	bins_add(&c->life_ops, f->op - l->op);
	c->backward += together && apart < 0;
	c->freed++;
	s->last_free_op = f->op;
	s->last_free_nr = l->nr;
	l->class = 0;
	return c;
}

static int item(struct fitter *f, const struct trace_op *op, const struct trace_op *parent)
{
	struct fit_class *c;
	struct live *l;

	if (!f->items)
		return 0;
	f->items--;
	if (f->bulk_kind == TRACE_CACHE_ALLOC_BULK)
		return born(f, parent, op->slot, f->bulk_class);
	l = dies(f, op->slot);
	if (!l)
		return 0;
	c = died(f, parent, l);
	c->freed_bulk++;
	/* Counted for the class of the first object. */
	c->bulks += f->items + 1 == parent->size;
	return 0;
}

/* ---- mappings ---- */

static void mapping(struct fitter *f, const struct trace_op *op)
{
	struct fit *t = f->fit;
	uint32_t i;

	arrive(f, op, t->map);
	f->last_class = FIT_CLASSES;
	t->maps++;
	t->map_depth[f->depth < FIT_DEPTH ? f->depth : FIT_DEPTH - 1]++;
	f->depth++;
	for (i = 0; i < AGAIN; i++)
		if (f->mapped[i] == op->slot + 1) {
			t->map_again++;
			return;
		}
	f->mapped[f->nr_mapped++ % AGAIN] = op->slot + 1;
}

/* ---- the pass ---- */

static int operation(struct fitter *f, const struct trace_op *op)
{
	struct fit *t = f->fit;
	struct live *l;

	f->op++;
	t->operations++;
	t->duration_ns = op->time;
	if (op->cpu >= t->cpus)
		t->cpus = op->cpu + 1u;
	if (op->task != f->task[op->cpu]) {
		f->task[op->cpu] = op->task;
		t->task_runs++;
	}
	count_name(t->task, FIT_TASKS, op->task);
	f->items = 0;
	if (is_alloc(op->kind))
		return request(f, op);
	if (is_free(op->kind)) {
		l = dies(f, op->slot);
		if (l)
			count_name(died(f, op, l)->free_site, FIT_SITES, op->site);
		return 0;
	}
	switch (op->kind) {
	case TRACE_CACHE_FREE_BULK:
		f->items = op->size;
		f->bulk_kind = op->kind;
		return 0;
	case TRACE_LRU_ADD:
		l = op->slot < f->cap && f->live[op->slot].class ? &f->live[op->slot] : NULL;
		if (l)
			t->class[l->class - 1].lru++;
		return 0;
	case TRACE_KMAP_LOCAL:
	case TRACE_KMAP_ATOMIC:
		mapping(f, op);
		return 0;
	case TRACE_KUNMAP_LOCAL:
	case TRACE_KUNMAP_ATOMIC:
		f->depth -= f->depth > 0;
		return 0;
	case TRACE_CACHE_CREATE:
		return 0;
	default:
		t->left_out[op->kind]++;
		return 0;
	}
}

int fitter_feed(struct fitter *f, const struct trace_op *op, size_t n, struct mm_error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < n; i++) {
		if (op[i].kind == TRACE_ITEM) {
			rc = item(f, &op[i], &f->parent);
		} else {
			rc = operation(f, &op[i]);
			f->parent = op[i];
		}
	}
	return rc ? mm_fail(err, rc, "out of memory for the live objects of the trace") : 0;
}

/* ---- the end ---- */

static int by_count(const void *a, const void *b)
{
	const struct fit_class *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

static int by_uses(const void *a, const void *b)
{
	const struct fit_name *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : x->id < y->id ? -1 : x->id > y->id;
}

static void name_all(struct fit_name *v, int n, fit_name_fn *name, void *arg)
{
	int i;

	qsort(v, (size_t)n, sizeof(*v), by_uses);
	for (i = 0; i < n; i++)
		if (v[i].count && v[i].id)
			name(arg, v[i].id, v[i].name, sizeof(v[i].name));
}

static void name_class(struct fit_class *c, const struct fit_names *names)
{
	struct trace_cache t;

	name_all(c->site, FIT_SITES, names->site, names->arg);
	name_all(c->free_site, FIT_SITES, names->site, names->arg);
	if (!uses_cache(c->kind))
		return;
	t = names->cache(names->arg, c->cache);
	snprintf(c->cache_name, sizeof(c->cache_name), "%s", t.name);
	c->cache_size = t.size;
	c->cache_flags = t.flags;
}

struct fit *fitter_end(struct fitter *f, const struct fit_names *names)
{
	struct fit *t = f->fit;
	uint32_t i;

	for (i = 0; names && i < t->nr_classes; i++)
		name_class(&t->class[i], names);
	if (names)
		name_all(t->task, FIT_TASKS, names->task, names->arg);
	qsort(t->class, t->nr_classes, sizeof(t->class[0]), by_count);
	t->phases = (uint32_t)(t->duration_ns / t->phase_ns) + 1;
	if (t->phases > FIT_PHASES)
		t->phases = FIT_PHASES;
	f->fit = NULL;
	fitter_free(f);
	return t;
}
