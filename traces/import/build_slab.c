/* SPDX-License-Identifier: MIT
 *
 * kmalloc, kfree, kmem_cache_alloc and kmem_cache_free to operations.
 *
 * kmem_cache_alloc does not name its cache (6.1).  It is that of the slab page,
 * which the first pass knows from a probe or from the name in a later free of
 * any object on it; else that of other allocations of this call site and size;
 * else one of this size; else a cache is made up for the size.
 */
#include "traces/import/build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

uint32_t cache_id(struct import_run *r, const struct import_event *ev, struct task *t,
		  uint16_t name)
{
	struct cache_name *c = &r->names.v[name];
	struct trace_cache cache = { 0 };
	struct trace_op *op;
	uint32_t a;

	if (!name)
		name = cache_names_get(&r->names, "unknown", 7), c = &r->names.v[name];
	if (c->id)
		return c->id;
	cache.name = c->name;
	cache.size = c->size ? c->size : c->alloc;
	if (c->flags & EPOCH_RECLAIM)
		cache.flags |= TRACE_CACHE_RECLAIM;
	if (c->flags & EPOCH_DMA)
		cache.flags |= TRACE_CACHE_DMA;
	/* The alignment that turns the bytes asked into the bytes given. */
	for (a = 16; c->size && a <= 4096 && (c->size + 7) / 8 * 8 != c->alloc; a *= 2) {
		if ((c->size + a - 1) / a * a != c->alloc)
			continue;
		if (a == 64)
			cache.flags |= TRACE_CACHE_HWALIGN;
		else
			cache.align = a;
		break;
	}
	emit_quiet(&r->out);
	c->id = mmt_cache(r->out.w, &cache);
	op = extra_op(r, ev, t, TRACE_CACHE_CREATE);
	op->arg = c->id;
	return c->id;
}

/* A cache with objects of this size, for an allocation of which nothing else is
 * known. */
static uint16_t name_by_size(struct import_run *r, uint32_t size, uint32_t alloc)
{
	char made_up[32];
	uint32_t i;
	uint16_t name;

	for (i = 1; i < r->names.n; i++)
		if (r->names.v[i].size == size && r->names.v[i].alloc == alloc)
			return i;
	name = cache_names_get(&r->names, made_up, snprintf(made_up, sizeof(made_up), "size-%u", size));
	r->names.v[name].size = size;
	r->names.v[name].alloc = alloc;
	return name;
}

static uint16_t attribute(struct import_run *r, const struct import_event *ev, uint32_t epoch)
{
	const struct epoch *e = &r->epochs.v[epoch];
	const struct site_note *note;

	if (ev->text) {
		r->sum->attribution[ATTR_EVENT]++;
		return cache_names_get(&r->names, ev->text, ev->text_len);
	}
	if (epoch && e->name) {
		r->sum->attribution[e->flags & EPOCH_PROBE ? ATTR_PROBE : ATTR_LATER_FREE]++;
		return e->name;
	}
	note = site_note(r, ev->f[F_SITE], ev->f[F_SIZE], false);
	if (note && note->name) {
		r->sum->attribution[ATTR_CALL_SITE]++;
		return note->name;
	}
	r->sum->attribution[ATTR_SIZE]++;
	return name_by_size(r, ev->f[F_SIZE], ev->f[F_ALLOC]);
}

void object_gone(struct import_run *r, struct addr_entry *o)
{
	if (o->slot != TRACE_NO_SLOT)
		trace_slot_put(&r->slots, o->slot);
	addr_delete(&r->objects, o);
}

/* An object still stands where a new one is given out: its free is missing. */
static void free_stale(struct import_run *r, const struct import_event *ev, struct task *t,
		       const struct addr_entry *o)
{
	struct trace_op *op;

	if (o->kind != OBJ_KMALLOC && o->kind != OBJ_CACHE)
		return;
	op = extra_op(r, ev, t, o->kind == OBJ_CACHE ? TRACE_CACHE_FREE : TRACE_KFREE);
	op->slot = o->slot;
	if (o->kind == OBJ_CACHE)
		op->arg = r->names.v[o->cache].id;
	trace_slot_put(&r->slots, o->slot);
	r->sum->implied_frees++;
}

struct addr_entry *object_new(struct import_run *r, const struct import_event *ev, struct task *t,
			      uint64_t ptr, enum object_kind kind, uint16_t name)
{
	struct addr_entry *o = addr_put(&r->objects, ptr);

	if (!o) {
		r->out.status = mm_fail(r->err, -ENOMEM, "out of memory");
		return NULL;
	}
	if (o->kind)
		free_stale(r, ev, t, o);
	o->kind = kind;
	o->cache = name;
	o->slot = kind == OBJ_FOLDED ? TRACE_NO_SLOT : trace_slot_get(&r->slots);
	return o;
}

/* The array of a vmalloc's pages, of which only the area's event is recorded. */
static bool is_page_array(const struct import_event *ev, struct task *t)
{
	bool is = t->array_size && ev->role == ROLE_KMALLOC && ev->f[F_SIZE] == t->array_size;

	t->array_size = 0;
	return is;
}

void build_object_alloc(struct import_run *r, const struct import_event *ev, struct task *t,
			uint32_t epoch)
{
	bool cache = ev->role == ROLE_CACHE_ALLOC;
	uint64_t ptr = ev->f[F_PTR];
	struct bracket *b = import_bracket_of(t, ev);
	struct addr_entry *o = NULL;
	struct trace_op *op;
	uint16_t name = 0;
	uint32_t id = 0;

	if (in_vm(t, ev) || is_page_array(ev, t)) {
		folded(r, FOLD_VM_META);
		if (ptr)
			object_new(r, ev, t, ptr, OBJ_FOLDED, 0);
		return;
	}
	if (cache && b && b->type == IN_ALLOC_BULK) {
		folded(r, FOLD_IN_BULK); /* comes again in the probe at the end */
		return;
	}
	if (cache) {
		name = attribute(r, ev, epoch);
		id = cache_id(r, ev, t, name);
	}
	if (ptr) {
		o = object_new(r, ev, t, ptr, cache ? OBJ_CACHE : OBJ_KMALLOC, name);
		if (!o)
			return;
	} else {
		r->sum->failed_allocs++;
	}
	op = make_op(r, ev, t, cache ? TRACE_CACHE_ALLOC : TRACE_KMALLOC);
	op->slot = o ? o->slot : TRACE_NO_SLOT;
	if (cache)
		op->arg = id;
	else
		op->size = ev->f[F_SIZE];
	op->gfp = run_gfp(r, ev->f[F_GFP]);
	op->site = site_id(r, ev->f[F_SITE]);
	op->answer = answer_of(ptr);
}

/* A free of an address at which nothing stands, as far as the trace knows. */
static void free_unknown(struct import_run *r, const struct import_event *ev, struct task *t)
{
	bool cache = ev->role == ROLE_CACHE_FREE;
	uint16_t name = cache && ev->text ? cache_names_get(&r->names, ev->text, ev->text_len) : 0;
	uint32_t slot = TRACE_NO_SLOT, id = cache ? cache_id(r, ev, t, name) : 0;
	struct trace_op *op;

	if (in_last_bulk(t, ev->f[F_PTR])) {
		folded(r, FOLD_IN_BULK);
		return;
	}
	if (cache)
		slot = anonymous_slot(r, name);
	op = make_op(r, ev, t, cache ? TRACE_CACHE_FREE : TRACE_KFREE);
	op->slot = slot;
	op->arg = id;
	op->site = site_id(r, ev->f[F_SITE]);
	if (slot == TRACE_NO_SLOT) {
		op->answer = answer_of(ev->f[F_PTR]);
		r->sum->orphan_frees++;
	} else {
		trace_slot_put(&r->slots, slot);
	}
}

void build_object_free(struct import_run *r, const struct import_event *ev, struct task *t)
{
	bool cache = ev->role == ROLE_CACHE_FREE;
	struct addr_entry *o;
	struct trace_op *op;

	if (!ev->f[F_PTR]) {
		r->sum->kfree_null++;
		return;
	}
	o = addr_get(&r->objects, ev->f[F_PTR]);
	if (!o) {
		free_unknown(r, ev, t);
		return;
	}
	if (o->kind == OBJ_FOLDED) {
		folded(r, FOLD_VM_META);
		object_gone(r, o);
		return;
	}
	cache &= o->kind == OBJ_CACHE;
	op = make_op(r, ev, t, cache ? TRACE_CACHE_FREE : TRACE_KFREE);
	op->slot = o->slot;
	if (cache)
		op->arg = r->names.v[o->cache].id;
	op->site = site_id(r, ev->f[F_SITE]);
	object_gone(r, o);
}
